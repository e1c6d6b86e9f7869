"""Which destination is where a request comes from: what ds_is_from_list() asks, by the bits of its `mode` (guide, 4.11)."""

from __future__ import annotations

from dataclasses import dataclass

from txdispatcher.balancing.destination import Destination
from txdispatcher.balancing.sets import Sets
from txdispatcher.proxy.listener import Listener
from txdispatcher.routing.sockets import Sockets

ANY_PORT = 1
ANY_PROTOCOL = 2
#: Only one that may be selected.
ONLY_ACTIVE = 4
#: One that has a socket of ours has the one that the request came by.
SAME_SOCKET = 8
#: Whatever its URI and attributes name has to be so; the one that names most is found.
CLOSEST = 16


@dataclass(frozen=True, slots=True)
class Source:
    """Where a request comes from, and by which listener of ours."""

    host: str
    port: int
    transport: str
    near: Listener


def find_source(sets: Sets, source: Source, set_id: int | None, bits: int, sockets: Sockets | None) -> Destination | None:
    """The destination at `source`, in one set or in all; the first one unless the bits ask for the closest."""
    if not bits & ~ANY_PROTOCOL:
        return sets.find(source.host, source.port, None if bits else source.transport, set_id)
    loose = bits & CLOSEST
    found = sets.search(
        source.host,
        None if bits & ANY_PORT or loose else source.port,
        None if bits & ANY_PROTOCOL or loose else source.transport,
        set_id,
        active=bool(bits & ONLY_ACTIVE),
    )
    if bits & SAME_SOCKET:
        found = (each for each in found if _socket(each, sockets) in (None, source.near))
    if not loose:
        return next(found, None)
    closest, most = None, -1
    for each in found:
        named = _named(each, source, sockets)
        if named > most:
            closest, most = each, named
    return closest


def _socket(destination: Destination, sockets: Sockets | None) -> Listener | None:
    return sockets.sending(destination.record) if sockets is not None else None


def _named(destination: Destination, source: Source, sockets: Sockets | None) -> int:
    """How much of `source` the destination names, the socket above all; -1 if it names something else."""
    record = destination.record
    uri = record.uri.lower()
    told = (
        (record.port, source.port),
        (record.transport if uri.startswith("sips:") or ";transport=" in uri else None, source.transport),
        (_socket(destination, sockets), source.near),
    )
    if any(own and own != other for own, other in told):
        return -1
    return sum(1 << place for place, (own, _) in enumerate(told) if own)
