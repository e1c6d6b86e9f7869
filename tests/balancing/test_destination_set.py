"""What a set has beside selection by slots: limits, draining, slow start, and the algorithms with an order of their own."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.balancing.test_sets import names, record, sets_of
from txdispatcher.balancing import algorithms
from txdispatcher.balancing.destination import Destination
from txdispatcher.balancing.sets import Sets
from txdispatcher.balancing.states import ALL, DISABLED, DRAINING, INACTIVE, PROBING, TRYING

ROUND_ROBIN = 4
FIRST = 8
#: Every algorithm that takes one destination of several.
EVERY = [*range(12), 13, 14, 15, algorithms.OVERLOAD, algorithms.RENDEZVOUS]


def gateways(count: int, **attributes: str) -> Sets:
    """A set of so many, a, b, … in the order of selection, each with the attributes."""
    letters = "abcdefghijklmnopqrstuvwxyz"[:count]
    return sets_of(*(record(name, priority=9, attributes=attributes) for name in reversed(letters)), rng=random.Random(1))


def destination(sets: Sets, name: str) -> Destination:
    return sets.destination(1, f"sip:{name}")


def firsts(sets: Sets, algorithm: int, times: int, now: float = 0.0, **more: int) -> Counter[str]:
    """How often each is the first one, "-" for none. Keys are all different."""
    found: Counter[str] = Counter()
    for number in range(times):
        selection = sets.select(1, algorithm, b"%d" % number, b"", now, **more)
        found[selection.first.record.host if selection is not None else "-"] += 1
    return found


def place_calls(sets: Sets, name: str, count: int) -> None:
    for number in range(count):
        sets.calls.begin(b"%b-%d" % (name.encode(), number), destination(sets, name), 0.0)


class TestMaxload:
    @pytest.mark.parametrize("algorithm", EVERY)
    def test_a_full_one_is_selected_by_no_algorithm(self, algorithm: int) -> None:
        sets = gateways(3, maxload="2", weight="30", rweight="30")
        place_calls(sets, "a", 2)
        assert firsts(sets, algorithm, 100)["a"] == 0
        sets.calls.end(b"a-0")
        place_calls(sets, "b", 2)
        place_calls(sets, "c", 2)
        assert firsts(sets, algorithm, 10) == {"a": 10}
        sets.calls.begin(b"last", destination(sets, "a"), 0.0)
        assert firsts(sets, algorithm, 10) == {"-": 10}

    def test_failover_passes_over_a_full_one(self) -> None:
        sets = gateways(3, maxload="2")
        place_calls(sets, "b", 2)
        assert names(sets.select(1, FIRST)) == ["a", "c"]

    def test_a_state_does_not_bring_a_full_one_back(self) -> None:
        sets = gateways(2, maxload="1")
        place_calls(sets, "a", 1)
        sets.set_state(1, "sip:a", INACTIVE)
        sets.set_state(1, "sip:a", 0)
        sets.set_state(1, "all", 0)
        assert names(sets.select(1, FIRST)) == ["b"]

    def test_another_maxload_holds_after_a_load(self) -> None:
        sets = gateways(2, maxload="1")
        place_calls(sets, "a", 1)
        sets.load([record("b"), record("a", attributes={"maxload": "2"})])
        assert names(sets.select(1, FIRST)) == ["a", "b"]

    def test_calls_are_to_be_counted_where_there_is_a_maxload_or_by_algorithm_10(self) -> None:
        counted = []
        for sets in (gateways(2), gateways(2, maxload="1"), sets_of(record("a"), count_calls=True)):
            for algorithm in (FIRST, algorithms.CALL_LOAD):
                selection = sets.select(1, algorithm)
                assert selection is not None
                counted.append(selection.counted)
        assert counted == [False, True, True, True, True, True]


class TestMaxcps:
    @pytest.mark.parametrize("algorithm", EVERY)
    def test_no_algorithm_gives_more_calls_a_second(self, algorithm: int) -> None:
        sets = gateways(2, maxcps="5", rweight="50", weight="50")
        for now in (10.0, 11.0):
            assert firsts(sets, algorithm, 50, now) == {"a": 5, "b": 5, "-": 40}

    def test_a_failover_is_a_call_too(self) -> None:
        sets = sets_of(record("c"), record("b", attributes={"maxcps": "1"}), record("a"))
        for expected in (["a", "b", "c"], ["a", "c"]):
            selection = sets.select(1, FIRST, now=5.0)
            assert names(selection) == expected

    def test_a_declined_one_keeps_the_place_of_algorithm_10(self) -> None:
        sets = sets_of(record("b"), record("a", attributes={"maxcps": "1"}))
        assert firsts(sets, algorithms.CALL_LOAD, 3, 5.0) == {"a": 1, "b": 2}
        assert firsts(sets, algorithms.CALL_LOAD, 3, 6.0) == {"a": 1, "b": 2}

    def test_the_default_takes_what_the_others_decline(self) -> None:
        lines = [record("default"), record("b", attributes={"maxcps": "1"}), record("a", attributes={"maxcps": "1"})]
        for algorithm in EVERY:
            sets = sets_of(*lines, use_default=True)
            assert firsts(sets, algorithm, 5, 5.0) == {"a": 1, "b": 1, "default": 3}


class TestDraining:
    def test_no_new_calls_and_word_when_the_last_has_ended(self) -> None:
        sets = gateways(2)
        drained: list[Destination] = []
        sets.on_drained = drained.append
        a = destination(sets, "a")
        place_calls(sets, "a", 2)
        sets.drain(a)
        assert names(sets.select(1, FIRST)) == ["b"]
        sets.calls.end(b"a-0")
        assert (a.load, drained) == (1, [])
        sets.calls.end(b"a-1")
        assert drained == [a]

    def test_an_empty_one_is_drained_at_once(self) -> None:
        sets = gateways(2)
        drained: list[Destination] = []
        sets.on_drained = drained.append
        sets.drain(destination(sets, "a"))
        assert drained == [destination(sets, "a")]

    def test_neither_a_state_nor_a_load_ends_it(self) -> None:
        sets = gateways(2)
        a = destination(sets, "a")
        sets.drain(a)
        sets.mark(a, TRYING | PROBING)
        sets.set_state(1, "all", 0)
        sets.load([record("b"), record("a", flags=TRYING)])
        assert a.flags == DRAINING | TRYING
        assert names(sets.select(1, FIRST)) == ["b"]
        sets.drain(a, False)
        assert a.flags & ~ALL == 0
        assert names(sets.select(1, FIRST)) == ["a", "b"]


class TestSlowStart:
    def back(self, algorithm: int) -> Sets:
        """Four of them; a comes back at 100.0 and takes its share over 20 seconds."""
        sets = sets_of(
            *(record(name, attributes={"weight": "25", "rweight": "25"}) for name in "dcba"),
            rng=random.Random(1),
            slow_start=20.0,
        )
        sets.set_state(1, "sip:a", INACTIVE, 50.0)
        sets.set_state(1, "sip:a", 0, 100.0)
        return sets

    @pytest.mark.parametrize("algorithm", [4, 6, 9, 11])
    @pytest.mark.parametrize(
        ("now", "share"), [(100.0, 0.0), (105.0, 0.25), (110.0, 0.5), (119.0, 0.95), (120.0, 1.0), (200.0, 1.0)]
    )
    def test_its_share_rises_evenly(self, algorithm: int, now: float, share: float) -> None:
        found = firsts(self.back(algorithm), algorithm, 2_000, now)
        # In turn it has that part of a turn beside the three others' whole ones; random is not exact: 5 sigma of its 500.
        wanted = 2_000 * share / (3 + share) if algorithm == 4 else 500 * share
        assert abs(found["a"] - wanted) <= (110 if algorithm == 6 else 2)

    @pytest.mark.parametrize(("now", "load"), [(100.0, 1), (105.0, 25), (110.0, 50), (119.0, 95), (120.0, 100)])
    def test_by_call_load_it_fills_as_its_share_rises(self, now: float, load: int) -> None:
        sets = self.back(algorithms.CALL_LOAD)
        for name in "bcd":
            place_calls(sets, name, 100)
        for number in range(600):
            selection = sets.select(1, algorithms.CALL_LOAD, now=now)
            assert selection is not None
            if selection.first.record.host != "a":
                break
            sets.calls.begin(b"%d" % number, selection.first, now)
        assert abs(destination(sets, "a").load - load) <= 1

    def test_what_has_started_is_out_of_the_way(self) -> None:
        sets = self.back(4)
        assert sets[1]._gated
        firsts(sets, 4, 1, 121.0)
        assert not sets[1]._gated
        assert destination(sets, "a").slow_start is None

    def test_it_goes_on_over_a_load_and_ends_with_the_state(self) -> None:
        sets = self.back(4)
        lines = [record(name) for name in "dcba"]
        sets.load(lines)
        assert abs(firsts(sets, 4, 350, 110.0)["a"] - 50) <= 2
        sets.set_state(1, "sip:a", DISABLED, 111.0)
        assert firsts(sets, 4, 4, 112.0)["a"] == 0
        assert not sets[1]._gated

    def test_where_all_come_back_at_once_they_share_as_ever(self) -> None:
        sets = sets_of(*(record(name) for name in "cba"), slow_start=20.0)
        sets.set_state(1, "all", INACTIVE, 50.0)
        sets.set_state(1, "all", 0, 100.0)
        assert firsts(sets, 4, 30, 100.0) == {"a": 10, "b": 10, "c": 10}
        assert sum(firsts(sets, algorithms.CALL_LOAD, 3, 100.0).values()) == 3

    def test_a_hash_goes_where_it_always_did(self) -> None:
        warm, back = gateways(4), self.back(0)
        assert firsts(back, 0, 200, 100.0) == firsts(warm, 0, 200)

    def test_without_the_setting_there_is_none(self) -> None:
        sets = gateways(2)
        sets.set_state(1, "sip:a", INACTIVE, 50.0)
        sets.set_state(1, "sip:a", 0, 100.0)
        assert firsts(sets, 4, 10, 100.0) == {"a": 5, "b": 5}


class TestCallLoad:
    def test_the_default_is_kept_for_the_last(self) -> None:
        sets = sets_of(record("default"), *(record(name, attributes={"maxload": "1"}) for name in "ba"), use_default=True)
        found = []
        for number in range(4):
            selection = sets.select(1, algorithms.CALL_LOAD)
            assert selection is not None
            found.append(selection.first.record.host)
            sets.calls.begin(b"%d" % number, selection.first, 0.0)
        assert found == ["a", "b", "default", "default"]

    def test_a_duid_is_not_needed(self) -> None:
        sets = sets_of(record("b"), record("a", attributes={"duid": "x"}))
        place_calls(sets, "a", 1)
        assert firsts(sets, algorithms.CALL_LOAD, 1) == {"b": 1}


class TestParallel:
    def test_all_that_are_selectable_at_once_and_nothing_behind(self) -> None:
        sets = gateways(4)
        sets.set_state(1, "sip:b", INACTIVE)
        selection = sets.select(1, algorithms.PARALLEL)
        assert selection is not None
        assert [each.record.host for each in selection.at_once] == ["a", "c", "d"]
        assert names(selection) == ["a"]

    def test_no_more_than_the_limit(self) -> None:
        selection = gateways(4).select(1, algorithms.PARALLEL, limit=2)
        assert selection is not None
        assert [each.record.host for each in selection.at_once] == ["a", "b"]

    def test_the_default_only_when_there_is_no_other(self) -> None:
        sets = sets_of(record("default"), record("a"), use_default=True)
        hosts = []
        for flags in (0, INACTIVE):
            sets.set_state(1, "sip:a", flags)
            selection = sets.select(1, algorithms.PARALLEL)
            assert selection is not None
            hosts.append([each.record.host for each in selection.at_once])
        sets.set_state(1, "all", INACTIVE)
        assert hosts == [["a"], ["default"]]
        assert sets.select(1, algorithms.PARALLEL) is None

    def test_every_other_algorithm_sends_to_one(self) -> None:
        for algorithm in EVERY:
            selection = gateways(3).select(1, algorithm, b"x")
            assert selection is not None
            assert selection.at_once == ()


class TestRoundRobinOrPriority:
    @pytest.mark.parametrize(("priorities", "found"), [((5, 5), {"a": 2, "b": 2}), ((0, 0), {"a": 4}), ((5, 6), {"a": 4})])
    def test_in_turn_only_where_all_priorities_are_equal_and_above_0(
        self, priorities: tuple[int, int], found: dict[str, int]
    ) -> None:
        sets = sets_of(*(record(name, priority=priority) for name, priority in zip("ba", priorities, strict=True)))
        assert firsts(sets, algorithms.ROUND_ROBIN_OR_PRIORITY, 4) == found


class TestSrv:
    def test_a_low_priority_comes_first_and_then_by_weight(self) -> None:
        sets = sets_of(
            record("low", priority=20, attributes={"weight": "100"}),
            record("small", priority=10, attributes={"weight": "20"}),
            record("large", priority=10, attributes={"weight": "80"}),
            rng=random.Random(1),
        )
        found = firsts(sets, algorithms.SRV, 1_000)
        assert set(found) == {"small", "large"}
        assert abs(found["large"] - 800) < 64
        for _ in range(10):
            assert names(sets.select(1, algorithms.SRV))[2] == "low"
        for name in ("small", "large"):
            sets.set_state(1, f"sip:{name}", INACTIVE)
        assert firsts(sets, algorithms.SRV, 5) == {"low": 5}


class TestLatency:
    def test_the_table_of_the_guide(self) -> None:
        latencies = (21, 91, 61, 19, 32, 0, 201)
        sets = sets_of(
            *(
                record(str(number), priority=30, attributes={"latency": str(latency)})
                for number, latency in enumerate(latencies, 1)
            )
        )
        adjusted = {each.record.host: algorithms.adjusted_priority(each) for each in sets[1].destinations}
        assert adjusted == {"1": 30, "2": 27, "3": 28, "4": 30, "5": 29, "6": 30, "7": 24}
        assert firsts(sets, algorithms.LATENCY, 30) == {"1": 10, "4": 10, "6": 10}

    def test_a_measurement_changes_the_order(self) -> None:
        sets = gateways(3)
        sets.measured(destination(sets, "a"), 40.0, 20.0)
        sets.measured(destination(sets, "b"), 12.0, 20.0)
        assert names(sets.select(1, algorithms.LATENCY)) == ["c", "b", "a"]

    def test_under_congestion_control_only_what_is_more_than_usual_counts(self) -> None:
        sets = gateways(2, cc="1")
        sets.measured(destination(sets, "a"), 500.0, 495.0)
        assert firsts(sets, algorithms.LATENCY, 4) == {"a": 2, "b": 2}
        sets.measured(destination(sets, "a"), 500.0, 480.0)
        assert firsts(sets, algorithms.LATENCY, 4) == {"b": 4}


class TestOverload:
    def test_of_a_hundred_turns_as_many_go_to_the_next_as_the_rate_says(self) -> None:
        sets = gateways(2)
        assert sets.report_overload(1, "sip:a", 30, now=10.0)
        found = firsts(sets, algorithms.OVERLOAD, 340, 10.2)
        assert found["a"] * 100 == pytest.approx(70 * 200, abs=200)
        assert found["-"] == 0
        assert firsts(sets, algorithms.OVERLOAD, 100, 10.5) == {"a": 50, "b": 50}

    def test_a_call_that_all_must_be_kept_away_from_is_not_dispatched(self) -> None:
        sets = gateways(2, ocrate="60")
        found = firsts(sets, algorithms.OVERLOAD, 1_000)
        # Both decline: what is left of the turns of each is 40 of 100.
        assert found["-"] > 0
        assert found["a"] + found["b"] + found["-"] == 1_000

    def test_other_algorithms_do_not_care(self) -> None:
        assert firsts(gateways(2, ocrate="100"), ROUND_ROBIN, 4) == {"a": 2, "b": 2}


class TestRendezvous:
    @given(st.binary(max_size=12), st.integers(0, 4))
    def test_the_next_ones_are_those_that_would_be_first_without(self, key: bytes, out: int) -> None:
        sets = gateways(5)
        order = names(sets.select(1, algorithms.RENDEZVOUS, key))
        assert sorted(order) == list("abcde")
        sets.set_state(1, f"sip:{'abcde'[out]}", INACTIVE)
        assert names(sets.select(1, algorithms.RENDEZVOUS, key)) == [name for name in order if name != "abcde"[out]]

    def test_an_rweight_is_a_share(self) -> None:
        sets = sets_of(record("b", attributes={"rweight": "30"}), record("a", attributes={"rweight": "10"}), rng=random.Random(1))
        assert abs(firsts(sets, algorithms.RENDEZVOUS, 4_000)["b"] - 3_000) < 80

    def test_neither_the_order_of_the_list_nor_another_uri_with_the_duid_moves_keys(self) -> None:
        keys = [b"%d" % number for number in range(200)]
        lines = [record("a", attributes={"duid": "1"}), record("b", attributes={"duid": "2"})]
        moved = [record("b", attributes={"duid": "2"}), record("new", attributes={"duid": "1"})]
        found = []
        for some in (lines, moved):
            sets = sets_of(*some)
            selections = [sets.select(1, algorithms.RENDEZVOUS, key) for key in keys]
            found.append([each.first.attributes.duid for each in selections if each is not None])
        assert found[0] == found[1]


class TestLimit:
    @pytest.mark.parametrize("algorithm", EVERY)
    @pytest.mark.parametrize(("limit", "count"), [(0, 4), (1, 1), (2, 2), (4, 4), (9, 4)])
    def test_at_most_so_many_with_the_first(self, algorithm: int, limit: int, count: int) -> None:
        found = names(gateways(4, rweight="25", weight="25").select(1, algorithm, b"x", limit=limit))
        assert len(found) == len(set(found)) == count


_STATES = st.sampled_from((0, INACTIVE, TRYING, DISABLED))
_LINES = st.lists(st.tuples(st.integers(0, 6), _STATES, st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=7)


@given(
    _LINES,
    st.lists(st.tuples(st.integers(0, 6), _STATES, st.integers(-1, 2)), max_size=12),
    st.sampled_from(EVERY),
    st.booleans(),
)
def test_whatever_happened_every_selectable_one_is_tried_once(
    lines: list[tuple[int, int, int, int]], steps: list[tuple[int, int, int]], algorithm: int, use_default: bool
) -> None:
    """States and loads change, selections between them build and use every table; the last one must see them all."""
    sets = sets_of(
        *(
            record(f"{number}-{name}", flags=flags, priority=priority, attributes={"maxload": str(maxload)})
            for number, (name, flags, priority, maxload) in enumerate(lines)
        ),
        use_default=use_default,
        rng=random.Random(1),
    )
    places = sets[1].destinations
    for number, (index, flags, calls) in enumerate(steps):
        changed = places[index % len(places)]
        if calls < 0:
            sets.mark(changed, flags)
        else:
            sets.calls.begin(b"%d" % (number * calls), changed, 0.0)
        sets.select(1, algorithm, b"%d" % number)
    found = names(sets.select(1, algorithm, b"key"))
    selectable = [each.record.host for each in places if each.selectable]
    default = places[-1].record.host if use_default and len(places) > 1 else None
    if not selectable:
        assert found == []
    elif default is not None and found[0] != default:
        assert found[-1] == default
        assert sorted(found[:-1]) == sorted(host for host in selectable if host != default)
    elif default is not None:
        assert selectable == [default]
    else:
        assert sorted(found) == sorted(selectable)
