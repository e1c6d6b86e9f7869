"""Loads from a source that does what the test says, by a clock and threads of the test's."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet.defer import ensureDeferred
from twisted.internet.task import Clock
from twisted.logger import LogEvent, capturedLogs, formatEvent
from twisted.python.failure import Failure

from tests.stores.threads import Threads
from txdispatcher.balancing.sets import Sets
from txdispatcher.errors import CallsUnderWay, LoadError, SourceAway
from txdispatcher.stores import loading
from txdispatcher.stores.list_file import read_list
from txdispatcher.stores.loading import Loader
from txdispatcher.stores.source import Reading

AWAY = SourceAway("the table", 0, "gone")


class Scripted:
    """A source. Each reading gives, or raises, the next of `answers`, a list file's text or an error; the last for ever."""

    name = "the table"

    def __init__(self, *answers: str | Exception) -> None:
        self.answers = list(answers)

    def read(self) -> Reading:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return read_list(answer.encode(), self.name)

    def stamp(self) -> object:
        return None


class Scene:
    """A loader with its surroundings. `loads` counts what it told of."""

    def __init__(self, *answers: str | Exception, sets: Sets | None = None, **settings: Any) -> None:
        self.source = Scripted(*answers)
        self.sets = sets if sets is not None else Sets()
        self.clock = Clock()
        self.threads = Threads()
        self.loads = 0
        self.loader = Loader(self.source, self.sets, self.clock, loaded=self._loaded, in_thread=self.threads, **settings)

    def _loaded(self) -> None:
        self.loads += 1

    def reload(self) -> list[Any]:
        """Begin a reload; what it came to, once it has."""
        ends: list[Any] = []
        ensureDeferred(self.loader.reload()).addBoth(ends.append)
        return ends

    @property
    def uris(self) -> list[str]:
        return [each.uri for group in self.sets for each in group.destinations]


@pytest.fixture
def events() -> Iterator[list[LogEvent]]:
    with capturedLogs() as captured:
        yield captured


def texts(events: list[LogEvent]) -> list[str]:
    return [formatEvent(event) for event in events]


def test_the_first_load() -> None:
    scene = Scene("1 sip:a\n2 sip:b\n")
    scene.loader.begin()
    assert sorted(scene.uris) == ["sip:a", "sip:b"]
    assert scene.loader.summary() == "2 destinations in 2 sets from the table"
    assert scene.clock.getDelayedCalls() == []


def test_a_first_load_that_fails_raises() -> None:
    for error in (LoadError("the table", 0, "no"), AWAY):
        with pytest.raises(LoadError) as caught:
            Scene(error).loader.begin()
        assert caught.value is error


def test_a_source_that_is_away_at_the_start_is_tried_again_ever_later(events: list[LogEvent]) -> None:
    scene = Scene(AWAY, AWAY, AWAY, "1 sip:a\n", retry=100)
    scene.loader.begin()
    waits = []
    for number in range(3):
        [call] = scene.clock.getDelayedCalls()
        waits.append(call.getTime() - scene.clock.seconds())
        scene.clock.advance(waits[-1])
        scene.threads.finish(number)
    assert waits == [100, 200, 300]
    assert (scene.uris, scene.loads) == (["sip:a"], 1)
    assert scene.clock.getDelayedCalls() == []
    assert texts(events) == [
        "start: the table: gone; there are no sets yet; next attempt in 100 s",
        "reload: the table: gone; the list in force stays; next attempt in 200 s",
        "reload: the table: gone; the list in force stays; next attempt in 300 s",
        "reload: 1 destination in 1 set from the table",
    ]


def test_a_source_that_is_away_at_a_reload_is_tried_again() -> None:
    scene = Scene("1 sip:a\n", AWAY, "1 sip:b\n", retry=5)
    scene.loader.begin()
    ends = scene.reload()
    scene.threads.finish(0)
    assert ends[0].value is AWAY
    assert scene.uris == ["sip:a"]
    scene.clock.advance(5)
    scene.threads.finish(1)
    assert scene.uris == ["sip:b"]


def test_a_long_list_is_taken_over_in_turns() -> None:
    scene = Scene("1 sip:a\n", "".join(f"1 sip:gw{n}\n" for n in range(1000)))
    scene.loader.begin()
    ends = scene.reload()
    scene.threads.finish(0)
    seen: list[int] = []

    def other() -> None:
        seen.append(len(scene.uris))
        if not ends:
            scene.clock.callLater(0, other)

    other()
    scene.clock.advance(0)
    assert (len(scene.uris), scene.loads) == (1000, 1)
    assert seen.count(1) > 3


def test_a_reload_that_counted_calls_forbid_is_logged_and_refused(events: list[LogEvent]) -> None:
    scene = Scene("1 sip:a\n", "1 sip:b\n", sets=Sets(reload_load="refuse"))
    scene.loader.begin()
    scene.sets.calls.begin(b"1", scene.sets.destination(1, "sip:a"), 0.0)
    ends = scene.reload()
    scene.threads.finish(0)
    assert isinstance(ends[0].value, CallsUnderWay)
    assert (scene.uris, scene.loads) == (["sip:a"], 0)
    assert 'reload: 1 calls are counted, and reload_load is "refuse"; the list in force stays' in texts(events)


def test_a_reload_takes_the_place_of_the_next_attempt() -> None:
    scene = Scene(AWAY, AWAY, retry=5)
    scene.loader.begin()
    for number in range(3):
        scene.reload()
        scene.threads.finish(number)
        [call] = scene.clock.getDelayedCalls()
        assert call.getTime() == 5


@pytest.mark.parametrize(("error", "retry"), [(AWAY, 0), (LoadError("the table", 0, "id 5: no"), 5)])
def test_what_is_not_away_or_not_to_be_tried_again_is_not(error: LoadError, retry: int, events: list[LogEvent]) -> None:
    scene = Scene("1 sip:a\n", error, retry=retry)
    scene.loader.begin()
    ends = scene.reload()
    scene.threads.finish(0)
    assert isinstance(ends[0], Failure)
    assert (scene.uris, scene.loads) == (["sip:a"], 0)
    assert texts(events) == [f"reload: {error}; the list in force stays"]
    assert scene.clock.getDelayedCalls() == []


def test_nothing_is_tried_again_after_the_stop() -> None:
    scene = Scene(AWAY, retry=5)
    scene.loader.begin()
    ends = scene.reload()
    scene.loader.stop()
    scene.threads.finish(0)
    assert len(ends) == 1
    assert scene.clock.getDelayedCalls() == []


def test_reloads_take_their_turn() -> None:
    """The second reads when the first has taken its reading over, failed as it may have."""
    scene = Scene(LoadError("the table", 3, "no"), "1 sip:a\n")
    ends = [scene.reload() for _ in range(3)]
    assert len(scene.threads.begun) == 1
    scene.threads.finish(0)
    assert isinstance(ends[0][0], Failure)
    assert len(scene.threads.begun) == 2
    scene.threads.finish(1)
    assert ends[1] == [None]
    assert len(scene.threads.begun) == 3


def test_a_reading_that_takes_too_long_is_given_up() -> None:
    scene = Scene("1 sip:a\n", retry=5)
    ends = scene.reload()
    scene.clock.advance(loading.READ_WITHIN)
    [failure] = ends
    assert failure.check(SourceAway)
    assert str(failure.value) == "the table: not read within 20 s"
    scene.threads.finish(0)
    assert scene.uris == []  # too late


def test_no_second_thread_waits_behind_one_that_does_not_end() -> None:
    scene = Scene("1 sip:a\n")
    scene.reload()
    scene.clock.advance(loading.READ_WITHIN)
    [failure] = scene.reload()
    assert str(failure.value) == "the table: the attempt before has not come to an end"
    assert len(scene.threads.begun) == 1
    scene.threads.finish(0)
    ends = scene.reload()
    scene.threads.finish(1)
    assert (ends, scene.uris) == ([None], ["sip:a"])


def test_the_interpreter_is_as_it_was_after_a_reading() -> None:
    before = sys.getswitchinterval()
    scene = Scene("1 sip:a\n", LoadError("the table", 0, "no"))
    for number in range(2):
        scene.reload()
        assert sys.getswitchinterval() == pytest.approx(loading.TURN)
        scene.threads.finish(number)
        assert sys.getswitchinterval() == before


BAD = "1 sip:a\nx sip:b\n1 sip:c\n1\n"


def test_strict_a_bad_line_stops_the_load() -> None:
    scene = Scene(BAD)
    with pytest.raises(LoadError, match=r"the table:2: set id 'x'"):
        scene.loader.begin()
    assert scene.uris == []


def test_not_strict_it_is_skipped_and_reported(events: list[LogEvent]) -> None:
    scene = Scene(BAD, strict=False)
    scene.loader.begin()
    assert scene.uris == ["sip:c", "sip:a"]
    first, second = texts(events)
    assert first.startswith("the table:2: set id 'x'")
    assert first.endswith(": skipped")
    assert second.startswith("the table:4: ")


def test_of_many_some_are_reported(events: list[LogEvent]) -> None:
    Scene("x sip:b\n" * 100, strict=False).loader.begin()
    assert len(events) == loading.REPORTED + 1
    assert texts(events)[-1] == "the table: and 80 more"


def test_what_is_judged_is_reported_with_each_load(events: list[LogEvent]) -> None:
    scene = Scene("1 sip:a\n", judge=lambda records: [f"{len(records)} to judge"])
    scene.loader.begin()
    scene.reload()
    scene.threads.finish(0)
    assert texts(events) == ["1 to judge", "1 to judge", "reload: 1 destination in 1 set from the table"]


@pytest.mark.parametrize(("attrs_none", "text"), [(True, "none=yes"), (False, "")])
def test_one_that_is_added_has_attributes_as_one_of_the_list_has(attrs_none: bool, text: str) -> None:
    """Kamailio 5.6.3 too gives an added one none=yes."""
    loader = Scene("1 sip:a\n", attrs_none=attrs_none).loader
    assert loader.record(1, "sip:b", 0, 0, "").attributes_text == text
    assert loader.record(1, "sip:b", 0, 0, "weight=5").attributes_text == "weight=5"


def test_the_attributes_of_one_that_is_added_are_judged_as_those_of_the_list(events: list[LogEvent]) -> None:
    Scene("1 sip:a\n").loader.record(1, "sip:b", 0, 0, "maxload=x;weight=101")
    assert [text.partition(" is ")[0] for text in texts(events)] == ["weight '101' of sip:b", "maxload 'x' of sip:b in set 1"]
