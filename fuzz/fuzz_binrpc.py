"""Fuzz target: a binrpc request, as it comes by datagram. Allowed: nothing, for every answer is a packet.

python fuzz/fuzz_binrpc.py [COUNT [SEED]]
"""

from __future__ import annotations

import asyncio
import contextlib

from control import METHODS, TURNS
from mutation import run

from txdispatcher.control.binrpc import PacketError, Struct, Type, packet, read_body, read_header
from txdispatcher.control.ctl_packets import answer_datagram
from txdispatcher.errors import ParseError

_CORPUS = [
    packet(Type.REQUEST, 0x12345678, ["dispatcher.list"]),
    packet(Type.REQUEST, 1, ["dispatcher.set_state", "ip", 2, "sip:127.0.0.1:5080"]),
    packet(Type.REQUEST, 2**32 - 1, ["echo", -5, 1.5, b"\xff" * 300, ["a", 1], Struct([("b", Struct([("", 2)]))])]),
    packet(Type.FAULT, 0, [500, "Invalid Parameters"]),
]


def entry(data: bytes) -> None:
    """The answer is one packet, a reply or a fault, with values in it that can be read; and has the cookie of the request."""
    sent = asyncio.run(answer_datagram(METHODS, TURNS, data))
    header = read_header(sent)
    assert header.end == len(sent), "the length of an answer"
    values = read_body(sent[header.start :])
    if header.type is Type.FAULT:
        assert len(values) == 2, "a fault has a code and a text"
    else:
        assert header.type is Type.REPLY, "the type of an answer"
        assert header.cookie == read_header(data).cookie, "the cookie of an answer"
    with contextlib.suppress(PacketError):
        read_body(data)


if __name__ == "__main__":
    run(entry, _CORPUS, ParseError)
