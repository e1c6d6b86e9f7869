"""The listener that a destination is reached from: its attributes `sockname` and `socket`, or what the parameters say for all."""

from __future__ import annotations

from collections.abc import Mapping

from txdispatcher.balancing.destination import Record
from txdispatcher.proxy.listener import Listener, Listeners, bracketed


class Sockets:
    """`names` are listeners by the names of `sockname`; `default` is the one of ds_default_sockname or ds_default_socket."""

    def __init__(
        self, listeners: Listeners, names: Mapping[str, Listener] | None = None, default: Listener | None = None
    ) -> None:
        self.names: Mapping[str, Listener] = names or {}
        self.default = default
        self._by_place: dict[str, Listener] = {}
        for listener in listeners.all:
            place = f"{bracketed(listener.host).decode()}:{listener.port}".lower()
            self._by_place.setdefault(place, listener)
            self._by_place[f"{listener.transport}:{place}"] = listener

    def at(self, text: str) -> Listener | None:
        """The listener that a `socket` means: ``udp:127.0.0.1:5060``, or without the transport."""
        return self._by_place.get(text.lower())

    def sending(self, record: Record) -> Listener | None:
        """The listener for `record` (guide, "socket" and "sockname", which goes first); None: any that fits.

        An attribute that names none of ours is as good as none; who makes the plan of pings warns about it.
        """
        name, place = record.attribute("sockname"), record.attribute("socket")
        found = self.names.get(name) if name is not None else None
        if found is None and place is not None:
            found = self.at(place)
        return found or self.default
