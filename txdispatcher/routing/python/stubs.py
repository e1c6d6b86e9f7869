"""functions.pyi and KSR-stubs, from the table: the functions with their types and what they do, for editors and type checkers."""

from __future__ import annotations

import inspect
import keyword
from collections.abc import Callable, Iterator
from typing import Any

from txdispatcher.routing.python.kemi import NAMES
from txdispatcher.routing.script.functions import FUNCTIONS
from txdispatcher.routing.script.table import Function

_HEAD = '''\
"""Kamailio's functions, as methods. Made by `scripts/script-stubs` from the table of functions."""

from collections.abc import Callable
from typing import Any

from txdispatcher.routing.script.run import Run

class Functions:
    _run: Run
    def __init__(self, run: Run) -> None: ...
'''
_KSR_HEAD = '''\
"""The module that Kamailio's Python scripts (KEMI) import. Made by `scripts/script-stubs` from the table of functions."""

from collections.abc import Callable
from typing import Any, NoReturn

'''
#: The types of KEMI's own functions; those of values are whatever a script takes them for.
_KEMI_TYPES = {"KemiValue": "Any", "str | int | None": "Any", str(inspect.Parameter.empty): "Any"}
#: Parameters that may be a route, too: the function itself.
_ROUTE = "str | Callable[..., Any]"


def stubs() -> str:
    """The text of the file."""
    functions = sorted(FUNCTIONS.values(), key=lambda each: (each.module, each.name))
    return _HEAD + "".join(line + "\n" for function in functions for line in _method(function))


def ksr_stubs() -> str:
    """The text of the other one, for ``import KSR``."""
    modules: dict[str, list[str]] = {}
    for name in sorted(NAMES):
        called = NAMES[name]
        module, _, last = name.rpartition(".")
        lines = modules.setdefault(module, [])
        if called is not None and last.isidentifier() and not keyword.iskeyword(last):
            lines += _function(last, called, "    " if module else "", "int" if module else "bool")
    made = [_KSR_HEAD, *(line + "\n" for line in modules.pop(""))]
    for module, lines in modules.items():
        name = f"_{module.title().replace('_', '')}"
        made.append(f"\nclass {name}:\n" + "".join(line + "\n" for line in lines) + f"\n{module}: {name}\n")
    return "".join(made)


def _function(name: str, called: Function | Callable[..., Any], indent: str, gives: str) -> Iterator[str]:
    parameters = ["self"] if indent else []
    if isinstance(called, Function):
        parameters += _parameters(called)
        about = called.about
    else:
        signature = inspect.signature(called)
        about = inspect.getdoc(called) or ""
        gives = _KEMI_TYPES.get(str(signature.return_annotation), str(signature.return_annotation))
        for each in list(signature.parameters.values())[1:]:
            kind = _KEMI_TYPES.get(str(each.annotation), str(each.annotation))
            parameters.append(f"*{each.name}: {kind}" if each.kind is each.VAR_POSITIONAL else f"{each.name}: {kind}")
    yield f"{indent}def {name}({', '.join(parameters)}) -> {gives}:"
    yield from _documented(about, indent + "    ")


def _method(function: Function) -> Iterator[str]:
    yield f"    def {function.name}({', '.join(['self', *_parameters(function)])}) -> bool:"
    yield from _documented(function.about, " " * 8)


def _parameters(function: Function) -> Iterator[str]:
    for each in function.parameters:
        kind = "int" if each.number else _ROUTE if each.name == "route" else "str"
        yield f"{each.name}: {kind}" + (" = ..." if each.optional else "")


def _documented(about: str, indent: str) -> Iterator[str]:
    lines = about.replace("\\", "\\\\").splitlines()
    if not lines:
        yield f"{indent}..."
    elif len(lines) < 2:
        yield f'{indent}"""{lines[0]}"""'
    else:
        yield f'{indent}"""{lines[0]}'
        yield from (f"{indent}{text}".rstrip() for text in lines[1:])
        yield f'{indent}"""'
