"""At which addresses destinations are, for "does this come from one of them?"."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

from txdispatcher.balancing.destination import Destination, Record
from txdispatcher.balancing.states import NO_DNS


class Addresses:
    """Destinations by host and port, in the order in which they were added, which is to be that of listing."""

    __slots__ = ("_count", "_there")

    def __init__(self) -> None:
        self._count = 0
        #: By host and port, 0 for any: the place in the order, set, transport, destination.
        self._there: dict[tuple[str, int], list[tuple[int, int, str, Destination]]] = {}

    def add(self, destination: Destination, record: Record) -> None:
        """`destination` will be where `record` says, and at the addresses that its name has."""
        if record.flags & NO_DNS:  # The guide: cannot be matched with ds_is_from_list().
            return
        entry = self._count, record.set_id, record.transport, destination
        self._count += 1
        there, port = self._there, record.port
        there.setdefault((record.host, port), []).append(entry)
        for host in destination.hosts:
            there.setdefault((host, port), []).append(entry)

    def __iter__(self) -> Iterator[object]:
        """What it is made of."""
        return iter(self._there.values())

    def find(self, host: str, port: int, transport: str | None, set_id: int | None) -> Destination | None:
        """See `Sets.find`."""
        host = host.lower()
        first = found = None
        for key in ((host, port), (host, 0)):
            for place, id, carried, destination in self._there.get(key, ()):
                if (set_id is None or id == set_id) and (transport is None or carried == transport):
                    if first is None or place < first:
                        first, found = place, destination
                    break
        return found


def canonical(host: str) -> str:
    """The one form in which addresses and names are compared."""
    try:
        return ip_address(host).compressed
    except ValueError:
        return host.lower()
