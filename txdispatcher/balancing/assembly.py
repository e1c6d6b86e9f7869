"""What a load will put in the place of the sets, put together beside them.

The law of a load: whatever takes long for a long list is done in slices by `Assembly.steps`, and touches nothing that is in
force; what is left for the moment of the change is short, and nothing in it can fail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import is_

from txdispatcher.balancing.addresses import Addresses
from txdispatcher.balancing.destination import Destination, Record
from txdispatcher.balancing.destination_set import DestinationSet
from txdispatcher.balancing.order import Tree

#: Destinations that one slice deals with: a millisecond or two.
SLICE = 250

#: URI and `socket` attribute.
Identity = tuple[str, str]


def identity(record: Record) -> Identity:
    """What makes a destination the same one after a reload of its set."""
    return record.uri, record.meaning.socket


class Draft:
    """One set as `records`, in the order of the source, will have it."""

    __slots__ = ("claimed", "destinations", "id", "left", "old", "placed", "records", "retired")

    def __init__(self, id: int, records: Sequence[Record], old: DestinationSet | None) -> None:
        self.id = id
        self.records = in_order(records)
        self.old = old
        #: One for each record: that which is there already, by the indexes `placed`, or a new one.
        self.destinations: list[Destination] = []
        self.placed: list[int] = []
        #: Those of `old` that are not in it.
        self.left: list[Destination] = []
        #: What nobody needs any more when it is in force, and what would take its time to be freed all at once.
        self.retired: list[object] = []
        #: Whether some that were in no set, or under another URI, have been put in place of new ones.
        self.claimed = False

    def steps(self) -> Iterator[None]:
        there: dict[Identity, list[Destination]] = {}
        for number, destination in enumerate(self.old.destinations if self.old is not None else (), 1):
            there.setdefault(identity(destination.record), []).append(destination)
            if not number % SLICE:
                yield
        for index, record in enumerate(self.records):
            same = there.get(identity(record))
            if same:
                destination = same.pop(0)
                self.placed.append(index)
                self.destinations.append(destination)
                if record == destination.record:
                    self.records[index] = destination.record
            else:
                self.destinations.append(Destination(record))
            if not (index + 1) % SLICE:
                yield
        self.left = [destination for some in there.values() for destination in some]

    def adopt(self, keep: bool, departed: Iterable[Destination]) -> list[tuple[Destination, int]]:
        """Give those that are there their new records, and calls that go on their new places.

        Whose state that changed, and what it was before.
        `keep`: they keep their states. `departed`: those with calls that are in no set any more.
        """
        changed: list[tuple[Destination, int]] = []
        records, destinations, retired = self.records, self.destinations, self.retired
        for index in self.placed:
            destination, record = destinations[index], records[index]
            keep_state = keep and record.flags == destination.loaded_flags
            if keep_state and record is destination.record:
                continue
            flags = destination.flags
            retired.append(destination.record)
            destination.adopt(record, keep_state)
            if destination.flags != flags:
                changed.append((destination, flags))
        retired += self.left
        loaded = _loaded([*self.left, *[each for each in departed if each.record.set_id == self.id]])
        if loaded:
            placed = set(self.placed)
            for index, record in enumerate(records):
                if index not in placed and (found := _claim(loaded, record)) is not None:
                    flags = found.flags
                    found.adopt(record, False)
                    # One that comes back to a set has not changed: it comes.
                    if found.flags != flags and found in self.left:
                        changed.append((found, flags))
                    destinations[index] = found
                    self.claimed = True
        return changed


class Assembly:
    """All sets that a load makes of `records`, in the order of the source. `there` are the sets in force.

    `unchanged` gives the set that is in force where records need no other.
    """

    __slots__ = ("_records", "_there", "_unchanged", "addresses", "drafts", "kept", "order")

    def __init__(
        self,
        records: Iterable[Record],
        there: Mapping[int, DestinationSet],
        unchanged: Callable[[int, Sequence[Record]], DestinationSet | None],
    ) -> None:
        self._records: dict[int, list[Record]] = {}
        for record in records:  # Only this can fail, when the source is read as it is iterated.
            self._records.setdefault(record.set_id, []).append(record)
        self._there = there
        self._unchanged = unchanged
        self.kept: dict[int, DestinationSet] = {}
        self.drafts: dict[int, Draft] = {}
        #: The ids of the sets as they are listed.
        self.order: list[int] = []
        self.addresses = Addresses()

    def steps(self) -> Iterator[None]:
        """Put everything together; a step is short."""
        tree = Tree()
        seen = 0
        for id, records in self._records.items():
            tree.insert(id)
            seen += 1 + len(records)
            if seen >= SLICE:
                seen = 0
                yield
            kept = self._unchanged(id, records)
            if kept is not None:
                self.kept[id] = kept
            else:
                draft = self.drafts[id] = Draft(id, records, self._there.get(id))
                yield from draft.steps()
        self.order = tree.post_order()
        yield from self._fill_addresses()

    def _fill_addresses(self) -> Iterator[None]:
        add = self.addresses.add
        number = 0
        for id in self.order:
            draft = self.drafts.get(id)
            destinations: Iterable[Destination] = draft.destinations if draft is not None else self.kept[id].destinations
            records = draft.records if draft is not None else (each.record for each in self.kept[id].destinations)
            for destination, record in zip(destinations, records, strict=True):
                add(destination, record)
                number += 1
                if not number % SLICE:
                    yield


def in_order(records: Sequence[Record]) -> list[Record]:
    """In the order of selection: priority falling; of equal priority the last line first."""
    # Turning round a stable sort.
    return sorted(records, key=_priority)[::-1]


def same_records(found: DestinationSet, records: Sequence[Record]) -> bool:
    """Whether `records`, the same objects, are what the set was made of."""
    return len(found) == len(records) and all(map(is_, (each.record for each in found.destinations), in_order(records)))


def _priority(record: Record) -> int:
    return record.priority


def _loaded(destinations: Iterable[Destination]) -> dict[Identity | str, Destination]:
    """Those with calls; by identity, and by duid."""
    found: dict[Identity | str, Destination] = {}
    for destination in destinations:
        if destination.load:
            found.setdefault(identity(destination.record), destination)
            if destination.attributes.duid:
                found.setdefault(destination.attributes.duid, destination)
    return found


def _claim(loaded: dict[Identity | str, Destination], record: Record) -> Destination | None:
    """The one of `loaded` whose calls go on at the new `record`; it is no longer among them then."""
    destination = loaded.get(identity(record)) or loaded.get(record.meaning.duid)
    if destination is None:
        return None
    for key in (identity(destination.record), destination.attributes.duid):
        loaded.pop(key, None)
    return destination
