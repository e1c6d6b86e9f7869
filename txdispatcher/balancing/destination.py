"""What a set is made of: the record that a store reads, and the destination that lives as long as its set."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from txdispatcher.balancing.attributes import Attributes, read_attributes
from txdispatcher.balancing.limits import SlowStart, TokenBucket
from txdispatcher.balancing.overload import Overload
from txdispatcher.balancing.states import ALL, DRAINING, SKIPPED

if TYPE_CHECKING:
    from txdispatcher.balancing.history import Change
    from txdispatcher.balancing.latency import Latency


@dataclass(frozen=True, slots=True)
class Record:
    """One line of a list file, or one row of a table, checked: what `Sets.load` takes.

    `attributes` keeps the order of the source; a name without "=" has the value None. `attributes_text` is the source's own
    spelling of them. `host` is an address in its canonical form without brackets, or a name in lower case; `port` is 0 where the
    URI names none; `transport` is "udp", "tcp" or "tls" ("udp" where the URI names none, "tls" for sips).
    """

    set_id: int
    uri: str
    flags: int = 0
    priority: int = 0
    attributes: Mapping[str, str | None] = field(default_factory=dict)
    attributes_text: str = ""
    host: str = ""
    port: int = 0
    transport: str = "udp"
    #: What those of the attributes say that mean something here: read by whoever makes the record, in a thread of its own.
    meaning: Attributes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "meaning", read_attributes(self.attributes))

    def attribute(self, name: str) -> str | None:
        """The value of the attribute `name`, whose case does not matter; of several the last. None: no such, or no value."""
        found = None
        for key, value in self.attributes.items():
            if key.lower() == name:
                found = value
        return found


class Destination:
    """One gateway in one set. Its state changes in place, by `Sets.mark` and its like; the rest from load to load.

    The object outlives a reload for as long as the source names it: hold on to it, and compare by identity.
    """

    __slots__ = (
        "_flags",
        "_overload",
        "attributes",
        "average",
        "bucket",
        "changes",
        "estimate",
        "hosts",
        "index",
        "latency",
        "load",
        "loaded_flags",
        "maxload",
        "record",
        "row",
        "slow_start",
        "target",
        "weight",
    )

    def __init__(self, record: Record) -> None:
        self.record = record
        self._flags = record.flags
        #: The state bits that the source named when it was last loaded.
        self.loaded_flags = record.flags
        #: Its place in `DestinationSet.destinations`.
        self.index = 0
        #: The addresses that the name in its URI has, as `Sets.locate` was told.
        self.hosts: tuple[str, ...] = ()
        #: Where to send what is meant for it: prepared by `routing`, never looked into here. None after its record changed.
        self.target: object = None
        #: Failures in a row of one that is not inactive, good answers in a row of one that is (see `transitions`).
        self.row = 0
        #: Its last changes of state, the oldest first; None before the first one (see `history`).
        self.changes: deque[Change] | None = None
        #: Of the answers to its pings; None where nobody measures.
        self.latency: Latency | None = None
        #: The calls that are counted here (see `load.CallLoad`).
        self.load = 0
        self._overload: Overload | None = None
        #: Set while it comes back slowly.
        self.slow_start: SlowStart | None = None
        self._read()
        #: Milliseconds that a ping takes: now, and usually. Changed by `Sets.measured` alone.
        self.estimate = self.average = float(self.attributes.latency)

    @property
    def flags(self) -> int:
        """The state bits in force (see `states`). Read only: a set keeps tables by them."""
        return self._flags

    @property
    def uri(self) -> str:
        return self.record.uri

    @property
    def overload(self) -> Overload:
        """The reports in force about it; made when somebody first asks."""
        if self._overload is None:
            self._overload = Overload(self.attributes)
        return self._overload

    @property
    def in_service(self) -> bool:
        """Whether its state allows calls."""
        return not self._flags & SKIPPED

    @property
    def selectable(self) -> bool:
        """Whether its state allows calls, and its attribute maxload one more."""
        return not self._flags & SKIPPED and not 0 < self.maxload <= self.load

    @property
    def congestion(self) -> float:
        """Milliseconds that pings take longer now than they usually do."""
        return max(0.0, self.estimate - self.average)

    def enter(self, flags: int) -> None:
        """Take the state bits of `flags`, keep the others. For the set that owns it alone."""
        self._flags = self._flags & ~ALL | flags & ALL
        self.row = 0

    def drain(self, draining: bool) -> None:
        """Take the mark DRAINING, or lose it. For the set that owns it alone."""
        self._flags = self._flags & ~DRAINING | (DRAINING if draining else 0)

    def admits(self, now: float) -> bool:
        """Whether its attribute maxcps allows one more call; if so, it is counted."""
        return self.bucket is None or self.bucket.take(now)

    def adopt(self, record: Record, keep_state: bool) -> None:
        """Become what a newly loaded `record` says; the mark DRAINING stays. For the set that owns it alone."""
        if record is not self.record:
            self.target = None
        if record.host != self.record.host:
            self.hosts = ()
        if not keep_state:
            self._flags = record.flags | self._flags & DRAINING
            self.row = 0
            self.slow_start = None
        before = self.attributes
        self.record = record
        self.loaded_flags = record.flags
        if record.meaning != before:
            self._read()

    def _read(self) -> None:
        self.attributes = self.record.meaning
        self.maxload = self.attributes.maxload
        self.weight = self.attributes.weight
        self.bucket = TokenBucket(self.attributes.maxcps) if self.attributes.maxcps else None
        self._overload = None
