"""What the functions of Kamailio's modules keep from one request to the next: one of each for a script."""

from __future__ import annotations

from dataclasses import dataclass, field

from txdispatcher.errors import ScriptFault
from txdispatcher.routing.script.addresses import Addresses, Trusted
from txdispatcher.routing.script.counters import ScriptCounters
from txdispatcher.routing.script.dialogs import Dialogs
from txdispatcher.routing.script.flooding import Flooding
from txdispatcher.routing.script.hash_tables import HashTable
from txdispatcher.routing.script.module_settings import Settings
from txdispatcher.routing.script.pipes import Pipes
from txdispatcher.routing.variables import AvpName, Value


@dataclass(frozen=True, slots=True)
class Timer:
    """A plain `route` that is entered every `interval` seconds."""

    route: str
    interval: float


@dataclass(slots=True)
class Modules:
    """`tables` are those of htable, `flooding` is pike's, `addresses` are those of permissions, None without any; `trusted` are
    its sources. `counters` are the script's own, `timers` those of rtimer, `dialogs` the calls that it wants
    to be known, `ratelimit` and `pipelimit` the pipes of both. `gflags` are flags that
    all requests share, `probability`, in per cent, is that of rand_event().

    `tag_avp` gets the tag of the address that matched (`peer_tag_avp`), `settings` are the parameters of the other modules.
    `shared` are the variables ``$shv(name)``.
    """

    tables: dict[str, HashTable] = field(default_factory=dict)
    flooding: Flooding = field(default_factory=Flooding)
    addresses: Addresses | None = None
    tag_avp: AvpName | None = None
    trusted: list[Trusted] = field(default_factory=list)
    timers: list[Timer] = field(default_factory=list)
    gflags: int = 0
    probability: int = 10
    ratelimit: Pipes = field(default_factory=lambda: Pipes(by_second=True))
    pipelimit: Pipes = field(default_factory=Pipes)
    dialogs: Dialogs = field(default_factory=Dialogs)
    counters: ScriptCounters = field(default_factory=ScriptCounters)
    settings: Settings = field(default_factory=Settings)
    shared: dict[str, Value] = field(default_factory=dict)

    def table(self, name: str) -> HashTable:
        """The table of that name. Raises ScriptFault where there is none."""
        found = self.tables.get(name)
        if found is None:
            raise ScriptFault(f"there is no htable {name}; there is: {', '.join(self.tables) or 'none'}")
        return found
