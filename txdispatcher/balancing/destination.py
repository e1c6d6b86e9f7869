"""What a set is made of: the record that a store reads, and the destination that lives as long as its set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from txdispatcher.balancing.states import SKIPPED


@dataclass(frozen=True, slots=True)
class Record:
    """One line of a list file, or one row of a table, checked: what `Sets.load` takes.

    `attributes` keeps the order of the source; a name without "=" has the value None. `attributes_text` is the source's own
    spelling of them. `host` is without brackets, `port` 0 where the URI names none, `transport` "udp", "tcp", "tls" (lower case;
    "udp" where the URI names none, "tls" for sips).
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


class Destination:
    """One gateway in one set. Its state changes in place; everything else is fixed from load to load."""

    __slots__ = ("flags", "loaded_flags", "record", "target", "weight")

    def __init__(self, record: Record) -> None:
        self.record = record
        #: The state bits in force (see `states`).
        self.flags = record.flags
        #: The state bits that the source named when it was last loaded.
        self.loaded_flags = record.flags
        #: The attribute of that name as a number, 0 without one.
        self.weight = 0
        #: Where to send what is meant for it: prepared by `routing`, never looked into here.
        self.target: object = None

    @property
    def uri(self) -> str:
        return self.record.uri

    @property
    def selectable(self) -> bool:
        return not self.flags & SKIPPED
