"""The two builds: what setup.py names is compiled with types, all of it or nothing; and the server says which one runs."""

from __future__ import annotations

import ast
import importlib
import os
import platform
import re
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

from txdispatcher import __version__
from txdispatcher.build import running_build

ROOT = Path(__file__).parents[1]
[_LIST] = [
    node.value
    for node in ast.parse((ROOT / "setup.py").read_text()).body
    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "MODULES"
]
SOURCES: list[str] = ast.literal_eval(_LIST)
#: Py_TPFLAGS_HEAPTYPE: a class that Python made. An extension type is none.
HEAP_TYPE = 1 << 9
#: Settings and the lines of the list, built once: C types would buy nothing.
PLAIN = {"Accounting", "Book", "Common", "Exit", "Extra", "Names", "Policy", "Record", "Timers"}


def load(source: str) -> ModuleType | None:
    """The module of that source; None for one that only a compiler makes, where it has not."""
    try:
        return importlib.import_module(source.rpartition(".")[0].replace("/", "."))
    except ModuleNotFoundError:
        assert source.endswith(".pyx")
        return None


MODULES = {source: load(source) for source in SOURCES}
COMPILED = {source for source, module in MODULES.items() if module and str(module.__file__).endswith(".so")}
compiled_only = pytest.mark.skipif(not COMPILED, reason="this is the pure build")


def test_all_of_it_is_compiled_or_nothing() -> None:
    """A compiled module beside a plain one that it takes C types from does not even load."""
    wanted = os.environ.get("TXDISPATCHER_EXTENSIONS", "auto")
    allowed = {"auto": [set(), set(SOURCES)], "yes": [set(SOURCES)], "no": [set()]}[wanted]
    assert COMPILED in allowed


@pytest.mark.parametrize("source", [source for source in SOURCES if source.endswith(".py")])
def test_what_is_compiled_has_a_pxd(source: str) -> None:
    assert (ROOT / source).with_suffix(".pxd").is_file()


@compiled_only
@pytest.mark.parametrize("source", SOURCES)
def test_what_is_compiled_is_typed(source: str) -> None:
    """A class that the .pxd forgets is compiled in silence, as a Python class: it buys nothing."""
    module = MODULES[source]
    assert module is not None
    classes = [each for each in vars(module).values() if isinstance(each, type) and each.__module__ == module.__name__]
    plain = {each.__name__ for each in classes if each.__flags__ & HEAP_TYPE and not getattr(each, "_is_protocol", False)}
    assert plain - PLAIN == set()


def test_the_build_that_runs_is_named() -> None:
    build = "compiled" if COMPILED else "pure Python"
    assert running_build() == f"txdispatcher {__version__} (Python {platform.python_version()}, {build})"


def test_make_venv_sees_every_source_that_setup_py_names() -> None:
    """scripts/make-venv reads the list with sed; what it misses would run on as it was compiled before."""
    [command] = re.findall(r"sed -n '(.*)' setup\.py", (ROOT / "scripts/make-venv").read_text())
    found = subprocess.run(["sed", "-n", command, "setup.py"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.split() == SOURCES
