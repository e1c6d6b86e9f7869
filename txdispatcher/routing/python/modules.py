"""The modules that stand beside a script and that it imports: they are its own, and are read again with it.

A script in a folder with an ``__init__.py`` is a module of that package, and may import relatively.
"""

from __future__ import annotations

import importlib
import os
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType

#: Where no module of a script's is: in this package, and in what is installed.
_INSTALLED = tuple(
    os.path.join(os.path.realpath(path), "")
    for path in (
        os.path.dirname(os.path.dirname(os.path.dirname(__file__))),
        *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
    )
)
#: The modules that were there before the first script of a folder, which are not its own: those of a test, say.
_before: dict[str, frozenset[str]] = {}
#: The folder that the last script has put into the path.
_in_path = ""


@dataclass(frozen=True, slots=True)
class Home:
    """Where a script is: `folder` is searched for what it imports, `package` is the one that it is in, "" for none."""

    folder: str
    package: str

    @classmethod
    def of(cls, file: str) -> Home:
        folder = os.path.dirname(file)
        names: list[str] = []
        while os.path.isfile(os.path.join(folder, "__init__.py")):
            folder, name = os.path.split(folder)
            names.insert(0, name)
        return cls(folder, ".".join(names))

    def modules(self) -> dict[str, ModuleType]:
        """What scripts of the folder have imported from it."""
        return _brought(self.folder)


def beside(file: str, folder: str) -> bool:
    """Whether a file is in the folder, or below it, and is none of what is installed there."""
    return file.startswith(os.path.join(folder, "")) and not os.path.realpath(file).startswith(_INSTALLED)


def _brought(folder: str) -> dict[str, ModuleType]:
    known = _before[folder]
    return {name: each for name, each in list(sys.modules.items()) if name not in known and _is_beside(each, folder)}


def _is_beside(module: ModuleType, folder: str) -> bool:
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and file.endswith(".py") and beside(file, folder)


@contextmanager
def read_anew(home: Home) -> Iterator[None]:
    """While a script is loaded: its modules are imported as if for the first time. If that fails, they are what they were.

    So are those of a script of another folder, which may have modules of the same names.
    """
    kept = {name: module for folder in _before for name, module in _brought(folder).items()}
    for name in kept:
        del sys.modules[name]
    _before.setdefault(home.folder, frozenset(sys.modules))
    _search(home.folder)
    importlib.invalidate_caches()
    # Bytecode that is written now would hide a change within the same second.
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        yield
    except BaseException:
        for name in home.modules():
            del sys.modules[name]
        sys.modules.update(kept)
        raise
    finally:
        sys.dont_write_bytecode = writes


def _search(folder: str) -> None:
    """Let imports find what is in the folder, and no longer what is in that of a script before it."""
    global _in_path
    if folder in sys.path:
        return
    if _in_path in sys.path:
        sys.path.remove(_in_path)
    sys.path.append(folder)
    _in_path = folder
