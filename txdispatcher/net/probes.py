"""Probing: pings to destinations, spread evenly over their interval, and what their answers mean for the states.

The laws: a destination has at most one ping under way, the look-up of its name included; where the next is due before that is
over, it is left out. An answer counts for the ping that it answers or for none. An answer counts only if the destination would
still be pinged: what an operator said in the meantime stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import sqrt

from twisted.internet.defer import DeferredSemaphore

from txdispatcher.balancing.destination import Destination
from txdispatcher.balancing.latency import Latency
from txdispatcher.balancing.probing import PingReason, Probing
from txdispatcher.balancing.sets import Sets
from txdispatcher.balancing.transitions import Transitions
from txdispatcher.net.names import Names
from txdispatcher.net.ping_plan import PingPlan, PingSettings, plan
from txdispatcher.proxy.actions import Target
from txdispatcher.proxy.client import ClientTransaction, ClientUser
from txdispatcher.proxy.listener import Listeners
from txdispatcher.proxy.pings import Ping, Pings
from txdispatcher.sip.message import Response

#: Names of destinations that are looked up at once, so that a long list leaves room for those of requests.
LOOKUPS = 20
#: Destinations that a load's taking over deals with in one turn.
SLICE = 250
_DONE = object()
#: The golden section. Its multiples, without what is before the point, lie evenly however many there are.
_SECTION = (sqrt(5) - 1) / 2


class Probes:
    """Probing of `sets`. Call `load` after each load of them, and `advance` often.

    `alpha` is None where latency is not measured, else what stays of an estimate (see `balancing.latency`); `retain`: what was
    measured is kept over a reload. `warn` is told, a line each, what is wrong with attributes.
    """

    def __init__(
        self,
        sets: Sets,
        transitions: Transitions,
        probing: Probing,
        pings: Pings,
        listeners: Listeners,
        names: Names,
        settings: PingSettings,
        *,
        alpha: float | None = None,
        retain: bool = False,
        warn: Callable[[str], None],
    ) -> None:
        self.transitions = transitions
        self.probing = probing
        self.pings = pings
        self.listeners = listeners
        self.names = names
        self.alpha = alpha
        self.lookups = DeferredSemaphore(LOOKUPS)
        #: Names that were looked up since the last turn: who asked, and what was found.
        self.found: list[tuple[Probe, list[Target]]] = []
        self.sets = sets
        self._settings = settings
        self._retain = retain
        self._warn = warn
        self._probes: dict[Destination, Probe] = {}
        #: Those of the load before that nobody has looked at yet, while that is done.
        self._before: dict[Destination, Probe] = {}
        self._taking: Iterator[None] | None = None
        #: Those that the next turn schedules.
        self._new: list[Probe] = []
        self._count = 0

    def load(self) -> None:
        """Take over what the sets hold now: a part of it at once, and of a long list a part with each `advance`.

        A ping under way to a destination that is gone means nothing any more.
        """
        self._before.update(self._probes)
        self._probes = {}
        self._taking = self._take_over()
        self._go_on()

    @property
    def due(self) -> float:
        """When `advance` may have something to do next."""
        return self.pings.due if self._taking is None else 0.0

    def advance(self, now: float) -> None:
        """Time has passed."""
        if self._taking is not None:
            self._go_on()
        new, self._new = self._new, []
        for probe in new:
            # Not all at once, whenever they came: each at a place of its own within its interval.
            self._count += 1
            probe.begin(now + self._count * _SECTION % 1 * probe.plan.interval)
        found, self.found = self.found, []
        for probe, targets in found:
            probe.located(targets, now)
        self.pings.advance(now)

    def measured(self, destination: Destination) -> None:
        """Selection by latency goes by what is known of `destination` now."""
        latency = destination.latency
        if latency is not None:
            self.sets.measured(destination, latency.estimate, latency.average)

    def _go_on(self) -> None:
        assert self._taking is not None
        if next(self._taking, _DONE) is _DONE:
            self._taking = None

    def _take_over(self) -> Iterator[None]:
        """In steps."""
        number = 0
        for group in list(self.sets):
            for destination in group.destinations:
                self._take(destination, self._before.pop(destination, None))
                number += 1
                if not number % SLICE:
                    yield
        while self._before:
            self._before.popitem()[1].close()
            number += 1
            if not number % SLICE:
                yield

    def _take(self, destination: Destination, probe: Probe | None) -> None:
        record = destination.record
        if probe is None or probe.record != record:
            planned = plan(destination, self._settings, self.listeners, self._warn)
            if probe is None or probe.plan.interval != planned.interval:
                if probe is not None:
                    probe.close()
                probe = Probe(self, destination, planned)
                self._new.append(probe)
            probe.record, probe.plan = record, planned
        if self.alpha is not None and (destination.latency is None or not self._retain):
            destination.latency = Latency(probe.plan.latency)
            self.measured(destination)
        self._probes[destination] = probe


class Probe(ClientUser):
    """The pings of one destination, one after the other. As a timer it is when the next is due."""

    __slots__ = ("_closed", "_due", "_located", "_probes", "_sent", "_transaction", "destination", "plan", "record")

    def __init__(self, probes: Probes, destination: Destination, plan: PingPlan) -> None:
        super().__init__()
        self.destination = destination
        #: How it is pinged, and the record that says so.
        self.plan = plan
        self.record = destination.record
        self._probes = probes
        self._due = 0.0
        #: The ping under way, and when it was sent.
        self._transaction: ClientTransaction | None = None
        self._sent = 0.0
        #: False while its name is looked up.
        self._located = True
        self._closed = False

    def begin(self, due: float) -> None:
        """Ping for the first time when `due`, then each interval; never without one."""
        if not self._closed and self.plan.interval:
            self._due = due
            self._probes.pings.wake(self, due)

    def close(self) -> None:
        """No more pings, and no answer to one counts."""
        self._closed = True
        self._probes.pings.forget(self)
        if self._transaction is not None:
            self._transaction.terminate()
            self._transaction = None

    def fire(self, now: float) -> None:
        """The next ping is due."""
        self._due += self.plan.interval
        if self._due <= now:
            self._due = now + self.plan.interval
        wanted = self._is_wanted()
        self._probes.pings.wake(self, self._due, loosely=not wanted)
        if wanted and self._transaction is None and self._located and self._probes.probing.active:
            self._ask(now)

    def located(self, targets: list[Target], now: float) -> None:
        """Where the name leads that was asked for."""
        self._located = True
        if self._closed or not self._is_wanted():
            return
        if targets:
            self._send(targets, now)
        else:
            self._failed(PingReason(f"ping: {self.plan.hop.host} has no address"), now)

    def on_response(self, client: ClientTransaction, response: Response, now: float) -> None:
        status = response.status
        if client is not self._transaction or status < 200:
            return
        self._transaction = None
        if not self._is_wanted():
            return
        probes = self._probes
        if probes.alpha is not None and self.destination.latency is not None:
            self.destination.latency.sample((now - self._sent) * 1000, probes.alpha)
            probes.measured(self.destination)
        codes = self.plan.codes if self.plan.codes is not None else probes.probing.reply_codes
        reason = PingReason(f"ping answered {status}", status, _phrase(response))
        if status in codes:
            probes.transitions.ping_answered(self.destination, reason, now)
        else:
            self._failed(reason, now)

    def on_timeout(self, client: ClientTransaction, now: float) -> None:
        if client is not self._transaction:
            return
        self._transaction = None
        if not self._is_wanted():
            return
        if self.destination.latency is not None:
            self.destination.latency.timeout()
        self._failed(PingReason(f"ping not answered in {self.plan.timeout:g} s"), now)

    def _is_wanted(self) -> bool:
        return self._probes.probing.wants(self.destination.flags)

    def _ask(self, now: float) -> None:
        hop = self.plan.hop
        if hop.address is not None:
            self._send([(hop.transport, hop.host, hop.port)], now)
            return
        self._located = False
        probes = self._probes

        def found(targets: list[Target]) -> None:
            # The proxy's time is the turn's.
            probes.found.append((self, targets))

        probes.lookups.run(probes.names.locate, hop, 0).addCallback(found)

    def _send(self, targets: list[Target], now: float) -> None:
        planned, probes = self.plan, self._probes
        hop = planned.hop
        for transport, host, port in targets:
            sending = probes.listeners.towards(host, transport, planned.near)
            if sending is not None:
                ping = Ping(planned.method, planned.uri, planned.from_uri, sending)
                self._sent = now
                self._transaction = probes.pings.send(self, ping, hop, (host, port), planned.timeout, now)
                return
        self._failed(PingReason(f"ping: no listener for {targets[0][0]} to {targets[0][1]}"), now)

    def _failed(self, reason: PingReason, now: float) -> None:
        self._probes.transitions.ping_failed(self.destination, reason, now)


def _phrase(response: Response) -> str:
    """What stands behind the status in its first line."""
    line = response.data[: response.data.index(b"\r\n")]
    return line[len("SIP/2.0 200 ") :].decode("utf-8", "replace")
