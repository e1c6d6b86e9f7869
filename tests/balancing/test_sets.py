from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.balancing.slow_model import SlowSet
from txdispatcher.balancing.destination import Destination, Record
from txdispatcher.balancing.selection import Selection
from txdispatcher.balancing.sets import FAILOVER, Sets
from txdispatcher.balancing.states import DISABLED, INACTIVE, NO_DNS, PROBING, TRYING
from txdispatcher.errors import CallsUnderWay, UnknownDestination

ROUND_ROBIN = 4
FIRST = 8
WEIGHT = 9


def record(name: str, set_id: int = 1, **more: object) -> Record:
    """Of the gateway `name`, at port 5060."""
    fields: dict[str, object] = {"host": name, "port": 5060} | more
    return Record(set_id, f"sip:{name}", **fields)  # type: ignore[arg-type]


def sets_of(*records: Record, **parameters: object) -> Sets:
    sets = Sets(**({"flags": FAILOVER} | parameters))  # type: ignore[arg-type]
    sets.load(records)
    return sets


def names(selection: Selection | None) -> list[str]:
    """All that a selection leads to."""
    if selection is None:
        return []
    return [found.record.host for found in (selection.first, *iter(selection.next, None))]


def turn(sets: Sets, times: int = 1) -> list[str]:
    """The first ones of that many selections in turn; "-" for none."""
    found = []
    for _ in range(times):
        selection = sets.select(1, ROUND_ROBIN)
        found.append(selection.first.record.host if selection is not None else "-")
    return found


class TestOrder:
    def test_higher_priority_first_and_the_last_line_of_equal_ones(self) -> None:
        sets = sets_of(record("a"), record("b", priority=5), record("c"), record("d", priority=5))
        assert [each.record.host for each in sets[1].destinations] == ["d", "b", "c", "a"]

    def test_sets_are_listed_in_the_order_of_kamailios_tree(self) -> None:
        sets = sets_of(*(record("a", id) for id in (2, 1, 3, 10, 7)))
        assert [each.id for each in sets] == [1, 3, 10, 7, 2]

    def test_length_and_membership(self) -> None:
        sets = sets_of(record("a"), record("b"), record("c", 2))
        assert (len(sets), 1 in sets, 3 in sets, len(sets[1])) == (2, True, False, 2)


class TestSelection:
    def test_the_walk_goes_on_to_the_end_and_then_from_the_beginning(self) -> None:
        sets = sets_of(*(record(name) for name in "abcd"))
        turn(sets)
        assert names(sets.select(1, ROUND_ROBIN)) == ["c", "b", "a", "d"]

    def test_without_bit_2_there_is_no_walk(self) -> None:
        sets = sets_of(record("a"), record("b"), flags=1)
        assert names(sets.select(1, FIRST)) == ["b"]

    def test_the_walk_passes_over_what_became_inactive_meanwhile(self) -> None:
        sets = sets_of(*(record(name) for name in "abcd"))
        selection = sets.select(1, FIRST)
        assert selection is not None
        sets.set_state(1, "sip:c", INACTIVE)
        sets.set_state(1, "sip:a", DISABLED)
        assert names(selection) == ["d", "b"]

    def test_the_walk_passes_over_what_became_inactive_after_a_reload(self) -> None:
        records = [record(name) for name in "abc"]
        sets = sets_of(*records)
        selection = sets.select(1, FIRST)
        assert selection is not None
        sets.load([*records, record("x")])
        sets.set_state(1, "sip:b", INACTIVE)
        assert names(selection) == ["c", "a"]

    def test_trying_is_selected(self) -> None:
        sets = sets_of(record("a", flags=TRYING), record("b", flags=TRYING | PROBING))
        assert names(sets.select(1, FIRST)) == ["b", "a"]

    def test_none_of_no_set_or_of_nothing_selectable(self) -> None:
        sets = sets_of(record("a", flags=INACTIVE), record("b", flags=DISABLED))
        assert sets.select(2, FIRST) is None
        assert sets.select(1, FIRST) is None

    def test_any_other_number_is_the_first_entry(self) -> None:
        sets = sets_of(record("a"), record("b"))
        assert [names(sets.select(1, number))[0] for number in (-1, 16, 63, 99)] == ["b"] * 4

    def test_the_second_key_is_not_for_the_call_id(self) -> None:
        sets = sets_of(*(record(str(number)) for number in range(50)))
        assert names(sets.select(1, 0, b"x", b"y")) == names(sets.select(1, 0, b"x"))
        assert names(sets.select(1, 1, b"x", b"y")) != names(sets.select(1, 1, b"x"))

    def test_nothing_but_what_is_taken_is_looked_at(self) -> None:
        """Selection may not depend on the size of the set: 10,000, of which the first half is out."""
        records = [record(str(number), flags=int(number >= 5_000)) for number in range(10_000)]
        sets = sets_of(*records, use_default=True)
        watched = _Watched(sets[1].destinations)
        sets[1].destinations = watched  # type: ignore[assignment]
        for algorithm in (0, ROUND_ROBIN, 6, FIRST, WEIGHT):
            selection = sets.select(1, algorithm, b"call")
            assert selection is not None
            for _ in range(5):
                selection.next()
        assert watched.looked_at == 5 * 6


class TestUseDefault:
    def test_the_last_is_kept_out_and_comes_last(self) -> None:
        sets = sets_of(*(record(name) for name in "abc"), use_default=True)
        assert turn(sets, 4) == ["c", "b", "c", "b"]
        assert names(sets.select(1, ROUND_ROBIN)) == ["c", "b", "a"]

    def test_it_is_taken_when_no_other_is_selectable(self) -> None:
        sets = sets_of(record("a"), record("b", flags=INACTIVE), record("c", flags=INACTIVE), use_default=True)
        assert names(sets.select(1, FIRST)) == ["a"]

    def test_an_unselectable_one_is_never_first_but_ends_the_walk(self) -> None:
        sets = sets_of(record("a", flags=INACTIVE), record("b"), use_default=True)
        assert names(sets.select(1, FIRST)) == ["b", "a"]
        sets.set_state(1, "sip:b", INACTIVE)
        assert sets.select(1, FIRST) is None

    def test_a_single_one_is_selected_once(self) -> None:
        sets = sets_of(record("a"), use_default=True)
        assert names(sets.select(1, ROUND_ROBIN)) == ["a"]


class TestRoundRobin:
    def test_it_goes_on_behind_the_one_that_was_taken(self) -> None:
        sets = sets_of(record("a"), record("b"), record("c", flags=INACTIVE), record("d"))
        assert turn(sets, 4) == ["d", "b", "a", "d"]

    def test_a_try_in_vain_moves_it_by_one(self) -> None:
        sets = sets_of(*(record(name, flags=INACTIVE) for name in "abc"))
        assert turn(sets) == ["-"]
        sets.set_state(1, "all", 0)
        assert turn(sets) == ["b"]

    def test_an_authorization_username_is_hashed_and_without_one_it_is_in_turn(self) -> None:
        sets = sets_of(*(record(name) for name in "abc"))
        assert len({names(sets.select(1, 5, b"alice"))[0] for _ in range(5)}) == 1
        assert {names(sets.select(1, 5))[0] for _ in range(3)} == {"a", "b", "c"}


class TestStates:
    def test_a_state_leaves_other_flags_alone(self) -> None:
        sets = sets_of(record("a", flags=NO_DNS | TRYING))
        sets.set_state(1, "sip:a", INACTIVE | PROBING)
        assert sets.destination(1, "sip:a").flags == NO_DNS | INACTIVE | PROBING

    def test_the_case_of_a_uri_does_not_matter_and_the_first_of_two_is_meant(self) -> None:
        sets = sets_of(record("a", attributes={"socket": "x"}), record("A"))
        assert sets.destination(1, "SIP:a") is sets[1].destinations[0]

    def test_all_of_a_set_and_of_none(self) -> None:
        sets = sets_of(record("a"), record("b"), record("c", 2))
        sets.set_state(1, "all", INACTIVE)
        sets.set_state(3, "all", INACTIVE)
        assert [each.flags for id in (1, 2) for each in sets[id].destinations] == [INACTIVE, INACTIVE, 0]

    @pytest.mark.parametrize(("set_id", "text"), [(1, "no destination sip:x in set 1"), (2, "no set 2")])
    def test_an_unknown_destination(self, set_id: int, text: str) -> None:
        with pytest.raises(UnknownDestination, match=text):
            sets_of(record("a")).set_state(set_id, "sip:x", 0)

    def test_flags_cannot_be_set_past_the_tables(self) -> None:
        with pytest.raises(AttributeError):
            sets_of(record("a")).destination(1, "sip:a").flags = 1  # type: ignore[misc]


class TestReload:
    def test_a_destination_stays_what_it_was(self) -> None:
        records = [record("a"), record("b")]
        sets = sets_of(*records)
        kept = sets.destination(1, "sip:a")
        kept.target = "prepared"
        sets.mark(kept, INACTIVE)
        sets.load([record("b", priority=3), record("c"), record("a")])
        assert sets.destination(1, "sip:a") is kept
        assert (kept.flags, kept.target) == (INACTIVE, "prepared")
        assert [each.record.host for each in sets[1].destinations] == ["b", "a", "c"]
        assert names(sets.select(1, FIRST)) == ["b", "c"]

    def test_flags_that_differ_from_those_last_loaded_win(self) -> None:
        sets = sets_of(record("a", flags=PROBING))
        sets.set_state(1, "sip:a", DISABLED)
        sets.load([record("a", flags=PROBING)])
        assert sets.destination(1, "sip:a").flags == DISABLED
        sets.load([record("a", flags=TRYING)])
        assert sets.destination(1, "sip:a").flags == TRYING

    def test_the_list_wins_where_that_is_asked_for(self) -> None:
        sets = sets_of(record("a"), record("b"), reload_state="list")
        sets.set_state(1, "sip:a", DISABLED)
        turn(sets)
        sets.load([record("a"), record("b")])
        assert turn(sets, 2) == ["b", "a"]

    def test_another_socket_is_another_destination(self) -> None:
        sets = sets_of(record("a", attributes={"socket": "udp:10.0.0.1"}))
        sets.set_state(1, "sip:a", INACTIVE)
        sets.load([record("a", attributes={"socket": "udp:10.0.0.2"})])
        assert sets.destination(1, "sip:a").flags == 0

    def test_the_target_goes_when_the_record_changes(self) -> None:
        sets = sets_of(record("a"))
        sets.destination(1, "sip:a").target = "prepared"
        sets.load([record("a", port=5061)])
        assert sets.destination(1, "sip:a").target is None

    def test_round_robin_goes_on_with_the_one_whose_turn_it_was(self) -> None:
        sets = sets_of(*(record(name) for name in "abcd"))
        turn(sets)
        sets.load([record(name) for name in "axcyd"])
        assert turn(sets) == ["c"]

    def test_round_robin_goes_on_with_the_next_that_is_left(self) -> None:
        sets = sets_of(*(record(name) for name in "abcd"))
        turn(sets)
        sets.load([record(name) for name in "xab"])
        assert turn(sets) == ["b"]

    def test_an_error_while_reading_changes_nothing(self) -> None:
        sets = sets_of(record("a"), record("b"))
        with pytest.raises(OSError, match="gone"):
            sets.load(_failing(record("a", flags=INACTIVE)))
        assert names(sets.select(1, FIRST)) == ["b", "a"]

    def test_marking_a_removed_destination_leaves_the_others_alone(self) -> None:
        sets = sets_of(record("a"), record("b"))
        removed = sets.destination(1, "sip:b")
        sets.load([record("a")])
        sets.mark(removed, INACTIVE)
        assert removed.flags == INACTIVE
        assert names(sets.select(1, FIRST)) == ["a"]

    def test_unchanged_weights_keep_their_place_in_the_hundred(self) -> None:
        records = [record(name, attributes={"weight": "50"}) for name in "ab"]
        sets = sets_of(*records)
        first = [names(sets.select(1, WEIGHT))[0] for _ in range(60)]
        sets.load(records)
        rest = [names(sets.select(1, WEIGHT))[0] for _ in range(40)]
        assert (first + rest).count("a") == 50

    def test_a_set_of_the_same_records_stays_as_it_is(self) -> None:
        one, other, third = record("a", 1), record("b", 2), record("c", 2)
        sets = sets_of(one, other, third)
        first, second = sets[1], sets[2]
        sets.load([one, third, other])
        assert sets[1] is first
        assert sets[2] is not second
        assert [each.uri for each in sets[2].destinations] == ["sip:b", "sip:c"]
        second = sets[2]
        sets.load([record("a", 1), third, other])
        assert sets[1] is not first
        assert sets[2] is second
        assert sets.find("a", 5060) is sets[1].destinations[0]
        sets.load([third])
        assert sets.find("a", 5060) is None

    def test_the_same_records_take_the_lists_states_where_that_is_asked_for(self) -> None:
        one = record("a")
        sets = sets_of(one, reload_state="list")
        sets.set_state(1, one.uri, INACTIVE)
        sets.load([one])
        assert sets.destination(1, one.uri).flags == 0

    def test_reload_state_is_one_of_two(self) -> None:
        with pytest.raises(ValueError, match='"keep" or "list"'):
            Sets(reload_state="none")


class TestReloadOfCalls:
    """What becomes of counted calls; tests/balancing/test_load.py drives all of it against a model."""

    def with_calls(self, **parameters: object) -> tuple[Sets, Destination]:
        sets = sets_of(record("a", attributes={"duid": "x"}), record("b"), **parameters)
        counted = sets.destination(1, "sip:a")
        for call_id in (b"1", b"2"):
            sets.calls.begin(call_id, counted, 0.0)
        return sets, counted

    def test_they_stay_with_their_destination(self) -> None:
        sets, counted = self.with_calls()
        sets.load([record("a"), record("c")])
        assert (sets.destination(1, "sip:a"), counted.load, len(sets.calls)) == (counted, 2, 2)

    def test_they_go_on_under_another_uri_with_the_same_duid_but_the_state_does_not(self) -> None:
        sets, counted = self.with_calls()
        sets.mark(counted, INACTIVE)
        sets.load([record("b"), record("new", attributes={"duid": "x"})])
        assert sets.destination(1, "sip:new") is counted
        assert (counted.load, counted.flags) == (2, 0)

    def test_a_duid_without_calls_or_of_another_set_keeps_nothing(self) -> None:
        sets, counted = self.with_calls()
        sets.load([record("b"), record("new", 2, attributes={"duid": "x"})])
        assert sets.destination(2, "sip:new").load == 0
        sets.calls.clear()
        sets.load([record("new", attributes={"duid": "x"})])
        assert sets.destination(1, "sip:new") is not counted

    def test_those_of_a_removed_one_end_and_come_back_with_it(self) -> None:
        sets, counted = self.with_calls()
        sets.load([record("b")])
        assert sets.calls.end(b"1")
        sets.load([record("b"), record("a")])
        assert (sets.destination(1, "sip:a"), counted.load) == (counted, 1)

    def test_reset_counts_from_zero(self) -> None:
        sets, counted = self.with_calls(reload_load="reset")
        sets.load([record("a")])
        assert (counted.load, len(sets.calls)) == (0, 0)

    def test_refuse_loads_nothing_while_there_are_any(self) -> None:
        sets, _ = self.with_calls(reload_load="refuse")
        with pytest.raises(CallsUnderWay, match="2 calls are counted"):
            sets.load([record("z")])
        assert names(sets.select(1, FIRST)) == ["b", "a"]
        sets.calls.clear()
        sets.load([record("z")])
        assert names(sets.select(1, FIRST)) == ["z"]

    def test_reload_load_is_one_of_three(self) -> None:
        with pytest.raises(ValueError, match='"keep", "reset" or "refuse"'):
            Sets(reload_load="list")


class TestAtRunTime:
    def test_one_more_comes_as_the_last_line_and_changes_no_other(self) -> None:
        sets = sets_of(record("a"), record("b"), record("c", 2))
        sets.set_state(1, "sip:a", INACTIVE)
        turn(sets)
        added = sets.add(record("d"))
        assert added is sets.destination(1, "sip:d")
        assert [each.record.host for each in sets[1].destinations] == ["d", "b", "a"]
        assert turn(sets, 2) == ["d", "b"]
        assert sets.find("d", 5060) is added

    def test_one_of_a_new_set_makes_the_set(self) -> None:
        sets = sets_of(*(record("a", id) for id in (2, 1, 3, 10)))
        sets.add(record("b", 7))
        # Kamailio fills its tree anew, from 1, 10, 3, 2 as they were listed, and then 7.
        assert [each.id for each in sets] == [2, 1, 7, 10, 3]

    def test_one_that_is_there_already_comes_again(self) -> None:
        sets = sets_of(record("a"), record("b"))
        first = sets.destination(1, "sip:a")
        second = sets.add(record("a"))
        assert second is not first
        assert names(sets.select(1, FIRST)) == ["a", "b", "a"]
        assert {id(each) for each in sets[1].destinations} >= {id(first), id(second)}

    def test_states_stay_even_where_a_reload_would_take_the_lists(self) -> None:
        sets = sets_of(record("a"), record("b"), reload_state="list")
        sets.set_state(1, "sip:a", INACTIVE)
        sets.add(record("c"))
        sets.remove(1, "sip:b")
        assert names(sets.select(1, FIRST)) == ["c"]

    def test_all_with_the_uri_go_and_the_set_with_its_last(self) -> None:
        sets = sets_of(record("a", attributes={"socket": "x"}), record("a"), record("b"))
        assert [sets.remove(1, "SIP:a"), sets.remove(1, "sip:a"), sets.remove(9, "sip:a")] == [2, 0, 0]
        assert names(sets.select(1, FIRST)) == ["b"]
        assert sets.find("a", 5060) is None
        assert sets.remove(1, "sip:b") == 1
        assert 1 not in sets

    def test_a_load_takes_back_what_was_added_and_removed(self) -> None:
        records = [record("a"), record("b")]
        sets = sets_of(*records)
        sets.add(record("c"))
        sets.remove(1, "sip:a")
        sets.load(records)
        assert names(sets.select(1, FIRST)) == ["b", "a"]

    def test_a_state_by_duid(self) -> None:
        sets = sets_of(record("a", attributes={"duid": "x"}), record("b"), record("c", attributes={"duid": "x"}))
        sets.set_duid_state(1, "x", INACTIVE)
        assert names(sets.select(1, FIRST)) == ["b"]

    @pytest.mark.parametrize(("set_id", "duid"), [(1, "y"), (2, "x"), (1, "")])
    def test_an_unknown_duid(self, set_id: int, duid: str) -> None:
        with pytest.raises(UnknownDestination, match=f"no destination with duid {duid!r} in set {set_id}"):
            sets_of(record("a", attributes={"duid": "x"}), record("b")).set_duid_state(set_id, duid, 0)

    def test_overload_is_reported_for_a_destination_that_is_there(self) -> None:
        sets = sets_of(record("a"))
        assert sets.report_overload(1, "sip:a", 50, 2.0, 7.0, 10.0)
        assert not sets.report_overload(1, "sip:a", 60, 2.0, 7.0, 10.0)
        assert sets.destination(1, "sip:a").overload.rate(11.9) == 50
        with pytest.raises(UnknownDestination):
            sets.report_overload(1, "sip:b", 50)


class TestFind:
    def test_by_address_and_port(self) -> None:
        sets = sets_of(record("10.0.0.1"), record("10.0.0.2", port=0))
        assert _host(sets.find("10.0.0.1", 5060)) == "10.0.0.1"
        assert sets.find("10.0.0.1", 5061) is None
        assert _host(sets.find("10.0.0.2", 12_345)) == "10.0.0.2"

    def test_the_transport_only_if_it_is_given(self) -> None:
        sets = sets_of(record("10.0.0.1", transport="tcp"))
        assert _host(sets.find("10.0.0.1", 5060)) == "10.0.0.1"
        assert _host(sets.find("10.0.0.1", 5060, "tcp")) == "10.0.0.1"
        assert sets.find("10.0.0.1", 5060, "udp") is None

    def test_in_one_set_or_in_the_first_that_is_listed(self) -> None:
        sets = sets_of(record("10.0.0.1", 2), record("10.0.0.1", 1))
        assert [_set(sets.find("10.0.0.1", 5060, set_id=id)) for id in (None, 1, 2, 3)] == [1, 1, 2, None]

    def test_the_first_in_order_whether_by_port_or_without_one(self) -> None:
        sets = sets_of(record("10.0.0.1", port=0), record("10.0.0.1"))
        assert sets.find("10.0.0.1", 5060) is sets[1].destinations[0]
        sets = sets_of(record("10.0.0.1"), record("10.0.0.1", port=0))
        assert sets.find("10.0.0.1", 5060) is sets[1].destinations[0]

    def test_one_that_is_not_looked_up_cannot_be_found(self) -> None:
        assert sets_of(record("10.0.0.1", flags=NO_DNS)).find("10.0.0.1", 5060) is None

    def test_a_name_at_the_addresses_that_it_has(self) -> None:
        sets = sets_of(record("gw.example.com"), record("10.0.0.2"))
        named = sets.destination(1, "sip:gw.example.com")
        sets.locate([(named, ["10.0.0.8", "2001:db8:0::8"])])
        assert sets.find("10.0.0.8", 5060) is named
        assert sets.find("2001:db8::8", 5060) is named
        sets.load([record("gw.example.com")])
        assert sets.find("10.0.0.8", 5060) is named
        sets.locate([(named, ["10.0.0.9"])])
        assert sets.find("10.0.0.8", 5060) is None


_STATES = st.sampled_from((0, INACTIVE, TRYING, DISABLED, PROBING, INACTIVE | PROBING))
_LINES = st.lists(
    st.tuples(st.integers(0, 7), _STATES, st.integers(0, 2)), min_size=1, max_size=8, unique_by=lambda line: line[0]
)
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("mark"), st.integers(0, 7), _STATES),
        st.tuples(st.just("all"), st.just(0), _STATES),
        st.tuples(st.just("select"), st.sampled_from((0, 4, 5, 8, 99)), st.integers(0, 50)),
        st.tuples(st.just("load"), st.just(0), _LINES),
    ),
    max_size=30,
)


@settings(max_examples=300)
@given(_LINES, _STEPS, st.booleans())
def test_as_a_model_that_looks_at_every_destination(
    lines: list[tuple[int, int, int]], steps: list[tuple[str, int, object]], use_default: bool
) -> None:
    """Selection, failover order and the position of round robin after any states and loads (Kamailio's: from the list)."""
    sets = sets_of(*_records(lines), use_default=use_default, reload_state="list")
    model = SlowSet(lines, use_default)
    for step, number, value in steps:
        if step == "load":
            sets.load(_records(value))  # type: ignore[arg-type]
            model = SlowSet(value, use_default)  # type: ignore[arg-type]
        elif step == "mark":
            if model.mark(number, value):  # type: ignore[arg-type]
                sets.set_state(1, f"sip:{number}", value)  # type: ignore[arg-type]
        elif step == "all":
            model.mark_all(value)  # type: ignore[arg-type]
            sets.set_state(1, "all", value)  # type: ignore[arg-type]
        else:
            x = b"%d" % value if number != 5 or value % 2 else b""  # type: ignore[operator]
            assert names(sets.select(1, number, x)) == model.select(number, x)


@settings(max_examples=200)
@given(_LINES, st.lists(st.tuples(st.integers(0, 7), _STATES), max_size=10), st.integers(0, 10), st.integers(0, 10))
def test_a_walk_gives_every_selectable_one_once(
    lines: list[tuple[int, int, int]], marks: list[tuple[int, int]], algorithm: int, seed: int
) -> None:
    sets = sets_of(*_records(lines), rng=random.Random(seed))
    for name, flags in marks:
        if any(line[0] == name for line in lines):
            sets.set_state(1, f"sip:{name}", flags)
    selectable = sorted(each.record.host for each in sets[1].destinations if each.selectable)
    assert sorted(names(sets.select(1, algorithm, b"%d" % seed))) == selectable


def _records(lines: list[tuple[int, int, int]]) -> list[Record]:
    return [record(str(name), flags=flags, priority=priority) for name, flags, priority in lines]


def _failing(*records: Record) -> Iterator[Record]:
    yield from records
    raise OSError("gone")


def _host(destination: Destination | None) -> str | None:
    return destination.record.host if destination is not None else None


def _set(destination: Destination | None) -> int | None:
    return destination.record.set_id if destination is not None else None


class _Watched:
    """Destinations that count who looks at them, and cannot be gone through."""

    def __init__(self, destinations: tuple[Destination, ...]) -> None:
        self._destinations = destinations
        self.looked_at = 0

    def __getitem__(self, index: int) -> Destination:
        self.looked_at += 1
        return self._destinations[index]

    def __iter__(self) -> Iterator[Destination]:
        raise AssertionError("selection went through the destinations")
