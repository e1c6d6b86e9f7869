"""The order of algorithm 15: that of RFC 2782 among the records of a SRV answer. A low priority comes first here."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate

#: As often a place is drawn from all of a priority before those that are left are gathered.
_DRAWS = 8


class SrvGroups:
    """The places of a set, grouped by priority.

    `places` are those that may be selected; `priorities` and `weights` are of every place of the set.
    """

    __slots__ = ("_groups", "_rng", "_weights")

    def __init__(self, places: Sequence[int], priorities: Sequence[int], weights: Sequence[int], rng: random.Random) -> None:
        self._weights = weights
        self._rng = rng
        groups: dict[int, list[int]] = {}
        # The RFC puts weights of 0 in front: a drawn 0 finds them.
        for place in sorted(places, key=lambda place: weights[place] > 0):
            groups.setdefault(priorities[place], []).append(place)
        #: Lowest priority first: its places, and the sums of their weights so far.
        self._groups = [(groups[priority], self._sums(groups[priority])) for priority in sorted(groups)]

    def order(self) -> Iterator[int]:
        """The places, drawn anew. The first few of a priority take no more steps the more places it has."""
        for group, sums in self._groups:
            taken: set[int] = set()
            # Drawing again what was taken before is as good as drawing from what is left.
            for _ in range(_DRAWS):
                place = group[self._draw(sums)]
                if place not in taken:
                    taken.add(place)
                    yield place
            left = [place for place in group if place not in taken]
            while left:
                place = left[self._draw(self._sums(left))]
                yield place
                left.remove(place)

    def _draw(self, sums: Sequence[int]) -> int:
        """The index of the first sum that is at least a number drawn from 0 to the last; of any where all weights are 0."""
        if not sums[-1]:
            return self._rng.randrange(len(sums))
        return bisect_left(sums, self._rng.randint(0, sums[-1]))

    def _sums(self, places: Sequence[int]) -> list[int]:
        return list(accumulate(self._weights[place] for place in places))
