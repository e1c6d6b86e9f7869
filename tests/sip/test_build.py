from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.corpus import NO_REASON, OLD, PLAIN, RESPONSE, ROUTED, TORTUOUS, WIDE
from tests.sip.strategies import damaged, messages
from txdispatcher.errors import ParseError
from txdispatcher.sip.address import tag_span
from txdispatcher.sip.build import ack, cancel, response
from txdispatcher.sip.headers import ROUTE, VIA
from txdispatcher.sip.message import Message, Request, Response, parse
from txdispatcher.sip.via import Via, parse_via

SOURCE = ("192.0.2.99", 9)


def request(data: bytes) -> Request:
    message = parse(data)
    assert isinstance(message, Request)
    return message


def final(data: bytes = RESPONSE) -> Response:
    message = parse(data)
    assert isinstance(message, Response)
    return message


def top_via(message: Message) -> Via:
    return parse_via(message.data, message.via_start, message.via_end)


def texts(message: Message, field: int) -> list[bytes]:
    return [message.data[start:end] for start, end in message.values(field)]


def test_response_byte_for_byte() -> None:
    message = request(PLAIN)
    made = response(message, top_via(message), ("192.0.2.2", 5062), 420, to_tag=b"tt", headers=b"Unsupported: x\r\n")
    assert made == (
        b"SIP/2.0 420 Bad Extension\r\n"
        b"Via: SIP/2.0/UDP 192.0.2.1:5060;rport=5062;branch=z9hG4bK-524287-1---ab12;received=192.0.2.2\r\n"
        b'From: "Alice" <sip:alice@example.com>;tag=9fxced76sl\r\n'
        b"To: <sip:bob@example.com>;tag=tt\r\n"
        b"Call-ID: 3848276298220188511@192.0.2.1\r\n"
        b"CSeq: 1 INVITE\r\n"
        b"Unsupported: x\r\n"
        b"Content-Length: 0\r\n\r\n"
    )


def test_response_has_every_via_in_order() -> None:
    for data in (TORTUOUS, ROUTED):
        message = request(data)
        made = parse(response(message, top_via(message), SOURCE, 200))
        assert texts(made, VIA)[1:] == texts(message, VIA)[1:]
        assert b"received=192.0.2.99" in texts(made, VIA)[0]


def test_a_tag_is_added_only_where_none_is() -> None:
    bye = request(ROUTED)
    assert parse(response(bye, top_via(bye), SOURCE, 481, to_tag=b"new")).to_value == bye.to_value
    invite = request(PLAIN)
    assert parse(response(invite, top_via(invite), SOURCE, 100)).to_value == invite.to_value


def test_a_to_that_nobody_can_read_is_returned_as_it_came() -> None:
    message = request(PLAIN.replace(b"To: <sip:bob@example.com>", b'To: "Bob <sip:bob@example.com>'))
    assert parse(response(message, top_via(message), SOURCE, 400, to_tag=b"new")).to_value == b'"Bob <sip:bob@example.com>'


def test_reason_can_be_given() -> None:
    message = request(PLAIN)
    assert response(message, top_via(message), SOURCE, 400, reason=b"From is empty").startswith(b"SIP/2.0 400 From is empty\r\n")


@pytest.mark.parametrize(("status", "there"), [(100, True), (180, False), (200, False)])
def test_timestamp_goes_into_100_alone(status: int, there: bool) -> None:
    message = request(OLD)
    made = parse(response(message, top_via(message), SOURCE, status))
    assert [made.data[start:end] for start, end in made.named(b"timestamp")] == [b"54"] * there


def test_ack_byte_for_byte() -> None:
    sent = request(
        PLAIN.replace(b"Max-Forwards: 70", b"Max-Forwards: 69\r\nRoute: <sip:a;lr>,\r\n <sip:b>\r\nRoute: <sip:c>").replace(
            b"\r\nMax", b"\r\nVia: SIP/2.0/UDP 192.0.2.3;branch=z9hG4bKold\r\nMax", 1
        )
    )
    shared = (
        b"Via: SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bK-524287-1---ab12\r\n"
        b"Route: <sip:a;lr>,\r\n <sip:b>\r\n"
        b"Route: <sip:c>\r\n"
        b"Max-Forwards: 70\r\n"
        b'From: "Alice" <sip:alice@example.com>;tag=9fxced76sl\r\n'
    )
    assert ack(sent, final()) == (
        b"ACK sip:bob@192.0.2.10:5070;transport=udp SIP/2.0\r\n"
        + shared
        + b"To: <sip:bob@example.com>;tag=2\r\nCall-ID: 3848276298220188511@192.0.2.1\r\nCSeq: 1 ACK\r\nContent-Length: 0\r\n\r\n"
    )
    assert cancel(sent) == (
        b"CANCEL sip:bob@192.0.2.10:5070;transport=udp SIP/2.0\r\n"
        + shared
        + b"To: <sip:bob@example.com>\r\nCall-ID: 3848276298220188511@192.0.2.1\r\nCSeq: 1 CANCEL\r\nContent-Length: 0\r\n\r\n"
    )


def test_ack_and_cancel_have_one_via() -> None:
    sent = request(PLAIN.replace(b"---ab12", b"---ab12 , SIP/2.0/UDP 192.0.2.3"))
    for made in (ack(sent, final()), cancel(sent)):
        assert texts(parse(made), VIA) == [b"SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bK-524287-1---ab12"]


@given(st.one_of(messages(), damaged([PLAIN, TORTUOUS, WIDE, ROUTED, OLD])), st.integers(100, 699))
def test_whatever_is_answered_the_answer_parses_with_the_same_ids(data: bytes, status: int) -> None:
    try:
        message = parse(data)
        via = top_via(message)
    except ParseError:
        return
    if isinstance(message, Response):
        return
    made = parse(response(message, via, SOURCE, status, to_tag=b"x1"))
    assert isinstance(made, Response)
    assert made.status == status
    assert (made.call_id, made.from_value, made.cseq) == (message.call_id, message.from_value, message.cseq)
    assert made.cseq_method == message.method
    assert made.to_value in (message.to_value, message.to_value + b";tag=x1")
    assert len(texts(made, VIA)) == len(texts(message, VIA))
    assert top_via(made).branch == via.branch


@given(st.one_of(messages(), damaged([PLAIN, TORTUOUS, WIDE, ROUTED])), st.sampled_from([RESPONSE, NO_REASON]))
def test_ack_and_cancel_of_whatever_parses(data: bytes, last: bytes) -> None:
    try:
        sent = parse(data)
    except ParseError:
        return
    if isinstance(sent, Response):
        return
    answer = final(last)
    for text, method, to in ((ack(sent, answer), b"ACK", answer.to_value), (cancel(sent), b"CANCEL", sent.to_value)):
        made = request(text)
        assert (made.method, made.cseq, made.uri) == (method, sent.cseq, sent.uri)
        assert (made.call_id, made.from_value, made.to_value) == (sent.call_id, sent.from_value, to)
        assert texts(made, ROUTE) == texts(sent, ROUTE)
        assert made.via_lines == 1


def test_added_tag_can_be_read() -> None:
    for to in (b"<sip:b@h>", b"sip:b@h", b'"B" <sip:b@h>;x', b"sip:b@h;x=y"):
        message = request(PLAIN.replace(b"<sip:bob@example.com>", to))
        made = parse(response(message, top_via(message), SOURCE, 200, to_tag=b"x1"))
        start, end = tag_span(made.data, made.to_start, made.to_end)
        assert made.data[start:end] == b"x1"
