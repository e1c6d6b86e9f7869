"""One UDP listener: a plain DatagramProtocol between a socket and the engine."""

from __future__ import annotations

from typing import Any

from twisted.internet.protocol import DatagramProtocol

from txdispatcher.net.engine import Engine
from txdispatcher.net.port import DatagramPort
from txdispatcher.proxy.actions import Send
from txdispatcher.proxy.hop import Address
from txdispatcher.proxy.listener import Listener


class SipDatagrams(DatagramProtocol):
    """Takes `listener`'s datagrams to the engine, and is the way back."""

    #: No log line with the address of an object in it: the socket says that it opens and closes.
    noisy = False

    def __init__(self, engine: Engine, listener: Listener) -> None:
        self._engine = engine
        self._listener = listener

        #: What the kernel refused or had no room for.
        self.unsent = 0
        #: Under `reactor.listenUDP` nobody knows.
        self.behind = 0.0

    def startProtocol(self) -> None:
        # A port of ours takes many sends at a time; under `reactor.listenUDP` they go one by one.
        outlet = self.transport if isinstance(self.transport, DatagramPort) else self
        self._engine.outlets[self._listener] = outlet

    def send_all(self, sends: list[Send]) -> None:
        transport: Any = self.transport
        for _, address, data in sends:
            try:
                transport.write(data, address)
            except Exception:
                # No route, no such address, too large for a datagram.
                self.unsent += 1

    def logPrefix(self) -> str:
        return f"SIP ({self._listener!r})"

    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:
        # An IPv6 peer's tuple has flow and scope too; SIP knows host and port.
        self._engine.datagrams([(datagram, (addr[0], addr[1]))], self._listener)

    def datagramsReceived(self, batch: list[tuple[bytes, Address]]) -> None:
        """A batch at once, from a port of ours."""
        self._engine.datagrams(batch, self._listener)
