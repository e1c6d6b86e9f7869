from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.corpus import PLAIN, RESPONSE, ROUTED, TORTUOUS
from tests.sip.strategies import damaged, edits, messages, vias
from txdispatcher.errors import ParseError
from txdispatcher.sip.edit import pop_route, pop_via, push_via, stamp_via
from txdispatcher.sip.headers import ROUTE, VIA
from txdispatcher.sip.message import Message, parse
from txdispatcher.sip.octets import splice
from txdispatcher.sip.via import Via, parse_via

OURS = b"SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKours"


def texts(message: Message, field: int) -> list[bytes]:
    return [message.data[start:end] for start, end in message.values(field)]


def stamped(text: bytes, host: str, port: int) -> bytes:
    return splice(text, stamp_via(parse_via(text, 0, len(text)), host, port))


@given(edits())
def test_splice_against_a_model(given: tuple[bytes, list[tuple[int, int, bytes]]]) -> None:
    data, made = given
    # From the back to the front, one copy of everything for each edit; of two at one place the insertion goes first.
    wanted = data
    for start, end, text in sorted(made, key=lambda edit: (edit[0], edit[1] > edit[0]))[::-1]:
        wanted = wanted[:start] + text + wanted[end:]
    before = list(made)
    assert splice(data, made) == wanted
    assert made == before


def test_splice_without_edits() -> None:
    assert splice(PLAIN, []) == PLAIN


def test_insertions_at_one_place_keep_their_order_in_front_of_what_is_replaced_there() -> None:
    assert splice(b"abcd", [(1, 1, b"1"), (1, 3, b"X"), (1, 1, b"2"), (3, 3, b"3")]) == b"a12X3d"


@given(st.one_of(messages(), damaged()))
def test_pushing_and_popping_a_via_restores_the_bytes(data: bytes) -> None:
    try:
        message = parse(data)
    except ParseError:
        return
    pushed = parse(splice(message.data, [push_via(message, OURS)]))
    assert pushed.data[pushed.via_start : pushed.via_end] == OURS
    assert splice(pushed.data, [pop_via(pushed)]) == message.data


@given(messages())
def test_popping_takes_the_first_value_and_nothing_else(data: bytes) -> None:
    message = parse(data)
    for field, pop in ((VIA, pop_via), (ROUTE, pop_route)):
        before = texts(message, field)
        popped = splice(message.data, [pop(message)])
        if field == ROUTE or len(before) > 1:
            after = parse(popped)
            assert texts(after, field) == before[1:]
            assert (after.call_id, after.from_value, after.to_value) == (message.call_id, message.from_value, message.to_value)
            assert after.data[after.body :] == message.data[message.body :]
        start, end, replacement = pop(message)
        assert replacement == b""
        assert message.data.startswith(before[0], start) or message.data[start:end].endswith(b"\r\n")


@pytest.mark.parametrize(
    ("line", "rest"),
    [
        (b"Route: <sip:a>\r\n", b""),
        (b"Route: <sip:a>, <sip:b>\r\n", b"Route: <sip:b>\r\n"),
        (b"Route: <sip:a>,\r\n <sip:b>\r\n", b"Route: <sip:b>\r\n"),
        (b'Route:\r\n "," <sip:a>,<sip:b> ,<sip:c>\r\n', b"Route:\r\n <sip:b> ,<sip:c>\r\n"),
        (b"Route: <sip:a,b>\r\n", b""),
        (b"Route: <sip:a>,\r\n", b""),
        (b"Route: <sip:a>\r\n \r\n\t\r\n", b""),
        (b"Route: <sip:a>  \r\n", b""),
        (b"Route:\r\n", b""),
    ],
)
def test_pop_route(line: bytes, rest: bytes) -> None:
    head, _, tail = PLAIN.partition(b"Max-Forwards")
    message = parse(head + line + b"Max-Forwards" + tail)
    assert splice(message.data, [pop_route(message)]) == head + rest + b"Max-Forwards" + tail


def test_pop_via_of_a_list() -> None:
    message = parse(RESPONSE)
    popped = parse(splice(message.data, [pop_via(message)]))
    assert texts(popped, VIA) == [b"SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKtheirs;received=192.0.2.7"]
    assert popped.data == RESPONSE.replace(b"SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKours, ", b"")


def test_several_edits_of_a_folded_message_at_once() -> None:
    message = parse(TORTUOUS)
    made = [
        pop_route(message),
        push_via(message, OURS),
        (message.max_forwards_start, message.max_forwards_end, b"67"),
        (message.route_line, message.route_line, b"Record-Route: <sip:127.0.0.1;lr>\r\n"),
    ]
    wanted = TORTUOUS.replace(b"0068", b"67").replace(b"Via  :", b"Via: " + OURS + b"\r\nVia  :", 1)
    start = wanted.index(b"Route:")
    wanted = wanted[:start] + b"Record-Route: <sip:127.0.0.1;lr>\r\n" + wanted[wanted.index(b"v:") :]
    assert splice(message.data, made) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        # RFC 3261 18.2.1: only where sent-by is another address.
        (b"SIP/2.0/UDP 192.0.2.1:9;branch=1", b"SIP/2.0/UDP 192.0.2.1:9;branch=1"),
        (b"SIP/2.0/UDP h;branch=1", b"SIP/2.0/UDP h;branch=1;received=192.0.2.1"),
        (b"SIP/2.0/UDP 192.0.2.2", b"SIP/2.0/UDP 192.0.2.2;received=192.0.2.1"),
        # RFC 3581 4: with rport always.
        (b"SIP/2.0/UDP 192.0.2.1;rport;branch=1", b"SIP/2.0/UDP 192.0.2.1;rport=5070;branch=1;received=192.0.2.1"),
        (b"SIP/2.0/UDP h;branch=1;rport", b"SIP/2.0/UDP h;branch=1;rport=5070;received=192.0.2.1"),
        (b"SIP/2.0/UDP h; rport = ;branch=1", b"SIP/2.0/UDP h; rport = 5070;branch=1;received=192.0.2.1"),
        (b"SIP/2.0/UDP h;rport=1", b"SIP/2.0/UDP h;rport=5070;received=192.0.2.1"),
        (b"SIP/2.0/UDP h;rport=5070;received=192.0.2.1", b"SIP/2.0/UDP h;rport=5070;received=192.0.2.1"),
        # What a sender says of itself is overwritten.
        (b"SIP/2.0/UDP h;received=6.6.6.6;branch=1", b"SIP/2.0/UDP h;received=192.0.2.1;branch=1"),
        (b"SIP/2.0/UDP h;received;branch=1;rport", b"SIP/2.0/UDP h;received=192.0.2.1;branch=1;rport=5070"),
        (b"SIP/2.0/UDP h;received=", b"SIP/2.0/UDP h;received=192.0.2.1"),
    ],
)
def test_stamp(text: bytes, wanted: bytes) -> None:
    assert stamped(text, "192.0.2.1", 5070) == wanted


def test_stamp_with_an_ipv6_source() -> None:
    # The grammar has no brackets in received.
    assert stamped(b"SIP/2.0/UDP [2001:DB8::1]:9", "2001:db8::1", 9) == b"SIP/2.0/UDP [2001:DB8::1]:9"
    assert stamped(b"SIP/2.0/UDP [2001:db8::2]", "2001:db8::1", 9) == b"SIP/2.0/UDP [2001:db8::2];received=2001:db8::1"
    assert stamped(b"SIP/2.0/UDP [2001:db8::2];rport", "::1", 9) == b"SIP/2.0/UDP [2001:db8::2];rport=9;received=::1"


@given(vias())
def test_a_stamped_via_says_where_the_request_came_from(text: bytes) -> None:
    before = parse_via(text, 0, len(text))
    made = stamped(text, "192.0.2.77", 4242)
    after = parse_via(made, 0, len(made))
    assert (after.end, after.branch, after.sent_by) == (len(made), before.branch, before.sent_by)
    assert after.received == b"192.0.2.77"
    assert after.rport == (None if before.rport is None else b"4242")
    assert stamp_via(after, "192.0.2.77", 4242) == []


def test_only_the_first_value_of_a_line_is_stamped() -> None:
    message = parse(RESPONSE)
    via: Via = parse_via(message.data, message.via_start, message.via_end)
    made = splice(message.data, stamp_via(via, "192.0.2.1", 1))
    assert b"branch=z9hG4bKours;received=192.0.2.1, SIP/2.0/UDP 192.0.2.1;" in made


def test_pop_route_down_to_none() -> None:
    message = parse(ROUTED)
    seen = []
    while message.route_line:
        seen.append(texts(message, ROUTE)[0])
        message = parse(splice(message.data, [pop_route(message)]))
    assert len(seen) == 4
    assert message.data == ROUTED[: ROUTED.index(b"Route:")] + ROUTED[ROUTED.index(b"Via:") :]
