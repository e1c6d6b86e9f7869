from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from txdispatcher.balancing.limits import SlowStart, TokenBucket


def taken(bucket: TokenBucket, now: float, tries: int = 100) -> int:
    return sum(bucket.take(now) for _ in range(tries))


def test_so_many_a_second_and_no_more_after_a_pause() -> None:
    bucket = TokenBucket(5.0)
    assert [taken(bucket, now) for now in (0.0, 0.1, 0.2, 1.2, 60.0)] == [5, 0, 1, 5, 5]


def test_less_than_one_a_second() -> None:
    bucket = TokenBucket(0.5)
    assert [taken(bucket, now) for now in (0.0, 1.0, 2.0, 3.0, 4.0)] == [1, 0, 1, 0, 1]


def test_what_is_put_back_may_be_taken_again_and_no_more() -> None:
    bucket = TokenBucket(2.0)
    bucket.put_back()
    assert taken(bucket, 0.0) == 2
    bucket.put_back()
    assert taken(bucket, 0.0) == 1


def test_a_time_that_goes_back_gives_nothing() -> None:
    bucket = TokenBucket(1.0)
    assert [taken(bucket, now) for now in (10.0, 5.0, 10.5, 11.0)] == [1, 0, 0, 1]


@given(st.floats(0.1, 50.0), st.lists(st.floats(0.0, 3.0), max_size=40))
def test_over_any_time_never_more_than_the_rate_and_one_second_at_once(rate: float, pauses: list[float]) -> None:
    bucket = TokenBucket(rate)
    now = 0.0
    found = 0
    for pause in pauses:
        now += pause
        found += taken(bucket, now, 200)
        assert found <= max(1.0, rate) + rate * now + 1e-6


def test_a_share_rises_evenly() -> None:
    start = SlowStart(100.0, 20.0)
    assert [start.share(now) for now in (90.0, 100.0, 105.0, 110.0, 120.0, 500.0)] == [0.0, 0.0, 0.25, 0.5, 1.0, 1.0]
    assert start.ends == 120.0


@pytest.mark.parametrize(("now", "turns"), [(100.0, 0), (105.0, 25), (110.0, 50), (120.0, 100)])
def test_of_its_turns_it_takes_as_many_as_its_share_says(now: float, turns: int) -> None:
    start = SlowStart(100.0, 20.0)
    assert sum(start.turn(now) for _ in range(100)) == turns
