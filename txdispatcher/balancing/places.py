"""The destinations of one set in the order of selection, and which of them are selectable.

For every index there is that of the first selectable destination at or behind it; when a destination becomes selectable or
stops being so, this table is mended. So nobody looks at a destination that is not taken.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from txdispatcher.balancing.destination import Destination


class Places:
    """`destinations` in their order: priority falling; of equal priority the last line first."""

    __slots__ = ("_by_uri", "_failover", "_gated", "_next", "_pool", "_size", "_use_default", "counted", "destinations", "id")

    def __init__(self, id: int, destinations: Sequence[Destination], failover: bool, use_default: bool) -> None:
        self.id = id
        self.destinations = tuple(destinations)
        #: Whether calls are to be counted whatever the algorithm.
        self.counted = False
        self._failover = failover
        self._use_default = use_default
        self._size = len(destinations)
        #: How many take part in ordinary selection.
        self._pool = self._size - 1 if use_default and self._size > 1 else self._size
        #: Whether some may decline a call although they are selectable.
        self._gated = False
        #: Made when it is first asked for.
        self._by_uri: dict[str, Destination] | None = None
        for index, destination in enumerate(destinations):
            destination.index = index
        #: For each index that of the first selectable destination at or behind it, `_size` where there is none.
        self._next: list[int] = []
        self._fill()

    def __len__(self) -> int:
        return self._size

    def by_uri(self, uri: str) -> Destination | None:
        """The first destination with that URI, whose case does not matter."""
        if self._by_uri is None:
            # The first of equals stays.
            self._by_uri = {each.uri.lower(): each for each in reversed(self.destinations)}
        return self._by_uri.get(uri.lower())

    def owns(self, destination: Destination) -> bool:
        index = destination.index
        return index < self._size and self.destinations[index] is destination

    def _mend(self, destination: Destination) -> bool:
        """`destination` may have become selectable, or stopped being so. Whether it has."""
        index = destination.index
        table = self._next
        was = table[index] == index
        if destination.selectable == was:
            return False
        # The run of equal entries that ends at the index now points to the destination itself, or past it.
        start = bisect_left(table, table[index], 0, index)
        value = table[index + 1] if was else index
        table[start : index + 1] = [value] * (index + 1 - start)
        return True

    def _fill(self) -> None:
        table = [self._size] * (self._size + 1)
        found = self._size
        for index in range(self._size - 1, -1, -1):
            if self.destinations[index].selectable:
                found = index
            table[index] = found
        self._next = table

    def _selectable(self) -> list[int]:
        """The indexes of the pool that are selectable."""
        return list(self._from(0))

    def _from(self, start: int) -> Iterator[int]:
        """The same from `start` on, going round once."""
        table = self._next
        for at, stop in ((start, self._pool), (0, min(start, self._pool))):
            while (index := table[at]) < stop:
                yield index
                at = index + 1
