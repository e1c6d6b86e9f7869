"""Requests by FIFO: one that the server reads, and for each answer one of its client's, in a folder that both know.

Nothing here waits: both ends are opened without blocking. Linux gives a reader end-of-file whenever no writer is left, and goes
on to say so until it is opened anew; the new end is opened before the old one is closed, so that what was written meanwhile
stays. Of many requests at once, each has a turn of the reactor for itself.
"""

# mypy: disallow-untyped-calls=False
# (twisted.internet.abstract has few annotations.)

from __future__ import annotations

import errno
import os
import stat
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from twisted.internet.abstract import FileDescriptor
from twisted.internet.defer import ensureDeferred
from twisted.internet.error import ConnectionDone
from twisted.internet.fdesc import writeToFD
from twisted.logger import Logger
from twisted.python.failure import Failure

from txdispatcher.control.documents import Splitter
from txdispatcher.control.files import identity, make_fifo, remove

#: Bytes taken in one go: what a pipe holds.
CHUNK = 65_536
#: Requests that are being answered, or whose answers wait to be taken, at once; while there are as many, none are read.
MAX_PENDING = 50
#: Seconds for the rest of a request that has begun, while its writer, or another, is there.
REQUEST_TIMEOUT = 5.0
#: Seconds between tries to open a FIFO that nobody reads yet, and until the last one. kamctl's reader is a process that it starts
#: just before it writes its request, and on a busy machine that process comes seconds later; then kamctl would wait for ever.
RETRY, GIVE_UP = 0.05, 10.0
#: Seconds for a client to read its answer.
ANSWER_TIMEOUT = 10.0

#: From the bytes of a request to its answer and the name of the FIFO for it ("" for none). Raises nothing.
Answerer = Callable[[bytes], Awaitable[tuple[bytes, str]]]

_log = Logger()


class RequestFifo(FileDescriptor):
    """The FIFO at `path`, made by `open` with the permissions `mode`; answers go to FIFOs in `reply_folder`."""

    def __init__(self, reactor: Any, path: str, mode: int, splitter: Splitter, answer: Answerer, reply_folder: str) -> None:
        super().__init__(reactor)
        self.path = path
        self._mode = mode
        self._splitter = splitter
        self._answer = answer
        self._reply_folder = reply_folder
        self._fd = -1
        self._identity: tuple[int, int] | None = None
        self._pending = 0
        self._timeout: Any = None
        self._requests: deque[bytes] = deque()
        self._turn: Any = None
        self._answers: set[_Answer | None] = set()
        self.connected = True

    def open(self) -> None:
        """Make the FIFO and begin to read. Raises OSError."""
        make_fifo(self.path, self._mode)
        self._identity = identity(self.path)
        self._fd = _open_fifo(self.path, os.O_RDONLY)
        self.startReading()

    def stopListening(self) -> None:
        """Take the FIFO away. Answers that were not taken yet are not waited for."""
        self._wait(None)
        if self._turn is not None:
            self._turn.cancel()
        for each in [each for each in self._answers if each is not None]:
            each.abort()
        self._close()
        remove(self.path, self._identity)

    def fileno(self) -> int:
        return self._fd

    def doRead(self) -> None:
        try:
            data = os.read(self._fd, CHUNK)
        except BlockingIOError:
            return
        if not data:
            self._reopen()
            return
        requests = self._splitter.feed(data)
        if requests and not self._requests:
            self._turn = self.reactor.callLater(0, self._next)
        self._requests.extend(requests)
        self._report_dropped()
        if not self._splitter.waiting:
            self._wait(None)
        elif self._timeout is None:
            self._wait(REQUEST_TIMEOUT)
        if self._is_busy():
            self.stopReading()

    def connectionLost(self, reason: Failure) -> None:
        """No writer is left, in the words of the reactor."""
        if self._fd >= 0:
            self._reopen()

    def logPrefix(self) -> str:
        return self.path

    def _reopen(self) -> None:
        self._wait(None)
        self._splitter.end()
        self._report_dropped()
        self.stopReading()
        before = self._fd
        try:
            self._fd = _open_fifo(self.path, os.O_RDONLY)
        except OSError as error:
            _log.error("{path}: nothing is read from it any more: {error}", path=self.path, error=error.strerror)
            self._close()
            return
        os.close(before)
        if not self._is_busy():
            self.startReading()

    def _is_busy(self) -> bool:
        return len(self._requests) + self._pending >= MAX_PENDING

    def _next(self) -> None:
        """Serve the oldest request that waits."""
        self._turn = None
        self._pending += 1
        ensureDeferred(self._serve(self._requests.popleft()))
        if self._requests:
            self._turn = self.reactor.callLater(0, self._next)

    def _close(self) -> None:
        if self._fd >= 0:
            self.stopReading()
            os.close(self._fd)
            self._fd = -1

    async def _serve(self, request: bytes) -> None:
        body, name = await self._answer(request)
        if self._fd < 0:
            return
        if not name:
            _log.warn("{path}: a request without a FIFO to answer in", path=self.path)
        elif "/" in name or "." in name or "\0" in name:
            _log.warn("{path}: {name!r} is refused for an answer: a name without / and . is allowed", path=self.path, name=name)
        else:
            answer = _Answer(self.reactor, os.path.join(self._reply_folder, name), body, self._done)
            self._answers.add(answer)
            answer.begin()
            return
        self._done(None)

    def _done(self, answer: _Answer | None) -> None:
        self._answers.discard(answer)
        self._pending -= 1
        if self._fd >= 0 and not self._is_busy():
            self.startReading()

    def _report_dropped(self) -> None:
        if self._splitter.dropped:
            _log.warn(
                "{path}: {number} incomplete or malformed request(s) dropped", path=self.path, number=self._splitter.dropped
            )
            self._splitter.dropped = 0

    def _wait(self, seconds: float | None) -> None:
        if self._timeout is not None:
            self._timeout.cancel()
        self._timeout = None if seconds is None else self.reactor.callLater(seconds, self._expired)

    def _expired(self) -> None:
        self._timeout = None
        self._splitter.end()
        self._report_dropped()


class _Answer(FileDescriptor):
    """One answer on its way into the FIFO of its client. `done` is called with it, once, when it is there or given up."""

    def __init__(self, reactor: Any, path: str, body: bytes, done: Callable[[_Answer], None]) -> None:
        super().__init__(reactor)
        self._path = path
        self._body = body
        self._done: Callable[[_Answer], None] | None = done
        self._fd = -1
        self._timer: Any = None

    def begin(self) -> None:
        self._try(self.reactor.seconds() + GIVE_UP)

    def abort(self) -> None:
        self._finish("the server stops")

    def fileno(self) -> int:
        return self._fd

    def writeSomeData(self, data: bytes) -> int | BaseException:
        written: int | BaseException = writeToFD(self._fd, data)
        return written

    def connectionLost(self, reason: Failure) -> None:
        FileDescriptor.connectionLost(self, reason)
        self._finish("" if reason.check(ConnectionDone) else "its reader has gone")

    def logPrefix(self) -> str:
        return self._path

    def _try(self, until: float) -> None:
        self._timer = None
        try:
            self._fd = _open_fifo(self._path, os.O_WRONLY)
        except OSError as error:
            if error.errno == errno.ENXIO and self.reactor.seconds() < until:
                self._timer = self.reactor.callLater(RETRY, self._try, until)
            else:
                self._finish("nobody reads it" if error.errno == errno.ENXIO else str(error.strerror))
            return
        self.connected = True
        self._timer = self.reactor.callLater(ANSWER_TIMEOUT, self._expired)
        self.write(self._body)
        self.loseConnection()

    def _expired(self) -> None:
        self._timer = None
        self._finish("it is not read")

    def _finish(self, failed: str) -> None:
        if self._done is None:
            return
        done, self._done = self._done, None
        if failed:
            _log.warn("{path}: no answer could be given: {failed}", path=self._path, failed=failed)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._fd >= 0:
            self.stopWriting()
            os.close(self._fd)
            self._fd = -1
        done(self)


def _open_fifo(path: str, way: int) -> int:
    """Open what is at `path` if it is a FIFO, and no link to one. Raises OSError; ENXIO: to write, and nobody reads."""
    # Looked at before it is opened, because to open a device may do something; and after, because it may have been exchanged.
    if not stat.S_ISFIFO(os.lstat(path).st_mode):
        raise FileExistsError(errno.EEXIST, "it is no FIFO")
    fd = os.open(path, way | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    if not stat.S_ISFIFO(os.fstat(fd).st_mode):
        os.close(fd)
        raise FileExistsError(errno.EEXIST, "it is no FIFO")
    return fd
