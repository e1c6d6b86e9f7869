"""What can be read of a request that cannot be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.proxy.bench import request, values
from txdispatcher.proxy.salvage import salvage
from txdispatcher.sip.headers import CALL_ID, CSEQ, FROM, TO

SOURCE = ("192.0.2.9", 6000)


def answer(data: bytes) -> bytes:
    found = salvage(data)
    assert found is not None
    return found.response(SOURCE, b"SIP/2.0 400 No\r\n", b"tag", b"Server: x\r\n")


def test_what_a_response_echoes_is_found_in_any_spelling() -> None:
    data = (
        b"\r\nINVITE sip:b@ SIP/2.0\r\nno colon\r\nv: SIP/2.0/UDP one\r\n ;branch=1\r\nf: <sip:a>;tag=1\r\nT:<sip:b>\r\n"
        b"i : id\r\nVIA: SIP/2.0/UDP two, SIP/2.0/UDP three\r\ncseq: 7  INVITE\r\nContent-Length: x"
    )
    found = salvage(data)
    assert found is not None
    assert found.vias == [b"SIP/2.0/UDP one\r\n ;branch=1", b"SIP/2.0/UDP two, SIP/2.0/UDP three"]
    assert found.values == {FROM: b"<sip:a>;tag=1", TO: b"<sip:b>", CALL_ID: b"id", CSEQ: b"7  INVITE"}


def test_the_response_has_them_as_they_came_and_a_tag_of_ours() -> None:
    data = request().replace(b"CSeq: 1", b"CSeq: 99999999999999999999")
    (to,) = values(answer(data), b"To")
    assert to.startswith(b"<sip:bob@example.org>;tag=tag.")
    assert answer(data) == (
        b"SIP/2.0 400 No\r\nVia: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKcall;received=192.0.2.9\r\n"
        b"From: <sip:alice@example.org>;tag=alice\r\nTo: %b\r\nCall-ID: call@192.0.2.1\r\n"
        b"CSeq: 99999999999999999999 INVITE\r\nServer: x\r\nContent-Length: 0\r\n\r\n" % to
    )


@pytest.mark.parametrize("to", [b"<sip:bob@example.org>;tag=theirs", b'"Bob <sip:bob@example.org>'])
def test_a_to_with_a_tag_or_that_nobody_can_read_is_left_as_it_is(to: bytes) -> None:
    assert values(answer(request(to=to)), b"To") == [to]


def test_of_a_field_that_stands_twice_the_first_counts() -> None:
    data = answer(request(headers=b"Call-ID: second\r\nTo: <sip:second>;tag=2\r\n"))
    assert values(data, b"To") == [b"<sip:second>;tag=2"]
    assert values(data, b"Call-ID") == [b"second"]


@pytest.mark.parametrize("field", [b"From", b"To", b"Call-ID", b"CSeq"])
def test_what_is_missing_is_missing_from_the_answer(field: bytes) -> None:
    data = answer(request().replace(b"\r\n%b: " % field, b"\r\nX: ") + b"%b: body\r\n\r\n" % field)
    assert values(data, field) == []
    assert len(values(data, b"Via")) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n",
        b"INVITE",
        request(b"ACK"),
        request(b"ACK").replace(b"ACK sip", b"FOO sip", 1),
        request(b"ACK", b"<sip:b>"),
        request().replace(b"\r\nVia: ", b"\r\nX: "),
        request().replace(b"Via: SIP/2.0", b"Via: SIP/3.0"),
        request().replace(b"INVITE sip:bob@example.org SIP/2.0", b"SIP/2.0 9999 x"),
        request().replace(b"Via: SIP/2.0/UDP", b"Via: a\rb"),
    ],
)
def test_responses_acks_and_what_is_no_message_are_not_answered(data: bytes) -> None:
    assert salvage(data) is None


@given(
    st.binary(max_size=200)
    | st.builds(lambda a, b: request()[:a] + b + request()[a:], st.integers(0, 300), st.binary(max_size=9))
)
def test_it_takes_anything_and_answers_to_a_via(data: bytes) -> None:
    found = salvage(data)
    assert found is None or b"\r\nVia: " in found.response(SOURCE, b"SIP/2.0 400 No\r\n", b"tag", b"")
