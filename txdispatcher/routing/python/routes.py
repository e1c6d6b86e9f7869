"""The decorators that say what a function of a script is for. A function may be several kinds of route."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import TypeVar, overload

from txdispatcher.routing.python.request import Request
from txdispatcher.routing.script.table import BRANCH, EVENT, FAILURE, REPLY, REQUEST

#: A route; what it returns is ignored. One for requests and failures may be ``async def``.
Route = Callable[[Request], object]
_Route = TypeVar("_Route", bound=Callable[[Request], object])
_Waiting = TypeVar("_Waiting", bound=Callable[[Request], object] | Callable[[Request], Awaitable[object]])

#: Where a function keeps which routes it is: (kind, name) of each.
MARK = "__txdispatcher_routes__"


def request_route(function: _Waiting) -> _Waiting:
    """The route that every new request enters: one in each script."""
    return _marked(function, REQUEST, "")


def failure_route(function: _Waiting) -> _Waiting:
    """A route for what failed; ``t_on_failure(function)`` in an earlier route names it."""
    return _marked(function, FAILURE)


@overload
def reply_route(function: _Route) -> _Route: ...
@overload
def reply_route(*, every: bool) -> Callable[[_Route], _Route]: ...
def reply_route(function: _Route | None = None, *, every: bool = False) -> _Route | Callable[[_Route], _Route]:
    """A route for responses. ``t_on_reply(function)`` names it; with ``every=True`` each response enters it, 100 left aside."""
    if function is not None:
        return _marked(function, REPLY)
    return lambda each: _marked(each, REPLY, "" if every else None)


def branch_route(function: _Route) -> _Route:
    """A route that is entered before a request is sent on; ``t_on_branch(function)`` names it."""
    return _marked(function, BRANCH)


def event_route(name: str) -> Callable[[_Route], _Route]:
    """A route for an event: ``dispatcher:dst-down``, ``dispatcher:dst-up``, or ``dispatcher:dst-drained`` where a destination
    that gets no new calls has seen its last one end; ``$ru`` is the destination.
    """
    if not isinstance(name, str):
        raise TypeError('@event_route needs the name of the event; allowed: @event_route("dispatcher:dst-down")')
    return lambda function: _marked(function, EVENT, name)


def _marked(function: _Waiting, kind: str, name: str | None = None) -> _Waiting:
    """Without a `name` it is the function's own."""
    if not inspect.isfunction(function):
        raise TypeError(f"@{kind}_route stands over a function; found {function!r}")
    marks: list[tuple[str, str]] = [*getattr(function, MARK, []), (kind, function.__name__ if name is None else name)]
    setattr(function, MARK, marks)
    return function
