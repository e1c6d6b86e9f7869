"""RFC 3263 and what the system knows besides: from a host name to addresses, ports and transports."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.task import Clock
from twisted.names import dns

from tests.name_server import Zone
from txdispatcher.net.hosts import Hosts
from txdispatcher.net.names import MOST_TARGETS, Names, in_order
from txdispatcher.net.records import Records
from txdispatcher.proxy.actions import Target
from txdispatcher.proxy.hop import hop_of
from txdispatcher.sip.uri import parse_uri


class System:
    """IHostnameResolver: knows `known`."""

    def __init__(self) -> None:
        self.known: dict[str, list[str]] = {}
        self.asked: list[str] = []

    def resolveHostName(self, receiver: Any, host: str) -> None:
        self.asked.append(host)
        receiver.resolutionBegan(None)
        for address in self.known.get(host, []):
            receiver.addressResolved((IPv6Address if ":" in address else IPv4Address)("TCP", address, 0))
        receiver.resolutionComplete()


class Scene:
    def __init__(self, folder: Path, *offered: str) -> None:
        self.zone = Zone()
        self.system = System()
        self.hosts = folder / "hosts"
        records = Records(self.zone, Clock().seconds)
        self.names = Names(records, offered or ("udp", "tcp", "tls"), Hosts(str(self.hosts)), self.system)

    def locate(self, uri: str, key: int = 0) -> list[Target]:
        found: list[list[Target]] = []
        self.names.locate(hop_of(parse_uri(uri.encode())), key).addCallback(found.append)
        (targets,) = found
        return targets

    def lookup(self, host: str) -> list[str]:
        found: list[list[str]] = []
        self.names.lookup(host).addCallback(found.append)
        return found[0]


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


class TestAddresses:
    def test_each_once_and_ipv4_first(self, scene: Scene) -> None:
        for address in ("2001:db8::1", "192.0.2.2", "192.0.2.1", "192.0.2.2"):
            scene.zone.host("gw.example.com", address)
        assert scene.lookup("gw.example.com") == ["192.0.2.2", "192.0.2.1", "2001:db8::1"]

    def test_the_table_of_hosts_goes_before(self, scene: Scene) -> None:
        scene.hosts.write_text("::1 gw.example.com\n192.0.2.9 gw.example.com\n")
        assert scene.lookup("gw.example.com") == ["192.0.2.9", "::1"]
        assert not scene.zone.asked

    def test_what_dns_does_not_know_the_system_may(self, scene: Scene) -> None:
        scene.system.known["gw"] = ["2001:db8::1", "192.0.2.1", "192.0.2.1"]
        assert scene.lookup("gw") == ["192.0.2.1", "2001:db8::1"]

    def test_but_not_where_dns_does_not_answer(self, scene: Scene) -> None:
        # Its threads would wait for the same resolver.
        scene.zone.broken = True
        assert scene.lookup("gw") == []
        assert scene.system.asked == []

    @pytest.mark.parametrize("host", ["x" * 64 + ".example.com", "a..b", "", "\ufffd.example.com", ".".join(["x" * 60] * 5)])
    def test_what_no_resolver_can_be_asked_for_has_none(self, host: str, scene: Scene) -> None:
        assert scene.lookup(host) == []
        assert not scene.zone.asked
        assert not scene.system.asked


class TestServices:
    """RFC 3263 4.1 and 4.2."""

    def test_a_port_settles_it(self, scene: Scene) -> None:
        scene.zone.host("example.com", "192.0.2.1")
        scene.zone.srv("_sip._udp.example.com", "other.example.com", 5080)
        assert scene.locate("sip:example.com:5070") == [("udp", "192.0.2.1", 5070)]
        assert scene.locate("sip:example.com:5070;transport=tcp") == [("tcp", "192.0.2.1", 5070)]
        assert scene.locate("sips:example.com:5070") == [("tls", "192.0.2.1", 5070)]
        assert {kind for _, kind in scene.zone.asked} == {dns.A, dns.AAAA}

    def test_naptr_says_the_transport_and_srv_the_servers(self, scene: Scene) -> None:
        # The example of 4.1: TLS goes first where it is offered.
        zone = scene.zone
        zone.naptr("example.com", 50, 50, "SIPS+D2T", "_sips._tcp.example.com")
        zone.naptr("example.com", 90, 50, "SIP+D2T", "_sip._tcp.example.com")
        zone.naptr("example.com", 100, 50, "SIP+D2U", "_sip._udp.example.com")
        zone.naptr("example.com", 10, 50, "SIP+D2S", "_sip._sctp.example.com")
        zone.naptr("example.com", 20, 50, "SIP+D2U", "sip:x@y", flags="u")
        for number, name in enumerate(("_sips._tcp", "_sip._tcp", "_sip._udp"), 1):
            zone.srv(f"{name}.example.com", f"server{number}.example.com", 5060 + number)
            zone.host(f"server{number}.example.com", f"192.0.2.{number}")
        assert scene.locate("sip:example.com") == [
            ("tls", "192.0.2.1", 5061),
            ("tcp", "192.0.2.2", 5062),
            ("udp", "192.0.2.3", 5063),
        ]
        assert scene.locate("sips:example.com") == [("tls", "192.0.2.1", 5061)]

    def test_only_what_we_have_listeners_for(self, tmp_path: Path) -> None:
        scene = Scene(tmp_path, "udp")
        scene.zone.naptr("example.com", 50, 50, "SIP+D2T", "_sip._tcp.example.com")
        scene.zone.naptr("example.com", 90, 50, "sip+d2u", "_other._udp.example.com")
        scene.zone.srv("_other._udp.example.com", "server.example.com", 5080)
        scene.zone.host("server.example.com", "192.0.2.1")
        assert scene.locate("sip:example.com") == [("udp", "192.0.2.1", 5080)]
        assert scene.locate("sip:example.com;transport=tcp") == []
        assert scene.locate("sips:example.com") == []

    def test_without_naptr_srv_is_asked_for_each_transport(self, scene: Scene) -> None:
        scene.zone.srv("_sip._tcp.example.com", "server.example.com", 5080)
        scene.zone.host("server.example.com", "192.0.2.1")
        assert scene.locate("sip:example.com") == [("tcp", "192.0.2.1", 5080)]
        assert scene.zone.asked["_sip._udp.example.com", dns.SRV] == 1

    def test_a_transport_that_is_named_asks_for_its_srv_alone(self, scene: Scene) -> None:
        scene.zone.srv("_sips._tcp.example.com", "server.example.com", 5091)
        scene.zone.host("server.example.com", "2001:db8::1")
        assert scene.locate("sip:example.com;transport=tls") == [("tls", "2001:db8::1", 5091)]
        assert scene.locate("sips:example.com;transport=tcp") == [("tls", "2001:db8::1", 5091)]
        assert {name for name, kind in scene.zone.asked if kind in (dns.SRV, dns.NAPTR)} == {"_sips._tcp.example.com"}

    def test_without_any_the_host_itself_at_the_usual_port(self, scene: Scene) -> None:
        scene.zone.host("example.com", "192.0.2.1")
        assert scene.locate("sip:example.com") == [("udp", "192.0.2.1", 5060)]
        assert scene.locate("sip:example.com;transport=tcp") == [("tcp", "192.0.2.1", 5060)]
        assert scene.locate("sips:example.com") == [("tls", "192.0.2.1", 5061)]

    def test_by_priority_with_every_address_of_a_server(self, scene: Scene) -> None:
        for number, priority in enumerate((20, 10, 30), 1):
            scene.zone.srv("_sip._udp.example.com", f"server{number}.example.com", 5060, priority=priority)
            scene.zone.host(f"server{number}.example.com", f"192.0.2.{number}")
            scene.zone.host(f"server{number}.example.com", f"2001:db8::{number}")
        assert [address for _, address, _ in scene.locate("sip:example.com;transport=udp")] == [
            *("192.0.2.2", "2001:db8::2", "192.0.2.1", "2001:db8::1", "192.0.2.3", "2001:db8::3")
        ]

    def test_the_root_as_target_says_that_there_is_none(self, scene: Scene) -> None:
        scene.zone.srv("_sip._udp.example.com", "", 0)
        scene.zone.host("example.com", "192.0.2.1")
        assert scene.locate("sip:example.com;transport=udp") == []

    def test_no_more_than_the_bound(self, scene: Scene) -> None:
        for number in range(40):
            scene.zone.host("example.com", f"192.0.2.{number}")
        assert len(scene.locate("sip:example.com:5060")) == MOST_TARGETS


#: An SRV record: priority, weight, target, port.
SERVER = st.tuples(st.integers(0, 3), st.integers(0, 65_535), st.text(max_size=2), st.just(1))


class TestWeights:
    SERVERS = [(10, 0, "none", 1), (10, 10, "ten", 1), (10, 30, "thirty", 1), (5, 0, "first", 1), (20, 0, "last", 1)]

    def test_each_is_chosen_as_often_as_its_weight_says(self) -> None:
        firsts = Counter(in_order(self.SERVERS, key)[1][2] for key in range(4000))
        assert 0 < firsts["none"] < 200
        assert 850 < firsts["ten"] < 1100
        assert firsts["thirty"] > 2700

    @given(st.lists(SERVER, max_size=9), st.integers())
    def test_all_in_order_of_priority_and_the_same_for_the_same_key(self, servers: list[Any], key: int) -> None:
        ordered = in_order(servers, key)
        assert sorted(ordered) == sorted(servers)
        assert [each[0] for each in ordered] == sorted(each[0] for each in servers)
        assert ordered == in_order(list(reversed(servers)), key)
