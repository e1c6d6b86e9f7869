"""control.ctl_packets: requests and answers, as Kamailio's ctl module gives them."""

from __future__ import annotations

import asyncio

import pytest

from tests.control.fixtures import TURNS, make_methods
from txdispatcher.control.binrpc import Type, Value, fault, packet, read_body, read_header
from txdispatcher.control.ctl_packets import MAX_BODY, answer_datagram, corrupted, too_long, whole

COOKIE = 0x12345678


def ask(*values: Value) -> tuple[Type, list[Value]]:
    return unpack(asyncio.run(answer_datagram(make_methods(), TURNS, packet(Type.REQUEST, COOKIE, values))))


def unpack(data: bytes) -> tuple[Type, list[Value]]:
    header = read_header(data)
    assert (header.cookie, header.end) == (COOKIE, len(data))
    return header.type, read_body(data[header.start :])


def test_a_method_is_called_with_the_values_behind_its_name() -> None:
    assert ask("core.version") == (Type.REPLY, ["txdispatcher test"])
    assert ask("dispatcher.set_state", "ip", 2, "sip:127.0.0.1:5080") == (Type.REPLY, ["Ok. Dispatcher state updated."])


@pytest.mark.parametrize(
    ("values", "code", "text"),
    [
        (("nope.x",), 500, "command nope.x not found"),
        (("dispatcher.set_state", "ip"), 500, "Invalid Parameters"),
        (("dispatcher.set_state", "ip", "2", "sip:127.0.0.1:5080"), 500, "Invalid Parameters"),
        ((), 400, "bad request method: end of packet encountered"),
        ((5,), 400, "bad request method: record doesn't match type"),
    ],
)
def test_faults_are_those_of_ctl(values: tuple[Value, ...], code: int, text: str) -> None:
    assert ask(*values) == (Type.FAULT, [code, text])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GET / HTTP/1.0\r\n\r\n",
        packet(Type.REPLY, 1, ["core.version"]),
        packet(Type.REQUEST, 1, ["core.version"])[:-1],
        packet(Type.REQUEST, 1, ["core.version"]) + b"x",
    ],
)
def test_what_is_no_request_is_called_corrupted(data: bytes) -> None:
    assert (
        asyncio.run(answer_datagram(make_methods(), TURNS, data))
        == corrupted()
        == b"\xa10#\x00 \x01\x90\x91\x1ebad request: corrupted packet\x00"
    )


def test_a_body_that_is_no_values_is_called_corrupted_with_its_cookie() -> None:
    request = packet(Type.REQUEST, COOKIE, ["core.version"])[:-1] + b"x"
    broken = request.replace(b"core.version", b"\x41ore.version")
    data = asyncio.run(answer_datagram(make_methods(), TURNS, broken.replace(b"\x91\x0d", b"\x91\xff")))
    assert unpack(data) == (Type.FAULT, [400, "bad request: corrupted packet"])


def test_a_request_that_is_not_there_yet_is_waited_for_within_bounds() -> None:
    request = packet(Type.REQUEST, 1, ["core.version"])
    assert all(whole(request[:end]) is None for end in range(len(request)))
    assert whole(request) is not None
    too_large = b"\xa1\x08" + (MAX_BODY + 1).to_bytes(3) + b"\x01"
    with pytest.raises(ValueError, match="are allowed"):
        whole(too_large)


def test_too_long_for_a_datagram_is_a_fault_with_the_cookie() -> None:
    data = too_long(packet(Type.REQUEST, COOKIE, ["dispatcher.list"]))
    assert data == fault(COOKIE, 500, "the answer is longer than a datagram can be")
