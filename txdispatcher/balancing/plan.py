"""What a load would change: the destinations in force beside the records of a source."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from txdispatcher.balancing.assembly import identity
from txdispatcher.balancing.destination import Record
from txdispatcher.balancing.sets import Sets

#: The fields of a record in which two with the same identity may differ.
_FIELDS = ("flags", "priority", "attributes_text")
_NAMES = {"attributes_text": "attrs"}


@dataclass(frozen=True, slots=True)
class Plan:
    """`changed` has the new record, and the list's names of the fields that are other than before. `same` are so many."""

    added: list[Record] = field(default_factory=list)
    removed: list[Record] = field(default_factory=list)
    changed: list[tuple[Record, tuple[str, ...]]] = field(default_factory=list)
    same: int = 0


def plan_of(sets: Sets, records: Iterable[Record]) -> Plan:
    """What `sets.load(records)` would change. A destination is the same one by its set, its URI and its socket, as there."""
    there: dict[tuple[int, tuple[str, str | None]], list[Record]] = {}
    for found in sets:
        for each in found.destinations:
            there.setdefault((found.id, identity(each.record)), []).append(each.record)
    added: list[Record] = []
    changed: list[tuple[Record, tuple[str, ...]]] = []
    others: list[Record] = []
    same = 0
    for record in records:
        known = there.get((record.set_id, identity(record)), [])
        equal = next((each for each in known if not _differing(each, record)), None)
        if equal is not None:
            known.remove(equal)
            same += 1
        else:
            others.append(record)
    for record in others:
        known = there.get((record.set_id, identity(record)), [])
        if known:
            changed.append((record, _differing(known.pop(0), record)))
        else:
            added.append(record)
    removed = [record for left in there.values() for record in left]
    return Plan(added, removed, changed, same)


def _differing(before: Record, after: Record) -> tuple[str, ...]:
    return tuple(_NAMES.get(name, name) for name in _FIELDS if getattr(before, name) != getattr(after, name))
