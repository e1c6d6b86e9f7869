"""What is remembered of DNS, for how long, and who waits for whom."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.task import Clock
from twisted.names import dns

from tests.name_server import Zone
from txdispatcher.net import records
from txdispatcher.net.records import FAILED_TTL, KEPT, MOST_NEGATIVE_TTL, NEGATIVE_TTL, STALE, Records


class Scene:
    def __init__(self) -> None:
        self.zone = Zone()
        self.clock = Clock()
        self.records = Records(self, self.clock.seconds)
        #: Questions that the test answers itself, where it says `slow`.
        self.slow = False
        self.open: list[tuple[dns.Query, Any]] = []

    def query(self, query: dns.Query, timeout: Any) -> Any:
        answer = self.zone.query(query, timeout)
        if self.slow:
            held: Any = records.Deferred()
            self.open.append((answer, held))
            return held
        return answer

    def answer(self) -> None:
        answer, held = self.open.pop(0)
        answer.addBoth(held.callback)

    def ask(self, name: str = "gw.example.com", kind: int = dns.A, ttl: int = 0) -> list[Any]:
        """What the answer is appended to, when it comes: addresses, or None."""
        found: list[Any] = []
        self.records.ask(name, kind, ttl).addCallback(
            lambda several: found.append(several and [getattr(each, "dottedQuad", str)() for each in several])
        )
        return found

    @property
    def asked(self) -> int:
        return self.zone.asked["gw.example.com", dns.A]


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_an_answer_is_remembered_for_its_ttl(scene: Scene) -> None:
    scene.zone.host("gw.example.com", "192.0.2.1", ttl=20)
    assert scene.ask() == scene.ask("GW.example.com.") == [["192.0.2.1"]]
    scene.clock.advance(19)
    assert scene.ask() == [["192.0.2.1"]]
    assert scene.asked == 1
    scene.clock.advance(1)
    scene.ask()
    assert scene.asked == 2


def test_the_shortest_ttl_on_the_way_counts(scene: Scene) -> None:
    scene.zone.alias("gw.example.com", "other.example.com", ttl=5)
    scene.zone.host("other.example.com", "192.0.2.1", ttl=600)
    assert scene.ask() == [["192.0.2.1"]]
    scene.clock.advance(5)
    scene.ask()
    assert scene.asked == 2


def test_a_ttl_of_0_is_none_that_asks_for_each_call(scene: Scene) -> None:
    scene.zone.host("gw.example.com", "192.0.2.1", ttl=0)
    scene.ask()
    scene.ask()
    assert scene.asked == 1


def test_a_ttl_of_the_asker_goes_before(scene: Scene) -> None:
    scene.zone.host("gw.example.com", "192.0.2.1", ttl=600)
    scene.ask(ttl=10)
    scene.clock.advance(10)
    assert scene.ask() == [["192.0.2.1"]]
    assert scene.asked == 1
    scene.ask(ttl=10)
    assert scene.asked == 2


@pytest.mark.parametrize(("minimum", "seconds"), [(30, 30), (90_000, MOST_NEGATIVE_TTL), (0, 1)])
def test_that_there_is_none_is_remembered_as_the_zone_says(scene: Scene, minimum: int, seconds: int) -> None:
    scene.zone.negative = minimum
    scene.zone.host("six.example.com", "2001:db8::1")  # the name is there, the type is not
    for name in ("gw.example.com", "six.example.com"):
        assert scene.ask(name) == [[]]
        scene.clock.advance(seconds - 0.5)
        assert scene.ask(name) == [[]]
        assert scene.zone.asked[name, dns.A] == 1
        scene.clock.advance(0.5)
        scene.ask(name)
        assert scene.zone.asked[name, dns.A] == 2


def test_where_the_zone_does_not_say_a_minute(scene: Scene) -> None:
    assert records._negative_ttl([]) == NEGATIVE_TTL


def test_a_failure_is_no_answer_and_is_remembered_for_less(scene: Scene) -> None:
    scene.zone.broken = True
    assert scene.ask() == [None]
    scene.clock.advance(FAILED_TTL - 0.5)
    assert scene.ask() == [None]
    assert scene.asked == 1
    scene.zone.broken = False
    scene.clock.advance(0.5)
    assert scene.ask() == [[]]


def test_who_asks_meanwhile_gets_the_same_answer(scene: Scene) -> None:
    scene.zone.host("gw.example.com", "192.0.2.1")
    scene.slow = True
    first, second = scene.ask(), scene.ask()
    assert (first, second, scene.asked) == ([], [], 1)
    scene.answer()
    assert first == second == [["192.0.2.1"]]


def test_behind_its_ttl_an_answer_is_given_at_once_and_asked_for_anew(scene: Scene) -> None:
    scene.zone.host("gw.example.com", "192.0.2.1", ttl=20)
    scene.ask()
    scene.slow = True
    scene.zone.records.clear()
    scene.zone.host("gw.example.com", "192.0.2.2", ttl=20)
    scene.clock.advance(21)
    assert scene.ask() == scene.ask() == [["192.0.2.1"]]
    assert scene.asked == 2
    scene.answer()
    assert scene.ask() == [["192.0.2.2"]]


def test_long_behind_its_ttl_the_new_one_is_waited_for(scene: Scene) -> None:
    scene.zone.host("gw.example.com", "192.0.2.1", ttl=20)
    scene.ask()
    scene.slow = True
    scene.clock.advance(20 + STALE)
    found = scene.ask()
    assert found == []
    scene.answer()
    assert found == [["192.0.2.1"]]


def test_a_dead_resolver_takes_nothing_away_for_a_day(scene: Scene) -> None:
    scene.zone.host("gw.example.com", "192.0.2.1", ttl=20)
    scene.ask()
    scene.zone.broken = True
    for _ in range(KEPT // 1800 - 1):
        scene.clock.advance(1800)
        assert scene.ask() == [["192.0.2.1"]]
    # It is asked again, but not for each call.
    before = scene.asked
    scene.ask()
    assert scene.asked == before
    scene.clock.advance(2 * 1800 + STALE)
    assert scene.ask() == [None]


@pytest.mark.parametrize("kind", [dns.NAPTR, dns.SRV, dns.AAAA])
def test_nor_does_anybody_wait_to_hear_again_that_there_is_none(scene: Scene, kind: int) -> None:
    scene.zone.host("gw.example.com", "192.0.2.1")
    assert scene.ask(kind=kind) == [[]]
    scene.zone.broken = scene.slow = True
    for asked in (2, 3):
        scene.clock.advance(MOST_NEGATIVE_TTL)
        assert scene.ask(kind=kind) == [[]]
        assert scene.zone.asked["gw.example.com", kind] == asked
        scene.answer()
        assert scene.ask(kind=kind) == [[]]


def test_that_the_name_is_gone_takes_it_away(scene: Scene) -> None:
    scene.zone.host("gw.example.com", "192.0.2.1", ttl=20)
    scene.ask()
    scene.zone.records.clear()
    scene.clock.advance(21)
    assert scene.ask() == [["192.0.2.1"]]
    assert scene.ask() == [[]]


def test_no_more_questions_are_open_than_the_bound(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MOST_AT_ONCE", 3)
    scene.slow = True
    waiting = [scene.ask(f"h{number}.example.com") for number in range(3)]
    assert scene.ask() == [None]
    assert scene.asked == 0
    scene.answer()
    assert waiting[0] == [[]]
    assert scene.ask() == []  # That it was too much is not remembered.
    assert scene.asked == 1


def test_no_more_is_remembered_than_the_bound(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MOST_KNOWN", 3)
    for number in range(4):
        scene.ask(f"h{number}.example.com")
    for number in (3, 2, 1, 0):
        scene.ask(f"h{number}.example.com")
    assert [scene.zone.asked[f"h{number}.example.com", dns.A] for number in range(4)] == [2, 1, 1, 1]
