"""The methods named dispatcher.*: names, shapes of results, faults and their texts are those of Kamailio 5.6.3."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable

from twisted.logger import Logger

from txdispatcher.balancing.destination import Destination
from txdispatcher.balancing.destination_set import DestinationSet
from txdispatcher.balancing.latency import Latency
from txdispatcher.balancing.sets import Sets
from txdispatcher.balancing.states import letters, parse_state
from txdispatcher.control.table import Fault, Kind, Method, Parameter
from txdispatcher.errors import DispatcherError, UnknownDestination, UnknownState


class Spacing:
    """`reload_delta` (guide 3.40): the seconds that must lie between one change of the sets by RPC and the next.

    Reload, add and remove share one; it is the call that counts, whatever comes of it.
    """

    def __init__(self, delta: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._delta = delta
        self._clock = clock
        self._last: float | None = None

    def enter(self) -> None:
        """Begin a change. Raises Fault where it comes too soon."""
        now = self._clock()
        if self._last is not None and now - self._last < self._delta:
            raise Fault(500, "Ongoing reload")
        self._last = now


def dispatcher_methods(sets: Sets, reload: Callable[[], Awaitable[None]], spacing: Spacing) -> list[Method]:
    """The entries for the table. `reload` loads the sets anew; where that cannot be, it logs why and raises DispatcherError."""
    reloading = False

    def list_sets(mode: str = "") -> dict[str, object]:
        if not len(sets):
            raise Fault(500, "No Destination Sets")
        short = mode.lower() == "short"
        return {"NRSETS": len(sets), "RECORDS": [{"SET": _set(each, short)} for each in sets]}

    def set_state(state: str, group: int, address: str) -> str:
        if not state:
            raise Fault(500, "Invalid State Parameter")
        try:
            sets.set_state(
                group, address, parse_state(_state_word(state)), time.monotonic(), reason=f"dispatcher.set_state {state}"
            )
        except UnknownState:
            raise Fault(500, "Unknown State Value") from None
        except UnknownDestination:
            raise Fault(500, "State Update Failed") from None
        if group in sets:  # "all" of a set that is not there is no error, and nothing either.
            _log.info(
                "dispatcher.set_state: {address!r} of set {group} is now {state!r}", address=address, group=group, state=state
            )
        return "Ok. Dispatcher state updated."

    async def reload_sets() -> str:
        nonlocal reloading
        if reloading:
            raise Fault(500, "Ongoing reload")
        spacing.enter()
        reloading = True
        try:
            await reload()
        except DispatcherError:  # Logged by who raised it.
            raise Fault(500, "Reload Failed") from None
        finally:
            reloading = False
        return "Ok. Dispatcher successfully reloaded."

    return [
        Method(
            "dispatcher.list",
            (Parameter("mode", Kind.WORD, required=False),),
            "Show the sets and the state of each destination; mode short leaves out their attributes",
            list_sets,
        ),
        Method(
            "dispatcher.set_state",
            (
                Parameter("state", Kind.WORD),
                Parameter("group", Kind.INTEGER),
                Parameter("address", Kind.STRING),
            ),
            "Set the state (a, i, t or d, with p behind it for probing) of a destination, or of all, in a set",
            set_state,
            changes=True,
            example=("ip", 2, "sip:127.0.0.1:5080"),
        ),
        Method("dispatcher.reload", (), "Load the sets anew; where that fails nothing changes", reload_sets, changes=True),
    ]


_log = Logger()

#: 20 digits are beyond the range in any case, and Python refuses to convert thousands of them.
_LEADING_INTEGER = re.compile(r"\s*([+-]?)0*([0-9]{0,20})", re.ASCII)
_INT_MIN, _INT_MAX = -(2**31), 2**31 - 1
#: The values of `rweight` that Kamailio takes; it ignores others.
_RWEIGHTS = range(1, 101)


def _state_word(state: str) -> str:
    """What counts in `state`: the first character, and the second if it is a p (Kamailio takes "ax" and "apx" too)."""
    return state[0] + ("p" if state[1:2] in ("p", "P") else "")


def _set(found: DestinationSet, short: bool) -> dict[str, object]:
    return {"ID": found.id, "TARGETS": [{"DEST": _destination(each, short)} for each in found.destinations]}


def _destination(destination: Destination, short: bool) -> dict[str, object]:
    record = destination.record
    shown: dict[str, object] = {
        "URI": destination.uri,
        "FLAGS": letters(destination.flags),
        "PRIORITY": record.priority,
    }
    if not short and (record.attributes_text or record.attributes):
        rweight = _integer(record.attribute("rweight"))
        shown["ATTRS"] = {
            "BODY": record.attributes_text,
            "DUID": record.attribute("duid"),
            "MAXLOAD": _integer(record.attribute("maxload")),
            "WEIGHT": destination.weight,
            "RWEIGHT": rweight if rweight in _RWEIGHTS else 0,
            "SOCKET": record.attribute("socket"),
            "SOCKNAME": record.attribute("sockname"),
            "OBPROXY": record.attribute("obproxy"),
        }
    if destination.latency is not None:
        shown["LATENCY"] = _latency(destination.latency)
    return shown


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
