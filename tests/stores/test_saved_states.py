"""stores.saved_states: what is saved, what comes back, and what a broken file does."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import capturedLogs, formatEvent

from txdispatcher.balancing.sets import Sets
from txdispatcher.balancing.states import DISABLED, INACTIVE, PROBING, letters
from txdispatcher.errors import LoadError
from txdispatcher.stores import saved_states
from txdispatcher.stores.list_file import parse_list
from txdispatcher.stores.saved_states import DELAY, SavedState, StateKeeper, read_states, restore, snapshot, write_states

LIST = "1 sip:127.0.0.1\n1 sip:127.0.0.2 8\n1 sip:127.0.0.2 8 0 socket=udp:127.0.0.1:5062\n2 sip:127.0.0.1 16\n"
FIRST = SavedState(1, "sip:127.0.0.1", None, 0, DISABLED)


def made(text: str = LIST) -> Sets:
    sets = Sets()
    sets.load(parse_list(text, "test.list"))
    return sets


def states(sets: Sets) -> list[str]:
    """In the order of the list."""
    return [letters(each.flags) for group in sets for each in sorted(group.destinations, key=lambda each: -each.index)]


def test_only_what_differs_from_the_list_is_saved_and_comes_back(tmp_path: Path) -> None:
    sets = made()
    sets.set_state(1, "sip:127.0.0.1", DISABLED)
    sets.set_state(2, "sip:127.0.0.1", INACTIVE | PROBING)
    file = str(tmp_path / "states.json")
    write_states(file, snapshot(sets))
    assert [(each.set, each.uri) for each in read_states(file)] == [(each.id, "sip:127.0.0.1") for each in sets]
    again = made()
    assert restore(again, read_states(file), "saved", 0.0) == 2
    assert states(again) == states(sets)
    assert again[2].destinations[0].flags & 16


def test_the_mark_of_draining_comes_back_too() -> None:
    sets, again = made(), made()
    sets.drain(sets.destination(1, "sip:127.0.0.2"))
    assert restore(again, snapshot(sets), "saved", 0.0) == 1
    assert [each.uri for group in again for each in group.destinations if not each.selectable] == ["sip:127.0.0.2"]


def test_set_uri_and_socket_must_be_the_same() -> None:
    sets = made()
    sockets = {each.record.attribute("socket"): each for each in sets[1].destinations if each.uri == "sip:127.0.0.2"}
    sets.mark(sockets["udp:127.0.0.1:5062"], INACTIVE)
    [saved] = snapshot(sets)
    again = made(LIST.replace("socket=udp:127.0.0.1:5062", "socket=udp:127.0.0.1:5064"))
    assert restore(again, [saved], "saved", 0.0) == 0
    assert restore(made(), [saved], "saved", 0.0) == 1


def test_own_flags_that_changed_since_have_the_word() -> None:
    again = made("1 sip:127.0.0.1 8\n")
    assert restore(again, [FIRST], "saved", 0.0) == 0
    assert states(again) == ["AP"]


def test_no_file_is_no_error(tmp_path: Path) -> None:
    assert read_states(str(tmp_path / "none.json")) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[",
        "[]",
        '{"version": 2, "states": []}',
        '{"version": 1}',
        '{"version": 1, "states": [1]}',
        '{"version": 1, "states": [{"set": 1, "uri": "sip:a", "socket": null, "listed": 0}]}',
        '{"version": 1, "states": [{"set": "1", "uri": "sip:a", "socket": null, "listed": 0, "flags": 1}]}',
        "[" * 100_000,
        "\xff",
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "states.json"
    file.write_text(text, encoding="latin-1")
    with pytest.raises(LoadError, match=r"states\.json: "):
        read_states(str(file))


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "states.json"
    write_states(str(file), [FIRST])

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_states(str(file), [])
    assert os.listdir(tmp_path) == ["states.json"]
    assert read_states(str(file)) == [FIRST]


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Callable[[], None], Deferred[None]]]:
    """What is to run in threads, run when the test does."""
    asked: list[tuple[Callable[[], None], Deferred[None]]] = []

    def defer(function: Callable[..., None], *arguments: Any) -> Deferred[None]:
        done: Deferred[None] = Deferred()
        asked.append((lambda: function(*arguments), done))
        return done

    monkeypatch.setattr(saved_states, "deferToThread", defer)
    return asked


def run(thread: tuple[Callable[[], None], Deferred[None]]) -> None:
    work, done = thread
    try:
        work()
    except OSError as error:
        done.errback(error)
    else:
        done.callback(None)


def kept(file: Path) -> list[int]:
    return [each["flags"] for each in json.loads(file.read_text())["states"]]


def test_many_changes_are_one_file_soon_after(tmp_path: Path, threads: list[Any]) -> None:
    clock, sets, file = Clock(), made("1 sip:127.0.0.1\n"), tmp_path / "s.json"
    sets.observers.add(StateKeeper(str(file), sets, clock))
    for flags in (INACTIVE, DISABLED, INACTIVE | PROBING):
        sets.set_state(1, "sip:127.0.0.1", flags)
    clock.advance(DELAY)
    [thread] = threads
    run(thread)
    assert kept(file) == [INACTIVE | PROBING]
    assert clock.getDelayedCalls() == []


def test_a_newer_file_is_written_behind_an_older_one_and_the_stop_waits_for_both(tmp_path: Path, threads: list[Any]) -> None:
    clock, sets, file = Clock(), made("1 sip:127.0.0.1\n"), tmp_path / "s.json"
    keeper = StateKeeper(str(file), sets, clock)
    sets.observers.add(keeper)
    sets.set_state(1, "sip:127.0.0.1", INACTIVE)
    clock.advance(DELAY)
    sets.set_state(1, "sip:127.0.0.1", DISABLED)
    stopped = keeper.stop()
    assert len(threads) == 1
    run(threads[0])
    assert not stopped.called
    run(threads[1])
    assert stopped.called
    assert kept(file) == [DISABLED]
    assert keeper.stop().called


def test_a_file_that_cannot_be_written_is_logged_once_in_a_row(tmp_path: Path, threads: list[Any]) -> None:
    clock, sets = Clock(), made("1 sip:127.0.0.1\n")
    folder = tmp_path / "gone"
    sets.observers.add(StateKeeper(str(folder / "s.json"), sets, clock))
    with capturedLogs() as logged:
        for flags in (INACTIVE, DISABLED):
            sets.set_state(1, "sip:127.0.0.1", flags)
            clock.advance(DELAY)
            run(threads.pop())
    [line] = [formatEvent(each) for each in logged]
    assert line is not None
    assert "No such file" in line
    folder.mkdir()
    sets.set_state(1, "sip:127.0.0.1", INACTIVE)
    clock.advance(DELAY)
    run(threads.pop())
    assert kept(folder / "s.json") == [INACTIVE]
