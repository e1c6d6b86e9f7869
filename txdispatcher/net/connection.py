"""One connection that SIP messages come and go by."""

from __future__ import annotations

import typing
from collections import deque
from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import IHandshakeListener, IPushProducer
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from txdispatcher.net.framing import PONG, Cut, Framing, FramingError
from txdispatcher.net.top_via import alias_of
from txdispatcher.proxy.hop import Address
from txdispatcher.routing.script.http import is_http

if TYPE_CHECKING:
    from txdispatcher.net.stream import StreamOutlet
    from txdispatcher.net.tls import Session

#: Bytes that are looked at without waiting for what else a turn of the reactor brings.
FULL = 256 * 1024
#: For a connection that is being opened, is open, or is flushing its last words.
OPENING, OPEN, CLOSING = range(3)


class Cutter(typing.Protocol):
    """What cuts that which comes by a connection into messages (see `framing.Framing`)."""

    @property
    def started(self) -> bool:
        """Whether a message has begun that is not whole."""

    def feed(self, data: bytes) -> Cut:
        """What is whole with `data`. Raises FramingError."""


@implementer(IPushProducer, IHandshakeListener)
class Connection(Protocol):
    """With `peer`, who opened it (`accepted`) or to whom we do.

    As long as the peer does not read what it is sent, nothing more is read of what it sends.
    """

    #: What Twisted sets; its many interfaces have no one type.
    transport: Any

    def __init__(self, outlet: StreamOutlet, peer: Address, *, accepted: bool, framing: Cutter | None = None) -> None:
        self.peer = peer
        self.accepted = accepted
        self.listener = outlet.listener
        #: What TLS has to say of it; None for TCP.
        self.session: Session | None = None
        #: Whether a request went by it, so that somebody waits for what comes back.
        self.asked = False
        #: Where its peer says that it can be reached by this connection too (RFC 5923), once that is believed.
        self.alias: Address | None = None
        #: The certificate that its peer has shown to us, until its first message says whether it has an alias.
        self._shown: Any = None
        self._outlet = outlet
        self._streams = outlet.streams
        self._limits = outlet.streams.limits
        self._state = OPENING
        self._connector: Any = None
        self._framing = framing or Framing()
        #: What has come in this turn of the reactor.
        self._came: list[bytes] = []
        self._came_bytes = 0
        #: What is not with the transport yet: it is not open, or its peer does not read.
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._full = False
        # When its state, its last traffic, its unfinished message, its full buffer began.
        self._since = self._active = self._began = self._full_since = outlet.streams.now

    def opening(self, connector: Any) -> None:
        """It is being opened by `connector`, which a time-out stops."""
        self._connector = connector

    def send(self, data: bytes) -> bool:
        """Send `data` when that can be. False: there is no room for it, or it is being closed."""
        if self._state == CLOSING:
            return False
        if not self.asked and not data.startswith(b"SIP/2.0 "):
            self.asked = True
        if self._state == OPEN and not self._full:
            self._active = self._streams.now
            self.write(data)
            return True
        return self._keep(data)

    def send_all(self, several: list[bytes]) -> int:
        """The same for several, at once. How many there was no room for."""
        if self._state == OPEN and not self._full:
            if not self.asked:
                self.asked = any(not each.startswith(b"SIP/2.0 ") for each in several)
            self._active = self._streams.now
            self.transport.write(b"".join(several))
            return 0
        return sum(not self.send(each) for each in several)

    def cut(self, batch: list[tuple[bytes, Address]]) -> FramingError | None:
        """Put the messages that have become whole into `batch`, and answer pings. The error is for `broken`."""
        came, self._came = self._came, []
        self._came_bytes = 0
        framing = self._framing
        started = framing.started
        error = None
        try:
            messages, pings = framing.feed(came[0] if len(came) == 1 else b"".join(came))
        except FramingError as found:
            error, messages, pings = found, found.messages, 0
        if messages or not started:
            self._began = self._streams.now
        for _ in range(pings):
            self.send(PONG)
            self._streams.engine.proxy.counters.received_keepalives += 1
        if messages and self._streams.web is not None:
            messages = self._streams.web.rest(self, messages)
        if messages:
            if self._shown is not None:
                self._take_alias(messages[0])
            peer = self.peer
            batch += [(each, peer) for each in messages]
        return error

    def broken(self, error: FramingError) -> None:
        """Where its next message begins is not known: say so, and close it."""
        web = self._streams.web
        if web is not None and is_http(error.head):
            # A GET has no Content-Length, and mostly nothing behind it.
            self._framing = Framing()
            web.take(self, error.head)
            return
        self._streams.counters["unframed"] += 1
        self._streams.engine.malformed(error.head, self.peer, self.listener, error)
        self.close()

    def close(self) -> None:
        """Close it when what was written has gone out."""
        if self._state == OPENING:
            self._abort()
            return
        self._become(CLOSING)
        self._outlet.closing(self)
        if self.transport is not None:
            self.hang_up()

    def write(self, data: bytes) -> None:
        """Give `data` to the transport, which is open."""
        self.transport.write(data)

    def hang_up(self) -> None:
        """Have the transport close when what was written has gone out."""
        self.transport.loseConnection()

    def check_time(self, now: float) -> None:
        """Put an end to it if anything took too long."""
        limits = self._limits
        if self._state != OPEN:
            late = now - self._since > limits.message_timeout
        elif self._full:
            late = now - self._full_since > limits.write_timeout
        elif self._framing.started:
            late = now - self._began > limits.message_timeout
        else:
            late = False
            if now - self._active > limits.idle_timeout:
                self._streams.counters["con_timeout"] += 1
                self.close()
        if late:
            self._streams.counters["con_timeout"] += 1
            self._abort()

    def failed(self, reason: str) -> None:
        """It could not be opened."""
        self._become(CLOSING)
        self._outlet.lost(self, reason)

    # What the transport says.

    def connectionMade(self) -> None:
        self.transport.setTcpNoDelay(True)
        self.transport.setTcpKeepAlive(True)
        self.transport.registerProducer(self, True)
        if self.accepted:
            self._outlet.made(self)
        elif self.transport.getHost() == self.transport.getPeer():
            # Towards a port of this machine that nobody listens on, the kernel may choose the same port for this end: then it
            # connects to itself, and we would be sent what we send.
            self._abort()
            return
        if not self.listener.secure:
            self.secured()

    def handshakeCompleted(self) -> None:
        """TLS is there; whether the peer is who it should be is seen now."""
        if self.session is None or self.session.refuses(self.transport):
            self._abort()
            return
        if self.accepted:
            self._shown = self.transport.getPeerCertificate()
        self.secured()

    def secured(self) -> None:
        """There is a transport, and its peer is who it should be."""
        self.opened()

    def opened(self) -> None:
        """It can be used."""
        if self._state == OPENING:
            self._become(OPEN)
            counters = self._streams.counters
            counters["established"] += 1
            if not self.accepted:
                counters["connect_success"] += 1
            self._flush()

    def dataReceived(self, data: bytes) -> None:
        if self._state == CLOSING:
            return
        self._active = self._streams.now
        # Within TLS a turn of the reactor brings many small pieces.
        if not self._came:
            self._streams.arrived(self)
        self._came.append(data)
        self._came_bytes += len(data)
        if self._came_bytes >= FULL:
            self._streams.deliver()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        why = ""
        self._streams.deliver()
        if self._state == OPENING:
            why = self.session.explain(reason) if self.session is not None else reason.getErrorMessage()
        self._become(CLOSING)
        self._waiting.clear()
        self._outlet.lost(self, why)

    def pauseProducing(self) -> None:
        """The peer does not read: it gets nothing more for now, and is not listened to."""
        self._full = True
        self._full_since = self._streams.now
        self.transport.pauseProducing()

    def resumeProducing(self) -> None:
        self._full = False
        self.transport.resumeProducing()
        self._flush()

    def stopProducing(self) -> None:
        """The transport closes; `connectionLost` follows."""

    def _flush(self) -> None:
        while self._waiting and not self._full:
            data = self._waiting.popleft()
            self._waiting_bytes -= len(data)
            self.write(data)

    def _take_alias(self, first: bytes) -> None:
        """Whoever wants one says so in the first message, which is a request, as in all others."""
        alias = alias_of(first, self.peer[0])
        if alias is not None and self._outlet.aliased(self, alias, self._shown.to_cryptography()):
            self.alias = alias
        self._shown = None

    def _keep(self, data: bytes) -> bool:
        if self._waiting_bytes + len(data) > self._limits.write_buffer:
            self._streams.counters["sendq_full"] += 1
            self._abort()
            return False
        self._waiting.append(data)
        self._waiting_bytes += len(data)
        return True

    def _become(self, state: int) -> None:
        self._state = state
        self._since = self._streams.now

    def _abort(self) -> None:
        if self.transport is not None:
            self.transport.abortConnection()
        elif self._connector is not None:
            self._connector.stopConnecting()
