"""Where a request goes next."""

from __future__ import annotations

import re
from typing import TypeAlias

from txdispatcher.proxy.listener import DEFAULT_PORT, DEFAULT_TLS_PORT
from txdispatcher.sip.uri import SIPS, Uri

#: A peer's address: (IP address without brackets, port).
Address: TypeAlias = tuple[str, int]

_IPV4 = re.compile(r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}")


class Hop:
    """A next hop: `address` is None where `host` is a name that has to be looked up first.

    `destination` is the balancing destination that it stands for, or None. It is opaque here.
    """

    __slots__ = ("address", "destination", "host", "port", "transport")

    def __init__(self, host: str, port: int, transport: str, destination: object = None) -> None:
        self.host = host
        self.port = port
        self.transport = transport
        self.address: Address | None = (host, port) if is_address(host) else None
        self.destination = destination

    def __repr__(self) -> str:
        return f"{self.transport}:{self.host}:{self.port}"


def hop_of(uri: Uri, destination: object = None) -> Hop:
    """The hop that a SIP URI names (RFC 3263 4.1 and 4.2 for a URI without NAPTR and SRV): host, port, transport."""
    named = uri.param(b"transport")
    secure = uri.scheme == SIPS
    transport = "tls" if secure else (named or b"udp").lower().decode("ascii", "replace")
    host = (uri.param(b"maddr") or uri.host).strip(b"[]").decode("ascii", "replace")
    return Hop(host, uri.port or default_port(transport), transport, destination)


def default_port(transport: str) -> int:
    """The port that holds where none is named (RFC 3261 19.1.2)."""
    return DEFAULT_TLS_PORT if transport == "tls" else DEFAULT_PORT


def is_address(host: str) -> bool:
    """Whether `host` (no brackets) is an IP address rather than a name."""
    return ":" in host or _IPV4.fullmatch(host) is not None
