"""Names over a resolver that answers when the test does."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.task import Clock

from txdispatcher.net.names import FAILED_TTL, MOST_AT_ONCE, MOST_NAMES, TTL, Names


class Resolver:
    """IHostnameResolver: `pending` are the names asked for, in order, and whom to tell."""

    def __init__(self) -> None:
        self.pending: list[tuple[str, Any]] = []

    def resolveHostName(self, resolutionReceiver: Any, hostName: str) -> None:
        self.pending.append((hostName, resolutionReceiver))

    def answer(self, *addresses: str) -> None:
        """Answer the oldest question."""
        _, receiver = self.pending.pop(0)
        receiver.resolutionBegan(None)
        for address in addresses:
            kind = IPv6Address if ":" in address else IPv4Address
            receiver.addressResolved(kind("TCP", address, 0))
        receiver.resolutionComplete()


class Scene:
    def __init__(self) -> None:
        self.resolver = Resolver()
        self.clock = Clock()
        self.names = Names(self.resolver, self.clock.seconds)

    def ask(self, host: str) -> list[list[str]]:
        """What the answer to a look-up is appended to, when it comes."""
        found: list[list[str]] = []
        self.names.lookup(host).addCallback(found.append)
        return found

    @property
    def asked(self) -> list[str]:
        return [host for host, _ in self.resolver.pending]


@pytest.fixture
def scene():
    return Scene()


def test_the_addresses_each_once_and_ipv4_first(scene):
    found = scene.ask("gw.example.com")
    assert found == []
    scene.resolver.answer("2001:db8::1", "192.0.2.2", "192.0.2.1", "192.0.2.2")
    assert found == [["192.0.2.2", "192.0.2.1", "2001:db8::1"]]


def test_an_answer_is_remembered_for_its_time(scene):
    scene.ask("gw.example.com")
    scene.resolver.answer("192.0.2.1")
    scene.clock.advance(TTL - 1)
    assert scene.ask("gw.example.com") == [["192.0.2.1"]]
    assert scene.asked == []
    scene.clock.advance(2)
    assert scene.ask("gw.example.com") == []
    assert scene.asked == ["gw.example.com"]


def test_a_failure_is_remembered_for_less(scene):
    scene.ask("gw.example.com")
    scene.resolver.answer()
    scene.clock.advance(FAILED_TTL - 1)
    assert scene.ask("gw.example.com") == [[]]
    scene.clock.advance(2)
    scene.ask("gw.example.com")
    assert scene.asked == ["gw.example.com"]


def test_who_asks_meanwhile_gets_the_same_answer(scene):
    first, second = scene.ask("gw.example.com"), scene.ask("gw.example.com")
    assert scene.asked == ["gw.example.com"]
    scene.resolver.answer("192.0.2.1")
    assert first == second == [["192.0.2.1"]]


def test_no_more_are_asked_for_at_once_than_the_bound(scene):
    waiting = [scene.ask(f"h{number}.example.com") for number in range(MOST_AT_ONCE)]
    assert scene.ask("one-more.example.com") == [[]]
    assert len(scene.asked) == MOST_AT_ONCE
    scene.resolver.answer("192.0.2.1")
    assert waiting[0] == [["192.0.2.1"]]
    scene.ask("one-more.example.com")  # That it was too much is not remembered as a failure.
    assert scene.asked[-1] == "one-more.example.com"


def test_no_more_are_remembered_than_the_bound(scene):
    for number in range(MOST_NAMES + 1):
        scene.ask(f"h{number}.example.com")
        scene.resolver.answer("192.0.2.1")
    assert scene.ask("h0.example.com") == []
    assert scene.ask(f"h{MOST_NAMES}.example.com") == [["192.0.2.1"]]


@pytest.mark.parametrize("host", ["x" * 64 + ".example.com", "a..b", "", "\ufffd.example.com"])
def test_what_no_resolver_can_be_asked_for_has_no_address(host, scene):
    assert scene.ask(host) == [[]]
    assert scene.asked == []


def test_a_trailing_dot_is_no_fault(scene):
    scene.ask("gw.example.com.")
    assert scene.asked == ["gw.example.com."]
