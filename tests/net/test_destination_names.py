"""Names of destinations: how many at once, when, and what becomes of the addresses."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from txdispatcher.balancing.sets import Sets
from txdispatcher.net.destination_names import LOOKUPS, OFTEN, DestinationNames, DnsSettings
from txdispatcher.proxy.actions import Target
from txdispatcher.proxy.hop import ANY_TRANSPORT, Hop
from txdispatcher.stores.list_file import parse_list


class PendingNames:
    """Each look-up ends when the test says so."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int, Deferred[list[str]]]] = []
        self.located: list[tuple[Hop, Deferred[list[Target]]]] = []

    def lookup(self, host: str, ttl: int) -> Deferred[list[str]]:
        self.asked.append((host, ttl, Deferred()))
        return self.asked[-1][2]

    def locate(self, hop: Hop, key: int, ttl: int) -> Deferred[list[Target]]:
        self.located.append((hop, Deferred()))
        return self.located[-1][1]


class Scene:
    def __init__(self, text: str, settings: DnsSettings) -> None:
        self.sets = Sets()
        self.sets.load(parse_list(text, "list"))
        self.names = PendingNames()
        self.clock = Clock()
        self.warned: list[str] = []
        self.subject = DestinationNames(self.sets, self.names, settings, self.clock, self.warned.append)  # type: ignore[arg-type]
        self.subject.loaded()

    def is_known(self, host: str) -> bool:
        return self.sets.find(host, 5060) is not None


def test_a_long_list_leaves_room_for_other_look_ups() -> None:
    scene = Scene("".join(f"1 sip:gw{number}.example.com\n" for number in range(300)), DnsSettings())
    answered = 0
    while answered < len(scene.names.asked):
        assert len(scene.names.asked) - answered <= LOOKUPS
        scene.names.asked[answered][2].callback([f"192.0.2.{answered % 250}"])
        answered += 1
    assert answered == 300
    found = scene.sets.find("192.0.2.249", 5060)
    assert found is not None
    assert found.uri == "sip:gw50.example.com"  # the last line comes first


def test_addresses_are_not_looked_up_and_a_name_without_one_is_warned_of() -> None:
    scene = Scene("1 sip:192.0.2.1\n1 sip:gw.example.com\n", DnsSettings(ttl=9))
    ((host, ttl, answer),) = scene.names.asked
    assert (host, ttl) == ("gw.example.com", 9)
    answer.callback([])
    assert scene.warned == ["set 1: sip:gw.example.com: its host has no address"]


def test_mode_1_is_at_each_load_alone() -> None:
    scene = Scene("1 sip:gw.example.com\n", DnsSettings(mode=1, interval=60))
    scene.clock.advance(600)
    assert len(scene.names.asked) == 1
    scene.subject.loaded()
    assert len(scene.names.asked) == 2


def test_mode_0_is_never() -> None:
    scene = Scene("1 sip:gw.example.com\n", DnsSettings(mode=0))
    scene.clock.advance(600)
    assert scene.names.asked == []


def test_mode_4_is_each_interval_too_without_warnings() -> None:
    scene = Scene("1 sip:gw.example.com\n", DnsSettings(mode=4, interval=60))
    scene.names.asked[0][2].callback(["192.0.2.1"])
    assert scene.is_known("192.0.2.1")
    scene.clock.advance(60)
    scene.names.asked[1][2].callback(["192.0.2.2"])
    assert scene.is_known("192.0.2.2")
    assert not scene.is_known("192.0.2.1")
    scene.clock.advance(60)
    scene.names.asked[2][2].callback([])
    assert scene.warned == []
    scene.subject.stop()
    scene.clock.advance(600)
    assert len(scene.names.asked) == 3


def test_mode_2_is_often() -> None:
    scene = Scene("1 sip:gw.example.com\n", DnsSettings(mode=2))
    scene.clock.advance(OFTEN)
    assert len(scene.names.asked) == 2


def test_mode_8_is_by_services() -> None:
    scene = Scene("1 sip:example.com\n", DnsSettings(mode=9))
    ((hop, answer),) = scene.names.located
    assert (hop.host, hop.open) == ("example.com", ANY_TRANSPORT)
    answer.callback([("udp", "192.0.2.1", 5080), ("udp", "192.0.2.2", 5080), ("tcp", "192.0.2.1", 5080)])
    assert scene.is_known("192.0.2.1")
    assert scene.is_known("192.0.2.2")


def test_a_name_may_stand_for_its_first_address_alone() -> None:
    scene = Scene("1 sip:gw.example.com\n", DnsSettings(match_all=False))
    scene.names.asked[0][2].callback(["192.0.2.1", "192.0.2.2"])
    assert scene.is_known("192.0.2.1")
    assert not scene.is_known("192.0.2.2")
