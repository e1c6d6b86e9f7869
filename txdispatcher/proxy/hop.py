"""Where a request goes next."""

from __future__ import annotations

import re
from typing import TypeAlias

from txdispatcher.sip.uri import SIP_PORT, SIPS, SIPS_PORT, Uri

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


def hop_of(uri: Uri) -> Hop:
    """The hop that a SIP URI names (RFC 3263 4.1 and 4.2 for a URI without NAPTR and SRV): host, port, transport."""
    hop = uri.hop
    if isinstance(hop, Hop):
        return hop
    named = uri.param(b"transport")
    secure = uri.scheme == SIPS
    transport = "tls" if secure else (named or b"udp").lower().decode("ascii", "replace")
    host = (uri.param(b"maddr") or uri.host).strip(b"[]").decode("ascii", "replace")
    # RFC 5118 4.10: a mistake in RFC 3261's grammar has three colons before an IPv4 address, where two are meant.
    host = host.replace(":::", "::")
    uri.hop = hop = Hop(host, uri.port or default_port(transport), transport)
    return hop


def default_port(transport: str) -> int:
    """The port that holds where none is named (RFC 3261 19.1.2)."""
    return SIPS_PORT if transport == "tls" else SIP_PORT


def is_address(host: str) -> bool:
    """Whether `host` (no brackets) is an IP address rather than a name."""
    return ":" in host or _IPV4.fullmatch(host) is not None
