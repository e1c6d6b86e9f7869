"""functions.pyi and KSR-stubs are what the table of functions says."""

from __future__ import annotations

import ast
from pathlib import Path

from txdispatcher.routing.python import stubs
from txdispatcher.routing.python.kemi import NAMES


def test_it_is_current() -> None:
    """scripts/script-stubs writes it anew."""
    assert (Path(stubs.__file__).parent / "functions.pyi").read_text(encoding="utf-8") == stubs.stubs()


def test_those_of_ksr_are_current() -> None:
    """So are they."""
    root = Path(__file__).parents[3]
    assert (root / "KSR-stubs/__init__.pyi").read_text(encoding="utf-8") == stubs.ksr_stubs()


def test_those_of_ksr_have_its_names() -> None:
    """By which an editor completes a script: what the module has, with as many arguments."""
    tree = ast.parse(stubs.ksr_stubs())
    found = {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}
    classes = {each.name: each for each in tree.body if isinstance(each, ast.ClassDef)}
    for each in tree.body:
        if isinstance(each, ast.AnnAssign):
            body = classes[ast.unparse(each.annotation)].body
            found |= {f"{ast.unparse(each.target)}.{inner.name}" for inner in body if isinstance(inner, ast.FunctionDef)}
    assert found == {name for name, called in NAMES.items() if called is not None}
