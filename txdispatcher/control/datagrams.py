"""Requests by datagram, over UDP and unix sockets: one in each, and its answer in one."""

from __future__ import annotations

import errno
from collections.abc import Awaitable, Callable
from typing import Any

from twisted.internet.defer import ensureDeferred
from twisted.internet.error import MessageLengthError
from twisted.internet.protocol import DatagramProtocol
from twisted.logger import Logger

#: Bytes that a request may have: what a UDP datagram can carry. One byte more is read, to know that there was more.
MAX_REQUEST = 65_507
#: Requests that are being answered, or whose answers wait to be taken, at once.
MAX_PENDING = 50
#: Seconds between tries to send an answer that a unix socket has no room for, and until the last one (jsonrpcs: dgram_timeout).
RETRY, GIVE_UP = 0.02, 2.0

#: From the bytes of a request to those of its answer; None: it gets none. Raises nothing.
Answerer = Callable[[bytes], Awaitable[bytes | None]]


class RequestDatagrams(DatagramProtocol):
    """Answers what comes. `too_long` gives, for a request, what it gets where no datagram can carry its answer."""

    transport: Any
    noisy = False

    def __init__(self, answer: Answerer, too_long: Callable[[bytes], bytes], clock: Any) -> None:
        self._answer = answer
        self._too_long = too_long
        self._clock = clock
        self._pending = 0
        self._waiting: set[Any] = set()

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        if self._pending >= MAX_PENDING or len(datagram) > MAX_REQUEST:
            _log.warn("a request from {addr!r} of {size} bytes is dropped", addr=addr, size=len(datagram))
            return
        self._pending += 1
        ensureDeferred(self._serve(datagram, addr))

    def stopProtocol(self) -> None:
        for each in self._waiting:
            each.cancel()
        self._waiting.clear()

    async def _serve(self, datagram: bytes, addr: Any) -> None:
        packet = await self._answer(datagram)
        if packet and addr:  # The socket of a client may have no name to answer to.
            self._send(packet, datagram, addr, self._clock.seconds() + GIVE_UP)
        else:
            self._pending -= 1

    def _send(self, packet: bytes, request: bytes, addr: Any, until: float) -> None:
        try:
            taken = self.transport is not None and self._write(packet, addr)
        except MessageLengthError:
            packet = self._too_long(request)
            taken = self._write(packet, addr)
        except OSError as error:
            _log.info("{addr!r} has gone before its answer: {error}", addr=addr, error=error.strerror)
            taken = True
        if taken or self.transport is None or self._clock.seconds() >= until:
            self._pending -= 1
            return

        def again() -> None:
            self._waiting.discard(waiting)
            self._send(packet, request, addr, until)

        waiting = self._clock.callLater(RETRY, again)
        self._waiting.add(waiting)

    def _write(self, packet: bytes, addr: Any) -> bool:
        """Whether it could be sent; False while the other side has no room. Raises OSError, MessageLengthError."""
        try:
            # A unix port drops what there is no room for, and returns None.
            return self.transport.write(packet, addr) is not None
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.ENOBUFS):
                return False
            raise


_log = Logger()
