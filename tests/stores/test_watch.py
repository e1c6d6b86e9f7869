"""A list file that changes under a watch, by a clock of the test's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from twisted.internet.defer import ensureDeferred
from twisted.internet.task import Clock
from twisted.logger import capturedLogs, formatEvent

from tests.stores.threads import Threads
from txdispatcher.balancing.sets import Sets
from txdispatcher.stores.list_file import ListFile
from txdispatcher.stores.loading import Loader
from txdispatcher.stores.watch import Watch


class Scene:
    """A watched list file, loaded once."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "dispatcher.list"
        self.clock = Clock()
        self.threads = Threads()
        self.sets = Sets()
        self.write("1 sip:a\n")
        source = ListFile(self.file)
        self.loader = Loader(source, self.sets, self.clock, in_thread=self.threads)
        self.loader.begin()
        self.watch = Watch(source, self.loader, self.clock)
        self.watch.start()

    def write(self, text: str) -> None:
        """Put another file in its place, whose time of change is one of its own."""
        before = self.file.stat().st_mtime_ns if self.file.exists() else 0
        other = self.file.with_suffix(".new")
        other.write_text(text)
        os.utime(other, ns=(before + 1, before + 1))
        other.rename(self.file)

    def look(self, times: int = 1) -> int:
        """So many looks; how many readings they began, each of which has ended."""
        before = len(self.threads.begun)
        for _ in range(times):
            self.clock.advance(1)
            for number in self.threads.pending:
                self.threads.finish(number)
        return len(self.threads.begun) - before

    @property
    def uris(self) -> list[str]:
        return [each.uri for group in self.sets for each in group.destinations]


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_a_file_that_stays_is_left_alone(scene: Scene) -> None:
    assert scene.look(5) == 0


def test_a_change_is_loaded_when_it_has_settled(scene: Scene) -> None:
    scene.write("1 sip:b\n")
    assert scene.look() == 0
    scene.write("1 sip:b\n1 sip:c\n")
    assert scene.look() == 0
    assert scene.look() == 1
    assert scene.uris == ["sip:c", "sip:b"]
    assert scene.look(5) == 0


def test_another_file_with_the_same_size_and_time_is_a_change(scene: Scene) -> None:
    stamp = scene.file.stat().st_mtime_ns
    scene.write("1 sip:b\n")
    os.utime(scene.file, ns=(stamp, stamp))
    assert scene.look(2) == 1
    assert scene.uris == ["sip:b"]


def test_a_broken_file_is_reported_once_until_it_changes(scene: Scene) -> None:
    with capturedLogs() as events:
        scene.write("x\n")
        scene.look(5)
        scene.write("y\n")
        scene.look(5)
    assert [formatEvent(event).partition(": ")[2].partition(" ")[0] for event in events] == [f"{scene.file}:1:"] * 2
    assert scene.uris == ["sip:a"]
    scene.write("1 sip:b\n")
    scene.look(5)
    assert scene.uris == ["sip:b"]


def test_a_file_that_goes_is_reported_once_and_loaded_when_it_is_back(scene: Scene) -> None:
    scene.file.unlink()
    with capturedLogs() as events:
        scene.look(5)
    assert ["No such file" in formatEvent(event) for event in events] == [True]
    scene.write("1 sip:b\n")
    scene.look(2)
    assert scene.uris == ["sip:b"]


def test_what_a_reload_has_read_is_not_read_again(scene: Scene) -> None:
    scene.write("1 sip:b\n")
    ensureDeferred(scene.loader.reload())
    scene.threads.finish(0)
    assert scene.look(5) == 0
    assert scene.uris == ["sip:b"]


def test_one_reload_at_a_time(scene: Scene) -> None:
    scene.write("1 sip:b\n")
    scene.clock.advance(1)
    scene.clock.advance(1)
    scene.write("1 sip:c\n")
    for _ in range(5):
        scene.clock.advance(1)
    assert len(scene.threads.begun) == 1
    scene.threads.finish(0)
    assert scene.look(2) == 1
    assert scene.uris == ["sip:c"]


def test_after_its_stop_nothing_is_looked_at(scene: Scene) -> None:
    scene.watch.stop()
    scene.write("1 sip:b\n")
    assert scene.look(5) == 0
    assert scene.clock.getDelayedCalls() == []
