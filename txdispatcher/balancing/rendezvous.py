"""Weighted rendezvous hashing, the algorithm "rendezvous": each key has a score with each destination, and the highest is taken.

A destination that goes out gives up its own keys and moves no other; one that comes in takes its part of everybody's. The
score is log(u) / weight, u being a number above 0 and below 1 that looks random and depends on key and destination alone, so
that every node of a cluster chooses alike, and each destination has as many keys as its part of the sum of the weights.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Sequence
from hashlib import blake2b


def key_of(x: bytes, y: bytes) -> int:
    """The 64 bits that stand for the keys of a request."""
    return int.from_bytes(blake2b(x + b"\0" + y, digest_size=8).digest(), "big")


class Rendezvous:
    """The places of a set: `names` tell one destination from another on every node, `weights` are above 0."""

    __slots__ = ("_level", "_seeds", "_size", "_weights")

    def __init__(self, names: Sequence[str], weights: Sequence[int]) -> None:
        self._seeds = array("Q", [key_of(name.encode("utf-8", "surrogateescape"), b"") for name in names])
        self._weights = array("d", weights)
        self._size = len(names)
        #: With equal weights u itself is as good a score, and spares the logarithm.
        self._level = len(set(weights)) < 2

    def order(self, key: int, allowed: Sequence[int]) -> Iterator[int]:
        """The places in the order of their scores, from the highest down. Each looks at every place once.

        `allowed` is asked anew each time: place p takes part if `allowed[p]` is p itself.
        """
        below = math.inf
        while (place := self.best(key, allowed, below)) >= 0:
            yield place
            below = self.score(key, place)

    def best(self, key: int, allowed: Sequence[int], below: float) -> int:
        """The place with the highest score that is less than `below`; -1 where there is none."""
        found = -1
        highest = -math.inf
        for place in range(self._size):
            if allowed[place] != place:
                continue
            score = self.score(key, place)
            if highest < score < below:
                highest = score
                found = place
        return found

    def score(self, key: int, place: int) -> float:
        score = _uniform(self._seeds[place] ^ key)
        return score if self._level else math.log(score) / self._weights[place]


def _uniform(bits: int) -> float:
    """A number above 0 and below 1 from 64 bits, by the finishing steps of splitmix64."""
    # In halves: C has no literal of 64 bits without a sign that Python reads too.
    mask = 0xFFFFFFFF
    mask = mask << 32 | 0xFFFFFFFF
    first = 0xBF58476D
    first = first << 32 | 0x1CE4E5B9
    second = 0x94D049BB
    second = second << 32 | 0x133111EB
    bits = ((bits ^ (bits >> 30)) * first) & mask
    bits = ((bits ^ (bits >> 27)) * second) & mask
    bits ^= bits >> 31
    # 53 bits are what a float holds; the half keeps 0 out.
    return ((bits >> 11) + 0.5) / 9007199254740992.0
