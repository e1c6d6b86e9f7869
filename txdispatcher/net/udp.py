"""One UDP listener: a plain DatagramProtocol between a socket and the engine."""

from __future__ import annotations

from twisted.internet.protocol import DatagramProtocol

from txdispatcher.net.engine import Engine
from txdispatcher.proxy.listener import Listener

#: The largest datagram there is; Twisted reads 8,192 bytes unless told otherwise and cuts off the rest without a word.
MAX_DATAGRAM = 65_535


class SipDatagrams(DatagramProtocol):
    """Takes `listener`'s datagrams to the engine, and is the way back."""

    #: No log line with the address of an object in it: the socket says that it opens and closes.
    noisy = False

    def __init__(self, engine: Engine, listener: Listener) -> None:
        self._engine = engine
        self._listener = listener

    def startProtocol(self) -> None:
        assert self.transport is not None
        self._engine.transports[self._listener] = self.transport

    def logPrefix(self) -> str:
        return f"SIP ({self._listener!r})"

    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:
        # An IPv6 peer's tuple has flow and scope too; SIP knows host and port.
        self._engine.datagram(datagram, (addr[0], addr[1]), self._listener)
