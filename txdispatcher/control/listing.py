"""What dispatcher.list shows, with the names and in the order of Kamailio 5.6.3 or 6, and what dispatcher.oclist does."""

from __future__ import annotations

import re

from txdispatcher.balancing.destination import Destination
from txdispatcher.balancing.destination_set import DestinationSet
from txdispatcher.balancing.latency import Latency
from txdispatcher.balancing.sets import Sets
from txdispatcher.balancing.states import DRAINING, NO_PING, PROBING, letters
from txdispatcher.control.counting import Counting


class Listing:
    """`six`: with the fields of Kamailio 6. `counting` says where numbers of calls are shown."""

    def __init__(self, sets: Sets, *, six: bool, counting: Counting) -> None:
        self._sets = sets
        self._six = six
        self._counting = counting

    def show(self, mode: str) -> dict[str, object]:
        """All sets. Of `mode`, "short" (no attributes) and "full" (addresses too) mean something, in any case."""
        records = [{"SET": self._set(each, mode.lower())} for each in self._sets]
        return {"NRSETS": len(self._sets), "RECORDS": records}

    def overload(self, found: DestinationSet, now: float) -> list[object]:
        """The overload control of each destination of a set, by Kamailio's names."""
        return [
            {
                "group": found.id,
                "uri": each.uri,
                "flags": each.flags,
                "priority": each.record.priority,
                "ocrate": each.overload.rate(now),
                "ocseq": each.overload.sequence,
                "ocmin": each.attributes.ocmin,
                "ocmax": each.attributes.ocmax,
            }
            for each in found.destinations
        ]

    def _set(self, found: DestinationSet, mode: str) -> dict[str, object]:
        load = self._counting.shows(found)
        return {"ID": found.id, "TARGETS": [{"DEST": self._destination(each, mode, load)} for each in found.destinations]}

    def _destination(self, destination: Destination, mode: str, load: bool) -> dict[str, object]:
        record = destination.record
        shown: dict[str, object] = {
            "URI": destination.uri,
            "FLAGS": self.letters(destination.flags),
            "PRIORITY": record.priority,
        }
        full = mode == "full"
        if full:
            shown |= _address(destination)
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
        rweight = _integer(record.attribute("rweight"))
        shown: dict[str, object] = {"BODY": record.attributes_text, "DUID": record.attribute("duid")}
        if self._six:
            shown["PROBING_COUNT"] = destination.row
        shown |= {
            "MAXLOAD": _integer(record.attribute("maxload")),
            "WEIGHT": destination.weight,
            "RWEIGHT": rweight if rweight in _RWEIGHTS else 0,
            "SOCKET": record.attribute("socket"),
            "SOCKNAME": record.attribute("sockname"),
            "OBPROXY": record.attribute("obproxy"),
        }
        if self._six:
            shown |= {
                "PING_SOCKET": record.attribute("ping_socket"),
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
    match = _LEADING_INTEGER.match(text or "")
    assert match is not None  # It matches the empty string.
    return max(_INT_MIN, min(_INT_MAX, int(match[1] + (match[2] or "0"))))
