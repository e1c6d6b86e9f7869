"""The attributes of a destination that mean something here, read once (guide, section "Special Attributes").

A value that is not allowed is as good as none, and `attribute_warnings` says so. Others are the user's own and stay in
`Record.attributes`; the ones that start with `ping_` and are about intervals and codes are read by who sends the pings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from txdispatcher.balancing.destination import Record

_DIGITS = re.compile(r"\+?0*([0-9]{1,9})")
_DECIMAL = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")

#: A share, of a hundred or of a sum, is at most this.
_PER_CENT = 100


class Attributes(NamedTuple):
    """Of one destination. A number is 0, a text empty, where the attribute is missing or its value not allowed."""

    #: The name under which its calls go on when its URI changes; to be found by in `set_duid_state`.
    duid: str = ""
    #: How many calls at once, 0 for any number.
    maxload: int = 0
    #: How many new calls a second, 0.0 for any number.
    maxcps: float = 0.0
    #: Per cent of the calls under algorithm 9; the weight of RFC 2782 under 15.
    weight: int = 0
    #: The part of the sum under algorithms 11 and "rendezvous".
    rweight: int = 0
    #: Congestion control under algorithms 11 and 13.
    cc: bool = False
    socket: str = ""
    ping_socket: str = ""
    sockname: str = ""
    ping_from: str = ""
    obproxy: str = ""
    #: Milliseconds that the latency is taken to be before a ping was measured.
    latency: int = 0
    #: Per cent of the calls kept away under algorithm 64 while no report is in force, and the bounds of what a report may say.
    ocrate: int = 0
    ocmin: int = 0
    ocmax: int = _PER_CENT


def parse_weight(text: str) -> int:
    """The per cent, 1 to 100, that the value `text` of an attribute says; 0, none, for anything else."""
    return _read_percent(text) or 0


#: Of the many destinations that have none.
_NONE = Attributes()


def read_attributes(attributes: Mapping[str, str | None]) -> Attributes:
    """What the attributes of a record say. Of several with one name the last counts."""
    found: dict[str, Any] = {}
    for key, value in attributes.items():
        name = key.lower()
        read = _READERS.get(name)
        if read is not None:
            found[name] = read(value or "")
    if not found:
        return _NONE
    if not _OVERLOAD.isdisjoint(found):
        found.update(_overload(**{name: found.get(name, 0) for name in _OVERLOAD}))
    return Attributes(**found)


def _overload(ocrate: int, ocmin: int, ocmax: int) -> dict[str, int]:
    """The three so that they fit together."""
    ocmax = ocmax or _PER_CENT
    ocmin = ocmin if ocmin <= ocmax else 0
    return {"ocrate": max(ocmin, min(ocmax, ocrate)), "ocmin": ocmin, "ocmax": ocmax}


def attribute_warnings(records: Iterable[Record], weighed: Container[int] | None = None) -> Iterator[str]:
    """A line for each attribute that cannot work as it was meant: what it is, of which destination, and what becomes of it.

    `weighed` are the sets that requests are sent to by algorithm 9, None where that is not known.
    """
    weights: dict[int, int] = {}
    duids: dict[tuple[int, str], str] = {}
    for record in records:
        for key, text in record.attributes.items():
            name = key.lower()
            number = _NUMBERS.get(name)
            if number is None or text is None:
                continue
            allowed, instead, read = number
            if read(text) is None:
                yield f"{name} {text!r} of {record.uri} in set {record.set_id} is not {allowed}: {instead}"
        found = record.meaning
        weights[record.set_id] = weights.get(record.set_id, 0) + found.weight
        if found.duid:
            first = duids.setdefault((record.set_id, found.duid), record.uri)
            if first != record.uri:
                yield (
                    f"duid {found.duid!r} in set {record.set_id} names {record.uri} and {first}: set_duid_state changes both, "
                    "and calls that go on under another URI go to the first that is found"
                )
    for set_id, total in weights.items():
        if total > _PER_CENT and (weighed is None or set_id in weighed):
            yield f"the weights of set {set_id} add up to {total}: what is beyond 100 gets no calls under algorithm 9"


def _read_number(text: str) -> int | None:
    match = _DIGITS.fullmatch(text)
    return int(match[1]) if match else None


def _read_decimal(text: str) -> float | None:
    return float(text) if _DECIMAL.fullmatch(text) else None


def _read_percent(text: str) -> int | None:
    number = _read_number(text)
    return number if number is not None and number <= _PER_CENT else None


def _read_switch(text: str) -> int | None:
    number = _read_number(text)
    return number if number in (0, 1) else None


def _read_share(text: str) -> int | None:
    return _read_percent(text) or None


def _number(text: str) -> int:
    return _read_number(text) or 0


def _decimal(text: str) -> float:
    return _read_decimal(text) or 0.0


#: For each attribute what reads it.
_READERS: dict[str, Callable[[str], Any]] = {
    "duid": str,
    "maxload": _number,
    "maxcps": _decimal,
    "weight": parse_weight,
    "rweight": parse_weight,
    "cc": lambda text: bool(_number(text)),
    "socket": str,
    "ping_socket": str,
    "sockname": str,
    "ping_from": str,
    "obproxy": str,
    "latency": _number,
    "ocrate": parse_weight,
    "ocmin": parse_weight,
    "ocmax": parse_weight,
}
_OVERLOAD = frozenset(("ocrate", "ocmin", "ocmax"))

#: For each attribute that is a number: what is allowed, what becomes of another value, and who reads it. `weight` is not here:
#: who makes the record warns about it.
_NUMBERS: dict[str, tuple[str, str, Callable[[str], float | None]]] = {
    "maxload": ("a number of calls", "it has no limit", _read_number),
    "maxcps": ("a number of calls a second", "it has no limit", _read_decimal),
    "rweight": ("a number from 1 to 100", "it has no rweight", _read_share),
    "cc": ("0 or 1", "a number counts as 1, anything else as 0", _read_switch),
    "latency": ("a number of milliseconds", "it starts from 0", _read_number),
    "ocrate": ("a number from 0 to 100", "0 is taken", _read_percent),
    "ocmin": ("a number from 0 to 100", "0 is taken", _read_percent),
    "ocmax": ("a number from 0 to 100", "100 is taken", _read_percent),
}
