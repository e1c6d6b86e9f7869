"""The connections of a listener over TCP or a unix socket: counted, registered, and closed where nothing comes of them."""

# mypy: disallow-untyped-calls=False
# (twisted.protocols.policies has few annotations.)

from __future__ import annotations

from typing import Any

from twisted.internet.address import UNIXAddress
from twisted.internet.base import DelayedCall
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import connectionDone
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure

from txdispatcher.control.ctl import ANONYMOUS, Connection, Place, Register

#: Connections at once, of one listener: each may hold a list of all destinations that its client does not read.
MAX_CONNECTIONS = 100
#: Seconds from a connection's beginning, or from the answer before, until a whole request is there and that answer is gone.
REQUEST_TIME = 60.0


class Guard(WrappingFactory):
    """Around the `factory` of a listener that speaks `protocol_name`. `clock` is a reactor, or what stands for one."""

    noisy = False

    def __init__(self, factory: Any, protocol_name: str, register: Register, clock: Any) -> None:
        super().__init__(factory)
        self.protocol = _Guarded
        self.protocol_name = protocol_name
        self.register = register
        self.clock = clock

    def logPrefix(self) -> str:
        return str(self.wrappedFactory.logPrefix())

    def buildProtocol(self, addr: IAddress | None) -> ProtocolWrapper | None:  # type: ignore[override]  # None is Factory's.
        """None, which closes the connection, where there are too many."""
        if len(self.protocols) >= MAX_CONNECTIONS:
            return None
        return super().buildProtocol(addr)


class _Guarded(ProtocolWrapper):
    """One connection, and the transport of what it carries."""

    factory: Guard
    transport: Any
    _deadline: DelayedCall | None = None

    def makeConnection(self, transport: Any) -> None:
        self._entry = _entry(self.factory.protocol_name, transport.getPeer(), transport.getHost())
        self.factory.register.connections.append(self._entry)
        self.idle()
        super().makeConnection(transport)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.busy()
        self.factory.register.connections.remove(self._entry)
        super().connectionLost(reason)

    def busy(self) -> None:
        """A whole request is there: the time that it takes is ours."""
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()
        self._deadline = None

    def idle(self) -> None:
        """It is the client's turn."""
        self.busy()
        self._deadline = self.factory.clock.callLater(REQUEST_TIME, self._late)

    def _late(self) -> None:
        # Not loseConnection(), which would wait until the client has read everything.
        self.transport.abortConnection()


def place_of(address: IAddress) -> tuple[str, Place]:
    """The transport's name in ctl.* and the place."""
    if isinstance(address, UNIXAddress):
        name = address.name
        path = name.decode("utf-8", "replace") if isinstance(name, bytes) else name
        return "unix_stream", Place(path or ANONYMOUS)
    return "tcp", Place(str(getattr(address, "host", "")), str(getattr(address, "port", "")))


def _entry(protocol: str, there: IAddress, here: IAddress) -> Connection:
    transport, near = place_of(here)
    return Connection(protocol, transport, place_of(there)[1], near)
