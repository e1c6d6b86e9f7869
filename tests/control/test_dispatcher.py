"""control.dispatcher: results and faults of dispatcher.*, as Kamailio 5.6.3 has them."""

from __future__ import annotations

import json

import pytest
from twisted.logger import capturedLogs, formatEvent

from tests.control.fixtures import STARTED, make_methods, make_sets
from txdispatcher.balancing.latency import Latency
from txdispatcher.balancing.states import letters
from txdispatcher.control.counting import Counting
from txdispatcher.control.methods import Methods
from txdispatcher.control.pieces import whole
from txdispatcher.control.table import Fault
from txdispatcher.stores.list_file import parse_list

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
    assert json.dumps(whole(make_methods().call("dispatcher.list"))) == json.dumps(LISTED)


@pytest.mark.parametrize("mode", ["short", "SHORT"])
def test_the_short_list_has_no_attributes(mode: str) -> None:
    shown = json.dumps(whole(make_methods().call("dispatcher.list", [mode])))
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
    assert f'"{field}": {json.dumps(value)}' in json.dumps(whole(methods.call("dispatcher.list")))


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
        [shown] = [each["SET"]["TARGETS"] for each in whole(methods.call("dispatcher.list", mode))["RECORDS"]]
        assert shown[0]["DEST"]["LATENCY"] == {"AVG": 15.25, "STD": 5.25, "EST": 15.25, "MAX": 20, "TIMEOUT": 1}
        assert "LATENCY" not in shown[1]["DEST"]


def test_a_state_that_is_set_has_its_reason() -> None:
    sets = make_sets()
    heard: list[tuple[str, str]] = []
    sets.observers.add(lambda destination, before, after, reason: heard.append((destination.uri, reason)))
    make_methods(sets).call("dispatcher.set_state", ["ip", 2, "sip:127.0.0.1:5080"])
    assert heard == [("sip:127.0.0.1:5080", "dispatcher.set_state ip")]


def test_the_full_list_has_addresses() -> None:
    sets = make_sets("1 sip:127.0.0.1:5081;transport=tcp\n1 sip:gw.example.net 16")
    sets.locate([(sets.destination(1, "sip:gw.example.net"), ["192.0.2.7"])])
    listed = whole(make_methods(sets).call("dispatcher.list", ["FULL"]))
    named, numeric = [each["DEST"] for each in listed["RECORDS"][0]["SET"]["TARGETS"]]
    fields = ["HOST", "IPADDR", "PORT", "PROTOID", "DNSTIME_SEC", "DNSTIME_USEC"]
    assert list(numeric) == ["URI", "FLAGS", "PRIORITY", *fields]
    assert [numeric[field] for field in fields] == ["127.0.0.1", "127.0.0.1", 5081, 2, 0, 0]
    assert [named[field] for field in fields[:2]] == ["gw.example.net", "192.0.2.7"]


def test_the_list_of_kamailio_6_has_more_fields() -> None:
    sets = make_sets("1 sip:127.0.0.1:5081 32 0 ping_socket=udp:127.0.0.1:5060;ocmax=70\n1 sip:127.0.0.1:5082")
    sets.report_overload(1, "sip:127.0.0.1:5081", 50, 10.0, 7.5, now=0.0)
    methods = make_methods(sets, six=True)
    second, first = [each["DEST"] for each in whole(methods.call("dispatcher.list", ["full"]))["RECORDS"][0]["SET"]["TARGETS"]]
    overload = ["OCRATE", "OCIDX", "OCSEQ", "OCTIME_SEC", "OCTIME_USEC"]
    addresses = ["HOST", "IPADDR", "PORT", "PROTOID", "DNSTIME_SEC", "DNSTIME_USEC"]
    assert list(first) == ["IDX", "IUID", "URI", "FLAGS", "PRIORITY", *addresses, *overload, "ATTRS"]
    assert [first[name] for name in ("IDX", "FLAGS", *overload)] == [1, "AN", 50, 0, 7, int(STARTED) + 100, 500_000]
    assert [second[name] for name in ("IDX", "FLAGS", *overload)] == [0, "AX", 0, 0, 0, 0, 0]
    attributes = ["BODY", "DUID", "PROBING_COUNT", "MAXLOAD", "WEIGHT", "RWEIGHT", "SOCKET", "SOCKNAME", "OBPROXY"]
    assert list(first["ATTRS"]) == [*attributes, "PING_SOCKET", "OCMIN", "OCMAX"]
    assert [first["ATTRS"][name] for name in ("PROBING_COUNT", "PING_SOCKET", "OCMIN", "OCMAX")] == [
        0,
        "udp:127.0.0.1:5060",
        0,
        70,
    ]
    assert list(second["ATTRS"]) == list(first["ATTRS"])
    [short] = [
        each for each in whole(methods.call("dispatcher.list"))["RECORDS"][0]["SET"]["TARGETS"] if "ATTRS" not in each["DEST"]
    ]
    assert list(short["DEST"]) == ["IDX", "IUID", "URI", "FLAGS", "PRIORITY"]


def test_what_is_unique_about_a_destination_outlives_a_reload() -> None:
    def unique() -> dict[str, str]:
        listed = whole(make_methods(sets, six=True).call("dispatcher.list"))["RECORDS"]
        return {
            f"{each['SET']['ID']} {one['DEST']['URI']}": one["DEST"]["IUID"] for each in listed for one in each["SET"]["TARGETS"]
        }

    text = "1 sip:127.0.0.1:5081\n2 sip:127.0.0.1:5081\n2 sip:127.0.0.1:5082\n"
    sets = make_sets(text)
    before = unique()
    assert len(set(before.values())) == 3
    sets.load(parse_list(text + "2 sip:127.0.0.1:5083\n", "test.list"))
    assert before.items() < unique().items()


@pytest.mark.parametrize(
    ("counting", "shown"),
    [
        (Counting(), []),
        (Counting(everything=True), [1, 2]),
        (Counting(algorithms={2: {4, 10}, 1: {4}}), [2]),  # by algorithm 10, which Kamailio has with ds_hash_size alone
    ],
)
def test_calls_are_listed_where_they_are_counted(counting: Counting, shown: list[int]) -> None:
    listed = whole(make_methods(counting=counting).call("dispatcher.list"))["RECORDS"]
    runtime = {each["SET"]["ID"]: [to["DEST"].get("RUNTIME") for to in each["SET"]["TARGETS"]] for each in listed}
    assert runtime == {1: [{"DLGLOAD": 0} if 1 in shown else None] * 2, 2: [{"DLGLOAD": 0} if 2 in shown else None]}


def test_calls_that_are_counted_are_listed_whatever_the_settings_say() -> None:
    sets = make_sets("1 sip:127.0.0.1:5081\n2 sip:127.0.0.1:5081")
    sets.calls.begin(b"1@x", sets.destination(1, "sip:127.0.0.1:5081"), 0.0)
    listed = json.dumps(whole(make_methods(sets).call("dispatcher.list")))
    assert (listed.count('"RUNTIME"'), listed.count('{"DLGLOAD": 1}')) == (1, 1)


ONLY_10 = " dst-drained may come too early: with ds_hash_size 0, only calls by algorithm 10 are counted."
STATELESS = " dst-drained may come too early: a stateless proxy counts no calls."


@pytest.mark.parametrize(
    ("group", "counting", "but"),
    [
        (2, Counting(), ONLY_10),
        (2, Counting(algorithms={2: {4}}), ONLY_10),
        (2, Counting(algorithms={2: {4, 10}}), ONLY_10),
        (2, Counting(algorithms={2: {10}}), ""),
        (1, Counting(), ""),  # one of its destinations has a maxload
        (1, Counting(stateless=True, everything=True), STATELESS),
    ],
)
def test_drain_says_where_nobody_knows_which_call_is_the_last(group: int, counting: Counting, but: str) -> None:
    said = make_methods(counting=counting).call("dispatcher.drain", [group, "all"])
    assert said == "Ok. Dispatcher destination gets no new calls." + but


@pytest.mark.parametrize(
    ("given", "states"),
    [(["ip", 1, "abc"], ["AP", "IP"]), (["ip", 1, "ABC"], ["AP", "IP"]), (["d", 1, "all"], ["DX", "DX"])],
)
def test_set_duid_state(given: list[object], states: list[str]) -> None:
    sets = make_sets()
    assert make_methods(sets).call("dispatcher.set_duid_state", given) == "Ok. Dispatcher state updated."
    assert [letters(each.flags) for each in sets[1].destinations] == states


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (["ip", 1, "nope"], "State Update Failed"),
        (["ip", 99, "abc"], "State Update Failed"),
        (["zz", 1, "abc"], "Unknown State Value"),
        (["", 1, "abc"], "Invalid State Parameter"),
        (["ip", 1], "Invalid Parameters"),
    ],
)
def test_faults_of_set_duid_state(given: list[object], text: str) -> None:
    assert fault_of(make_methods(), "dispatcher.set_duid_state", given) == (500, text)


@pytest.mark.parametrize(("address", "count"), [("sip:127.0.0.1:5081", 1), ("all", 2)])
def test_who_drains_is_not_selected_until_undrained(address: str, count: int) -> None:
    sets = make_sets()
    methods = make_methods(sets)
    methods.call("dispatcher.drain", [1, address])
    assert [each.in_service for each in sets[1].destinations].count(False) == count
    assert json.dumps(whole(methods.call("dispatcher.list"))).count('"DRAINING": 1') == count
    methods.call("dispatcher.undrain", [1, address])
    assert all(each.in_service for each in sets[1].destinations)
    assert "DRAINING" not in json.dumps(whole(methods.call("dispatcher.list")))


@pytest.mark.parametrize("method", ["dispatcher.drain", "dispatcher.undrain"])
@pytest.mark.parametrize("given", [[1, "sip:127.0.0.1:1"], [9, "all"], [9, "sip:127.0.0.1:5081"]])
def test_nobody_to_drain(method: str, given: list[object]) -> None:
    assert fault_of(make_methods(), method, given) == (500, "Destination Not Found")


@pytest.mark.parametrize(
    ("given", "hashed", "slot"),
    [
        ([4, "alice", "server.com"], 1412806172, 0),
        ([4, "alice"], 1834153949, 1),
        ([0, "alice"], 1834153949, 0),
        ([-3, "alice"], 1834153949, 0),
        ([4, "", ""], 1, 1),
    ],
)
def test_hash_as_kamailio_prints_it(given: list[object], hashed: int, slot: int) -> None:
    assert make_methods().call("dispatcher.hash", given) == {"hashid": hashed, "slot": slot}


def test_overload_control_of_a_set() -> None:
    sets = make_sets("1 sip:127.0.0.1:5081 0 4 ocrate=20;ocmin=10;ocmax=90")
    sets.report_overload(1, "sip:127.0.0.1:5081", 50, 10.0, 7.0, now=0.0)
    assert whole(make_methods(sets).call("dispatcher.oclist", [1])) == [
        {
            "group": 1,
            "uri": "sip:127.0.0.1:5081",
            "flags": 0,
            "priority": 4,
            "ocrate": 50,
            "ocidx": 0,
            "ocseq": 7,
            "octime_sec": int(STARTED) + 100,
            "octime_usec": 500_000,
            "ocmin": 10,
            "ocmax": 90,
        }
    ]
    assert fault_of(make_methods(sets), "dispatcher.oclist", [9]) == (404, "Destination Group Not Found")
