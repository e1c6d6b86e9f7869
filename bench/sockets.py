"""The UDP sockets of the load: many datagrams at a time, or each with the moment when the kernel got it."""

from __future__ import annotations

import socket
import struct
import time

from servers import SERVER

try:
    from txdispatcher.net.mmsg import Datagrams
except ImportError:
    from txdispatcher.net.datagrams import Datagrams  # type: ignore[assignment]

#: Linux; the standard library does not name them.
_SO_TIMESTAMPNS = 35
_SO_RCVBUFFORCE = 33
#: Bytes: the load must not be who loses a message.
_BUFFER = 16 * 1024 * 1024
_BATCH = 64


def opened(port: int) -> socket.socket:
    """A non-blocking socket on 127.0.0.1, with as large a buffer as is granted."""
    found = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER)
    except PermissionError:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
    found.bind(("127.0.0.1", port))
    found.setblocking(False)
    return found


class Batched:
    """Everything to and from the server, a batch in one go. The stamps are 0."""

    def __init__(self, sock: socket.socket) -> None:
        self._datagrams = Datagrams(sock)

    def receive(self) -> list[tuple[bytes, int]]:
        """Datagrams that have come, each with its stamp: nanoseconds of the time of day."""
        return [(data, 0) for data, _ in self._datagrams.receive()]

    def send(self, messages: list[bytes]) -> int:
        """Send them all; returns the stamp from just before."""
        sends = [(None, SERVER, data) for data in messages]
        at = 0
        while at < len(sends):
            at = self._datagrams.send(sends, at)  # type: ignore[arg-type]
        return 0


class Stamped:
    """The same one by one, and the stamps are true: of a datagram received, the kernel's own."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._socket = sock

    def receive(self) -> list[tuple[bytes, int]]:
        found: list[tuple[bytes, int]] = []
        receive = self._socket.recvmsg
        try:
            while len(found) < _BATCH:
                data, ((_, _, stamp),), _, _ = receive(4096, 64)
                seconds, nanoseconds = struct.unpack("qq", stamp)
                found.append((data, seconds * 1_000_000_000 + nanoseconds))
        except BlockingIOError:
            pass
        return found

    def send(self, messages: list[bytes]) -> int:
        stamp = time.time_ns()
        for data in messages:
            self._socket.sendto(data, SERVER)
        return stamp
