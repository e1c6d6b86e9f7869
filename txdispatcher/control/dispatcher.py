"""The methods named dispatcher.* that show and set states: names, results and faults are those of Kamailio 5.6.3."""

from __future__ import annotations

import time
from collections.abc import Callable

from twisted.logger import Logger

from txdispatcher.balancing.destination import Destination
from txdispatcher.balancing.hashing import ds_hash
from txdispatcher.balancing.sets import Sets
from txdispatcher.balancing.states import parse_state
from txdispatcher.control.counting import Counting
from txdispatcher.control.listing import Listing
from txdispatcher.control.pieces import Pieces
from txdispatcher.control.table import Fault, Kind, Method, Parameter
from txdispatcher.errors import UnknownDestination, UnknownState

#: The word for every destination of a set.
ALL = "all"


def dispatcher_methods(
    sets: Sets, listing: Listing, counting: Counting, clock: Callable[[], float] = time.monotonic
) -> list[Method]:
    """The entries for the table. `clock` gives seconds, and never goes back."""

    def list_sets(mode: str = "") -> dict[str, object]:
        if not len(sets):
            raise Fault(500, "No Destination Sets")
        return listing.show(mode)

    def put(method: str, setter: Callable[..., None], state: str, group: int, which: str) -> str:
        if not state:
            raise Fault(500, "Invalid State Parameter")
        try:
            setter(group, which, parse_state(_state_word(state)), clock(), reason=f"{method} {state}")
        except UnknownState:
            raise Fault(500, "Unknown State Value") from None
        except UnknownDestination:
            raise Fault(500, "State Update Failed") from None
        if group in sets:  # "all" of a set that is not there is no error, and nothing either.
            _log.info("{method}: {which!r} of set {group} is now {state!r}", method=method, which=which, group=group, state=state)
        return "Ok. Dispatcher state updated."

    def set_state(state: str, group: int, address: str) -> str:
        return put("dispatcher.set_state", sets.set_state, state, group, address)

    def set_duid_state(state: str, group: int, duid: str) -> str:
        setter = sets.set_state if duid == ALL else sets.set_duid_state
        return put("dispatcher.set_duid_state", setter, state, group, duid)

    def named(group: int, address: str) -> list[Destination]:
        if address == ALL and group in sets:
            return list(sets[group].destinations)
        try:
            return [sets.destination(group, address)]
        except UnknownDestination:
            raise Fault(500, "Destination Not Found") from None

    def drain(group: int, address: str) -> str:
        for destination in named(group, address):
            sets.drain(destination, True, clock(), reason="dispatcher.drain")
        missing = counting.missing(sets[group])
        return f"Ok. Dispatcher destination gets no new calls.{f' dst-drained may come too early: {missing}.' if missing else ''}"

    def undrain(group: int, address: str) -> str:
        for destination in named(group, address):
            sets.drain(destination, False, clock(), reason="dispatcher.undrain")
        return "Ok. Dispatcher destination gets new calls."

    def hash_of(slots: int, value1: str, value2: str = "") -> dict[str, object]:
        hashed = ds_hash(value1.encode("utf-8", "surrogatepass"), value2.encode("utf-8", "surrogatepass"))
        return {"hashid": hashed, "slot": hashed % slots if slots > 0 else 0}

    def oclist(group: int) -> Pieces:
        if group not in sets:
            raise Fault(404, "Destination Group Not Found")
        return listing.overload(sets[group])

    return [
        Method(
            "dispatcher.list",
            (Parameter("mode", Kind.WORD, required=False, doc="short or full"),),
            "Show the sets and the state of each destination; mode short leaves out attributes, full shows addresses too",
            list_sets,
        ),
        Method(
            "dispatcher.set_state",
            (_STATE, _GROUP, _ADDRESS),
            "Set the state (a, i, t or d, with p behind it for probing) of a destination, or of all, in a set",
            set_state,
            changes=True,
            example=("ip", 2, "sip:127.0.0.1:5080"),
        ),
        Method(
            "dispatcher.set_duid_state",
            (_STATE, _GROUP, Parameter("duid", Kind.STRING, doc="the value of the attribute duid, or all")),
            "Set the state (a, i, t or d, with p behind it for probing) of the destinations with a duid, or of all, in a set",
            set_duid_state,
            changes=True,
            example=("ap", 1, "abc"),
        ),
        Method(
            "dispatcher.drain",
            (_GROUP, _ADDRESS),
            "Give a destination, or all of a set, no new calls; the present ones go on",
            drain,
            changes=True,
            example=(2, "sip:127.0.0.1:5080"),
        ),
        Method(
            "dispatcher.undrain",
            (_GROUP, _ADDRESS),
            "Give a destination, or all of a set, new calls again",
            undrain,
            changes=True,
            example=(2, "sip:127.0.0.1:5080"),
        ),
        Method(
            "dispatcher.hash",
            (
                Parameter("slots", Kind.INTEGER, doc="how many destinations there are to choose from"),
                Parameter("value1", Kind.STRING),
                Parameter("value2", Kind.STRING, required=False),
            ),
            "Show the hash of one or two values, and which of so many slots it leads to",
            hash_of,
            example=(4, "alice", "server.com"),
        ),
        Method(
            "dispatcher.oclist",
            (_GROUP,),
            "Show the overload control of each destination of a set",
            oclist,
            example=(1,),
        ),
    ]


_log = Logger()

_STATE = Parameter("state", Kind.WORD, doc="a, i, t or d, or a digit: 0 i, 1 a, 2 d, 3 t; p behind it for probing")
_GROUP = Parameter("group", Kind.INTEGER, doc="the id of a set")
_ADDRESS = Parameter("address", Kind.STRING, doc="the URI of a destination, or all")


def _state_word(state: str) -> str:
    """What counts in `state`: the first character, and the second if it is a p (Kamailio takes "ax" and "apx" too)."""
    return state[0] + ("p" if state[1:2] in ("p", "P") else "")
