"""control.permissions: addresses and trusted sources, shown and read again."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from txdispatcher.control.permissions import permissions_methods
from txdispatcher.control.table import Fault, Methods
from txdispatcher.errors import LoadError
from txdispatcher.routing.script.addresses import Addresses, make_entry, make_trusted
from txdispatcher.routing.script.modules import Modules


def made(modules: Modules, read: list[str]) -> Methods:
    async def addresses() -> None:
        read.append("addresses")

    async def trusted() -> None:
        raise LoadError("table trusted", 0, "there is no such table")

    return Methods(permissions_methods(modules, addresses, trusted))


def result(methods: Methods, name: str) -> object:
    found = Deferred.fromCoroutine(cast(Coroutine[Any, Any, object], methods.call(name))).result
    if isinstance(found, Failure):
        found.raiseException()
    return found


def test_they_are_shown_alone_and_as_networks() -> None:
    entries = [make_entry("1", "192.0.2.1", "32", "5070", "alice"), make_entry("2", "203.0.113.0", "24")]
    modules = Modules(addresses=Addresses(entries), trusted=[make_trusted("any", "udp", "^sip:a", "", "t", 3)])
    methods = made(modules, [])
    assert methods.call("permissions.addressDump") == [{"group": 1, "item": {"ip": "192.0.2.1", "port": 5070, "tag": "alice"}}]
    assert methods.call("permissions.subnetDump") == [
        {"group": 2, "item": {"ip": "203.0.113.0", "mask": 24, "port": 0, "tag": ""}}
    ]
    assert methods.call("permissions.trustedDump") == [
        {"ip": "any", "proto": "udp", "pattern": "^sip:a", "ruri_pattern": "NULL", "tag": "t", "priority": 3}
    ]


def test_without_any_there_is_nothing_to_show() -> None:
    methods = made(Modules(), [])
    assert methods.call("permissions.addressDump") == []
    with pytest.raises(Fault, match="500 - No trusted table"):
        methods.call("permissions.trustedDump")


def test_they_are_read_again_or_it_is_said_why_not() -> None:
    read: list[str] = []
    methods = made(Modules(), read)
    assert (result(methods, "permissions.addressReload"), read) == ("Reload OK", ["addresses"])
    with pytest.raises(Fault, match="500 - table trusted: there is no such table"):
        result(methods, "permissions.trustedReload")
