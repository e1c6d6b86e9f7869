"""What a route may ``await``, as data: `net` does it. Beside these, a Deferred may be awaited."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, Generic, ParamSpec, TypeVar

#: Seconds: beyond what any `script_timeout` leaves.
_LONGEST = 86_400

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")


class InThread(Generic[_Result]):
    """A call that blocks, to be made in a thread."""

    __slots__ = ("call",)

    def __init__(self, call: Callable[[], _Result]) -> None:
        self.call = call

    def __bool__(self) -> bool:
        raise TypeError("in_thread(…) has no value yet; allowed: await in_thread(…)")

    def __await__(self) -> Generator[InThread[_Result], Any, _Result]:
        result: _Result = yield self
        return result


class Sleep:
    """Time that is to pass, in seconds."""

    __slots__ = ("seconds",)

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __await__(self) -> Generator[Sleep, None, None]:
        yield self


def in_thread(function: Callable[_Given, _Result], /, *arguments: _Given.args, **named: _Given.kwargs) -> InThread[_Result]:
    """Call a function that blocks (a database, an HTTP client) in a thread: ``found = await in_thread(look_up, number)``.

    Only this request waits. The function must touch neither the request nor KSR.
    """
    return InThread(lambda: function(*arguments, **named))


def sleep(seconds: float) -> Sleep:
    """Let time pass for this request alone: ``await sleep(0.5)``. Raises ValueError for what is no such time."""
    if not isinstance(seconds, int | float) or not 0 <= seconds <= _LONGEST:
        raise ValueError(f"sleep({seconds!r}); allowed: a number of seconds, 0 to {_LONGEST}")
    return Sleep(float(seconds))
