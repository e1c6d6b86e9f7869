from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.corpus import TORTUOUS
from tests.sip.strategies import DENSE, damaged, vias
from txdispatcher.errors import ParseError
from txdispatcher.sip.headers import VIA
from txdispatcher.sip.message import parse
from txdispatcher.sip.via import Via, parse_via


def via(text: bytes) -> Via:
    return parse_via(text, 0, len(text))


def test_usual() -> None:
    data = b"xx SIP/2.0/UDP Host.Example.com:5070;rport;branch=z9hG4bK1;received=192.0.2.1;ttl=1 yy"
    found = parse_via(data, 3, len(data) - 3)
    assert (found.start, found.end) == (3, len(data) - 3)
    assert (found.transport, found.host, found.port) == (b"UDP", b"host.example.com", 5070)
    assert (found.branch, found.rport, found.received) == (b"z9hG4bK1", b"", b"192.0.2.1")
    assert data[found.params_at :].startswith(b";rport")
    assert data[found.received_start : found.received_end] == b"192.0.2.1"
    assert found.sent_by == b"host.example.com:5070"


@pytest.mark.parametrize(
    ("text", "sent_by"),
    [
        (b"SIP/2.0/UDP a", b"a:5060"),
        (b"SIP/2.0/tls a", b"a:5061"),
        (b"SIP/2.0/TLS a:5060", b"a:5060"),
        (b"SIP/2.0/UDP [2001:DB8::1]", b"[2001:db8::1]:5060"),
        (b"sip / 2.0\r\n / UDP\t [::1] : 9 ;x", b"[::1]:9"),
        (b"SIP/2.0/x-!%'*+.`~_ a ;x", b"a:5060"),
    ],
)
def test_sent_by(text: bytes, sent_by: bytes) -> None:
    assert via(text).sent_by == sent_by


def test_transport_is_in_upper_case() -> None:
    assert via(b"SIP/2.0/udp a").transport == b"UDP"


def test_first_of_a_list() -> None:
    text = b'SIP/2.0/UDP a;x=",";branch=1  , SIP/2.0/UDP b;branch=2;rport'
    found = via(text)
    assert (found.host, found.branch, found.rport) == (b"a", b"1", None)
    assert text[found.end :] == b"  , SIP/2.0/UDP b;branch=2;rport"


def test_parameters_are_found_by_their_whole_name_in_any_case_outside_quotes() -> None:
    found = via(b'SIP/2.0/UDP a;xbranch=0;y=";branch=1;rport";branchx=2; BRANCH = 3 ;branch=4;Received=r;RPort=7')
    assert (found.branch, found.received, found.rport) == (b"3", b"r", b"7")


def test_parameters_that_are_not_there() -> None:
    found = via(b"SIP/2.0/UDP a;;;  ;")
    assert (found.branch, found.received, found.rport) == (None, None, None)


@pytest.mark.parametrize("name", [b"rport", b"received"])
@pytest.mark.parametrize("tail", [b"", b";branch=1", b" ;x=y", b"  "])
@pytest.mark.parametrize("bare", [b";%b", b"; %b", b";%b=", b";%b =", b"; %b = "])
def test_a_value_can_be_put_where_none_stands(name: bytes, bare: bytes, tail: bytes) -> None:
    text = b"SIP/2.0/UDP a" + bare % name + tail
    found = via(text.rstrip())
    if name == b"rport":
        assert found.rport == b""
        at, stop, glue = found.rport_start, found.rport_end, found.rport_glue
    else:
        assert found.received == b""
        at, stop, glue = found.received_start, found.received_end, found.received_glue
    again = via((text[:at] + glue + b"99" + text[stop:]).rstrip())
    assert getattr(again, name.decode()) == b"99"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"SIP/2.0/UDP",
        b"SIP/2.0/UDP ",
        b"SIP/3.0/UDP a",
        b"SIP/2.0UDP a",
        b"SIP/2.0/UDP a b",
        b"SIP/2.0/UDP a:0",
        b"SIP/2.0/UDP a:65536",
        b"SIP/2.0/UDP a:123456",
        b"SIP/2.0/UDP a:",
        b"SIP/2.0/UDP [::1",
        b"SIP/2.0/UDP 2001:db8::1",
        b"SIP/2.0/UDP <a>",
        b"SIP/2.0/UDP \xff",
        b", SIP/2.0/UDP a",
        b'SIP/2.0/UDP a;branch="1',
    ],
)
def test_no_via(text: bytes) -> None:
    with pytest.raises(ParseError, match="Via"):
        via(text)


def test_every_via_of_a_tortuous_message() -> None:
    message = parse(TORTUOUS)
    found = [parse_via(message.data, start, end) for start, end in message.values(VIA)]
    assert [(each.transport, each.host, each.branch) for each in found] == [
        (b"UDP", b"192.0.2.2", b"390skdjuw"),
        (b"TCP", b"spindle.example.com", b"z9hG4bK9ikj8"),
        (b"UDP", b"192.168.255.111", b"z9hG4bK30239"),
    ]


@given(vias())
def test_whatever_the_grammar_allows(text: bytes) -> None:
    found = via(text)
    assert (found.start, found.end) == (0, len(text))
    assert text[found.params_at :].lstrip()[:1] in (b";", b"")


@given(st.one_of(damaged([b'SIP/2.0/UDP a.b:5060 ; rport;received=1.2.3.4;x="\\"";branch=z9, SIP/2.0/UDP c']), DENSE))
def test_only_parse_error(data: bytes) -> None:
    try:
        found = via(data)
    except ParseError:
        return
    assert 0 <= found.start <= found.params_at <= found.end <= len(data)
    for value, start, end in (
        (found.rport, found.rport_start, found.rport_end),
        (found.received, found.received_start, found.received_end),
    ):
        assert value is None or data[start:end] == value


def test_long_blanks_cost_linear_work() -> None:
    # With a quadratic pattern this test never ends.
    with pytest.raises(ParseError):
        via(b"SIP/2.0/UDP a" + b" " * 2**20 + b"x")
