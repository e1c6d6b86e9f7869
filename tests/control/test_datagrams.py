"""control.datagrams: answers by datagram, and who has no room for them."""

from __future__ import annotations

import errno

from twisted.internet.defer import Deferred
from twisted.internet.error import MessageLengthError
from twisted.internet.task import Clock
from twisted.logger import capturedLogs

from txdispatcher.control.datagrams import GIVE_UP, MAX_PENDING, MAX_REQUEST, RETRY, RequestDatagrams

WHO = "/a/client"


class Port:
    """A port that does with each datagram what the next of `ways` says: takes it, has no room (None), or raises."""

    def __init__(self, *ways: int | Exception | None) -> None:
        self.ways = list(ways)
        self.sent: list[tuple[bytes, object]] = []
        self.tries = 0

    def write(self, datagram: bytes, address: object) -> int | None:
        self.tries += 1
        way = self.ways.pop(0) if self.ways else len(datagram)
        if isinstance(way, Exception):
            raise way
        if way is not None:
            self.sent.append((datagram, address))
        return way


def make(port: Port) -> tuple[RequestDatagrams, Clock]:
    async def shout(data: bytes) -> bytes | None:
        return data.upper() or None

    clock = Clock()
    datagrams = RequestDatagrams(shout, lambda request: b"too long: " + request, clock)
    datagrams.makeConnection(port)  # type: ignore[arg-type]
    return datagrams, clock


def test_the_answer_goes_back_to_whence_the_request_came() -> None:
    port = Port()
    datagrams, _ = make(port)
    datagrams.datagramReceived(b"one", WHO)
    datagrams.datagramReceived(b"", WHO)
    datagrams.datagramReceived(b"nobody", None)
    assert port.sent == [(b"ONE", WHO)]


def test_no_room_is_tried_again_for_a_while() -> None:
    port = Port(None, BlockingIOError(errno.EAGAIN, ""), 3)
    datagrams, clock = make(port)
    datagrams.datagramReceived(b"one", WHO)
    clock.pump([RETRY] * 5)
    assert port.sent == [(b"ONE", WHO)]
    port = Port(*[None] * 1000)
    datagrams, clock = make(port)
    datagrams.datagramReceived(b"one", WHO)
    clock.pump([RETRY] * int(GIVE_UP / RETRY + 5))
    assert clock.getDelayedCalls() == []
    assert port.sent == []


def test_a_client_that_has_gone_and_one_that_takes_no_more() -> None:
    port = Port(ConnectionRefusedError(errno.ECONNREFUSED, "refused"), MessageLengthError())
    datagrams, clock = make(port)
    datagrams.datagramReceived(b"one", WHO)
    datagrams.datagramReceived(b"two", WHO)
    assert port.sent == [(b"too long: two", WHO)]
    assert clock.getDelayedCalls() == []


def test_what_waits_is_bounded() -> None:
    port = Port(*[None] * MAX_PENDING)
    datagrams, clock = make(port)
    with capturedLogs() as logs:
        for _ in range(MAX_PENDING + 1):
            datagrams.datagramReceived(b"one", WHO)
    assert port.tries == MAX_PENDING
    assert len(logs) == 1
    clock.advance(RETRY)
    assert len(port.sent) == MAX_PENDING
    datagrams.datagramReceived(b"two", WHO)
    assert port.sent[-1] == (b"TWO", WHO)


def test_what_is_longer_than_a_datagram_of_udp_is_dropped() -> None:
    port = Port()
    datagrams, _ = make(port)
    datagrams.datagramReceived(b"x" * (MAX_REQUEST + 1), WHO)
    assert port.sent == []


def test_an_answer_that_comes_after_the_end_is_dropped() -> None:
    answered: Deferred[bytes] = Deferred()

    async def wait(data: bytes) -> bytes:
        return await answered

    port = Port(None)
    clock = Clock()
    datagrams = RequestDatagrams(wait, lambda request: b"", clock)
    datagrams.makeConnection(port)  # type: ignore[arg-type]
    datagrams.datagramReceived(b"one", WHO)
    datagrams.transport = None
    datagrams.stopProtocol()
    answered.callback(b"late")
    assert port.tries == 0
    assert clock.getDelayedCalls() == []
