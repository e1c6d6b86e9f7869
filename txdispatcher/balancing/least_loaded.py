"""Which place of a set has the fewest calls: a tree over the places, each node holding the smallest number below it.

A change and a question take as many steps as the number of places has binary digits: 14 for 10,000.
"""

from __future__ import annotations

from collections.abc import Sequence

#: The load of a place that is not to be found.
NEVER = 1 << 60


class LoadTree:
    """`loads` are the numbers of the places 0, 1, …"""

    __slots__ = ("_leaves", "_nodes")

    def __init__(self, loads: Sequence[int]) -> None:
        self._leaves = 1 << max(0, len(loads) - 1).bit_length()
        self._nodes = [NEVER] * (2 * self._leaves)
        self._nodes[self._leaves : self._leaves + len(loads)] = loads
        for node in range(self._leaves - 1, 0, -1):
            self._nodes[node] = min(self._nodes[2 * node], self._nodes[2 * node + 1])

    def change(self, place: int, load: int) -> None:
        """The number at `place` is `load` now, NEVER to leave it out."""
        nodes = self._nodes
        node = self._leaves + place
        nodes[node] = load
        while node > 1:
            node >>= 1
            smallest = min(nodes[2 * node], nodes[2 * node + 1])
            if nodes[node] == smallest:
                break
            nodes[node] = smallest

    def least(self) -> int:
        """The first of the places with the smallest number; -1 where all are NEVER."""
        nodes = self._nodes
        load = nodes[1]
        if load == NEVER:
            return -1
        node = 1
        while node < self._leaves:
            node *= 2
            if nodes[node] != load:
                node += 1
        return node - self._leaves

    def load(self, place: int) -> int:
        return self._nodes[self._leaves + place]
