"""What can be said of the destinations beside the settings: who cannot be reached, is there twice, or never comes back.

Each check gives a line for each fault; of many destinations with one fault, a few are named.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from ipaddress import ip_address

from txdispatcher.balancing.algorithms import WEIGHT
from txdispatcher.balancing.assembly import identity
from txdispatcher.balancing.attributes import attribute_warnings
from txdispatcher.balancing.destination import Destination, Record
from txdispatcher.balancing.states import INACTIVE, NO_PING, PROBING, parse_mark
from txdispatcher.config import Config
from txdispatcher.listening import listeners_of, sockets_of
from txdispatcher.liveness import ping_settings_of, probing_of
from txdispatcher.net.ping_plan import plan

#: Destinations with the same fault that are named, each; of the others the number says enough.
_NAMED = 3

_IPV4 = re.compile(r"[0-9.]+")


def destination_warnings(config: Config, records: Sequence[Record], name: str) -> Iterator[str]:
    """What is wrong with the destinations of the source called `name`, beside what their pings say at each load."""
    yield from _unreachable(config, records, name)
    yield from _twice(records, name)
    full = [record for record in records if record.meaning.maxload] if config.sip.mode == "stateless" else ()
    if full:
        yield f"{name}: maxload of {_named(full)} is without effect in stateless mode: no calls are counted"
    algorithms = config.algorithms()
    weighed = None if algorithms is None else [id for id, some in algorithms.items() if WEIGHT in some]
    for text in attribute_warnings(records, weighed):
        yield f"{name}: {text}"


def ping_warnings(config: Config, records: Sequence[Record], name: str) -> list[str]:
    """The attributes about pings that are not taken. `sip.listen` must stand for addresses that are there."""
    listeners = listeners_of(config)
    settings = ping_settings_of(config, listeners, sockets_of(config, listeners))
    found: list[str] = []
    for record in records:
        plan(Destination(record), settings, listeners, lambda text: found.append(f"{name}: {text}"))
    return found


def never_back(config: Config, records: Sequence[Record], name: str) -> Iterator[str]:
    """Those that `mark_failed` takes out and no ping brings back."""
    route = config.route
    flags = parse_mark(route.mark_failed) if route.mark_failed not in ("", "d") else None  # Disabled: somebody's own wish.
    if flags is None or not route.failover or config.script:
        return
    listeners = listeners_of(config)
    settings = ping_settings_of(config, listeners, sockets_of(config, listeners))
    probing = probing_of(config)
    used = config.algorithms() or {}
    found: dict[str, list[Record]] = {}
    for record in records:
        if record.set_id not in used:
            continue
        if record.flags & NO_PING:
            found.setdefault("their flag 32 keeps pings away", []).append(record)
        elif not plan(Destination(record), settings, listeners, _nobody).interval:
            found.setdefault("dispatcher.ds_ping_interval is 0", []).append(record)
        elif not probing.wants(INACTIVE | flags & PROBING):
            reason = f'dispatcher.ds_probing_mode {probing.mode} pings who has the mark P, and "{route.mark_failed}" sets none'
            found.setdefault(reason, []).append(record)
    for reason, some in found.items():
        yield f"{name}: {_named(some)} once taken out by route.mark_failed, nothing brings back: {reason}"


def _nobody(text: str) -> None:
    """What is wrong with attributes is told elsewhere."""


def _unreachable(config: Config, records: Sequence[Record], name: str) -> Iterator[str]:
    """The destinations that no listener can send to."""
    listeners = {(one.transport, ip_address(one.host).version) for one in config.sip.listen}
    found: dict[str, list[Record]] = {}
    for record in records:
        version = _version(record.host)
        if all(transport != record.transport for transport, _ in listeners):
            found.setdefault(f"none of sip.listen is for {record.transport}", []).append(record)
        elif version and (record.transport, version) not in listeners:
            found.setdefault(f"none of sip.listen is for {record.transport} over IPv{version}", []).append(record)
    for reason, unreachable in found.items():
        yield f"{name}: {_named(unreachable)} cannot be reached: {reason}"


def _twice(records: Sequence[Record], name: str) -> Iterator[str]:
    """The destinations that are in one set more than once."""
    for (set_id, (uri, _)), number in Counter((record.set_id, identity(record)) for record in records).items():
        if number > 1:
            yield f"{name}: {uri} is in set {set_id} {number} times: as many shares, and set_state reaches the first alone"


def _named(records: Sequence[Record]) -> str:
    named = ", ".join(f"{record.uri} of set {record.set_id}" for record in records[:_NAMED])
    return f"{named} and {len(records) - _NAMED} more" if len(records) > _NAMED else named


def _version(host: str) -> int:
    """4 or 6; 0 for a name."""
    return 6 if ":" in host else 4 if _IPV4.fullmatch(host) else 0
