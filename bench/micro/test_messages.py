"""Parsing a message, and splicing what is forwarded."""

from __future__ import annotations

import pytest
from journey import CALLER, Journey, record
from pytest_benchmark.fixture import BenchmarkFixture

from txdispatcher.proxy.context import Context
from txdispatcher.proxy.forward import forwarded_request, forwarded_response
from txdispatcher.proxy.listener import Listener
from txdispatcher.sip.message import Request, Response, parse
from txdispatcher.sip.via import parse_via

#: The messages of one call, in the order in which they come to the server.
INVITE, RINGING, OK, ACK, BYE, BYE_OK = (data for data, _, _ in record(Journey(), 1))


@pytest.mark.parametrize("data", [INVITE, ACK, BYE], ids=["INVITE", "ACK", "BYE"])
def test_parse_a_request(benchmark: BenchmarkFixture, data: bytes) -> None:
    assert isinstance(benchmark(parse, data), Request)


@pytest.mark.parametrize("data", [RINGING, OK, BYE_OK], ids=["180", "200 to INVITE", "200 to BYE"])
def test_parse_a_response(benchmark: BenchmarkFixture, data: bytes) -> None:
    assert isinstance(benchmark(parse, data), Response)


def test_forward_a_request(benchmark: BenchmarkFixture) -> None:
    message = parse(INVITE)
    via = parse_via(message.data, message.via_start, message.via_end)
    listener = Listener("udp", "127.0.0.1", 5060)
    context = Context(message, via, CALLER, listener)
    forwarded = benchmark(forwarded_request, context, listener, b"z9hG4bKbench", None, b";lr", None, None, False, 70, 0)
    assert forwarded.count(b"\r\nVia: ") == 2
    assert b"\r\nMax-Forwards: 69\r\n" in forwarded


def test_forward_a_response(benchmark: BenchmarkFixture) -> None:
    forwarded = benchmark(forwarded_response, parse(OK), False)
    assert OK.count(b"branch=") - forwarded.count(b"branch=") == 1
