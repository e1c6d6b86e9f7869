"""Sets and a table of methods to test with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from twisted.internet.task import Clock

from txdispatcher.balancing.destination import Record
from txdispatcher.balancing.probing import Probing
from txdispatcher.balancing.sets import Sets
from txdispatcher.control.counting import Counting
from txdispatcher.control.ctl import Register
from txdispatcher.control.methods import Methods, build_methods
from txdispatcher.control.pieces import Turns
from txdispatcher.errors import LoadError
from txdispatcher.proxy.actions import Counters
from txdispatcher.stores.list_file import parse_list
from txdispatcher.stores.record import FieldError, make_record

LIST = """\
2 sip:127.0.0.1:5080
1 sip:127.0.0.1:5081 0 10 duid=abc;maxload=20;weight=50;socket=udp:127.0.0.1:5060
1 sip:127.0.0.1:5082 8 20 weight=30;cc=1
"""

#: For answers of few pieces, which no clock is needed for.
TURNS = Turns(Clock())

STARTED = 1_700_000_000.0


def make_sets(text: str = LIST) -> Sets:
    sets = Sets()
    sets.load(parse_list(text, "test.list"))
    return sets


async def reload_nothing() -> None:
    """A reload that finds everything as it was."""


class Loads:
    """Where the sets of a test come from: `reload` is what it is given, `read` finds `text`."""

    def __init__(self, reload: Callable[[], Awaitable[None]], text: str) -> None:
        self._reload = reload
        self._text = text
        self.changes = 0

    async def reload(self) -> None:
        await self._reload()

    async def read(self) -> list[Record]:
        return parse_list(self._text, "test.list")

    def record(self, set_id: int, uri: str, flags: int, priority: int, attributes: str) -> Record:
        try:
            return make_record(set_id, uri, flags, priority, attributes, lambda text: None)
        except FieldError as error:
            raise LoadError("test", 0, str(error)) from None

    def changed(self) -> None:
        self.changes += 1


def make_methods(
    sets: Sets | None = None,
    reload: Callable[[], Awaitable[None]] = reload_nothing,
    probing: Probing | None = None,
    *,
    reload_delta: float = 0,
    monotonic: Callable[[], float] = lambda: 0.0,
    register: Register | None = None,
    counters: Counters | None = None,
    transactions: int = 0,
    connections: dict[str, int] | None = None,
    loads: Loads | None = None,
    six: bool = False,
    counting: Counting | None = None,
    version: str = "txdispatcher test",
) -> Methods:
    """The table, by a clock that stands 90.5 s after the start."""
    return build_methods(
        make_sets() if sets is None else sets,
        Probing() if probing is None else probing,
        loads or Loads(reload, LIST),
        started=STARTED,
        clock=lambda: STARTED + 90.5,
        reload_delta=reload_delta,
        monotonic=monotonic,
        version=version,
        register=register or Register(),
        counters=counters or Counters(),
        transactions=lambda: transactions,
        connections=lambda: connections or {},
        six=six,
        counting=counting or Counting(),
        reload_certificates=lambda: None,
        reload_script=lambda: "/etc/kdispatcher/route.py",
        shared={"maintenance": 0},
    )
