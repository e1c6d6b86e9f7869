"""Many datagrams at a time, in plain Python: a loop over recvfrom and sendto. `mmsg` is its compiled twin."""

from __future__ import annotations

import socket

from txdispatcher.proxy.actions import Send
from txdispatcher.proxy.hop import Address

#: Datagrams in one batch.
BATCH = 64
#: Hosts remembered to be IP addresses.
REMEMBERED = 65_536
#: The largest datagram there is.
MAX_DATAGRAM = 65_535


class Datagrams:
    """A non-blocking UDP socket. `refused` counts sends that the kernel refused, for want of a route for example."""

    def __init__(self, sock: socket.socket) -> None:
        self.refused = 0
        self._socket = sock
        self._literal: set[str] = set()

    def receive(self) -> list[tuple[bytes, Address]]:
        """Up to BATCH datagrams that have come, with where each came from; none where there is none."""
        found: list[tuple[bytes, Address]] = []
        receive = self._socket.recvfrom
        try:
            while len(found) < BATCH:
                data, address = receive(MAX_DATAGRAM)
                # An IPv6 peer's tuple has flow and scope too; SIP knows host and port.
                found.append((data, address[:2]))
        except BlockingIOError:
            pass
        except OSError:
            # An ICMP error for something sent earlier: nothing was received, and nobody waits for it.
            self.refused += 1
        return found

    def send(self, sends: list[Send], start: int) -> int:
        """Send what stands in `sends` from index `start` on; returns the index of the first that the full buffer did not take."""
        send = self._socket.sendto
        for at in range(start, len(sends)):
            _, address, data = sends[at]
            if address[0] not in self._literal and not self._is_literal(address[0]):
                # sendto would ask the resolver, and wait for it.
                self.refused += 1
                continue
            try:
                send(data, address)
            except BlockingIOError:
                return at
            except (OSError, OverflowError):
                self.refused += 1
        return len(sends)

    def _is_literal(self, host: str) -> bool:
        """Whether `host` is an IP address of the socket's family; remembered if it is."""
        try:
            socket.inet_pton(self._socket.family, host)
        except (OSError, UnicodeError, ValueError):
            return False
        if len(self._literal) >= REMEMBERED:
            self._literal.clear()
        self._literal.add(host)
        return True
