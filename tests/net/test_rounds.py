"""What is done at intervals."""

from __future__ import annotations

from twisted.internet.task import Clock

from txdispatcher.net.rounds import Rounds


def test_each_has_an_interval_of_its_own_and_they_end() -> None:
    clock = Clock()
    entered: list[tuple[str, float]] = []
    rounds = Rounds([("a", 2.0), ("b", 5.0)], lambda name, now: entered.append((name, now)), clock, clock.seconds)
    rounds.start()
    clock.pump([1.0] * 6)
    assert entered == [("a", 2.0), ("a", 4.0), ("b", 5.0), ("a", 6.0)]
    rounds.stop()
    clock.advance(10)
    assert len(entered) == 4
