"""Records of what is accounted, on their way to a table or a file: written in a thread, kept while that cannot be.

A call never waits for its record. Records are written in the order of their events, a batch at a time; what could not be written
is tried again. Of more than can be kept, the newest are lost, and counted.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, Protocol

from twisted.internet.defer import Deferred, ensureDeferred, succeed
from twisted.internet.threads import deferToThread
from twisted.logger import Logger
from twisted.python.failure import Failure

from txdispatcher.errors import LoadError
from txdispatcher.routing.script.accounting import Event

#: Records that are written at once.
BATCH = 500
#: Seconds until records are tried again that could not be written.
RETRY = 5.0
#: Seconds that the last records may take when the server stops.
LAST_WITHIN = 5.0

_LEFT = "{name}: {left} records are not written, {lost} were lost"

log = Logger()


class Book(Protocol):
    """Where records end. Its methods are called in a thread, never two at a time."""

    #: What it is, for the log.
    name: str

    def write(self, events: Sequence[Event]) -> tuple[int, int]:
        """Write them, from the first one on: how many are done with, and how many of these it refused for good.

        Raises LoadError where none could be written now.
        """

    def close(self) -> None:
        """Nothing more is written."""


class Accounts:
    """The records that are still to be written to `book`, at most `kept` of them. `clock` is the reactor."""

    def __init__(self, book: Book, clock: Any, *, kept: int, in_thread: Callable[..., Deferred[Any]] = deferToThread) -> None:
        self._book = book
        self._clock = clock
        self._kept = kept
        self._in_thread = in_thread
        self._waiting: deque[Event] = deque()
        self._writing: Deferred[Any] | None = None
        self._again: Any = None
        self._away = False
        #: Records that were written, that the book refused for good, and that there was no room for.
        self.written = 0
        self.refused = 0
        self.lost = 0

    @property
    def waiting(self) -> int:
        """Records that are not written yet."""
        return len(self._waiting)

    def statistics(self) -> dict[str, int]:
        """The counters, by name."""
        return {"lost": self.lost, "refused": self.refused, "waiting": self.waiting, "written": self.written}

    def add(self, event: Event) -> None:
        """Take a record in."""
        if len(self._waiting) >= self._kept:
            self.lost += 1
            return
        self._waiting.append(event)
        if self._writing is None and self._again is None:
            # Not at once: what else comes in this turn goes with it.
            self._again = self._clock.callLater(0, self._write)

    def stop(self) -> Deferred[None]:
        """Write what is left, unless that takes too long."""
        return ensureDeferred(self._stop())

    async def _stop(self) -> None:
        if self._again is not None:
            self._again.cancel()
            self._again = None
        await (self._writing or succeed(None))
        if self._waiting and not self._away:
            self._write()
            if self._writing is not None:
                self._writing.addTimeout(LAST_WITHIN, self._clock)
                self._writing.addErrback(lambda failure: None)
                await self._writing
        if self._again is not None:
            self._again.cancel()
        if self._waiting or self.lost:
            log.error(
                "{name}: {left} records are not written, {lost} were lost",
                name=self._book.name,
                left=self.waiting,
                lost=self.lost,
            )
        self._book.close()

    def _write(self) -> None:
        self._again = None
        batch = list(islice(self._waiting, BATCH))
        self._writing = self._in_thread(self._book.write, batch)
        self._writing.addCallbacks(self._wrote, self._failed)

    def _wrote(self, counts: tuple[int, int]) -> None:
        self._writing = None
        count, refused = counts
        for _ in range(count):
            self._waiting.popleft()
        self.written += count - refused
        self.refused += refused
        if self._away:
            self._away = False
            log.info("{name}: records are written again, {lost} were lost", name=self._book.name, lost=self.lost)
        if refused:
            log.error("{name}: refused {refused} records, {all} in all", name=self._book.name, refused=refused, all=self.refused)
        if self._waiting:
            self._again = self._clock.callLater(0, self._write)

    def _failed(self, failure: Failure) -> None:
        self._writing = None
        if not isinstance(failure.value, LoadError):
            log.failure("{name}: a fault while writing records", failure, name=self._book.name)
        elif not self._away:
            log.error("{error}; records wait, {kept} at most", error=failure.getErrorMessage(), kept=self._kept)
        self._away = True
        self._again = self._clock.callLater(RETRY, self._write)
