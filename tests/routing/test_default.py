"""The default route: who gets what, on a set of two gateways and callers from 10.0.0.0/8."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_network

import pytest

from tests.routing.requests import CALLER, HERE, context, request
from txdispatcher.balancing.algorithms import HASH_PVAR
from txdispatcher.balancing.probing import Probing
from txdispatcher.balancing.sets import FAILOVER, Sets
from txdispatcher.balancing.states import TRYING, letters, parse_mark
from txdispatcher.balancing.transitions import Transitions
from txdispatcher.proxy.decision import Decision, Discard, Relay, Reply
from txdispatcher.proxy.hop import Hop
from txdispatcher.proxy.listener import Listener, Listeners
from txdispatcher.routing.access import Access
from txdispatcher.routing.choosing import Choosing
from txdispatcher.routing.default import DefaultRoute, Policy
from txdispatcher.routing.marking import CallMarks
from txdispatcher.routing.pseudovariables import compile_format
from txdispatcher.routing.rules import Action, Rule
from txdispatcher.sip.message import Response, parse
from txdispatcher.stores.list_file import parse_list

LIST = """\
1 sip:192.0.2.2:5070 0 0
1 sip:192.0.2.1 0 10
2 sip:[2001:db8::1];transport=tcp
3 sips:gw.example.com
"""
GATEWAY = ("192.0.2.1", 5060)
STRANGER = ("198.51.100.1", 5060)
FIRST, SECOND = "sip:192.0.2.1", "sip:192.0.2.2:5070"
SERIAL = 8
POLICY = Policy(Action(1, SERIAL), failover=frozenset({500, 503}), failover_timeout=True, retry_after=10)


class Scene:
    def __init__(
        self,
        policy: Policy = POLICY,
        *,
        user_only: bool = False,
        hash_pvar: str = "",
        count_calls: bool = False,
        marks: Callable[[Sets], CallMarks] | None = None,
    ) -> None:
        self.sets = Sets(flags=FAILOVER, count_calls=count_calls)
        self.sets.load(parse_list(LIST, "dispatcher.list"))
        self.listeners = Listeners([HERE])
        self.access = Access([ip_network("10.0.0.0/8")], self.sets, b"k" * 16)
        self.route = DefaultRoute(
            Choosing(self.sets, user_only, compile_format(hash_pvar) if hash_pvar else None),
            self.listeners,
            self.access,
            policy,
            marks(self.sets) if marks is not None else None,
        )

    def decide(self, data: bytes, source: tuple[str, int] = CALLER) -> Decision:
        found = context(data, source)
        refusal = None if found.to_tag else self.route.stranger(source)
        if refusal is not None:
            return refusal
        found.take_own_routes(self.listeners)
        return self.route.request(found, 0.0)

    def own_route(self, call_id: str = "1@x") -> str:
        return f"Route: <sip:127.0.0.1:5060{self.access.record_route(call_id.encode()).decode()}>"


def relayed(decision: Decision) -> Relay:
    assert isinstance(decision, Relay)
    return decision


def status(decision: Decision) -> int:
    assert isinstance(decision, Reply)
    return decision.status


def counter(decision: Decision) -> str:
    assert isinstance(decision, Discard)
    return decision.counter


def uri_of(relay: Relay) -> str:
    [hop] = relay.hops
    uri: str = hop.destination.uri  # type: ignore[attr-defined]
    return uri


@pytest.fixture
def scene() -> Scene:
    return Scene()


# Initial requests.


def test_a_callers_invite_goes_to_what_the_default_selects(scene: Scene) -> None:
    relay = relayed(scene.decide(request()))
    assert uri_of(relay) == FIRST
    assert [hop.address for hop in relay.hops] == [("192.0.2.1", 5060)]
    assert relay.uris == (None,)
    assert relay.record_route == scene.access.record_route(b"1@x")


@pytest.mark.parametrize(
    ("method", "recorded"),
    [("INVITE", True), ("SUBSCRIBE", True), ("REFER", True), ("MESSAGE", False), ("REGISTER", False), ("OPTIONS", False)],
)
def test_dialog_forming_requests_get_a_record_route(method: str, recorded: bool, scene: Scene) -> None:
    assert (relayed(scene.decide(request(method))).record_route is not None) is recorded
    silent = Scene(replace(POLICY, record_route=False))
    assert relayed(silent.decide(request(method))).record_route is None


def test_the_algorithm_and_its_keys_select(scene: Scene) -> None:
    scene = Scene(replace(POLICY, default=Action(1, 4)))
    chosen = [uri_of(relayed(scene.decide(request(call_id=f"{number}@x")))) for number in range(4)]
    assert chosen == [FIRST, SECOND, FIRST, SECOND]
    by_call_id = Scene(replace(POLICY, default=Action(1, 0)))
    seen = Counter(uri_of(relayed(by_call_id.decide(request(call_id=f"{number % 50}@x")))) for number in range(200))
    assert set(seen) == {FIRST, SECOND}
    assert all(count % 4 == 0 for count in seen.values())


def test_the_flag_for_the_user_alone_reaches_the_keys() -> None:
    def hosts(flags: int) -> int:
        scene = Scene(replace(POLICY, default=Action(1, 3)), user_only=bool(flags & 1))
        return len({uri_of(relayed(scene.decide(request(uri=f"sip:1000@h{number}.example.com")))) for number in range(30)})

    assert (hosts(FAILOVER), hosts(FAILOVER | 1)) == (2, 1)


@pytest.mark.parametrize("method", ["INVITE", "OPTIONS", "REGISTER"])
def test_strangers_are_dropped_or_refused(method: str, scene: Scene) -> None:
    data = request(method, "sip:127.0.0.1:5060")
    assert counter(scene.decide(data, STRANGER)) == "outsiders"
    assert status(Scene(replace(POLICY, reject_outsiders=True)).decide(data, STRANGER)) == 403


@pytest.mark.parametrize("uri", ["sip:127.0.0.1:5060", "sip:127.0.0.1", "sip:127.0.0.1:5060;transport=udp"])
@pytest.mark.parametrize("source", [CALLER, GATEWAY])
def test_options_for_us_are_answered(uri: str, source: tuple[str, int], scene: Scene) -> None:
    answer = scene.decide(request("OPTIONS", uri), source)
    assert isinstance(answer, Reply)
    assert answer.status == 200
    assert b"Allow: " in answer.headers


@pytest.mark.parametrize("uri", ["sip:1000@127.0.0.1:5060", "sip:example.com", "sip:127.0.0.1:5061"])
def test_options_for_others_are_dispatched(uri: str, scene: Scene) -> None:
    assert uri_of(relayed(scene.decide(request("OPTIONS", uri)))) == FIRST


def test_what_a_destination_starts_is_refused(scene: Scene) -> None:
    assert status(scene.decide(request(), GATEWAY)) == 403
    assert status(scene.decide(request(), ("2001:db8::1", 40_000))) == 403
    assert status(scene.decide(request(), (GATEWAY[0], 5061))) == 403  # the list names no port for it
    assert status(scene.decide(request(), ("192.0.2.2", 5070))) == 403
    assert counter(scene.decide(request(), ("192.0.2.2", 5071))) == "outsiders"


def test_with_nothing_to_select_it_is_503_with_retry_after(scene: Scene) -> None:
    scene.sets.set_state(1, "all", 4)
    none_left = scene.decide(request())
    assert isinstance(none_left, Reply)
    assert (none_left.status, none_left.headers) == (503, b"Retry-After: 10\r\n")
    missing = Scene(replace(POLICY, default=Action(99, SERIAL), retry_after=0)).decide(request())
    assert isinstance(missing, Reply)
    assert (missing.status, missing.headers) == (503, b"")


def test_algorithm_7_hashes_what_hash_pvar_says_by_default_and_by_a_rule() -> None:
    rule = Rule(Action(1, HASH_PVAR), prefixes=["7"])
    for policy, uri in ((Policy(Action(1, HASH_PVAR)), "sip:1@a"), (Policy(Action(2), rules=(rule,)), "sip:7@a")):
        scene = Scene(policy, hash_pvar="$hdr(X-Key)")
        chosen = {}
        for key in "abcdefgh":
            expected = scene.sets.select(1, HASH_PVAR, key.encode())
            assert expected is not None
            for call_id in ("1@x", "2@x"):
                chosen[key] = uri_of(relayed(scene.decide(request(uri=uri, call_id=call_id, headers=[f"X-Key: {key}"]))))
                assert chosen[key] == expected.first.uri
        assert set(chosen.values()) == {FIRST, SECOND}
        assert status(scene.decide(request(uri=uri, headers=["X-Key:"]))) == 503


# Rules.


def ruled(*rules: Rule, **policy: bool) -> Scene:
    return Scene(replace(POLICY, rules=rules, **policy))


def test_the_first_rule_that_matches_decides() -> None:
    scene = ruled(Rule(Action(2, SERIAL), prefixes=["00"]), Rule(Action(3, SERIAL), prefixes=["0"]), Rule(Action(reply=404)))
    assert uri_of(relayed(scene.decide(request(uri="sip:001@a")))) == "sip:[2001:db8::1];transport=tcp"
    assert uri_of(relayed(scene.decide(request(uri="sip:01@a")))) == "sips:gw.example.com"
    assert status(scene.decide(request(uri="sip:1@a"))) == 404


def test_a_rule_may_reply_with_its_own_reason() -> None:
    answer = ruled(Rule(Action(reply=480, reason=b"Closed"))).decide(request())
    assert isinstance(answer, Reply)
    assert (answer.status, answer.reason) == (480, b"Closed")


def test_a_rule_lets_nobody_in_who_may_not_call() -> None:
    scene = ruled(Rule(Action(2, SERIAL), from_networks=[ip_network("0.0.0.0/0")]))
    assert counter(scene.decide(request(), STRANGER)) == "outsiders"


def test_a_destination_is_dispatched_by_a_rule_that_names_its_source_alone() -> None:
    scene = ruled(Rule(Action(2, SERIAL), prefixes=["1"]), Rule(Action(3, SERIAL), from_sets=[1]))
    assert uri_of(relayed(scene.decide(request(), GATEWAY))) == "sips:gw.example.com"
    assert uri_of(relayed(scene.decide(request()))) == "sip:[2001:db8::1];transport=tcp"
    assert status(scene.decide(request(), ("2001:db8::1", 5060))) == 403


def test_a_destination_meets_the_replies_of_rules() -> None:
    assert status(ruled(Rule(Action(reply=404))).decide(request(), GATEWAY)) == 404


@pytest.mark.parametrize(("rule", "matters"), [(Rule(Action(2), prefixes=["1"]), False), (Rule(Action(2), from_sets=[1]), True)])
def test_it_tells_whether_the_source_matters(rule: Rule, matters: bool) -> None:
    assert ruled(rule).route.source_matters() is matters


@pytest.mark.parametrize(("hash_pvar", "matters"), [("$ci", False), ("$fU$si", True), ("$sp", True)])
def test_the_source_matters_where_it_is_hashed(hash_pvar: str, matters: bool) -> None:
    assert Scene(hash_pvar=hash_pvar).route.source_matters() is matters


# Failover.


@pytest.mark.parametrize(
    ("status", "answered", "goes_on"),
    [(503, True, True), (500, True, True), (486, True, False), (408, True, False), (408, False, True), (503, False, True)],
)
def test_what_makes_the_next_destination_be_tried(status: int, answered: bool, goes_on: bool, scene: Scene) -> None:
    relay = relayed(scene.decide(request()))
    following = scene.route.failure(relay, relay.hops[0], status, answered, 0.0)
    assert (following is not None) is goes_on
    if following is not None:
        hop, uri = following
        assert (hop.address, uri) == (("192.0.2.2", 5070), None)


def test_after_a_cancel_there_is_no_next_destination(scene: Scene) -> None:
    relay = relayed(scene.decide(request()))
    relay.cancelled = True
    assert scene.route.failure(relay, relay.hops[0], 503, True, 0.0) is None


def test_silence_is_a_failure_only_if_that_is_set() -> None:
    scene = Scene(replace(POLICY, failover_timeout=False))
    relay = relayed(scene.decide(request()))
    assert scene.route.failure(relay, relay.hops[0], 408, False, 0.0) is None


def test_when_all_were_tried_there_is_none(scene: Scene) -> None:
    relay = relayed(scene.decide(request()))
    following = scene.route.failure(relay, relay.hops[0], 503, True, 0.0)
    assert following is not None
    assert scene.route.failure(relay, following[0], 503, True, 0.0) is None


def test_a_request_inside_a_dialog_fails_over_to_nobody(scene: Scene) -> None:
    relay = relayed(scene.decide(request("BYE", "sip:a@192.0.2.1", to="<sip:a@b>;tag=1")))
    assert scene.route.failure(relay, Hop("192.0.2.1", 5060, "udp"), 503, True, 0.0) is None


# Rewriting.


@pytest.mark.parametrize(
    ("uri", "rewritten"),
    [
        ("sip:1000@example.com:5070;user=phone?Subject=x", b"sip:1000@192.0.2.1;user=phone?Subject=x"),
        ("sip:1000:secret@example.com", b"sip:1000:secret@192.0.2.1"),
        ("sip:example.com;lr", b"sip:192.0.2.1;lr"),
        ("sips:a%40b@[2001:db8::9]:5061", b"sips:a%40b@192.0.2.1"),
        ("tel:+1-201-555-0123;phone-context=x", b"sip:+1-201-555-0123@192.0.2.1;phone-context=x"),
    ],
)
def test_rewriting_puts_the_destinations_host_into_the_request_uri(uri: str, rewritten: bytes) -> None:
    scene = Scene(replace(POLICY, rewrite_domain=True))
    relay = relayed(scene.decide(request(uri=uri)))
    assert relay.uris == (rewritten,)
    following = scene.route.failure(relay, relay.hops[0], 503, True, 0.0)
    assert following is not None
    assert following[1] == rewritten.replace(b"192.0.2.1", b"192.0.2.2:5070")


def test_rewriting_brackets_an_ipv6_host() -> None:
    scene = Scene(replace(POLICY, rewrite_domain=True, default=Action(2, SERIAL)))
    assert relayed(scene.decide(request(uri="sip:a@b:5070"))).uris == (b"sip:a@[2001:db8::1]",)


@pytest.mark.parametrize(
    ("set_id", "place"),
    [(1, ("192.0.2.1", 5060, "udp")), (2, ("2001:db8::1", 5060, "tcp")), (3, ("gw.example.com", 5061, "tls"))],
)
def test_a_destinations_port_is_its_transports(set_id: int, place: tuple[str, int, str]) -> None:
    scene = Scene(replace(POLICY, default=Action(set_id, SERIAL)))
    [hop] = relayed(scene.decide(request())).hops
    assert (hop.host, hop.port, hop.transport) == place


# Inside a dialog.

TAGGED = "<sip:a@192.0.2.1>;tag=1"


@pytest.mark.parametrize("method", ["BYE", "INVITE", "UPDATE", "OPTIONS"])
@pytest.mark.parametrize("source", [CALLER, GATEWAY, STRANGER])
def test_by_our_route_it_follows_its_route_whoever_sent_it(method: str, source: tuple[str, int], scene: Scene) -> None:
    relay = relayed(scene.decide(request(method, "sip:a@192.0.2.1", to=TAGGED, headers=[scene.own_route()]), source))
    assert (relay.hops, relay.record_route) == ((), None)


@pytest.mark.parametrize("source", [CALLER, GATEWAY])
def test_without_our_route_it_must_come_from_somebody_known(source: tuple[str, int], scene: Scene) -> None:
    assert relayed(scene.decide(request("BYE", "sip:a@192.0.2.1", to=TAGGED), source)).hops == ()
    assert status(scene.decide(request("BYE", "sip:a@192.0.2.1", to=TAGGED), STRANGER)) == 403


def test_the_token_of_another_call_is_none(scene: Scene) -> None:
    forged = request("BYE", "sip:a@192.0.2.1", to=TAGGED, headers=[scene.own_route("2@x")])
    assert status(scene.decide(forged, STRANGER)) == 403


def test_what_has_no_way_on_from_us_is_404(scene: Scene) -> None:
    assert status(scene.decide(request("BYE", "sip:127.0.0.1:5060", to=TAGGED))) == 404
    assert status(scene.decide(request("BYE", "sip:127.0.0.1:5060", to=TAGGED, headers=["Route: <sip:127.0.0.1;lr>"]))) == 404
    onward = request("BYE", "sip:127.0.0.1:5060", to=TAGGED, headers=["Route: <sip:192.0.2.9;lr>"])
    assert relayed(scene.decide(onward)).hops == ()


# ACK and CANCEL.


def test_an_ack_of_a_dialog_follows_its_route(scene: Scene) -> None:
    ack = request("ACK", "sip:a@192.0.2.1", to=TAGGED, headers=[scene.own_route()])
    assert relayed(scene.decide(ack, STRANGER)).hops == ()


def test_any_other_ack_is_relayed_for_those_who_are_known(scene: Scene) -> None:
    ack = request("ACK", "sip:a@192.0.2.1", to=TAGGED)
    assert relayed(scene.decide(ack)).hops == ()
    assert relayed(scene.decide(ack, GATEWAY)).hops == ()
    assert counter(scene.decide(ack, STRANGER)) == "stray_acks"
    assert counter(scene.decide(request("ACK", "sip:127.0.0.1:5060", to=TAGGED))) == "stray_acks"


def test_without_transactions_ack_and_cancel_go_the_way_of_their_invite() -> None:
    scene = Scene(replace(POLICY, stateless=True, default=Action(1, 0)))
    for number in range(20):
        call_id = f"{number}@x"
        chosen = uri_of(relayed(scene.decide(request(call_id=call_id))))
        for method in ("ACK", "CANCEL"):
            assert uri_of(relayed(scene.decide(request(method, to=TAGGED, call_id=call_id)))) == chosen
            assert isinstance(scene.decide(request(method, to=TAGGED, call_id=call_id), STRANGER), Discard)


def test_force_dst_decides_about_a_request_with_a_route_of_its_own() -> None:
    data = request(headers=["Route: <sip:192.0.2.99;lr>"])
    assert uri_of(relayed(Scene(POLICY).decide(data)))
    assert status(Scene(replace(POLICY, force_dst=False)).decide(data)) == 503
    assert uri_of(relayed(Scene(replace(POLICY, force_dst=False)).decide(request())))


class TestCountedCalls:
    """Where calls are counted, each is from its INVITE to its end."""

    @staticmethod
    def loads(scene: Scene) -> list[int]:
        return [scene.sets.destination(1, uri).load for uri in (FIRST, SECOND)]

    def test_from_the_invite_over_a_failover_to_its_bye(self) -> None:
        scene = Scene(count_calls=True)
        relay = relayed(scene.decide(request()))
        assert relay.watched
        assert self.loads(scene) == [1, 0]
        assert scene.route.failure(relay, relay.hops[0], 503, True, 1.0) is not None
        assert self.loads(scene) == [0, 1]
        scene.route.finished(relay, 200, 2.0)
        assert self.loads(scene) == [0, 1]
        scene.decide(request("BYE", "sip:a@192.0.2.1", to=TAGGED, headers=[scene.own_route()]))
        assert self.loads(scene) == [0, 0]

    @pytest.mark.parametrize("final", [486, 487, 503, 408])
    def test_to_a_final_response_that_is_none_of_success(self, final: int) -> None:
        scene = Scene(count_calls=True)
        relay = relayed(scene.decide(request()))
        scene.route.finished(relay, final, 1.0)
        assert self.loads(scene) == [0, 0]

    def test_what_is_no_call_is_not_counted(self) -> None:
        scene = Scene(count_calls=True)
        assert not relayed(scene.decide(request("MESSAGE"))).watched
        assert self.loads(scene) == [0, 0]
        assert not relayed(Scene().decide(request())).watched

    def test_none_is_without_transactions_as_nobody_hears_how_it_ends(self) -> None:
        scene = Scene(replace(POLICY, stateless=True), count_calls=True)
        assert relayed(scene.decide(request())).hops
        assert self.loads(scene) == [0, 0]

    def test_while_none_was_ever_counted_nobody_is_asked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        scene = Scene()
        asked: list[bytes] = []
        monkeypatch.setattr(type(scene.sets.calls), "end", lambda calls, call_id: asked.append(call_id))
        bye = request("BYE", "sip:a@192.0.2.1", to=TAGGED, headers=[scene.own_route()])
        scene.decide(bye)
        assert asked == []
        scene.sets.calls.begin(b"2@x", scene.sets.destination(1, FIRST), 0.0)
        scene.decide(bye)
        assert asked == [b"1@x"]

    def test_a_re_invite_that_succeeds_makes_it_live_longer(self) -> None:
        scene = Scene(count_calls=True)
        scene.route.finished(relayed(scene.decide(request())), 200, 0.0)
        again = relayed(scene.decide(request(to=TAGGED, headers=[scene.own_route()])))
        assert again.watched
        scene.route.finished(again, 200, 5000.0)
        assert scene.sets.calls.sweep(7300.0) == 0
        assert scene.sets.calls.sweep(12_300.0) == 1

    def test_a_bye_of_a_stranger_ends_nothing(self) -> None:
        scene = Scene(count_calls=True)
        scene.decide(request())
        scene.decide(request("BYE", "sip:a@192.0.2.1", to=TAGGED), STRANGER)
        assert self.loads(scene) == [1, 0]


def test_algorithm_12_goes_to_all_at_once() -> None:
    relay = relayed(Scene(replace(POLICY, default=Action(1, 12), rewrite_domain=True)).decide(request(uri="sip:a@b")))
    assert [hop.host for hop in relay.hops] == ["192.0.2.1", "192.0.2.2"]
    assert relay.uris == (b"sip:a@192.0.2.1", b"sip:a@192.0.2.2:5070")


def test_a_call_that_went_to_all_at_once_is_counted_at_the_first_that_takes_it() -> None:
    scene = Scene(replace(POLICY, default=Action(1, 12)), count_calls=True)
    relay = relayed(scene.decide(request()))
    assert relay.hears

    def answer(status: int, host: str, port: int) -> None:
        response = parse(
            b"SIP/2.0 %d X\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\n"
            b"Call-ID: 1@x\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n" % status
        )
        assert isinstance(response, Response)
        assert scene.route.heard(relay, response, (host, port), HERE, 5.0) is response

    loads = []
    for status, host, port in ((180, "192.0.2.2", 5070), (200, "192.0.2.2", 5070), (200, "192.0.2.1", 5060)):
        answer(status, host, port)
        loads.append([each.load for each in scene.sets[1].destinations])
    assert loads == [[1, 0], [0, 1], [0, 1]]
    scene.route.finished(relay, 200, 6.0)
    assert scene.sets.calls.confirm(b"1@x", 6.0)


class TestMarking:
    """`mark_failed`: whoever fails is marked, and whoever answers ends its row of failures."""

    @staticmethod
    def scene(word: str = "t", threshold: int = 2, algorithm: int = SERIAL) -> Scene:
        probing = Probing(probing_threshold=threshold)
        return Scene(
            replace(POLICY, default=Action(1, algorithm)),
            marks=lambda sets: CallMarks(Transitions(sets, probing), parse_mark(word)),
        )

    @staticmethod
    def fail(scene: Scene, status: int = 503, answered: bool = True) -> None:
        relay = relayed(scene.decide(request()))
        assert uri_of(relay) == FIRST
        scene.route.failure(relay, relay.hops[0], status, answered, 4.0)

    @staticmethod
    def state(scene: Scene, uri: str = FIRST) -> str:
        return letters(scene.sets.destination(1, uri).flags)

    @pytest.mark.parametrize(
        ("status", "answered", "reason"),
        [
            (503, True, "a call failed with 503"),
            (408, False, "a call was not answered at all"),
            (503, False, "a call could not be sent there"),
        ],
    )
    def test_a_failure_marks_and_says_what_happened(self, status: int, answered: bool, reason: str) -> None:
        scene = self.scene("ip")
        told: list[tuple[str, str]] = []
        scene.sets.observers.add(lambda destination, _, after, why: told.append((letters(after), why)))
        self.fail(scene, status, answered)
        assert told == [("IP", reason)]

    def test_failures_in_a_row_lead_out(self) -> None:
        scene = self.scene()
        self.fail(scene)
        assert self.state(scene) == "TX"
        self.fail(scene)
        assert self.state(scene) == "IX"

    @pytest.mark.parametrize(("transport", "state"), [("udp", "AX"), ("tls", "IX")])
    def test_a_sips_call_that_may_not_be_sent_there_marks_nobody(self, transport: str, state: str) -> None:
        scene = self.scene("i")
        relay = relayed(scene.decide(request(uri="sips:1000@example.com")))
        relay.hops[0].transport = transport
        following = scene.route.failure(relay, relay.hops[0], 503, False, 4.0)
        assert following is not None
        assert following[0].host == "192.0.2.2"
        assert self.state(scene) == state

    @pytest.mark.parametrize("status", [200, 404, 486, 603])
    def test_any_answer_that_is_no_failure_ends_the_row(self, status: int) -> None:
        scene = self.scene()
        for _ in range(3):
            self.fail(scene)
            assert self.state(scene) == "TX"
            relay = relayed(scene.decide(request()))
            if 300 <= status < 600:
                assert scene.route.failure(relay, relay.hops[0], status, True, 5.0) is None
            assert relay.watched
            scene.route.finished(relay, status, 5.0)
            assert self.state(scene) == "AX"

    def test_it_ends_that_of_who_answered(self) -> None:
        scene = self.scene()
        scene.sets.set_state(1, SECOND, TRYING)
        relay = relayed(scene.decide(request()))
        scene.route.failure(relay, relay.hops[0], 503, True, 5.0)
        scene.route.finished(relay, 200, 6.0)
        assert (self.state(scene), self.state(scene, SECOND)) == ("TX", "AX")

    @pytest.mark.parametrize("status", [408, 487, 500])
    def test_an_end_that_nobody_may_have_answered_ends_no_row(self, status: int) -> None:
        scene = self.scene()
        self.fail(scene)
        scene.route.finished(relayed(scene.decide(request())), status, 5.0)
        assert self.state(scene) == "TX"

    def test_of_several_at_once_nobody_knows_who_it_was(self) -> None:
        scene = self.scene(algorithm=12)
        scene.sets.set_state(1, "all", TRYING)
        scene.route.finished(relayed(scene.decide(request())), 200, 5.0)
        assert (self.state(scene), self.state(scene, SECOND)) == ("TX", "TX")

    def test_the_last_calls_of_one_that_is_out_do_not_bring_it_back(self) -> None:
        scene = self.scene("i")
        under_way = relayed(scene.decide(request()))
        self.fail(scene)
        scene.route.finished(under_way, 200, 6.0)
        assert self.state(scene) == "IX"


# Flows: the way back to who cannot be called.

TCP = Listener("tcp", "127.0.0.1", 5060)
NATTED = "Contact: <sip:phone@192.168.1.20:5062>"


def flowing(scene: Scene, data: bytes, source: tuple[str, int] = CALLER, listener: Listener = TCP) -> Decision:
    """The same as `decide`, for what came to `listener`."""
    found = context(data, source)
    found.listener = found.near = listener
    found.take_own_routes(Listeners([HERE, TCP]))
    return scene.route.request(found, 0.0)


def back_to_tcp(scene: Scene, call_id: bytes) -> str:
    params = scene.access.record_route(call_id) if call_id else b";lr"
    return f"Route: <{(TCP.uri + params + scene.access.flow(TCP, CALLER, call_id)).decode()}>"


@pytest.fixture
def open_connections(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, int], str]:
    """The connections of TCP."""
    found = {CALLER: "open"}
    monkeypatch.setattr(TCP, "connections", found)
    return found


@pytest.mark.parametrize("method", ["BYE", "INVITE"])
def test_a_flow_is_taken_while_its_connection_is_there(
    method: str, scene: Scene, open_connections: dict[tuple[str, int], str]
) -> None:
    data = request(method, "sip:phone@192.168.1.20", to="<sip:a@b>;tag=t", headers=[back_to_tcp(scene, b"1@x")])
    hop = relayed(flowing(scene, data, GATEWAY)).flow
    assert hop is not None
    assert (hop.address, hop.transport) == (CALLER, "tcp")
    open_connections.clear()
    assert status(flowing(scene, data, GATEWAY)) == 430


@pytest.mark.parametrize(
    ("uri", "dialled"),
    [
        ("sip:pbx@10.0.0.1:5062;transport=tcp", True),
        ("sip:pbx@8.8.8.8;transport=tcp", True),
        ("sip:pbx@pbx.example.com;transport=tcp", True),
        ("sip:pbx@10.0.0.1;transport=tcp;ob", False),
        ("sip:pbx@10.0.0.2;transport=tcp", False),
    ],
)
def test_without_its_connection_who_can_be_called_is_called(uri: str, dialled: bool, scene: Scene) -> None:
    """A trunk's connection that was idle for long, say."""
    data = request("BYE", uri, to="<sip:a@b>;tag=t", headers=[back_to_tcp(scene, b"1@x")])
    decision = flowing(scene, data, GATEWAY)
    if dialled:
        assert (relayed(decision).flow, relayed(decision).hops) == (None, ())
    else:
        assert status(decision) == 430
    # A Path is for that connection alone: its registrar learns that it is gone.
    assert status(flowing(scene, request("INVITE", uri, headers=[back_to_tcp(scene, b"")]), GATEWAY)) == 430


def test_a_path_leads_to_who_registered_while_its_connection_is_there(
    scene: Scene, open_connections: dict[tuple[str, int], str]
) -> None:
    data = request("INVITE", "sip:phone@192.168.1.20", headers=[back_to_tcp(scene, b"")])
    relay = relayed(flowing(scene, data, GATEWAY))
    assert relay.record_route == scene.access.record_route(b"1@x") + scene.access.flow(TCP, CALLER, b"1@x")
    open_connections.clear()
    assert status(flowing(scene, data, GATEWAY)) == 430


@pytest.mark.parametrize("to", ["<sip:a@b>;tag=t", "<sip:a@b>"], ids=["dialog", "path"])
def test_a_flow_that_was_not_written_here_is_refused(to: str, scene: Scene) -> None:
    route = f"Route: <{TCP.uri.decode()}{scene.access.record_route(b'1@x').decode()};fl=7f0000010001{'0' * 16}>"
    assert status(flowing(scene, request("BYE", to=to, headers=[route]), GATEWAY)) == 403


def test_the_ack_of_a_flow_that_is_gone_ends_here(scene: Scene) -> None:
    data = request("ACK", "sip:phone@192.168.1.20", to="<sip:a@b>;tag=t", headers=[back_to_tcp(scene, b"1@x")])
    assert counter(flowing(scene, data, GATEWAY)) == "stray_acks"


def test_a_bye_by_a_flow_that_is_gone_ends_its_call_all_the_same() -> None:
    scene = Scene(count_calls=True)
    scene.decide(request())
    assert scene.sets.calls.destination(b"1@x") is not None
    data = request("BYE", "sip:phone@192.168.1.20", to="<sip:a@b>;tag=t", headers=[back_to_tcp(scene, b"1@x")])
    assert status(flowing(scene, data, GATEWAY)) == 430
    assert scene.sets.calls.destination(b"1@x") is None


@pytest.mark.parametrize(
    ("udp_flows", "contact", "kept"),
    [
        ("never", NATTED, False),
        ("private", NATTED, True),
        ("private", "Contact: <sip:phone@8.8.8.8>", False),
        ("always", "Contact: <sip:phone@8.8.8.8>", True),
        ("always", "X: no contact", True),
    ],
)
def test_a_caller_on_udp_has_a_flow_by_the_setting(udp_flows: str, contact: str, kept: bool) -> None:
    scene = Scene(replace(POLICY, udp_flows=udp_flows))
    relay = relayed(scene.decide(request(headers=[contact])))
    wanted = scene.access.record_route(b"1@x") + scene.access.flow(HERE, CALLER, b"1@x")
    assert relay.back == (wanted if kept else None)
    register = relayed(scene.decide(request("REGISTER", headers=[contact])))
    assert register.path == (b";lr;ob" + scene.access.flow(HERE, CALLER, b"") if kept else None)


def test_only_the_first_proxy_says_that_it_keeps_flows() -> None:
    scene = Scene(replace(POLICY, udp_flows="always"))
    further = "Via: SIP/2.0/UDP phone.example;branch=z9hG4bK0"
    path = relayed(scene.decide(request("REGISTER", headers=[further]))).path
    assert path == b";lr" + scene.access.flow(HERE, CALLER, b"")
