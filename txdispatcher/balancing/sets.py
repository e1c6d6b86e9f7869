"""All sets of destinations: loading, selecting, finding, marking, and what changes them at run time."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence

from txdispatcher.balancing.addresses import Addresses, canonical
from txdispatcher.balancing.assembly import SLICE, Assembly, Draft, same_records
from txdispatcher.balancing.destination import Destination, Record
from txdispatcher.balancing.destination_set import DestinationSet
from txdispatcher.balancing.load import CallLoad
from txdispatcher.balancing.observers import Observers
from txdispatcher.balancing.order import post_order
from txdispatcher.balancing.overload import DEFAULT_VALIDITY
from txdispatcher.balancing.selection import Selection
from txdispatcher.balancing.states import DISABLED, DRAINING, INACTIVE, NO_DNS
from txdispatcher.errors import CallsUnderWay, UnknownDestination

#: Bits of the parameter `flags` (guide, "flags"): hash over the user alone; keep the rest of the set for failover.
USER_ONLY = 1
FAILOVER = 2


class Sets:
    """All sets of one source.

    `flags` and `use_default` are the module's parameters of these names. `rng` serves the algorithms that draw. `reload_state`:
    "keep", a destination that was there before a `load` keeps its state, a set its position; "list", every load starts anew.
    `reload_load`: "keep", calls stay counted; "reset", counting starts from zero with every load; "refuse", no load while there
    are any. `count_calls`: under every algorithm, not only 10 and where a destination has a maxload. `initexpire`, `expire`: see
    `load.CallLoad`. `slow_start`: the seconds in which a destination that comes back gets to its whole share, 0.0 for at once.
    """

    def __init__(
        self,
        *,
        flags: int = 0,
        use_default: bool = False,
        rng: random.Random | None = None,
        reload_state: str = "keep",
        reload_load: str = "keep",
        count_calls: bool = False,
        initexpire: float = 7200.0,
        expire: float = 7200.0,
        slow_start: float = 0.0,
    ) -> None:
        if reload_state not in ("keep", "list"):
            raise ValueError(f'reload_state {reload_state!r}: "keep" or "list"')
        if reload_load not in ("keep", "reset", "refuse"):
            raise ValueError(f'reload_load {reload_load!r}: "keep", "reset" or "refuse"')
        self._failover = bool(flags & FAILOVER)
        self._use_default = use_default
        self._rng = rng if rng is not None else random.Random()
        self._keep = reload_state == "keep"
        self._reload_load = reload_load
        self._count_calls = count_calls
        self._slow_start = slow_start
        #: The calls under way: see `Selection.counted` for whether to count one.
        self.calls = CallLoad(initexpire, expire, self._load_changed)
        #: Called with a destination that was to be drained and has no call left.
        self.on_drained: Callable[[Destination], None] | None = None
        self._sets: dict[int, DestinationSet] = {}
        #: What a load has removed and calls are still counted at: it may come back.
        self._departed: list[Destination] = []
        self._addresses = Addresses()
        #: Counts the changes of what is there.
        self._version = 0
        #: Told of every change of a state, whoever makes it. A destination that comes or goes is no change.
        self.observers = Observers()

    def load(self, records: Iterable[Record]) -> None:
        """Replace all sets by what `records` say, in the order of the source; all at once, or, on an error, not at all.

        A destination that was there (same set and URI, `socket` attribute and all) stays the same object, with its target if
        its record is the same, with its state unless its own flags differ from those last loaded. One whose `duid` is there
        under another URI, and one that comes back while its calls last, stays the same object too, for its calls' sake alone.
        Raises CallsUnderWay.
        """
        for _ in self.loading(records):
            pass

    def loading(self, records: Iterable[Record]) -> Iterator[None]:
        """The same, in steps: between two of them, which are short however many records there are, others may have their turn.

        All is replaced at once in one step; what others change before that is taken into account. Raises CallsUnderWay.
        """
        self._refuse_under_calls()
        source = list(records)
        version = self._version
        assembly = Assembly(source, self._sets, self._unchanged)
        for _ in assembly.steps():
            yield
        if self._version != version:
            # Sets were changed meanwhile. Once more, and nobody else has a turn.
            assembly = Assembly(source, self._sets, self._unchanged)
            for _ in assembly.steps():
                pass
        self._refuse_under_calls()
        retired = list(self._addresses)
        retired += self._take(assembly)
        del assembly
        while len(retired) > SLICE:
            del retired[-SLICE:]
            yield

    def add(self, record: Record) -> Destination:
        """Add one destination, as the last line of the list would; all others stay as they are. Until the next `load`."""
        # As Kamailio: from the sets as they are listed, not as the source had them.
        made = dict(self._sets)
        before = made.get(record.set_id)
        there = {id(each) for each in before.destinations} if before is not None else set()
        made[record.set_id], gone = self._rebuilt(record.set_id, [*_records(made.get(record.set_id)), record])
        self._replace({id: made[id] for id in post_order(made)}, gone, None)
        # Not the one with this record: beside one that is just the same, records are not told apart.
        return next(each for each in self._sets[record.set_id].destinations if id(each) not in there)

    def remove(self, set_id: int, uri: str) -> int:
        """Remove every destination of the set with that URI, and the set with its last one. How many. Until the next `load`."""
        old = self._sets.get(set_id)
        left = [record for record in _records(old) if record.uri.lower() != uri.lower()]
        if old is None or len(left) == len(old):
            return 0
        made = {id: one for id, one in self._sets.items() if id != set_id or left}
        gone: Iterable[Destination] = old.destinations
        if left:
            made[set_id], gone = self._rebuilt(set_id, left)
        self._replace({id: made[id] for id in post_order(made)}, gone, None)
        return len(old) - len(left)

    def select(
        self, set_id: int, algorithm: int, x: bytes = b"", y: bytes = b"", now: float = 0.0, limit: int = 0
    ) -> Selection | None:
        """Select from set `set_id`. None: there is no such set, or nothing selectable in it.

        `x` and `y` are the keys of the algorithms that hash: the Call-ID (0); user, and host or host:port (1, 2, 3: see
        `hashing.uri_keys`); the authorization username (5), without which it is round robin; the text
        of hash_pvar (7), without which nothing is selected; the Call-ID, or any, for 100. `now` in seconds,
        for what depends on the time (maxcps, slow start, 64). `limit`: how many destinations the selection leads to at most,
        its first one among them; 0 for all.
        """
        found = self._sets.get(set_id)
        return found.select(algorithm, x, y, now, limit) if found is not None else None

    def find(self, host: str, port: int, transport: str | None = None, set_id: int | None = None) -> Destination | None:
        """The first destination, in the order of listing, whose address that is; what ds_is_from_list() asks.

        `host` is an address in its canonical text form, or a name as the URI has it; a destination with a name is also at the
        addresses given to `locate`. A destination without a port has any port. `transport` None: not compared, as in
        ds_is_from_list() without a mode. `set_id` None: in all sets. The state does not matter.
        """
        return self._addresses.find(host, port, transport, set_id)

    def search(
        self, host: str, port: int | None, transport: str | None = None, set_id: int | None = None, *, active: bool = False
    ) -> Iterator[Destination]:
        """All of these, one after the other: `port` None for any; `active`: not one that is inactive or disabled."""
        wanted = host.lower()
        for found in self:
            if set_id is not None and found.id != set_id:
                continue
            for each in found.destinations:
                record = each.record
                if (
                    wanted in (record.host, *each.hosts)
                    and (port is None or record.port in (0, port))
                    and (transport is None or transport == record.transport)
                    and not record.flags & NO_DNS
                    and not (active and each.flags & (INACTIVE | DISABLED))
                ):
                    yield each

    def locate(self, found: Iterable[tuple[Destination, Iterable[str]]]) -> None:
        """Tell under which addresses destinations with a name in their URI are; see `find`.

        Holds until told anew, or until a load gives the destination another host. Its cost is that of all destinations, if
        anything changed: give many at once.
        """
        changed = False
        for destination, hosts in found:
            known = tuple(canonical(host) for host in hosts)
            if known != destination.hosts:
                destination.hosts = known
                changed = True
        if changed:
            self._version += 1
            self._addresses = _addresses(self._sets.values())

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
                found.mark_all(flags, now)
                for destination, was in zip(found.destinations, before, strict=True):
                    self._tell(destination, was, reason)
        else:
            self.mark(self.destination(set_id, uri), flags, now, reason=reason)

    def set_duid_state(self, set_id: int, duid: str, flags: int, now: float = 0.0, *, reason: str = "") -> None:
        """Put every destination of the set with that attribute `duid` into the state `flags`. Raises UnknownDestination.

        As in Kamailio, its case does not matter.
        """
        found = self._sets.get(set_id)
        wanted = duid.lower()
        marked = [each for each in found.destinations if wanted and each.attributes.duid.lower() == wanted] if found else []
        if not marked:
            raise UnknownDestination(f"there is no destination with duid {duid!r} in set {set_id}")
        for destination in marked:
            self.mark(destination, flags, now, reason=reason)

    def mark(self, destination: Destination, flags: int, now: float = 0.0, *, reason: str = "") -> None:
        """Put `destination` into the state `flags` at `now`, and tell the observers why.

        One that a reload has removed keeps it for itself.
        """
        found = self._owner(destination)
        if found is not None:
            before = destination.flags
            found.mark(destination, flags, now)
            self._tell(destination, before, reason)
        else:
            destination.enter(flags)

    def drain(self, destination: Destination, draining: bool = True, now: float = 0.0, *, reason: str = "") -> None:
        """Give `destination` no new calls, and tell `on_drained` when the present ones have ended; or give it some again.

        Only calls that are counted can be waited for: with `count_calls`, all.
        """
        found = self._owner(destination)
        if found is not None:
            before = destination.flags
            found.drain(destination, draining, now)
            self._tell(destination, before, reason)
        else:
            destination.drain(draining)
        if draining:
            self._tell_drained(destination)

    def measured(self, destination: Destination, estimate: float, average: float) -> None:
        """A ping of `destination` takes `estimate` milliseconds now, and `average` usually; for algorithms 11 and 13."""
        destination.estimate = estimate
        destination.average = average
        found = self._owner(destination)
        if found is not None:
            found.measured()

    def report_overload(
        self,
        set_id: int,
        uri: str,
        rate: int,
        validity: float | None = None,
        sequence: float = 0.0,
        now: float = 0.0,
    ) -> bool:
        """What ds_oc_set_attrs() does: keep `rate` per cent of the calls away for `validity` seconds (see `overload.Overload`).

        `validity` None: as long as RFC 7339 says. False: a report with that `sequence`, or a later one, came before. Raises
        UnknownDestination.
        """
        seconds = DEFAULT_VALIDITY if validity is None else validity
        return self.destination(set_id, uri).overload.report(rate, seconds, sequence, now)

    @property
    def use_default(self) -> bool:
        """Whether the last destination of a set is kept for when no other is left."""
        return self._use_default

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

    def _refuse_under_calls(self) -> None:
        if self._reload_load == "refuse" and len(self.calls):
            raise CallsUnderWay(f'{len(self.calls)} calls are counted, and reload_load is "refuse"')

    def _unchanged(self, id: int, records: Sequence[Record]) -> DestinationSet | None:
        """The set as it is, where `records`, the same objects, are what it was made of and states are kept."""
        old = self._sets.get(id)
        return old if old is not None and self._keep and same_records(old, records) else None

    def _owner(self, destination: Destination) -> DestinationSet | None:
        """The set that `destination` is in, None if it is in none any more."""
        found = self._sets.get(destination.record.set_id)
        return found if found is not None and found.owns(destination) else None

    def _load_changed(self, destination: Destination) -> None:
        found = self._owner(destination)
        if found is not None:
            found.settle(destination)
        if destination.flags & DRAINING:
            self._tell_drained(destination)

    def _tell_drained(self, destination: Destination) -> None:
        if not destination.load and self.on_drained is not None:
            self.on_drained(destination)

    def _take(self, assembly: Assembly) -> list[object]:
        """Put it in force. What is not needed any more, the destinations that are gone among it."""
        changed: list[tuple[Destination, int]] = []
        made = dict(assembly.kept)
        gone: list[Destination] = []
        retired: list[object] = []
        for draft in assembly.drafts.values():
            changed += draft.adopt(self._keep, self._departed)
            made[draft.id] = self._built(draft, self._keep)
            gone += draft.left
            retired += draft.retired
        for id, old in self._sets.items():
            if id not in made:
                gone += old.destinations
        claimed = any(draft.claimed for draft in assembly.drafts.values())
        self._replace({id: made[id] for id in assembly.order}, gone, None if claimed else assembly.addresses)
        if self._reload_load == "reset":
            self.calls.clear()
        for destination, flags in changed:
            self._tell(destination, flags, "its flags in the source have changed")
        return [*retired, *gone]

    def _rebuilt(self, id: int, records: Sequence[Record]) -> tuple[DestinationSet, list[Destination]]:
        """Set `id` with other records, and the destinations that it has no more."""
        draft = Draft(id, records, self._sets.get(id))
        for _ in draft.steps():
            pass
        draft.adopt(True, self._departed)
        return self._built(draft, True), draft.left

    def _built(self, draft: Draft, keep: bool) -> DestinationSet:
        made = DestinationSet(
            draft.id, draft.destinations, self._failover, self._use_default, self._rng, self._slow_start, self._count_calls
        )
        if draft.old is not None and keep:
            made.continue_from(draft.old)
        return made

    def _replace(self, sets: dict[int, DestinationSet], gone: Iterable[Destination], addresses: Addresses | None) -> None:
        """Put `sets`, in the order of listing, in place of those that are there. `addresses` None: to be made."""
        self._version += 1
        self._sets = sets
        self._departed = [each for each in (*self._departed, *gone) if each.load and self._owner(each) is None]
        self._addresses = addresses if addresses is not None else _addresses(sets.values())


def _records(found: DestinationSet | None) -> list[Record]:
    """In the order of the source, as far as that matters."""
    return [each.record for each in reversed(found.destinations)] if found is not None else []


def _addresses(sets: Iterable[DestinationSet]) -> Addresses:
    """Of all of them, in the order of listing."""
    found = Addresses()
    for each in sets:
        for destination in each.destinations:
            found.add(destination, destination.record)
    return found
