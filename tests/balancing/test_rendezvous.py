from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from txdispatcher.balancing.rendezvous import Rendezvous, key_of

KEYS = [key_of(b"call-%d" % number, b"") for number in range(10_000)]


def made(weights: list[int]) -> Rendezvous:
    return Rendezvous([f"sip:10.0.0.{number}" for number in range(len(weights))], weights)


@pytest.mark.parametrize("weights", [[1] * 5, [1, 2, 3, 4, 10], [50, 50, 100]])
def test_each_has_its_part_of_the_keys(weights: list[int]) -> None:
    """Within 2 % of all the keys."""
    hashing = made(weights)
    every = list(range(len(weights)))
    found = Counter(hashing.best(key, every, float("inf")) for key in KEYS)
    for place, weight in enumerate(weights):
        assert abs(found[place] / len(KEYS) - weight / sum(weights)) < 0.02


@given(st.lists(st.integers(1, 100), min_size=2, max_size=8), st.data(), st.binary(max_size=20))
def test_one_that_goes_out_moves_only_its_own_keys(weights: list[int], data: st.DataObject, key: bytes) -> None:
    """Wherever a key was in the order, the rest of the order stays."""
    out = data.draw(st.integers(0, len(weights) - 1))
    hashing = made(weights)
    every = list(range(len(weights)))
    without = [place if place != out else -1 for place in every]
    order = list(hashing.order(key_of(key, b""), every))
    assert sorted(order) == every
    assert list(hashing.order(key_of(key, b""), without)) == [place for place in order if place != out]


def test_one_that_comes_in_takes_no_more_than_its_part() -> None:
    """Within 1 % of the keys of the ideal: a fifth moves, and all of it to the new one."""
    before, after = made([1] * 4), made([1] * 5)
    moved = [
        (old, new)
        for key in KEYS
        if (old := before.best(key, range_of(4), float("inf"))) != (new := after.best(key, range_of(5), float("inf")))
    ]
    assert {new for _, new in moved} == {4}
    assert abs(len(moved) / len(KEYS) - 0.2) < 0.01


def test_the_keys_of_one_that_goes_out_are_shared_by_all_that_are_left() -> None:
    hashing = made([1] * 5)
    without = [0, 1, -1, 3, 4]
    inherited = Counter(
        hashing.best(key, without, float("inf")) for key in KEYS if hashing.best(key, range_of(5), float("inf")) == 2
    )
    assert set(inherited) == {0, 1, 3, 4}
    assert max(inherited.values()) < 1.15 * min(inherited.values())


def test_another_weight_moves_keys_only_to_it_or_from_it() -> None:
    lighter, heavier = made([10, 10, 10]), made([10, 10, 20])
    for key in KEYS[:2_000]:
        old, new = lighter.best(key, range_of(3), float("inf")), heavier.best(key, range_of(3), float("inf"))
        assert new in (old, 2)


def test_the_keys_are_kept_apart() -> None:
    assert key_of(b"ab", b"c") != key_of(b"a", b"bc")


def range_of(size: int) -> list[int]:
    return list(range(size))
