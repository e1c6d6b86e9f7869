"""One set, and selection from it.

The law of selection (Kamailio's, to the destination): an algorithm proposes a slot; modulo the length of the set that is an
index; from there the first selectable destination is taken, going round once. Under `use_default` the last destination is
kept out of all this and taken when no other is selectable. Some algorithms have an order of their own instead (`_apart`).

The law of its cost: selecting looks at no destination but the one it takes, by the table of `places`. What depends on the
time (maxcps, slow start) costs one question to a set that has none of it, and a walk to one that has.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from txdispatcher.balancing import algorithms
from txdispatcher.balancing.destination import Destination
from txdispatcher.balancing.hashing import ds_hash
from txdispatcher.balancing.least_loaded import NEVER, LoadTree
from txdispatcher.balancing.limits import SlowStart
from txdispatcher.balancing.places import Places
from txdispatcher.balancing.rendezvous import Rendezvous, key_of
from txdispatcher.balancing.selection import RankedSelection, Selection
from txdispatcher.balancing.srv import SrvGroups


class DestinationSet(Places):
    """One set, and where its algorithms go on. `slow_start` in seconds, 0.0 for none; `count_calls`: under every algorithm."""

    __slots__ = (
        "_last",
        "_level",
        "_orders",
        "_rated",
        "_relative",
        "_relative_last",
        "_rendezvous",
        "_rng",
        "_slots",
        "_slow_start",
        "_tree",
        "_warm_at",
        "_warming",
        "_weight_last",
        "_weights",
    )

    def __init__(
        self,
        id: int,
        destinations: Sequence[Destination],
        failover: bool,
        use_default: bool,
        rng: random.Random,
        slow_start: float = 0.0,
        count_calls: bool = False,
    ) -> None:
        super().__init__(id, destinations, failover, use_default)
        self._rng = rng
        self._slow_start = slow_start
        self.counted = count_calls or any(each.maxload for each in self.destinations)
        #: Where round robin goes on, and where algorithms 9 and 11 do in their tables.
        self._last = 0
        self._weight_last = 0
        self._relative_last = 0
        self._weights = [each.weight for each in self.destinations]
        self._slots = algorithms.weight_slots(self._weights, rng)
        self._relative = [0] * algorithms.WEIGHT_SLOTS
        priorities = {each.record.priority for each in self.destinations}
        #: Algorithm 14 is round robin here.
        self._level = len(priorities) == 1 and min(priorities) > 0
        #: Some have a maxcps; some come back slowly, by their indexes, the first of them all there at `_warm_at`.
        self._rated = any(each.bucket is not None for each in self.destinations)
        self._warming = {each.index: each for each in self.destinations if each.slow_start is not None}
        self._warm_at = 0.0
        self._gated = self._rated or bool(self._warming)
        #: What algorithms 11, 13 and 15 make of the states, by their numbers, until the states change.
        self._orders: dict[int, object] = {}
        #: Made when they are first asked for: of the pool alone.
        self._rendezvous: Rendezvous | None = None
        self._tree: LoadTree | None = None

    def select(self, algorithm: int, x: bytes, y: bytes, now: float, limit: int) -> Selection | None:
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
        elif algorithm == algorithms.HASH_PVAR:
            if not x:
                return None
            slot = ds_hash(x)
        elif algorithm == algorithms.RANDOM:
            slot = self._rng.getrandbits(31)
        elif algorithm == algorithms.WEIGHT:
            slot = self._slots[self._weight_last]
            self._weight_last = (self._weight_last + 1) % algorithms.WEIGHT_SLOTS
        elif algorithm == algorithms.RELATIVE_WEIGHT:
            slot = self._relative_slot()
        elif algorithm == algorithms.ROUND_ROBIN_OR_PRIORITY:
            in_turn = self._level
        elif algorithm in _APART:
            return self._apart(algorithm, x, y, now, limit)
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
        if self._gated:
            index = self._admitting(index, now, in_turn or algorithm in _PACED)
            if index < 0:
                return None
        if in_turn:
            self._last = (index + 1) % self._size
        return Selection(self, index, algorithm, limit)

    def mark(self, destination: Destination, flags: int, now: float) -> None:
        """See `Sets.mark`; the destination is one of this set."""
        was = destination.in_service
        destination.enter(flags)
        self._note_service(destination, was, now)
        self.settle(destination)

    def mark_all(self, flags: int, now: float) -> None:
        """Put every destination into the state `flags`."""
        for destination in self.destinations:
            was = destination.in_service
            destination.enter(flags)
            self._note_service(destination, was, now)
        self._fill()
        self._orders.clear()
        self._tree = None

    def drain(self, destination: Destination, draining: bool, now: float) -> None:
        """See `Sets.drain`; the destination is one of this set."""
        was = destination.in_service
        destination.drain(draining)
        self._note_service(destination, was, now)
        self.settle(destination)

    def settle(self, destination: Destination) -> None:
        """Mend the tables after the state or the load of `destination` has changed."""
        if self._mend(destination):
            self._orders.clear()
        if self._tree is not None and destination.index < self._pool:
            self._tree.change(destination.index, _load(destination))

    def measured(self) -> None:
        """The latency of a destination has changed."""
        self._orders.clear()

    def continue_from(self, old: DestinationSet) -> None:
        """Take over the position of round robin, and of algorithm 9 if no weight changed, from the set before a reload."""
        for destination in old.destinations[old._last :] + old.destinations[: old._last]:
            if self.owns(destination):
                self._last = destination.index
                break
        if self.destinations == old.destinations and self._weights == old._weights:
            self._slots = old._slots
            self._weight_last = old._weight_last

    def _apart(self, algorithm: int, x: bytes, y: bytes, now: float, limit: int) -> Selection | None:
        """By the algorithms that propose no slot."""
        if algorithm == algorithms.CALL_LOAD:
            index = self._least_loaded(now)
            return Selection(self, index, algorithm, limit) if index >= 0 else None
        if algorithm == algorithms.OVERLOAD:
            index = self._not_overloaded(now)
            return Selection(self, index, algorithm, limit) if index >= 0 else None
        if algorithm == algorithms.PARALLEL:
            return self._all_at_once(now, limit)
        order = self._order(algorithm, x, y)
        index = self._first(order, now)
        if index < 0:
            return None
        if algorithm == algorithms.LATENCY:
            self._last = (index + 1) % self._size
        return RankedSelection(self, index, algorithm, limit, order)

    def _order(self, algorithm: int, x: bytes, y: bytes) -> Iterator[int]:
        """The places of the pool that are selectable, as an algorithm ranks them."""
        if algorithm == algorithms.RENDEZVOUS:
            if self._rendezvous is None:
                pool = self.destinations[: self._pool]
                names = [each.attributes.duid or each.uri for each in pool]
                self._rendezvous = Rendezvous(names, [each.attributes.rweight or 1 for each in pool])
            return self._rendezvous.order(key_of(x, y), self._next)
        made = self._orders.get(algorithm)
        if algorithm == algorithms.SRV:
            if not isinstance(made, SrvGroups):
                priorities = [each.record.priority for each in self.destinations]
                made = self._orders[algorithm] = SrvGroups(self._selectable(), priorities, self._weights, self._rng)
            return made.order()
        if not isinstance(made, _ByLatency):
            places = self._selectable()
            priorities = [algorithms.adjusted_priority(self.destinations[place]) for place in places]
            made = self._orders[algorithm] = _ByLatency(zip(priorities, places, strict=True))
        return made.order(self._last)

    def _first(self, order: Iterator[int], now: float) -> int:
        """The first of `order` that takes a call now, else the default; -1 for none."""
        for place in order:
            if not self._gated or self.destinations[place].admits(now):
                return place
        return self._default(now)

    def _default(self, now: float) -> int:
        """The index of the destination that `use_default` keeps for the last, if it takes a call now; -1 for none."""
        index = self._next[self._pool]
        return index if index < self._size and self.destinations[index].admits(now) else -1

    def _all_at_once(self, now: float, limit: int) -> Selection | None:
        places = [place for place in self._selectable() if self.destinations[place].admits(now)]
        if limit > 0:
            places = places[:limit]
        if not places:
            places = [place for place in (self._default(now),) if place >= 0]
            if not places:
                return None
        selection = RankedSelection(self, places[0], algorithms.PARALLEL, 1, iter(()))
        selection.at_once = tuple([self.destinations[place] for place in places])
        return selection

    def _relative_slot(self) -> int:
        """The next slot of algorithm 11. As in Kamailio, its table stays as it was when nothing with an rweight is left."""
        if algorithms.RELATIVE_WEIGHT not in self._orders:
            self._orders[algorithms.RELATIVE_WEIGHT] = True
            shares = algorithms.relative_shares(self.destinations)
            self._relative = algorithms.relative_slots(shares, self._rng) or self._relative
        slot = self._relative[self._relative_last]
        self._relative_last = (self._relative_last + 1) % algorithms.WEIGHT_SLOTS
        return slot

    def _least_loaded(self, now: float) -> int:
        """The place of algorithm 10: with the fewest calls, the first of equals; -1 for none."""
        if self._warming and now >= self._warm_at:
            self._end_slow_starts(now)
        tree = self._tree
        if tree is None:
            tree = self._tree = LoadTree([_load(each) for each in self.destinations[: self._pool]])
        refused: list[int] = []
        while True:
            place = tree.least()
            if self._warming:
                place = self._least_warming(place, refused, now)
            if place < 0 or not self._gated or self.destinations[place].admits(now):
                break
            refused.append(place)
            tree.change(place, NEVER)
        for each in refused:
            tree.change(each, _load(self.destinations[each]))
        return place if place >= 0 else self._default(now)

    def _least_warming(self, place: int, refused: Sequence[int], now: float) -> int:
        """`place`, or one that comes back slowly and has even fewer calls: as if it had as many more as its share is smaller."""
        least = self.destinations[place].load + 1.0 if place >= 0 else float("inf")
        for each in self._warming.values():
            slow_start = each.slow_start
            index = each.index
            if slow_start is None or index >= self._pool or self._next[index] != index or index in refused:
                continue
            load = (each.load + 1.0) / max(slow_start.share(now), _SMALLEST_SHARE)
            if load < least or (load == least and index < place):
                least = load
                place = index
        return place

    def _not_overloaded(self, now: float) -> int:
        """The place of algorithm 64: the next in turn from which the call need not be kept away; -1 for none."""
        for place in self._from(self._last % self._pool):
            destination = self.destinations[place]
            if not destination.overload.sheds(now) and destination.admits(now):
                self._last = (place + 1) % self._size
                return place
        return self._default(now)

    def _admitting(self, start: int, now: float, paced: bool) -> int:
        """The first index at or behind `start`, going round the pool once, that takes a call now, else the default; -1 for none.

        `paced`: what comes back slowly lets some of its turns go by, unless nobody else takes the call.
        """
        if self._warming and now >= self._warm_at:
            self._end_slow_starts(now)
        if paced and self._warming:
            for index in self._from(start):
                destination = self.destinations[index]
                slow_start = destination.slow_start
                if (slow_start is None or slow_start.turn(now)) and destination.admits(now):
                    return index
        return self._first(self._from(start), now)

    def _note_service(self, destination: Destination, was: bool, now: float) -> None:
        """Begin a slow start when a destination is back in service, end it when it goes out again."""
        if self._slow_start <= 0 or destination.in_service == was:
            return
        if was:
            destination.slow_start = None
            self._warming.pop(destination.index, None)
        else:
            slow_start = destination.slow_start = SlowStart(now, self._slow_start)
            self._warm_at = min(self._warm_at, slow_start.ends) if self._warming else slow_start.ends
            self._warming[destination.index] = destination
        self._gated = self._rated or bool(self._warming)

    def _end_slow_starts(self, now: float) -> None:
        left: dict[int, Destination] = {}
        ends = float("inf")
        for index, destination in self._warming.items():
            slow_start = destination.slow_start
            if slow_start is None or slow_start.ends <= now:
                destination.slow_start = None
                self.settle(destination)
            else:
                left[index] = destination
                ends = min(ends, slow_start.ends)
        self._warming = left
        self._warm_at = ends
        self._gated = self._rated or bool(left)


class _ByLatency:
    """The order of algorithm 13: by adjusted priority, the highest first; among those that have the same, in turn.

    `ranked` are (adjusted priority, place), in the order of the places.
    """

    __slots__ = ("_groups",)

    def __init__(self, ranked: Iterable[tuple[int, int]]) -> None:
        groups: dict[int, list[int]] = {}
        for priority, place in ranked:
            groups.setdefault(priority, []).append(place)
        self._groups = [groups[priority] for priority in sorted(groups, reverse=True)]

    def order(self, last: int) -> Iterator[int]:
        """The places, each group beginning with the first at or behind `last`."""
        for group in self._groups:
            start = bisect_left(group, last)
            for at in range(len(group)):
                yield group[(start + at) % len(group)]


#: The algorithms that have an order of their own.
_APART = frozenset(
    (
        algorithms.CALL_LOAD,
        algorithms.PARALLEL,
        algorithms.LATENCY,
        algorithms.SRV,
        algorithms.OVERLOAD,
        algorithms.RENDEZVOUS,
    )
)
#: Those, beside round robin, under which a destination that comes back takes its share slowly. (10 has a way of its own.)
_PACED = frozenset((algorithms.RANDOM, algorithms.WEIGHT, algorithms.RELATIVE_WEIGHT))
#: So that nothing is divided by 0.
_SMALLEST_SHARE = 1e-9


def _load(destination: Destination) -> int:
    """What the tree of loads holds for it: one that comes back slowly is asked about apart."""
    return destination.load if destination.selectable and destination.slow_start is None else NEVER
