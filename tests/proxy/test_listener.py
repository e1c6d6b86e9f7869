"""By which names we know ourselves, and from where we send."""

from __future__ import annotations

from txdispatcher.proxy.listener import Listener, Listeners
from txdispatcher.sip.uri import parse_uri

PLAIN = Listener("udp", "192.0.2.100", 5060)
NATTED = Listener("udp", "10.0.0.100", 5070, ("Sip.Example.org", 5080))
SIX = Listener("udp", "2001:DB8::100", 5060)
TCP = Listener("tcp", "192.0.2.100", 5060)
WEB = Listener("wss", "192.0.2.100", 443)
ALL = Listeners((PLAIN, NATTED, SIX, TCP, WEB), [(b"balancer.example.org", 5060)])


def test_what_peers_are_told() -> None:
    assert (PLAIN.via, PLAIN.uri) == (b"SIP/2.0/UDP 192.0.2.100:5060;branch=", b"sip:192.0.2.100:5060")
    assert (NATTED.sent_by, NATTED.uri) == (b"sip.example.org:5080", b"sip:sip.example.org:5080")
    assert SIX.via == b"SIP/2.0/UDP [2001:db8::100]:5060;branch="
    assert TCP.via.startswith(b"SIP/2.0/TCP ")


def test_a_websocket_is_named_as_rfc_7118_has_it() -> None:
    assert (WEB.via, WEB.uri) == (b"SIP/2.0/WSS 192.0.2.100:443;branch=", b"sip:192.0.2.100:443;transport=ws")
    assert ALL.of(parse_uri(b"sip:192.0.2.100:443;transport=WS;lr")) is WEB
    # A browser is not called: only who has come by it is sent something.
    assert ALL.transports == {"udp", "tcp"}


def test_the_bound_and_the_advertised_address_are_ours() -> None:
    assert ALL.named(b"10.0.0.100", 5070) is NATTED
    assert ALL.named(b"SIP.example.ORG", 5080) is NATTED
    assert ALL.named(b"[2001:db8::100]", 0) is SIX
    assert ALL.named(b"[2001:DB8:0:0::0100]", 0) is SIX
    assert ALL.at(parse_uri(b"sip:[2001:0db8::100];lr").place) is SIX
    assert ALL.named(b"[2001:db8:::100]", 0) is None
    assert ALL.named(b"10.0.0.100", 5080) is None
    assert ALL.named(b"192.0.2.101", 5060) is None


def test_without_a_port_the_default_one_is_meant() -> None:
    assert ALL.named(b"192.0.2.100", 0) is PLAIN
    assert ALL.named(b"sip.example.org", 0) is None


def test_an_alias_means_the_first_listener() -> None:
    assert ALL.named(b"balancer.example.org", 0) is PLAIN


def test_a_via_is_ours_by_what_we_write_alone() -> None:
    assert ALL.is_sent_by(b"sip.example.org:5080")
    assert not ALL.is_sent_by(b"10.0.0.100:5070")


def test_it_is_sent_from_the_near_one_if_it_fits_else_from_the_first_that_does() -> None:
    assert ALL.towards("198.51.100.1", "udp", NATTED) is NATTED
    assert ALL.towards("198.51.100.1", "udp", SIX) is PLAIN
    assert ALL.towards("2001:db8::1", "udp", PLAIN) is SIX
    assert ALL.towards("198.51.100.1", "tcp", PLAIN) is TCP
    assert ALL.towards("2001:db8::1", "tcp", PLAIN) is None
