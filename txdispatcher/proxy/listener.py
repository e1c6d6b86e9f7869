"""The addresses that are ours: what we write into Via and Record-Route, and by which we know ourselves again."""

from __future__ import annotations

from collections.abc import Container, Iterable

from txdispatcher.sip.uri import SIP_PORT, Uri, canonical_host


class Listener:
    """One socket that SIP comes in by and goes out from.

    `transport` is "udp", "tcp", "tls", "ws" or "wss". `host` is the IP address it is bound to, without brackets. `advertised`
    (host, port) is what peers are told instead, where it stands behind a NAT.
    """

    __slots__ = (
        "connections",
        "dials",
        "host",
        "ipv6",
        "names",
        "param",
        "place",
        "port",
        "reliable",
        "secure",
        "sent_by",
        "transport",
        "uri",
        "via",
    )

    def __init__(self, transport: str, host: str, port: int, advertised: tuple[str, int] | None = None) -> None:
        self.transport = transport
        self.host = host
        self.port = port
        self.ipv6 = ":" in host
        #: What is sent arrives, or the connection is lost (RFC 3261 17): nothing is sent twice.
        self.reliable = transport != "udp"
        #: Whether what goes by it is encrypted, as a sips URI asks for.
        self.secure = transport in ("tls", "wss")
        #: Whether it reaches who has not come to us: a browser cannot be called (RFC 7118 5).
        self.dials = transport not in ("ws", "wss")
        #: What a URI's ``transport`` says of it: there is no wss in URIs (RFC 7118 5.2.2).
        self.param = b"ws" if transport == "wss" else transport.encode("ascii")
        shown, shown_port = advertised or (host, port)
        name = bracketed(shown.lower())
        #: ``host:port`` as it stands in our Vias.
        self.sent_by = b"%b:%d" % (name, shown_port)
        #: A Via value up to its branch.
        self.via = b"SIP/2.0/%b %b;branch=" % (transport.upper().encode("ascii"), self.sent_by)
        #: Our URI, with no parameter but the transport, where that is not UDP; what stands behind its scheme.
        self.place = self.sent_by + (b";transport=" + self.param if self.reliable else b"")
        self.uri = b"sip:" + self.place
        #: The peers that there is a connection with, by their addresses; kept by whoever opened it.
        self.connections: Container[tuple[str, int]] = ()
        self.names = frozenset({(canonical_host(name), shown_port), (canonical_host(bracketed(host)), port)})

    def __repr__(self) -> str:
        return f"{self.transport}:{bracketed(self.host).decode()}:{self.port}"


class Listeners:
    """All of them, in the order of the configuration. `aliases` are further (host, port) that mean us."""

    __slots__ = ("_by_name", "_by_place", "_sent_by", "all")

    def __init__(self, listeners: Iterable[Listener], aliases: Iterable[tuple[bytes, int]] = ()) -> None:
        self.all = tuple(listeners)
        self._by_name: dict[tuple[bytes, int], Listener] = {}
        self._by_place: dict[tuple[bytes, tuple[bytes, int]], Listener] = {}
        for alias in aliases:
            self._by_name.setdefault(alias, self.all[0])
        for listener in self.all:
            for name in listener.names:
                self._by_name.setdefault(name, listener)
                self._by_place.setdefault((listener.param, name), listener)
        self._sent_by = frozenset(listener.sent_by for listener in self.all)

    @property
    def transports(self) -> frozenset[str]:
        """Those that something can be sent by, to whoever it is."""
        return frozenset(listener.transport for listener in self.all if listener.dials)

    def named(self, host: bytes, port: int) -> Listener | None:
        """The one that a URI's host (IPv6 in brackets) and port (0: the default) mean; None: that is not us."""
        return self._by_name.get((canonical_host(host), port or SIP_PORT))

    def at(self, place: tuple[bytes, int]) -> Listener | None:
        """The same for a URI's `place`."""
        return self._by_name.get(place)

    def of(self, uri: Uri) -> Listener | None:
        """The one that a URI of ours means, by its transport too where it names one."""
        found = self._by_name.get(uri.place)
        if found is None or not uri.params:
            return found
        named = uri.param(b"transport")
        return found if named is None else self._by_place.get((named.lower(), uri.place), found)

    def is_sent_by(self, sent_by: bytes) -> bool:
        """Whether a Via's ``host:port`` is one that we write."""
        return sent_by in self._sent_by

    def towards(self, host: str, transport: str, near: Listener) -> Listener | None:
        """The one to send from to the IP address `host`: `near` if it fits, else the first of that transport and family.

        One on the same interface as `near` goes first.
        """
        ipv6 = ":" in host
        if near.ipv6 == ipv6 and near.transport == transport:
            return near
        first = None
        for listener in self.all:
            if listener.ipv6 == ipv6 and listener.transport == transport:
                if listener.host == near.host:
                    return listener
                first = first or listener
        return first


def bracketed(host: str) -> bytes:
    """`host` as it stands in a URI: an IPv6 address in brackets."""
    return b"[%b]" % host.encode("ascii") if ":" in host else host.encode("ascii")
