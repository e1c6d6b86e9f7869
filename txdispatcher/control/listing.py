"""What dispatcher.list shows, with the names and in the order of Kamailio 5.6.3 or 6, and what dispatcher.oclist does."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from hashlib import blake2s

from txdispatcher.balancing.assembly import identity
from txdispatcher.balancing.destination import Destination
from txdispatcher.balancing.destination_set import DestinationSet
from txdispatcher.balancing.latency import Latency
from txdispatcher.balancing.sets import Sets
from txdispatcher.balancing.states import DRAINING, NO_PING, PROBING, letters
from txdispatcher.control.counting import Counting
from txdispatcher.control.pieces import Pieces


class Listing:
    """`six`: with the fields of Kamailio 6. `counting` says where numbers of calls are shown.

    `monotonic` is the clock that `sets` go by, `wall` gives seconds since the epoch.
    """

    def __init__(
        self,
        sets: Sets,
        *,
        six: bool,
        counting: Counting,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._sets = sets
        self._six = six
        self._counting = counting
        self._monotonic = monotonic
        self._wall = wall

    def show(self, mode: str) -> dict[str, object]:
        """All sets, with Pieces. Of `mode`, "short" (no attributes) and "full" (addresses too) mean something, in any case."""
        # Which there are now; a reload may come before all are shown.
        sets = [(each, each.destinations) for each in self._sets]
        return {"NRSETS": len(sets), "RECORDS": Pieces(lambda: (self._set(*each, mode.lower()) for each in sets), nested=True)}

    def overload(self, found: DestinationSet) -> Pieces:
        """The overload control of each destination of a set, by Kamailio's names."""
        destinations = found.destinations
        return Pieces(lambda: (self._overload(found.id, each) for each in destinations))

    def _overload(self, group: int, destination: Destination) -> dict[str, object]:
        return {
            "group": group,
            "uri": destination.uri,
            "flags": destination.flags,
            "priority": destination.record.priority,
            **self._control(destination),
            "ocmin": destination.attributes.ocmin,
            "ocmax": destination.attributes.ocmax,
        }

    def _control(self, destination: Destination) -> dict[str, int]:
        """Where the overload control of a destination stands; the time is that of its end, 0 before the first report."""
        control, now = destination.overload, self._monotonic()
        end = 0 if control.until is None else round((self._wall() - now + control.until) * 1_000_000)
        return {
            "ocrate": control.rate(now),
            "ocidx": control.place,
            "ocseq": int(control.sequence),
            "octime_sec": end // 1_000_000,
            "octime_usec": end % 1_000_000,
        }

    def _set(self, found: DestinationSet, destinations: Sequence[Destination], mode: str) -> dict[str, object]:
        load = self._counting.shows(found)
        shown = Pieces(lambda: ({"DEST": self._destination(each, mode, load)} for each in destinations))
        return {"SET": {"ID": found.id, "TARGETS": shown}}

    def _destination(self, destination: Destination, mode: str, load: bool) -> dict[str, object]:
        record = destination.record
        shown: dict[str, object] = {"IDX": destination.index, "IUID": _unique(destination)} if self._six else {}
        shown |= {
            "URI": destination.uri,
            "FLAGS": self.letters(destination.flags),
            "PRIORITY": record.priority,
        }
        full = mode == "full"
        if full:
            shown |= _address(destination)
            if self._six:
                shown |= {name.upper(): value for name, value in self._control(destination).items()}
        if mode != "short" and (record.attributes_text or record.attributes or (full and self._six)):
            shown["ATTRS"] = self._attributes(destination)
        if destination.latency is not None:
            shown["LATENCY"] = _latency(destination.latency)
        if load:
            shown["RUNTIME"] = {"DLGLOAD": destination.load}
        if destination.flags & DRAINING:
            # Not Kamailio's, which cannot drain; of all others the fields are what they would be there.
            shown["DRAINING"] = 1
        return shown

    def letters(self, flags: int) -> str:
        """A state's letters; Kamailio 6 says N of one that is never pinged."""
        found = letters(flags)
        return found[0] + "N" if self._six and flags & NO_PING and not flags & PROBING else found

    def _attributes(self, destination: Destination) -> dict[str, object]:
        record = destination.record
        # Read once: to look for each of them alone would take longer than everything else.
        named = {name.lower(): value for name, value in record.attributes.items()}
        rweight = _integer(named.get("rweight"))
        shown: dict[str, object] = {"BODY": record.attributes_text, "DUID": named.get("duid")}
        if self._six:
            shown["PROBING_COUNT"] = destination.row
        shown |= {
            "MAXLOAD": _integer(named.get("maxload")),
            "WEIGHT": destination.weight,
            "RWEIGHT": rweight if rweight in _RWEIGHTS else 0,
            "SOCKET": named.get("socket"),
            "SOCKNAME": named.get("sockname"),
            "OBPROXY": named.get("obproxy"),
        }
        if self._six:
            shown |= {
                "PING_SOCKET": named.get("ping_socket"),
                "OCMIN": destination.attributes.ocmin,
                "OCMAX": destination.attributes.ocmax,
            }
        return shown


#: Kamailio's numbers of the transports, for those that a URI names.
_PROTOCOLS = {"udp": 1, "tcp": 2, "tls": 3}
_TRANSPORT = re.compile(r";transport=(\w+)", re.IGNORECASE)
#: 20 digits are beyond the range in any case, and Python refuses to convert thousands of them.
_LEADING_INTEGER = re.compile(r"\s*([+-]?)0*([0-9]{0,20})", re.ASCII)
_INT_MIN, _INT_MAX = -(2**31), 2**31 - 1
#: The values of `rweight` that Kamailio takes; it ignores others.
_RWEIGHTS = range(1, 101)


def _address(destination: Destination) -> dict[str, object]:
    record = destination.record
    named = _TRANSPORT.search(record.uri)
    addresses = destination.hosts or (record.host,)
    return {
        "HOST": record.host,
        "IPADDR": addresses[0],
        "PORT": record.port,
        "PROTOID": _PROTOCOLS.get(named[1].lower(), 0) if named else 0,
        "DNSTIME_SEC": 0,
        "DNSTIME_USEC": 0,
    }


def _unique(destination: Destination) -> str:
    """What tells a destination from others, as a reload does, in few characters."""
    text = "\0".join((str(destination.record.set_id), *identity(destination.record)))
    return blake2s(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _latency(latency: Latency) -> dict[str, object]:
    return {
        "AVG": round(latency.average, 3),
        "STD": round(latency.deviation, 3),
        "EST": round(latency.estimate, 3),
        "MAX": round(latency.maximum),
        "TIMEOUT": latency.timeouts,
    }


def _integer(text: str | None) -> int:
    """The number that `text` begins with, within 32 bits; 0 without one."""
    if not text:
        return 0
    match = _LEADING_INTEGER.match(text)
    assert match is not None  # It matches the empty string.
    return max(_INT_MIN, min(_INT_MAX, int(match[1] + (match[2] or "0"))))
