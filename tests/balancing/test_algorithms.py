from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from txdispatcher.balancing.algorithms import WEIGHT_SLOTS, adjusted_priority, relative_shares, relative_slots, weight_slots
from txdispatcher.balancing.destination import Destination, Record


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


@pytest.mark.parametrize(
    ("shares", "slots"),
    [
        ([1, 2, 1], {0: 25, 1: 50, 2: 25}),
        ([1, 2, 0], {0: 33, 1: 67}),
        ([1, 1, 1, 0], {0: 33, 1: 33, 2: 34}),
        ([0.5, 0.5], {0: 50, 1: 50}),
        ([1] * 101, {100: 100}),
        ([0, 0], {}),
    ],
)
def test_each_index_has_its_part_of_the_sum_in_slots(shares: list[float], slots: dict[int, int]) -> None:
    """25/50/25 and 33/67/0 are the guide's."""
    assert Counter(relative_slots(shares, random.Random(3))) == slots


def gateway(estimate: float = 0.0, average: float = 0.0, *, flags: int = 0, priority: int = 0, **attributes: str) -> Destination:
    made = Destination(Record(1, "sip:gw", flags, priority, attributes))
    made.estimate, made.average = estimate, average
    return made


def test_only_what_is_selectable_has_a_share() -> None:
    assert relative_shares([gateway(rweight="3"), gateway(rweight="5", flags=1), gateway()]) == [3, 0, 0]


@pytest.mark.parametrize(
    ("congested", "shares"),
    [
        # The guide's: 50 goes down by 1 for each millisecond.
        ((20.0, 0.0), [30, 50]),
        ((80.0, 25.0), [0, 25]),
        # All of them beyond their weight: by how little they are congested.
        ((60.0, 120.0), [3.0, 1.5]),
    ],
)
def test_congestion_takes_shares_away(congested: tuple[float, float], shares: list[float]) -> None:
    found = relative_shares([gateway(20 + each, 20.0, rweight="50", weight="50", cc="1") for each in congested])
    assert found == pytest.approx(shares)


def test_without_cc_or_with_an_estimate_below_the_average_there_is_no_congestion() -> None:
    assert relative_shares([gateway(90.0, 20.0, rweight="5"), gateway(10.0, 20.0, rweight="7", cc="1")]) == [5, 7]


@pytest.mark.parametrize(
    ("priority", "latency", "adjusted"),
    [(30, 29, 30), (30, 30, 30), (30, 31, 29), (30, 201, 24), (9, 9, 9), (5, 999, 1), (0, 50, 0)],
)
def test_a_priority_goes_down_with_the_latency(priority: int, latency: float, adjusted: int) -> None:
    assert adjusted_priority(gateway(latency, latency, priority=priority)) == adjusted
