"""The engine over a proxy that is told what to want, outlets that keep what is sent, and a clock that is advanced."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.logger import globalLogPublisher

from txdispatcher.net.engine import FAULT_INTERVAL, MAX_TURN, STALLED, TURN, Engine
from txdispatcher.net.shedding import STEP_UP, Shedding
from txdispatcher.proxy.actions import Actions, Counters, Resolve, Send, Target
from txdispatcher.proxy.hop import Hop
from txdispatcher.proxy.listener import Listener

PEER = ("127.0.0.1", 5070)
HERE = Listener("udp", "127.0.0.1", 5060)


class ScriptedProxy:
    """Does what `on_receive`, `on_advance` and `on_resolved` say, and remembers what it was given."""

    def __init__(self) -> None:
        self.actions = Actions()
        self.shed = 0.0
        #: Always at once, unless a test says otherwise.
        self.due = 0.0
        self.counters = Counters()
        self.received: list[tuple[bytes, tuple[str, int], Listener, float]] = []
        self.answers: list[tuple[Resolve, list[str], float]] = []
        self.advanced: list[float] = []
        self.on_receive: Callable[[], None] = lambda: None
        self.on_advance: Callable[[], None] = lambda: None
        self.on_resolved: Callable[[], None] = lambda: None

    def receive(self, data: bytes, source: tuple[str, int], listener: Listener, now: float) -> None:
        self.received.append((data, source, listener, now))
        self.on_receive()

    def resolved(self, resolve: Resolve, addresses: list[str], now: float) -> None:
        self.answers.append((resolve, addresses, now))
        self.on_resolved()

    def advance(self, now: float) -> None:
        self.advanced.append(now)
        self.on_advance()


class Outlet:
    def __init__(self) -> None:
        self.unsent = 0
        self.behind = 0.0
        self.calls = 0
        self.sent: list[tuple[bytes, tuple[str, int]]] = []
        self.refuses = False

    def send_all(self, sends: list[Send]) -> None:
        self.calls += 1
        if self.refuses:
            self.unsent += len(sends)
        else:
            self.sent += [(data, address) for _, address, data in sends]


class PendingNames:
    """Answers a look-up when the test does."""

    def __init__(self) -> None:
        self.asked: dict[tuple[str, int], Deferred[list[Target]]] = {}

    def locate(self, hop: Hop, key: int) -> Deferred[list[Target]]:
        return self.asked.setdefault((hop.host, key), Deferred())


class Scene:
    def __init__(self) -> None:
        self.proxy = ScriptedProxy()
        self.reactor = Clock()
        #: The clock that never goes back, apart from the reactor's.
        self.monotonic = 1_000.0
        self.names = PendingNames()
        self.outlet = Outlet()
        self.engine = Engine(self.proxy, self.reactor, self.names, lambda: self.monotonic, Shedding(0.1))
        self.engine.outlets[HERE] = self.outlet
        self.engine.start()

    def pass_time(self, seconds: float) -> None:
        self.monotonic += seconds
        self.reactor.advance(seconds)

    def want_sent(self, data: bytes) -> None:
        self.proxy.actions.sends.append((HERE, PEER, data))


@pytest.fixture
def scene():
    scene = Scene()
    yield scene
    scene.engine.stop()
    assert scene.reactor.getDelayedCalls() == []


@pytest.fixture
def entries():
    """Every log entry of the test, as text."""
    found: list[str] = []

    def observe(event: dict[str, Any]) -> None:
        found.append(event["log_format"].format(**event))

    globalLogPublisher.addObserver(observe)
    yield found
    globalLogPublisher.removeObserver(observe)


def test_a_datagram_goes_to_the_proxy_and_what_it_wants_is_sent_in_order(scene):
    scene.proxy.on_receive = lambda: (scene.want_sent(b"one"), scene.want_sent(b"two"))
    scene.engine.datagrams([(b"INVITE", PEER)], HERE)
    assert scene.proxy.received == [(b"INVITE", PEER, HERE, 1_000.0)]
    assert scene.outlet.sent == [(b"one", PEER), (b"two", PEER)]
    scene.proxy.on_receive = lambda: None
    scene.engine.datagrams([(b"BYE !", PEER)], HERE)
    assert len(scene.outlet.sent) == 2


@pytest.mark.parametrize("data", [b"", b"\0", b"\r\n", b"\r\n\r\n"])
def test_a_keep_alive_is_counted_and_nothing_else(data, scene):
    scene.engine.datagrams([(data, PEER)], HERE)
    assert scene.proxy.received == []
    assert scene.proxy.counters.received_keepalives == 1


def test_time_passes_in_turns_until_it_is_stopped(scene):
    scene.proxy.on_advance = lambda: scene.want_sent(b"again")
    for _ in range(3):
        scene.pass_time(TURN)
    assert scene.proxy.advanced == [1_000 + TURN, 1_000 + 2 * TURN, 1_000 + 3 * TURN]
    assert scene.outlet.sent == [(b"again", PEER)] * 3
    scene.engine.stop()
    scene.pass_time(1.0)
    assert len(scene.proxy.advanced) == 3


def test_where_nothing_is_due_the_turns_are_few(scene):
    scene.proxy.due = math.inf
    scene.pass_time(TURN)
    before = len(scene.proxy.advanced)
    for _ in range(100):
        scene.pass_time(TURN)
    # Each is late by what the clock of the test rounds.
    assert 100 * TURN / MAX_TURN - 1 <= len(scene.proxy.advanced) - before <= 100 * TURN / MAX_TURN


def test_what_is_set_in_between_does_not_wait_for_the_next_turn(scene):
    scene.proxy.due = math.inf
    scene.pass_time(TURN)
    scene.proxy.due = scene.monotonic + 2 * TURN
    scene.engine.datagrams([(b"INVITE", PEER)], HERE)
    before = len(scene.proxy.advanced)
    scene.pass_time(TURN)
    assert len(scene.proxy.advanced) == before
    scene.pass_time(TURN)
    assert len(scene.proxy.advanced) == before + 1


def test_the_proxy_is_told_what_share_of_new_calls_to_refuse(scene):
    scene.pass_time(TURN)
    assert scene.proxy.shed == 0.0
    scene.outlet.behind = 0.2
    scene.pass_time(0.1)
    scene.pass_time(0.1)
    assert scene.proxy.shed == STEP_UP


def test_turns_go_on_after_the_time_of_day_was_set_back(scene):
    scene.pass_time(TURN)
    scene.reactor.rightNow -= 3_600
    scene.monotonic += STALLED + 2 * TURN
    scene.engine.datagrams([(b"INVITE", PEER)], HERE)
    before = len(scene.proxy.advanced)
    scene.pass_time(TURN)
    scene.pass_time(TURN)
    assert len(scene.proxy.advanced) == before + 2


@pytest.mark.parametrize("first", ["datagrams", "turn"])
def test_time_in_which_the_process_stood_still_has_not_passed(first, scene):
    scene.pass_time(TURN)
    scene.monotonic += 30.0
    if first == "datagrams":
        scene.engine.datagrams([(b"INVITE", PEER)], HERE)
        assert scene.proxy.received[-1][-1] == pytest.approx(1_000 + 2 * TURN)
        scene.pass_time(TURN)
        assert scene.proxy.advanced[-1] == pytest.approx(1_000 + 3 * TURN)
    else:
        scene.reactor.advance(TURN)
        assert scene.proxy.advanced[-1] == pytest.approx(1_000 + 2 * TURN)
    scene.pass_time(TURN)
    scene.pass_time(0.1)
    assert scene.proxy.advanced[-1] - scene.proxy.advanced[-2] == pytest.approx(0.1)


def test_a_fault_costs_one_message(scene, entries):
    def fail() -> None:
        scene.want_sent(b"made before the fault")
        raise ZeroDivisionError("of ours")

    scene.proxy.on_receive = fail
    scene.engine.datagrams([(b"INVITE", PEER)], HERE)
    scene.proxy.on_receive = lambda: scene.want_sent(b"next")
    scene.engine.datagrams([(b"INVITE", PEER)], HERE)
    assert scene.outlet.sent == [(b"made before the fault", PEER), (b"next", PEER)]
    assert scene.engine.faults == 1
    [entry] = entries
    assert entry.startswith("fault 1: ZeroDivisionError: of ours (test_engine.py:")
    assert "\n" not in entry


def test_a_turn_that_fails_is_not_the_last(scene, entries):
    def fail() -> None:
        raise ZeroDivisionError("of ours")

    scene.proxy.on_advance = fail
    scene.pass_time(TURN)
    scene.pass_time(TURN)
    assert len(scene.proxy.advanced) == scene.engine.faults == 2
    assert len(entries) == 1


class Broken(Outlet):
    """A fault of ours that nobody has thought of."""

    def send_all(self, sends: list[Send]) -> None:
        raise ZeroDivisionError


def test_an_outlet_that_fails_keeps_neither_the_others_nor_time_from_going_on(scene):
    elsewhere = Listener("udp", "127.0.0.2", 5060)
    scene.engine.outlets[elsewhere] = Broken()

    def want() -> None:
        scene.proxy.actions.sends.append((elsewhere, PEER, b"no"))
        scene.want_sent(b"yes")

    scene.proxy.on_receive = scene.proxy.on_advance = want
    scene.engine.datagrams([(b"INVITE", PEER)], HERE)
    scene.pass_time(TURN)
    scene.pass_time(TURN)
    assert scene.outlet.sent == [(b"yes", PEER)] * 3
    assert scene.engine.faults == 3


def test_time_goes_on_where_overload_cannot_be_seen(scene):
    scene.outlet.behind = None
    scene.pass_time(TURN)
    scene.pass_time(TURN)
    assert len(scene.proxy.advanced) == 2
    assert scene.engine.faults == 1


def test_faults_are_logged_once_in_an_interval(scene, entries):
    def fail() -> None:
        raise ZeroDivisionError("of ours")

    scene.proxy.on_receive = fail
    for _ in range(100):
        scene.engine.datagrams([(b"INVITE", PEER)], HERE)
    assert len(entries) == 1
    scene.pass_time(FAULT_INTERVAL)
    for _ in range(100):
        scene.engine.datagrams([(b"INVITE", PEER)], HERE)
    assert [entry.partition(":")[0] for entry in entries] == ["fault 1", "fault 101"]


def test_a_fault_whose_text_has_several_lines_is_one_line(scene, entries):
    def fail() -> None:
        raise ValueError("one\ntwo {three}")

    scene.proxy.on_receive = fail
    scene.engine.datagrams([(b"INVITE", PEER)], HERE)
    assert len(entries[0].splitlines()) == 1


def test_what_cannot_be_sent_is_counted_and_the_rest_goes_out(scene, entries):
    elsewhere = Listener("udp", "127.0.0.2", 5060)
    closed = Listener("udp", "127.0.0.3", 5060)
    refusing = scene.engine.outlets[elsewhere] = Outlet()
    refusing.refuses = True
    scene.proxy.actions.sends += [(elsewhere, PEER, b"no"), (closed, PEER, b"no"), (HERE, PEER, b"yes")]
    scene.engine.datagrams([(b"INVITE", PEER)], HERE)
    assert scene.engine.unsent == 2
    assert scene.outlet.sent == [(b"yes", PEER)]
    assert entries == []


class Waiting:
    def __init__(self, host: str) -> None:
        self.hop = Hop(host, 5060, "udp")


def test_a_name_is_looked_up_and_the_proxy_told(scene):
    resolve = Resolve(Waiting("gw.example.com"), 7)
    scene.proxy.actions.resolves.append(resolve)
    scene.engine.datagrams([(b"INVITE", PEER)], HERE)
    assert (scene.proxy.answers, scene.proxy.actions.resolves) == ([], [])
    scene.proxy.on_resolved = lambda: scene.want_sent(b"there")
    scene.monotonic += 0.2
    scene.names.asked["gw.example.com", 7].callback([("udp", "192.0.2.1", 5060)])
    scene.reactor.advance(0)
    assert scene.proxy.answers == [(resolve, [("udp", "192.0.2.1", 5060)], pytest.approx(1_000.2))]
    assert scene.outlet.sent == [(b"there", PEER)]


def test_a_fault_over_a_name_costs_that_message(scene, entries):
    def fail() -> None:
        raise ZeroDivisionError("of ours")

    scene.proxy.on_resolved = fail
    scene.proxy.actions.resolves.append(Resolve(Waiting("gw.example.com")))
    scene.engine.datagrams([(b"INVITE", PEER)], HERE)
    scene.names.asked["gw.example.com", 0].callback([])
    scene.reactor.advance(0)
    assert scene.engine.faults == 1
    assert len(entries) == 1


def want_looked_up(scene: Scene, host: str, count: int) -> list[Resolve]:
    """Datagrams that each want a name looked up, of which the proxy sends something when it is told."""
    scene.proxy.on_receive = lambda: scene.proxy.actions.resolves.append(Resolve(Waiting(host)))
    scene.proxy.on_resolved = lambda: scene.want_sent(b"there")
    scene.engine.datagrams([(b"INVITE", PEER)] * count, HERE)
    return [resolve for resolve, _, _ in scene.proxy.answers]


def test_names_that_are_known_are_answered_at_once_however_many_and_sent_together(scene, entries):
    scene.names.locate = lambda hop, key: succeed([("udp", "192.0.2.1", 5060)])
    assert len(want_looked_up(scene, "gw.example.com", 2_000)) == 2_000
    assert scene.outlet.calls == 1
    assert len(scene.outlet.sent) == 2_000
    assert entries == []


def test_a_name_that_leads_to_another_is_looked_up_in_the_same_turn(scene):
    scene.names.locate = lambda hop, key: succeed([("udp", hop.host, 5060)])
    left = ["c", "b"]

    def on_resolved() -> None:
        if left:
            scene.proxy.actions.resolves.append(Resolve(Waiting(left.pop())))

    scene.proxy.on_resolved = on_resolved
    scene.proxy.actions.resolves.append(Resolve(Waiting("a")))
    scene.engine.datagrams([(b"INVITE", PEER)], HERE)
    assert [targets for _, targets, _ in scene.proxy.answers] == [[("udp", host, 5060)] for host in "abc"]


def test_what_scripts_wait_for_and_is_there_already_resumes_at_once_however_many(scene, entries):
    resumed: list[object] = []

    def resume(pending: Any, value: object, error: BaseException | None, now: float) -> None:
        resumed.append(value)
        scene.want_sent(b"there")

    scene.proxy.resumed = resume
    for number in range(2_000):
        wait = SimpleNamespace(wait=SimpleNamespace(until=scene.monotonic + 1.0, awaited=succeed(number)))
        scene.proxy.actions.waits.append(wait)
    scene.engine.datagrams([(b"INVITE", PEER)], HERE)
    assert resumed == list(range(2_000))
    assert len(scene.outlet.sent) == 2_000
    assert entries == []


def test_what_many_wait_for_is_sent_together(scene):
    waiting: list[Deferred[list[Target]]] = []

    def locate(hop: Hop, key: int) -> Deferred[list[Target]]:
        waiting.append(Deferred())
        return waiting[-1]

    scene.names.locate = locate
    assert want_looked_up(scene, "gw.example.com", 20) == []
    for each in waiting:
        each.callback([("udp", "192.0.2.1", 5060)])
    scene.reactor.advance(0)
    assert len(scene.proxy.answers) == 20
    assert scene.outlet.calls == 1


@pytest.mark.parametrize("when", ["at once", "later", "while it is asked"])
def test_a_look_up_that_fails_is_a_fault_and_leads_nowhere(when, scene, entries):
    answer: Deferred[list[Target]] = Deferred()

    def locate(hop: Hop, key: int) -> Deferred[list[Target]]:
        if when == "while it is asked":
            raise ZeroDivisionError("of ours")
        return fail(ZeroDivisionError("of ours")) if when == "at once" else answer

    scene.names.locate = locate
    want_looked_up(scene, "gw.example.com", 1)
    if when == "later":
        answer.errback(ZeroDivisionError("of ours"))
        scene.reactor.advance(0)
    assert [targets for _, targets, _ in scene.proxy.answers] == [[]]
    assert scene.engine.faults == 1
    assert len(entries) == 1


def test_a_batch_is_sent_when_all_of_it_has_been_looked_at(scene):
    scene.proxy.on_receive = lambda: scene.want_sent(b"answer")
    scene.engine.datagrams([(b"INVITE", PEER), (b"\r\n", PEER), (b"BYE !", PEER)], HERE)
    assert [data for data, *_ in scene.proxy.received] == [b"INVITE", b"BYE !"]
    assert scene.outlet.calls == 1
    assert scene.outlet.sent == [(b"answer", PEER), (b"answer", PEER)]


class Beside:
    """Something else that time passes for: it wants a ping sent, and may fail."""

    def __init__(self, scene: Scene, *, fails: bool = False) -> None:
        self.due = float("inf")
        self.seen: list[float] = []
        self._scene = scene
        self._fails = fails

    def advance(self, now: float) -> None:
        self.seen.append(now)
        self._scene.want_sent(b"ping")
        if self._fails:
            raise ZeroDivisionError


def test_time_passes_for_what_stands_beside_the_proxy_and_its_sends_go_out(scene):
    faulty, beside = Beside(scene, fails=True), Beside(scene)
    scene.engine.beside += [faulty, beside]
    scene.proxy.on_advance = lambda: scene.want_sent(b"again")
    scene.pass_time(MAX_TURN)
    assert beside.seen == faulty.seen == scene.proxy.advanced
    assert scene.outlet.sent == [(b"again", PEER), (b"ping", PEER), (b"ping", PEER)] * len(beside.seen)
    assert scene.engine.faults == len(beside.seen) > 0


def test_a_turn_comes_when_something_beside_the_proxy_is_due(scene):
    beside = Beside(scene)
    scene.engine.beside.append(beside)
    scene.proxy.due = float("inf")
    beside.due = due = scene.monotonic + 3.5 * TURN
    scene.engine.stop()
    scene.engine.start()
    for _ in range(5):
        scene.pass_time(TURN)
        beside.due = float("inf")
    [at] = beside.seen
    assert due <= at < due + TURN
