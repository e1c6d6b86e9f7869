"""control.pieces: long results, made a piece at a time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import ensureDeferred
from twisted.logger import capturedLogs

from tests.control.fixtures import TURNS, make_methods, make_sets
from txdispatcher.control import ctl_packets, jsonrpcs, mi
from txdispatcher.control.binrpc import Type, packet, read_header
from txdispatcher.control.envelopes import answer
from txdispatcher.control.pieces import STEPS, Pieces, Turns, is_long, json_pieces, whole
from txdispatcher.control.request_object import Caller
from txdispatcher.control.table import Fault

MANY = 4 * STEPS + 7


class Reactor:
    """As much of one as there is need for: what is called later is called in the next turn, where Clock would not wait."""

    def __init__(self) -> None:
        self._later: list[Callable[[], object]] = []

    def callLater(self, delay: float, call: Callable[[], object]) -> object:
        assert delay == 0
        self._later.append(call)
        return call

    def turn(self) -> None:
        assert self._later, "nothing goes on any more"
        later, self._later = self._later, []
        for call in later:
            call()


def numbers(count: int) -> Iterator[str]:
    return (f"{number}," for number in range(count))


RESULTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda found: Pieces(lambda: found, nested=True))
        | st.lists(st.integers() | st.dictionaries(st.text(max_size=5), st.integers()), max_size=3).map(
            lambda found: Pieces(lambda: found)
        )
        | st.lists(st.integers(), max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=20,
)


@given(RESULTS)
def test_pieces_are_the_json_of_the_lists_that_they_stand_for(result: object) -> None:
    assert "".join(json_pieces(result)) == json.dumps(whole(result), separators=(",", ":"))


@given(RESULTS)
def test_pieces_have_the_layout_of_jsonrpcs(result: object) -> None:
    assert jsonrpcs.printed(result) == jsonrpcs.printed(whole(result))


def test_without_pieces_nothing_is_long() -> None:
    assert is_long({"a": {"b": Pieces(list)}})
    assert not is_long({"a": {"b": [1]}})


def test_few_pieces_are_put_together_at_once() -> None:
    assert asyncio.run(TURNS.texts(numbers(STEPS - 1))) == "".join(numbers(STEPS - 1))


def test_many_pieces_take_turns() -> None:
    clock = Reactor()
    made: list[int] = []
    done = ensureDeferred(Turns(clock).texts(made.append(number) or f"{number}," for number in range(MANY)))
    begun = len(made)
    assert begun <= STEPS
    while not done.called:
        before = len(made)
        clock.turn()
        assert before < len(made) <= before + STEPS
    assert done.result == "".join(numbers(MANY))


def test_of_many_answers_no_turn_makes_more_pieces_than_of_one() -> None:
    clock = Reactor()
    turns = Turns(clock)
    made: list[str] = []
    answers = [ensureDeferred(turns.texts(made.append(each) or each for each in numbers(MANY))) for _ in range(5)]
    while not all(each.called for each in answers):
        before = len(made)
        clock.turn()
        assert len(made) <= before + STEPS
    assert [each.result for each in answers] == ["".join(numbers(MANY))] * 5


@pytest.mark.parametrize("at", [0, MANY - 1])
def test_a_piece_that_cannot_be_made_is_a_fault_and_a_log_entry(at: int) -> None:
    clock = Reactor()
    with capturedLogs() as events:
        done = ensureDeferred(Turns(clock).texts(str(1 // (number - at)) for number in range(MANY)))
        while not done.called:
            clock.turn()
    assert done.result.check(Fault)  # type: ignore[attr-defined]  # It failed.
    done.addErrback(lambda _: None)
    assert len([event for event in events if "log_failure" in event]) == 1


LIST = "".join(f"{1 + number % 3} sip:127.0.0.1:{2000 + number}\n" for number in range(MANY))
REQUEST = b'{"jsonrpc": "2.0", "method": "dispatcher.list", "id": 1}'
BINRPC = packet(Type.REQUEST, 1, ["dispatcher.list"])


async def by_http(turns: Turns) -> bytes:
    given = await answer(Caller(make_methods(make_sets(LIST))), REQUEST, turns)
    assert given is not None
    return given.body


@pytest.mark.parametrize(
    "ask",
    [
        by_http,
        lambda turns: jsonrpcs.answer_datagram(Caller(make_methods(make_sets(LIST))), turns, REQUEST),
        lambda turns: mi.answer_datagram(make_methods(make_sets(LIST)), turns, b":ds_list:\n\n"),
        lambda turns: ctl_packets.answer_datagram(make_methods(make_sets(LIST)), turns, BINRPC),
    ],
    ids=["http", "jsonrpcs", "mi", "binrpc"],
)
def test_every_listener_answers_a_long_list_in_turns(ask: Callable[[Turns], object]) -> None:
    clock = Reactor()
    done = ensureDeferred(ask(Turns(clock)))  # type: ignore[arg-type]
    turns = 0
    while not done.called:
        clock.turn()
        turns += 1
    assert turns >= MANY // STEPS - 1
    body = done.result
    assert isinstance(body, bytes)
    assert body.count(b"sip:127.0.0.1:") == MANY
    if body[:1] == b"\xa1":
        assert read_header(body).end == len(body)


def test_a_list_is_of_the_sets_that_there_were() -> None:
    sets = make_sets(LIST)
    clock = Reactor()
    done = ensureDeferred(Turns(clock).texts(json_pieces(make_methods(sets).call("dispatcher.list"))))
    sets.load([])
    while not done.called:
        clock.turn()
    assert isinstance(done.result, str)
    assert done.result.count('"URI"') == MANY
