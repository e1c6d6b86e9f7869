"""Ends the calls that are too old, at every `ds_hash_check_interval`."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.base import DelayedCall

from txdispatcher.balancing.load import MOST_AT_ONCE, CallLoad
from txdispatcher.net.clock import Clock

#: Seconds until the next when one sweep could not end them all: between the two there is time for traffic.
SOON = 0.05


class Sweep:
    """`interval` in seconds; `clock` calls later, `now` is the time that `calls` go by."""

    def __init__(self, calls: CallLoad, interval: float, clock: Clock, now: Callable[[], float]) -> None:
        self._calls = calls
        self._interval = interval
        self._clock = clock
        self._now = now
        self._next: DelayedCall | None = None

    def start(self) -> None:
        self._next = self._clock.callLater(self._interval, self._sweep)

    def stop(self) -> None:
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def _sweep(self) -> None:
        more = self._calls.sweep(self._now()) == MOST_AT_ONCE
        self._next = self._clock.callLater(SOON if more else self._interval, self._sweep)
