"""Who sends too much (Kamailio's module pike): requests counted by source address, in units of time.

A source is blocked while its requests in this unit, in the one before, or half of both together reach the limit. Kamailio counts
in a tree of the addresses' bytes, so that a new source gets up to three times as far; here the limit is the limit.
"""

from __future__ import annotations

from collections import OrderedDict

#: Sources that are remembered; of more, those that were silent longest are forgotten. About 20 MB.
MOST_SOURCES = 100_000

ALLOWED, BLOCKED, NEWLY_BLOCKED = 1, -1, -2


class Flooding:
    """`unit` and `latency` in seconds: how long requests are counted together, and how long a silent source is remembered."""

    def __init__(self, unit: int = 2, limit: int = 30, latency: int = 120) -> None:
        self.unit = unit
        self.limit = limit
        self.latency = latency
        self._sources: OrderedDict[str, _Source] = OrderedDict()

    def __len__(self) -> int:
        return len(self._sources)

    def check(self, address: str, now: float) -> int:
        """Count a request: ALLOWED, BLOCKED, or NEWLY_BLOCKED the first time."""
        at = int(now / self.unit)
        source = self._sources.get(address)
        if source is None:
            self._forget(now)
            source = self._sources[address] = _Source(at)
        else:
            self._sources.move_to_end(address)
        if source.at != at:
            source.before = source.here if source.at == at - 1 else 0
            source.here = 0
            source.at = at
            source.blocked = source.blocked and source.before >= self.limit
        source.here += 1
        if source.before < self.limit and source.here < self.limit and (source.before + source.here) // 2 < self.limit:
            source.blocked = False
            return ALLOWED
        newly, source.blocked = not source.blocked, True
        return NEWLY_BLOCKED if newly else BLOCKED

    def _forget(self, now: float) -> None:
        """Those that were silent for too long, two at a time: more than come."""
        last = int((now - self.latency) / self.unit)
        for _ in range(2):
            if not self._sources:
                return
            address, source = next(iter(self._sources.items()))
            if source.at >= last and len(self._sources) < MOST_SOURCES:
                return
            del self._sources[address]


class _Source:
    """Requests in the unit `at`, and in the one before."""

    __slots__ = ("at", "before", "blocked", "here")

    def __init__(self, at: int) -> None:
        self.at = at
        self.before = 0
        self.here = 0
        self.blocked = False
