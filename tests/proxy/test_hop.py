"""Where a URI says to go."""

from __future__ import annotations

import pytest

from txdispatcher.proxy.hop import ANY_PORT, ANY_TRANSPORT, SETTLED, default_port, hop_of, is_address
from txdispatcher.sip.uri import parse_uri


@pytest.mark.parametrize(
    ("uri", "host", "port", "transport"),
    [
        (b"sip:bob@example.org", "example.org", 5060, "udp"),
        (b"sip:bob@192.0.2.1:5070", "192.0.2.1", 5070, "udp"),
        (b"sip:[2001:db8::1]", "2001:db8::1", 5060, "udp"),
        (b"sip:example.org;transport=TCP", "example.org", 5060, "tcp"),
        (b"sip:example.org;transport=tls", "example.org", 5061, "tls"),
        (b"sips:example.org", "example.org", 5061, "tls"),
        (b"sip:example.org;maddr=192.0.2.7", "192.0.2.7", 5060, "udp"),
        (b"sip:example.org:5070;maddr=[2001:db8::7]", "2001:db8::7", 5070, "udp"),
        (b"tel:+1234", "", 5060, "udp"),
    ],
)
def test_host_port_and_transport_of_a_uri(uri: bytes, host: str, port: int, transport: str) -> None:
    hop = hop_of(parse_uri(uri))
    assert (hop.host, hop.port, hop.transport) == (host, port, transport)


@pytest.mark.parametrize(
    ("uri", "tells"),
    [
        (b"sip:example.org:5060", SETTLED),
        (b"sip:example.org:5060;transport=tcp", SETTLED),
        (b"sips:example.org:5061", SETTLED),
        (b"sip:example.org;transport=udp", ANY_PORT),
        (b"sips:example.org;transport=tcp", ANY_PORT),
        (b"sip:example.org", ANY_TRANSPORT),
        (b"sips:example.org", ANY_TRANSPORT),
    ],
)
def test_what_a_name_has_to_tell(uri: bytes, tells: int) -> None:
    assert hop_of(parse_uri(uri)).open == tells


def test_the_address_is_known_where_the_host_is_one() -> None:
    assert hop_of(parse_uri(b"sip:192.0.2.1")).address == ("192.0.2.1", 5060)
    assert hop_of(parse_uri(b"sip:[::1]:5070")).address == ("::1", 5070)
    assert hop_of(parse_uri(b"sip:example.org")).address is None


@pytest.mark.parametrize(
    ("host", "is_one"),
    [("192.0.2.1", True), ("::1", True), ("example.org", False), ("1.2.3", False), ("192.0.2.1.example.org", False), ("", False)],
)
def test_what_is_an_address(host: str, is_one: bool) -> None:
    assert is_address(host) is is_one


def test_the_default_ports() -> None:
    assert (default_port("udp"), default_port("tcp"), default_port("tls")) == (5060, 5060, 5061)
