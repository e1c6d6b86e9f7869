"""SIP over WebSocket (RFC 7118), the side that browsers connect to: handshake, frames and pings are autobahn's.

Each SIP message is one WebSocket message, in a text or a binary frame. Who connects must offer the subprotocol "sip", and a
browser must do so from a page of one of the origins that are allowed: it sends whatever any page asks it to, from an address that
may be trusted.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import txaio
from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.types import ConnectionDeny, ConnectionRequest
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from txdispatcher.errors import DispatcherError
from txdispatcher.net.connection import CLOSING, OPEN, Connection
from txdispatcher.net.framing import PING, Cut
from txdispatcher.net.stream import StreamOutlet
from txdispatcher.proxy.hop import Address
from txdispatcher.sip.message import MAX_MESSAGE

#: The subprotocol of RFC 7118 4.1.
SUBPROTOCOL = "sip"
#: Bytes of the HTTP request that opens a connection: browsers send some 600, a thick cookie included 5,000.
MAX_HANDSHAKE = 8_192
#: Among the origins that are allowed: every one.
ANY_ORIGIN = "*"
_GOING_AWAY = 1001


class HandshakeError(DispatcherError):
    """Why somebody was not let in."""


class WebSockets:
    """What all WebSocket connections share: `origins` (ANY_ORIGIN among them for all) and `ping_interval` in seconds, 0: none."""

    def __init__(self, origins: Iterable[str], ping_interval: float, reactor: Any) -> None:
        self.origins = frozenset(origin.lower() for origin in origins)
        self.ping_interval = ping_interval
        self.factory = WebSocketServerFactory(protocols=[SUBPROTOCOL], server="", reactor=reactor)
        self.factory.setProtocolOptions(
            webStatus=False,
            maxFramePayloadSize=MAX_MESSAGE,
            maxMessagePayloadSize=MAX_MESSAGE,
            # Time is kept by who looks at all connections, once a second (see `Connection.check_time`).
            openHandshakeTimeout=0,
            closeHandshakeTimeout=0,
            # Asked for in `Frames.onConnect`: here a null origin would be let in with "*" alone.
            allowNullOrigin=True,
        )

    def accept(self, outlet: StreamOutlet, peer: Address) -> WebSocketConnection:
        """What speaks on a connection from `peer` (see `stream.Accept`)."""
        return WebSocketConnection(outlet, peer, self)


class Frames(WebSocketServerProtocol):
    """The WebSocket of one connection: what comes by it is cut into messages (see `connection.Cutter`)."""

    # Strangers could fill the log: who is not let in is reported by the connection, as are those that fail otherwise.
    log = txaio.make_logger(level="none")  # type: ignore[attr-defined]

    def __init__(self, shared: WebSockets) -> None:
        super().__init__()
        self.factory = shared.factory
        self.connection: WebSocketConnection | None = None
        #: Why the handshake failed; empty: it has not.
        self.refused = ""
        self._origins = shared.origins
        self._cut = Cut([], 0)

    @property
    def started(self) -> bool:
        """Whether a message or a frame has begun that is not whole."""
        return self.state == self.STATE_OPEN and bool(self.inside_message or self.current_frame is not None or self.data)

    def feed(self, data: bytes) -> Cut:
        """The messages that are whole with `data`. What is no WebSocket ends the connection."""
        self._cut = Cut([], 0)
        if self.state == self.STATE_CONNECTING and len(self.data) + len(data) > MAX_HANDSHAKE:
            self.failHandshake(f"a handshake of more than {MAX_HANDSHAKE} bytes", 431)
        else:
            self.dataReceived(data)
        return self._cut

    # What autobahn calls.

    def onConnect(self, request: ConnectionRequest) -> str:
        if SUBPROTOCOL not in request.protocols:
            raise ConnectionDeny(ConnectionDeny.BAD_REQUEST, "the WebSocket subprotocol sip is asked for, and was not offered")
        origin = request.origin
        if origin and ANY_ORIGIN not in self._origins and origin.lower() not in self._origins:
            raise ConnectionDeny(ConnectionDeny.FORBIDDEN, f"pages of the origin {origin[:80]} may not connect")
        return SUBPROTOCOL

    def failHandshake(self, reason: str, code: int = 400, responseHeaders: Any = None) -> None:
        self.refused = reason
        super().failHandshake(reason, code, responseHeaders)

    def onOpen(self) -> None:
        assert self.connection is not None
        self.connection.opened()

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        # RFC 7118 6: the keep-alives of RFC 5626 3.5.1 may come here too.
        if payload == PING:
            self._cut = Cut(self._cut.messages, self._cut.pings + 1)
        elif payload.strip(b"\r\n"):
            self._cut.messages.append(payload)


class WebSocketConnection(Connection):
    """One from `peer`, over TCP or TLS."""

    def __init__(self, outlet: StreamOutlet, peer: Address, shared: WebSockets) -> None:
        frames = Frames(shared)
        super().__init__(outlet, peer, accepted=True, framing=frames)
        frames.connection = self
        self._frames = frames
        self._ping_interval = shared.ping_interval
        #: When something last came, and when a ping was sent that has no answer (0: none is waited for).
        self._heard = outlet.streams.now
        self._pinged = 0.0

    def connectionMade(self) -> None:
        self._frames.makeConnection(self.transport)  # type: ignore[no-untyped-call]
        super().connectionMade()

    def secured(self) -> None:
        """The handshake of WebSocket follows; then autobahn says that it is open."""
        # No gateway is reached here, whoever this is (RFC 5923).
        self._shown = None

    def dataReceived(self, data: bytes) -> None:
        self._heard = self._streams.now
        if self._state == CLOSING:
            # The answer to our Close frame.
            self._frames.feed(data)
        else:
            super().dataReceived(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        # What came before its end is cut while the frames can still be read.
        self._streams.deliver()
        if self._frames.failedByMe:
            self._streams.counters["unframed"] += 1
        self._frames.connectionLost(reason)
        refused = self._frames.refused
        if refused:
            reason = Failure(HandshakeError(refused))  # type: ignore[no-untyped-call]
        super().connectionLost(reason)

    def send_all(self, several: list[bytes]) -> int:
        # A frame each.
        return sum(not self.send(each) for each in several)

    def write(self, data: bytes) -> None:
        if self._frames.state == self._frames.STATE_OPEN:
            self._frames.sendMessage(data, not _is_text(data))  # type: ignore[no-untyped-call]

    def hang_up(self) -> None:
        frames = self._frames
        if frames.state == frames.STATE_OPEN:
            frames.sendCloseFrame(code=_GOING_AWAY)
        else:
            self.transport.loseConnection()

    def check_time(self, now: float) -> None:
        if self._state == OPEN and self._ping_interval:
            self._check_pings(now)
        super().check_time(now)

    def _check_pings(self, now: float) -> None:
        """RFC 7118 6: a script in a browser cannot send pings, but the browser answers ours."""
        if self._pinged and self._heard < self._pinged:
            if now - self._pinged > self._limits.message_timeout:
                self._streams.counters["con_timeout"] += 1
                self._abort()
        elif now - self._heard >= self._ping_interval:
            self._pinged = now
            self._frames.sendPing()


def _is_text(data: bytes) -> bool:
    """Whether it may go in a text frame, which is UTF-8 (RFC 6455 5.6)."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
