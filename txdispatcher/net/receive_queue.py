"""For how long what has come waits in a socket's queue until it is read, by the kernel's own stamps."""

from __future__ import annotations

import socket
import struct
import sys
import time
from collections.abc import Callable
from contextlib import suppress

from txdispatcher.net.datagrams import MAX_DATAGRAM
from txdispatcher.proxy.hop import Address

#: Linux's options, which Python has no names for: a stamp with each datagram, and how many the full queue has lost so far.
SO_TIMESTAMPNS = 35
SO_RXQ_OVFL = 40
_STAMP = struct.Struct("@ll")
_COUNT = struct.Struct("@I")
_ROOM = socket.CMSG_SPACE(_STAMP.size) + socket.CMSG_SPACE(_COUNT.size)


class ReceiveQueue:
    """The queue of a non-blocking UDP socket. `clock` is what the kernel stamps by, the time of day.

    Without Linux there are no stamps, and nothing ever seems to have waited.
    """

    def __init__(self, sock: socket.socket, clock: Callable[[], float] = time.time) -> None:
        #: For how many seconds the datagram of the last look had waited.
        self.delay = 0.0
        #: Whether some were lost, as the queue was full, between those of the last two looks.
        self.overflowed = False
        self._socket = sock
        self._clock = clock
        self._lost = 0
        if sys.platform == "linux":
            for option in (SO_TIMESTAMPNS, SO_RXQ_OVFL):
                # What only looks like Linux may not have them.
                with suppress(OSError):
                    sock.setsockopt(socket.SOL_SOCKET, option, 1)

    def look(self) -> list[tuple[bytes, Address]]:
        """Take the datagram that has waited longest, and see for how long; nothing where there is none."""
        self.delay = 0.0
        self.overflowed = False
        try:
            data, ancillary, _, address = self._socket.recvmsg(MAX_DATAGRAM, _ROOM)
        except OSError:
            # Nothing has come, or an ICMP error for something sent earlier.
            return []
        for level, kind, value in ancillary:
            if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
                seconds, nanoseconds = _STAMP.unpack(value)
                self.delay = max(self._clock() - (seconds + nanoseconds / 1e9), 0.0)
            elif level == socket.SOL_SOCKET and kind == SO_RXQ_OVFL:
                (lost,) = _COUNT.unpack(value)
                self.overflowed = lost != self._lost
                self._lost = lost
        return [(data, address[:2])]
