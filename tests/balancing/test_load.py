from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from txdispatcher.balancing.algorithms import CALL_LOAD
from txdispatcher.balancing.destination import Destination, Record
from txdispatcher.balancing.load import CallLoad
from txdispatcher.balancing.sets import FAILOVER, Sets
from txdispatcher.balancing.states import DISABLED, INACTIVE, TRYING

INITEXPIRE = 10.0
EXPIRE = 100.0


def scene() -> tuple[CallLoad, list[Destination], list[Destination]]:
    """The calls, two destinations, and those whose load was said to have changed."""
    changed: list[Destination] = []
    destinations = [Destination(Record(1, f"sip:{name}")) for name in "ab"]
    return CallLoad(INITEXPIRE, EXPIRE, changed.append), destinations, changed


def test_a_call_is_counted_once_however_often_it_begins() -> None:
    calls, [a, b], _ = scene()
    calls.begin(b"1", a, 0.0)
    calls.begin(b"1", a, 1.0)
    assert (a.load, len(calls)) == (1, 1)
    calls.begin(b"1", b, 2.0)
    assert (a.load, b.load, len(calls)) == (0, 1, 1)
    assert calls.destination(b"1") is b


def test_it_ends_once() -> None:
    calls, [a, _], _ = scene()
    calls.begin(b"1", a, 0.0)
    assert [calls.end(b"1"), calls.end(b"1"), calls.end(b"2")] == [True, False, False]
    assert (a.load, len(calls), calls.destination(b"1")) == (0, 0, None)


def test_failover_does_not_bring_an_ended_call_back() -> None:
    calls, [a, b], _ = scene()
    calls.begin(b"1", a, 0.0)
    assert calls.move(b"1", b, 1.0)
    calls.end(b"1")
    assert not calls.move(b"1", a, 2.0)
    assert (a.load, b.load) == (0, 0)


def test_unconfirmed_and_confirmed_calls_live_as_long_as_is_set() -> None:
    calls, [a, b], _ = scene()
    calls.begin(b"1", a, 0.0)
    calls.begin(b"2", a, 0.0)
    calls.begin(b"3", b, 5.0)
    calls.confirm(b"2", 1.0)
    assert [calls.sweep(now) for now in (9.9, 10.0, 14.9, 15.0, 100.9, 101.0)] == [0, 1, 0, 1, 0, 1]
    assert (a.load, b.load) == (0, 0)


def test_another_2xx_makes_a_call_live_longer_and_another_try_too() -> None:
    calls, [a, b], _ = scene()
    calls.begin(b"1", a, 0.0)
    calls.begin(b"2", a, 0.0)
    calls.move(b"2", b, 8.0)
    calls.confirm(b"1", 1.0)
    calls.confirm(b"1", 90.0)
    assert [calls.sweep(now) for now in (17.9, 18.0, 189.9, 190.0)] == [0, 1, 0, 1]


def test_a_sweep_does_no_more_than_it_is_told() -> None:
    calls, [a, _], _ = scene()
    for number in range(100):
        calls.begin(b"%d" % number, a, 0.0)
    calls.begin(b"young", a, 10.0)
    assert [calls.sweep(10.0, 40) for _ in range(4)] == [40, 40, 20, 0]
    assert a.load == 1


def test_who_watches_is_told_of_every_change() -> None:
    calls, [a, b], changed = scene()
    calls.begin(b"1", a, 0.0)
    calls.begin(b"1", a, 0.0)
    calls.confirm(b"1", 0.0)
    calls.move(b"1", b, 0.0)
    calls.end(b"1")
    assert changed == [a, b, a, b]


def test_clear_forgets_all() -> None:
    calls, [a, b], _ = scene()
    calls.begin(b"1", a, 0.0)
    calls.begin(b"2", b, 0.0)
    calls.confirm(b"2", 0.0)
    calls.clear()
    assert (len(calls), a.load, b.load, calls.end(b"1")) == (0, 0, 0, False)


_CALLS = st.integers(0, 9)
_GATEWAYS = st.integers(0, 4)
#: Lines of a list: gateway, port (another port is another URI), whether it has a duid, maxload.
_LISTS = st.lists(
    st.tuples(_GATEWAYS, st.integers(0, 1), st.booleans(), st.integers(0, 3)), max_size=5, unique_by=lambda line: line[0]
)


class Calls(RuleBasedStateMachine):
    """Random calls, failures, retransmissions, reloads, states and expiries; the model writes down where each call is.

    In the model a gateway is a number, its load is how many calls stand beside it. Loads differ between gateways by number
    alone: one that comes back under its URI, or under another with its duid, has the calls that it had.
    """

    @initialize(lines=_LISTS)
    def begin(self, lines: list[Any]) -> None:
        self.sets = Sets(flags=FAILOVER, initexpire=INITEXPIRE, expire=EXPIRE)
        self.now = 0.0
        #: By call: where it is (URI and duid of its gateway, as they were when it was last in the list), whether it is
        #: confirmed, and since when.
        self.calls: dict[int, list[Any]] = {}
        self.lines: list[Any] = []
        self.out: set[str] = set()
        self.reload(lines)

    @rule(lines=_LISTS)
    def reload(self, lines: list[Any]) -> None:
        self.sets.load(
            Record(1, uri(line), attributes={"maxload": str(line[3])} | ({"duid": duid(line)} if line[2] else {}))
            for line in lines
        )
        there = {uri(line) for line in self.lines}
        before = {(where[0], where[1]) for where, *_ in self.calls.values()}
        # Those that stay, then those that come back under their URI, then those that are the same by their duid: the latter two
        # in the order of selection (the last line first), each taking what nobody took before it.
        taken: dict[tuple[str, str], Any] = {}
        for line in lines:
            if uri(line) in there:
                for old in before:
                    if old[0] == uri(line):
                        taken[old] = line
        for line in reversed(lines):
            if uri(line) in there:
                continue
            left = sorted(old for old in before if old not in taken)
            same = [old for old in left if old[0] == uri(line)] or [old for old in left if line[2] and old[1] == duid(line)]
            # Of several with its duid, the one that was in the list last.
            for old in sorted(same, key=lambda old: old[0] not in there)[:1]:
                taken[old] = line
        for call in self.calls.values():
            line = taken.get((call[0][0], call[0][1]))
            if line is not None:
                call[0] = (uri(line), duid(line) if line[2] else "")
        self.out &= there & {uri(line) for line in lines}
        self.lines = lines

    @rule(call=_CALLS)
    def invite(self, call: int) -> None:
        """By algorithm 10: the first with the fewest calls, in the order of selection."""
        selection = self.sets.select(1, CALL_LOAD, now=self.now)
        wanted = [line for line in reversed(self.lines) if self.takes(line)]
        if not wanted:
            assert selection is None
            return
        assert selection is not None
        assert selection.counted
        assert selection.first.uri == uri(min(wanted, key=lambda line: self.load(uri(line))))
        self.sets.calls.begin(id_of(call), selection.first, self.now)
        confirmed = self.calls[call][1] if call in self.calls else False
        self.calls[call] = [where(self.lines, selection.first.uri), confirmed, self.now]
        self.selection = selection

    @rule(call=_CALLS, gateway=_GATEWAYS)
    def failover(self, call: int, gateway: int) -> None:
        for line in self.lines:
            if line[0] == gateway:
                moved = self.sets.calls.move(id_of(call), self.sets.destination(1, uri(line)), self.now)
                assert moved == (call in self.calls)
                if moved:
                    self.calls[call][0] = where(self.lines, uri(line))
                    self.calls[call][2] = self.now

    @rule(call=_CALLS)
    def answered(self, call: int) -> None:
        assert self.sets.calls.confirm(id_of(call), self.now) == (call in self.calls)
        if call in self.calls:
            self.calls[call][1:] = [True, self.now]

    @rule(call=_CALLS)
    def ended(self, call: int) -> None:
        assert self.sets.calls.end(id_of(call)) == (call in self.calls)
        self.calls.pop(call, None)

    @rule(gateway=_GATEWAYS, flags=st.sampled_from((0, INACTIVE, TRYING, DISABLED)))
    def mark(self, gateway: int, flags: int) -> None:
        for line in self.lines:
            if line[0] == gateway:
                self.sets.set_state(1, uri(line), flags, self.now)
                if flags & (INACTIVE | DISABLED):
                    self.out.add(uri(line))
                else:
                    self.out.discard(uri(line))

    @rule(seconds=st.sampled_from((0.0, 1.0, 9.0, 10.0, 60.0, 100.0)))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        old = [
            call
            for call, (_, confirmed, since) in self.calls.items()
            if self.now - since >= (EXPIRE if confirmed else INITEXPIRE)
        ]
        assert self.sets.calls.sweep(self.now) == len(old)
        for call in old:
            del self.calls[call]

    @invariant()
    def every_load_is_that_of_the_model(self) -> None:
        if hasattr(self, "calls"):
            for found in self.sets:
                for each in found.destinations:
                    assert each.load == self.load(each.uri)
            assert len(self.sets.calls) == len(self.calls)

    def load(self, uri: str) -> int:
        return sum(place[0] == uri for place, *_ in self.calls.values())

    def takes(self, line: Any) -> bool:
        return uri(line) not in self.out and not 0 < line[3] <= self.load(uri(line))


def id_of(call: int) -> bytes:
    return b"%d@caller" % call


def uri(line: Any) -> str:
    return f"sip:gw{line[0]}:{5060 + line[1]}"


def duid(line: Any) -> str:
    return f"gw{line[0]}"


def where(lines: list[Any], named: str) -> tuple[str, str]:
    """URI and duid of the gateway at the URI `named`."""
    [line] = [line for line in lines if uri(line) == named]
    return named, duid(line) if line[2] else ""


TestCalls = Calls.TestCase
TestCalls.settings = settings(max_examples=150, stateful_step_count=40)
