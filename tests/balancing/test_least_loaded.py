from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from txdispatcher.balancing.least_loaded import NEVER, LoadTree

_LOADS = st.one_of(st.integers(0, 5), st.just(NEVER))


@given(st.lists(_LOADS, min_size=1, max_size=20), st.lists(st.tuples(st.integers(0, 19), _LOADS), max_size=40))
def test_as_a_look_at_every_place(loads: list[int], changes: list[tuple[int, int]]) -> None:
    tree = LoadTree(loads)
    assert tree.least() == first_smallest(loads)
    for place, load in changes:
        if place < len(loads):
            loads[place] = load
            tree.change(place, load)
            assert tree.least() == first_smallest(loads)


def first_smallest(loads: list[int]) -> int:
    smallest = min(loads)
    return -1 if smallest == NEVER else loads.index(smallest)
