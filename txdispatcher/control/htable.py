"""The methods named htable.*: the tables that a script keeps in memory."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import datetime

from txdispatcher.control.table import Fault, Kind, Method, Parameter
from txdispatcher.errors import LoadError
from txdispatcher.routing.script.hash_tables import HashTable
from txdispatcher.routing.script.modules import Modules
from txdispatcher.routing.values import as_bytes

_TABLE = Parameter("htable", Kind.WORD, doc="the table's name")
_KEY = Parameter("key", Kind.WORD, doc="the item's name")
#: Kamailio's flag of a value that is a string.
_STRING = 2


def htable_methods(modules: Modules, reload: Callable[[str], Awaitable[None]], monotonic: Callable[[], float]) -> list[Method]:
    """The entries for the table. `reload` fills a table from the database anew, or raises LoadError and changes nothing."""

    def found(name: str) -> HashTable:
        table = modules.tables.get(name)
        if table is None:
            raise Fault(500, "No such htable")
        return table

    def dump(name: str) -> list[object]:
        return [
            {"entry": number, "size": 1, "slot": [{"name": _text(key), "value": _shown(value), "type": _type(value)}]}
            for number, (key, value) in enumerate(found(name).items(monotonic()))
        ]

    def get(name: str, key: str) -> object:
        now = monotonic()
        table, plain = found(name), key.encode()
        left = table.left(plain, now)
        if left is None:
            raise Fault(500, "Key name doesn't exist in htable.")
        value = table.get(plain, now)
        item = {"name": key, "value": _shown(value), "flags": _STRING if isinstance(value, bytes) else 0}
        end = datetime.fromtimestamp(time.time() + left).strftime("%Y-%m-%d %H:%M:%S") if left else "NEVER"
        return {"item": {**item, "expire": end}}

    def set_text(name: str, key: str, value: str) -> str:
        found(name).set(key.encode(), value.encode(), monotonic())
        return "Ok. Key set to new value."

    def set_number(name: str, key: str, value: int) -> str:
        found(name).set(key.encode(), value, monotonic())
        return "Ok. Key set to new value."

    def set_end(name: str, key: str, seconds: int) -> str:
        found(name).set_end(key.encode(), seconds, monotonic())
        return "Ok"

    def delete(name: str, key: str) -> str:
        table, now = found(name), monotonic()
        if table.left(key.encode(), now) is None:
            raise Fault(404, "Key not found in htable.")
        table.set(key.encode(), None, now)
        return "Ok. Key deleted."

    def flush(name: str) -> str:
        found(name).clear()
        return "Ok. Htable flushed."

    async def reload_table(name: str) -> str:
        found(name)
        try:
            await reload(name)
        except LoadError as error:
            raise Fault(500, str(error)) from None
        return "Ok. Htable reloaded."

    def tables() -> list[object]:
        return [
            {
                "name": name,
                "dbtable": table.dbtable,
                "dbmode": 0,
                "expire": table.expire,
                "updateexpire": int(table.renew),
                "size": len(table),
                "dmqreplicate": 0,
            }
            for name, table in modules.tables.items()
        ]

    text = Parameter("value", Kind.WORD, doc="a string")
    number = Parameter("value", Kind.INTEGER, doc="a number")
    seconds = Parameter("seconds", Kind.INTEGER, doc="how long it stays, 0 for ever")
    return [
        Method("htable.listTables", (), "List the tables of htable; `size` is how many items a table has", tables),
        Method("htable.dump", (_TABLE,), "Show the items of a table", dump, example=("ipban",)),
        Method("htable.get", (_TABLE, _KEY), "Show one item of a table", get, example=("ipban", "192.0.2.1")),
        Method(
            "htable.sets", (_TABLE, _KEY, text), "Write a string", set_text, changes=True, example=("ipban", "192.0.2.1", "yes")
        ),
        Method(
            "htable.seti", (_TABLE, _KEY, number), "Write a number", set_number, changes=True, example=("ipban", "192.0.2.1", 1)
        ),
        Method(
            "htable.setex",
            (_TABLE, _KEY, seconds),
            "Say when an item ends",
            set_end,
            changes=True,
            example=("ipban", "192.0.2.1", 300),
        ),
        Method(
            "htable.delete", (_TABLE, _KEY), "Take an item out of a table", delete, changes=True, example=("ipban", "192.0.2.1")
        ),
        Method("htable.flush", (_TABLE,), "Empty a table", flush, changes=True, example=("ipban",)),
        Method(
            "htable.reload", (_TABLE,), "Fill a table from the database anew", reload_table, changes=True, example=("routes",)
        ),
    ]


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def _shown(value: object) -> object:
    return value if isinstance(value, int) else _text(as_bytes(value))


def _type(value: object) -> str:
    return "int" if isinstance(value, int) else "str"
