from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from txdispatcher.balancing.srv import SrvGroups


def groups(priorities: list[int], weights: list[int], seed: int = 1) -> SrvGroups:
    return SrvGroups(range(len(priorities)), priorities, weights, random.Random(seed))


def firsts(made: SrvGroups, times: int) -> Counter[int]:
    return Counter(next(made.order()) for _ in range(times))


def test_the_lowest_priority_comes_first_in_whole() -> None:
    made = groups([20, 10, 20, 10, 5], [0, 1, 9, 1, 0])
    for _ in range(50):
        order = list(made.order())
        assert order[0] == 4
        assert set(order[1:3]) == {1, 3}
        assert set(order[3:]) == {0, 2}


@pytest.mark.parametrize(("weights", "shares"), [([10, 30, 60], [0.1, 0.3, 0.6]), ([0, 0, 0], [1 / 3, 1 / 3, 1 / 3])])
def test_weights_are_shares(weights: list[int], shares: list[float]) -> None:
    """Within 5 sigma of 10,000 draws, and of what RFC 2782's draw from 0 adds to the first of several."""
    found = firsts(groups([1, 1, 1], weights), 10_000)
    for place, share in enumerate(shares):
        assert abs(found[place] - 10_000 * share) < 5 * (10_000 * share) ** 0.5 + 10_000 / 101


def test_a_weight_of_0_is_a_small_chance() -> None:
    found = firsts(groups([1, 1], [0, 9], seed=3), 10_000)
    assert abs(found[0] - 1_000) < 160


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 100)), max_size=8), st.integers())
def test_every_place_comes_once(pairs: list[tuple[int, int]], seed: int) -> None:
    priorities = [priority for priority, _ in pairs]
    order = list(groups(priorities, [weight for _, weight in pairs], seed).order())
    assert sorted(order) == list(range(len(pairs)))
    assert [priorities[place] for place in order] == sorted(priorities)
