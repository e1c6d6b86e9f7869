"""Feeds a proxy with datagrams and time, and performs its actions."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from itertools import groupby
from operator import itemgetter
from typing import Protocol

from twisted.internet.base import DelayedCall
from twisted.internet.defer import maybeDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from txdispatcher.errors import ParseError
from txdispatcher.net.clock import Clock
from txdispatcher.net.names import Names
from txdispatcher.net.shedding import Shedding
from txdispatcher.net.waits import Threads, Waits
from txdispatcher.proxy.actions import Actions, Counters, Resolve, Send, Target
from txdispatcher.proxy.hop import Address
from txdispatcher.proxy.listener import Listener
from txdispatcher.proxy.timers import TICK
from txdispatcher.proxy.waiting import Pending

#: Seconds between two turns: at the least one tick of the proxy's wheel, more where nothing is due, at the most MAX_TURN.
TURN = TICK
MAX_TURN = 0.1
#: Datagrams of at most this many bytes hold no message: keep-alives (CRLF, CRLFCRLF, a zero byte).
KEEPALIVE = 4
#: Seconds between two log entries about faults of our own, however many there are.
FAULT_INTERVAL = 1.0
#: A turn that is later than this, in seconds, says that the process stood still (a machine that has other things to do, a stop
#: signal). To the proxy that time has not passed: a gateway whose answer is waiting in our socket was not silent.
#: A turn may be late for good, too: a reactor goes by the time of day, and after that is set back an hour, whatever was
#: scheduled is an hour late. So the next one is scheduled anew.
STALLED = 0.25
#: Seconds between two looks for whoever waits on connections that were lost, as each look passes everybody who waits.
LOOK = 0.05


class Outlet(Protocol):
    """A way out, by one listener: `udp.SipDatagrams` and its like."""

    #: Sends that the kernel refused or had no room for.
    unsent: int
    #: For how many seconds what comes in has waited lately until it was read.
    behind: float

    def send_all(self, sends: list[Send]) -> None:
        """Send them in order. A send that fails is counted, and nothing else: timers deal with a lost message."""


class Timed(Protocol):
    """Something that time passes for."""

    @property
    def due(self) -> float:
        """When `advance` may have something to do next."""

    def advance(self, now: float) -> None: ...


class Proxy(Timed, Protocol):
    """What `proxy.stateful` and `proxy.stateless` have in common."""

    actions: Actions
    counters: Counters
    #: The share of new calls to refuse.
    shed: float

    def receive(self, data: bytes, source: Address, listener: Listener, now: float) -> None: ...

    def malformed(self, data: bytes, source: Address, listener: Listener, error: ParseError) -> None: ...

    def disconnected(self, lost: set[tuple[Listener, Address]], now: float) -> None: ...

    def resolved(self, resolve: Resolve, targets: list[Target], now: float) -> None: ...

    def resumed(self, pending: Pending, value: object, error: BaseException | None, now: float) -> None: ...


class Engine:
    """The proxy's hands. `outlets` holds the way out by each listener; whoever opens it puts it there.

    `reactor` calls later; `seconds` reads a clock that never goes back, which a reactor's is not. A fault of our own costs the
    one message that met it: it is counted, logged in one line, and nothing else stops.
    """

    log = Logger()

    def __init__(
        self,
        proxy: Proxy,
        reactor: Clock,
        names: Names,
        seconds: Callable[[], float],
        shedding: Shedding | None = None,
        script_threads: int = 1,
    ) -> None:
        self.proxy = proxy
        self._shedding = shedding or Shedding(0)
        self.outlets: dict[Listener, Outlet] = {}
        #: What else time passes for, with the proxy's time; what it appends to the proxy's actions is performed with them.
        self.beside: list[Timed] = []
        #: Connections that were lost, and when those who waited on others were last told.
        self._lost: set[tuple[Listener, Address]] = set()
        self._told = seconds() - LOOK
        #: Faults of our own.
        self.faults = 0
        #: Sends by a listener that is not open.
        self._homeless = 0
        self._names = names
        self._waits = Waits(reactor, self._resumed, Threads(reactor, script_threads))
        #: Names that were looked up, and where they lead, of which the proxy does not know yet.
        self._found: list[tuple[Resolve, list[Target]]] = []
        self._seconds = seconds
        self._next_fault_entry = seconds()
        #: When the next turn is to be; when it is late enough to be a stall; and how long all of those were together.
        self._due = 0.0
        self._stalled_at = 0.0
        self._stood_still = 0.0
        self._reactor = reactor
        # The next turn, None while time does not pass. A LoopingCall would cost several times as much for each.
        self._next: DelayedCall | None = None

    def start(self) -> None:
        """Let time pass."""
        self._plan(self._seconds() - self._stood_still)

    def stop(self) -> None:
        if self._next is not None:
            if self._next.active():
                self._next.cancel()
            self._next = None

    @property
    def unsent(self) -> int:
        """Sends that the kernel refused or had no room for."""
        return self._homeless + sum(outlet.unsent for outlet in self.outlets.values())

    def datagrams(self, batch: list[tuple[bytes, Address]], listener: Listener) -> None:
        """Datagrams that came to `listener`, each with its source; what they lead to is sent when all have been looked at."""
        now = self._now()
        proxy = self.proxy
        for data, source in batch:
            if len(data) <= KEEPALIVE:
                proxy.counters.received_keepalives += 1
                continue
            try:
                proxy.receive(data, source, listener, now)
            except Exception as error:
                self._fault(error)
        self._perform()
        if proxy.due < self._due - TURN / 2 and self._next is not None:
            # Something was set that cannot wait for the next turn.
            self._next.cancel()
            self._plan(now)

    def malformed(self, data: bytes, source: Address, listener: Listener, error: ParseError) -> None:
        """What came by a connection and is no message, as `error` says."""
        try:
            self.proxy.malformed(data, source, listener, error)
        except Exception as fault:
            self._fault(fault)
        self._perform()

    def disconnected(self, listener: Listener, address: Address) -> None:
        """The connection of `listener` with `address` is lost, or could not be made: whoever waits on it is told."""
        if not self._lost:
            wait = self._told + LOOK - self._seconds()
            self._reactor.callLater(max(wait, 0.0), self._tell)
        self._lost.add((listener, address))

    def _tell(self) -> None:
        lost, self._lost = self._lost, set()
        self._told = self._seconds()
        try:
            self.proxy.disconnected(lost, self._now())
        except Exception as error:
            self._fault(error)
        self._perform()

    def _turn(self) -> None:
        now = self._now()
        try:
            self.proxy.shed = self._shedding.observe(max((each.behind for each in self.outlets.values()), default=0.0), now)
        except Exception as error:
            self._fault(error)
        try:
            for each in (self.proxy, *self.beside):
                try:
                    each.advance(now)
                except Exception as error:
                    self._fault(error)
            self._perform()
        finally:
            # Whatever happens: with the last turn all timers end.
            if self._next is not None:
                self._plan(now)

    def _plan(self, now: float) -> None:
        """Schedule the next turn."""
        due = self.proxy.due
        for each in self.beside:
            due = min(due, each.due)
        wait = min(max(due - now, TURN), MAX_TURN)
        self._due = now + wait
        self._stalled_at = self._due + self._stood_still + STALLED
        self._next = self._reactor.callLater(wait, self._turn)

    def _now(self) -> float:
        """The proxy's time: seconds on a clock that never goes back, without those that the process stood still."""
        now = self._seconds()
        if now > self._stalled_at and self._next is not None:
            self._stood_still += now - self._stalled_at + STALLED
            self._stalled_at = now + STALLED
            if self._next.active():
                self._next.reset(0)
        return now - self._stood_still

    def _perform(self) -> None:
        actions = self.proxy.actions
        if actions.resolves:
            # Before anything is sent: what names lead to that are known goes out with the rest.
            self._look_up()
        sends = actions.sends
        if sends:
            actions.sends = []
            for listener, several in [(sends[0][0], sends)] if len(self.outlets) == 1 else _by_listener(sends):
                outlet = self.outlets.get(listener)
                if outlet is None:
                    self._homeless += len(several)
                    continue
                try:
                    outlet.send_all(several)
                except Exception as error:
                    self._fault(error)
        if actions.waits:
            # Taken at once: what is there already resumes within the call, and performs what came of that.
            waits = actions.waits
            actions.waits = []
            for pending in waits:
                try:
                    self._waits.begin(pending, pending.wait.until - self._now())
                except Exception as error:
                    self._fault(error)

    def _resumed(self, pending: Pending, value: object, error: BaseException | None) -> None:
        """What a script has waited for is there."""
        try:
            self.proxy.resumed(pending, value, error, self._now())
        except Exception as fault:
            self._fault(fault)
        self._perform()

    def _look_up(self) -> None:
        """Ask for the names that the proxy wants, and tell it of those that are known, until it wants no more."""
        actions = self.proxy.actions
        while actions.resolves:
            resolves = actions.resolves
            actions.resolves = []
            for resolve in resolves:
                self._ask(resolve)
            self._tell_found()

    def _ask(self, resolve: Resolve) -> None:
        """Have a name looked up. What comes of it is kept until `_tell_found`, which is called soon."""
        asking = True

        def found(targets: list[Target]) -> None:
            if not asking and not self._found:
                # One answer of a name server may be what many wait for.
                self._reactor.callLater(0, self._answered)
            self._found.append((resolve, targets))

        def failed(failure: Failure) -> None:
            found([])
            assert failure.value is not None
            self._fault(failure.value)

        maybeDeferred(self._names.locate, resolve.waiting.hop, resolve.key).addCallbacks(found, failed)
        asking = False

    def _answered(self) -> None:
        self._tell_found()
        self._perform()

    def _tell_found(self) -> None:
        """Tell the proxy where names lead; to nowhere where none could be looked up."""
        found, self._found = self._found, []
        now = self._now()
        for resolve, targets in found:
            try:
                self.proxy.resolved(resolve, targets, now)
            except Exception as error:
                self._fault(error)

    def _fault(self, error: BaseException) -> None:
        self.faults += 1
        now = self._seconds()
        if now >= self._next_fault_entry:
            self._next_fault_entry = now + FAULT_INTERVAL
            # What comes by a Deferred may have lost where it was raised.
            frames = traceback.extract_tb(error.__traceback__)[-1:]
            self.log.critical(
                "fault {number}: {kind}: {error} ({place})",
                number=self.faults,
                kind=type(error).__name__,
                error=" ".join(str(error).split())[:200],
                place="".join(f"{each.filename.rpartition('/')[2]}:{each.lineno}" for each in frames) or "nobody knows where",
            )


def _by_listener(sends: list[Send]) -> list[tuple[Listener, list[Send]]]:
    """The sends in runs of the same listener, order kept."""
    return [(listener, list(several)) for listener, several in groupby(sends, itemgetter(0))]
