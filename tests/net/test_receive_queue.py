"""What the kernel says of a real socket's queue."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Iterator

import pytest

from txdispatcher.net.receive_queue import ReceiveQueue

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux stamps what comes")


class Scene:
    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.peer.connect(self.socket.getsockname())
        #: Seconds that the time of day is ahead of the kernel's.
        self.ahead = 0.0
        self.queue = ReceiveQueue(self.socket, lambda: time.time() + self.ahead)


@pytest.fixture
def scene() -> Iterator[Scene]:
    scene = Scene()
    yield scene
    scene.socket.close()
    scene.peer.close()


def test_it_takes_what_came_first_and_knows_since_when_it_was_there(scene: Scene) -> None:
    scene.peer.send(b"first")
    scene.peer.send(b"second")
    scene.ahead = 1_000.0
    assert scene.queue.look() == [(b"first", scene.peer.getsockname())]
    assert 1_000.0 <= scene.queue.delay < 1_100.0
    assert scene.socket.recv(100) == b"second"


def test_where_nothing_is_nothing_waits(scene: Scene) -> None:
    scene.peer.send(b"first")
    scene.ahead = 1_000.0
    scene.queue.look()
    assert scene.queue.look() == []
    assert scene.queue.delay == 0.0


def test_a_time_of_day_that_was_set_back_is_no_delay(scene: Scene) -> None:
    scene.peer.send(b"first")
    scene.ahead = -3_600.0
    scene.queue.look()
    assert scene.queue.delay == 0.0


def test_it_sees_that_some_were_lost_and_that_no_more_are(scene: Scene) -> None:
    def fill() -> None:
        for _ in range(100):
            scene.peer.send(bytes(500))

    def drain() -> list[bool]:
        found = []
        while scene.queue.look():
            found.append(scene.queue.overflowed)
        return found

    scene.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    fill()
    # The count comes with what was queued behind the loss.
    assert not any(drain())
    scene.peer.send(b"next")
    assert drain() == [True]
    scene.peer.send(b"and next")
    assert drain() == [False]


def test_an_ipv6_peer_is_host_and_port_too() -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as ours, socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as peer:
        ours.bind(("::1", 0))
        peer.connect(ours.getsockname())
        peer.send(b"first")
        assert ReceiveQueue(ours).look() == [(b"first", peer.getsockname()[:2])]
