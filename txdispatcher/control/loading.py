"""The methods named dispatcher.* that change which destinations there are: reload, plan, add, remove."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from twisted.logger import Logger

from txdispatcher.balancing.destination import Record
from txdispatcher.balancing.plan import Plan, plan_of
from txdispatcher.balancing.sets import Sets
from txdispatcher.control.pieces import Pieces
from txdispatcher.control.table import Fault, Kind, Method, Parameter
from txdispatcher.errors import DispatcherError


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


class Loads(Protocol):
    """Where the sets come from. Each raises DispatcherError."""

    async def reload(self) -> None:
        """Load the sets anew; where that cannot be, log why."""

    async def read(self) -> Sequence[Record]:
        """What a reload would load now."""

    def record(self, set_id: int, uri: str, flags: int, priority: int, attributes: str) -> Record:
        """The record of one destination."""

    def changed(self) -> None:
        """Destinations have been added or removed."""


def loading_methods(sets: Sets, loads: Loads, spacing: Spacing) -> list[Method]:
    """The entries for the table."""
    reloading = False

    async def reload_sets() -> str:
        nonlocal reloading
        if reloading:
            raise Fault(500, "Ongoing reload")
        spacing.enter()
        reloading = True
        try:
            await loads.reload()
        except DispatcherError:  # Logged by who raised it.
            raise Fault(500, "Reload Failed") from None
        finally:
            reloading = False
        return "Ok. Dispatcher successfully reloaded."

    async def plan() -> dict[str, object]:
        try:
            return _shown(plan_of(sets, await loads.read()))
        except DispatcherError as error:
            raise Fault(500, f"Reload Would Fail: {error}") from None

    def add(group: int, address: str, flags: int = 0, priority: int = 0, attrs: str = "") -> str:
        spacing.enter()
        try:
            record = loads.record(group, address, flags, priority, attrs)
        except DispatcherError as error:
            raise Fault(500, f"Adding dispatcher dst failed: {error}") from None
        sets.add(record)
        loads.changed()
        _log.info("dispatcher.add: {uri} is in set {group} until the next reload", uri=record.uri, group=group)
        return "Ok. Dispatcher destination added."

    def remove(group: int, address: str) -> str:
        spacing.enter()
        # As it is added: an address without "sip:" has it put before.
        whole = address.lower().startswith(("sip:", "sips:"))
        uri = address if whole else f"sip:{address}"
        if sets.remove(group, uri):
            loads.changed()
            _log.info("dispatcher.remove: {uri} is not in set {group} until the next reload", uri=uri, group=group)
        elif not whole:
            raise Fault(500, "Removing dispatcher dst failed")
        # A URI that is not there is no error, as in Kamailio.
        return "Ok. Dispatcher destination removed."

    return [
        Method("dispatcher.reload", (), "Load the sets anew; where that fails nothing changes", reload_sets, changes=True),
        Method("dispatcher.plan", (), "Show what a reload would change, and change nothing", plan),
        Method(
            "dispatcher.add",
            (
                _GROUP,
                Parameter("address", Kind.STRING, doc="the URI of the destination"),
                Parameter("flags", Kind.INTEGER, required=False, doc="1 inactive, 2 trying, 4 disabled, 8 probing"),
                Parameter("priority", Kind.INTEGER, required=False),
                Parameter("attrs", Kind.STRING, required=False, doc="name=value;name=value"),
            ),
            "Add a destination to a set, until the next reload",
            add,
            changes=True,
            example=(3, "sip:127.0.0.1:5090", 0, 5, "weight=50"),
        ),
        Method(
            "dispatcher.remove",
            (_GROUP, Parameter("address", Kind.STRING, doc="the URI of the destination")),
            "Remove a destination from a set, until the next reload",
            remove,
            changes=True,
            example=(3, "sip:127.0.0.1:5090"),
        ),
    ]


_log = Logger()

_GROUP = Parameter("group", Kind.INTEGER, doc="the id of a set")


def _shown(plan: Plan) -> dict[str, object]:
    def named(record: Record) -> dict[str, object]:
        return {"SET": record.set_id, "URI": record.uri}

    return {
        "ADDED": Pieces(lambda: ({"DEST": named(each)} for each in plan.added)),
        "REMOVED": Pieces(lambda: ({"DEST": named(each)} for each in plan.removed)),
        "CHANGED": Pieces(lambda: ({"DEST": {**named(each), "FIELDS": ", ".join(fields)}} for each, fields in plan.changed)),
        "SAME": plan.same,
    }
