"""control.htable: what operators see of a script's tables, and change."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from txdispatcher.control.htable import htable_methods
from txdispatcher.control.table import Fault, Methods
from txdispatcher.errors import LoadError
from txdispatcher.routing.script.hash_tables import HashTable
from txdispatcher.routing.script.modules import Modules


@pytest.fixture
def modules() -> Modules:
    table = HashTable("a", expire=100)
    table.set(b"x", b"one", 5.0)
    table.set(b"y", 2, 5.0, 0)
    return Modules({"a": table})


@pytest.fixture
def methods(modules: Modules) -> Methods:
    async def reload(name: str) -> None:
        if not modules.tables[name].dbtable:
            raise LoadError(f"htable {name}", 0, "has no table in a database")

    return Methods(htable_methods(modules, reload, lambda: 5.0))


def test_tables_and_items_are_shown_as_by_kamailio(methods: Methods) -> None:
    assert methods.call("htable.listTables") == [
        {"name": "a", "dbtable": "", "dbmode": 0, "expire": 100, "updateexpire": 1, "size": 2, "dmqreplicate": 0}
    ]
    items = methods.call("htable.dump", ["a"])
    assert isinstance(items, list)
    assert sorted(each["slot"][0]["name"] for each in items) == ["x", "y"]
    assert {"entry": 0, "size": 1, "slot": [{"name": "x", "value": "one", "type": "str"}]} in items
    assert methods.call("htable.get", ["a", "y"]) == {"item": {"name": "y", "value": 2, "flags": 0, "expire": "NEVER"}}


def test_items_are_written_and_taken_out(methods: Methods, modules: Modules) -> None:
    assert methods.call("htable.sets", ["a", "n", "v"]) == "Ok. Key set to new value."
    assert methods.call("htable.seti", ["a", "m", 5]) == "Ok. Key set to new value."
    assert methods.call("htable.setex", ["a", "x", 7]) == "Ok"
    table = modules.tables["a"]
    assert (table.get(b"n", 5.0), table.get(b"m", 5.0), table.left(b"x", 5.0)) == (b"v", 5, 7)
    assert methods.call("htable.delete", ["a", "n"]) == "Ok. Key deleted."
    assert methods.call("htable.flush", ["a"]) == "Ok. Htable flushed."
    assert len(table) == 0


@pytest.mark.parametrize(
    ("name", "parameters", "fault"),
    [
        ("htable.dump", ["b"], "500 - No such htable"),
        ("htable.get", ["a", "n"], "500 - Key name doesn't exist in htable."),
        ("htable.delete", ["a", "n"], "404 - Key not found in htable."),
    ],
)
def test_what_is_not_there_is_a_fault(methods: Methods, name: str, parameters: list[object], fault: str) -> None:
    with pytest.raises(Fault, match=fault):
        methods.call(name, parameters)


def test_a_table_without_a_database_is_not_filled_anew(methods: Methods) -> None:
    result = Deferred.fromCoroutine(cast(Coroutine[Any, Any, object], methods.call("htable.reload", ["a"])))
    failed = result.result
    assert isinstance(failed, Failure)
    result.addErrback(lambda failure: None)
    assert str(failed.value) == "500 - htable a: has no table in a database"
