"""From a source to the sets in force: at the start, on demand, and again when a database was away.

The law of a load: the source is read in a thread; what comes of it is taken over on the reactor's, all at once or, on an error,
not at all. One load after the other, or an older reading could overtake a newer one.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.defer import Deferred, DeferredLock, TimeoutError, ensureDeferred
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread
from twisted.logger import Logger
from twisted.python.failure import Failure

from txdispatcher.balancing.attributes import attribute_warnings
from txdispatcher.balancing.destination import Record
from txdispatcher.balancing.sets import Sets
from txdispatcher.errors import DispatcherError, LoadError, SourceAway
from txdispatcher.stores.record import FieldError, make_record
from txdispatcher.stores.source import Reading, Source

#: Seconds within which a source has been read, or the load has failed.
READ_WITHIN = 20
#: The longest wait, in seconds, between two attempts at a source that is away, unless the first one is longer.
LONGEST_WAIT = 300
#: Warnings and skipped lines that a load logs one by one; of more it says how many.
REPORTED = 20
#: Seconds that the reading thread may run until the reactor has its turn. Python's own 5 ms would add up: the reactor waits
#: for its turn after each system call.
TURN = 0.0002

log = Logger()


class Loader:
    """Keeps `sets` as `source` says.

    `strict`: a bad line or row stops the load (`ds_load_mode` 1), else it is skipped and reported. `retry`: seconds until a
    source that is away is tried again, each time twice as many; 0: never. `judge` says in the thread what to warn of; `loaded`
    is called after each load but the first, and after each other change. `clock` is the reactor. `attrs_none` is for
    `record`: see `record.make_record`.
    """

    def __init__(
        self,
        source: Source,
        sets: Sets,
        clock: Any,
        *,
        strict: bool = True,
        retry: float = 0,
        judge: Callable[[Sequence[Record]], list[str]] = lambda records: [],
        loaded: Callable[[], None] = lambda: None,
        attrs_none: bool = False,
        in_thread: Callable[..., Deferred[Any]] = deferToThread,
    ) -> None:
        self._source = source
        self._sets = sets
        self._clock = clock
        self._strict = strict
        self._retry = retry
        self._judge = judge
        self._loaded = loaded
        self._attrs_none = attrs_none
        self._in_thread = in_thread
        self._loading = DeferredLock()
        #: A thread is at it: it may be one that was given up.
        self._reading = False
        self._stopped = False
        self._wait = retry
        self._next_attempt: Any = None
        #: The source's stamp when it was last read.
        self.stamp: object = None

    def begin(self) -> None:
        """The first load, before the reactor runs. Blocks. Raises LoadError, but not if it is away and is tried again."""
        self.stamp = self._source.stamp()
        try:
            reading = self._read()
            self._sets.load(reading.records)
            self._took(reading)
        except SourceAway as error:
            if not self._retry:
                raise
            log.error("start: {error}; there are no sets yet{then}", error=error, then=self._schedule())

    def stop(self) -> None:
        """Nothing is tried again any more."""
        self._stopped = True
        self._forget()

    async def reload(self) -> None:
        """Load anew: all of it or, on an error, which is logged and raised, nothing."""
        self._wait = self._retry
        await self._load()

    async def read(self) -> list[Record]:
        """What a reload would load now. Raises what it would raise."""
        async with self._loading:
            reading = await self._read_in_thread()
            return reading.records

    def record(self, set_id: int, uri: str, flags: int, priority: int, attributes: str) -> Record:
        """One destination, as a line of the list would have it. Raises LoadError."""

        def warn(text: str) -> None:
            log.warn("{text}", text=text)

        try:
            made = make_record(set_id, uri, flags, priority, attributes, warn, attrs_none=self._attrs_none)
        except FieldError as error:
            raise LoadError(f"set {set_id}", 0, str(error)) from None
        for each in attribute_warnings([made]):
            warn(each)
        return made

    def changed(self) -> None:
        """Destinations have been added or removed, not by a load."""
        self._loaded()

    def summary(self) -> str:
        """What is in force, in words."""
        return count(sum(map(len, self._sets)), len(self._sets), self._source.name)

    async def _load(self) -> None:
        async with self._loading:
            self._forget()
            self.stamp = self._source.stamp()
            try:
                reading = await self._read_in_thread()
                await self._take(reading)
            except DispatcherError as error:
                then = self._schedule() if isinstance(error, SourceAway) else ""
                log.error("reload: {error}; the list in force stays{then}", error=error, then=then)
                raise
            self._loaded()
            log.info("reload: {summary}", summary=self.summary())

    async def _read_in_thread(self) -> Reading:
        if self._reading:
            raise SourceAway(self._source.name, 0, "the attempt before has not come to an end")
        self._reading = True
        interval = sys.getswitchinterval()
        sys.setswitchinterval(TURN)
        try:
            reading: Reading = await self._in_thread(self._read).addTimeout(READ_WITHIN, self._clock)
            return reading
        except TimeoutError:
            raise SourceAway(self._source.name, 0, f"not read within {READ_WITHIN} s") from None
        finally:
            sys.setswitchinterval(interval)

    def _read(self) -> Reading:
        """What the source holds, what was skipped and what is to be warned of being among the warnings."""
        try:
            reading = self._source.read()
            if self._strict:
                reading.demand()
            reading.warnings += [f"{error}: skipped" for error in reading.errors]
            reading.warnings += self._judge(reading.records)
            return reading
        finally:
            self._reading = False

    async def _take(self, reading: Reading) -> None:
        """In slices, between which calls have their turn."""
        for number, _ in enumerate(self._sets.loading(reading.records)):
            if not number % 2:
                gc.collect(1)
            await deferLater(self._clock, 0)
        self._took(reading)

    def _took(self, reading: Reading) -> None:
        self._wait = self._retry
        for text in reading.warnings[:REPORTED]:
            log.warn("{text}", text=text)
        if len(reading.warnings) > REPORTED:
            log.warn("{name}: and {more} more", name=self._source.name, more=len(reading.warnings) - REPORTED)

    def _schedule(self) -> str:
        """See to the next attempt; the words for it, "" if there is none."""
        if not self._retry or self._stopped:
            return ""
        wait, self._wait = self._wait, min(2 * self._wait, max(LONGEST_WAIT, self._retry))
        self._next_attempt = self._clock.callLater(wait, self._try_again)
        return f"; next attempt in {wait:g} s"

    def _try_again(self) -> None:
        self._next_attempt = None
        ensureDeferred(self._load()).addErrback(was_logged)

    def _forget(self) -> None:
        waiting, self._next_attempt = self._next_attempt, None
        if waiting is not None:
            waiting.cancel()


def was_logged(failure: Failure) -> None:
    """For who has nobody to tell of a load that failed: it was logged where it was found."""
    failure.trap(DispatcherError)  # type: ignore[no-untyped-call]


def count(destinations: int, sets: int, name: str) -> str:
    """So many destinations in so many sets from the source `name`, in words."""
    plural = "s" if destinations != 1 else ""
    return f"{destinations} destination{plural} in {sets} set{'s' if sets != 1 else ''} from {name}"
