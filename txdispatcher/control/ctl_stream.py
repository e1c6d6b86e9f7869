"""binrpc over connections: TCP and unix stream sockets, what kamcmd speaks unless it is told otherwise."""

from __future__ import annotations

from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import ensureDeferred
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory, Protocol

from txdispatcher.control.binrpc import PacketError
from txdispatcher.control.ctl import ANONYMOUS, Connection, Place, Register
from txdispatcher.control.ctl_packets import answer, corrupted, whole
from txdispatcher.control.pieces import Turns
from txdispatcher.control.table import Methods

#: Connections at once: each may have an answer of some megabytes waiting.
MAX_CONNECTIONS = 100
#: Seconds for the rest of a request that has begun.
REQUEST_TIMEOUT = 10.0
#: Seconds for the other side to take an answer; kamcmd reads on until it has all.
ANSWER_TIMEOUT = 30.0


class CtlFactory(Factory):
    """Makes the connections of one listener: `here` is where it listens, `transport` Kamailio's word for what it is.

    Answers are made in `turns`.
    """

    noisy = False

    def __init__(self, methods: Methods, register: Register, clock: Any, transport: str, here: Place, turns: Turns) -> None:
        self.methods = methods
        self.turns = turns
        self.register = register
        self.clock = clock
        self.transport = transport
        self.here = here
        self.connections: set[CtlConnection] = set()

    def buildProtocol(self, address: IAddress | None) -> CtlConnection | None:
        if len(self.connections) >= MAX_CONNECTIONS:
            return None
        there = Place(ANONYMOUS)
        if isinstance(address, IPv4Address | IPv6Address):
            there = Place(address.host, str(address.port))
        return CtlConnection(self, Connection("binrpc", self.transport, there, self.here))

    def close(self) -> None:
        """End every connection."""
        for each in list(self.connections):
            each.abort()


class CtlConnection(Protocol):
    """One connection. Requests are answered one after the other; while one is, nothing more is read."""

    transport: Any

    def __init__(self, factory: CtlFactory, shown: Connection) -> None:
        self._factory = factory
        self._shown = shown
        self._data = b""
        #: Why no request is looked at just now: one is being answered, the other side takes nothing, or there is no more of it.
        self._answering = False
        self._blocked = False
        self._gone = False
        self._turn: Any = None
        self._timeout: Any = None

    def connectionMade(self) -> None:
        self._factory.connections.add(self)
        self._factory.register.connections.append(self._shown)
        # The transport says when an answer is too much for the other side, and when it has been taken.
        self.transport.registerProducer(self, True)

    def connectionLost(self, reason: object = None) -> None:
        self._gone = True
        self._wait(None)
        if self._turn is not None:
            self._turn.cancel()
        self._factory.connections.discard(self)
        self._factory.register.connections.remove(self._shown)

    def dataReceived(self, data: bytes) -> None:
        if not self._gone:
            self._data += data
            self._look()

    def pauseProducing(self) -> None:
        """The other side takes no more for now."""
        self._blocked = True
        self.transport.pauseProducing()
        self._wait(ANSWER_TIMEOUT)

    def resumeProducing(self) -> None:
        """It has taken what there was."""
        self._blocked = False
        self._wait(None)
        if not self._gone:
            self.transport.resumeProducing()
            self._look()

    def stopProducing(self) -> None:
        """The connection is gone, which connectionLost() says as well."""

    def abort(self) -> None:
        self.transport.abortConnection()

    def _look(self) -> None:
        """Answer the next request, if all of it is there. Each has a turn of the reactor for itself."""
        if self._answering or self._blocked or self._gone or self._turn is not None:
            return
        try:
            header = whole(self._data)
        except PacketError:
            self._refuse()
            return
        if header is None:
            if not self._data:
                self._wait(None)
            elif self._timeout is None:
                self._wait(REQUEST_TIMEOUT)
            return
        self._wait(None)
        self._answering = True
        self.transport.pauseProducing()
        body, self._data = self._data[header.start : header.end], self._data[header.end :]
        ensureDeferred(answer(self._factory.methods, header, body, self._factory.turns)).addCallback(self._answered)

    def _answered(self, packet: bytes) -> None:
        self._answering = False
        if self._gone:
            return
        if self._data:
            self._turn = self._factory.clock.callLater(0, self._again)
        else:
            self.transport.resumeProducing()
        self.transport.write(packet)

    def _again(self) -> None:
        self._turn = None
        self._look()
        if not (self._answering or self._blocked or self._gone):
            self.transport.resumeProducing()

    def _refuse(self) -> None:
        """What comes is no request, and where the next one would begin nobody knows."""
        self._gone = True
        self._data = b""
        self.transport.write(corrupted())
        self.transport.unregisterProducer()
        self.transport.loseConnection()
        self._wait(ANSWER_TIMEOUT)

    def _wait(self, seconds: float | None) -> None:
        """The connection ends after `seconds`, unless this is called again before; None: it does not."""
        if self._timeout is not None:
            self._timeout.cancel()
        self._timeout = None if seconds is None else self._factory.clock.callLater(seconds, self._expired)

    def _expired(self) -> None:
        self._timeout = None
        self.abort()
