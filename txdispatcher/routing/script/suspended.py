"""A route that waits for something outside: held as data, until whoever can wait (`net`) says what came of it."""

from __future__ import annotations

from typing import Protocol


class Suspended(Protocol):
    """A route in the midst of an ``await``."""

    #: What it waits for: one of `routing.python.waiting`, or something that `net` knows.
    awaited: object

    def resume(self, value: object, error: BaseException | None) -> Suspended | None:
        """Go on with `value`, or with `error` raised where it waited. None when the route has ended; else it waits again.

        May raise whatever `Script.run` may.
        """

    def close(self) -> None:
        """Nobody wants the route to go on. May raise whatever `Script.run` may."""
