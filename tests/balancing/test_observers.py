"""balancing.observers: who is told of a change, and in which order."""

from __future__ import annotations

from txdispatcher.balancing.destination import Record
from txdispatcher.balancing.sets import Sets
from txdispatcher.balancing.states import DISABLED, INACTIVE, PROBING

URIS = ("sip:127.0.0.1:1", "sip:127.0.0.1:2")


def made(flags: int = 0) -> Sets:
    sets = Sets()
    sets.load([Record(1, uri, flags=flags) for uri in URIS])
    return sets


def test_all_of_a_set_are_told_of_one_by_one_and_only_those_that_changed() -> None:
    sets = made()
    heard: list[tuple[str, int, int, str]] = []
    sets.set_state(1, URIS[0], INACTIVE)
    sets.observers.add(lambda destination, *change: heard.append((destination.uri, *change)))
    sets.set_state(1, "all", INACTIVE, reason="because")
    assert heard == [(URIS[1], 0, INACTIVE, "because")]


def test_who_changes_a_state_while_told_of_one_is_heard_afterwards_by_all() -> None:
    sets = made()
    heard: list[tuple[str, int]] = []

    def disable(destination: object, before: int, after: int, reason: str) -> None:
        if after == INACTIVE:
            sets.set_state(1, URIS[1], DISABLED, reason="with the other")

    sets.observers.add(disable)
    sets.observers.add(lambda destination, before, after, reason: heard.append((destination.uri, after)))
    sets.set_state(1, URIS[0], INACTIVE)
    assert heard == [(URIS[0], INACTIVE), (URIS[1], DISABLED)]


def test_a_reload_tells_of_states_that_the_source_changed() -> None:
    sets = made()
    heard: list[tuple[str, int, int]] = []
    sets.observers.add(lambda destination, before, after, reason: heard.append((destination.uri, before, after)))
    sets.load([Record(1, URIS[0], flags=PROBING), Record(1, "sip:127.0.0.1:3", flags=INACTIVE)])
    assert heard == [(URIS[0], 0, PROBING)]


def test_one_that_a_reload_removed_is_silent() -> None:
    sets = made()
    heard: list[str] = []
    sets.observers.add(lambda destination, before, after, reason: heard.append(destination.uri))
    gone = sets.destination(1, URIS[0])
    sets.load([Record(1, URIS[1])])
    sets.mark(gone, INACTIVE, reason="late")
    assert heard == []
