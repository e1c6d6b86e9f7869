"""Whose calls are counted: where `dispatcher.list` shows a number of calls, and where `dst-drained` waits for the last one."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from txdispatcher.balancing.algorithms import CALL_LOAD
from txdispatcher.balancing.destination_set import DestinationSet


@dataclass(frozen=True, slots=True)
class Counting:
    """`everything`: ds_hash_size is above 0. `stateless`: nobody hears how a call ends, so none is counted.

    `algorithms` are those by which requests are sent to a set, by its number, as far as that is known.
    """

    everything: bool = False
    stateless: bool = False
    algorithms: Mapping[int, Set[int]] = field(default_factory=dict)

    def shows(self, found: DestinationSet) -> bool:
        """Whether the calls of the set are shown: Kamailio's condition, ds_hash_size, and besides what is counted without it."""
        by_load = CALL_LOAD in self.algorithms.get(found.id, ())
        return self.everything or by_load or any(each.load for each in found.destinations)

    def missing(self, found: DestinationSet) -> str:
        """Why not all calls of the set are counted; empty if all are."""
        if self.stateless:
            return "a stateless proxy counts no calls"
        if found.counted or self.algorithms.get(found.id) == {CALL_LOAD}:
            return ""
        return "with ds_hash_size 0, only calls by algorithm 10 are counted"
