"""Connections over transports that keep what is written, on a clock that is advanced."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.error import ConnectionRefusedError as Refused
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure

from tests.net.test_engine import ScriptedProxy
from txdispatcher.errors import ParseError
from txdispatcher.net.connection import FULL, Connection
from txdispatcher.net.engine import Engine
from txdispatcher.net.stream import Limits, Streams
from txdispatcher.proxy.hop import Address
from txdispatcher.proxy.listener import Listener

HERE = Listener("tcp", "127.0.0.1", 5060)
PEER = ("127.0.0.9", 40_000)
GATEWAY = ("127.0.0.2", 5080)
LIMITS = Limits(connections=3, connections_per_address=2, write_buffer=400)
REQUEST = b"OPTIONS sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n"
RESPONSE = (
    b"SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP phone.example:5070;branch=z9hG4bK1;received=127.0.0.8;rport=40000\r\nCall-ID: 1\r\n"
    b"From: <sip:a>;tag=1\r\nTo: <sip:b>;tag=2\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)


class Transport(StringTransport):
    """One that knows what a socket's has."""

    aborted = False

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.writes: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.writes.append(data)
        super().write(data)

    def setTcpNoDelay(self, on: bool) -> None:
        pass

    def setTcpKeepAlive(self, on: bool) -> None:
        pass

    def abortConnection(self) -> None:
        self.aborted = True


class Proxy(ScriptedProxy):
    def __init__(self) -> None:
        super().__init__()
        self.broken: list[tuple[bytes, int]] = []
        self.lost: list[set[tuple[Listener, Address]]] = []

    def malformed(self, data: bytes, source: Address, listener: Listener, error: ParseError) -> None:
        self.broken.append((data, error.status))
        self.actions.sends.append((listener, source, b"SIP/2.0 %d" % error.status))

    def disconnected(self, lost: set[tuple[Listener, Address]], now: float) -> None:
        self.lost.append(lost)


class Scene:
    def __init__(self) -> None:
        self.reactor: Any = MemoryReactorClock()
        self.proxy = Proxy()
        self.engine = Engine(self.proxy, self.reactor, None, self.reactor.seconds)  # type: ignore[arg-type]
        self.naps: list[float] = []
        self.streams = Streams(self.engine, self.reactor, LIMITS, self.reactor.seconds, wait=0.001, sleep=self.naps.append)
        self.streams.listen(HERE)
        self.factory = self.reactor.tcpServers[0][1]

    def accept(self, peer: Address = PEER) -> tuple[Connection, Transport] | None:
        connection = self.factory.buildProtocol(IPv4Address("TCP", *peer))
        if connection is None:
            return None
        transport = Transport()
        connection.makeConnection(transport)
        return connection, transport

    def accepted(self, peer: Address = PEER) -> tuple[Connection, Transport]:
        found = self.accept(peer)
        assert found is not None
        return found

    def answer(self) -> None:
        """What came last, as the proxy would."""
        _, source, listener, _ = self.proxy.received[-1]
        self.proxy.actions.sends.append((listener, source, RESPONSE))

    def send(self, data: bytes, to: Address = GATEWAY) -> None:
        self.engine.outlets[HERE].send_all([(HERE, to, data)])

    def opened(self) -> tuple[Any, Transport]:
        """The newest connection of ours, made."""
        connection = self.reactor.tcpClients[-1][2].buildProtocol(None)
        transport = Transport()
        connection.makeConnection(transport)
        return connection, transport

    def later(self, seconds: float) -> None:
        self.reactor.pump([0.5] * int(2 * seconds) or [0])


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_messages_come_with_their_connection_and_are_answered_by_it(scene: Scene) -> None:
    connection, transport = scene.accepted()
    connection.dataReceived(REQUEST[:10])
    connection.dataReceived(REQUEST[10:] + REQUEST)
    scene.later(0)
    assert [each[:3] for each in scene.proxy.received] == [(REQUEST, PEER, HERE)] * 2
    scene.send(RESPONSE, PEER)
    assert transport.value() == RESPONSE
    assert scene.reactor.tcpClients == []


def test_a_response_whose_connection_is_gone_goes_where_its_via_says(scene: Scene) -> None:
    connection, _ = scene.accepted()
    connection.connectionLost(Failure(ConnectionDone()))
    scene.send(RESPONSE, PEER)
    assert scene.reactor.tcpClients[0][:2] == ("127.0.0.8", 5070)
    _, transport = scene.opened()
    assert transport.value() == RESPONSE


def test_one_connection_for_all_that_goes_to_a_place_from_our_own_address(scene: Scene) -> None:
    scene.send(REQUEST)
    scene.send(REQUEST)
    [(host, port, _, timeout, bound)] = scene.reactor.tcpClients
    assert ((host, port), timeout, bound) == (GATEWAY, LIMITS.connect_timeout, ("127.0.0.1", 0))
    connection, transport = scene.opened()
    scene.send(REQUEST)
    assert transport.value() == REQUEST * 3
    # What comes back by it comes from there.
    connection.dataReceived(RESPONSE)
    scene.later(0)
    assert scene.proxy.received[0][1] == GATEWAY


def test_what_a_turn_brings_is_looked_at_together_and_sent_together(scene: Scene) -> None:
    first, transport = scene.accepted()
    second, other = scene.accepted(("127.0.0.10", 1))
    scene.proxy.on_receive = scene.answer
    first.dataReceived(REQUEST * 2)
    second.dataReceived(REQUEST)
    first.dataReceived(REQUEST)
    assert scene.proxy.received == []
    scene.later(0)
    assert [each[1] for each in scene.proxy.received] == [PEER, PEER, PEER, ("127.0.0.10", 1)]
    assert transport.writes == [RESPONSE * 3]
    assert other.writes == [RESPONSE]


def test_a_full_batch_waits_for_nothing(scene: Scene) -> None:
    connection, _ = scene.accepted()
    many = FULL // len(REQUEST)
    connection.dataReceived(REQUEST * many)
    assert scene.proxy.received == []
    connection.dataReceived(REQUEST)
    assert len(scene.proxy.received) == many + 1
    scene.later(0)
    assert len(scene.proxy.received) == many + 1


def test_what_came_before_the_end_is_answered_where_its_via_says(scene: Scene) -> None:
    connection, _ = scene.accepted()
    connection.dataReceived(REQUEST)
    connection.connectionLost(Failure(ConnectionDone()))
    assert len(scene.proxy.received) == 1


def test_under_load_a_moment_passes_before_what_has_come_is_looked_at(scene: Scene) -> None:
    connection, _ = scene.accepted()
    for turn in range(200):
        connection.dataReceived(REQUEST * (5 if turn < 150 else 1))
        scene.reactor.pump([0.001])
        if turn in (5, 140, 195):
            # At 5,000 messages a second a millisecond brings five; at 1,000 it brings none that would not be waited for in vain.
            assert bool(scene.naps) == (turn == 140)
        if turn == 180:
            scene.naps.clear()


def test_a_refused_connection_is_told_at_once_and_so_is_one_that_is_lost(scene: Scene) -> None:
    scene.send(REQUEST)
    scene.reactor.tcpClients[0][2].clientConnectionFailed(None, Failure(Refused()))
    scene.later(0.5)
    assert scene.proxy.lost == [{(HERE, GATEWAY)}]
    scene.send(REQUEST)
    connection, _ = scene.opened()
    connection.connectionLost(Failure(ConnectionDone()))
    scene.later(0.5)
    assert scene.proxy.lost == [{(HERE, GATEWAY)}] * 2
    assert scene.streams.connections == set()


def test_a_connection_to_itself_is_none(scene: Scene) -> None:
    """A port of this machine that nobody listens on, and that the kernel has chosen for our own end too."""
    scene.send(REQUEST)
    connection = scene.reactor.tcpClients[0][2].buildProtocol(None)
    here = IPv4Address("TCP", *GATEWAY)
    transport = Transport(here, peerAddress=here)
    connection.makeConnection(transport)
    assert (transport.aborted, transport.value()) == (True, b"")
    connection.connectionLost(Failure(ConnectionDone()))
    scene.later(0.5)
    assert scene.proxy.lost == [{(HERE, GATEWAY)}]


def test_nobody_waits_on_a_connection_that_nothing_was_asked_by(scene: Scene) -> None:
    connection, _ = scene.accepted()
    scene.send(RESPONSE, PEER)
    connection.connectionLost(Failure(ConnectionDone()))
    scene.later(1)
    assert scene.proxy.lost == []


def test_pings_are_answered(scene: Scene) -> None:
    connection, transport = scene.accepted()
    connection.dataReceived(b"\r\n\r")
    assert transport.value() == b""
    connection.dataReceived(b"\n")
    scene.later(0)
    assert transport.value() == b"\r\n"
    assert scene.proxy.counters.received_keepalives == 1


def test_what_is_no_sip_is_answered_and_its_connection_closed(scene: Scene) -> None:
    connection, transport = scene.accepted()
    connection.dataReceived(REQUEST + b"INVITE sip:a SIP/2.0\r\n\r\n" + REQUEST)
    scene.later(0)
    assert len(scene.proxy.received) == 1
    assert scene.proxy.broken == [(b"INVITE sip:a SIP/2.0\r\n\r\n", 400)]
    assert transport.value() == b"SIP/2.0 400"
    assert transport.disconnecting
    connection.dataReceived(REQUEST)
    assert len(scene.proxy.received) == 1


def test_connections_are_bounded_from_one_address_and_in_all(scene: Scene) -> None:
    first, _ = scene.accepted(("127.0.0.9", 1))
    scene.accepted(("127.0.0.9", 2))
    assert scene.accept(("127.0.0.9", 3)) is None
    scene.accepted(("127.0.0.10", 1))
    assert scene.accept(("127.0.0.11", 1)) is None
    assert scene.streams.counters["local_reject"] == 2
    first.connectionLost(Failure(ConnectionDone()))
    scene.accepted(("127.0.0.9", 3))
    # Ours are bounded too, and whoever waits on one too many is told.
    for port in range(4):
        scene.send(REQUEST, ("127.0.0.2", 5080 + port))
    assert len(scene.reactor.tcpClients) == 3
    scene.later(0.5)
    assert scene.proxy.lost == [{(HERE, ("127.0.0.2", 5083))}]
    assert scene.engine.outlets[HERE].unsent == 1


def test_what_becomes_of_connections_is_counted(scene: Scene) -> None:
    _, late = scene.accepted(("127.0.0.1", 1))
    broken, _ = scene.accepted(("127.0.0.2", 1))
    slow, _ = scene.accepted(("127.0.0.3", 1))
    assert scene.accept(("127.0.0.4", 1)) is None
    scene.send(REQUEST)
    scene.opened()
    scene.send(REQUEST, ("127.0.0.2", 5081))
    scene.reactor.tcpClients[-1][2].clientConnectionFailed(None, Failure(Refused()))
    broken.dataReceived(b"no SIP\r\n\r\n")
    slow.pauseProducing()
    scene.send(REQUEST * 20, ("127.0.0.3", 1))
    for gone in (broken, slow):
        gone.connectionLost(Failure(ConnectionDone()))
    scene.later(LIMITS.idle_timeout + 2)
    assert late.disconnecting
    assert scene.streams.statistics() == {
        "con_timeout": 2,
        "connect_failed": 1,
        "connect_success": 1,
        "current_opened_connections": 2,
        "established": 4,
        "handshake_failed": 0,
        "local_reject": 1,
        "passive_open": 3,
        "sendq_full": 1,
        "unframed": 1,
    }


def test_half_a_message_and_then_silence(scene: Scene) -> None:
    connection, transport = scene.accepted()
    connection.dataReceived(REQUEST)
    scene.later(LIMITS.message_timeout + 2)
    assert not transport.aborted
    connection.dataReceived(REQUEST[:20])
    scene.later(LIMITS.message_timeout - 2)
    # A byte now and then does not help.
    connection.dataReceived(REQUEST[20:21])
    assert not transport.aborted
    scene.later(4)
    assert transport.aborted


def test_silence_ends_it_and_a_ping_keeps_it(scene: Scene) -> None:
    connection, transport = scene.accepted()
    scene.later(LIMITS.idle_timeout - 10)
    connection.dataReceived(b"\r\n\r\n")
    scene.later(LIMITS.idle_timeout - 10)
    assert not transport.disconnecting
    scene.later(20)
    assert transport.disconnecting


def test_who_does_not_read_is_not_listened_to_and_is_cut_off_in_the_end(scene: Scene) -> None:
    connection, transport = scene.accepted()
    connection.pauseProducing()
    assert transport.producerState == "paused"
    scene.send(REQUEST, PEER)
    assert transport.value() == b""
    connection.resumeProducing()
    assert transport.producerState == "producing"
    assert transport.value() == REQUEST
    connection.pauseProducing()
    for _ in range(LIMITS.write_buffer // len(REQUEST) + 1):
        scene.send(REQUEST, PEER)
    assert scene.engine.outlets[HERE].unsent == 1
    assert transport.aborted


def test_who_does_not_read_for_too_long(scene: Scene) -> None:
    connection, transport = scene.accepted()
    connection.pauseProducing()
    scene.later(LIMITS.write_timeout - 1)
    assert not transport.aborted
    scene.later(3)
    assert transport.aborted


def test_the_end_closes_everything(scene: Scene) -> None:
    _, transport = scene.accepted()
    stopped: list[Any] = []
    scene.streams.stop().addCallback(stopped.append)
    assert stopped
    assert transport.disconnecting
    assert scene.reactor.getDelayedCalls() == []


class Certified(Transport):
    """One within TLS, whose peer has shown a certificate, or none."""

    certificate: Any = None

    def getPeerCertificate(self) -> Any:
        return self.certificate

    def to_cryptography(self) -> str:
        return "shown"


class AnySession:
    def refuses(self, transport: Any) -> str:
        return ""


class TestAliases:
    """RFC 5923: by a connection that the gateway has made goes what is for the gateway, if both have shown a certificate."""

    TLS = Listener("tls", "127.0.0.1", 5061)
    ASKING = (
        b"OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/TLS gw.example:5081;branch=z9hG4bK1;alias\r\nCall-ID: 1\r\n"
        b"From: <sip:a>;tag=1\r\nTo: <sip:b>\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    )
    PLACE = (PEER[0], 5081)

    @pytest.fixture
    def scene(self) -> Scene:
        scene = Scene()
        scene.streams.listen(self.TLS, self)
        return scene

    #: Whom they would find there by a connection of their own.
    meant: tuple[Address, str] = (PLACE, "shown")

    def is_meant(self, peer: Address, certificate: Any) -> bool:
        return (peer, certificate) == self.meant

    def server(self, factory: Any) -> Any:
        return factory

    def client(self, factory: Any, peer: Address) -> Any:
        return factory

    def accepted(self, scene: Scene, *, certified: bool = True) -> tuple[Connection, Certified]:
        connection = scene.reactor.tcpServers[1][1].buildProtocol(IPv4Address("TCP", *PEER))
        transport = Certified()
        transport.certificate = transport if certified else None
        connection.session = AnySession()
        connection.makeConnection(transport)
        connection.handshakeCompleted()
        return connection, transport

    def sent(self, scene: Scene, to: Address) -> bool:
        """Whether a connection of ours is opened for a request to `to`."""
        before = len(scene.reactor.tcpClients)
        scene.engine.outlets[self.TLS].send_all([(self.TLS, to, REQUEST)])
        return len(scene.reactor.tcpClients) > before

    def test_it_goes_by_theirs_and_whoever_waits_hears_of_its_end(self, scene: Scene) -> None:
        connection, transport = self.accepted(scene)
        connection.dataReceived(self.ASKING)
        scene.later(0)
        assert not self.sent(scene, self.PLACE)
        assert transport.value() == REQUEST
        connection.connectionLost(Failure(ConnectionDone()))
        scene.later(0.5)
        assert scene.proxy.lost == [{(self.TLS, PEER), (self.TLS, self.PLACE)}]
        assert self.sent(scene, self.PLACE)

    def test_without_a_certificate_anybody_could_say_so(self, scene: Scene) -> None:
        connection, _ = self.accepted(scene, certified=False)
        connection.dataReceived(self.ASKING)
        scene.later(0)
        assert self.sent(scene, self.PLACE)

    @pytest.mark.parametrize(
        "first",
        [
            ASKING.replace(b";alias", b""),
            ASKING.replace(b";alias", b";x=alias"),
            # It is who has another certificate.
            ASKING.replace(b"5081", b"5082"),
            RESPONSE.replace(b";branch", b";alias;branch"),
        ],
    )
    def test_otherwise_it_goes_by_one_of_ours(self, scene: Scene, first: bytes) -> None:
        connection, _ = self.accepted(scene)
        connection.dataReceived(first)
        scene.later(0)
        assert [self.sent(scene, (PEER[0], port)) for port in (5081, 5082, 5070)] == [True] * 3

    def test_by_tcp_nobody_has_one(self, scene: Scene) -> None:
        connection, _ = scene.accepted()
        connection.dataReceived(self.ASKING.replace(b"TLS", b"TCP"))
        scene.later(0)
        scene.send(REQUEST, self.PLACE)
        assert len(scene.reactor.tcpClients) == 1

    def test_one_of_ours_that_is_there_stays(self, scene: Scene) -> None:
        assert self.sent(scene, self.PLACE)
        connection, transport = self.accepted(scene)
        connection.dataReceived(self.ASKING)
        scene.later(0)
        assert not self.sent(scene, self.PLACE)
        assert transport.value() == b""
        connection.connectionLost(Failure(ConnectionDone()))
        assert not self.sent(scene, self.PLACE)
