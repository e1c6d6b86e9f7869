"""SIP over connections, TCP, TLS and WebSocket: who is connected, what is sent to whom, and what each may cost us.

A connection is known by its listener and its peer's address and port. What is sent there goes by it; where there is none, one is
opened, but towards browsers, which nobody can call. A response whose connection is gone goes to where its topmost Via says
(RFC 3261 18.2.2).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from twisted.internet.defer import Deferred, gatherResults, maybeDeferred
from twisted.internet.protocol import ClientFactory, ServerFactory
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from txdispatcher.errors import DispatcherError
from txdispatcher.net.connection import Connection
from txdispatcher.net.engine import Engine
from txdispatcher.net.framing import FramingError
from txdispatcher.net.load import Load
from txdispatcher.net.top_via import answer_address
from txdispatcher.net.web import Web
from txdispatcher.proxy.actions import Send
from txdispatcher.proxy.hop import Address
from txdispatcher.proxy.listener import Listener

#: Seconds between two looks at who takes too long.
SWEEP = 1.0
#: Connections that wait for us to accept them.
BACKLOG = 1024
_COUNTED = (
    "con_timeout",
    "connect_failed",
    "connect_success",
    "established",
    "handshake_failed",
    "local_reject",
    "passive_open",
    "sendq_full",
    "unframed",
)
#: Seconds between two log entries about connections that failed, however many there are.
_REPORT_INTERVAL = 1.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What connections may cost; times in seconds, sizes in bytes. The settings of [stream]."""

    #: Connections that others opened: in all, and from one address. Those that we open have the same bound in all.
    connections: int = 4096
    connections_per_address: int = 1024
    connect_timeout: float = 2.0
    #: For a TLS handshake, or from the first byte of a message to its last.
    message_timeout: float = 10.0
    #: Without a byte in either direction.
    idle_timeout: float = 600.0
    #: For a peer that does not read what it is sent: how long, and how much is kept for it.
    write_timeout: float = 20.0
    write_buffer: int = 1024 * 1024


class Security(Protocol):
    """What makes a connection TLS (see `tls.Tls`)."""

    def server(self, factory: ServerFactory) -> Any:
        """A factory that speaks TLS with whoever connects, and `factory`'s protocol within."""

    def client(self, factory: ClientFactory, peer: Address) -> Any:
        """The same for a connection of ours to `peer`."""

    def is_meant(self, peer: Address, certificate: Any) -> bool:
        """Whether who has shown that certificate to us is whom a connection of ours to `peer` would have to meet."""


class Streams:
    """All connections of all listeners; what they bring goes to `engine`. `seconds` reads a clock that never goes back.

    `wait` is the longest moment, in seconds, to wait under load for more messages; 0 never waits. `sleep` lets it pass.
    """

    log = Logger()

    def __init__(
        self,
        engine: Engine,
        reactor: Any,
        limits: Limits,
        seconds: Callable[[], float],
        *,
        wait: float = 0.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.engine = engine
        self.reactor = reactor
        self.limits = limits
        #: The time at the last look around, which is exact enough for what is measured here.
        self.now = seconds()
        self.connections: set[Connection] = set()
        #: Counted since the start: see `statistics`.
        self.counters: Counter[str] = Counter()
        #: What answers HTTP on them, if anything does.
        self.web: Web | None = None
        self._seconds = seconds
        #: Connections that failed before anything could be sent by them.
        self.failures = 0
        self._load = Load(wait)
        self._wait = wait
        self._sleep = sleep
        #: Those that this turn of the reactor has brought something by.
        self._arrived: list[Connection] = []
        self._by_address: Counter[str] = Counter()
        self._accepted = 0
        self._next_report = 0.0
        self._ports: list[Any] = []
        self._sweeping = LoopingCall(self._sweep)
        self._sweeping.clock = reactor

    def listen(self, listener: Listener, security: Security | None = None, accept: Accept | None = None) -> None:
        """Accept connections, by TLS if there is `security`, and be the way out by `listener`. Raises CannotListenError.

        `accept` makes what speaks on one that was taken, where that is no plain stream.
        """
        outlet = StreamOutlet(self, listener, security)
        factory: Any = _Accepting(outlet, accept or _accepted)
        if security is not None:
            factory = security.server(factory)
        self._ports.append(self.reactor.listenTCP(listener.port, factory, BACKLOG, listener.host))
        self.engine.outlets[listener] = outlet
        if not self._sweeping.running:
            self._sweeping.start(SWEEP, now=False)

    def stop(self) -> Deferred[Any]:
        """Close everything."""
        if self._sweeping.running:
            self._sweeping.stop()
        ports, self._ports = self._ports, []
        for connection in list(self.connections):
            connection.close()
        return gatherResults([maybeDeferred(port.stopListening) for port in ports], consumeErrors=True)

    def arrived(self, connection: Connection) -> None:
        """Something has come by it. What one turn of the reactor brings is looked at together, when it is over."""
        if not self._arrived:
            if self._load.is_high:
                # The reactor's own work for a wake-up costs as much as several messages.
                self._sleep(self._wait)
            self.reactor.callLater(0, self.deliver)
        self._arrived.append(connection)

    def deliver(self) -> None:
        """Have all that has come looked at now."""
        if not self._arrived:
            return
        arrived, self._arrived = self._arrived, []
        batches: dict[Listener, list[tuple[bytes, Address]]] = {}
        broken: list[tuple[Connection, FramingError]] = []
        for connection in arrived:
            error = connection.cut(batches.setdefault(connection.listener, []))
            if error is not None:
                broken.append((connection, error))
        for listener, batch in batches.items():
            if batch:
                self._load.counted += len(batch)
                self.engine.datagrams(batch, listener)
        # What they have asked is answered before they are closed.
        for connection, error in broken:
            connection.broken(error)
        self._load.measure(self._seconds())

    def statistics(self) -> dict[str, int]:
        """Since the start, by the names of Kamailio's group tcp where it has the same ones.

        con_timeout: ended because something took too long. connect_failed and connect_success: those that we opened.
        established: both kinds, behind the handshake. handshake_failed: of those that others opened. local_reject: one too many.
        passive_open: accepted. sendq_full: a peer that did not read what it was sent. unframed: what came was no SIP by
        Content-Length.
        """
        found = {name: self.counters[name] for name in _COUNTED}
        return dict(sorted({**found, "current_opened_connections": len(self.connections)}.items()))

    def admits(self, host: str) -> bool:
        """Whether one more connection from `host` is taken."""
        limits = self.limits
        if self._accepted < limits.connections and self._by_address[host] < limits.connections_per_address:
            return True
        self.counters["local_reject"] += 1
        return False

    def may_open(self) -> bool:
        """Whether one more connection of ours may be opened."""
        return len(self.connections) - self._accepted < self.limits.connections

    def add(self, connection: Connection) -> None:
        self.connections.add(connection)
        if connection.accepted:
            self._accepted += 1
            self._by_address[connection.peer[0]] += 1
            self.counters["passive_open"] += 1

    def remove(self, connection: Connection) -> None:
        self.connections.discard(connection)
        if connection.accepted:
            host = connection.peer[0]
            self._accepted -= 1
            self._by_address[host] -= 1
            if not self._by_address[host]:
                del self._by_address[host]

    def report(self, connection: Connection, reason: str) -> None:
        """Say why a connection failed: one line a second at the most."""
        self.failures += 1
        self.counters["handshake_failed" if connection.accepted else "connect_failed"] += 1
        now = self._seconds()
        if now >= self._next_report:
            self._next_report = now + _REPORT_INTERVAL
            self.log.warn(
                "{listener}: connection {number} that failed: with {host} port {port}: {reason}",
                listener=connection.listener,
                number=self.failures,
                host=connection.peer[0],
                port=connection.peer[1],
                reason=reason,
            )

    def _sweep(self) -> None:
        self.now = self._seconds()
        for connection in list(self.connections):
            connection.check_time(self.now)


class StreamOutlet:
    """The way out by one listener (see `engine.Outlet`)."""

    def __init__(self, streams: Streams, listener: Listener, security: Security | None) -> None:
        self.streams = streams
        self.listener = listener
        #: Messages that met a full buffer, a bound, or no way at all.
        self.unsent = 0
        #: What comes in waits in the kernel, and its sender with it; for how long is not known.
        self.behind = 0.0
        self._security = security
        self._connections: dict[Address, Connection] = {}
        listener.connections = self._connections

    def send_all(self, sends: list[Send]) -> None:
        if len(sends) == 1:
            [(_, address, data)] = sends
            connection = self._connections.get(address) or self._reach(address, data)
            if connection is None or not connection.send(data):
                self.unsent += 1
            return
        by_connection: dict[Connection, list[bytes]] = {}
        for _, address, data in sends:
            connection = self._connections.get(address) or self._reach(address, data)
            if connection is None:
                self.unsent += 1
            elif connection in by_connection:
                by_connection[connection].append(data)
            else:
                by_connection[connection] = [data]
        for connection, several in by_connection.items():
            self.unsent += connection.send_all(several)

    def made(self, connection: Connection) -> None:
        """A connection that was accepted or is being opened: what is for its peer goes by it, unless there is one already."""
        self._connections.setdefault(connection.peer, connection)
        self.streams.add(connection)

    def aliased(self, connection: Connection, address: Address, certificate: Any) -> bool:
        """Send what is for `address` by `connection` too, as its peer asks (RFC 5923), if it may: it has shown `certificate`.

        Without TLS on both sides anybody could draw a gateway's calls to himself.
        """
        if self._security is None or not self._security.is_meant(address, certificate):
            return False
        self._connections.setdefault(address, connection)
        return True

    def closing(self, connection: Connection) -> None:
        """One that nothing more is to be sent by."""
        for address in (connection.peer, connection.alias):
            if address is not None and self._connections.get(address) is connection:
                del self._connections[address]

    def lost(self, connection: Connection, reason: str) -> None:
        """A connection that is gone, or was never there (then `reason` says why)."""
        self.closing(connection)
        self.streams.remove(connection)
        if reason:
            self.streams.report(connection, reason)
        if connection.asked:
            self.streams.engine.disconnected(self.listener, connection.peer)
            if connection.alias is not None:
                self.streams.engine.disconnected(self.listener, connection.alias)

    def _reach(self, address: Address, data: bytes) -> Connection | None:
        """A connection for `data`, which is for `address`, where there is none."""
        if data.startswith(b"SIP/2.0 "):
            if not self.listener.dials:
                return None
            where = answer_address(data)
            if where is None:
                return None
            address = where
            if address in self._connections:
                return self._connections[address]
        if not self.listener.dials or not self.streams.may_open():
            self.streams.engine.disconnected(self.listener, address)
            return None
        connection = Connection(self, address, accepted=False)
        factory: Any = _Opening(connection)
        self.made(connection)
        if self._security is not None:
            try:
                factory = self._security.client(factory, address)
            except DispatcherError as error:
                self.streams.engine.disconnected(self.listener, address)
                connection.failed(str(error))
                return None
        timeout = self.streams.limits.connect_timeout
        connector = self.streams.reactor.connectTCP(*address, factory, timeout, (self.listener.host, 0))
        connection.opening(connector)
        return connection


#: Makes what speaks on a connection that the peer opened.
Accept = Callable[[StreamOutlet, Address], Connection]


def _accepted(outlet: StreamOutlet, peer: Address) -> Connection:
    return Connection(outlet, peer, accepted=True)


class _Accepting(ServerFactory):
    noisy = False

    def __init__(self, outlet: StreamOutlet, accept: Accept) -> None:
        self._outlet = outlet
        self._accept = accept

    def buildProtocol(self, addr: Any) -> Connection | None:
        peer = (addr.host.partition("%")[0], addr.port)
        return self._accept(self._outlet, peer) if self._outlet.streams.admits(peer[0]) else None


class _Opening(ClientFactory):
    noisy = False

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def buildProtocol(self, addr: Any) -> Connection:
        return self._connection

    def clientConnectionFailed(self, connector: Any, reason: Failure) -> None:
        self._connection.failed(reason.getErrorMessage())
