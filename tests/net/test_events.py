"""net.events: which changes are events, who is told, in which order."""

from __future__ import annotations

import itertools

import pytest
from twisted.logger import capturedLogs, formatEvent

from txdispatcher.balancing.destination import Record
from txdispatcher.balancing.sets import Sets
from txdispatcher.balancing.states import letters, parse_state
from txdispatcher.net.events import DOWN, DRAINED, UP, Event, Events

URI = "sip:127.0.0.1"
STATES = ("a", "ap", "t", "tp", "i", "ip", "d")


def made(state: str = "a") -> tuple[Sets, Events, list[Event]]:
    sets = Sets()
    sets.load([Record(3, URI, flags=parse_state(state))])
    events = Events(lambda: 77.5)
    sets.observers.add(events)
    heard: list[Event] = []
    events.subscribe(heard.append)
    return sets, events, heard


@pytest.mark.parametrize(("before", "after"), list(itertools.permutations(STATES, 2)))
def test_an_event_is_what_changes_whether_it_is_selectable(before: str, after: str) -> None:
    sets, _, heard = made(before)
    sets.set_state(3, URI, parse_state(after), reason="so")
    was, is_now = before[0] in "at", after[0] in "at"
    name = {(True, False): DOWN, (False, True): UP}.get((was, is_now))
    letter_pair = letters(parse_state(before)), letters(parse_state(after))
    assert heard == ([Event(name, 77.5, 3, URI, *letter_pair, "so")] if name else [])


def test_draining_is_no_end_of_a_destination_but_the_end_of_its_last_call_is_told() -> None:
    sets, events, heard = made()
    sets.on_drained = events.drained
    destination = sets.destination(3, URI)
    sets.calls.begin(b"call", destination, 0.0)
    sets.drain(destination)
    assert heard == []
    sets.calls.end(b"call")
    assert [(event.name, event.uri, event.after) for event in heard] == [(DRAINED, URI, "AX")]
    sets.drain(destination, draining=False)
    assert len(heard) == 1


def test_the_log_has_a_line_with_the_reason() -> None:
    sets, _, _ = made()
    with capturedLogs() as logged:
        sets.set_state(3, URI, parse_state("ip"), reason="ping answered 503")
    assert [formatEvent(each) for each in logged] == [f"dst-down: set 3: {URI} is IP, was AX: ping answered 503"]


def test_a_subscriber_that_fails_keeps_nobody_from_hearing() -> None:
    sets, events, heard = made()

    def fail(event: Event) -> None:
        raise ZeroDivisionError

    events.subscribe(fail)
    later: list[str] = []
    events.subscribe(lambda event: later.append(event.name))
    with capturedLogs() as logged:
        sets.set_state(3, URI, parse_state("i"))
    assert later == [event.name for event in heard] == [DOWN]
    assert any("subscriber failed" in (formatEvent(each) or "") for each in logged)


def test_who_unsubscribes_hears_no_more() -> None:
    sets, events, heard = made()
    second: list[Event] = []
    unsubscribe = events.subscribe(second.append)
    sets.set_state(3, URI, parse_state("i"))
    unsubscribe()
    unsubscribe()
    sets.set_state(3, URI, parse_state("a"))
    assert [event.name for event in heard] == [DOWN, UP]
    assert [event.name for event in second] == [DOWN]


def test_events_that_a_subscriber_causes_come_after_the_one_it_was_told_of() -> None:
    sets, events, heard = made()
    events.subscribe(lambda event: event.name == DOWN and sets.set_state(3, URI, 0, reason="no, it is not"))
    third: list[str] = []
    events.subscribe(lambda event: third.append(event.name))
    sets.set_state(3, URI, parse_state("i"))
    assert third == [event.name for event in heard] == [DOWN, UP]
