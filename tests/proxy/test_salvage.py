"""What can be read of a request that cannot be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.proxy.bench import request
from txdispatcher.proxy.salvage import salvage
from txdispatcher.sip.headers import VIA
from txdispatcher.sip.message import Request


def test_what_a_response_echoes_is_found_in_any_spelling() -> None:
    data = (
        b"\r\nINVITE sip:b@ SIP/2.0\r\nno colon\r\nv: SIP/2.0/UDP one\r\n ;branch=1\r\nf: <sip:a>;tag=1\r\nT:<sip:b>\r\n"
        b"i : id\r\nVIA: SIP/2.0/UDP two, SIP/2.0/UDP three\r\ncseq: 7  INVITE\r\nContent-Length: x"
    )
    found = salvage(data)
    assert found is not None
    assert (found.method, found.cseq, found.call_id) == (b"INVITE", 7, b"id")
    assert (found.from_value, found.to_value) == (b"<sip:a>;tag=1", b"<sip:b>")
    vias = [found.data[start:end] for start, end in found.values(VIA)]
    assert vias == [b"SIP/2.0/UDP one\r\n ;branch=1", b"SIP/2.0/UDP two", b"SIP/2.0/UDP three"]


def test_of_a_field_that_stands_twice_the_first_counts() -> None:
    found = salvage(request(headers=b"Call-ID: second\r\nTo: <sip:second>\r\n"))
    assert found is not None
    assert found.to_value == b"<sip:second>"
    assert found.call_id == b"second"


def test_a_body_is_not_looked_into() -> None:
    missing = request().replace(b"To: <sip:bob@example.org>\r\n", b"")
    assert salvage(missing + b"To: <sip:body>\r\n\r\n") is None


@pytest.mark.parametrize("field", [b"Via", b"From", b"To", b"Call-ID", b"CSeq"])
def test_without_one_of_them_there_is_nothing_to_answer(field: bytes) -> None:
    assert salvage(request().replace(b"\r\n%b: " % field, b"\r\nX: ")) is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n",
        b"INVITE",
        request(b"ACK"),
        request(b"ACK").replace(b"ACK sip", b"FOO sip", 1),
        request().replace(b"CSeq: 1", b"CSeq: x"),
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
def test_it_takes_anything_and_gives_a_request_that_is_no_ack(data: bytes) -> None:
    found = salvage(data)
    assert found is None or (isinstance(found, Request) and found.method != b"ACK")
