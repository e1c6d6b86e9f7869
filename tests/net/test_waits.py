"""net.waits: calls of scripts in threads of their own."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from txdispatcher.net.waits import Threads, Waits
from txdispatcher.routing.python.waiting import InThread

#: Seconds within which a thread has run, or never will.
PATIENCE = 20.0


class Reactor(Clock):
    """What comes from threads waits in `calls`, to be made by the test; `stop` ends them."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[Any, ...]] = []
        self.came = threading.Semaphore(0)
        self.triggers: list[Any] = []

    def callFromThread(self, *call: Any) -> None:
        self.calls.append(call)
        self.came.release()

    def addSystemEventTrigger(self, phase: str, event: str, call: Any) -> None:
        assert (phase, event) == ("during", "shutdown")
        self.triggers.append(call)

    def take(self) -> None:
        assert self.came.acquire(timeout=PATIENCE)
        function, *arguments = self.calls.pop(0)
        function(*arguments)

    def stop(self) -> None:
        for each in self.triggers:
            each()


@pytest.fixture
def reactor() -> Any:
    made = Reactor()
    yield made
    made.stop()


def test_so_many_run_at_once_and_no_more(reactor: Reactor) -> None:
    threads = Threads(reactor, 2)
    gate, begun = threading.Event(), threading.Semaphore(0)

    def call() -> str:
        begun.release()
        assert gate.wait(PATIENCE)
        return threading.current_thread().name

    results = [threads(call) for _ in range(3)]
    assert begun.acquire(timeout=PATIENCE)
    assert begun.acquire(timeout=PATIENCE)
    assert not begun.acquire(blocking=False)
    gate.set()
    for _ in results:
        reactor.take()
    found: list[str] = []
    for each in results:
        each.addCallback(found.append)
    assert len(found) == 3
    assert threading.current_thread().name not in found


def test_an_error_comes_back(reactor: Reactor) -> None:
    failed: Deferred[Any] = Threads(reactor, 1)(lambda: 1 / 0)
    reactor.take()
    errors: list[Any] = []
    failed.addErrback(errors.append)
    assert errors[0].check(ZeroDivisionError)


@pytest.mark.parametrize("wanted", [True, False])
def test_what_nobody_wants_any_more_is_not_called(wanted: bool) -> None:
    """Its turn may come late, where many wait."""
    made: list[str] = []
    queue: list[Any] = []

    def in_thread(call: Any) -> Deferred[Any]:
        queue.append(call)
        return Deferred()

    waits = Waits(Clock(), lambda pending, value, error: None, in_thread)
    pending: Any = SimpleNamespace(wait=SimpleNamespace(awaited=InThread(lambda: made.append("called"))), wanted=True)
    waits.begin(pending, 5.0)
    pending.wanted = wanted
    (call,) = queue
    call()
    assert made == (["called"] if wanted else [])
