"""The methods about probing and states that Kamailio's module has beside dispatcher.list and set_state, and dispatcher.why."""

from __future__ import annotations

from datetime import UTC, datetime

from txdispatcher.balancing.history import Change
from txdispatcher.balancing.probing import Probing
from txdispatcher.balancing.sets import Sets
from txdispatcher.balancing.states import DRAINING, letters
from txdispatcher.control.table import Fault, Kind, Method, Parameter
from txdispatcher.errors import UnknownDestination


def probing_methods(sets: Sets, probing: Probing) -> list[Method]:
    """The entries for the table."""

    def ping_active(state: int | None = None) -> dict[str, object]:
        old = probing.active
        if state is None:
            return {"OldPingState": old}
        probing.active = state
        return {"NewPingState": state, "OldPingState": old}

    def why(group: int, address: str) -> dict[str, object]:
        try:
            destination = sets.destination(group, address)
        except UnknownDestination:
            raise Fault(500, "Destination Not Found") from None
        return {
            "URI": destination.uri,
            "FLAGS": _state(destination.flags),
            "CHANGES": [{"CHANGE": _change(each)} for each in destination.changes or ()],
        }

    return [
        Method(
            "dispatcher.ping_active",
            (Parameter("state", Kind.INTEGER, required=False),),
            "Show whether destinations are pinged; with a state, 0 or 1, stop or start that",
            ping_active,
            changes=True,
            example=(0,),
        ),
        Method(
            "dispatcher.why",
            (Parameter("group", Kind.INTEGER), Parameter("address", Kind.STRING)),
            "Show the last state changes of a destination, the oldest first, each with its reason",
            why,
            example=(2, "sip:127.0.0.1:5080"),
        ),
    ]


def _change(change: Change) -> dict[str, object]:
    return {
        "TIME": datetime.fromtimestamp(change.time, UTC).isoformat(timespec="milliseconds"),
        "BEFORE": _state(change.before),
        "AFTER": _state(change.after),
        "REASON": change.reason,
    }


def _state(flags: int) -> str:
    """The letters, and the mark that they do not tell."""
    return f"{letters(flags)} draining" if flags & DRAINING else letters(flags)
