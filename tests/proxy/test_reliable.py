"""Over a reliable transport nothing is sent twice, nothing finished is kept, and a lost connection is an answer (17, 18.4)."""

from __future__ import annotations

import pytest

from tests.proxy.bench import CALLER, OURS, Bench, Sent, ack_of, answer_to, relay, request, words
from txdispatcher.proxy.decision import Relay
from txdispatcher.proxy.hop import FLOW_FAILED, Hop
from txdispatcher.proxy.listener import Listener
from txdispatcher.proxy.stateful import StatefulProxy

TCP = Listener("tcp", "192.0.2.100", 5060)
TLS = Listener("tls", "192.0.2.100", 5061)
NEXT = Hop("198.51.100.9", 5060, "tcp", destination="next")


def to_tcp(number: int = 1, transport: str = "tcp") -> Relay:
    hop = Hop(f"198.51.100.{number}", 5060, transport, destination=f"gateway {number}")
    return Relay((hop,), (None,))


def bench(decision: Relay | None = None) -> Bench:
    return Bench(decision or to_tcp(), listeners=(OURS, TCP, TLS))


def lose(bench: Bench, sent: Sent) -> list[Sent]:
    """What is sent when the connection is lost that `sent` went by."""
    bench.proxy.disconnected({(sent.listener, sent.address)}, bench.now)
    return bench.sent()


class TestTimers:
    @pytest.mark.parametrize("method", [b"INVITE", b"OPTIONS"])
    def test_a_request_is_sent_once(self, method: bytes) -> None:
        scene = bench()
        assert scene.receive(request(method))[-1].listener is TCP
        assert scene.wait(1.9) == []

    def test_a_provisional_response_starts_no_timer_e(self) -> None:
        scene = bench()
        sent = scene.receive(request(b"OPTIONS"))[-1]
        scene.answer(sent, 100)
        assert b"OPTIONS" not in words(scene.wait(40))

    def test_a_final_response_is_sent_once_and_its_ack_ends_it_at_once(self) -> None:
        scene = Bench(relay(1), listeners=(OURS, TCP))
        invite = scene.receive(request(), CALLER, TCP)[-1]
        final = scene.answer(invite, 486)[-1]
        assert (final.listener, final.address) == (TCP, CALLER)
        assert scene.wait(1) == []
        scene.receive(ack_of(request(), final.data), CALLER, TCP)
        assert isinstance(scene.proxy, StatefulProxy)
        scene.wait(0.1)
        assert scene.proxy.transactions == 0

    def test_what_is_no_invite_is_forgotten_at_once(self) -> None:
        scene = Bench(to_tcp(), listeners=(TCP,))
        sent = scene.receive(request(b"OPTIONS"), CALLER, TCP)[-1]
        scene.answer(sent, 200)
        scene.wait(0.1)
        assert scene.is_empty()


def test_an_answer_goes_to_the_connection_that_the_request_came_by_whatever_its_via_says() -> None:
    scene = Bench(relay(1), listeners=(OURS, TCP))
    trying = scene.receive(request(), ("192.0.2.1", 40_000), TCP)[0]
    assert (trying.listener, trying.address) == (TCP, ("192.0.2.1", 40_000))


class TestLostConnection:
    def test_a_call_goes_to_the_next_destination_at_once(self) -> None:
        scene = bench()
        sent = scene.receive(request())[-1]
        scene.router.following = [(NEXT, None)]
        [again] = lose(scene, sent)
        assert (again.word, again.address) == (b"INVITE", NEXT.address)
        assert scene.router.failures == [("gateway 1", 503, False)]
        # The next one rings; the branch that was lost has no say any more.
        assert words(scene.answer(again, 180)) == [b"180"]
        assert scene.wait(2) == []

    def test_one_that_rings_is_cancelled_and_goes_on_elsewhere(self) -> None:
        scene = bench()
        sent = scene.receive(request())[-1]
        scene.answer(sent, 180)
        scene.router.following = [(NEXT, None)]
        assert words(lose(scene, sent)) == [b"CANCEL", b"INVITE"]

    def test_without_another_destination_the_caller_gets_a_500(self) -> None:
        scene = bench()
        sent = scene.receive(request())[-1]
        assert words(lose(scene, sent)) == [b"500"]

    def test_a_flow_that_fails_is_a_430_and_its_peer_is_not_called_again(self) -> None:
        flow = Hop("198.51.100.1", 40_000, "tcp")
        flow.gone = FLOW_FAILED
        scene = bench(Relay(flow=flow))
        sent = scene.receive(request())[-1]
        scene.answer(sent, 180)
        assert words(lose(scene, sent)) == [b"430"]

    def test_a_request_that_was_answered_and_one_elsewhere_stay(self) -> None:
        scene = bench()
        sent = scene.receive(request())[-1]
        scene.answer(sent, 200)
        assert lose(scene, sent) == []
        other = scene.receive(request(branch=b";branch=z9hG4bKother"))[-1]
        scene.proxy.disconnected({(TLS, other.address), (TCP, ("198.51.100.8", 5060))}, scene.now)
        assert scene.sent() == []


class TestTooLarge:
    """RFC 3261 18.1.1: what is too large for a datagram goes by TCP, and by UDP after all where TCP is refused."""

    def scene(self, *listeners: Listener) -> Bench:
        return Bench(relay(1, record_route=b";lr"), listeners=listeners or (OURS, TCP), udp_mtu=1300)

    def test_it_is_what_leaves_that_is_measured(self) -> None:
        scene = self.scene()
        small = scene.receive(request(branch=b";branch=z9hG4bKfit9"))[-1]
        assert small.listener is OURS
        # A Content-Length of three digits has two more.
        room = 1300 - len(small.data) - 2
        for number, (body, listener) in enumerate([(room, OURS), (room + 1, TCP)]):
            sent = scene.receive(request(branch=b";branch=z9hG4bKfit%d" % number, body=b"x" * body))[-1]
            assert sent.listener is listener

    def test_a_large_one_goes_by_tcp_and_says_so(self) -> None:
        scene = self.scene()
        invite = scene.receive(request(body=b"x" * 1300))[-1]
        assert (invite.listener, invite.address) == (TCP, ("198.51.100.1", 5060))
        assert invite.values(b"Via")[0].startswith(b"SIP/2.0/TCP 192.0.2.100:5060;branch=")
        assert invite.values(b"Record-Route") == [b"<sip:192.0.2.100:5060;transport=tcp;lr>", b"<sip:192.0.2.100:5060;lr>"]
        assert scene.wait(1.9) == []
        # Its ACK goes the same way.
        ack, _ = scene.answer(invite, 486)
        assert (ack.word, ack.listener) == (b"ACK", TCP)
        assert scene.router.failures == [("gateway 1", 486, True)]

    def test_where_tcp_is_refused_it_is_a_datagram_after_all(self) -> None:
        scene = self.scene()
        invite = scene.receive(request(body=b"x" * 1300))[-1]
        [again] = lose(scene, invite)
        assert (again.listener, again.address) == (OURS, ("198.51.100.1", 5060))
        assert again.values(b"Via")[0].startswith(b"SIP/2.0/UDP ")
        assert scene.router.failures == []
        # The gateway has failed when that is not answered either.
        scene.router.following = [(NEXT, None)]
        assert [each.address for each in scene.wait(2.1) if each.branch != again.branch] == [NEXT.address]
        assert scene.router.failures == [("gateway 1", 408, False)]

    def test_a_connection_that_breaks_behind_an_answer_is_a_failure(self) -> None:
        scene = self.scene()
        invite = scene.receive(request(body=b"x" * 1300))[-1]
        scene.answer(invite, 100)
        scene.router.following = [(NEXT, None)]
        assert [each.address for each in lose(scene, invite) if each.word == b"INVITE"] == [NEXT.address]

    def test_without_a_listener_for_tcp_it_is_a_datagram(self) -> None:
        assert self.scene(OURS, Listener("tcp", "2001:db8::1", 5060)).receive(request(body=b"x" * 1300))[-1].listener is OURS

    def test_unless_it_is_asked_for_size_does_not_matter(self) -> None:
        assert Bench(listeners=(OURS, TCP)).receive(request(body=b"x" * 5000))[-1].listener is OURS


class TestSips:
    def test_sips_leaves_over_nothing_but_tls(self) -> None:
        scene = bench()
        scene.router.following = [(Hop("198.51.100.2", 5061, "tls", destination="safe"), None)]
        assert words(scene.receive(request(uri=b"sips:bob@example.org"))) == [b"100"]
        [sent] = [each for each in scene.wait(0.1) if each.word == b"INVITE"]
        assert sent.listener is TLS
        assert sent.values(b"Via")[0].startswith(b"SIP/2.0/TLS 192.0.2.100:5061;")

    def test_its_record_route_is_sips_too(self) -> None:
        decision = to_tcp(transport="tls")
        decision.record_route = b";lr"
        sent = bench(decision).receive(request(uri=b"sips:bob@example.org"), CALLER, TLS)[-1]
        assert sent.values(b"Record-Route") == [b"<sips:192.0.2.100:5061;transport=tls;lr>"]


def test_both_sides_are_named_where_the_transport_changes_and_the_near_one_has_the_flow() -> None:
    decision = to_tcp()
    decision.record_route = b";lr"
    decision.back = b";lr;fl=1"
    sent = bench(decision).receive(request(), CALLER, TLS)[-1]
    assert sent.values(b"Record-Route") == [
        b"<sip:192.0.2.100:5060;transport=tcp;lr>",
        b"<sip:192.0.2.100:5061;transport=tls;lr;fl=1>",
    ]


class TestContentLength:
    """Step 9: a stream needs it, a datagram and a WebSocket's frame do not."""

    @pytest.mark.parametrize("body", [b"", b"v=0\r\ns=Content-Length: 9\r\n"])
    @pytest.mark.parametrize("length", [b"Content-Length: %d\r\n", b""], ids=["there", "missing"])
    def test_a_request_and_its_response_have_one_where_they_leave_by_a_stream(self, length: bytes, body: bytes) -> None:
        whole = length and length % len(body)
        came = request(body=body).replace(b"Content-Length: %d\r\n" % len(body), whole)
        sent = bench().receive(came)[-1]
        assert sent.values(b"Content-Length") == [b"%d" % len(body)]
        assert sent.data.endswith(b"\r\n\r\n" + body)
        scene = Bench(relay(1), listeners=(OURS, TCP))
        invite = scene.receive(request(), CALLER, TCP)[-1]
        answer = answer_to(invite.data, 200).replace(b"Content-Length: 0\r\n\r\n", whole + b"\r\n" + body)
        [final] = scene.receive(answer, invite.address, OURS)
        assert final.values(b"Content-Length") == [b"%d" % len(body)]
        assert final.data.endswith(b"\r\n\r\n" + body)
        assert len(final.values(b"Via")) == 1

    def test_by_udp_it_may_be_missing(self) -> None:
        came = request().replace(b"Content-Length: 0\r\n", b"")
        scene = Bench(relay(1))
        invite = scene.receive(came)[-1]
        assert invite.values(b"Content-Length") == []
        answer = answer_to(invite.data, 200).replace(b"Content-Length: 0\r\n", b"")
        assert scene.receive(answer, invite.address)[-1].values(b"Content-Length") == []


def test_a_route_of_ours_is_known_by_its_transport() -> None:
    scene = Bench(Relay(), listeners=(OURS, TCP, TLS))
    for number, (route, near) in enumerate([(b";transport=tcp;lr", TCP), (b";lr", OURS), (b";transport=TCP;lr", TCP)]):
        route_line = b"Route: <sip:192.0.2.100:5060%b>\r\n" % route
        scene.receive(request(b"BYE", branch=b";branch=z9hG4bK%d" % number, headers=route_line))
        assert scene.router.contexts[-1].near is near
