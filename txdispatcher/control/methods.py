"""The methods that the server offers, all of them."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field

from txdispatcher.balancing.probing import Probing
from txdispatcher.balancing.sets import Sets
from txdispatcher.control.cfg import cfg_methods, probing_variables
from txdispatcher.control.core import core_methods, system_methods
from txdispatcher.control.counting import Counting
from txdispatcher.control.ctl import Register, ctl_methods
from txdispatcher.control.dispatcher import dispatcher_methods
from txdispatcher.control.htable import htable_methods
from txdispatcher.control.listing import Listing
from txdispatcher.control.loading import Loads, Spacing, loading_methods
from txdispatcher.control.permissions import Reload, permissions_methods
from txdispatcher.control.probing import probing_methods
from txdispatcher.control.script import script_methods
from txdispatcher.control.shared import shared_methods
from txdispatcher.control.statistics import Groups, statistics_methods
from txdispatcher.control.table import Methods
from txdispatcher.control.tls import tls_methods
from txdispatcher.control.tm import tm_methods
from txdispatcher.proxy.actions import Counters
from txdispatcher.routing.script.modules import Modules

__all__ = ["Methods", "ScriptModules", "build_methods"]


async def _nothing(*names: str) -> None:
    """There is nothing to read again."""


@dataclass(frozen=True, slots=True)
class ScriptModules:
    """What a script's modules keep, and what reads it anew."""

    modules: Modules = field(default_factory=Modules)
    reload_addresses: Reload = _nothing
    reload_trusted: Reload = _nothing
    reload_table: Callable[[str], Awaitable[None]] = _nothing


def build_methods(
    sets: Sets,
    probing: Probing,
    loads: Loads,
    *,
    started: float,
    version: str,
    reload_delta: float = 0,
    register: Register,
    counting: Counting,
    counters: Counters,
    transactions: Callable[[], int],
    reload_certificates: Callable[[], None],
    reload_script: Callable[[], str],
    shared: MutableMapping[str, bytes | int],
    connections: Callable[[], dict[str, int]] = dict,
    statistics: Callable[[], Groups] = dict,
    modules: ScriptModules | None = None,
    reply_codes: str = "",
    six: bool = False,
    clock: Callable[[], float] = time.time,
    monotonic: Callable[[], float] = time.monotonic,
) -> Methods:
    """The table of methods over `sets` and the parameters of their `probing`.

    `loads` is where the sets come from. `reload_delta`, in seconds, is for `Spacing`, which goes by `monotonic`. `started` and
    what `clock` gives are seconds since the epoch. `version` is what core.version answers. `register` is where the listeners say
    what they have open. `counters` are the proxy's, `transactions` gives how many it holds. `reply_codes` is ds_ping_reply_codes.
    `connections` gives the counters of group tcp, `statistics` further groups.
    `reload_certificates` is what `tls_methods` takes, `reload_script` what
    `script_methods` does, `shared` what `shared_methods` does. `modules` are what a script keeps; None without a script. `six`
    and `counting` are for
    `Listing`, `counting` for drain too.
    """

    def table() -> Methods:
        return methods

    kept = modules or ScriptModules()

    methods = Methods(
        [
            *dispatcher_methods(
                sets, Listing(sets, six=six, counting=counting, monotonic=monotonic, wall=clock), counting, monotonic
            ),
            *loading_methods(sets, loads, Spacing(reload_delta, monotonic)),
            *probing_methods(sets, probing),
            *core_methods(started, clock, version),
            *ctl_methods(register),
            *cfg_methods(probing_variables(probing, reply_codes)),
            *statistics_methods(counters, transactions, connections, statistics),
            *tm_methods(counters, transactions),
            *system_methods(table),
            *tls_methods(reload_certificates),
            *script_methods(reload_script),
            *permissions_methods(kept.modules, kept.reload_addresses, kept.reload_trusted),
            *htable_methods(kept.modules, kept.reload_table, monotonic),
            *shared_methods(shared),
        ]
    )
    return methods
