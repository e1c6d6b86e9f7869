"""What the functions of Kamailio's modules keep from one request to the next: one of each for a script."""

from __future__ import annotations

from dataclasses import dataclass, field

from txdispatcher.errors import ScriptFault
from txdispatcher.routing.script.addresses import Addresses
from txdispatcher.routing.script.flooding import Flooding
from txdispatcher.routing.script.hash_tables import HashTable
from txdispatcher.routing.variables import AvpName, Value


@dataclass(slots=True)
class Modules:
    """`tables` are those of htable, `flooding` is pike's, `addresses` are those of permissions, None without a file of them.

    `shared` are the variables ``$shv(name)``. `tag_avp` gets the tag of the address that matched (`peer_tag_avp`).
    """

    tables: dict[str, HashTable] = field(default_factory=dict)
    flooding: Flooding = field(default_factory=Flooding)
    addresses: Addresses | None = None
    tag_avp: AvpName | None = None
    shared: dict[str, Value] = field(default_factory=dict)

    def table(self, name: str) -> HashTable:
        """The table of that name. Raises ScriptFault where there is none."""
        found = self.tables.get(name)
        if found is None:
            raise ScriptFault(f"there is no htable {name}; there is: {', '.join(self.tables) or 'none'}")
        return found
