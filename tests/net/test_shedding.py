from __future__ import annotations

import pytest

from txdispatcher.net.shedding import INTERVAL, MOST, STEP_DOWN, STEP_UP, Shedding


def shares(shedding: Shedding, behind: float, steps: int, start: float = 0.0) -> list[float]:
    """The share after each of so many intervals in which the queue stood for `behind` seconds."""
    return [shedding.observe(behind, start + step * INTERVAL) for step in range(steps)]


def test_without_a_queue_nobody_is_refused() -> None:
    assert shares(Shedding(0.1), 0.1, 5) == [0.0] * 5


def test_while_the_queue_stands_ever_more_are_refused_but_never_all() -> None:
    found = shares(Shedding(0.1), 0.11, 12)
    assert found[:3] == pytest.approx([STEP_UP, 2 * STEP_UP, 3 * STEP_UP])
    assert found[-1] == MOST


def test_when_it_is_gone_they_are_let_in_slowly() -> None:
    shedding = Shedding(0.1)
    shares(shedding, 1.0, 2)
    found = shares(shedding, 0.0, 20, start=10.0)
    assert found[0] == pytest.approx(2 * STEP_UP - STEP_DOWN)
    assert found[-1] == 0.0


def test_within_one_interval_it_changes_once() -> None:
    shedding = Shedding(0.1)
    assert [shedding.observe(1.0, now) for now in (0.0, 0.01, INTERVAL / 2)] == [STEP_UP] * 3


def test_0_is_never() -> None:
    assert shares(Shedding(0.0), 60.0, 3) == [0.0] * 3
