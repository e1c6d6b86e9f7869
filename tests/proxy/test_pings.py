"""Pings by way of either proxy: the request, whose answer is whose, and that calls do not notice."""

from __future__ import annotations

import pytest

from tests.proxy.bench import OURS, Bench, Sent, answer_to, request
from txdispatcher.proxy.client import ClientTransaction, ClientUser
from txdispatcher.proxy.hop import Hop
from txdispatcher.proxy.pings import Ping, Pings
from txdispatcher.proxy.timers import Timers
from txdispatcher.sip.message import Request, Response, parse

GATEWAY = ("198.51.100.1", 5060)


class User(ClientUser):
    """Remembers what it hears."""

    __slots__ = ("heard",)

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[int | str] = []

    def on_response(self, client: ClientTransaction, response: Response, now: float) -> None:
        self.heard.append(response.status)

    def on_timeout(self, client: ClientTransaction, now: float) -> None:
        self.heard.append("timeout")


class Scene:
    def __init__(self, key: bytes | None) -> None:
        self.bench = Bench(key=key)
        self.pings = self.bench.proxy.pings = Pings(self.bench.proxy.actions, Timers(), self.bench.now)
        self.user = User()

    def ping(self, timeout: float = 2.0) -> Sent:
        made = Ping(b"OPTIONS", b"sip:198.51.100.1", b"sip:us@here", OURS)
        self.pings.send(self.user, made, Hop(GATEWAY[0], GATEWAY[1], "udp", object()), GATEWAY, timeout, self.bench.now)
        [sent] = self.bench.sent()
        return sent


@pytest.fixture(params=[None, b"key"], ids=["stateful", "stateless"])
def scene(request: pytest.FixtureRequest) -> Scene:
    return Scene(request.param)


def test_it_is_a_request_outside_any_dialog(scene: Scene) -> None:
    sent = scene.ping()
    assert (sent.listener, sent.address, sent.uri) == (OURS, GATEWAY, b"sip:198.51.100.1")
    message = parse(sent.data)
    assert isinstance(message, Request)
    assert (message.method, message.cseq, message.max_forwards, message.via_lines) == (b"OPTIONS", 1, 70, 1)
    assert message.data.endswith(b"Content-Length: 0\r\n\r\n")


def test_what_is_sent_may_be_edited(scene: Scene) -> None:
    told: list[tuple[object, ...]] = []

    def edit(data: bytes, *where: object) -> bytes:
        told.append(where)
        return data.replace(b"Max-Forwards: 70", b"Max-Forwards: 5")

    scene.pings.edit = edit
    assert scene.ping().values(b"Max-Forwards") == [b"5"]
    assert told == [(OURS, GATEWAY, scene.bench.now)]


def test_its_answer_comes_by_way_of_the_proxy_and_goes_no_further(scene: Scene) -> None:
    sent = scene.ping()
    assert scene.bench.answer(sent, 200) == []
    assert scene.bench.answer(sent, 200) == []  # Retransmitted: absorbed.
    assert scene.user.heard == [200]
    assert scene.bench.counters["stray_responses"] == 0


@pytest.mark.parametrize(("old", "new"), [(b"OPTIONS", b"INFO"), (b"branch=z9hG4bK", b"branch=z9hG4bKx")])
def test_an_answer_to_something_else_is_a_stray_one(scene: Scene, old: bytes, new: bytes) -> None:
    sent = scene.ping()
    assert scene.bench.receive(answer_to(sent.data, 200).replace(old, new), GATEWAY) == []
    assert scene.user.heard == []
    assert scene.bench.counters["stray_responses"] == 1


def test_after_its_own_timeout_an_answer_is_too_late(scene: Scene) -> None:
    sent = scene.ping(timeout=0.7)
    for _ in range(80):
        scene.bench.now += 0.01
        scene.pings.advance(scene.bench.now)
    assert scene.user.heard == ["timeout"]
    scene.bench.sent()
    assert scene.bench.answer(sent, 200) == []
    assert scene.user.heard == ["timeout"]
    assert scene.bench.counters["stray_responses"] == 1


def test_calls_go_on_beside_it(scene: Scene) -> None:
    sent = scene.ping()
    invite = scene.bench.receive(request())[-1]
    assert [each.word for each in scene.bench.answer(invite, 200)] == [b"200"]
    scene.bench.answer(sent, 503)
    assert scene.user.heard == [503]
