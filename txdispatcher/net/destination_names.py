"""The addresses of destinations that are given by name, so that a request from one is recognised; `ds_dns_mode` says when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from twisted.internet.base import DelayedCall
from twisted.internet.defer import Deferred, DeferredSemaphore, gatherResults

from txdispatcher.balancing.destination import Destination
from txdispatcher.balancing.sets import Sets
from txdispatcher.net.clock import Clock
from txdispatcher.net.names import Names
from txdispatcher.proxy.hop import is_address
from txdispatcher.routing.choosing import hop_at_destination

#: Names that are looked up at once, so that a long list leaves room for those of requests.
LOOKUPS = 20
#: Seconds between two rounds where Kamailio would look up each time that it asks: what has not expired is not asked for again.
OFTEN = 30.0

#: Bits of ds_dns_mode.
AT_LOAD = 1
ALWAYS = 2
EACH_INTERVAL = 4
SERVICES = 8


@dataclass(frozen=True, slots=True)
class DnsSettings:
    """`mode` is ds_dns_mode; seconds, `ttl` 0: that of the records. Without `match_all` a name stands for its first address."""

    mode: int = AT_LOAD
    interval: float = 600.0
    ttl: int = 0
    match_all: bool = True


class DestinationNames:
    """Tells `sets` which addresses its destinations have. `warn` is given a line for each that has none, at each load."""

    def __init__(self, sets: Sets, names: Names, settings: DnsSettings, clock: Clock, warn: Callable[[str], None]) -> None:
        self._sets = sets
        self._names = names
        self._settings = settings
        self._clock = clock
        self._warn = warn
        self._next: DelayedCall | None = None

    def loaded(self) -> None:
        """The sets are new, or others than before."""
        if self._settings.mode & (AT_LOAD | ALWAYS | EACH_INTERVAL):
            self._locate(self._warn)
        self.stop()
        if self._settings.mode & (ALWAYS | EACH_INTERVAL):
            self._plan()

    def stop(self) -> None:
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def _plan(self) -> None:
        settings = self._settings
        self._next = self._clock.callLater(OFTEN if settings.mode & ALWAYS else settings.interval, self._again)

    def _again(self) -> None:
        self._locate(lambda text: None)
        self._plan()

    def _locate(self, warn: Callable[[str], None]) -> None:
        named = [each for group in self._sets for each in group.destinations if not is_address(each.record.host)]
        some = DeferredSemaphore(LOOKUPS)

        def found(answers: list[list[str]]) -> None:
            for each, addresses in zip(named, answers, strict=True):
                if not addresses:
                    warn(f"set {each.record.set_id}: {each.uri}: its host has no address")
            self._sets.locate(zip(named, answers, strict=True))

        gatherResults([some.run(self._addresses, each) for each in named]).addCallback(found)

    def _addresses(self, destination: Destination) -> Deferred[list[str]]:
        settings = self._settings
        if settings.mode & SERVICES:
            targets = self._names.locate(hop_at_destination(destination), 0, settings.ttl)
            answer = targets.addCallback(lambda found: list(dict.fromkeys(address for _, address, _ in found)))
        else:
            answer = self._names.lookup(destination.record.host, settings.ttl)
        return answer if settings.match_all else answer.addCallback(lambda found: found[:1])
