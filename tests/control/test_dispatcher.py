"""control.dispatcher: results and faults of dispatcher.*, as Kamailio 5.6.3 has them."""

from __future__ import annotations

import json
from collections.abc import Awaitable
from typing import Any, cast

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import capturedLogs, formatEvent

from tests.control.fixtures import make_methods, make_sets
from txdispatcher.balancing.latency import Latency
from txdispatcher.balancing.states import letters
from txdispatcher.control.methods import Methods
from txdispatcher.control.table import Fault
from txdispatcher.errors import LoadError

#: What the real one answers for the same list (its keys stand in this order).
LISTED = {
    "NRSETS": 2,
    "RECORDS": [
        {
            "SET": {
                "ID": 1,
                "TARGETS": [
                    {
                        "DEST": {
                            "URI": "sip:127.0.0.1:5082",
                            "FLAGS": "AP",
                            "PRIORITY": 20,
                            "ATTRS": {
                                "BODY": "weight=30;cc=1",
                                "DUID": None,
                                "MAXLOAD": 0,
                                "WEIGHT": 30,
                                "RWEIGHT": 0,
                                "SOCKET": None,
                                "SOCKNAME": None,
                                "OBPROXY": None,
                            },
                        }
                    },
                    {
                        "DEST": {
                            "URI": "sip:127.0.0.1:5081",
                            "FLAGS": "AX",
                            "PRIORITY": 10,
                            "ATTRS": {
                                "BODY": "duid=abc;maxload=20;weight=50;socket=udp:127.0.0.1:5060",
                                "DUID": "abc",
                                "MAXLOAD": 20,
                                "WEIGHT": 50,
                                "RWEIGHT": 0,
                                "SOCKET": "udp:127.0.0.1:5060",
                                "SOCKNAME": None,
                                "OBPROXY": None,
                            },
                        }
                    },
                ],
            }
        },
        {
            "SET": {
                "ID": 2,
                "TARGETS": [{"DEST": {"URI": "sip:127.0.0.1:5080", "FLAGS": "AX", "PRIORITY": 0}}],
            }
        },
    ],
}


def test_list_has_kamailios_fields_in_kamailios_order() -> None:
    assert json.dumps(make_methods().call("dispatcher.list")) == json.dumps(LISTED)


@pytest.mark.parametrize("mode", ["short", "SHORT"])
def test_the_short_list_has_no_attributes(mode: str) -> None:
    shown = json.dumps(make_methods().call("dispatcher.list", [mode]))
    assert "ATTRS" not in shown
    assert shown.count('"DEST"') == 3


@pytest.mark.parametrize(
    ("attributes", "field", "value"),
    [
        ("maxload=-3", "MAXLOAD", -3),
        ("maxload=12x", "MAXLOAD", 12),
        ("maxload=x", "MAXLOAD", 0),
        ("maxload=99999999999", "MAXLOAD", 2147483647),
        ("maxload=-99999999999", "MAXLOAD", -2147483648),
        ("maxload=" + "9" * 5000, "MAXLOAD", 2147483647),
        ("maxload=" + "0" * 30 + "7", "MAXLOAD", 7),
        ("rweight=100", "RWEIGHT", 100),
        ("rweight=101", "RWEIGHT", 0),
        ("DUID=Q", "DUID", "Q"),
        ("duid=q;", "BODY", "duid=q"),
        ("obproxy=sip:10.0.0.1", "OBPROXY", "sip:10.0.0.1"),
        ("sockname=inside", "SOCKNAME", "inside"),
    ],
)
def test_attributes_in_the_list(attributes: str, field: str, value: object) -> None:
    methods = make_methods(make_sets(f"1 sip:127.0.0.1:5081 0 0 {attributes}"))
    assert f'"{field}": {json.dumps(value)}' in json.dumps(methods.call("dispatcher.list"))


def test_there_is_no_list_of_no_sets() -> None:
    assert fault_of(make_methods(make_sets("")), "dispatcher.list") == (500, "No Destination Sets")


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ("ip", "IP"),
        ("a", "AX"),
        ("AP", "AP"),
        ("t", "TX"),
        ("dp", "DX"),
        ("ax", "AX"),
        ("ipx", "IP"),
        (0, "IX"),
        ("1p", "AP"),
        (2, "DX"),
        ("3p", "TP"),
    ],
)
def test_set_state_takes_the_words_that_kamailio_takes(state: object, shown: str) -> None:
    sets = make_sets()
    done = make_methods(sets).call("dispatcher.set_state", [state, 1, "sip:127.0.0.1:5081"])
    assert done == "Ok. Dispatcher state updated."
    assert letters(sets.destination(1, "sip:127.0.0.1:5081").flags) == shown
    assert letters(sets.destination(1, "sip:127.0.0.1:5082").flags) == "AP"


def test_set_state_of_all_in_a_set() -> None:
    sets = make_sets()
    given = {"address": "all", "group": 1, "state": "i"}
    assert make_methods(sets).call("dispatcher.set_state", given) == "Ok. Dispatcher state updated."
    assert [[letters(each.flags) for each in found.destinations] for found in sets] == [["IX", "IX"], ["AX"]]


def test_set_state_of_all_in_an_unknown_set_is_ok_and_no_event() -> None:
    with capturedLogs() as events:
        assert make_methods().call("dispatcher.set_state", ["i", 99, "all"]) == "Ok. Dispatcher state updated."
    assert events == []


def test_a_state_that_was_set_is_logged() -> None:
    with capturedLogs() as events:
        make_methods().call("dispatcher.set_state", ["i", 1, "all"])
    assert [formatEvent(event) for event in events] == ["dispatcher.set_state: 'all' of set 1 is now 'i'"]


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (["ip", 99, "sip:127.0.0.1:5081"], "State Update Failed"),
        (["ip", 2, "sip:127.0.0.1:5081"], "State Update Failed"),
        (["ip", 1, "ALL"], "State Update Failed"),
        (["zz", 1, "sip:127.0.0.1:5081"], "Unknown State Value"),
        ([4, 1, "sip:127.0.0.1:5081"], "Unknown State Value"),
        (["", 1, "sip:127.0.0.1:5081"], "Invalid State Parameter"),
        (["ip", "1", "sip:127.0.0.1:5081"], "Invalid Parameters"),
        (["ip", 1, 5], "Invalid Parameters"),
        (["ip", 1], "Invalid Parameters"),
    ],
)
def test_faults_of_set_state(given: list[object], text: str) -> None:
    sets = make_sets()
    assert fault_of(make_methods(sets), "dispatcher.set_state", given) == (500, text)
    assert letters(sets.destination(1, "sip:127.0.0.1:5081").flags) == "AX"


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


async def awaited(methods: Methods) -> object:
    return await cast(Awaitable[object], methods.call("dispatcher.reload"))


def succeeded(result: Deferred[object]) -> object:
    found: list[object] = []
    result.addCallback(found.append)
    return found[0]


def failed(result: Deferred[object]) -> tuple[int, str]:
    found: list[Fault] = []
    result.addErrback(lambda failure: found.append(failure.value))
    return found[0].code, found[0].text


def fault_of(methods: Methods, name: str, given: list[object] | None = None) -> tuple[int, str]:
    with pytest.raises(Fault) as caught:
        methods.call(name, given or [])
    return caught.value.code, caught.value.text


def test_latency_is_shown_where_it_is_measured() -> None:
    sets = make_sets("1 sip:127.0.0.1:5080\n1 sip:127.0.0.1:5081\n")
    measured = sets.destination(1, "sip:127.0.0.1:5081")
    measured.latency = Latency()
    for sample in (10.0, 20.5):
        measured.latency.sample(sample, 0.9)
    measured.latency.timeout()
    methods = make_methods(sets)
    for mode in ([], ["short"]):
        [shown] = [
            each["SET"]["TARGETS"]
            for each in cast(dict[str, list[dict[str, Any]]], methods.call("dispatcher.list", mode))["RECORDS"]
        ]
        assert shown[0]["DEST"]["LATENCY"] == {"AVG": 15.25, "STD": 5.25, "EST": 15.25, "MAX": 20, "TIMEOUT": 1}
        assert "LATENCY" not in shown[1]["DEST"]


def test_a_state_that_is_set_has_its_reason() -> None:
    sets = make_sets()
    heard: list[tuple[str, str]] = []
    sets.observers.add(lambda destination, before, after, reason: heard.append((destination.uri, reason)))
    make_methods(sets).call("dispatcher.set_state", ["ip", 2, "sip:127.0.0.1:5080"])
    assert heard == [("sip:127.0.0.1:5080", "dispatcher.set_state ip")]
