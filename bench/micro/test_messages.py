"""Parsing a message, and splicing what is forwarded."""

from __future__ import annotations

import pytest
from journey import Journey, record
from pytest_benchmark.fixture import BenchmarkFixture

from txdispatcher.sip.edit import pop_via, push_via, splice
from txdispatcher.sip.message import Request, Response, parse

#: The messages of one call, in the order in which they come to the server.
INVITE, RINGING, OK, ACK, BYE, BYE_OK = (data for data, _, _ in record(Journey(), 1))


@pytest.mark.parametrize("data", [INVITE, ACK, BYE], ids=["INVITE", "ACK", "BYE"])
def test_parse_a_request(benchmark: BenchmarkFixture, data: bytes) -> None:
    assert isinstance(benchmark(parse, data), Request)


@pytest.mark.parametrize("data", [RINGING, OK, BYE_OK], ids=["180", "200 to INVITE", "200 to BYE"])
def test_parse_a_response(benchmark: BenchmarkFixture, data: bytes) -> None:
    assert isinstance(benchmark(parse, data), Response)


def test_push_a_via(benchmark: BenchmarkFixture) -> None:
    message = parse(INVITE)
    value = b"SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKbench"
    pushed = benchmark(lambda: splice(message.data, [push_via(message, value)]))
    assert pushed == INVITE.replace(b"Via: ", b"Via: " + value + b"\r\nVia: ", 1)


def test_pop_a_via(benchmark: BenchmarkFixture) -> None:
    message = parse(OK)
    popped = benchmark(lambda: splice(message.data, [pop_via(message)]))
    assert OK.count(b"branch=") - popped.count(b"branch=") == 1
