from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from txdispatcher.balancing.algorithms import NAMES, WEIGHT_SLOTS, weight_slots


@pytest.mark.parametrize(
    ("weights", "shares"),
    [
        ([50, 30, 20], {0: 50, 1: 30, 2: 20}),
        ([0, 60, 40], {0: 100}),
        ([60, 60, 60], {0: 60, 1: 40}),
        ([10, 20, 0], {0: 10, 1: 20, 2: 70}),
        ([10, 20, 5], {0: 10, 1: 20, 2: 70}),
        ([7], {0: 100}),
    ],
)
def test_each_index_has_its_weight_in_slots(weights: list[int], shares: dict[int, int]) -> None:
    assert Counter(weight_slots(weights, random.Random(3))) == shares


@given(st.lists(st.integers(0, 100), min_size=1, max_size=8), st.integers())
def test_the_table_is_full_and_points_into_the_set(weights: list[int], seed: int) -> None:
    slots = weight_slots(weights, random.Random(seed))
    assert len(slots) == WEIGHT_SLOTS
    assert all(0 <= slot < len(weights) for slot in slots)


def test_the_table_is_shuffled() -> None:
    slots = weight_slots([50, 50], random.Random(3))
    assert slots != sorted(slots)


def test_names_are_of_different_numbers() -> None:
    assert len(set(NAMES.values())) == len(NAMES)
