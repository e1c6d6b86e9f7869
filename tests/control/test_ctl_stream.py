"""control.ctl_stream: binrpc over a connection, by a transport of the test's and a clock that is advanced."""

from __future__ import annotations

from twisted.internet.address import IPv4Address, UNIXAddress
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from tests.control.fixtures import make_methods
from txdispatcher.control import ctl_stream
from txdispatcher.control.binrpc import Type, Value, packet, read_body, read_header
from txdispatcher.control.ctl import ANONYMOUS, Place, Register
from txdispatcher.control.ctl_stream import ANSWER_TIMEOUT, REQUEST_TIMEOUT, CtlConnection, CtlFactory
from txdispatcher.control.methods import Methods
from txdispatcher.control.pieces import Turns

VERSION = packet(Type.REQUEST, 7, ["core.version"])


class Bench:
    """A factory, and one connection to it."""

    def __init__(self, methods: Methods | None = None) -> None:
        self.clock = Clock()
        self.register = Register()
        here = Place("127.0.0.1", "2049")
        self.factory = CtlFactory(methods or make_methods(), self.register, self.clock, "tcp", here, Turns(self.clock))
        self.connection, self.transport = self.connect()

    def connect(self) -> tuple[CtlConnection, StringTransport]:
        connection = self.factory.buildProtocol(IPv4Address("TCP", "127.0.0.1", 40000))
        assert connection is not None
        transport = StringTransport()
        connection.makeConnection(transport)
        return connection, transport

    def answers(self) -> list[list[Value]]:
        """What has been answered since the last time, each with the cookie of VERSION."""
        data = self.transport.value()
        self.transport.clear()
        found = []
        while data:
            header = read_header(data)
            assert header.cookie == 7
            found.append(read_body(data[header.start : header.end]))
            data = data[header.end :]
        return found

    def turns(self, number: int = 10) -> None:
        for _ in range(number):
            self.clock.advance(0)


def test_a_request_is_answered_however_it_is_cut() -> None:
    for cut in range(len(VERSION) + 1):
        bench = Bench()
        bench.connection.dataReceived(VERSION[:cut])
        bench.connection.dataReceived(VERSION[cut:])
        bench.turns()
        assert bench.answers() == [["txdispatcher test"]]


def test_requests_at_once_have_a_turn_each() -> None:
    bench = Bench()
    bench.connection.dataReceived(VERSION * 3 + VERSION[:4])
    assert len(bench.answers()) == 1
    assert bench.transport.producerState == "paused"
    assert [each.getTime() for each in bench.clock.getDelayedCalls()] == [0.0]
    bench.turns()
    assert len(bench.answers()) == 2
    assert bench.transport.producerState == "producing"
    bench.connection.dataReceived(VERSION[4:])
    assert len(bench.answers()) == 1


def test_while_an_answer_is_made_nothing_is_read() -> None:
    reloaded: Deferred[None] = Deferred()

    async def reload() -> None:
        await reloaded

    bench = Bench(make_methods(reload=reload))
    bench.connection.dataReceived(packet(Type.REQUEST, 7, ["dispatcher.reload"]) + VERSION)
    bench.turns()
    assert bench.answers() == []
    assert bench.transport.producerState == "paused"
    reloaded.callback(None)
    bench.turns()
    assert bench.answers() == [["Ok. Dispatcher successfully reloaded."], ["txdispatcher test"]]
    assert bench.transport.producerState == "producing"


def test_an_answer_for_a_connection_that_has_gone_is_dropped() -> None:
    reloaded: Deferred[None] = Deferred()

    async def reload() -> None:
        await reloaded

    bench = Bench(make_methods(reload=reload))
    bench.connection.dataReceived(packet(Type.REQUEST, 7, ["dispatcher.reload"]))
    bench.connection.connectionLost()
    reloaded.callback(None)
    assert bench.answers() == []
    assert bench.clock.getDelayedCalls() == []
    assert bench.register.connections == []


def test_what_is_no_request_ends_the_connection() -> None:
    bench = Bench()
    bench.connection.dataReceived(b"POST / HTTP/1.1\r\n\r\n" + VERSION)
    assert bench.transport.value().endswith(b"bad request: corrupted packet\0")
    assert bench.transport.disconnecting
    bench.transport.clear()
    bench.connection.dataReceived(VERSION)
    bench.turns()
    assert bench.transport.value() == b""


def test_a_request_that_never_ends_is_not_waited_for() -> None:
    bench = Bench()
    bench.connection.dataReceived(VERSION[:3])
    bench.clock.advance(REQUEST_TIMEOUT / 2)
    bench.connection.dataReceived(VERSION[3:5])
    assert not bench.transport.disconnected
    bench.clock.advance(REQUEST_TIMEOUT / 2)
    assert bench.transport.disconnected


def test_silence_between_requests_is_no_reason_to_hang_up() -> None:
    bench = Bench()
    bench.clock.advance(10_000)
    bench.connection.dataReceived(VERSION)
    bench.clock.advance(10_000)
    assert not bench.transport.disconnected
    assert len(bench.answers()) == 1


def test_a_client_that_does_not_read_is_asked_nothing_and_given_up() -> None:
    bench = Bench()
    bench.connection.pauseProducing()
    bench.connection.dataReceived(VERSION)
    bench.clock.advance(ANSWER_TIMEOUT / 2)
    assert bench.answers() == []
    assert bench.transport.producerState == "paused"
    bench.connection.resumeProducing()
    assert len(bench.answers()) == 1
    bench.clock.advance(ANSWER_TIMEOUT)
    assert not bench.transport.disconnected
    bench.connection.pauseProducing()
    bench.clock.advance(ANSWER_TIMEOUT)
    assert bench.transport.disconnected


def test_connections_are_shown_and_bounded() -> None:
    bench = Bench()
    assert [(each.transport, each.there) for each in bench.register.connections] == [("tcp", Place("127.0.0.1", "40000"))]
    for _ in range(ctl_stream.MAX_CONNECTIONS - 1):
        bench.connect()
    assert bench.factory.buildProtocol(UNIXAddress("")) is None
    bench.connection.connectionLost()
    connection = bench.factory.buildProtocol(UNIXAddress(""))
    assert connection is not None
    connection.makeConnection(StringTransport())
    assert bench.register.connections[-1].there == Place(ANONYMOUS)
