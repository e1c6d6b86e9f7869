"""Sets and a table of methods to test with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from txdispatcher.balancing.probing import Probing
from txdispatcher.balancing.sets import Sets
from txdispatcher.control.ctl import Register
from txdispatcher.control.methods import Methods, build_methods
from txdispatcher.proxy.actions import Counters
from txdispatcher.stores.list_file import parse_list

LIST = """\
2 sip:127.0.0.1:5080
1 sip:127.0.0.1:5081 0 10 duid=abc;maxload=20;weight=50;socket=udp:127.0.0.1:5060
1 sip:127.0.0.1:5082 8 20 weight=30;cc=1
"""

STARTED = 1_700_000_000.0


def make_sets(text: str = LIST) -> Sets:
    sets = Sets()
    sets.load(parse_list(text, "test.list"))
    return sets


async def reload_nothing() -> None:
    """A reload that finds everything as it was."""


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
    version: str = "txdispatcher test",
) -> Methods:
    """The table, by a clock that stands 90.5 s after the start."""
    return build_methods(
        make_sets() if sets is None else sets,
        Probing() if probing is None else probing,
        reload,
        started=STARTED,
        clock=lambda: STARTED + 90.5,
        reload_delta=reload_delta,
        monotonic=monotonic,
        version=version,
        register=register or Register(),
        counters=counters or Counters(),
        transactions=lambda: transactions,
    )
