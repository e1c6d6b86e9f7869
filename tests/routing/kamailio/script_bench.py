"""A proxy whose router is a Kamailio script, and its gateways; nothing of a network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.proxy.bench import INSTANCE, OURS, START, Bench
from txdispatcher.accounting import accounting_of
from txdispatcher.balancing.destination import Record
from txdispatcher.balancing.probing import Probing
from txdispatcher.balancing.sets import Sets
from txdispatcher.balancing.transitions import Transitions
from txdispatcher.config.kamailio import read_kamailio
from txdispatcher.config.load import readers_of
from txdispatcher.config.settings import Acc
from txdispatcher.proxy.intake import Common
from txdispatcher.proxy.listener import Listener, Listeners
from txdispatcher.proxy.stateful import StatefulProxy
from txdispatcher.proxy.timers import Timers
from txdispatcher.routing.access import Access
from txdispatcher.routing.choosing import Choosing
from txdispatcher.routing.dispatching import Dispatching
from txdispatcher.routing.script.accounting import Event
from txdispatcher.routing.script.route import ScriptRoute
from txdispatcher.routing.sockets import Sockets


class ScriptBench(Bench):
    """Set 1 has the gateways 198.51.100.1 to .3 (`gateways` of them), the first one first."""

    def __init__(self, file: str | Path, *, gateways: int = 3, debug: int = 3, listeners: Sequence[Listener] = (OURS,)) -> None:
        self.now = START
        self.listeners = Listeners(listeners)
        self.logged: list[tuple[int, str]] = []
        self.sets = Sets(flags=2)
        self.sets.load(
            [
                Record(1, f"sip:198.51.100.{number}:5060", priority=100 - number, host=f"198.51.100.{number}", port=5060)
                for number in range(1, gateways + 1)
            ]
        )
        found, errors = read_kamailio(str(file), readers_of("/"))
        if errors or found is None:
            raise errors[0]
        self.records: list[Event] = []
        readers = readers_of("/")["acc"]
        acc = Acc(**{name: readers[name](value) for name, value in found.document.get("acc", {}).items()})
        self.script = ScriptRoute(
            found.program,
            self.listeners,
            Dispatching(Choosing(self.sets, sockets=Sockets(self.listeners)), Transitions(self.sets, Probing()), failover=True),
            lambda level, text: self.logged.append((level, text)),
            debug=debug,
            route_params=b";lr=on" if found.full_lr else b";lr",
            from_tags=found.from_tags,
            forgets=found.forgets,
            max_branches=found.max_branches,
            accounting=accounting_of(acc),
            record=self.records.append,
            modules=found.modules,
            access=Access([], self.sets, b"k" * 16),
            wall_clock=lambda: 1_700_000_000.5,
        )
        self.script.event("htable:mod-init", "sip:192.0.2.100", START, {})
        self.timers = Timers(fr=2.0)
        self.proxy = StatefulProxy(self.listeners, self.script, Common(INSTANCE), self.timers, START)


def script(folder: Path, text: str, **more: Any) -> ScriptBench:
    """A bench with the script `text`; where it begins with no route, it is the body of the request route."""
    if not text.lstrip().startswith(("route {", "route[", "request_route", "failure_route", "#!")):
        text = f"request_route {{\n{text}\n}}"
    file = folder / "k.cfg"
    file.write_text(text)
    return ScriptBench(file, **more)
