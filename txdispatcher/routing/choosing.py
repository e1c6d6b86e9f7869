"""What every way of routing shares: a destination for a request, the hop that it is, and the Request-URI that it gets."""

from __future__ import annotations

from txdispatcher.balancing.destination import Destination
from txdispatcher.balancing.selection import Selection
from txdispatcher.balancing.sets import Sets
from txdispatcher.proxy.context import Context
from txdispatcher.proxy.hop import Hop, hop_at
from txdispatcher.proxy.listener import bracketed
from txdispatcher.routing.keys import algorithm_keys
from txdispatcher.routing.pseudovariables import Format
from txdispatcher.routing.sockets import Sockets
from txdispatcher.sip.uri import TEL, Uri


class Choosing:
    """Selection from `sets` by what stands in a request.

    `user_only` is bit 1 of the parameter `flags`, `hash_pvar` what algorithm 7 hashes. `sockets` says where requests leave; None:
    where each suggests.
    """

    def __init__(
        self, sets: Sets, user_only: bool = False, hash_pvar: Format | None = None, sockets: Sockets | None = None
    ) -> None:
        self.sets = sets
        self.sockets = sockets
        self.user_only = user_only
        self.hash_pvar = hash_pvar

    def choose(self, context: Context, set_id: int, algorithm: int, now: float, limit: int = 0) -> Selection | None:
        """Select from set `set_id`; see `Sets.select`."""
        x, y = algorithm_keys(context, algorithm, self.user_only, self.hash_pvar)
        return self.sets.select(set_id, algorithm, x, y, now, limit)


def hop_at_destination(destination: Destination) -> Hop:
    """Where the destination is."""
    record = destination.record
    return hop_at(record.host, record.port, record.transport, ";transport=" in record.uri.lower(), destination)


def hop_to(destination: Destination, sockets: Sockets | None) -> Hop:
    """Where the destination is, and from where it is reached: made once, and kept with it."""
    hop = destination.target
    if not isinstance(hop, Hop):
        hop = hop_at_destination(destination)
        if sockets is not None:
            hop.near = sockets.sending(destination.record)
        destination.target = hop
    return hop


def with_domain(uri: Uri, destination: Destination) -> bytes:
    """`uri` with the host and port of the destination in it (ds_select_domain)."""
    record = destination.record
    scheme = b"sip" if uri.scheme == TEL else uri.scheme
    host = bracketed(record.host)
    place = b"%b:%d" % (host, record.port) if record.port else host
    user = b"%b@" % uri.user if uri.user is not None else b""
    return b"%b:%b%b%b%b" % (scheme, user, place, uri.params, uri.headers)
