"""The UDP port of our own: on a fake reactor, over a real socket whose datagrams are scripted where the kernel's would not do."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.protocol import DatagramProtocol
from twisted.logger import globalLogPublisher

from txdispatcher.net import port as port_module
from txdispatcher.net.port import BACKLOG, LOOK, TURN, DatagramPort
from txdispatcher.net.shedding import INTERVAL
from txdispatcher.proxy.listener import Listener

HERE = Listener("udp", "127.0.0.1", 5060)
PEER = ("127.0.0.1", 5070)


class Reactor:
    """Remembers who wants to read and write."""

    def __init__(self) -> None:
        self.readers: set[object] = set()
        self.writers: set[object] = set()
        self.addReader = self.readers.add
        self.removeReader = self.readers.discard
        self.addWriter = self.writers.add
        self.removeWriter = self.writers.discard


class Batches(DatagramProtocol):
    def __init__(self) -> None:
        self.batches: list[list[tuple[bytes, tuple[str, int]]]] = []

    def datagramsReceived(self, batch: list[tuple[bytes, tuple[str, int]]]) -> None:
        self.batches.append(batch)


class OneByOne(DatagramProtocol):
    def __init__(self) -> None:
        self.received: list[tuple[bytes, tuple[str, int]]] = []

    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:
        self.received.append((datagram, addr))


class Scripted:
    """Datagrams as the test says: `batches` come in, `room` sends fit before the buffer is full."""

    refused = 0

    def __init__(self) -> None:
        self.batches: list[list[tuple[bytes, tuple[str, int]]]] = []
        self.room = 0
        self.sent: list[bytes] = []
        self.on_receive: Callable[[], None] = lambda: None

    def receive(self) -> list[tuple[bytes, tuple[str, int]]]:
        self.on_receive()
        return self.batches.pop(0) if self.batches else []

    def send(self, sends: list[Any], start: int) -> int:
        fits = sends[start : start + self.room]
        self.room -= len(fits)
        self.sent += [data for _, _, data in fits]
        return start + len(fits)


class ScriptedQueue:
    """A queue of which the test says what is seen."""

    def __init__(self) -> None:
        self.delay = 0.0
        self.overflowed = False
        self.waiting: list[tuple[bytes, tuple[str, int]]] = []

    def look(self) -> list[tuple[bytes, tuple[str, int]]]:
        found, self.waiting = self.waiting, []
        return found


class Scene:
    """A port whose clock and naps belong to the test."""

    def __init__(self, protocol: DatagramProtocol | None = None, wait: float = 0.0) -> None:
        self.now = 0.0
        self.naps: list[float] = []
        self.reactor = Reactor()
        self.protocol: Any = protocol or Batches()
        self.port = DatagramPort(0, self.protocol, "127.0.0.1", self.reactor, wait=wait, seconds=lambda: self.now, sleep=self.nap)
        self.port.startListening()
        self.datagrams = Scripted()

    def nap(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds

    def script(self) -> Scripted:
        self.port._datagrams = self.datagrams  # type: ignore[assignment]
        return self.datagrams

    def script_queue(self) -> ScriptedQueue:
        self.script()
        self.port._queue = queue = ScriptedQueue()  # type: ignore[assignment]
        return queue

    def read_full(self, seconds: float) -> None:
        """Let full batches come for so long, each of which takes half a turn."""

        def pass_time() -> None:
            self.now += TURN / 2

        self.datagrams.on_receive = pass_time
        until = self.now + seconds
        while self.now < until:
            self.datagrams.batches = [[(b"x", PEER)] * port_module.BATCH] * 3
            self.port.doRead()
        self.datagrams.batches = []

    def load(self, rate: int) -> None:
        """Let the port measure `rate` datagrams a second for a while."""
        for _ in range(60):
            self.now += 0.02
            self.datagrams.batches = [[(b"x", PEER)] * (rate // 50)]
            self.port.doRead()
        self.naps.clear()
        self.protocol.batches.clear()


@pytest.fixture
def scenes() -> Iterator[Callable[..., Scene]]:
    made: list[Scene] = []

    def make(*args: Any, **settings: Any) -> Scene:
        made.append(Scene(*args, **settings))
        return made[-1]

    yield make
    for scene in made:
        if scene.port.connected:
            scene.port.connectionLost()


@pytest.fixture
def entries() -> Iterator[list[str]]:
    """Every log entry of the test, as text."""
    found: list[str] = []

    def observe(event: dict[str, Any]) -> None:
        found.append(event["log_format"].format(**event) if event.get("log_format") else "")

    globalLogPublisher.addObserver(observe)
    yield found
    globalLogPublisher.removeObserver(observe)


@pytest.mark.parametrize("protocol", [Batches, OneByOne])
def test_what_comes_reaches_a_protocol_of_either_kind(protocol, scenes):
    scene = scenes(protocol())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        for data in (b"one", b"two"):
            peer.sendto(data, ("127.0.0.1", scene.port.getHost().port))
        scene.port.doRead()
        expected = [(b"one", peer.getsockname()), (b"two", peer.getsockname())]
        if protocol is Batches:
            assert [each for batch in scene.protocol.batches for each in batch] == expected
        else:
            assert scene.protocol.received == expected
        scene.port.write(b"three", peer.getsockname())
        peer.settimeout(5)
        assert peer.recvfrom(10) == (b"three", ("127.0.0.1", scene.port.getHost().port))


def test_a_short_batch_ends_the_turn_without_load(scenes):
    scene = scenes()
    scene.script().batches = [[(b"one", PEER)], [(b"two", PEER)]]
    scene.port.doRead()
    assert len(scene.protocol.batches) == 1


def test_full_batches_are_read_until_the_turn_is_used_up(scenes):
    scene = scenes()
    full = [(b"x", PEER)] * port_module.BATCH
    scene.script().batches = [full] * 100

    def pass_time() -> None:
        scene.now += TURN / 4

    scene.datagrams.on_receive = pass_time
    scene.port.doRead()
    assert len(scene.protocol.batches) == 4


def test_it_says_for_how_long_what_comes_has_waited_of_late(scenes):
    scene = scenes()
    queue = scene.script_queue()
    queue.delay = 0.3
    queue.waiting = [(b"first", PEER)]
    scene.datagrams.batches = [[(b"second", PEER)]]
    scene.port.doRead()
    assert scene.protocol.batches == [[(b"first", PEER), (b"second", PEER)]]
    assert scene.port.behind == 0.3
    # It is looked at now and then.
    queue.delay = 0.2
    scene.now += LOOK / 2
    scene.port.doRead()
    assert scene.port.behind == 0.3
    scene.now += LOOK / 2
    scene.port.doRead()
    assert scene.port.behind == 0.2


def test_what_is_looked_at_alone_is_passed_on(scenes):
    scene = scenes()
    scene.script_queue().waiting = [(b"first", PEER)]
    scene.port.doRead()
    assert scene.protocol.batches == [[(b"first", PEER)]]


def test_a_queue_that_is_never_empty_is_no_sign_by_itself(scenes):
    scene = scenes()
    scene.script_queue().delay = 0.01
    scene.read_full(seconds=1.0)
    assert scene.port.behind == 0.01


def test_where_the_queue_loses_some_it_counts_since_when_it_was_not_empty(scenes):
    scene = scenes()
    queue = scene.script_queue()
    queue.delay = 0.01
    queue.overflowed = True
    scene.read_full(seconds=1.0)
    assert scene.port.behind == pytest.approx(1.0, abs=LOOK + 2 * TURN)
    scene.datagrams.batches = [[(b"last", PEER)]]
    scene.port.doRead()
    scene.read_full(seconds=0.2)
    assert scene.port.behind == pytest.approx(0.2, abs=LOOK + 2 * TURN)


def test_a_listener_that_nothing_comes_to_is_not_behind(scenes):
    scene = scenes()
    queue = scene.script_queue()
    queue.delay = 0.3
    queue.overflowed = True
    scene.read_full(seconds=0.5)
    assert scene.port.behind > 0.3
    # The last batch was full, and nothing said that it was the last.
    scene.now += INTERVAL + TURN
    assert scene.port.behind == 0.0
    scene.now += 600.0
    queue.delay = 0.0
    scene.read_full(seconds=LOOK / 2)
    assert scene.port.behind == 0.0
    queue.overflowed = False
    scene.read_full(seconds=1.0)
    assert scene.port.behind == 0.0


def test_a_fault_of_ours_is_logged_and_reading_goes_on(scenes, entries):
    scene = scenes()
    entries.clear()

    def fail() -> None:
        raise ZeroDivisionError("of ours")

    scene.script().on_receive = fail
    scene.now = 1.0
    for _ in range(3):
        scene.port.doRead()
    [entry] = entries
    assert "ZeroDivisionError('of ours')" in entry
    scene.datagrams.on_receive = lambda: None
    scene.datagrams.batches = [[(b"x", PEER)]]
    scene.port.doRead()
    assert scene.protocol.batches == [[(b"x", PEER)]]


def test_at_low_load_there_is_no_waiting(scenes):
    scene = scenes(wait=0.001)
    scene.script()
    scene.load(500)
    scene.datagrams.batches = [[(b"x", PEER)]]
    scene.port.doRead()
    assert scene.naps == []


def test_under_load_the_turn_is_used_up_in_waits(scenes):
    scene = scenes(wait=0.001)
    scene.script()
    scene.load(20_000)
    scene.datagrams.batches = [[(b"x", PEER)] * 20] * 100
    started = scene.now
    scene.port.doRead()
    assert set(scene.naps) == {0.001}
    assert len(scene.naps) == len(scene.protocol.batches)
    assert TURN <= scene.now - started <= TURN + 0.001


def test_behind_a_full_batch_there_is_no_waiting_in_the_next_turn_either(scenes):
    scene = scenes(wait=0.001)
    scene.script()
    scene.load(20_000)
    full, short = [(b"x", PEER)] * port_module.BATCH, [(b"x", PEER)] * 20

    def pass_time() -> None:
        scene.now += 0.6 * TURN

    scene.datagrams.on_receive = pass_time
    scene.datagrams.batches = [full, full, full, short, short]
    scene.port.doRead()
    # The first wait was before anything was known.
    assert len(scene.naps) == 1
    scene.port.doRead()
    assert [len(batch) for batch in scene.protocol.batches] == [64, 64, 64, 20]
    assert len(scene.naps) == 1
    scene.port.doRead()
    assert len(scene.naps) > 1


def test_a_setting_of_0_never_waits(scenes):
    scene = scenes(wait=0.0)
    scene.script()
    scene.load(20_000)
    scene.datagrams.batches = [[(b"x", PEER)] * 20]
    scene.port.doRead()
    assert scene.naps == []


def test_the_load_is_forgotten_when_it_ends(scenes):
    scene = scenes(wait=0.001)
    scene.script()
    scene.load(20_000)
    scene.now += 5
    scene.datagrams.batches = [[(b"x", PEER)]]
    scene.port.doRead()
    scene.naps.clear()
    scene.now += 5
    scene.datagrams.batches = [[(b"x", PEER)]]
    scene.port.doRead()
    assert scene.naps == []


def test_what_a_full_buffer_does_not_take_is_kept_in_order(scenes):
    scene = scenes()
    datagrams = scene.script()
    datagrams.room = 2
    scene.port.send_all([(HERE, PEER, bytes([number])) for number in range(4)])
    assert datagrams.sent == [b"\x00", b"\x01"]
    assert scene.reactor.writers == {scene.port}
    # What comes later goes behind what is kept, even if there is room by now.
    datagrams.room = 1
    scene.port.send_all([(HERE, PEER, b"\x04")])
    scene.port.doWrite()
    assert datagrams.sent == [b"\x00", b"\x01", b"\x02"]
    datagrams.room = 9
    scene.port.doWrite()
    assert datagrams.sent == [bytes([number]) for number in range(5)]
    assert scene.reactor.writers == set()
    assert scene.port.unsent == 0


def test_what_is_kept_and_cannot_be_sent_for_a_fault_of_ours_is_dropped_and_counted(scenes):
    scene = scenes()
    scene.script()
    scene.port.send_all([(HERE, PEER, b"x")] * 3)
    scene.datagrams.send = None
    scene.now = 1.0
    scene.port.doWrite()
    assert scene.port.unsent == 3
    assert scene.reactor.writers == set()


def test_beyond_the_bound_it_is_dropped_and_counted(scenes):
    scene = scenes()
    scene.script()
    scene.port.send_all([(HERE, PEER, b"x")] * (BACKLOG + 7))
    scene.port.send_all([(HERE, PEER, b"x")] * 3)
    assert scene.port.unsent == 10


@pytest.mark.skipif(sys.platform != "linux", reason="how much is granted, and how it is reported, is Linux's way")
@pytest.mark.parametrize("fits", [True, False])
def test_it_asks_for_large_buffers_and_says_what_it_got(fits, scenes, monkeypatch, entries):
    limits = {name: int(Path(f"/proc/sys/net/core/{name}").read_text()) for name in ("rmem_max", "wmem_max")}
    asked = min(limits.values()) if fits else max(limits.values()) + 1
    monkeypatch.setattr(port_module, "BUFFER", asked)
    scene = scenes()
    for option, limit in ((socket.SO_RCVBUF, "rmem_max"), (socket.SO_SNDBUF, "wmem_max")):
        assert scene.port.socket.getsockopt(socket.SOL_SOCKET, option) == 2 * min(asked, limits[limit])
    said = [text for text in entries if "buffer" in text]
    place = f"UDP 127.0.0.1 port {scene.port.getHost().port}"
    if fits:
        assert said == [f"{place}: {name} buffer of {asked} bytes" for name in ("receive", "send")]
    else:
        assert said == [
            f"{place}: {name} buffer of {limits[limit]} bytes where {asked} were asked for: net.core.{limit} allows no more"
            for name, limit in (("receive", "rmem_max"), ("send", "wmem_max"))
        ]


def test_behind_its_end_nothing_is_sent_by_its_descriptors_number(scenes):
    scene = scenes()
    number = scene.port.fileno()
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as somebody,
    ):
        peer.bind(("127.0.0.1", 0))
        peer.setblocking(False)
        scene.port.connectionLost()
        os.dup2(somebody.fileno(), number)
        try:
            scene.port.send_all([(HERE, peer.getsockname(), b"no")] * 2)
        finally:
            os.close(number)
        with pytest.raises(BlockingIOError):
            peer.recv(10)
    assert scene.port.unsent == 2


def test_what_it_could_not_send_is_still_counted_behind_its_end(scenes):
    scene = scenes()
    scene.script().refused = 5
    scene.port.send_all([(HERE, PEER, b"x")] * 3)
    scene.port.connectionLost()
    assert scene.port.unsent == 5 + 3
