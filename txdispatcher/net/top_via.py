"""What the topmost Via of a message on a connection says about where its sender is."""

from __future__ import annotations

from txdispatcher.errors import ParseError
from txdispatcher.proxy.hop import Address, default_port, is_address
from txdispatcher.sip.message import Request, parse
from txdispatcher.sip.uri import uri_params
from txdispatcher.sip.via import parse_via


def answer_address(data: bytes) -> Address | None:
    """Where a response goes whose connection is gone (18.2.2): `received`, or the host of sent-by, and the port of sent-by."""
    try:
        message = parse(data)
        via = parse_via(message.data, message.via_start, message.via_end)
    except ParseError:
        return None
    host = (via.received or via.host).strip(b"[]").decode("ascii", "replace")
    return (host, via.port or default_port(via.transport.decode("ascii").lower())) if is_address(host) else None


def alias_of(data: bytes, host: str) -> Address | None:
    """The address that a request from `host` says its connection may stand for (RFC 5923 6: ``;alias``, the port of sent-by)."""
    try:
        message = parse(data)
        if not isinstance(message, Request):
            return None
        via = parse_via(message.data, message.via_start, message.via_end)
        params = uri_params(data[via.params_at : via.end])
    except ParseError:
        return None
    return (host, via.port or default_port("tls")) if b"alias" in params else None
