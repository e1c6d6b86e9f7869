from __future__ import annotations

import pytest

from txdispatcher.net.shedding import INTERVAL, MOST, STEP_DOWN, STEP_UP, Shedding

#: After so many seconds peers send again.
T1 = 0.5


def shares(shedding: Shedding, behind: float, steps: int, start: float = 0.0) -> list[float]:
    """The share after each of so many intervals in which messages have waited for `behind` seconds."""
    return [shedding.observe(behind, start + step * INTERVAL) for step in range(steps)]


def test_without_a_delay_nobody_is_refused() -> None:
    assert shares(Shedding(0.1), 0.1, 5) == [0.0] * 5


def test_while_messages_wait_ever_more_are_refused_but_never_all() -> None:
    found = shares(Shedding(0.1), 0.11, 13)
    assert found[:4] == pytest.approx([0.0, STEP_UP, 2 * STEP_UP, 3 * STEP_UP])
    assert found[-1] == MOST


def test_what_is_late_once_is_no_overload() -> None:
    shedding = Shedding(0.1)
    for start in range(5):
        assert shares(shedding, 60.0, 1, start) + shares(shedding, 0.0, 1, start + INTERVAL) == [0.0, 0.0]


def test_when_it_is_gone_they_are_let_in_slowly() -> None:
    shedding = Shedding(0.1)
    shares(shedding, 1.0, 3)
    found = shares(shedding, 0.0, 20, start=10.0)
    assert found[0] == pytest.approx(2 * STEP_UP - STEP_DOWN)
    assert found[-1] == 0.0


def test_within_one_interval_it_changes_once() -> None:
    shedding = Shedding(0.1)
    shares(shedding, 1.0, 1)
    assert [shedding.observe(1.0, 1.0 + past) for past in (0.0, 0.01, INTERVAL / 2)] == [STEP_UP] * 3


def test_0_is_never() -> None:
    assert shares(Shedding(0.0), 60.0, 3) == [0.0] * 3


def delays(load: float, pause: float, seconds: float) -> tuple[list[float], list[float]]:
    """The delay and the share at each moment, of a queue that gets `load` times what is served, and is not served at all for
    `pause` seconds of each one.
    """
    shedding = Shedding(0.1)
    step = 0.005
    found: tuple[list[float], list[float]] = ([], [])
    queued = 0.0
    for number in range(round(seconds / step)):
        now = number * step
        queued += load * (1 - shedding.observe(queued, now)) * step
        if now % 1.0 >= pause:
            queued = max(0.0, queued - step)
        found[0].append(queued)
        found[1].append(shedding.share)
    return found


def test_what_fits_is_not_refused_though_the_queue_stands_for_long_after_a_pause() -> None:
    found, refused = delays(load=0.8, pause=0.14, seconds=20.0)
    # What a pause leaves is read 0.6 s later, and is late for a moment.
    assert max(found) > 0.1
    assert max(refused) == 0.0


@pytest.mark.parametrize("load", [1.1, 1.5])
def test_what_is_too_much_never_waits_until_peers_send_again(load: float) -> None:
    found, refused = delays(load, pause=0.0, seconds=20.0)
    assert max(found) < T1
    # Nor is much more refused than must be.
    assert sum(refused) / len(refused) < 1 - 1 / load + 0.1
