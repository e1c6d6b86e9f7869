"""What the modules of a Kamailio script begin with that stands in a database or a file: addresses, and tables of htable."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from twisted.internet.threads import deferToThread

from txdispatcher.control.methods import ScriptModules
from txdispatcher.errors import LoadError
from txdispatcher.routing.script.addresses import Addresses, Entry, Trusted, make_entry, make_trusted, read_addresses
from txdispatcher.routing.script.hash_tables import HashTable
from txdispatcher.routing.script.modules import Modules
from txdispatcher.routing.variables import Value

#: An item of a table: its name, its value, and how many seconds it has left (None: as the table says).
Item = tuple[bytes, Value, int | None]
#: Bits of permissions' `load_backends`.
_ADDRESSES, _TRUSTED = 1, 2
#: What stands for an array in the name of an item: ``name[2]``, and how many there are under this name.
_ARRAY = 1


def load_tables(modules: Modules, now: float) -> None:
    """Fill everything, once the server starts. Raises LoadError, which says where what is wrong stands."""
    load_addresses(modules)
    load_trusted(modules)
    for name, each in modules.tables.items():
        if each.dbtable:
            fill(each, read_items(modules, name), now)


def script_modules(modules: Modules, clock: Callable[[], float]) -> ScriptModules:
    """What operators see of `modules`, and read again: a database is waited for in a thread."""

    async def addresses() -> None:
        await deferToThread(load_addresses, modules)

    async def trusted() -> None:
        await deferToThread(load_trusted, modules)

    async def table(name: str) -> None:
        fill(modules.tables[name], await deferToThread(read_items, modules, name), clock())

    return ScriptModules(modules, addresses, trusted, table)


def load_addresses(modules: Modules) -> None:
    """Read the addresses of permissions again. Raises LoadError; then those that there are stay."""
    settings = modules.settings.permissions
    if settings.address_file:
        modules.addresses = read_addresses(settings.address_file)
    elif settings.db_url and settings.load_backends & _ADDRESSES:
        modules.addresses = Addresses([_entry(settings.address_table, row) for row in _address_rows(modules)])


def load_trusted(modules: Modules) -> None:
    """Read the trusted sources of permissions again. Raises LoadError; then those that there are stay."""
    settings = modules.settings.permissions
    if not (settings.db_url and settings.load_backends & _TRUSTED):
        return
    rows = _rows(
        settings.db_url,
        settings.trusted_table,
        {
            "source": settings.source_col,
            "proto": settings.proto_col,
            "caller": settings.from_col,
            "ruri": settings.ruri_col,
            "tag": settings.tag_col,
            "priority": settings.priority_col,
        },
        needed=("source", "proto"),
    )
    modules.trusted = sorted((_trusted(settings.trusted_table, row) for row in rows), key=lambda each: -each.priority)


def fill(table: HashTable, items: list[Item], now: float) -> None:
    """Let the table have these items and no others."""
    table.clear()
    for key, value, left in items:
        table.set(key, value, now, left)


def read_items(modules: Modules, name: str) -> list[Item]:
    """What the database has for a table of htable. Raises LoadError."""
    found = modules.tables[name]
    settings = modules.settings.htable
    if not (settings.db_url and found.dbtable):
        raise LoadError(f"htable {name}", 0, "has no table in a database: dbtable and htable.db_url name one")
    names = {
        "key": settings.key_name_column,
        "array": settings.key_type_column,
        "number": settings.value_type_column,
        "value": settings.key_value_column,
    }
    if settings.db_expires:
        names["expires"] = settings.expires_column
    rows = _rows(settings.db_url, found.dbtable, names, needed=tuple(names))
    items: list[Item] = []
    counts: dict[str, int] = {}
    for row in rows:
        value = _value(found.dbtable, row)
        left: int | None = None
        if row.get("expires"):
            left = int(row["expires"]) - int(time.time())
            if left <= 0:
                continue
        key = _text(row["key"])
        if int(row["array"] or 0) == _ARRAY:
            at = counts.get(key, 0)
            counts[key] = at + 1
            key = f"{key}[{at}]"
        items.append((key.encode(), value, left))
    return items + [(f"{key}{settings.array_size_suffix}".encode(), number, None) for key, number in counts.items()]


def _address_rows(modules: Modules) -> list[dict[str, Any]]:
    settings = modules.settings.permissions
    names = {
        "group": settings.grp_col,
        "address": settings.ip_addr_col,
        "mask": settings.mask_col,
        "port": settings.port_col,
        "tag": settings.tag_col,
    }
    return _rows(settings.db_url, settings.address_table, names, needed=("group", "address"))


def _rows(url: str, table: str, names: dict[str, str], needed: tuple[str, ...]) -> list[dict[str, Any]]:
    """Rows by what each column is for."""
    # SQLAlchemy costs time and memory that who has no database need not spend.
    from txdispatcher.stores.script_tables import read_rows

    wanted = [names[use] for use in needed]
    rows = read_rows(url, table, wanted, optional=[name for use, name in names.items() if use not in needed])
    return [{use: row.get(name) for use, name in names.items()} for row in rows]


def _entry(table: str, row: dict[str, Any]) -> Entry:
    words = [_text(row[use]) for use in ("group", "address", "mask", "port", "tag")]
    try:
        return make_entry(*words)
    except ValueError as error:
        raise LoadError(f"table {table}", 0, f"found {' '.join(words)!r}: {error}") from None


def _trusted(table: str, row: dict[str, Any]) -> Trusted:
    words = [_text(row[use]) for use in ("source", "proto", "caller", "ruri", "tag")]
    source, proto, caller, ruri, tag = words
    try:
        return make_trusted(source, proto, caller, ruri, tag, int(row["priority"] or 0))
    except ValueError as error:
        raise LoadError(f"table {table}", 0, f"found {' '.join(words)!r}: {error}") from None


def _value(table: str, row: dict[str, Any]) -> Value:
    text = _text(row["value"])
    if not int(row["number"] or 0):
        return text.encode()
    try:
        return int(text)
    except ValueError:
        raise LoadError(f"table {table}", 0, f"{_text(row['key'])}: found {text!r}; allowed: a number") from None


def _text(value: object) -> str:
    return "" if value is None else value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value).strip()
