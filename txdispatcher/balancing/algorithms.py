"""The dispatching algorithms: their numbers, and the slot that each proposes.

A slot is a number that selection takes modulo the length of the set and then moves on from over what is not selectable
(`destination_set`). Algorithms 10, 12, 13, 15, 64 and 100 propose no slot but an order of their own. Any number that is not here
takes the first entry, as the guide has it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from txdispatcher.balancing.destination import Destination

HASH_CALL_ID = 0
HASH_FROM_URI = 1
HASH_TO_URI = 2
HASH_REQUEST_URI = 3
ROUND_ROBIN = 4
HASH_AUTH_USERNAME = 5
RANDOM = 6
HASH_PVAR = 7
PRIORITY = 8
WEIGHT = 9
CALL_LOAD = 10
RELATIVE_WEIGHT = 11
PARALLEL = 12
LATENCY = 13
ROUND_ROBIN_OR_PRIORITY = 14
SRV = 15
OVERLOAD = 64
#: Not Kamailio's.
RENDEZVOUS = 100

#: How many slots the tables of algorithms 9 and 11 have: a weight is a percentage.
WEIGHT_SLOTS = 100


def weight_slots(weights: Sequence[int], rng: random.Random) -> list[int]:
    """The table that algorithm 9 walks: WEIGHT_SLOTS indexes into a set whose destinations weigh `weights`, shuffled.

    A first destination without a weight gets every slot; what goes beyond the table is not in it; what is missing goes to
    the last destination (guide, attribute `weight`).
    """
    if not weights or not weights[0]:
        return [0] * WEIGHT_SLOTS
    slots: list[int] = []
    for index, weight in enumerate(weights):
        slots += [index] * min(weight, WEIGHT_SLOTS - len(slots))
        if len(slots) == WEIGHT_SLOTS:
            break
    slots += [len(weights) - 1] * (WEIGHT_SLOTS - len(slots))
    rng.shuffle(slots)
    return slots


def relative_slots(shares: Sequence[float], rng: random.Random) -> list[int]:
    """The table that algorithm 11 walks, shuffled: index by index as many slots as its part of the sum, rounded down.

    What that leaves goes to the last index that has any, to the last of all where none has. Empty where the sum is 0.
    """
    total = sum(shares)
    if not total:
        return []
    slots: list[int] = []
    for index, share in enumerate(shares):
        slots += [index] * int(share * WEIGHT_SLOTS / total)
    last = slots[-1] if slots else len(shares) - 1
    slots += [last] * (WEIGHT_SLOTS - len(slots))
    rng.shuffle(slots)
    return slots


def relative_shares(destinations: Sequence[Destination]) -> list[float]:
    """The part that each destination has in the sum of algorithm 11: its rweight while it is selectable.

    Under congestion control (cc=1) a share goes down with each millisecond of congestion and is gone at `weight` of them; when
    every destination that has a share at all is gone that way, they share by how little they are congested.
    """
    whole = [each.attributes.rweight if each.selectable else 0 for each in destinations]
    shares = [weight * _tolerance(each) for weight, each in zip(whole, destinations, strict=True)]
    if any(shares):
        return shares
    congested = [each.congestion if weight else 0.0 for weight, each in zip(whole, destinations, strict=True)]
    total = sum(congested)
    return [total / ms if ms else 0.0 for ms in congested]


def adjusted_priority(destination: Destination) -> int:
    """The priority of a destination under algorithm 13: lower by 1 for each time that its latency holds its priority.

    The latency is a ping's in milliseconds, under congestion control what it has more of than usual. A priority above 0 stays
    at least 1.
    """
    priority = destination.record.priority
    latency = int(destination.congestion if destination.attributes.cc else destination.estimate)
    if priority < 1 or latency <= priority:
        return priority
    return max(1, priority - latency // priority)


def _tolerance(destination: Destination) -> float:
    """What congestion leaves of a share: 1.0 all of it."""
    attributes = destination.attributes
    if not attributes.cc or not destination.congestion:
        return 1.0
    return max(0.0, attributes.weight - destination.congestion) / attributes.weight if attributes.weight else 0.0
