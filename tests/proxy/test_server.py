"""Server transactions: what the caller gets, when, and until when. Several branches: test_server_branches."""

from __future__ import annotations

import gc
import weakref

import pytest

from tests.proxy.bench import CALLER, OURS, START, Bench, ScriptedRouter, Sent, ack_of, branches, gateway, relay, request, words
from txdispatcher.proxy.context import Context
from txdispatcher.proxy.decision import Relay, Reply
from txdispatcher.proxy.hop import Hop
from txdispatcher.proxy.stateful import StatefulProxy
from txdispatcher.proxy.timers import Timers
from txdispatcher.sip.message import Request, parse
from txdispatcher.sip.via import parse_via

CANCEL = request(b"CANCEL")


class TestInvite:
    def test_100_is_sent_at_once_and_again_for_each_retransmission(self) -> None:
        bench = Bench()
        trying, invite = bench.receive(request())
        assert (trying.word, trying.address) == (b"100", CALLER)
        assert b";tag=" not in trying.values(b"To")[0]
        (again,) = bench.receive(request())
        assert again.data is trying.data
        assert bench.counters["retransmissions_absorbed"] == 1
        assert bench.counters["relayed"] == 1
        assert invite.address == ("198.51.100.1", 5060)

    def test_a_100_carries_the_timestamp(self) -> None:
        trying = Bench().receive(request(headers=b"Timestamp: 54.1\r\n"))[0]
        assert trying.values(b"Timestamp") == [b"54.1"]

    def test_a_retransmission_gets_the_last_provisional_response(self) -> None:
        bench = Bench()
        invite = bench.receive(request())[-1]
        (ringing,) = bench.answer(invite, 180)
        (again,) = bench.receive(request())
        assert again.data is ringing.data

    def test_a_response_leaves_without_our_via_and_is_otherwise_as_it_came(self) -> None:
        bench = Bench()
        invite = bench.receive(request())[-1]
        (ringing,) = bench.answer(invite, 180, headers=b"X-Odd:  a , b\r\n")
        assert ringing.address == CALLER
        assert ringing.values(b"Via") == [b"SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKcall"]
        assert b"\r\nX-Odd:  a , b\r\n" in ringing.data

    def test_timer_g_sends_it_again_up_to_t2_apart_until_timer_h(self) -> None:
        bench = Bench()
        invite = bench.receive(request())[-1]
        final = bench.answer(invite, 486)[-1]
        again = bench.wait(40)
        assert all(each.data is final.data for each in again)
        assert [int((each.at - START) * 10) / 10 for each in again][:5] == [0.5, 1.5, 3.5, 7.5, 11.5]
        assert len(again) == 10
        assert bench.counters["retransmissions_sent"] == 10
        assert bench.is_empty()

    def test_its_ack_ends_timer_g_and_timer_i_the_transaction(self) -> None:
        bench = Bench()
        invite = bench.receive(request())[-1]
        final = bench.answer(invite, 486)[-1]
        ack = ack_of(request(), final.data)
        assert bench.receive(ack) == []
        assert bench.wait(4.9) == []
        assert bench.receive(request()) == []
        assert bench.receive(ack) == []
        assert bench.proxy.transactions == 1
        bench.wait(0.2)
        assert bench.proxy.transactions == 0
        assert bench.counters["relayed"] == 1

    def test_a_retransmission_behind_a_final_response_gets_it_again(self) -> None:
        bench = Bench()
        invite = bench.receive(request())[-1]
        final = bench.answer(invite, 486)[-1]
        (again,) = bench.receive(request())
        assert again.data is final.data

    def test_behind_a_2xx_retransmissions_are_absorbed_until_timer_l(self) -> None:
        bench = Bench()
        invite = bench.receive(request())[-1]
        bench.answer(invite, 200)
        assert bench.receive(request()) == []
        assert bench.wait(4.9) == []
        bench.wait(0.2)
        assert bench.is_empty()


class TestMemory:
    def test_what_is_answered_keeps_no_request(self) -> None:
        bench = Bench()
        invite = bench.receive(request())[-1]
        bench.answer(invite, 401, headers=b"WWW-Authenticate: Digest\r\n")
        assert isinstance(bench.proxy, StatefulProxy)
        (server,) = bench.proxy.layer.servers.values()
        assert (server.request, server.best, server.relay) == (b"", b"", None)

    def test_what_is_over_is_freed_without_the_collector(self) -> None:
        # Cycles would make it stop the world, the longer the more calls there are; compiled, it would not even find them.
        destinations = [Destination(), Destination(), Destination()]
        held = [weakref.ref(each) for each in destinations]
        first, second, third = (Hop(f"198.51.100.{n}", 5060, "udp", each) for n, each in enumerate(destinations))
        bench = Bench(Relay((first, second), (None, None)))
        bench.router.following = [(third, None)]
        del destinations, first, second, third
        gc.collect()
        gc.disable()
        try:
            _, one, two = bench.receive(request())
            three = bench.answer(one, 500)[-1]
            bench.answer(two, 180)
            bench.answer(three, 180)
            bench.receive(CANCEL)
            bench.answer(two, 487)
            bench.answer(three, 487)
            bench.wait(60)
            assert bench.is_empty()
            bench.router = ScriptedRouter(Reply(404))
            bench.proxy.router = bench.router
            assert [each() for each in held] == [None, None, None]
        finally:
            gc.enable()


class Destination:
    """What only a hop, and so a branch, holds on to."""


class TestOthers:
    def test_a_100_is_sent_once_when_timer_e_has_come_to_t2(self) -> None:
        # RFC 4320 4.1: not before T1 + 2*T1 + 4*T1.
        bench = Bench(timers=Timers(fr=20.0))
        assert words(bench.receive(request(b"OPTIONS"))) == [b"OPTIONS"]
        assert words(bench.wait(3.4)) == [b"OPTIONS"] * 2
        again, trying = bench.wait(0.3)
        assert (again.word, trying.word, trying.address) == (b"OPTIONS", b"100", CALLER)
        assert set(words(bench.wait(10))) == {b"OPTIONS"}
        assert words(bench.receive(request(b"OPTIONS"))) == [b"100"]

    def test_a_1xx_goes_no_further(self) -> None:
        bench = Bench()
        options = bench.receive(request(b"OPTIONS"))[-1]
        assert bench.answer(options, 183) == []
        assert words(bench.answer(options, 200)) == [b"200"]

    def test_a_retransmission_gets_nothing_before_the_answer_and_the_answer_until_timer_j(self) -> None:
        bench = Bench()
        options = bench.receive(request(b"OPTIONS"))[-1]
        assert bench.receive(request(b"OPTIONS")) == []
        (final,) = bench.answer(options, 200)
        (again,) = bench.receive(request(b"OPTIONS"))
        assert again.data is final.data
        bench.wait(4.9)
        assert len(bench.receive(request(b"OPTIONS"))) == 1
        assert bench.wait(0.2) == []
        assert bench.is_empty()

    def test_where_nobody_answers_neither_do_we_and_what_comes_again_is_absorbed(self) -> None:
        # RFC 4320 4.2. The caller asks until its own Timer F.
        bench = Bench()
        bench.receive(request(b"MESSAGE"))
        bench.wait(2.1)
        assert bench.receive(request(b"MESSAGE")) == []
        bench.wait(29)
        assert bench.receive(request(b"MESSAGE")) == []
        bench.wait(4)
        assert bench.is_empty()

    def test_a_408_from_the_next_hop_goes_no_further(self) -> None:
        bench = Bench()
        options = bench.receive(request(b"OPTIONS"))[-1]
        assert bench.answer(options, 408) == []
        bench.wait(60)
        assert bench.is_empty()

    def test_one_2xx_passes(self) -> None:
        bench = Bench()
        first, second = branches(bench, b"OPTIONS")
        assert words(bench.answer(first, 200)) == [b"200"]
        assert bench.answer(second, 200) == []


class TestEnding:
    """The router hears how what it watches ends."""

    @staticmethod
    def watched(method: bytes = b"INVITE") -> tuple[Bench, Sent]:
        bench = Bench(Relay((gateway(1),), (None,), watched=True))
        return bench, bench.receive(request(method))[-1]

    @pytest.mark.parametrize("status", [200, 486, 603])
    def test_once_with_the_first_final_response(self, status: int) -> None:
        bench, invite = self.watched()
        bench.answer(invite, 180)
        assert bench.router.endings == []
        for _ in range(2):
            bench.answer(invite, status)
        [(relay, heard, now)] = bench.router.endings
        assert (relay, heard, now) == (bench.router.decision, status, bench.now)
        bench.wait(60)
        assert len(bench.router.endings) == 1

    def test_when_there_is_no_room_for_it(self) -> None:
        bench = Bench(Relay((gateway(1),), (None,), watched=True), max_transactions=0)
        assert words(bench.receive(request())) == [b"503"]
        assert [status for _, status, _ in bench.router.endings] == [503]

    def test_when_it_was_cancelled(self) -> None:
        bench, invite = self.watched()
        bench.answer(invite, 180)
        bench.receive(request(b"CANCEL"))
        bench.answer(invite, 487)
        assert [status for _, status, _ in bench.router.endings] == [487]

    def test_when_nobody_answers(self) -> None:
        bench, _ = self.watched(b"MESSAGE")
        bench.wait(3)
        assert [status for _, status, _ in bench.router.endings] == [408]

    def test_nothing_of_what_it_does_not_watch(self) -> None:
        bench = Bench()
        bench.answer(bench.receive(request())[-1], 200)
        assert bench.router.endings == []


class TestHearing:
    """The router sees each response first, where it asked for that."""

    @staticmethod
    def heard() -> tuple[Bench, Sent]:
        bench = Bench(Relay((gateway(1),), (None,), hears=True))
        return bench, bench.receive(request())[-1]

    def test_each_of_them_the_retransmissions_of_a_2xx_too(self) -> None:
        bench, invite = self.heard()
        for status in (100, 180, 200, 200):
            bench.answer(invite, status)
        assert [status for _, status in bench.router.responses] == [100, 180, 200, 200]

    def test_what_it_makes_of_one_goes_on(self) -> None:
        bench, invite = self.heard()
        bench.router.replaced = lambda response: parse(response.data.replace(b"Some Phrase", b"Another"))  # type: ignore[return-value]
        (ringing,) = bench.answer(invite, 180)
        assert ringing.first == b"SIP/2.0 180 Another"

    def test_one_that_it_takes_away_never_came(self) -> None:
        bench, invite = self.heard()
        bench.router.replaced = lambda response: None
        assert bench.answer(invite, 180) == []
        assert words(bench.wait(0.6)) == [b"INVITE"]
        assert bench.counters["dropped_responses"] == 1

    def test_nothing_where_it_did_not_ask(self) -> None:
        bench = Bench()
        bench.answer(bench.receive(request())[-1], 180)
        assert bench.router.responses == []


class TestBranchesOfTheirOwn:
    def test_a_hop_may_have_another_request_and_timers(self) -> None:
        one, other = gateway(1), gateway(2)
        edited = parse(request(headers=b"Max-Forwards: 70\r\nX-Mine: 1\r\n"))
        assert isinstance(edited, Request)
        other.edited = Context(edited, parse_via(edited.data, edited.via_start, edited.via_end), CALLER, OURS)
        other.fr = 0.3
        bench = Bench(Relay((one, other), (None, None)))
        _, first, second = bench.receive(request())
        assert (first.values(b"X-Mine"), second.values(b"X-Mine")) == ([], [b"1"])
        bench.wait(0.4)
        assert [destination for destination, _, _ in bench.router.failures] == ["gateway 2"]

    def test_a_failure_may_lead_to_several(self) -> None:
        bench = Bench(relay(1))
        _, invite = bench.receive(request())
        bench.router.following = [(gateway(2), None)]
        decision = bench.router.decision
        assert isinstance(decision, Relay)
        decision.further = ((gateway(3), b"sip:eve@example.org"),)
        sent = bench.answer(invite, 503)
        assert [(each.word, each.address[0]) for each in sent] == [
            (b"ACK", "198.51.100.1"),
            (b"INVITE", "198.51.100.2"),
            (b"INVITE", "198.51.100.3"),
        ]
        assert sent[2].uri == b"sip:eve@example.org"
