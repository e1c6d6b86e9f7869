"""What can be said of a script before it runs: names of functions, routes and variables that are written out in it."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Callable, Collection, Iterator

from txdispatcher.errors import FormatError, ScriptError
from txdispatcher.routing.python.calling import reader, writer
from txdispatcher.routing.script.table import BRANCH, FAILURE, REPLY

#: What names a route, and of which kind.
_NAMING = {"t_on_failure": FAILURE, "t_on_reply": REPLY, "t_on_branch": BRANCH}
_WRITING = ("seti", "sets", "unset")


def check(tree: ast.Module, file: str, has_route: Callable[[str, str], bool], kemi: Collection[str]) -> None:
    """Raise ScriptError for what the script of that file can only have meant otherwise.

    `kemi` are the names that KSR has, with dots.
    """
    known_as = set(_names_of_ksr(tree))
    # In the order of their lines, so that the first error is the first in the file.
    for node in sorted(ast.walk(tree), key=lambda each: getattr(each, "lineno", 0)):
        if isinstance(node, ast.Call):
            _check_route_name(node, file, has_route)
            _check_variable_call(node, file, known_as)
        elif isinstance(node, ast.Subscript):
            name = _text(node.slice)
            if name is not None and name.startswith("$"):
                _check_variable(name, isinstance(node.ctx, ast.Store), node, file)
        elif isinstance(node, ast.Attribute):
            _check_ksr(node, file, known_as, kemi)


def _names_of_ksr(tree: ast.Module) -> Iterator[str]:
    """By which names the script has the module KSR."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.asname or each.name for each in node.names if each.name == "KSR")


def _check_ksr(node: ast.Attribute, file: str, known_as: set[str], kemi: Collection[str]) -> None:
    """``KSR.name`` and ``KSR.module.name``: both are looked at on their own, the module first."""
    path = _path(node)
    if path is None or path[0] not in known_as or len(path) > 3:
        return
    name = ".".join(path[1:])
    if name in kemi:
        return
    near = difflib.get_close_matches(name, list(kemi), n=1)
    hint = f"did you mean KSR.{near[0]}?" if near else "docs/python-scripts.md lists what there is"
    raise ScriptError(file, node.lineno, f"KSR.{name} is not there; {hint}")


def _check_route_name(node: ast.Call, file: str, has_route: Callable[[str, str], bool]) -> None:
    if not isinstance(node.func, ast.Attribute) or not node.args:
        return
    kind = _NAMING.get(node.func.attr)
    name = _text(node.args[0]) if kind is not None else None
    if kind is not None and name and not has_route(kind, name):
        raise ScriptError(file, node.lineno, f"{node.func.attr}: there is no {kind} route {name}")


def _check_variable_call(node: ast.Call, file: str, known_as: set[str]) -> None:
    """``KSR.pv.get("$ru")``"""
    path = _path(node.func) if isinstance(node.func, ast.Attribute) else None
    if path is None or len(path) != 3 or path[0] not in known_as or path[1] != "pv" or not node.args:
        return
    name = _text(node.args[0])
    if name is not None and name.startswith("$"):
        _check_variable(name, path[2] in _WRITING, node, file)


def _check_variable(name: str, written: bool, node: ast.expr, file: str) -> None:
    try:
        (writer if written else reader)(name)
    except FormatError as error:
        raise ScriptError(file, node.lineno, str(error)) from None


def _path(node: ast.expr) -> list[str] | None:
    """``["KSR", "pv", "get"]``"""
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute):
        before = _path(node.value)
        return [*before, node.attr] if before is not None else None
    return None


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
