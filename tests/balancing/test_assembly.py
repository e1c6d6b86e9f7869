"""A load in steps, and what others do between two of them."""

from __future__ import annotations

import pytest

from txdispatcher.balancing.assembly import SLICE
from txdispatcher.balancing.destination import Record
from txdispatcher.balancing.sets import Sets
from txdispatcher.balancing.states import DISABLED, INACTIVE
from txdispatcher.errors import CallsUnderWay

MANY = 3 * SLICE


def records(weight: int = 1, flags: int = 0, set_id: int = 1) -> list[Record]:
    return [
        Record(set_id, f"sip:gw{n}", flags, host=f"gw{n}", port=5060, attributes={"weight": f"{weight}"}) for n in range(MANY)
    ]


def loaded(**parameters: str) -> Sets:
    sets = Sets(**parameters)  # type: ignore[arg-type]
    sets.load(records())
    return sets


def weights(sets: Sets) -> set[int]:
    return {each.weight for each in sets[1].destinations}


def test_nothing_has_changed_before_everything_has() -> None:
    sets = loaded()
    before = sets[1]
    seen = []
    for _ in sets.loading(records(weight=2, flags=DISABLED)):
        seen.append((sets[1] is before, weights(sets), {each.flags for each in sets[1].destinations}))
    changed = seen.index(next(each for each in seen if not each[0]))
    assert changed > MANY / SLICE
    assert set(map(str, seen[:changed])) == {str((True, {1}, {0}))}
    assert set(map(str, seen[changed:])) == {str((False, {2}, {DISABLED}))}


def test_a_few_take_one_step() -> None:
    sets = Sets()
    for number in (5, 7, 3):
        assert list(sets.loading(records()[:number])) == []
        assert len(sets[1]) == number


def test_a_load_that_is_given_up_changes_nothing() -> None:
    sets = loaded()
    steps = sets.loading(records(weight=2))
    next(steps)
    steps.close()  # type: ignore[attr-defined]
    assert weights(sets) == {1}


def test_a_state_that_changes_meanwhile_stays() -> None:
    sets = loaded()
    steps = sets.loading(records(weight=2))
    next(steps)
    sets.set_state(1, "sip:gw5", INACTIVE)
    list(steps)
    assert sets.destination(1, "sip:gw5").flags == INACTIVE
    assert sum(each.selectable for each in sets[1].destinations) == MANY - 1
    assert weights(sets) == {2}


def test_what_is_added_or_removed_meanwhile_is_neither_doubled_nor_back() -> None:
    sets = loaded()
    kept = sets.destination(1, "sip:gw7")
    steps = sets.loading([*records(weight=2), *records(set_id=2)])
    next(steps)
    added = sets.add(Record(2, "sip:gw3", host="gw3", port=5060))
    sets.remove(1, "sip:gw9")
    list(steps)
    assert (len(sets[1]), len(sets[2])) == (MANY, MANY)
    assert sets.destination(2, "sip:gw3") is added
    assert sets.destination(1, "sip:gw7") is kept
    assert sets.find("gw9", 5060, set_id=1) is sets.destination(1, "sip:gw9")


def test_addresses_that_are_found_meanwhile_stay() -> None:
    sets = loaded()
    named = sets.destination(1, "sip:gw7")
    steps = sets.loading(records(weight=2))
    next(steps)
    sets.locate([(named, ["10.0.0.7"])])
    list(steps)
    assert sets.find("10.0.0.7", 5060) is named


def test_calls_that_come_meanwhile_forbid_it() -> None:
    sets = loaded(reload_load="refuse")
    steps = sets.loading(records(weight=2))
    next(steps)
    sets.calls.begin(b"1", sets.destination(1, "sip:gw5"), 0.0)
    with pytest.raises(CallsUnderWay):
        list(steps)
    assert weights(sets) == {1}


def test_calls_go_on_under_another_uri_which_is_found_at_its_address() -> None:
    sets = Sets()
    sets.load([Record(1, "sip:old", host="old", port=5060, attributes={"duid": "x"})])
    there = sets.destination(1, "sip:old")
    sets.calls.begin(b"1", there, 0.0)
    sets.load([Record(1, "sip:new", host="new", port=5060, attributes={"duid": "x"})])
    assert sets.find("new", 5060) is there
    assert sets.find("old", 5060) is None


def test_a_state_that_ends_with_the_uri_is_told() -> None:
    sets = Sets()
    sets.load([Record(1, "sip:old", host="old", port=5060, attributes={"duid": "x"})])
    there = sets.destination(1, "sip:old")
    sets.calls.begin(b"1", there, 0.0)
    sets.mark(there, INACTIVE)
    told: list[tuple[object, int, int]] = []
    sets.observers.add(lambda destination, before, after, reason: told.append((destination, before, after)))
    sets.load([Record(1, "sip:new", host="new", port=5060, attributes={"duid": "x"})])
    assert told == [(there, INACTIVE, 0)]
