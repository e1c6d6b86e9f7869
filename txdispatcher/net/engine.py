"""Feeds a proxy with datagrams and time, and performs its actions."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Protocol

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from txdispatcher.net.names import Names
from txdispatcher.proxy.actions import Actions, Counters, Resolve
from txdispatcher.proxy.hop import Address
from txdispatcher.proxy.listener import Listener
from txdispatcher.proxy.timers import TICK

#: Seconds between two turns of the proxy's timers: one tick of its wheel.
TURN = TICK
#: Datagrams of at most this many bytes hold no message: keep-alives (CRLF, CRLFCRLF, a zero byte).
KEEPALIVE = 4
#: Seconds between two log entries about faults of our own, however many there are.
FAULT_INTERVAL = 1.0
#: Seconds without a turn after which the turns are scheduled anew. A reactor goes by the time of day: where that is set back by
#: an hour, whatever was scheduled is an hour late.
STALLED = 1.0


class Transport(Protocol):
    """What a Twisted UDP transport offers."""

    def write(self, packet: bytes, addr: Address) -> None: ...


class Proxy(Protocol):
    """What `proxy.stateful` and `proxy.stateless` have in common."""

    actions: Actions
    counters: Counters

    def receive(self, data: bytes, source: Address, listener: Listener, now: float) -> None: ...

    def resolved(self, resolve: Resolve, addresses: list[str], now: float) -> None: ...

    def advance(self, now: float) -> None: ...


class Engine:
    """The proxy's hands. `transports` holds the socket of each listener; whoever opens it puts it there.

    `reactor` calls later; `seconds` reads a clock that never goes back, which a reactor's is not. A fault of our own costs the
    one message that met it: it is counted, logged in one line, and nothing else stops.
    """

    log = Logger()

    def __init__(self, proxy: Proxy, reactor: IReactorTime, names: Names, seconds: Callable[[], float]) -> None:
        self.proxy = proxy
        self.transports: dict[Listener, Transport] = {}
        #: Faults of our own, and sends that the kernel refused.
        self.faults = 0
        self.unsent = 0
        self._names = names
        self._seconds = seconds
        self._next_fault_entry = seconds()
        self._stalled_at = 0.0
        self._turns = LoopingCall(self._turn)
        self._turns.clock = reactor

    def start(self) -> None:
        """Let time pass."""
        self._stalled_at = self._seconds() + STALLED
        self._turns.start(TURN, now=False)

    def stop(self) -> None:
        if self._turns.running:
            self._turns.stop()

    def datagram(self, data: bytes, source: Address, listener: Listener) -> None:
        """One datagram from `source` to `listener`."""
        if len(data) <= KEEPALIVE:
            self.proxy.counters.received_keepalives += 1
            return
        now = self._seconds()
        if now > self._stalled_at and self._turns.running:
            self._stalled_at = now + STALLED
            self._turns.reset()
        try:
            self.proxy.receive(data, source, listener, now)
        except Exception as error:
            self._fault(error)
        self._perform()

    def _turn(self) -> None:
        now = self._seconds()
        self._stalled_at = now + STALLED
        try:
            self.proxy.advance(now)
        except Exception as error:
            self._fault(error)
        self._perform()

    def _perform(self) -> None:
        actions = self.proxy.actions
        for listener, address, data in actions.sends:
            try:
                self.transports[listener].write(data, address)
            except Exception:
                # No route, no such address, too large for a datagram: timers deal with a lost message.
                self.unsent += 1
        actions.sends.clear()
        while actions.resolves:
            self._resolve(actions.resolves.pop(0))

    def _resolve(self, resolve: Resolve) -> None:
        def found(addresses: list[str]) -> None:
            try:
                self.proxy.resolved(resolve, addresses, self._seconds())
            except Exception as error:
                self._fault(error)
            self._perform()

        self._names.lookup(resolve.host).addCallback(found)

    def _fault(self, error: Exception) -> None:
        self.faults += 1
        now = self._seconds()
        if now >= self._next_fault_entry:
            self._next_fault_entry = now + FAULT_INTERVAL
            where = traceback.extract_tb(error.__traceback__)[-1]
            self.log.critical(
                "fault {number}: {kind}: {error} ({file}:{line})",
                number=self.faults,
                kind=type(error).__name__,
                error=" ".join(str(error).split())[:200],
                file=where.filename.rpartition("/")[2],
                line=where.lineno,
            )
