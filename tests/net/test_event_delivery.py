"""net.event_delivery: one after the other, in order, a bounded number. Real commands and posts: tests/wire/test_probing.py."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessDone, ProcessTerminated
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.logger import capturedLogs, formatEvent
from twisted.python.failure import Failure

from txdispatcher.net.event_delivery import (
    MOST_WAITING,
    PATIENCE,
    PAUSES,
    Delivery,
    DeliveryError,
    command_delivery,
    post_delivery,
)
from txdispatcher.net.events import DOWN, Event


def event(number: int) -> Event:
    return Event(DOWN, 1.5, 7, f"sip:{number}", "AX", "IP", "ping answered 503; $(reboot)", 503, "Full")


class Scene:
    def __init__(self) -> None:
        self.reactor = Clock()
        self.under_way: list[tuple[str, Deferred[None]]] = []
        self.delivery = Delivery("somewhere", self.deliver, self.reactor)

    def deliver(self, event: Event) -> Deferred[None]:
        done: Deferred[None] = Deferred()
        self.under_way.append((event.uri, done))
        return done


def test_each_waits_for_the_one_before_it() -> None:
    scene = Scene()
    for number in range(3):
        scene.delivery(event(number))
    for number in range(3):
        assert [uri for uri, _ in scene.under_way] == [f"sip:{each}" for each in range(number + 1)]
        scene.under_way[-1][1].callback(None)
    scene.delivery(event(3))
    assert len(scene.under_way) == 4


def test_a_failure_is_tried_again_before_the_next_and_then_given_up() -> None:
    scene = Scene()
    scene.delivery(event(0))
    scene.delivery(event(1))
    with capturedLogs() as logged:
        for pause in PAUSES:
            scene.under_way[-1][1].errback(DeliveryError("answered 500"))
            scene.reactor.advance(pause)
        scene.under_way[-1][1].errback(DeliveryError("answered 500"))
    assert [uri for uri, _ in scene.under_way] == ["sip:0"] * (len(PAUSES) + 1) + ["sip:1"]
    assert scene.delivery.lost == 1
    [line] = [formatEvent(each) for each in logged]
    assert line == "somewhere: dst-down of sip:0 is lost (1 so far): answered 500"


def test_what_waits_is_bounded() -> None:
    scene = Scene()
    with capturedLogs():
        for number in range(MOST_WAITING + 3):
            scene.delivery(event(number))
    assert scene.delivery.lost == 2  # One is under way, the rest wait.


def test_stopped_it_delivers_nothing_more() -> None:
    scene = Scene()
    scene.delivery(event(0))
    scene.delivery(event(1))
    scene.delivery.stop()
    assert len(scene.under_way) == 1
    assert scene.reactor.getDelayedCalls() == []


class Processes(Clock):
    """A reactor that starts nothing, and remembers what it was asked to start."""

    def __init__(self) -> None:
        super().__init__()
        self.started: list[tuple[str, list[str], dict[str, str]]] = []
        self.protocols: list[Any] = []
        self.killed = 0

    def spawnProcess(self, protocol: Any, program: str, args: list[str], env: dict[str, str]) -> None:
        self.started.append((program, args, env))
        self.protocols.append(protocol)
        protocol.makeConnection(self)

    def closeStdin(self) -> None:
        """The process's side of it is not there."""

    def signalProcess(self, signal: str) -> None:
        assert signal == "KILL"
        self.killed += 1


def test_a_command_gets_the_event_in_its_environment_and_no_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT", "yes")
    reactor = Processes()
    delivery = command_delivery(["notify", "--now"], reactor)
    delivery(event(0))
    [(program, args, environment)] = reactor.started
    assert (program, args, environment["KEPT"]) == ("notify", ["notify", "--now"], "yes")
    assert {name: value for name, value in environment.items() if name.startswith("DISPATCHER_")} == {
        "DISPATCHER_EVENT": "dst-down",
        "DISPATCHER_TIME": "1.500",
        "DISPATCHER_SET": "7",
        "DISPATCHER_URI": "sip:0",
        "DISPATCHER_BEFORE": "AX",
        "DISPATCHER_AFTER": "IP",
        "DISPATCHER_REASON": "ping answered 503; $(reboot)",
        "DISPATCHER_CODE": "503",
        "DISPATCHER_PHRASE": "Full",
    }
    reactor.protocols[0].processEnded(Failure(ProcessDone(0)))
    assert reactor.getDelayedCalls() == []
    assert delivery.lost == 0


def test_a_command_that_does_not_end_is_killed_and_its_complaint_logged() -> None:
    reactor = Processes()
    delivery = command_delivery(["notify"], reactor)
    delivery(event(0))
    with capturedLogs() as logged:
        for number, pause in enumerate((*PAUSES, 0.0), 1):
            reactor.protocols[-1].errReceived(b"no route\nno hope\n")
            reactor.advance(PATIENCE)
            assert reactor.killed == number
            reactor.protocols[-1].processEnded(Failure(ProcessTerminated(None, 9)))
            reactor.advance(pause)
    [line] = [formatEvent(each) for each in logged]
    assert line is not None
    assert line.endswith(f"still running after {PATIENCE:g} s no hope")
    assert delivery.lost == 1


def test_a_post_is_no_line_in_the_log() -> None:
    """Not even that Twisted's factory starts and stops."""
    reactor = MemoryReactorClock()
    delivery = post_delivery("http://127.0.0.1:8000/events", reactor)
    with capturedLogs() as logged:
        delivery(event(0))
        [(host, port, factory, _, _)] = reactor.tcpClients
        factory.doStart()
        protocol = factory.buildProtocol(None)
        transport = StringTransport()
        protocol.makeConnection(transport)
        sent = transport.value()
        factory.doStop()
    assert (host, port) == ("127.0.0.1", 8000)
    assert sent.startswith(b"POST /events HTTP/1.1\r\n")
    assert logged == []
    delivery.stop()
