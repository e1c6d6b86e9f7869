"""HTTP on connections of SIP: told apart, answered, and the connection closed."""

from __future__ import annotations

import pytest
from twisted.logger import capturedLogs

from tests.net.test_stream import HERE, PEER, REQUEST, Scene
from txdispatcher.net.web import Web
from txdispatcher.proxy.hop import Address
from txdispatcher.proxy.listener import Listener
from txdispatcher.routing.script.http import HttpReply, HttpRequest

GET = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST /b HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi"


class Page:
    """Answers with what it was asked for, and notes who asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[bytes, bytes, Address, Listener]] = []

    async def __call__(self, request: HttpRequest, source: Address, listener: Listener) -> HttpReply | None:
        self.asked.append((request.target, request.body, source, listener))
        if request.target == b"/fails":
            raise ValueError("no")
        return HttpReply(200, b"OK", b"text/plain", request.target) if request.target != b"/none" else None


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
def page(scene: Scene) -> Page:
    found = Page()
    scene.streams.web = Web(found)
    return found


@pytest.mark.parametrize(("data", "target", "body"), [(GET, b"/a", b""), (POST, b"/b", b"hi")])
def test_it_is_answered_and_the_connection_closed(scene: Scene, page: Page, data: bytes, target: bytes, body: bytes) -> None:
    connection, transport = scene.accepted()
    connection.dataReceived(data[:20])
    connection.dataReceived(data[20:])
    scene.reactor.advance(0)
    assert page.asked == [(target, body, PEER, HERE)]
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n\r\n"
    assert transport.value() == head + target
    assert transport.disconnecting
    assert scene.proxy.broken == []


def test_sip_in_front_of_it_is_sip(scene: Scene, page: Page) -> None:
    connection, _ = scene.accepted()
    connection.dataReceived(REQUEST + POST)
    scene.reactor.advance(0)
    assert len(page.asked) == 1
    assert [data for data, *_ in scene.proxy.received] == [REQUEST]


def test_without_an_answer_it_is_closed_all_the_same(scene: Scene, page: Page) -> None:
    connection, transport = scene.accepted()
    connection.dataReceived(GET.replace(b"/a", b"/none"))
    scene.reactor.advance(0)
    assert (transport.value(), transport.disconnecting) == (b"", True)


def test_a_mistake_in_the_answer_is_logged(scene: Scene, page: Page) -> None:
    connection, transport = scene.accepted()
    with capturedLogs() as events:
        connection.dataReceived(GET.replace(b"/a", b"/fails"))
        scene.reactor.advance(0)
    assert transport.disconnecting
    assert [event["log_failure"].type for event in events if "log_failure" in event] == [ValueError]


def test_without_anybody_to_answer_it_is_no_sip(scene: Scene) -> None:
    connection, _ = scene.accepted()
    connection.dataReceived(GET)
    scene.reactor.advance(0)
    assert scene.proxy.broken == [(GET, 400)]
