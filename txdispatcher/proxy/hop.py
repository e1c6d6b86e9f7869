"""Where a request goes next."""

from __future__ import annotations

import re
from typing import TypeAlias

from txdispatcher.proxy.listener import Listener
from txdispatcher.sip.uri import SIP_PORT, SIPS, SIPS_PORT, Uri

#: A peer's address: (IP address without brackets, port).
Address: TypeAlias = tuple[str, int]

#: What of a next hop's place a name still has to tell (RFC 3263 4): nothing but the address; the port too; the transport too.
SETTLED = 0
ANY_PORT = 1
ANY_TRANSPORT = 2

_IPV4 = re.compile(r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}")


class Hop:
    """A next hop: `address` is None where `host` is a name that has to be looked up first.

    `destination` is the balancing destination that it stands for, or None. It is opaque here. `open` is SETTLED, or what its name
    tells besides the address; `port` and `transport` hold where it does not. `others` are where to go if this one fails: what
    else the name led to (RFC 3263 4.3). `near` is the listener to send from, if it fits; None: the one that the request
    suggests. `large`: what goes there is too large for a datagram, and goes by this transport, be it TCP, or UDP behind that.

    What a request has of its own on this way: `edited` is the `Context` of the request to send where that is another than the
    other branches', `fr` and `fr_inv` how many seconds to wait for an answer and a final one, 0 for as long as for all.
    """

    __slots__ = (
        "address",
        "destination",
        "edited",
        "fr",
        "fr_inv",
        "host",
        "large",
        "near",
        "open",
        "others",
        "port",
        "transport",
    )

    def __init__(self, host: str, port: int, transport: str, destination: object = None) -> None:
        self.host = host
        self.port = port
        self.transport = transport
        self.address: Address | None = (host, port) if is_address(host) else None
        self.destination = destination
        self.open = SETTLED
        self.others: tuple[Hop, ...] = ()
        self.near: Listener | None = None
        self.large = False
        self.edited: object = None
        self.fr = 0.0
        self.fr_inv = 0.0

    def by(self, transport: str) -> Hop:
        """The same place by another transport, for a request that is too large for a datagram (RFC 3261 18.1.1)."""
        hop = self.to(self.host, self.port, transport)
        hop.address = self.address
        hop.others = self.others
        hop.large = True
        return hop

    def __repr__(self) -> str:
        return f"{self.transport}:{self.host}:{self.port}"

    def to(self, host: str, port: int, transport: str) -> Hop:
        """The same way to another place, and nothing about that place but this."""
        hop = Hop(host, port, transport, self.destination)
        hop.near = self.near
        hop.edited = self.edited
        hop.fr = self.fr
        hop.fr_inv = self.fr_inv
        return hop


def hop_at(host: str, port: int, transport: str, named: bool, destination: object = None) -> Hop:
    """The hop at `host`; `port` is 0 where none is named, `named` says whether `transport` is, or only assumed."""
    hop = Hop(host, port or default_port(transport), transport, destination)
    if not port:
        hop.open = ANY_PORT if named else ANY_TRANSPORT
    return hop


def hop_of(uri: Uri) -> Hop:
    """The hop that a SIP URI names (RFC 3263 4): host, port, transport, as far as it says."""
    hop = uri.hop
    if isinstance(hop, Hop):
        return hop
    named = uri.param(b"transport")
    secure = uri.scheme == SIPS
    transport = "tls" if secure else (named or b"udp").lower().decode("ascii", "replace")
    host = (uri.param(b"maddr") or uri.host).strip(b"[]").decode("ascii", "replace")
    # RFC 5118 4.10: a mistake in RFC 3261's grammar has three colons before an IPv4 address, where two are meant.
    host = host.replace(":::", "::")
    uri.hop = hop = hop_at(host, uri.port, transport, bool(named))
    return hop


def default_port(transport: str) -> int:
    """The port that holds where none is named (RFC 3261 19.1.2)."""
    return SIPS_PORT if transport == "tls" else SIP_PORT


def is_address(host: str) -> bool:
    """Whether `host` (no brackets) is an IP address rather than a name."""
    return ":" in host or _IPV4.fullmatch(host) is not None
