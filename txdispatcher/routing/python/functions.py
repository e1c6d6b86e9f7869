"""Kamailio's functions as methods, one for each name in the table.

`functions.pyi` lists them for editors; `scripts/script-stubs` writes it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from txdispatcher.routing.python.calling import prepared
from txdispatcher.routing.script.functions import FUNCTIONS
from txdispatcher.routing.script.run import Exit, Run
from txdispatcher.routing.script.table import Function


class Functions:
    """The functions for one request. True where Kamailio's return code is above 0; a code of 0 ends the route."""

    __slots__ = ("_run",)

    def __init__(self, run: Run) -> None:
        self._run = run


def _method(function: Function) -> Callable[..., bool]:
    invoke = prepared(function)

    def method(self: Functions, *arguments: Any, **named: Any) -> bool:
        code = invoke(self._run, arguments, named)
        if code == 0:
            raise Exit
        return code > 0

    method.__name__ = function.name
    method.__qualname__ = f"Functions.{function.name}"
    method.__doc__ = function.about
    return method


for _each in FUNCTIONS.values():
    setattr(Functions, _each.name, _method(_each))
