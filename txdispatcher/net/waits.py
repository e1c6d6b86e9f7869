"""Waits for what a script waits for: a call in a thread, time, or a Deferred."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool

from txdispatcher.net.clock import Clock
from txdispatcher.proxy.waiting import Pending
from txdispatcher.routing.python.waiting import InThread, Sleep

#: Told what came of a wait: a value, or an error.
Resumed = Callable[[Pending, object, BaseException | None], None]
#: Makes a call that blocks, in a thread.
InThreads = Callable[[Callable[[], object]], Deferred[Any]]


class Threads:
    """Threads for what scripts wait for, `most` of them: a script whose database hangs holds up neither a reload nor the records
    of accounting, which have the reactor's. The first call starts them.
    """

    def __init__(self, reactor: Any, most: int) -> None:
        self._reactor = reactor
        self._most = most
        self._pool: ThreadPool | None = None

    def __call__(self, call: Callable[[], object]) -> Deferred[Any]:
        pool = self._pool
        if pool is None:
            pool = self._pool = ThreadPool(0, self._most, "script")
            pool.start()
            self._reactor.addSystemEventTrigger("during", "shutdown", pool.stop)
        return deferToThreadPool(self._reactor, pool, call)


class Waits:
    """`resumed` is called once for each wait."""

    def __init__(self, clock: Clock, resumed: Resumed, in_thread: InThreads) -> None:
        self._clock = clock
        self._resumed = resumed
        self._in_thread = in_thread

    def begin(self, pending: Pending, patience: float) -> None:
        """Wait, `patience` seconds at the most: then it has failed with a TimeoutError, and what it was for is cancelled."""
        try:
            awaited = self._deferred(pending)
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

    def _deferred(self, pending: Pending) -> Deferred[Any]:
        awaited = pending.wait.awaited
        if isinstance(awaited, Deferred):
            return awaited
        if isinstance(awaited, InThread):
            call = awaited.call
            # Where many wait for a thread, its turn may come when nobody wants the result any more.
            return self._in_thread(lambda: call() if pending.wanted else None)
        if isinstance(awaited, Sleep):
            return deferLater(self._clock, awaited.seconds)  # type: ignore[arg-type]
        raise TypeError(f"{type(awaited).__name__} cannot be awaited here; allowed: a Deferred, in_thread(…) and sleep(…)")
