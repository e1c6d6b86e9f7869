"""The dispatching algorithms: their numbers and names, and the slot that each proposes.

A slot is a number that selection takes modulo the length of the set and then moves on from over what is not selectable
(`sets`). Any number that is not here takes the first entry, as the guide has it.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from types import MappingProxyType

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

#: The names that a setting may use for a number.
NAMES: Mapping[str, int] = MappingProxyType(
    {
        "call-id": HASH_CALL_ID,
        "from-uri": HASH_FROM_URI,
        "to-uri": HASH_TO_URI,
        "request-uri": HASH_REQUEST_URI,
        "round-robin": ROUND_ROBIN,
        "auth-username": HASH_AUTH_USERNAME,
        "random": RANDOM,
        "pvar": HASH_PVAR,
        "priority": PRIORITY,
        "weight": WEIGHT,
    }
)

#: How many slots the table of algorithm 9 has: a weight is a percentage.
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
