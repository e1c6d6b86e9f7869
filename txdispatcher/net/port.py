"""A UDP port that reads and writes many datagrams at a time, on Twisted's reactor.

It feeds its protocol as `reactor.listenUDP` would, or, where the protocol has `datagramsReceived`, a batch at once. Under load
it waits a moment for a fuller batch: what a wake-up, a system call and a flush cost is then shared by more messages.
"""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable
from typing import Any

from twisted.internet import udp
from twisted.internet.protocol import DatagramProtocol
from twisted.logger import Logger

from txdispatcher.net.load import Load
from txdispatcher.net.receive_queue import ReceiveQueue
from txdispatcher.net.shedding import INTERVAL
from txdispatcher.proxy.actions import Send
from txdispatcher.proxy.hop import Address

try:
    from txdispatcher.net.mmsg import BATCH, MAX_DATAGRAM, Datagrams
except ImportError:
    from txdispatcher.net.datagrams import BATCH, MAX_DATAGRAM, Datagrams  # type: ignore[assignment]

#: Seconds that reading may take in one turn of the reactor: then control and timers have theirs.
TURN = 0.005
#: Seconds between two looks at how long what comes waits.
LOOK = INTERVAL / 2
#: Seconds between two log entries about faults of our own, however many there are.
FAULT_INTERVAL = 1.0
#: Bytes asked for in the socket's buffers: 4 MB hold some 4,000 messages, a third of a second at 2,000 calls a second.
BUFFER = 4 * 1024 * 1024
#: Datagrams kept for a socket whose send buffer is full; further ones are dropped, as a network would.
BACKLOG = 10_000


class DatagramPort(udp.Port):
    """`wait` is the longest moment, in seconds, to wait for a fuller batch; 0 never waits.

    `unsent` counts datagrams that the kernel refused or that found the backlog full.
    """

    log = Logger()

    def __init__(
        self,
        port: int,
        protocol: DatagramProtocol,
        interface: str,
        reactor: Any,
        *,
        wait: float = 0.0,
        seconds: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(port, protocol, interface, MAX_DATAGRAM, reactor)  # type: ignore[no-untyped-call]
        self._reactor = reactor
        self._wait = wait
        self._seconds = seconds
        self._sleep = sleep
        self._datagrams: Datagrams | None = None
        self._backlog: list[Send] = []
        self._dropped = 0
        #: When the socket was last read, and last seen empty.
        self._read = self._emptied = seconds()
        self._queue: ReceiveQueue | None = None
        #: When to look at the queue again, and what was seen of it.
        self._next_look = 0.0
        self._behind = 0.0
        #: Whether the last reading brought all that it had room for, so that more may have been there.
        self._full = False
        self._next_fault_entry = 0.0
        self._load = Load(wait)
        self._batch: Callable[[list[tuple[bytes, Address]]], None] = getattr(protocol, "datagramsReceived", self._one_by_one)

    @property
    def unsent(self) -> int:
        return self._dropped + (self._datagrams.refused if self._datagrams is not None else 0)

    @property
    def behind(self) -> float:
        """For how many seconds what comes has waited lately until it was read; 0 where nothing comes.

        Where the queue has no room for all that comes, and so none for a long wait: for how long it has not been seen empty.
        """
        return self._behind if self._seconds() - self._read < INTERVAL else 0.0

    def startListening(self) -> None:
        super().startListening()  # type: ignore[no-untyped-call]
        self._datagrams = Datagrams(self.socket)
        self._queue = ReceiveQueue(self.socket)
        self._report_buffer("receive", socket.SO_RCVBUF, "net.core.rmem_max")
        self._report_buffer("send", socket.SO_SNDBUF, "net.core.wmem_max")

    def createInternetSocket(self) -> socket.socket:
        made: socket.socket = super().createInternetSocket()
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            made.setsockopt(socket.SOL_SOCKET, option, BUFFER)
        return made

    def doRead(self) -> None:
        """Read what has come, a few batches at the most."""
        # Where a reader or a writer raises, Twisted lets go of it: the end of this listener, for one fault of ours.
        try:
            self._read_batches()
        except Exception as error:
            self._fault(error)

    def write(self, datagram: bytes, addr: Address | None = None) -> None:
        """Send one datagram, as a Twisted transport does."""
        self.send_all([(None, addr, datagram)])  # type: ignore[list-item]

    def send_all(self, sends: list[Send]) -> None:
        """Send all of them, in order, from this port. What a full buffer does not take is kept for later, up to BACKLOG.

        What comes when the port is closed is counted as unsent.
        """
        if self._backlog:
            self._keep(sends)
            return
        datagrams = self._datagrams
        if datagrams is None:
            self._dropped += len(sends)
            return
        done = datagrams.send(sends, 0)
        if done < len(sends):
            self._keep(sends[done:])

    def doWrite(self) -> None:
        """The buffer has room again."""
        datagrams = self._datagrams
        assert datagrams is not None
        try:
            done = datagrams.send(self._backlog, 0)
        except Exception as error:
            self._fault(error)
            done = len(self._backlog)
            self._dropped += done
        del self._backlog[:done]
        if not self._backlog:
            self._reactor.removeWriter(self)

    def connectionLost(self, reason: Any = None) -> None:
        self._dropped += len(self._backlog)
        self._backlog.clear()
        self._reactor.removeWriter(self)
        if self._datagrams is not None:
            # The number of its descriptor may soon be somebody else's.
            self._dropped += self._datagrams.refused
            self._datagrams = self._queue = None
        super().connectionLost(reason)  # type: ignore[no-untyped-call]

    def _keep(self, sends: list[Send]) -> None:
        room = BACKLOG - len(self._backlog)
        self._backlog += sends[:room]
        self._dropped += max(len(sends) - room, 0)
        self._reactor.addWriter(self)

    def _read_batches(self) -> None:
        datagrams = self._datagrams
        assert datagrams is not None
        loaded = self._load.is_high
        started = now = self._seconds()
        looked = self._look(started) if started >= self._next_look else []
        while now - started < TURN:
            if loaded and not self._full:
                # The reactor's own work for a wake-up costs as much as several messages: under load the turn is used up.
                # Where batches are full anyway, waiting would only take the time that they need.
                self._sleep(self._wait)
            batch = datagrams.receive()
            self._full = len(batch) == BATCH
            if not self._full:
                self._emptied = now
            if looked:
                batch = looked + batch
                looked = []
            elif not batch:
                break
            self._load.counted += len(batch)
            self._batch(batch)
            if not loaded and not self._full:
                break
            now = self._seconds()
        self._read = now
        self._load.measure(now)

    def _look(self, now: float) -> list[tuple[bytes, Address]]:
        """See how long what comes waits; returns what was taken from the queue for that."""
        queue = self._queue
        assert queue is not None
        self._next_look = now + LOOK
        if not self._full or now - self._read >= INTERVAL:
            # What it holds came when all before had been read, or since nobody has read.
            self._emptied = now
        found = queue.look()
        self._behind = max(queue.delay, now - self._emptied) if queue.overflowed else queue.delay
        return found

    def _report_buffer(self, name: str, option: int, limit: str) -> None:
        """Log how much of BUFFER was granted: the kernel grants `limit` at the most, and says nothing."""
        granted = self.socket.getsockopt(socket.SOL_SOCKET, option)
        if sys.platform == "linux":
            # It reports twice what it grants, as it counts what it needs for itself (socket(7)).
            granted //= 2
        here = self.getHost()  # type: ignore[no-untyped-call]
        found = {"host": here.host, "port": here.port, "name": name, "granted": granted}
        if granted < BUFFER:
            self.log.warn(
                "UDP {host} port {port}: {name} buffer of {granted} bytes where {asked} were asked for: {limit} allows no more",
                asked=BUFFER,
                limit=limit,
                **found,
            )
        else:
            self.log.info("UDP {host} port {port}: {name} buffer of {granted} bytes", **found)

    def _fault(self, error: Exception) -> None:
        now = self._seconds()
        if now >= self._next_fault_entry:
            self._next_fault_entry = now + FAULT_INTERVAL
            self.log.failure("{port}: {error}", port=self, error=repr(error))

    def _one_by_one(self, batch: list[tuple[bytes, Address]]) -> None:
        for data, address in batch:
            self.protocol.datagramReceived(data, address)
