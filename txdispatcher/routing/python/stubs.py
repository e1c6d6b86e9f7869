"""functions.pyi, from the table: the functions with their types and what they do, for editors and type checkers."""

from __future__ import annotations

from collections.abc import Iterator

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
#: Parameters that may be a route, too: the function itself.
_ROUTE = "str | Callable[..., Any]"


def stubs() -> str:
    """The text of the file."""
    functions = sorted(FUNCTIONS.values(), key=lambda each: (each.module, each.name))
    return _HEAD + "".join(line + "\n" for function in functions for line in _method(function))


def _method(function: Function) -> Iterator[str]:
    parameters = ["self"]
    for each in function.parameters:
        kind = "int" if each.number else _ROUTE if each.name == "route" else "str"
        parameters.append(f"{each.name}: {kind}" + (" = ..." if each.optional else ""))
    line = f"    def {function.name}({', '.join(parameters)}) -> bool:"
    about = function.about.replace("\\", "\\\\").splitlines()
    yield line
    if len(about) < 2:
        yield f'        """{"".join(about)}"""'
    else:
        yield f'        """{about[0]}'
        yield from (f"        {text}".rstrip() for text in about[1:])
        yield '        """'
