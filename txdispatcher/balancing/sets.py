"""The sets of destinations, and selection among them.

The law of selection (Kamailio's, to the destination): an algorithm proposes a slot; modulo the length of the set that is an
index; from there the first selectable destination is taken, going round once. Under `use_default` the last destination is
kept out of all this and taken when no other is selectable.

The law of its cost: selecting looks at no destination but the one it takes. Each set keeps, for every index, that of the
first selectable destination at or behind it, and mends this table when a destination becomes selectable or stops being so.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import ip_address
from operator import is_

from txdispatcher.balancing import algorithms
from txdispatcher.balancing.destination import Destination, Record
from txdispatcher.balancing.hashing import ds_hash
from txdispatcher.balancing.observers import Observers
from txdispatcher.balancing.order import post_order
from txdispatcher.balancing.states import NO_DNS
from txdispatcher.errors import UnknownDestination

#: Bits of the parameter `flags` (guide, "flags"): hash over the user alone; keep the rest of the set for failover.
USER_ONLY = 1
FAILOVER = 2

_EVERY_SET = -1


class Sets:
    """All sets of one source.

    `flags` and `use_default` are the module's parameters of these names. `rng` serves algorithms 6 and 9. `reload_state`:
    "keep", a destination that was there before a `load` keeps its state, a set its position; "list", every load starts anew.
    """

    def __init__(
        self,
        *,
        flags: int = 0,
        use_default: bool = False,
        rng: random.Random | None = None,
        reload_state: str = "keep",
    ) -> None:
        if reload_state not in ("keep", "list"):
            raise ValueError(f'reload_state {reload_state!r}: "keep" or "list"')
        self._failover = bool(flags & FAILOVER)
        self._use_default = use_default
        self._rng = rng if rng is not None else random.Random()
        self._keep = reload_state == "keep"
        self._sets: dict[int, DestinationSet] = {}
        self._by_address: dict[_Address, tuple[int, Destination]] = {}
        #: Told of every change of a state, whoever makes it. A destination that comes or goes is no change.
        self.observers = Observers()

    def load(self, records: Iterable[Record]) -> None:
        """Replace all sets by what `records` say, in the order of the source; all at once, or, on an error, not at all.

        A destination that was there (same set and URI, `socket` attribute and all) stays the same object, with its target if
        its record is the same, with its state unless its own flags differ from those last loaded.
        """
        by_set: dict[int, list[Record]] = {}
        for record in records:  # Only this can fail, when the source is read as it is iterated.
            by_set.setdefault(record.set_id, []).append(record)
        made = {id: self._unchanged(id, by_set[id]) for id in post_order(by_set)}
        changes = [each for each in self if made.get(each.id) is not each]
        before = [(destination, destination.flags) for each in changes for destination in each.destinations]
        built = {id: found or self._build(id, by_set[id]) for id, found in made.items()}
        old, self._sets = self._sets, built
        if list(old.values()) != list(built.values()):
            self._by_address = _addresses(built.values())
        for destination, flags in before:
            self._tell(destination, flags, "its flags in the source have changed")

    def select(self, set_id: int, algorithm: int, x: bytes = b"", y: bytes = b"") -> Selection | None:
        """Select from set `set_id`. None: there is no such set, or nothing selectable in it.

        `x` and `y` are the keys of the algorithms that hash: the Call-ID (0); user, and host or host:port (1, 2, 3: see
        `hashing.uri_keys`); the authorization username (5), without which it is round robin; the text
        of hash_pvar (7), without which nothing is selected.
        """
        found = self._sets.get(set_id)
        return found.select(algorithm, x, y) if found is not None else None

    def find(self, host: str, port: int, transport: str | None = None, set_id: int | None = None) -> Destination | None:
        """The first destination, in the order of listing, whose address that is; what ds_is_from_list() asks.

        `host` is an address in its canonical text form, or a name as the URI has it; a destination with a name is also at the
        addresses given to `locate`. A destination without a port has any port. `transport` None: not compared, as in
        ds_is_from_list() without a mode. `set_id` None: in all sets. The state does not matter.
        """
        key = (_EVERY_SET if set_id is None else set_id, host.lower(), transport)
        exact = self._by_address.get((*key, port))
        loose = self._by_address.get((*key, 0))
        if exact is None or (loose is not None and loose[0] < exact[0]):
            exact = loose
        return exact[1] if exact is not None else None

    def locate(self, found: Iterable[tuple[Destination, Iterable[str]]]) -> None:
        """Tell under which addresses destinations with a name in their URI are; see `find`.

        Holds until told anew, or until a load gives the destination another host. Its cost is that of all destinations, if
        anything changed: give many at once.
        """
        changed = False
        for destination, hosts in found:
            known = tuple(_canonical(host) for host in hosts)
            if known != destination.hosts:
                destination.hosts = known
                changed = True
        if changed:
            self._by_address = _addresses(self._sets.values())

    def destination(self, set_id: int, uri: str) -> Destination:
        """The first destination of the set with that URI, whose case does not matter. Raises UnknownDestination."""
        found = self._sets.get(set_id)
        if found is None:
            raise UnknownDestination(f"there is no set {set_id}")
        destination = found.by_uri(uri)
        if destination is None:
            raise UnknownDestination(f"there is no destination {uri} in set {set_id}")
        return destination

    def set_state(self, set_id: int, uri: str, flags: int, now: float = 0.0, *, reason: str = "") -> None:
        """Put the destination into the state `flags`; "all" for `uri` means every one of the set.

        Raises UnknownDestination, but never for "all", which an unknown set takes in silence as Kamailio's RPC does.
        """
        if uri == "all":
            found = self._sets.get(set_id)
            if found is not None:
                before = [destination.flags for destination in found.destinations]
                found.mark_all(flags)
                for destination, was in zip(found.destinations, before, strict=True):
                    self._tell(destination, was, reason)
        else:
            self.mark(self.destination(set_id, uri), flags, now, reason=reason)

    def mark(self, destination: Destination, flags: int, now: float = 0.0, *, reason: str = "") -> None:
        """Put `destination` into the state `flags` at `now`, and tell the observers why.

        One that a reload has removed keeps it for itself.
        """
        found = self._sets.get(destination.record.set_id)
        if found is not None and found.owns(destination):
            before = destination.flags
            found.mark(destination, flags)
            self._tell(destination, before, reason)
        else:
            destination.enter(flags)

    def __iter__(self) -> Iterator[DestinationSet]:
        return iter(self._sets.values())

    def __len__(self) -> int:
        return len(self._sets)

    def __contains__(self, set_id: object) -> bool:
        return set_id in self._sets

    def __getitem__(self, set_id: int) -> DestinationSet:
        return self._sets[set_id]

    def _tell(self, destination: Destination, before: int, reason: str) -> None:
        if destination.flags != before:
            self.observers.tell(destination, before, destination.flags, reason)

    def _unchanged(self, id: int, records: Sequence[Record]) -> DestinationSet | None:
        """The set as it is, where `records`, the same objects, are what it was made of and states are kept."""
        old = self._sets.get(id)
        if old is None or not self._keep or len(old) != len(records):
            return None
        same = all(map(is_, (each.record for each in old.destinations), _ordered(records)))
        return old if same else None

    def _build(self, id: int, records: Sequence[Record]) -> DestinationSet:
        ordered = _ordered(records)
        old = self._sets.get(id)
        known: dict[tuple[str, str | None], list[Destination]] = {}
        if old is not None:
            for destination in old.destinations:
                known.setdefault(_identity(destination.record), []).append(destination)
        destinations = []
        for record in ordered:
            same = known.get(_identity(record))
            if same:
                destination = same.pop(0)
                destination.adopt(record, keep_state=self._keep and record.flags == destination.loaded_flags)
            else:
                destination = Destination(record)
            destinations.append(destination)
        made = DestinationSet(id, destinations, self._failover, self._use_default, self._rng)
        if old is not None and self._keep:
            made.continue_from(old)
        return made


class DestinationSet:
    """One set: its destinations in the order of selection (priority falling; of equal priority the last line first)."""

    __slots__ = (
        "_by_uri",
        "_failover",
        "_last",
        "_next",
        "_pool",
        "_rng",
        "_size",
        "_slots",
        "_use_default",
        "_weight_last",
        "_weights",
        "destinations",
        "id",
    )

    def __init__(
        self,
        id: int,
        destinations: Sequence[Destination],
        failover: bool,
        use_default: bool,
        rng: random.Random,
    ) -> None:
        self.id = id
        self.destinations = tuple(destinations)
        self._failover = failover
        self._use_default = use_default
        self._rng = rng
        self._size = len(destinations)
        #: How many take part in ordinary selection.
        self._pool = self._size - 1 if use_default and self._size > 1 else self._size
        #: Where round robin goes on, and where algorithm 9 does in its table.
        self._last = 0
        self._weight_last = 0
        self._weights = [destination.weight for destination in destinations]
        self._slots = algorithms.weight_slots(self._weights, rng)
        self._by_uri: dict[str, Destination] = {}
        for index, destination in enumerate(destinations):
            destination.index = index
            self._by_uri.setdefault(destination.uri.lower(), destination)
        #: For each index that of the first selectable destination at or behind it, `_size` where there is none.
        self._next: list[int] = []
        self._rebuild()

    def __len__(self) -> int:
        return self._size

    def by_uri(self, uri: str) -> Destination | None:
        """The first destination with that URI, whose case does not matter."""
        return self._by_uri.get(uri.lower())

    def owns(self, destination: Destination) -> bool:
        index = destination.index
        return index < self._size and self.destinations[index] is destination

    def select(self, algorithm: int, x: bytes, y: bytes) -> Selection | None:
        """See `Sets.select`."""
        slot = 0
        in_turn = False
        if 0 <= algorithm <= algorithms.HASH_REQUEST_URI:
            slot = ds_hash(x, b"" if algorithm == algorithms.HASH_CALL_ID else y)
        elif algorithm == algorithms.ROUND_ROBIN:
            in_turn = True
        elif algorithm == algorithms.HASH_AUTH_USERNAME:
            if x:
                slot = ds_hash(x)
            else:
                in_turn = True
        elif algorithm == algorithms.RANDOM:
            slot = self._rng.getrandbits(31)
        elif algorithm == algorithms.HASH_PVAR:
            if not x:  # As in Kamailio: there is nothing to hash.
                return None
            slot = ds_hash(x)
        elif algorithm == algorithms.WEIGHT:
            slot = self._slots[self._weight_last]
            self._weight_last = (self._weight_last + 1) % algorithms.WEIGHT_SLOTS
        if in_turn:
            slot = self._last
            # Kept only where nothing is selectable.
            self._last = (slot + 1) % self._size
        index = self._next[slot % self._pool]
        if index >= self._pool:
            index = self._next[0]
            # Behind the pool there is at most the default, which is selectable if the table names it.
            if index == self._size:
                return None
        if in_turn:
            self._last = (index + 1) % self._size
        return Selection(self, index)

    def mark(self, destination: Destination, flags: int) -> None:
        """See `Sets.mark`; the destination is one of this set."""
        was = destination.selectable
        destination.enter(flags)
        if destination.selectable == was:
            return
        # The run of equal entries that ends at the index now points to the destination itself, or past it.
        index = destination.index
        table = self._next
        start = bisect_left(table, table[index], 0, index)
        value = table[index + 1] if was else index
        table[start : index + 1] = [value] * (index + 1 - start)

    def mark_all(self, flags: int) -> None:
        """Put every destination into the state `flags`."""
        for destination in self.destinations:
            destination.enter(flags)
        self._rebuild()

    def continue_from(self, old: DestinationSet) -> None:
        """Take over the position of round robin, and of algorithm 9 if no weight changed, from the set before a reload."""
        for destination in old.destinations[old._last :] + old.destinations[: old._last]:
            if self.owns(destination):
                self._last = destination.index
                break
        if self.destinations == old.destinations and self._weights == old._weights:
            self._slots = old._slots
            self._weight_last = old._weight_last

    def _rebuild(self) -> None:
        table = [self._size] * (self._size + 1)
        found = self._size
        for index in range(self._size - 1, -1, -1):
            if self.destinations[index].selectable:
                found = index
            table[index] = found
        self._next = table


class Selection:
    """What was selected, and a cursor over what to try when that fails (bit 2 of `flags`; without it there is nothing).

    The cursor goes from the first one to the end of the set, then from the beginning, over what is selectable when it gets
    there; under `use_default` the last destination comes at the very end, in whatever state it is (as in Kamailio).
    """

    __slots__ = ("_at", "_leg", "_set", "_start", "first")

    def __init__(self, set: DestinationSet, start: int) -> None:
        self.first = set.destinations[start]
        self._set = set
        self._start = start
        self._at = start + 1
        self._leg = _BEHIND if set._failover else _DONE

    @property
    def set_id(self) -> int:
        return self._set.id

    def next(self) -> Destination | None:
        """The next destination to try, None when there is none left."""
        found = self._set
        if self._leg == _BEHIND:
            destination = self._walk(found._size - 1 if found._use_default else found._size)
            if destination is not None:
                return destination
            self._leg = _BEFORE
            self._at = 0
        if self._leg == _BEFORE:
            destination = self._walk(self._start)
            if destination is not None:
                return destination
            self._leg = _DEFAULT
        if self._leg == _DEFAULT:
            self._leg = _DONE
            if found._use_default and self._start != found._size - 1:
                return found.destinations[found._size - 1]
        return None

    def _walk(self, end: int) -> Destination | None:
        """The first selectable destination at or behind `_at` and before `end`."""
        table = self._set._next
        while self._at < end:
            index = table[self._at]
            if index >= end:
                break
            self._at = index + 1
            destination = self._set.destinations[index]
            # After a reload the states go on in the new set's table, not in this one.
            if destination.selectable:
                return destination
        return None


#: The legs of a failover walk, in their order.
_BEHIND, _BEFORE, _DEFAULT, _DONE = range(4)

#: Set or _EVERY_SET, host, transport or None for any, port (0: any).
_Address = tuple[int, str, str | None, int]


def _ordered(records: Sequence[Record]) -> list[Record]:
    # Turning round a stable sort: of equal priority, the last line comes first.
    return sorted(records, key=_priority)[::-1]


def _priority(record: Record) -> int:
    return record.priority


def _identity(record: Record) -> tuple[str, str | None]:
    """What makes a destination the same one after a reload of its set."""
    return record.uri, record.attribute("socket")


def _addresses(sets: Iterable[DestinationSet]) -> dict[_Address, tuple[int, Destination]]:
    """The first destination, with its place in the order of listing, at each address that `Sets.find` may be asked for."""
    found: dict[_Address, tuple[int, Destination]] = {}
    put = found.setdefault
    place = 0
    for each in sets:
        id = each.id
        for destination in each.destinations:
            record = destination.record
            if record.flags & NO_DNS:  # The guide: cannot be matched with ds_is_from_list().
                continue
            entry = place, destination
            transport = record.transport
            port = record.port
            for host in (record.host, *destination.hosts):
                put((_EVERY_SET, host, None, port), entry)
                put((_EVERY_SET, host, transport, port), entry)
                put((id, host, None, port), entry)
                put((id, host, transport, port), entry)
            place += 1
    return found


def _canonical(host: str) -> str:
    try:
        return ip_address(host).compressed
    except ValueError:
        return host.lower()
