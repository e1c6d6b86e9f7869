"""Feeds a proxy with datagrams and time, and performs its actions."""

from __future__ import annotations

import traceback
from typing import Protocol

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


class Clock(Protocol):
    """What a reactor and a test's `task.Clock` have in common: seconds on a clock that never goes back."""

    def seconds(self) -> float: ...


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

    A fault of our own costs the one message that met it: it is counted, logged in one line, and nothing else stops.
    """

    log = Logger()

    def __init__(self, proxy: Proxy, clock: Clock, names: Names) -> None:
        self.proxy = proxy
        self.transports: dict[Listener, Transport] = {}
        #: Faults of our own, and sends that the kernel refused.
        self.faults = 0
        self.unsent = 0
        self._clock = clock
        self._names = names
        self._next_fault_entry = 0.0
        self._turns = LoopingCall(self._turn)
        self._turns.clock = clock  # type: ignore[assignment]  # callLater is all it needs beside

    def start(self) -> None:
        """Let time pass."""
        self._turns.start(TURN, now=False)

    def stop(self) -> None:
        if self._turns.running:
            self._turns.stop()

    def datagram(self, data: bytes, source: Address, listener: Listener) -> None:
        """One datagram from `source` to `listener`."""
        if len(data) <= KEEPALIVE:
            self.proxy.counters.received_keepalives += 1
            return
        try:
            self.proxy.receive(data, source, listener, self._clock.seconds())
        except Exception as error:
            self._fault(error)
        self._perform()

    def _turn(self) -> None:
        try:
            self.proxy.advance(self._clock.seconds())
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
                self.proxy.resolved(resolve, addresses, self._clock.seconds())
            except Exception as error:
                self._fault(error)
            self._perform()

        self._names.lookup(resolve.host).addCallback(found)

    def _fault(self, error: Exception) -> None:
        self.faults += 1
        now = self._clock.seconds()
        if now >= self._next_fault_entry:
            self._next_fault_entry = now + FAULT_INTERVAL
            where = traceback.extract_tb(error.__traceback__)[-1]
            self.log.critical(
                "fault {number}: {kind}: {error} ({file}:{line})",
                number=self.faults,
                kind=type(error).__name__,
                error=str(error)[:200],
                file=where.filename.rpartition("/")[2],
                line=where.lineno,
            )
