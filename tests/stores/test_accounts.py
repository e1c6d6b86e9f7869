"""Records on their way to a book: batches, what a book refuses, what cannot be written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from twisted.internet.defer import Deferred, execute
from twisted.internet.task import Clock
from twisted.logger import LogLevel, globalLogPublisher

from txdispatcher.errors import LoadError
from txdispatcher.routing.script.accounting import ANSWERED, Event
from txdispatcher.stores import accounts
from txdispatcher.stores.accounts import RETRY, Accounts


def event(number: int) -> Event:
    return Event(ANSWERED, 1_700_000_000.5, (b"INVITE", b"a", b"b", b"%d" % number, b"200", b"OK"))


class PaperBook:
    """Remembers what is written; `away` or in a thread of which nothing is heard."""

    name = "paper"

    def __init__(self) -> None:
        self.pages: list[list[str]] = []
        self.away = False
        self.refuses: set[str] = set()
        self.closed = False

    def write(self, events: Sequence[Event]) -> tuple[int, int]:
        if self.away:
            raise LoadError(self.name, 0, "cannot be written: it is away")
        refused = [each for each in events if each.fields["call_id"] in self.refuses]
        self.pages.append([each.fields["call_id"] for each in events if each not in refused])
        return len(events), len(refused)

    def close(self) -> None:
        self.closed = True


class Scene:
    def __init__(self, kept: int = 10) -> None:
        self.book = PaperBook()
        self.clock = Clock()
        self.pending: list[Deferred[Any]] = []
        self.accounts = Accounts(self.book, self.clock, kept=kept, in_thread=lambda call, *given: execute(call, *given))

    def add(self, *numbers: int) -> None:
        for number in numbers:
            self.accounts.add(event(number))


@pytest.fixture
def logged() -> Any:
    events: list[Any] = []
    globalLogPublisher.addObserver(events.append)
    yield events
    globalLogPublisher.removeObserver(events.append)


def errors(logged: list[Any]) -> list[str]:
    return [each["log_format"].format(**each) for each in logged if each["log_level"] >= LogLevel.error]


def test_what_comes_together_is_written_together_and_in_order() -> None:
    scene = Scene()
    scene.add(1, 2, 3)
    assert scene.book.pages == []
    scene.clock.advance(0)
    scene.add(4)
    scene.clock.advance(0)
    assert scene.book.pages == [["1", "2", "3"], ["4"]]
    assert (scene.accounts.written, scene.accounts.waiting) == (4, 0)


def test_a_batch_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "BATCH", 2)
    scene = Scene()
    scene.add(1, 2, 3)
    scene.clock.pump([0, 0])
    assert scene.book.pages == [["1", "2"], ["3"]]


def test_what_cannot_be_written_waits_up_to_a_bound_and_is_counted(logged: list[Any]) -> None:
    scene = Scene(kept=3)
    scene.book.away = True
    scene.add(1, 2)
    scene.clock.advance(0)
    scene.add(3, 4, 5)
    scene.clock.pump([RETRY, RETRY])
    assert (scene.accounts.waiting, scene.accounts.lost) == (3, 2)
    assert scene.accounts.statistics() == {"lost": 2, "refused": 0, "waiting": 3, "written": 0}
    assert errors(logged) == ["paper: cannot be written: it is away; records wait, 3 at most"]
    scene.book.away = False
    scene.clock.advance(RETRY)
    assert scene.book.pages == [["1", "2", "3"]]
    assert [each["lost"] for each in logged if "written again" in each["log_format"]] == [2]


def test_what_is_refused_does_not_keep_the_others(logged: list[Any]) -> None:
    scene = Scene()
    scene.book.refuses = {"2"}
    scene.add(1, 2, 3)
    scene.clock.advance(0)
    assert (scene.book.pages, scene.accounts.written, scene.accounts.refused) == ([["1", "3"]], 2, 1)
    assert errors(logged) == ["paper: refused 1 records, 1 in all"]


def test_what_is_left_is_written_at_the_end() -> None:
    scene = Scene()
    scene.add(1)
    scene.accounts.stop()
    assert (scene.book.pages, scene.book.closed) == ([["1"]], True)
    assert scene.clock.getDelayedCalls() == []


def test_at_the_end_nobody_waits_for_what_is_away(logged: list[Any]) -> None:
    scene = Scene()
    scene.book.away = True
    scene.add(1)
    scene.clock.advance(0)
    scene.accounts.stop()
    assert scene.book.closed
    assert scene.clock.getDelayedCalls() == []
    assert errors(logged)[-1] == "paper: 1 records are not written, 0 were lost"


def test_a_thread_that_does_not_end_does_not_keep_the_server() -> None:
    clock = Clock()
    book = PaperBook()
    kept = Accounts(book, clock, kept=10, in_thread=lambda call, *given: Deferred())
    kept.add(event(1))
    kept.stop()
    clock.advance(accounts.LAST_WITHIN)
    assert book.closed
