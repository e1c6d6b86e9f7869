"""Requests as the router gets them."""

from __future__ import annotations

from collections.abc import Iterable

from txdispatcher.proxy.context import Context
from txdispatcher.proxy.listener import Listener
from txdispatcher.sip.message import Request, parse
from txdispatcher.sip.via import parse_via

#: Where the server of these tests listens.
HERE = Listener("udp", "127.0.0.1", 5060)
CALLER = ("10.0.0.1", 5070)


def request(
    method: str = "INVITE",
    uri: str = "sip:1000@127.0.0.1:5060",
    *,
    to: str = "<sip:1000@example.com>",
    call_id: str = "1@x",
    headers: Iterable[str] = (),
) -> bytes:
    lines = [
        f"{method} {uri} SIP/2.0",
        "Via: SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bK1",
        "From: <sip:caller@example.com>;tag=c",
        f"To: {to}",
        f"Call-ID: {call_id}",
        f"CSeq: 1 {method}",
        *headers,
        "Content-Length: 0",
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def context(data: bytes, source: tuple[str, int] = CALLER) -> Context:
    message = parse(data)
    assert isinstance(message, Request)
    return Context(message, parse_via(message.data, message.via_start, message.via_end), source, HERE)
