"""Whatever callers, gateways, names and time do, in whatever order: the laws of the stateful proxy hold."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.proxy.bench import CALLER, OURS, Bench, Sent, ack_of, gateway, request
from txdispatcher.proxy.actions import Resolve
from txdispatcher.proxy.decision import Relay
from txdispatcher.proxy.hop import Hop
from txdispatcher.proxy.stateful import StatefulProxy

_HOPS = st.sampled_from(
    [
        gateway(1),
        gateway(2),
        gateway(3),
        Hop("gw.example.org", 5060, "udp", "named"),
        Hop("2001:db8::1", 5060, "udp", "unreachable"),
    ]
)
_STATUS = st.sampled_from([100, 180, 183, 200, 302, 401, 407, 408, 486, 487, 500, 503, 603])
#: What is done, to which of the calls or requests or names, and how.
_STEPS = st.one_of(
    st.tuples(st.just("request"), st.integers(0, 1), st.just(0)),
    st.tuples(st.just("answer"), st.integers(0, 20), _STATUS),
    st.tuples(st.just("cancel"), st.integers(0, 1), st.just(0)),
    st.tuples(st.just("ack"), st.integers(0, 1), st.just(0)),
    st.tuples(st.just("name"), st.integers(0, 5), st.booleans()),
    st.tuples(st.just("wait"), st.integers(1, 450), st.just(0)),
)


class Call:
    """One request of the caller's, with what came back."""

    def __init__(self, method: bytes, number: int) -> None:
        self.branch = b";branch=z9hG4bKcaller%d" % number
        self.call_id = b"call%d" % number
        self.data = request(method, branch=self.branch, call_id=self.call_id)
        self.finals: list[Sent] = []
        self.hop_branches: set[bytes] = set()
        self.cancelled = False


class Story:
    """One random run; each message that leaves is held against the laws."""

    def __init__(self, method: bytes, hops: list[Hop], following: list[Hop]) -> None:
        self.bench = Bench(Relay(tuple(hops), (None,) * len(hops)))
        self.bench.router.following = [(hop, None) for hop in following]
        self.method = method
        self.calls: list[Call] = []
        self.requests: list[Sent] = []
        self.names: list[Resolve] = []

    def play(self, what: str, number: int, value: int) -> None:
        bench = self.bench
        calls = self.calls
        if what == "request":
            # Again while its transaction is held: behind that it would be a new one.
            if len(calls) <= number or not self.is_held(calls[-1 - number]):
                calls.append(Call(self.method, len(calls)))
                number = 0
            self.take(bench.receive(calls[-1 - number].data))
        elif what == "answer" and self.requests:
            self.take(bench.answer(self.requests[-1 - number % len(self.requests)], value))
        elif what == "cancel" and len(calls) > number and self.method == b"INVITE":
            call = calls[-1 - number]
            call.cancelled = self.is_held(call)
            self.take(bench.receive(request(b"CANCEL", branch=call.branch, call_id=call.call_id)))
        elif what == "ack" and len(calls) > number and calls[-1 - number].finals:
            call = calls[-1 - number]
            if call.finals[-1].word >= b"300" and self.method == b"INVITE" and self.is_held(call):
                assert bench.receive(ack_of(call.data, call.finals[-1].data, branch=call.branch)) == []
        elif what == "name" and self.names:
            found = ["198.51.100.9"] if value else []
            self.take(bench.resolved(self.names.pop(number % len(self.names)), *found))
        elif what == "wait":
            # At one go, as where the process was held up.
            bench.now += number / 10
            bench.proxy.advance(bench.now)
            self.take(bench.sent())

    def end(self) -> None:
        """Every name is answered, and nobody says anything for 100 s."""
        while self.names:
            self.play("name", 0, 0)
        for _ in range(100):
            self.play("wait", 10, 0)
            while self.names:
                self.play("name", 0, 0)

    def is_held(self, call: Call) -> bool:
        proxy = self.bench.proxy
        assert isinstance(proxy, StatefulProxy)
        return any(server.key.startswith(call.branch[8:]) for server in proxy.layer.servers.values())

    def take(self, sent: list[Sent]) -> None:
        for each in sent:
            (call_id,) = each.values(b"Call-ID")
            call = self.calls[int(call_id[4:])]
            if each.address == CALLER:
                self.check_response(call, each)
            else:
                self.check_request(call, each)
        self.names += self.bench.proxy.actions.resolves
        self.bench.proxy.actions.resolves.clear()

    def check_response(self, call: Call, sent: Sent) -> None:
        assert sent.first.startswith(b"SIP/2.0 ")
        assert len(sent.values(b"Via")) == 1
        if sent.values(b"CSeq") != [b"1 " + self.method]:
            assert sent.values(b"CSeq") == [b"1 CANCEL"]
            return
        if sent.word < b"200":
            assert not call.finals
            return
        assert sent.word != b"503"
        if self.method != b"INVITE":
            assert sent.word != b"408"
            assert {each.data for each in call.finals} <= {sent.data}
        elif sent.word >= b"300":
            assert {each.data for each in call.finals if each.word >= b"300"} <= {sent.data}
            assert not any(each.word < b"300" for each in call.finals) or sent.data in [each.data for each in call.finals]
        call.finals.append(sent)

    def check_request(self, call: Call, sent: Sent) -> None:
        assert sent.listener is OURS
        if sent.word == self.method:
            if sent.branch not in call.hop_branches:
                # No new branch once the caller has got its answer, or has cancelled.
                assert not call.finals
                assert not call.cancelled
            call.hop_branches.add(sent.branch)
        else:
            assert self.method == b"INVITE"
            assert sent.word in (b"ACK", b"CANCEL")
            assert sent.branch in call.hop_branches
        self.requests.append(sent)


@settings(max_examples=300)
@given(
    st.sampled_from([b"INVITE", b"INVITE", b"OPTIONS"]),
    st.lists(_HOPS, min_size=1, max_size=3),
    st.lists(_HOPS, max_size=3),
    st.lists(_STEPS, max_size=40),
)
def test_the_caller_gets_one_answer_and_everything_is_freed(
    method: bytes, hops: list[Hop], following: list[Hop], steps: list[tuple[str, int, int]]
) -> None:
    story = Story(method, hops, following)
    story.play("request", 0, 0)
    for step in steps:
        story.play(*step)
    story.end()
    assert story.bench.is_empty()
    counters = story.bench.counters
    assert len(story.bench.router.failures) <= counters["relayed"]
    assert counters["received_malformed"] == 0
    if method == b"INVITE":
        assert all(call.finals for call in story.calls)
