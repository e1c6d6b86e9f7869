"""control.loading: which destinations there are: reload, plan, add, remove; results and faults as Kamailio 5.6.3 has them."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import cast

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import capturedLogs

from tests.control.fixtures import LIST, Loads, make_methods, make_sets, reload_nothing
from txdispatcher.balancing.states import letters
from txdispatcher.control.methods import Methods
from txdispatcher.control.pieces import whole
from txdispatcher.control.table import Fault
from txdispatcher.errors import LoadError


def test_reload_loads() -> None:
    loads = []

    async def reload() -> None:
        loads.append(1)

    result = Deferred.fromCoroutine(awaited(make_methods(reload=reload)))
    assert succeeded(result) == "Ok. Dispatcher successfully reloaded."
    assert loads == [1]


def test_a_reload_that_fails_says_so_and_logs_nothing_more() -> None:
    """Who raised the error has logged it: one event, one line."""

    async def reload() -> None:
        raise LoadError("gateways.list", 7, "no URI")

    with capturedLogs() as events:
        result = Deferred.fromCoroutine(awaited(make_methods(reload=reload)))
    assert failed(result) == (500, "Reload Failed")
    assert events == []


def test_one_reload_at_a_time() -> None:
    first: Deferred[None] = Deferred()
    waiting = [first]

    async def reload() -> None:
        if waiting:
            await waiting.pop()

    methods = make_methods(reload=reload)
    running = Deferred.fromCoroutine(awaited(methods))
    assert failed(Deferred.fromCoroutine(awaited(methods))) == (500, "Ongoing reload")
    first.callback(None)
    assert succeeded(running) == "Ok. Dispatcher successfully reloaded."
    assert succeeded(Deferred.fromCoroutine(awaited(methods))) == "Ok. Dispatcher successfully reloaded."


def test_reload_delta_spaces_reloads() -> None:
    """It counts from the last one that was let in, failed as it may have."""
    loads = []
    clock = Clock()

    async def reload() -> None:
        loads.append(clock.seconds())
        raise LoadError("gateways.list", 7, "no URI")

    methods = make_methods(reload=reload, reload_delta=5, monotonic=clock.seconds)
    faults = []
    for pause in (0, 1, 3.5, 0.5, 4.5):
        clock.advance(pause)
        faults.append(failed(Deferred.fromCoroutine(awaited(methods)))[1])
    assert faults == ["Reload Failed", "Ongoing reload", "Ongoing reload", "Reload Failed", "Ongoing reload"]
    assert loads == [0, 5]


async def awaited(methods: Methods, method: str = "dispatcher.reload") -> object:
    return await cast(Awaitable[object], methods.call(method))


def succeeded(result: Deferred[object]) -> object:
    found: list[object] = []
    result.addCallback(found.append)
    return found[0]


def failed(result: Deferred[object]) -> tuple[int, str]:
    found: list[Fault] = []
    result.addErrback(lambda failure: found.append(failure.value))
    return found[0].code, found[0].text


def uris(sets: object) -> dict[int, list[str]]:
    return {each.id: [one.uri for one in each.destinations] for each in sets}  # type: ignore[attr-defined]


def test_a_destination_is_added_with_what_is_given() -> None:
    sets = make_sets()
    loads = Loads(reload_nothing, LIST)
    methods = make_methods(sets, loads=loads)
    assert methods.call("dispatcher.add", [2, "sip:127.0.0.1:5090"]) == "Ok. Dispatcher destination added."
    methods.call("dispatcher.add", [2, "sip:127.0.0.1:5091", 2, 3, "weight=5;duid=q"])
    methods.call("dispatcher.add", [9, "sip:127.0.0.1:5092"])
    assert uris(sets)[2] == ["sip:127.0.0.1:5091", "sip:127.0.0.1:5090", "sip:127.0.0.1:5080"]
    assert uris(sets)[9] == ["sip:127.0.0.1:5092"]
    added = sets.destination(2, "sip:127.0.0.1:5091")
    assert (letters(added.flags), added.record.priority, added.weight, added.attributes.duid) == ("TX", 3, 5, "q")
    assert loads.changes == 3


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ([5], "Invalid Parameters"),
        (["x", "sip:127.0.0.1"], "Invalid Parameters"),
        ([5, 5], "Invalid Parameters"),
        ([5, "sip:["], "Adding dispatcher dst failed: test: destination 'sip:['"),
        ([5, "sip:127.0.0.1", 128], "Adding dispatcher dst failed: test: flags 128"),
        ([-1, "sip:127.0.0.1"], "Adding dispatcher dst failed: test: set id -1"),
    ],
)
def test_what_cannot_be_added(given: list[object], text: str) -> None:
    sets = make_sets()
    before = uris(sets)
    with pytest.raises(Fault) as caught:
        make_methods(sets).call("dispatcher.add", given)
    assert caught.value.code == 500
    assert caught.value.text.startswith(text)
    assert uris(sets) == before


def test_a_destination_is_removed_and_its_set_with_the_last_one() -> None:
    sets = make_sets()
    loads = Loads(reload_nothing, LIST)
    methods = make_methods(sets, loads=loads)
    assert methods.call("dispatcher.remove", [1, "SIP:127.0.0.1:5081"]) == "Ok. Dispatcher destination removed."
    methods.call("dispatcher.remove", [2, "sip:127.0.0.1:5080"])
    assert uris(sets) == {1: ["sip:127.0.0.1:5082"]}
    assert loads.changes == 2


def test_a_destination_is_removed_by_the_address_that_it_was_added_by() -> None:
    sets = make_sets()
    methods = make_methods(sets)
    assert methods.call("dispatcher.remove", [1, "127.0.0.1:5081"]) == "Ok. Dispatcher destination removed."
    assert [each.uri for each in sets[1].destinations] == ["sip:127.0.0.1:5082"]


@pytest.mark.parametrize("given", [[1, "sip:127.0.0.1:1"], [99, "sip:127.0.0.1:5081"]])
def test_what_is_not_there_is_removed_without_a_word(given: list[object]) -> None:
    loads = Loads(reload_nothing, LIST)
    assert make_methods(loads=loads).call("dispatcher.remove", given) == "Ok. Dispatcher destination removed."
    assert loads.changes == 0


def test_all_is_no_destination_to_remove() -> None:
    with pytest.raises(Fault) as caught:
        make_methods().call("dispatcher.remove", [1, "all"])
    assert (caught.value.code, caught.value.text) == (500, "Removing dispatcher dst failed")


def test_reload_delta_spaces_every_change() -> None:
    clock = Clock()
    methods = make_methods(reload_delta=5, monotonic=clock.seconds)
    methods.call("dispatcher.add", [5, "sip:127.0.0.1:5090"])
    for method in ("dispatcher.add", "dispatcher.remove"):
        with pytest.raises(Fault, match="Ongoing reload"):
            methods.call(method, [5, "sip:127.0.0.1:5090"])
    assert failed(Deferred.fromCoroutine(awaited(methods))) == (500, "Ongoing reload")
    clock.advance(5)
    methods.call("dispatcher.remove", [5, "sip:127.0.0.1:5090"])


def test_a_plan_says_what_a_reload_would_change_and_changes_nothing() -> None:
    sets = make_sets()
    text = """\
1 sip:127.0.0.1:5081 0 10 duid=abc;maxload=20;weight=50;socket=udp:127.0.0.1:5060
1 sip:127.0.0.1:5082 0 20 weight=40
4 sip:127.0.0.1:5099
"""
    before = uris(sets)
    result = Deferred.fromCoroutine(awaited(make_methods(sets, loads=Loads(reload_nothing, text)), "dispatcher.plan"))
    assert whole(succeeded(result)) == {
        "ADDED": [{"DEST": {"SET": 4, "URI": "sip:127.0.0.1:5099"}}],
        "REMOVED": [{"DEST": {"SET": 2, "URI": "sip:127.0.0.1:5080"}}],
        "CHANGED": [{"DEST": {"SET": 1, "URI": "sip:127.0.0.1:5082", "FIELDS": "flags, attrs"}}],
        "SAME": 1,
    }
    assert uris(sets) == before


def test_a_plan_of_a_list_that_cannot_be_loaded_says_why() -> None:
    methods = make_methods(loads=Loads(reload_nothing, "1 sip:127.0.0.1 zero"))
    code, text = failed(Deferred.fromCoroutine(awaited(methods, "dispatcher.plan")))
    assert code == 500
    assert text.startswith("Reload Would Fail: test.list:1: ")
