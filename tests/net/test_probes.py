"""net.probes over real client transactions and a peer that answers what it is told to; time is advanced by ticks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest
from twisted.internet.defer import Deferred, succeed

from txdispatcher.balancing.destination import Destination
from txdispatcher.balancing.probing import ALWAYS_FLAGGED, EVERY, FLAGGED, ONLY_INACTIVE, PingReason, Probing
from txdispatcher.balancing.sets import Sets
from txdispatcher.balancing.states import letters
from txdispatcher.balancing.transitions import Transitions
from txdispatcher.net.ping_plan import PingSettings
from txdispatcher.net.probes import SLICE, Probes
from txdispatcher.proxy.actions import Actions, Target
from txdispatcher.proxy.hop import Hop
from txdispatcher.proxy.listener import Listener, Listeners
from txdispatcher.proxy.pings import Pings
from txdispatcher.proxy.timers import TICK, Timers
from txdispatcher.sip.build import response
from txdispatcher.sip.message import Request, Response, parse
from txdispatcher.sip.via import parse_via
from txdispatcher.stores.list_file import parse_list

HERE = Listener("udp", "127.0.0.1", 5060)
THERE = Listener("udp", "127.0.0.2", 5062)
SIX = Listener("udp", "::1", 5060)


class KnownNames:
    """Answers at once, unless there is no answer yet: then when the test does."""

    def __init__(self, **known: list[str]) -> None:
        self.known = known
        self.asked: list[str] = []
        self.open: list[Deferred[list[Target]]] = []

    def locate(self, hop: Hop, key: int) -> Deferred[list[Target]]:
        self.asked.append(hop.host)
        if hop.host in self.known:
            return succeed([(hop.transport, address, hop.port) for address in self.known[hop.host]])
        self.open.append(Deferred())
        return self.open[-1]


class Sent:
    """One ping that left."""

    def __init__(self, at: float, listener: Listener, address: tuple[str, int], data: bytes) -> None:
        self.at, self.listener, self.address, self.data = at, listener, address, data
        request = parse(data)
        assert isinstance(request, Request)
        self.request = request

    @property
    def branch(self) -> bytes | None:
        return parse_via(self.data, self.request.via_start, self.request.via_end).branch


class Scene:
    """Destinations of the list `text`, pinged each 10 s unless a test says otherwise, with 2 s for an answer."""

    def __init__(
        self, text: str, *, mode: int = EVERY, names: KnownNames | None = None, retain: bool = False, **settings: object
    ) -> None:
        self.now = 1_000.0
        self.sets = Sets()
        self.sets.load(parse_list(text, "test.list"))
        self.probing = Probing(mode=mode)
        self.actions = Actions()
        self.names = names or KnownNames()
        self.warned: list[str] = []
        timers = Timers(t1=0.5)
        self.pings = Pings(self.actions, timers, self.now)
        chosen = PingSettings(**{"interval": 10.0, "timeout": 2.0, **settings})  # type: ignore[arg-type]
        listeners = Listeners([HERE, THERE, SIX])
        transitions = Transitions(self.sets, self.probing)
        self.probes = Probes(
            self.sets,
            transitions,
            self.probing,
            self.pings,
            listeners,
            self.names,  # type: ignore[arg-type]
            chosen,
            alpha=0.9,
            retain=retain,
            warn=self.warned.append,
        )
        self.probes.load()

    def reload(self, text: str) -> None:
        self.sets.load(parse_list(text, "test.list"))
        self.probes.load()

    def wait(self, seconds: float) -> list[Sent]:
        """Let time pass, tick by tick, and what was sent meanwhile, retransmissions included."""
        sent = []
        for _ in range(round(seconds / TICK)):
            self.now += TICK
            self.probes.advance(self.now)
            sent += [Sent(self.now, *each) for each in self.actions.sends]
            self.actions.sends.clear()
        return sent

    def next(self) -> Sent:
        """The next that is sent."""
        for _ in range(3_000):
            sent = self.wait(TICK)
            if sent:
                return sent[0]
        raise AssertionError("no ping in 30 s")

    def answer(self, ping: Sent, status: int) -> bool:
        """Whether the answer was for one of ours."""
        via = parse_via(ping.data, ping.request.via_start, ping.request.via_end)
        answer = parse(response(ping.request, via, ping.address, status, to_tag=b"peer"))
        assert isinstance(answer, Response)
        return self.pings.take(answer, parse_via(answer.data, answer.via_start, answer.via_end), self.now)

    @property
    def destination(self) -> Destination:
        return next(iter(self.sets)).destinations[0]

    @property
    def state(self) -> str:
        return letters(self.destination.flags)


def originals(sent: Iterable[Sent]) -> list[Sent]:
    """Without retransmissions."""
    return list({each.branch: each for each in reversed(list(sent))}.values())[::-1]


def test_a_ping_is_a_request_of_its_own() -> None:
    scene = Scene("1 sip:127.0.0.9:5080;x=y", method="INFO", from_uri="sip:us@example.com")
    first = scene.next()
    assert (first.listener, first.address) == (HERE, ("127.0.0.9", 5080))
    request = first.request
    assert (request.method, request.uri, request.max_forwards) == (b"INFO", b"sip:127.0.0.9:5080;x=y", 70)
    assert request.from_value.startswith(b"<sip:us@example.com>;tag=")
    assert request.to_value == b"<sip:127.0.0.9:5080;x=y>"
    scene.answer(first, 200)
    second = scene.next()
    assert len({first.branch, second.branch}) == len({first.request.call_id, second.request.call_id}) == 2


def test_an_answer_makes_it_active_and_silence_inactive() -> None:
    scene = Scene("1 sip:127.0.0.9")
    assert scene.answer(scene.next(), 200)
    assert scene.state == "AP"
    ping = scene.next()
    assert [round(each.at - ping.at, 1) for each in scene.wait(2.1)] == [0.5, 1.5]
    assert scene.state == "IP"


def test_a_long_list_is_taken_over_in_turns() -> None:
    """And what is gone is pinged no more, whoever's turn it is."""
    many = 2 * SLICE + 1
    scene = Scene("1 sip:127.0.0.1:7070\n")
    scene.reload("".join(f"1 sip:127.0.1.{n % 256}:{7000 + n}\n" for n in range(many)))
    assert scene.probes.due <= scene.now
    sent = scene.wait(11)
    assert len({each.address for each in sent}) == many
    assert ("127.0.0.1", 7070) not in {each.address for each in sent}


@pytest.mark.parametrize(("status", "state"), [(202, "AP"), (403, "AP"), (488, "AP"), (404, "IP"), (301, "AP"), (500, "IP")])
def test_which_answers_are_good_may_change_while_it_runs(status: int, state: str) -> None:
    scene = Scene("1 sip:127.0.0.9")
    ping = scene.next()
    scene.probing.reply_codes = frozenset((202, 301, 403, 488))
    scene.answer(ping, status)
    assert scene.state == state


def test_a_provisional_answer_says_nothing() -> None:
    scene = Scene("1 sip:127.0.0.9")
    ping = scene.next()
    scene.answer(ping, 183)
    assert scene.state == "AX"
    scene.wait(2.1)
    assert scene.state == "IP"


def test_a_late_answer_counts_for_no_ping() -> None:
    scene = Scene("1 sip:127.0.0.9")
    late = scene.next()
    scene.wait(3)
    assert not scene.answer(late, 200)
    newer = scene.next()
    assert not scene.answer(late, 200)
    assert scene.state == "IP"
    scene.answer(newer, 200)
    assert scene.state == "AP"


def test_never_two_under_way() -> None:
    """An answer may take 25 s, a ping is due each 10."""
    scene = Scene("1 sip:127.0.0.9", timeout=25.0)
    first = scene.next()
    assert {each.branch for each in scene.wait(24.9)} <= {first.branch}
    scene.wait(0.2)
    assert scene.state == "IP"
    second = scene.next()
    assert second.branch != first.branch
    assert 29.9 < second.at - first.at < 30.1


def test_they_are_spread_evenly_over_the_interval() -> None:
    """1,000 destinations each 10 s are one each 10 ms; no tick has more than a few, and each comes at its own time again."""
    scene = Scene("".join(f"1 sip:127.1.{each // 250}.{each % 250 + 1}\n" for each in range(1000)), timeout=0.4)
    scene.wait(10)
    sent = originals(scene.wait(20))
    assert set(Counter(each.address for each in sent).values()) == {2}
    assert max(Counter(each.at for each in sent).values()) <= 3
    seconds = Counter(int(each.at - sent[0].at) for each in sent)
    assert all(80 <= seconds[second] <= 120 for second in range(19))
    times: dict[tuple[str, int], list[float]] = {}
    for each in sent:
        times.setdefault(each.address, []).append(each.at)
    assert all(9.98 < later - earlier < 10.02 for earlier, later in times.values())


def test_what_comes_by_a_reload_is_spread_too() -> None:
    scene = Scene("1 sip:127.0.0.9")
    scene.wait(10)
    scene.reload("".join(f"1 sip:127.1.0.{each + 1}\n" for each in range(100)))
    assert max(Counter(each.at for each in originals(scene.wait(10))).values()) <= 2


@pytest.mark.parametrize(
    ("mode", "pinged"), [(FLAGGED, {8, 9}), (EVERY, {0, 1, 2, 8, 9}), (ONLY_INACTIVE, {9}), (ALWAYS_FLAGGED, {8, 9})]
)
def test_only_those_that_the_mode_says(mode: int, pinged: set[int]) -> None:
    flags = (0, 1, 2, 4, 8, 9, 40)
    scene = Scene("".join(f"1 sip:127.0.0.9:{5000 + each} {each}\n" for each in flags), mode=mode)
    assert {each.address[1] - 5000 for each in scene.wait(10)} == pinged


def test_nothing_is_sent_while_pings_are_off() -> None:
    scene = Scene("1 sip:127.0.0.9")
    scene.probing.active = 0
    assert scene.wait(20) == []
    scene.probing.active = 1
    assert scene.wait(10) != []


def test_what_an_operator_says_while_a_ping_is_under_way_stays() -> None:
    scene = Scene("1 sip:127.0.0.9 8", mode=FLAGGED)
    ping = scene.next()
    scene.sets.set_state(1, "all", 1)
    assert scene.answer(ping, 200)
    assert scene.state == "IX"


def test_attributes_of_its_own() -> None:
    scene = Scene(
        '1 sip:127.0.0.9 0 0 ping_interval=3;ping_timeout=700;ping_method=INFO;ping_codes="class=4;code=500";'
        "ping_from=sip:me@here;ping_socket=udp:127.0.0.2:5062;obproxy=sip:127.0.0.8:5099"
    )
    first = scene.next()
    assert (first.listener, first.address, first.request.method) == (THERE, ("127.0.0.8", 5099), b"INFO")
    assert first.request.uri == b"sip:127.0.0.9"
    assert first.request.from_value.startswith(b"<sip:me@here>;tag=")
    for status in (404, 500):
        scene.answer(first, status)
        assert scene.state == "AP"
        again = scene.next()
        assert 2.98 < again.at - first.at < 3.02
        first = again
    scene.wait(0.6)
    assert scene.state == "AP"
    scene.wait(0.2)
    assert scene.state == "IP"


def test_none_are_pinged_without_an_interval_but_who_has_one_of_its_own() -> None:
    scene = Scene("1 sip:127.0.0.9\n1 sip:127.0.0.10 0 0 ping_interval=1\n", interval=0.0)
    assert {each.address[0] for each in scene.wait(15)} == {"127.0.0.10"}


def test_it_leaves_by_a_listener_of_its_family() -> None:
    scene = Scene("1 sip:[::1]:5070")
    assert scene.next().listener is SIX


def test_no_listener_for_it_is_a_failure() -> None:
    scene = Scene("1 sip:127.0.0.9;transport=tcp")
    assert scene.wait(10) == []
    assert scene.state == "IP"


def test_a_name_is_looked_up_and_the_ping_waits_for_it() -> None:
    names = KnownNames()
    scene = Scene("1 sip:gw.example.com:5080", names=names)
    assert scene.wait(25) == []
    assert names.asked == ["gw.example.com"]  # Not again while the first is under way.
    names.open[0].callback([("udp", "127.0.0.7", 5080)])
    assert scene.next().address == ("127.0.0.7", 5080)


def test_a_name_without_an_address_is_a_failure() -> None:
    scene = Scene("1 sip:gw.example.com", names=KnownNames(**{"gw.example.com": []}))
    scene.wait(10.1)
    assert scene.state == "IP"


def test_one_that_a_reload_removes_is_asked_no_more_and_its_answer_means_nothing() -> None:
    scene = Scene("1 sip:127.0.0.9")
    gone, ping = scene.destination, scene.next()
    scene.reload("1 sip:127.0.0.10")
    assert not scene.answer(ping, 500)
    assert {each.address[0] for each in scene.wait(20)} == {"127.0.0.10"}
    assert letters(gone.flags) == "AX"


def test_a_reload_changes_neither_the_turn_nor_what_is_under_way() -> None:
    scene = Scene("1 sip:127.0.0.9")
    first = scene.next()
    scene.reload("1 sip:127.0.0.9 0 5 ping_method=INFO")
    assert scene.answer(first, 200)
    assert scene.state == "AP"
    second = scene.next()
    assert second.request.method == b"INFO"
    assert 9.98 < second.at - first.at < 10.02


def test_latency_is_measured_from_the_first_sending() -> None:
    scene = Scene("1 sip:127.0.0.9")
    ping = scene.next()
    scene.wait(0.7)  # It was sent once more meanwhile.
    scene.answer(ping, 200)
    latency = scene.destination.latency
    assert latency is not None
    assert latency.last == pytest.approx(700, abs=1)
    # The sets know too: algorithms 11 and 13 go by it.
    assert scene.destination.estimate == latency.estimate
    scene.next()
    scene.wait(2.1)
    assert (latency.count, latency.timeouts) == (1, 1)


@pytest.mark.parametrize(("retain", "count"), [(True, 1), (False, 0)])
def test_latency_is_kept_over_a_reload_if_the_setting_says_so(retain: bool, count: int) -> None:
    scene = Scene("1 sip:127.0.0.9", retain=retain)
    ping = scene.next()
    scene.wait(0.1)
    scene.answer(ping, 200)
    scene.reload("1 sip:127.0.0.9")
    assert scene.destination.latency is not None
    assert scene.destination.latency.count == count
    # A figure that is gone does not steer algorithms 11 and 13 either.
    assert scene.destination.estimate == scene.destination.latency.estimate


def test_finished_pings_are_forgotten() -> None:
    scene = Scene("1 sip:127.0.0.9", timeout=1.0)
    scene.answer(scene.next(), 200)
    assert scene.pings.under_way == 1
    scene.wait(6)
    assert scene.pings.under_way == 0
    scene.next()
    scene.wait(1.1)
    assert scene.pings.under_way == 0


def test_whoever_hears_of_a_change_may_know_the_answer_that_led_to_it() -> None:
    scene = Scene("1 sip:127.0.0.9", interval=5.0)
    told: list[tuple[int, str | None]] = []

    def hear(destination: Destination, before: int, after: int, reason: str) -> None:
        assert isinstance(reason, PingReason)
        told.append((reason.code, reason.phrase))

    scene.sets.observers.add(hear)
    scene.answer(scene.next(), 503)
    scene.answer(scene.next(), 200)
    scene.next()
    scene.wait(2.1)
    assert told == [(503, "Service Unavailable"), (200, "OK"), (408, None)]
