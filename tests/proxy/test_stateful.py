"""The stateful proxy: which transaction a message belongs to, and the ways of ACK, names and too much."""

from __future__ import annotations

import pytest

from tests.proxy.bench import CALLER, OURS, Bench, Sent, ack_of, answer_to, gateway, relay, request, values, words
from txdispatcher.proxy.context import Context
from txdispatcher.proxy.decision import Decision, Discard, Relay, Reply
from txdispatcher.proxy.hop import Hop
from txdispatcher.proxy.listener import Listener

CANCEL = request(b"CANCEL")


class TestMatching:
    def test_another_branch_sent_by_or_method_is_another_transaction(self) -> None:
        bench = Bench()
        bench.receive(request())
        for other in (
            request(branch=b";branch=z9hG4bKother"),
            request().replace(b"UDP 192.0.2.1:5070", b"UDP 192.0.2.1:5071"),
            request(b"OPTIONS"),
        ):
            bench.receive(other)
        assert bench.proxy.transactions == 4

    def test_what_is_compared_is_the_branch_and_sent_by_alone(self) -> None:
        bench = Bench()
        bench.receive(request())
        bench.receive(request(uri=b"sip:other@example.org", call_id=b"other"))
        assert bench.counters["retransmissions_absorbed"] == 1

    def test_the_case_of_a_host_and_the_default_port_do_not_matter(self) -> None:
        bench = Bench()
        bench.receive(request().replace(b"192.0.2.1:5070", b"Caller.example.org"))
        bench.receive(request().replace(b"192.0.2.1:5070", b"caller.EXAMPLE.org:5060"))
        assert bench.counters["retransmissions_absorbed"] == 1

    @pytest.mark.parametrize("branch", [b"", b";branch=1", b";branch=of-some-length", b";branch=z9hG4bK"])
    def test_a_client_of_rfc_2543_is_matched_by_its_fields(self, branch: bytes) -> None:
        bench = Bench()
        invite = request(branch=branch)
        first = bench.receive(invite)[-1]
        assert words(bench.receive(invite)) == [b"100"]
        assert bench.counters["relayed"] == 1
        bench.answer(first, 180)
        ok, cancel = bench.receive(request(b"CANCEL", branch=branch))
        assert (ok.word, cancel.word) == (b"200", b"CANCEL")
        bench.answer(cancel, 200)
        final = bench.answer(first, 487)[-1]
        assert bench.receive(ack_of(invite, final.data, branch=branch)) == []
        assert bench.wait(20) == []
        # Another call of the same caller is another transaction.
        bench.receive(request(branch=branch, call_id=b"second"))
        bench.receive(request(branch=branch, cseq=2))
        assert bench.proxy.transactions == 2

    def test_a_response_whose_topmost_via_is_not_ours_is_dropped(self) -> None:
        bench = Bench()
        invite = bench.receive(request())[-1]
        foreign = answer_to(invite.data, 200).replace(b"192.0.2.100:5060", b"192.0.2.101:5060")
        assert bench.receive(foreign, invite.address) == []
        assert bench.counters["stray_responses"] == 1

    def test_a_response_of_an_unknown_branch_is_dropped(self) -> None:
        bench = Bench()
        invite = bench.receive(request())[-1]
        assert bench.receive(answer_to(invite.data, 200).replace(b"z9hG4bKinst", b"z9hG4bKtsni"), invite.address) == []
        assert bench.counters["stray_responses"] == 1

    @pytest.mark.parametrize("status", [180, 200, 486])
    def test_a_response_with_only_our_via_is_dropped(self, status: int) -> None:
        bench = Bench()
        invite = bench.receive(request())[-1]
        lines = answer_to(invite.data, status).split(b"\r\n")
        assert lines.pop(2).startswith(b"Via: SIP/2.0/UDP 192.0.2.1")
        assert bench.receive(b"\r\n".join(lines), invite.address) == []
        assert bench.counters["stray_responses"] == 1

    def test_both_vias_may_stand_in_one_line(self) -> None:
        # As SIPp's [last_Via:] writes them.
        bench = Bench()
        invite = bench.receive(request())[-1]
        one, two = values(invite.data, b"Via")
        folded = answer_to(invite.data, 200).replace(b"Via: %b\r\nVia: %b\r\n" % (one, two), b"Via: %b, %b\r\n" % (one, two))
        (final,) = bench.receive(folded, invite.address)
        assert final.values(b"Via") == [two]


class TestAck:
    def test_of_a_2xx_it_is_relayed_without_a_transaction(self) -> None:
        bench = Bench()
        invite = bench.receive(request())[-1]
        (final,) = bench.answer(invite, 200)
        bench.router.decision = relay()
        data = ack_of(request(), final.data, branch=b";branch=z9hG4bKack", uri=b"sip:bob@198.51.100.1")
        (ack,) = bench.receive(data)
        assert (ack.first, ack.address) == (b"ACK sip:bob@198.51.100.1 SIP/2.0", gateway(1).address)
        assert ack.branch != invite.branch
        # It is relayed each time, as the 2xx is.
        assert words(bench.receive(data)) == [b"ACK"]
        assert bench.proxy.transactions == 1

    def test_of_a_2xx_with_the_branch_of_its_invite_it_is_relayed_too(self) -> None:
        bench = Bench()
        invite = bench.receive(request())[-1]
        (final,) = bench.answer(invite, 200)
        (ack,) = bench.receive(ack_of(request(), final.data))
        assert ack.word == b"ACK"
        assert ack.branch != invite.branch
        assert bench.counters["relayed"] == 2

    def test_of_our_own_response_without_a_transaction_it_ends_here(self) -> None:
        bench = Bench(Reply(403))
        (final,) = bench.receive(request())
        bench.router.contexts.clear()
        assert bench.receive(ack_of(request(), final.data)) == []
        assert bench.router.contexts == []

    @pytest.mark.parametrize("decision", [Reply(403), Discard("stray_acks")])
    def test_it_is_never_answered(self, decision: Decision) -> None:
        bench = Bench(decision)
        assert bench.receive(request(b"ACK", to=b"<sip:b@example.org>;tag=x")) == []
        assert bench.counters["stray_acks"] == 1

    @pytest.mark.parametrize("headers", [b"Max-Forwards: 0\r\n", b"Proxy-Require: foo\r\n"])
    def test_one_that_cannot_be_relayed_is_dropped(self, headers: bytes) -> None:
        assert Bench().receive(request(b"ACK", headers=headers)) == []

    def test_where_it_goes_to_a_name_it_waits_for_the_address(self) -> None:
        bench = Bench(relay())
        bench.receive(request(b"ACK", uri=b"sip:bob@gw.example.org:5080"))
        resolve = bench.resolve()
        assert resolve.waiting.hop.host == "gw.example.org"
        (ack,) = bench.resolved(resolve, "198.51.100.7")
        assert (ack.word, ack.address) == (b"ACK", ("198.51.100.7", 5080))

    @pytest.mark.parametrize("addresses", [[], ["2001:db8::1"]])
    def test_where_the_name_leads_nowhere_it_is_dropped(self, addresses: list[str]) -> None:
        bench = Bench(relay())
        bench.receive(request(b"ACK", uri=b"sip:bob@gw.example.org"))
        assert bench.resolved(bench.resolve(), *addresses) == []

    @pytest.mark.parametrize("uri", [b"sip:bob@[2001:db8::1]", b"tel:+1234"])
    def test_to_what_no_listener_reaches_it_is_dropped(self, uri: bytes) -> None:
        bench = Bench(relay())
        assert bench.receive(request(b"ACK", uri=uri)) == []
        assert bench.proxy.actions.resolves == []
        assert bench.counters["stray_acks"] == 1


class TestNames:
    """A hop with a name is sent to when its address is known."""

    def named(self, *more: Hop) -> tuple[Bench, list[Sent]]:
        hop = Hop("gw.example.org", 5080, "udp", "named")
        bench = Bench(Relay((hop, *more), (b"sip:bob@named",) + (None,) * len(more)))
        return bench, bench.receive(request())

    def test_the_first_address_that_a_listener_reaches_is_taken(self) -> None:
        bench, sent = self.named()
        assert words(sent) == [b"100"]
        (invite,) = bench.resolved(bench.resolve(), "2001:db8::1", "198.51.100.7", "198.51.100.8")
        assert (invite.uri, invite.address) == (b"sip:bob@named", ("198.51.100.7", 5080))
        assert words(bench.answer(invite, 200)) == [b"200"]

    def test_without_a_request_uri_of_its_own_it_keeps_the_one_that_came(self) -> None:
        bench = Bench(relay())
        bench.receive(request(uri=b"sip:bob@gw.example.org"))
        (invite,) = bench.resolved(bench.resolve(), "198.51.100.7")
        assert invite.first == b"INVITE sip:bob@gw.example.org SIP/2.0"

    def test_until_then_no_response_is_its(self) -> None:
        bench, _ = self.named(gateway(1))
        assert bench.proxy.transactions == 1
        assert len(bench.proxy.layer.clients) == 1  # type: ignore[union-attr]

    @pytest.mark.parametrize("addresses", [[], ["2001:db8::1"]])
    def test_one_that_leads_nowhere_has_failed(self, addresses: list[str]) -> None:
        bench, _ = self.named()
        bench.router.following = [(gateway(2), None)]
        assert bench.resolved(bench.resolve(), *addresses) == []
        assert [each.address for each in bench.wait(0.02)] == [gateway(2).address]
        assert bench.router.failures == [("named", 503, False)]

    def test_where_there_is_no_other_the_caller_gets_a_500(self) -> None:
        bench, _ = self.named()
        bench.resolved(bench.resolve())
        assert words(bench.wait(0.02)) == [b"500"]
        bench.wait(40)
        assert bench.is_empty()

    def test_one_that_fails_is_waited_for_before_the_best_is_chosen(self) -> None:
        bench, sent = self.named(gateway(1))
        bench.router.following = [(gateway(2), None)]
        bench.resolved(bench.resolve())
        bench.router.following.insert(0, (gateway(3), None))
        # Both fail in one tick; both are followed.
        assert [each.address for each in bench.answer(sent[-1], 500)] == [gateway(1).address, gateway(3).address]
        assert [each.address for each in bench.wait(0.02)] == [gateway(2).address]

    def test_a_cancel_answers_the_caller_and_the_address_comes_too_late(self) -> None:
        bench, _ = self.named()
        assert words(bench.receive(CANCEL)) == [b"200", b"487"]
        assert bench.resolved(bench.resolve(), "198.51.100.7") == []
        bench.wait(40)
        assert bench.is_empty()

    def test_a_cancel_before_the_failure_is_seen_is_a_487(self) -> None:
        bench, _ = self.named()
        bench.resolved(bench.resolve())
        assert words(bench.receive(CANCEL)) == [b"200", b"487"]
        bench.wait(40)
        assert bench.is_empty()

    @pytest.mark.parametrize("method", [b"INVITE", b"OPTIONS"])
    def test_an_address_that_comes_after_another_branch_answered_is_not_sent_to(self, method: bytes) -> None:
        bench = Bench(Relay((Hop("gw.example.org", 5080, "udp", "named"), gateway(1)), (None, None)))
        first = bench.receive(request(method))[-1]
        resolve = bench.resolve()
        assert words(bench.answer(first, 200)) == [b"200"]
        assert bench.resolved(resolve, "198.51.100.7") == []
        bench.wait(40)
        assert bench.is_empty()

    def test_port_and_transport_are_those_of_the_answer(self) -> None:
        bench, _ = self.named()
        targets = [("tcp", "198.51.100.6", 5091), ("udp", "198.51.100.7", 5090)]
        (invite,) = bench.located(bench.resolve(), *targets)
        assert invite.address == ("198.51.100.7", 5090)

    def test_the_requests_of_a_call_have_one_key(self) -> None:
        bench, _ = self.named()
        first = bench.resolve().key
        bench.receive(request(b"MESSAGE"))
        bench.receive(request(b"OPTIONS", call_id=b"another"))
        same, other = bench.proxy.actions.resolves
        assert (same.key, other.key != first) == (first, True)

    @pytest.mark.parametrize("failure", ["silence", "503"])
    def test_the_next_address_is_tried_before_another_destination(self, failure: str) -> None:
        # RFC 3263 4.3.
        bench, _ = self.named()
        bench.router.following = [(gateway(2), None)]
        (first,) = bench.resolved(bench.resolve(), "198.51.100.7", "2001:db8::1", "198.51.100.8")
        sent = bench.wait(2.1) if failure == "silence" else bench.answer(first, 503)
        (second,) = [each for each in sent if each.address == ("198.51.100.8", 5080)]
        assert (second.uri, second.branch != first.branch) == (b"sip:bob@named", True)
        assert bench.router.failures == []
        assert words(bench.answer(second, 503)) == [b"ACK", b"INVITE"]
        assert bench.router.failures == [("named", 503, True)]

    def test_any_other_failure_is_the_names(self) -> None:
        bench, _ = self.named()
        (first,) = bench.resolved(bench.resolve(), "198.51.100.7", "198.51.100.8")
        assert words(bench.answer(first, 500)) == [b"ACK", b"500"]
        assert bench.router.failures == [("named", 500, True)]

    def test_who_rings_and_then_says_nothing_is_not_tried_elsewhere(self) -> None:
        bench, _ = self.named()
        (first,) = bench.resolved(bench.resolve(), "198.51.100.7", "198.51.100.8")
        bench.answer(first, 180)
        assert {each.address for each in bench.wait(41)} == {first.address, CALLER}
        assert bench.router.failures == [("named", 408, True)]

    def test_also_where_no_destination_is_meant(self) -> None:
        bench = Bench(relay())
        bench.receive(request(b"BYE", uri=b"sip:bob@gw.example.org"))
        (first,) = bench.resolved(bench.resolve(), "198.51.100.7", "198.51.100.8")
        (second,) = [each for each in bench.wait(2.1) if each.address != first.address]
        assert (second.first, second.address) == (first.first, ("198.51.100.8", 5060))
        assert words(bench.answer(second, 200)) == [b"200"]
        bench.wait(70)
        assert bench.is_empty()

    def test_a_cancelled_call_is_not_tried_elsewhere(self) -> None:
        bench, _ = self.named()
        (first,) = bench.resolved(bench.resolve(), "198.51.100.7", "198.51.100.8")
        bench.receive(CANCEL)
        assert {each.address for each in bench.wait(40)} <= {first.address, CALLER}

    def test_a_request_uri_without_a_host_is_not_looked_up(self) -> None:
        bench = Bench(relay())
        assert words(bench.receive(request(uri=b"tel:+1234"))) == [b"100"]
        assert bench.proxy.actions.resolves == []
        assert words(bench.wait(0.02)) == [b"500"]


class TestDecisions:
    def test_a_reply_is_sent_without_a_transaction_and_each_time_the_same(self) -> None:
        bench = Bench(Reply(404, b"Nobody Here", b"X-Why: so\r\n"), server=b"txdispatcher")
        (first,) = bench.receive(request())
        assert first.first == b"SIP/2.0 404 Nobody Here"
        assert (first.values(b"X-Why"), first.values(b"Server")) == ([b"so"], [b"txdispatcher"])
        (second,) = bench.receive(request())
        assert second.data == first.data
        assert bench.is_empty()

    def test_what_is_discarded_is_counted(self) -> None:
        bench = Bench(Discard("outsiders"))
        assert bench.receive(request()) == []
        assert bench.counters["outsiders"] == 1
        assert bench.is_empty()

    def test_a_full_table_is_a_503_with_retry_after(self) -> None:
        bench = Bench(max_transactions=2)
        for number in range(2):
            bench.receive(request(branch=b";branch=z9hG4bK%d" % number))
        (reply,) = bench.receive(request(branch=b";branch=z9hG4bKmore"))
        assert reply.first == b"SIP/2.0 503 Service Unavailable"
        assert reply.values(b"Retry-After") == [b"10"]
        assert (bench.proxy.transactions, bench.counters["overloaded"]) == (2, 1)
        # What is in it goes on, and what needs no place in it is answered.
        assert words(bench.receive(request(branch=b";branch=z9hG4bK1"))) == [b"100"]
        bench.router.decision = Reply(403)
        assert words(bench.receive(request(branch=b";branch=z9hG4bKmore"))) == [b"403"]

    def test_a_route_that_is_no_address_is_a_400_and_leaves_nothing_behind(self) -> None:
        bench = Bench(relay())
        (reply,) = bench.receive(request(headers=b"Route: <sip:[::>\r\n"))
        assert reply.word == b"400"
        assert bench.is_empty()

    def test_each_branch_has_its_own_request_uri(self) -> None:
        bench = Bench(Relay((gateway(1), gateway(2)), (b"sip:bob@one", None)))
        _, one, two = bench.receive(request())
        assert (one.uri, two.uri) == (b"sip:bob@one", b"sip:bob@example.org")
        assert one.branch != two.branch


class TestFaults:
    """A fault of ours costs its request, and leaves nothing behind that nothing ends."""

    @staticmethod
    def unsendable(number: int) -> Hop:
        hop = gateway(number)
        hop.edited = "no context"
        return hop

    @staticmethod
    def ends(bench: Bench) -> bool:
        bench.wait(40)
        return bench.is_empty()

    @pytest.mark.parametrize("method", [b"INVITE", b"OPTIONS"])
    def test_one_before_there_is_a_branch(self, method: bytes) -> None:
        bench = Bench(Relay((gateway(1),), None))  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            bench.receive(request(method))
        assert words(bench.sent()) == ([b"100", b"500"] if method == b"INVITE" else [])
        assert self.ends(bench)

    @pytest.mark.parametrize("method", [b"INVITE", b"OPTIONS"])
    def test_one_while_a_branch_is_sent_fails_that_branch(self, method: bytes) -> None:
        bench = Bench(Relay((self.unsendable(1),), (None,)))
        bench.router.following = [(gateway(2), None)]
        with pytest.raises(AssertionError):
            bench.receive(request(method))
        bench.sent()
        (sent,) = bench.wait(0.02)
        assert (sent.word, sent.address) == (method, gateway(2).address)
        assert bench.router.failures == [("gateway 1", 503, False)]
        assert words(bench.answer(sent, 200)) == [b"200"]
        assert self.ends(bench)

    def test_one_behind_a_name(self) -> None:
        hop = Hop("gw.example.com", 5060, "udp", destination="named")
        hop.edited = "no context"
        bench = Bench(Relay((hop,), (None,)))
        bench.receive(request())
        with pytest.raises(AssertionError):
            bench.resolved(bench.resolve(), "198.51.100.7")
        assert words(bench.wait(0.02)) == [b"500"]
        assert self.ends(bench)

    def test_one_while_the_next_destination_is_looked_for(self) -> None:
        def failure(*_: object) -> None:
            raise ZeroDivisionError

        bench = Bench()
        invite = bench.receive(request())[-1]
        bench.router.failure = failure  # type: ignore[assignment,method-assign]
        with pytest.raises(ZeroDivisionError):
            bench.answer(invite, 486)
        assert words(bench.sent()) == [b"ACK", b"486"]
        assert self.ends(bench)


class TestTwoListeners:
    OTHER = Listener("udp", "2001:db8::100", 5080)

    def test_a_request_leaves_by_the_listener_of_its_hops_family_and_its_responses_by_the_one_it_came_by(self) -> None:
        bench = Bench(Relay((Hop("2001:db8::1", 5060, "udp"),), (None,)), listeners=(OURS, self.OTHER))
        invite = bench.receive(request())[-1]
        assert invite.listener is self.OTHER
        assert invite.values(b"Via")[0].startswith(b"SIP/2.0/UDP [2001:db8::100]:5080;branch=")
        (final,) = bench.answer(invite, 200)
        assert (final.listener, final.address) == (OURS, CALLER)

    def test_a_hop_may_say_by_which_it_is_reached_by_name_too(self) -> None:
        other = Listener("udp", "127.0.0.9", 5080)
        for host in ("192.0.2.9", "gw.example.com"):
            hop = Hop(host, 5060, "udp")
            hop.near = other
            bench = Bench(Relay((hop,), (None,)), listeners=(OURS, other))
            sent = bench.receive(request())
            if hop.address is None:
                sent = bench.resolved(bench.resolve(), "192.0.2.9")
            assert (sent[-1].listener, sent[-1].address) == (other, ("192.0.2.9", 5060))


def test_branches_are_never_used_twice_and_carry_the_magic_cookie() -> None:
    bench = Bench(relay(1, 2))
    seen = [
        each.branch
        for number in range(3)
        for each in bench.receive(request(branch=b";branch=z9hG4bK%d" % number))
        if each.word == b"INVITE"
    ]
    assert len(set(seen)) == 6
    assert all(branch.startswith(b"z9hG4bKinst") for branch in seen)


def test_the_router_sees_the_request_after_16_4() -> None:
    seen: list[Context] = []

    def decide(context: Context) -> Decision:
        seen.append(context)
        return Reply(404)

    bench = Bench(decide)
    bench.receive(request(headers=b"Route: <sip:192.0.2.100;lr;kd=x>\r\n", to=b"<sip:b@example.org>;tag=b"))
    (context,) = seen
    assert (context.routes, context.to_tag, context.source) == ([], b"b", CALLER)
    assert context.own_params == b";lr;kd=x"


class TestCounters:
    def test_transactions_and_how_they_ended(self) -> None:
        bench = Bench()
        relayed = bench.receive(request())[-1]
        bench.answer(relayed, 180)
        bench.answer(relayed, 200)
        refused = bench.receive(request(b"OPTIONS", branch=b";branch=z9hG4bKsecond"))[-1]
        bench.answer(refused, 404)
        counted = {name: bench.counters[name] for name in ("transactions", "answered_2xx", "answered_4xx", "responses_sent")}
        # 100, 180, 200 and 404.
        assert counted == {"transactions": 2, "answered_2xx": 1, "answered_4xx": 1, "responses_sent": 4}
