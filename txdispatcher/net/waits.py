"""Waits for what a script waits for: a call in a thread, time, or a Deferred."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread
from twisted.python.failure import Failure

from txdispatcher.net.clock import Clock
from txdispatcher.proxy.waiting import Pending
from txdispatcher.routing.python.waiting import InThread, Sleep

#: Told what came of a wait: a value, or an error.
Resumed = Callable[[Pending, object, BaseException | None], None]


class Waits:
    """`resumed` is called once for each wait. `in_thread` runs a call that blocks."""

    def __init__(
        self, clock: Clock, resumed: Resumed, in_thread: Callable[[Callable[[], object]], Deferred[Any]] = deferToThread
    ) -> None:
        self._clock = clock
        self._resumed = resumed
        self._in_thread = in_thread

    def begin(self, pending: Pending, patience: float) -> None:
        """Wait, `patience` seconds at the most: then it has failed with a TimeoutError, and what it was for is cancelled."""
        try:
            awaited = self._deferred(pending.wait.awaited)
        except TypeError as error:
            self._clock.callLater(0, self._resumed, pending, None, error)
            return
        over = False

        def ended(result: object) -> None:
            nonlocal over
            if not over:
                over = True
                limit.cancel()
                if isinstance(result, Failure):
                    self._resumed(pending, None, result.value)
                else:
                    self._resumed(pending, result, None)

        def expired() -> None:
            nonlocal over
            over = True
            awaited.cancel()
            self._resumed(pending, None, TimeoutError("route.script_timeout has passed"))

        limit = self._clock.callLater(max(patience, 0.0), expired)
        awaited.addBoth(ended)

    def _deferred(self, awaited: object) -> Deferred[Any]:
        if isinstance(awaited, Deferred):
            return awaited
        if isinstance(awaited, InThread):
            return self._in_thread(awaited.call)
        if isinstance(awaited, Sleep):
            return deferLater(self._clock, awaited.seconds)  # type: ignore[arg-type]
        raise TypeError(f"{type(awaited).__name__} cannot be awaited here; allowed: a Deferred, in_thread(…) and sleep(…)")
