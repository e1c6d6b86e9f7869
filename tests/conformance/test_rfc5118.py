"""RFC 5118: IPv6 in URIs, Vias and bodies."""

from __future__ import annotations

import pytest

from tests.conformance.torture import kept, message, refused, relayed
from tests.proxy.bench import OURS, Bench, Sent, answer_to
from txdispatcher.proxy.decision import Relay
from txdispatcher.proxy.listener import Listener

IPV6 = Listener("udp", "2001:db8::100", 5060)
SOURCE = ("2001:db8::9:1", 5060)


def request(
    method: str = "REGISTER",
    uri: str = "sip:[2001:db8::10]",
    vias: tuple[str, ...] = ("SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111",),
    headers: str = "",
    body: bytes = b"",
) -> bytes:
    lines = [
        f"{method} {uri} SIP/2.0",
        "To: sip:user@example.com",
        "From: sip:user@example.com;tag=81x2",
        *(f"Via: {via}" for via in vias),
        "Call-ID: SSG9559905523997077@hlau_4100",
        "Max-Forwards: 70",
        'Contact: "Caller" <sip:caller@[2001:db8::1]>',
        f"CSeq: 98176 {method}",
        *headers.splitlines(),
        f"Content-Length: {len(body)}",
    ]
    return message("\n".join(lines), body)


def routed(uri: str) -> Sent:
    """What is sent when nothing but the Request-URI says where to."""
    bench = Bench(Relay(), listeners=(IPV6, OURS))
    (sent,) = bench.receive(request("OPTIONS", uri), SOURCE)
    return sent


def test_4_1_a_request_uri_with_an_ipv6_reference() -> None:
    assert relayed(request(), SOURCE, IPV6).uri == b"sip:[2001:db8::10]"
    assert routed("sip:[2001:db8::10]").address == ("2001:db8::10", 5060)


def test_4_2_one_without_brackets_is_no_uri() -> None:
    refused(request(uri="sip:2001:db8::10"), b"400")


def test_4_3_what_looks_like_a_port_within_the_brackets_is_address() -> None:
    assert routed("sip:[2001:db8::10:5070]").address == ("2001:db8::10:5070", 5060)


def test_4_4_a_port_behind_the_brackets_is_a_port() -> None:
    assert routed("sip:[2001:db8::10]:5070").address == ("2001:db8::10", 5070)


@pytest.mark.parametrize("received", ["[2001:db8::9:255]", "2001:db8::9:255"])
@pytest.mark.parametrize("key", [None, b"k" * 32])
def test_4_5_received_with_and_without_brackets(received: str, key: bytes | None) -> None:
    bench = Bench(listeners=(IPV6, OURS), key=key)
    data = request("BYE", vias=(f"SIP/2.0/UDP [2001:db8::9:1];received={received};branch=z9hG4bKas3-111",))
    sent = bench.receive(data, ("2001:db8::9:255", 5060))[-1]
    # Ours is without: that is what the grammar has.
    assert sent.values(b"Via")[1] == (b"SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKas3-111")
    # A next hop may write it with brackets; the response still finds its way.
    answer = answer_to(sent.data, 200).replace(b"received=2001:db8::9:255", b"received=[2001:db8::9:255]")
    (final,) = bench.receive(answer, sent.address)
    assert final.address == ("2001:db8::9:255", 5060)


def test_4_6_ipv6_in_sdp() -> None:
    sdp = b"v=0\r\no=assistant 971731711378798081 0 IN IP6 2001:db8::20\r\ns=-\r\nc=IN IP6 2001:db8::20\r\nt=0 0\r\n"
    assert kept(relayed(request("INVITE", headers="Content-Type: application/sdp", body=sdp), SOURCE, IPV6).data)[1] == sdp


def test_4_7_addresses_of_both_families_in_vias() -> None:
    vias = (
        "SIP/2.0/UDP [2001:db8::9:1]:6050;branch=z9hG4bKas3-111",
        "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKjhja8781hjuaij65144",
        "SIP/2.0/TCP [2001:db8::9:255];branch=z9hG4bK451jj;received=192.0.2.200",
    )
    assert relayed(request("BYE", vias=vias), SOURCE, IPV6).values(b"Via")[1:] == [via.encode() for via in vias]


def test_4_8_addresses_of_both_families_in_sdp() -> None:
    sdp = (
        b"v=0\r\no=bob 280744730 28977631 IN IP4 host.example.com\r\ns=\r\nt=0 0\r\n"
        b"m=audio 22334 RTP/AVP 0\r\nc=IN IP4 192.0.2.1\r\nm=video 6024 RTP/AVP 107\r\nc=IN IP6 2001:db8::1\r\n"
    )
    assert kept(relayed(request("INVITE", headers="Content-Type: application/sdp", body=sdp), SOURCE, IPV6).data)[1] == sdp


def test_4_9_ipv4_mapped_addresses() -> None:
    vias = ("SIP/2.0/UDP [::ffff:192.0.2.10]:19823;branch=z9hG4bKbh19", "SIP/2.0/UDP [::ffff:192.0.2.2];branch=z9hG4bKas3-111")
    sdp = b"v=0\r\no=bob 280744730 28977631 IN IP6 ::ffff:192.0.2.10\r\ns=\r\nc=IN IP6 ::ffff:192.0.2.10\r\nt=0 0\r\n"
    data = request("INVITE", vias=vias, headers="Content-Type: application/sdp", body=sdp)
    assert relayed(data, ("::ffff:192.0.2.10", 19823), IPV6).values(b"Via")[1:] == [via.encode() for via in vias]
    assert routed("sip:[::ffff:192.0.2.10]").address == ("::ffff:192.0.2.10", 5060)


@pytest.mark.parametrize("host", ["[2001:db8::192.0.2.1]", "[2001:db8:::192.0.2.1]"])
def test_4_10_two_colons_before_an_ipv4_address_and_three(host: str) -> None:
    sent = routed(f"sip:user@{host}")
    assert sent.address == ("2001:db8::192.0.2.1", 5060)
    assert sent.uri == f"sip:user@{host}".encode()
