"""control.fifo: requests and answers by FIFO, by a reactor that the test turns by hand."""

from __future__ import annotations

import os
import select
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.task import Clock
from twisted.logger import capturedLogs, formatEvent
from twisted.python.failure import Failure

from txdispatcher.control.documents import Documents
from txdispatcher.control.fifo import ANSWER_TIMEOUT, GIVE_UP, MAX_PENDING, REQUEST_TIMEOUT, RETRY, RequestFifo


class TurnedReactor(Clock):
    """Readers, writers and a clock. `turn` does what a reactor does with poll(): hang-up alone is the end of a connection."""

    def __init__(self) -> None:
        super().__init__()
        self.readers: set[Any] = set()
        self.writers: set[Any] = set()
        self.addReader, self.removeReader = self.readers.add, self.readers.discard
        self.addWriter, self.removeWriter = self.writers.add, self.writers.discard

    def turn(self, times: int = 6) -> None:
        for _ in range(times):
            self.advance(0)
            poll = select.poll()
            ends = {each.fileno(): each for each in self.readers | self.writers}
            for fd, each in ends.items():
                poll.register(fd, select.POLLIN if each in self.readers else select.POLLOUT)
            for fd, event in poll.poll(0):
                self._event(ends[fd], event)

    def _event(self, end: Any, event: int) -> None:
        if event & select.POLLIN:
            end.doRead()
        elif event & select.POLLOUT:
            if (why := end.doWrite()) is not None:
                self._lost(end, why)
        elif event & (select.POLLHUP | select.POLLERR):
            self._lost(end, ConnectionDone() if end in self.readers else ConnectionLost())

    def _lost(self, end: Any, why: BaseException) -> None:
        self.readers.discard(end)
        self.writers.discard(end)
        end.connectionLost(Failure(why))


class Bench:
    """A FIFO that answers ``{"NAME"…}`` in the FIFO NAME of the folder with what it was asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "requests"
        self.reactor = TurnedReactor()
        self.asked: list[bytes] = []
        #: What every answer waits for, if anything.
        self.waits: Deferred[None] | None = None
        self.body = b"answer to "
        self.fifo = RequestFifo(self.reactor, str(self.path), 0o640, Documents(1000), self.answer, str(folder))
        self.fifo.open()

    async def answer(self, request: bytes) -> tuple[bytes, str]:
        self.asked.append(request)
        if self.waits is not None:
            await self.waits
        return self.body + request, request.decode().split('"')[1]

    def write(self, *data: bytes) -> None:
        """All of `data` by one writer, who then closes."""
        writer = os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
        for each in data:
            os.write(writer, each)
            self.reactor.turn()
        os.close(writer)
        self.reactor.turn()

    def reader(self, name: str) -> int:
        os.mkfifo(self.folder / name)
        return os.open(self.folder / name, os.O_RDONLY | os.O_NONBLOCK)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.fifo.stopListening()
    assert not bench.path.exists()
    assert bench.reactor.getDelayedCalls() == []
    assert bench.reactor.readers == bench.reactor.writers == set()


def test_requests_are_answered_in_the_fifos_that_they_name(bench: Bench) -> None:
    assert stat.S_IMODE(bench.path.stat().st_mode) == 0o640
    first, second = bench.reader("first"), bench.reader("second")
    bench.write(b'{"first', b'"}\n{"second"}\n')
    assert os.read(first, 1000) == b'answer to {"first"}'
    assert os.read(second, 1000) == b'answer to {"second"}'
    assert os.read(first, 1000) == b""  # It is closed: the client's end of file.
    os.close(first)
    os.close(second)


def test_writers_come_and_go(bench: Bench) -> None:
    for number in range(5):
        reader = bench.reader(f"r{number}")
        bench.write(b'{"r%d"}' % number)
        assert os.read(reader, 1000) == b'answer to {"r%d"}' % number
        os.close(reader)
    assert len(bench.reactor.readers) == 1


def test_no_writer_costs_no_turn(bench: Bench) -> None:
    bench.write(b'{"x/y"}')
    poll = select.poll()
    poll.register(bench.fifo.fileno(), select.POLLIN)
    assert poll.poll(0) == []


def test_what_was_cut_ends_with_its_writer_or_after_a_while(bench: Bench) -> None:
    bench.write(b'{"cut')
    bench.write(b'{"x/y"}')
    assert bench.asked == [b'{"x/y"}']
    writer = os.open(bench.path, os.O_WRONLY | os.O_NONBLOCK)
    os.write(writer, b'{"cut": [')
    bench.reactor.turn()
    bench.reactor.advance(REQUEST_TIMEOUT)
    os.write(writer, b'{"x/z"}')
    bench.reactor.turn()
    os.close(writer)
    assert bench.asked == [b'{"x/y"}', b'{"x/z"}']


@pytest.mark.parametrize("name", ["../first", "/first", "first.", ".", "a/b"])
def test_a_name_that_leads_elsewhere_is_refused(bench: Bench, name: str) -> None:
    with capturedLogs() as logs:
        bench.write(b'{"%b"}' % name.encode())
    assert bench.asked != []
    assert bench.reactor.getDelayedCalls() == []
    assert any("is refused for an answer" in (formatEvent(each) or "") for each in logs)


def test_only_a_fifo_is_answered_in(bench: Bench) -> None:
    (bench.folder / "file").write_text("kept")
    reader = bench.reader("real")
    (bench.folder / "link").symlink_to(bench.folder / "real")
    with capturedLogs() as logs:
        bench.write(b'{"file"}{"link"}{"none"}')
    assert (bench.folder / "file").read_text() == "kept"
    assert os.read(reader, 1000) == b""
    os.close(reader)
    assert len([each for each in logs if "no answer could be given" in (formatEvent(each) or "")]) == 3


def test_a_reader_that_comes_late_has_its_answer(bench: Bench) -> None:
    os.mkfifo(bench.folder / "late")
    bench.write(b'{"late"}')
    bench.reactor.advance(RETRY)
    reader = os.open(bench.folder / "late", os.O_RDONLY | os.O_NONBLOCK)
    bench.reactor.advance(RETRY)
    bench.reactor.turn()
    assert os.read(reader, 1000) == b'answer to {"late"}'
    os.close(reader)


def test_a_reader_that_never_comes_is_given_up(bench: Bench) -> None:
    os.mkfifo(bench.folder / "never")
    bench.write(b'{"never"}')
    with capturedLogs() as logs:
        bench.reactor.pump([RETRY] * int(GIVE_UP / RETRY + 2))
    assert "nobody reads it" in str(formatEvent(logs[-1]))
    assert bench.reactor.getDelayedCalls() == []


def test_a_reader_that_reads_nothing_holds_nobody_up(bench: Bench) -> None:
    slow, quick = bench.reader("slow"), bench.reader("quick")
    bench.body = b"x" * 200_000  # More than a pipe holds.
    bench.write(b'{"slow"}')
    assert len(bench.reactor.writers) == 1
    bench.body = b"answer to "
    bench.write(b'{"quick"}')
    assert os.read(quick, 1000) == b'answer to {"quick"}'
    with capturedLogs() as logs:
        bench.reactor.advance(ANSWER_TIMEOUT)
    assert "it is not read" in str(formatEvent(logs[-1]))
    assert bench.reactor.writers == set()
    os.close(slow)
    os.close(quick)


def test_a_long_answer_arrives_whole_and_one_whose_reader_leaves_ends(bench: Bench) -> None:
    reader, leaver = bench.reader("reader"), bench.reader("leaver")
    bench.body = b"x" * 200_000
    bench.write(b'{"reader"}{"leaver"}')
    os.close(leaver)
    received = b""
    while len(received) < 200_010:
        received += os.read(reader, 65_536)
        bench.reactor.turn(1)
    assert received == b"x" * 200_000 + b'{"reader"}'
    os.close(reader)
    bench.reactor.turn()
    assert bench.reactor.writers == set()
    assert bench.reactor.getDelayedCalls() == []


def test_what_waits_is_bounded(bench: Bench) -> None:
    bench.waits = Deferred()
    bench.write(b'{"x/y"}' * (MAX_PENDING + 3), b'{"x/z"}')
    bench.reactor.turn(2 * MAX_PENDING)
    assert bench.reactor.readers == set()
    assert b'{"x/z"}' not in bench.asked
    waits, bench.waits = bench.waits, None
    waits.callback(None)
    bench.reactor.turn()
    assert bench.asked[-1] == b'{"x/z"}'


def test_a_fifo_that_was_taken_away_is_said_once(bench: Bench) -> None:
    writer = os.open(bench.path, os.O_WRONLY | os.O_NONBLOCK)
    bench.path.unlink()
    os.close(writer)
    with capturedLogs() as logs:
        bench.reactor.turn()
    assert [formatEvent(each) for each in logs] == [f"{bench.path}: nothing is read from it any more: No such file or directory"]
