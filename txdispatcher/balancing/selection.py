"""What was selected, and what to try when that fails: a cursor over the set."""

from __future__ import annotations

from collections.abc import Iterator

from txdispatcher.balancing.algorithms import CALL_LOAD
from txdispatcher.balancing.destination import Destination
from txdispatcher.balancing.places import Places


class Selection:
    """What was selected, and a cursor over what to try when that fails (bit 2 of `flags`; without it there is nothing).

    The cursor goes from the first one to the end of the set, then from the beginning, over what is selectable when it gets
    there; under `use_default` the last destination comes at the very end, in whatever state it is (as in Kamailio). `limit`
    above 0 is how many there are at most, the first one among them.
    """

    __slots__ = ("_algorithm", "_at", "_left", "_leg", "_set", "_start", "at_once", "first")

    def __init__(self, set: Places, start: int, algorithm: int, limit: int) -> None:
        self.first = set.destinations[start]
        #: All that the request is to be sent to at the same time, `first` among them (algorithm 12); empty for `first` alone.
        self.at_once: tuple[Destination, ...] = ()
        self._set = set
        self._start = start
        self._algorithm = algorithm
        self._left = limit - 1 if limit > 0 else set._size
        self._at = start + 1
        self._leg = _BEHIND if set._failover else _DONE

    @property
    def set_id(self) -> int:
        return self._set.id

    @property
    def counted(self) -> bool:
        """Whether the call is to be counted: `Sets.calls.begin`, with each next destination `move`, and so on."""
        return self._algorithm == CALL_LOAD or self._set.counted

    def next(self, now: float = 0.0) -> Destination | None:
        """The next destination to try, None when there is none left."""
        if self._left <= 0:
            return None
        destination = self._following()
        if self._set._gated:
            while destination is not None and not destination.admits(now):
                destination = self._following()
        self._left -= 1
        return destination

    def rest(self) -> list[Destination]:
        """All that `next` would lead to, none of them asked for its maxcps: `Destination.admits` does when it is tried."""
        found: list[Destination] = []
        while len(found) < self._left and (destination := self._following()) is not None:
            found.append(destination)
        self._left = 0
        return found

    def _following(self) -> Destination | None:
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
        return self._default()

    def _default(self) -> Destination | None:
        if self._leg == _DONE:
            return None
        self._leg = _DONE
        found = self._set
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


class RankedSelection(Selection):
    """The same for an algorithm with an order of its own: `order` gives the places that come behind the first one."""

    __slots__ = ("_order",)

    def __init__(self, set: Places, start: int, algorithm: int, limit: int, order: Iterator[int]) -> None:
        super().__init__(set, start, algorithm, limit)
        self._order = order

    def _following(self) -> Destination | None:
        if self._leg == _BEHIND:
            for place in self._order:
                destination = self._set.destinations[place]
                if destination.selectable:
                    return destination
        return self._default()


#: The legs of a failover walk, in their order.
_BEHIND, _BEFORE, _DEFAULT, _DONE = range(4)
