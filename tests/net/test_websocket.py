"""WebSocket connections over transports that keep what is written; the other side is a client that shares no code with ours."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import MemoryReactorClock
from twisted.python.failure import Failure
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from tests.net.test_stream import PEER, REQUEST, RESPONSE, Proxy, Transport
from txdispatcher.net.engine import Engine
from txdispatcher.net.stream import Limits, Streams
from txdispatcher.net.websocket import MAX_HANDSHAKE, WebSockets
from txdispatcher.proxy.listener import Listener
from txdispatcher.sip.message import MAX_MESSAGE

HERE = Listener("ws", "127.0.0.1", 8080)
PAGE = "https://phone.example.com"
LIMITS = Limits(connections=2, connections_per_address=2, write_buffer=400)


class Browser:
    """The peer: a WebSocket client without a socket of its own."""

    def __init__(self, scene: Scene, connection: Any, origin: str | None, subprotocols: list[str]) -> None:
        self.scene = scene
        self.connection = connection
        self.transport = Transport()
        self.seen = 0
        self.client = ClientProtocol(
            parse_uri("ws://127.0.0.1:8080/"),
            origin=origin,  # type: ignore[arg-type]
            subprotocols=subprotocols,  # type: ignore[arg-type]
            max_size=None,
        )
        connection.makeConnection(self.transport)

    def shake_hands(self) -> None:
        self.client.send_request(self.client.connect())
        self.exchange()

    def exchange(self) -> list[Frame]:
        """What either side has written reaches the other; the frames that came."""
        self.write(b"".join(self.client.data_to_send()))
        written = self.transport.value()
        if self.seen < len(written):
            self.client.receive_data(written[self.seen :])
            self.seen = len(written)
        return [event for event in self.client.events_received() if isinstance(event, Frame)]

    def write(self, data: bytes) -> None:
        if data:
            self.connection.dataReceived(data)
            # The turn is over.
            self.scene.later(0)

    def sends(self, text: bytes, *, binary: bool = False) -> bytes:
        """The bytes of a frame."""
        if binary:
            self.client.send_binary(text)
        else:
            self.client.send_text(text)
        return b"".join(self.client.data_to_send())


class Scene:
    def __init__(self, origins: tuple[str, ...] = (PAGE,)) -> None:
        self.reactor: Any = MemoryReactorClock()
        self.proxy = Proxy()
        self.engine = Engine(self.proxy, self.reactor, None, self.reactor.seconds)  # type: ignore[arg-type]
        self.streams = Streams(self.engine, self.reactor, LIMITS, self.reactor.seconds)
        self.streams.listen(HERE, None, WebSockets(origins, 30.0, self.reactor).accept)
        self.factory = self.reactor.tcpServers[0][1]

    def connect(self, origin: str | None = PAGE, subprotocols: tuple[str, ...] = ("sip",)) -> Browser:
        connection = self.factory.buildProtocol(IPv4Address("TCP", *PEER))
        assert connection is not None
        return Browser(self, connection, origin, list(subprotocols))

    def browser(self) -> Browser:
        found = self.connect()
        found.shake_hands()
        assert found.client.state is State.OPEN
        return found

    def send(self, data: bytes, to: tuple[str, int] = PEER) -> None:
        self.engine.outlets[HERE].send_all([(HERE, to, data)])

    def later(self, seconds: float) -> None:
        self.reactor.pump([0.5] * int(2 * seconds) or [0])


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])
def test_a_message_comes_in_a_frame_and_is_answered_in_one(scene: Scene, binary: bool) -> None:
    browser = scene.browser()
    assert browser.client.subprotocol == "sip"
    # Content-Length is not needed: the frame says how long it is.
    request = REQUEST.replace(b"Content-Length: 0\r\n", b"")
    browser.write(browser.sends(request, binary=binary))
    assert [each[:3] for each in scene.proxy.received] == [(request, PEER, HERE)]
    scene.send(RESPONSE)
    [frame] = browser.exchange()
    assert (frame.opcode, frame.data) == (Opcode.TEXT, RESPONSE)


def test_several_that_leave_at_once_have_a_frame_each(scene: Scene) -> None:
    browser = scene.browser()
    scene.engine.outlets[HERE].send_all([(HERE, PEER, RESPONSE), (HERE, PEER, REQUEST)])
    assert [frame.data for frame in browser.exchange()] == [RESPONSE, REQUEST]


def test_what_is_no_utf_8_goes_in_a_binary_frame(scene: Scene) -> None:
    browser = scene.browser()
    scene.send(REQUEST + b"\xff")
    [frame] = browser.exchange()
    assert (frame.opcode, frame.data) == (Opcode.BINARY, REQUEST + b"\xff")


def test_frames_cut_anywhere_and_messages_in_fragments(scene: Scene) -> None:
    browser = scene.browser()
    for byte in browser.sends(REQUEST):
        browser.write(bytes([byte]))
    browser.client.send_text(REQUEST[:9], fin=False)
    browser.client.send_continuation(REQUEST[9:], fin=True)
    browser.exchange()
    assert [each[0] for each in scene.proxy.received] == [REQUEST] * 2


def test_what_waits_for_the_handshake_goes_out_behind_it(scene: Scene) -> None:
    browser = scene.connect()
    scene.send(REQUEST)
    assert browser.transport.value() == b""
    browser.client.send_request(browser.client.connect())
    assert [frame.data for frame in browser.exchange()] == [REQUEST]


@pytest.mark.parametrize(
    ("origins", "origin", "status"),
    [
        ((PAGE,), "https://PHONE.example.com", 101),
        ((PAGE,), None, 101),
        ((PAGE,), "https://phone.example.com.evil.example", 403),
        ((PAGE,), "http://phone.example.com", 403),
        ((PAGE,), "null", 403),
        (("*",), "https://anybody.example", 101),
        (("*",), "null", 101),
    ],
)
def test_pages_of_other_origins_are_not_let_in(origins: tuple[str, ...], origin: str | None, status: int) -> None:
    scene = Scene(origins)
    browser = scene.connect(origin)
    browser.shake_hands()
    assert browser.transport.value().startswith(b"HTTP/1.1 %d " % status)
    assert browser.transport.disconnecting == (status != 101)


@pytest.mark.parametrize("offered", [(), ("xmpp",)], ids=["none", "another"])
def test_who_does_not_speak_sip_is_not_let_in(scene: Scene, offered: tuple[str, ...]) -> None:
    browser = scene.connect(subprotocols=offered)
    browser.shake_hands()
    assert browser.transport.value().startswith(b"HTTP/1.1 400 the WebSocket subprotocol sip")
    assert browser.transport.disconnecting


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 426),
        (b"INVITE sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n", 405),
        (b"\x16\x03\x01\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * MAX_HANDSHAKE, 431),
    ],
    ids=["http", "sip", "garbage", "endless"],
)
def test_what_is_no_websocket_is_told_so_and_closed(scene: Scene, data: bytes, status: int) -> None:
    browser = scene.connect()
    browser.write(data)
    assert browser.transport.value().startswith(b"HTTP/1.1 %d " % status)
    assert browser.transport.disconnecting
    assert b"utobahn" not in browser.transport.value()


def test_the_log_says_why_somebody_was_not_let_in(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    reasons: list[str] = []
    monkeypatch.setattr(scene.streams, "report", lambda connection, reason: reasons.append(reason))
    browser = scene.connect("https://evil.example")
    browser.shake_hands()
    browser.connection.connectionLost(Failure(ConnectionDone()))
    assert reasons == ["pages of the origin https://evil.example may not connect"]
    assert scene.streams.connections == set()


def test_a_message_that_is_too_large_and_a_frame_that_is_none_end_it(scene: Scene) -> None:
    for data in (b"\x81\xff" + (MAX_MESSAGE + 1).to_bytes(8, "big") + bytes(4), b"\xff\xff"):
        browser = scene.browser()
        browser.write(data)
        assert browser.transport.aborted
        browser.connection.connectionLost(Failure(ConnectionDone()))
    assert scene.streams.counters["unframed"] == 2
    assert scene.proxy.received == []


def test_pings_of_both_kinds_are_answered(scene: Scene) -> None:
    browser = scene.browser()
    browser.write(browser.sends(b"\r\n\r\n"))
    [pong] = browser.exchange()
    assert (pong.opcode, pong.data) == (Opcode.TEXT, b"\r\n")
    assert scene.proxy.counters.received_keepalives == 1
    browser.client.send_ping(b"there?")
    [pong] = browser.exchange()
    assert (pong.opcode, pong.data) == (Opcode.PONG, b"there?")


def test_a_browser_that_answers_our_pings_stays_and_one_that_does_not_is_gone(scene: Scene) -> None:
    browser = scene.browser()
    for _ in range(2 * int(LIMITS.idle_timeout / 30)):
        scene.later(31)
        [ping] = browser.exchange()
        assert ping.opcode is Opcode.PING
        browser.exchange()
    assert not browser.transport.aborted
    scene.later(31)
    browser.transport.clear()
    browser.seen = 0
    scene.later(LIMITS.message_timeout - 1)
    assert not browser.transport.aborted
    scene.later(3)
    assert browser.transport.aborted
    assert scene.streams.counters["con_timeout"]


def test_half_a_handshake_and_half_a_frame_and_then_silence(scene: Scene) -> None:
    shy = scene.connect()
    shy.write(b"GET / HTTP/1.1\r\n")
    browser = scene.browser()
    browser.write(browser.sends(REQUEST)[:-1])
    scene.later(LIMITS.message_timeout - 1)
    assert (shy.transport.aborted, browser.transport.aborted) == (False, False)
    scene.later(3)
    assert (shy.transport.aborted, browser.transport.aborted) == (True, True)


def test_connections_are_bounded_and_who_does_not_read_is_cut_off(scene: Scene) -> None:
    first = scene.browser()
    second = scene.connect()
    assert scene.factory.buildProtocol(IPv4Address("TCP", *PEER)) is None
    second.connection.connectionLost(Failure(ConnectionDone()))
    first.connection.pauseProducing()
    assert first.transport.producerState == "paused"
    scene.send(REQUEST)
    assert first.exchange() == []
    first.connection.resumeProducing()
    assert [frame.data for frame in first.exchange()] == [REQUEST]
    first.connection.pauseProducing()
    for _ in range(LIMITS.write_buffer // len(REQUEST) + 1):
        scene.send(REQUEST)
    assert first.transport.aborted


def test_the_end_closes_with_a_close_frame_and_waits_for_the_answer(scene: Scene) -> None:
    browser = scene.browser()
    browser.connection.close()
    assert not browser.transport.disconnecting
    [frame] = browser.exchange()
    assert (frame.opcode, frame.data) == (Opcode.CLOSE, (1001).to_bytes(2, "big"))
    browser.exchange()
    assert browser.transport.aborted or browser.transport.disconnecting


def test_a_close_frame_is_answered(scene: Scene) -> None:
    browser = scene.browser()
    browser.client.send_close(1000)
    browser.exchange()
    assert browser.transport.disconnecting


def test_nobody_is_called_who_has_not_come(scene: Scene) -> None:
    scene.send(REQUEST)
    scene.send(RESPONSE)
    scene.later(0.5)
    assert scene.reactor.tcpClients == []
    assert scene.proxy.lost == [{(HERE, PEER)}]
    assert scene.engine.outlets[HERE].unsent == 2
