from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from txdispatcher.balancing.attributes import Attributes, attribute_warnings, parse_weight
from txdispatcher.balancing.destination import Record


def record(uri: str = "sip:gw", set_id: int = 1, **attributes: str | None) -> Record:
    return Record(set_id, uri, attributes=attributes)


def test_without_attributes_there_are_no_limits() -> None:
    assert record().meaning == Attributes()
    assert (Attributes().maxload, Attributes().maxcps, Attributes().ocmax) == (0, 0.0, 100)


def test_every_attribute_is_read_whatever_the_case_of_its_name() -> None:
    found = record(
        DUID="a",
        MaxLoad="7",
        maxcps="0.5",
        weight="30",
        rweight="50",
        cc="1",
        socket="udp:127.0.0.1:5060",
        ping_socket="udp:127.0.0.1:5070",
        sockname="inside",
        ping_from="sip:us@here",
        obproxy="sip:proxy",
        latency="24",
        ocrate="20",
        ocmin="10",
        ocmax="90",
    ).meaning
    assert found == Attributes(
        "a",
        7,
        0.5,
        30,
        50,
        True,
        "udp:127.0.0.1:5060",
        "udp:127.0.0.1:5070",
        "inside",
        "sip:us@here",
        "sip:proxy",
        24,
        20,
        10,
        90,
    )


def test_of_several_with_one_name_the_last_counts() -> None:
    assert record(maxload="1", MAXLOAD="2").meaning.maxload == 2


@pytest.mark.parametrize(
    ("attributes", "rates"),
    [
        ({"ocrate": "5", "ocmin": "10"}, (10, 10, 100)),
        ({"ocrate": "95", "ocmax": "90"}, (90, 0, 90)),
        ({"ocrate": "20", "ocmin": "60", "ocmax": "50"}, (20, 0, 50)),
        ({"ocrate": "101", "ocmin": "101", "ocmax": "0"}, (0, 0, 100)),
    ],
)
def test_the_rate_of_overload_control_stays_within_its_bounds(attributes: dict[str, str], rates: tuple[int, int, int]) -> None:
    found = record(**attributes).meaning
    assert (found.ocrate, found.ocmin, found.ocmax) == rates


@given(st.text(max_size=12))
def test_whatever_a_value_says_it_is_a_number_within_its_bounds(text: str) -> None:
    found = record(maxload=text, maxcps=text, weight=text, rweight=text, latency=text, ocrate=text, cc=text).meaning
    assert found.maxload >= 0
    assert found.maxcps >= 0.0
    assert found.latency >= 0
    assert all(0 <= share <= 100 for share in (found.weight, found.rweight, found.ocrate))


@pytest.mark.parametrize(
    ("text", "weight"),
    [("1", 1), ("100", 100), ("+7", 7), ("007", 7), ("101", 0), ("0", 0), ("-1", 0), ("", 0), ("1.5", 0), ("x", 0)],
)
def test_a_weight_is_a_per_cent(text: str, weight: int) -> None:
    assert parse_weight(text) == weight


@pytest.mark.parametrize(
    ("records", "warnings"),
    [
        ([record(maxload="many")], ["maxload 'many' of sip:gw in set 1 is not a number of calls: it has no limit"]),
        ([record(maxload="-1", set_id=3)], ["maxload '-1' of sip:gw in set 3 is not a number of calls: it has no limit"]),
        ([record(maxcps="fast")], ["maxcps 'fast' of sip:gw in set 1 is not a number of calls a second: it has no limit"]),
        ([record(rweight="0")], ["rweight '0' of sip:gw in set 1 is not a number from 1 to 100: it has no rweight"]),
        ([record(ocmax="101")], ["ocmax '101' of sip:gw in set 1 is not a number from 0 to 100: 100 is taken"]),
        (
            [record("sip:a", duid="x"), record("sip:b", duid="x")],
            [
                "duid 'x' in set 1 names sip:b and sip:a: set_duid_state changes both, and calls that go on under another URI "
                "go to the first that is found"
            ],
        ),
        ([record("sip:a", duid="x"), record("sip:b", set_id=2, duid="x")], []),
        (
            [record("sip:a", weight="60"), record("sip:b", weight="41")],
            ["the weights of set 1 add up to 101: what is beyond 100 gets no calls under algorithm 9"],
        ),
        ([record("sip:a", weight="60"), record("sip:b", weight="40"), record("sip:c", set_id=2, weight="60")], []),
        (
            [record(cc="7")],
            ["cc '7' of sip:gw in set 1 is not 0 or 1: a number counts as 1, anything else as 0"],
        ),
        ([record(latency="-1")], ["latency '-1' of sip:gw in set 1 is not a number of milliseconds: it starts from 0"]),
        ([record(maxload="5", maxcps="1.5", rweight="1", cc="0", latency="0", ocrate="0")], []),
    ],
)
def test_what_cannot_work_is_named(records: list[Record], warnings: list[str]) -> None:
    assert list(attribute_warnings(records)) == warnings


def test_weights_are_added_up_where_algorithm_9_is_used() -> None:
    records = [record(set_id=set_id, weight="51") for set_id in (1, 1, 2, 2)]
    assert [line.partition(" add")[0] for line in attribute_warnings(records, [2])] == ["the weights of set 2"]
    assert list(attribute_warnings(records, [])) == []
