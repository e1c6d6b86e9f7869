from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from txdispatcher.balancing.order import post_order


def test_the_order_that_kamailio_prints() -> None:
    assert post_order([2, 1, 3, 10, 7]) == [1, 3, 10, 7, 2]


def test_an_id_that_comes_again_changes_nothing() -> None:
    assert post_order([2, 1, 2, 3, 10, 1, 7, 7]) == [1, 3, 10, 7, 2]


@given(st.lists(st.integers(0, 2**31)))
def test_every_id_once(ids: list[int]) -> None:
    ordered = post_order(ids)
    assert sorted(ordered) == sorted(set(ids))


def test_a_long_rising_list_does_not_go_deep() -> None:
    assert len(post_order(range(20_000))) == 20_000
