"""The methods named permissions.*: the addresses and sources of a script, shown and read again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from txdispatcher.control.table import Fault, Method
from txdispatcher.errors import LoadError
from txdispatcher.routing.script.addresses import Entry
from txdispatcher.routing.script.modules import Modules

#: Reads something anew, or raises LoadError and changes nothing.
Reload = Callable[[], Awaitable[None]]


def permissions_methods(modules: Modules, reload_addresses: Reload, reload_trusted: Reload) -> list[Method]:
    """The entries for the table."""

    def address_dump() -> list[object]:
        return [_shown(each) for each in _entries(modules) if each.network.num_addresses == 1]

    def subnet_dump() -> list[object]:
        return [_shown(each) for each in _entries(modules) if each.network.num_addresses > 1]

    def trusted_dump() -> list[object]:
        if not modules.trusted:
            raise Fault(500, "No trusted table")
        return [
            {
                "ip": each.source or "any",
                "proto": each.proto or "any",
                "pattern": each.caller.pattern.decode("utf-8", "replace") if each.caller is not None else "NULL",
                "ruri_pattern": each.ruri.pattern.decode("utf-8", "replace") if each.ruri is not None else "NULL",
                "tag": each.tag or "NULL",
                "priority": each.priority,
            }
            for each in modules.trusted
        ]

    async def again(reload: Reload) -> str:
        try:
            await reload()
        except LoadError as error:
            raise Fault(500, str(error)) from None
        return "Reload OK"

    return [
        Method(
            "permissions.addressReload",
            (),
            "Read the addresses of permissions again, from their file or table",
            lambda: again(reload_addresses),
            changes=True,
        ),
        Method(
            "permissions.trustedReload",
            (),
            "Read the trusted sources of permissions again",
            lambda: again(reload_trusted),
            changes=True,
        ),
        Method("permissions.addressDump", (), "Show the addresses of permissions that stand alone", address_dump),
        Method("permissions.subnetDump", (), "Show the networks of permissions", subnet_dump),
        Method("permissions.trustedDump", (), "Show the trusted sources of permissions", trusted_dump),
    ]


def _entries(modules: Modules) -> tuple[Entry, ...]:
    return modules.addresses.entries if modules.addresses is not None else ()


def _shown(entry: Entry) -> dict[str, object]:
    network = entry.network
    item: dict[str, object] = {"ip": str(network.network_address)}
    if network.num_addresses > 1:
        item["mask"] = network.prefixlen
    return {"group": entry.group, "item": {**item, "port": entry.port, "tag": entry.tag}}
