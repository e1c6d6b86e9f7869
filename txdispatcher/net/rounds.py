"""What is done again and again, each at an interval of its own: the routes of a script's timers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from twisted.internet.task import LoopingCall


class Rounds:
    """`wanted` are names and intervals in seconds; `enter` is called with the name and the time, and must not raise."""

    def __init__(
        self,
        wanted: list[tuple[str, float]],
        enter: Callable[[str, float], None],
        reactor: Any,
        seconds: Callable[[], float],
    ) -> None:
        self._calls: list[tuple[LoopingCall, float]] = []
        for name, interval in wanted:
            call = LoopingCall(partial(self._enter, enter, name, seconds))
            call.clock = reactor
            self._calls.append((call, interval))

    def start(self) -> None:
        """The first round of each is after its interval."""
        for call, interval in self._calls:
            call.start(interval, now=False)

    def stop(self) -> None:
        """No more of them."""
        for call, _ in self._calls:
            if call.running:
                call.stop()

    @staticmethod
    def _enter(enter: Callable[[str, float], None], name: str, seconds: Callable[[], float]) -> None:
        enter(name, seconds())
