"""The wheel against a plain list of timers, and the values."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from txdispatcher.proxy.timers import AHEAD, LOOSE, SLOTS, TICK, Timer, Timers, Wheel


class Bell(Timer):
    """Notes when it fires, and does what it is told then."""

    def __init__(self, then: Callable[[float], None] = lambda now: None) -> None:
        super().__init__()
        self.rung: list[float] = []
        self.then = then

    def fire(self, now: float) -> None:
        self.rung.append(now)
        self.then(now)


def test_a_timer_fires_once_not_before_its_time_and_less_than_two_ticks_after_it() -> None:
    wheel, bell = Wheel(100.0), Bell()
    wheel.set(bell, 100.5)
    wheel.advance(100.5)
    assert bell.rung == []
    wheel.advance(100.5 + 2 * TICK)
    wheel.advance(200.0)
    assert bell.rung == [100.5 + 2 * TICK]
    assert wheel.running == 0


def test_one_that_is_past_fires_at_the_next_tick() -> None:
    wheel, bell = Wheel(0.0), Bell()
    wheel.advance(50.0)
    wheel.set(bell, 10.0)
    wheel.advance(50.0 + 2 * TICK)
    assert len(bell.rung) == 1


def test_one_that_is_set_again_is_moved() -> None:
    wheel, bell = Wheel(0.0), Bell()
    wheel.set(bell, 1.0)
    wheel.set(bell, 3.0)
    assert wheel.running == 1
    wheel.advance(2.0)
    assert bell.rung == []
    wheel.advance(4.0)
    assert bell.rung == [4.0]


def test_a_turn_of_the_wheel_does_not_fire_what_is_due_in_a_later_one() -> None:
    wheel, bell = Wheel(0.0), Bell()
    at = 2.5 * SLOTS * TICK
    wheel.set(bell, at)
    wheel.advance(at - TICK)
    assert bell.rung == []
    wheel.advance(at + 2 * TICK)
    assert len(bell.rung) == 1


def test_what_fires_may_cancel_what_is_due_in_the_same_tick() -> None:
    wheel, second = Wheel(0.0), Bell()
    first = Bell(lambda now: wheel.cancel(second))
    wheel.set(first, 1.0)
    wheel.set(second, 1.0)
    wheel.advance(2.0)
    assert (len(first.rung), second.rung, wheel.running) == (1, [], 0)


def test_what_fires_may_set_itself_again() -> None:
    wheel = Wheel(0.0)
    bell = Bell()
    bell.then = lambda now: wheel.set(bell, now + 1.0)
    wheel.set(bell, 1.0)
    for second in range(1, 40):
        wheel.advance(second / 8)
    assert len(bell.rung) == 4
    assert wheel.running == 1


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("set"), st.integers(0, 5), st.floats(0, 100)),
            st.tuples(st.just("cancel"), st.integers(0, 5), st.just(0.0)),
            st.tuples(st.just("advance"), st.just(0), st.floats(0, 60)),
        ),
        max_size=40,
    )
)
def test_it_fires_what_a_list_of_timers_would(steps: list[tuple[str, int, float]]) -> None:
    now = 1000.0
    wheel = Wheel(now)
    bells = [Bell() for _ in range(6)]
    due: dict[int, float] = {}
    for what, which, seconds in steps:
        if what == "set":
            wheel.set(bells[which], now + seconds)
            due[which] = now + seconds
        elif what == "cancel":
            wheel.cancel(bells[which])
            due.pop(which, None)
        else:
            before = [len(bell.rung) for bell in bells]
            now += seconds
            wheel.advance(now)
            for which, at in list(due.items()):
                fired = len(bells[which].rung) - before[which]
                if at <= now - 2 * TICK:
                    assert fired == 1
                elif at > now:
                    assert fired == 0
                if fired:
                    del due[which]
        assert wheel.running == len(due)


def test_wt_is_how_long_what_is_finished_is_kept_and_0_the_rfcs_own_time() -> None:
    assert (Timers(wt=5.0).linger, Timers(wt=5.0).settle) == (5.0, 5.0)
    assert (Timers(wt=0, t1=0.25, t4=3.0).linger, Timers(wt=0, t4=3.0).settle) == (16.0, 3.0)


@given(st.lists(st.tuples(st.floats(0, 3), st.booleans()), max_size=20), st.lists(st.floats(0.01, 0.5), max_size=20))
def test_nothing_fires_before_the_wheel_said_that_it_is_due(timers: list[tuple[float, bool]], steps: list[float]) -> None:
    wheel, now = Wheel(0.0), 0.0
    bells = [Bell() for _ in timers]
    for bell, (at, loosely) in zip(bells, timers, strict=True):
        (wheel.set_loosely if loosely else wheel.set)(bell, at)
    for step in steps:
        now += step
        due = wheel.due
        # Looking ahead has a bound.
        assert due - (now - step) <= (AHEAD + 1) * TICK
        before = [len(bell.rung) for bell in bells]
        # What is said is never too late.
        wheel.advance(min(now, due - TICK / 2))
        assert [len(bell.rung) for bell in bells] == before
        wheel.advance(now)
    for bell, (at, loosely) in zip(bells, timers, strict=True):
        if at + (LOOSE if loosely else 1) * TICK + TICK < now:
            assert len(bell.rung) == 1
