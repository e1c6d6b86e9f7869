"""The response context: which of several branches' answers the caller gets, what becomes of the others, failover and CANCEL."""

from __future__ import annotations

import pytest

from tests.proxy.bench import CALLER, Bench, ack_of, branches, gateway, relay, request, words
from txdispatcher.proxy.decision import Relay
from txdispatcher.proxy.stateful import StatefulProxy

CANCEL = request(b"CANCEL")


class TestParallel:
    def test_every_provisional_response_passes(self) -> None:
        bench = Bench()
        first, second = branches(bench)
        sent = bench.answer(first, 180, tag=b"one") + bench.answer(second, 183, tag=b"two")
        assert [each.values(b"To") for each in sent] == [[b"<sip:bob@example.org>;tag=%b" % tag] for tag in (b"one", b"two")]

    def test_a_2xx_cancels_the_others_and_every_further_2xx_passes(self) -> None:
        bench = Bench()
        first, second = branches(bench)
        bench.answer(second, 180)
        assert [(each.word, each.address) for each in bench.answer(first, 200, tag=b"one")] == [
            (b"200", CALLER),
            (b"CANCEL", second.address),
        ]
        assert words(bench.answer(second, 200, tag=b"two")) == [b"200"]

    def test_the_487_of_a_branch_that_lost_is_acknowledged_and_stays(self) -> None:
        bench = Bench()
        first, second = branches(bench)
        bench.answer(second, 180)
        bench.answer(first, 200)
        assert words(bench.answer(second, 487)) == [b"ACK"]

    def test_a_final_response_waits_for_the_other_branch(self) -> None:
        bench = Bench()
        first, second = branches(bench)
        assert words(bench.answer(first, 486)) == [b"ACK"]
        assert words(bench.answer(second, 404)) == [b"ACK", b"404"]

    @pytest.mark.parametrize(
        ("one", "other", "best"),
        [
            (486, 302, 302),  # the lowest class
            (500, 486, 486),
            (503, 404, 404),
            (404, 600, 600),
            (404, 603, 603),  # a 6xx goes before all
            (603, 302, 603),
            (404, 486, 404),  # the lowest of its kind
            (404, 407, 407),  # 401, 407, 415, 420 and 484 go before other 4xx
            (404, 401, 401),
            (404, 415, 415),
            (404, 420, 420),
            (404, 484, 484),
            (503, 500, 500),
            (503, 503, 500),  # a 503 never leaves
            (500, 408, 408),
        ],
    )
    @pytest.mark.parametrize("swap", [False, True])
    def test_the_best_is_chosen(self, one: int, other: int, best: int, swap: bool) -> None:
        bench = Bench()
        first, second = branches(bench)
        sent = bench.answer(first, other if swap else one) + bench.answer(second, one if swap else other)
        finals = [each.word for each in sent if each.address == CALLER]
        assert finals == [b"%d" % best]

    def test_what_was_received_goes_before_a_branch_that_stayed_silent(self) -> None:
        bench = Bench()
        first, _ = branches(bench)
        bench.answer(first, 500)
        assert words(bench.wait(2.1))[-1] == b"500"

    @pytest.mark.parametrize("status", [600, 603])
    def test_a_6xx_cancels_the_others_and_is_sent_when_they_have_ended(self, status: int) -> None:
        bench = Bench()
        first, second = branches(bench)
        bench.answer(second, 180)
        assert [(each.word, each.address) for each in bench.answer(first, status)] == [
            (b"ACK", first.address),
            (b"CANCEL", second.address),
        ]
        assert words(bench.answer(second, 487)) == [b"ACK", b"%d" % status]

    @pytest.mark.parametrize("status", [600, 603])
    def test_after_a_6xx_no_further_destination_is_tried(self, status: int) -> None:
        bench = Bench()
        first, second = branches(bench)
        bench.router.following = [(gateway(3), None)]
        bench.answer(second, 180)
        bench.answer(first, status)
        assert words(bench.answer(second, 500)) == [b"ACK", b"%d" % status]
        assert bench.router.failures == []

    def test_the_challenges_of_all_are_collected(self) -> None:
        bench = Bench()
        first, second = branches(bench)
        bench.answer(first, 401, headers=b'WWW-Authenticate: Digest realm="one"\r\n')
        final = bench.answer(second, 407, headers=b'Proxy-Authenticate: Digest realm="two"\r\n')[-1]
        assert final.word == b"401"
        assert final.values(b"WWW-Authenticate") == [b'Digest realm="one"']
        assert final.values(b"Proxy-Authenticate") == [b'Digest realm="two"']
        assert final.data.endswith(b"\r\n\r\n")

    def test_what_is_no_401_or_407_challenges_nobody(self) -> None:
        bench = Bench()
        first, second = branches(bench)
        bench.answer(first, 486, headers=b'Proxy-Authenticate: Digest realm="one"\r\n')
        final = bench.answer(second, 407, headers=b'Proxy-Authenticate: Digest realm="two"\r\n')[-1]
        assert final.values(b"Proxy-Authenticate") == [b'Digest realm="two"']

    def test_a_challenge_of_one_stands_in_its_response_once(self) -> None:
        bench = Bench()
        invite = bench.receive(request())[-1]
        final = bench.answer(invite, 407, headers=b'Proxy-Authenticate: Digest realm="two"\r\n')[-1]
        assert final.values(b"Proxy-Authenticate") == [b'Digest realm="two"']

    def test_a_503_becomes_a_500_and_keeps_its_fields(self) -> None:
        bench = Bench()
        invite = bench.receive(request())[-1]
        final = bench.answer(invite, 503, tag=b"busy", headers=b"Retry-After: 5\r\n")[-1]
        assert final.first == b"SIP/2.0 500 Server Internal Error"
        assert final.values(b"To") == [b"<sip:bob@example.org>;tag=busy"]
        assert final.values(b"Retry-After") == [b"5"]

    def test_a_503_stays_one_where_it_is_not_hidden(self) -> None:
        bench = Bench()
        assert isinstance(bench.proxy, StatefulProxy)
        bench.proxy.layer.hides_503 = False
        invite = bench.receive(request())[-1]
        assert words(bench.answer(invite, 503)) == [b"ACK", b"503"]


class TestFailover:
    """Serial branches: the router names the next one."""

    @pytest.mark.parametrize("status", [300, 302, 408, 486, 500, 503])
    def test_the_router_is_asked_once_for_each_failure_and_the_caller_hears_nothing(self, status: int) -> None:
        bench = Bench()
        bench.router.following = [(gateway(2), b"sip:bob@two"), (gateway(3), None)]
        first = bench.receive(request())[-1]
        ack, second = bench.answer(first, status)
        assert (ack.word, second.word, second.address, second.uri) == (b"ACK", b"INVITE", gateway(2).address, b"sip:bob@two")
        assert second.branch != first.branch
        third = bench.answer(second, status)[-1]
        assert (third.address, third.uri) == (gateway(3).address, b"sip:bob@example.org")
        assert words(bench.answer(third, 200)) == [b"200"]
        assert bench.router.failures == [("gateway 1", status, True), ("gateway 2", status, True)]
        assert bench.counters["failovers"] == 2

    def test_silence_is_a_failure(self) -> None:
        bench = Bench()
        bench.router.following = [(gateway(2), None)]
        bench.receive(request())
        sent = bench.wait(2.1)
        assert [each.address for each in sent] == [gateway(1).address] * 2 + [gateway(2).address]

    def test_a_retransmission_of_a_failure_is_none(self) -> None:
        bench = Bench()
        bench.router.following = [(gateway(2), None)]
        first = bench.receive(request())[-1]
        bench.answer(first, 500)
        assert words(bench.answer(first, 500)) == [b"ACK"]
        assert len(bench.router.failures) == 1

    def test_a_late_2xx_of_a_branch_that_was_given_up_passes_and_cancels_the_next(self) -> None:
        bench = Bench()
        bench.router.following = [(gateway(2), None)]
        first = bench.receive(request())[-1]
        second = bench.wait(2.1)[-1]
        bench.answer(second, 180)
        assert [(each.word, each.address) for each in bench.answer(first, 200)] == [
            (b"200", CALLER),
            (b"CANCEL", second.address),
        ]

    def test_other_late_responses_of_it_change_nothing(self) -> None:
        bench = Bench()
        bench.router.following = [(gateway(2), None), (gateway(3), None)]
        first = bench.receive(request())[-1]
        second = bench.wait(2.1)[-1]
        assert words(bench.answer(first, 183)) == [b"CANCEL"]
        assert words(bench.answer(first, 487)) == [b"ACK"]
        assert words(bench.answer(second, 200)) == [b"200"]
        assert len(bench.router.failures) == 1

    def test_when_all_are_tried_the_best_of_all_is_sent(self) -> None:
        bench = Bench()
        bench.router.following = [(gateway(2), None)]
        first = bench.receive(request())[-1]
        second = bench.answer(first, 404)[-1]
        assert words(bench.answer(second, 503)) == [b"ACK", b"404"]

    def test_hops_of_no_destination_are_not_the_routers(self) -> None:
        bench = Bench()
        bench.router.decision = relay()
        invite = bench.receive(request(uri=b"sip:bob@198.51.100.9"))[-1]
        assert words(bench.answer(invite, 503)) == [b"ACK", b"500"]
        assert bench.router.failures == []

    def test_what_a_strict_router_did_is_undone_for_every_branch(self) -> None:
        bench = Bench()
        bench.router.following = [(gateway(2), None)]
        first = bench.receive(request(uri=b"sip:192.0.2.100;lr", headers=b"Route: <sip:bob@example.org>\r\n"))[-1]
        second = bench.answer(first, 500)[-1]
        assert (first.uri, second.uri) == (b"sip:bob@example.org", b"sip:bob@example.org")

    def test_a_next_branch_carries_the_same_loop_mark(self) -> None:
        bench = Bench()
        bench.router.following = [(gateway(2), None)]
        first = bench.receive(request(headers=b"Route: <sip:192.0.2.100;lr>\r\n"))[-1]
        second = bench.answer(first, 500)[-1]
        assert second.branch.rpartition(b".")[2] == first.branch.rpartition(b".")[2]


class TestCancel:
    def test_while_ringing_the_branch_is_cancelled_and_its_487_passes(self) -> None:
        bench = Bench()
        invite = bench.receive(request())[-1]
        bench.answer(invite, 180)
        ok, cancel = bench.receive(CANCEL)
        assert (ok.word, ok.values(b"CSeq"), cancel.address) == (b"200", [b"1 CANCEL"], invite.address)
        bench.answer(cancel, 200)
        ack, final = bench.answer(invite, 487)
        assert (ack.word, final.word, final.address) == (b"ACK", b"487", CALLER)
        assert bench.counters["cancelled"] == 1
        bench.receive(ack_of(request(), final.data))
        bench.wait(40)
        assert bench.is_empty()

    def test_every_pending_branch_is_cancelled(self) -> None:
        bench = Bench()
        first, second = branches(bench)
        bench.answer(first, 180)
        bench.answer(second, 180)
        assert [each.address for each in bench.receive(CANCEL)] == [CALLER, first.address, second.address]
        assert words(bench.answer(first, 487)) == [b"ACK"]
        assert words(bench.answer(second, 487)) == [b"ACK", b"487"]

    def test_no_failover_behind_it(self) -> None:
        bench = Bench()
        bench.router.following = [(gateway(2), None)]
        invite = bench.receive(request())[-1]
        bench.answer(invite, 180)
        bench.receive(CANCEL)
        assert words(bench.answer(invite, 503)) == [b"ACK", b"500"]
        # The router is told, and what it says of a next one counts no more.
        assert bench.router.failures == [("gateway 1", 503, True)]

    def test_one_that_never_answered_has_failed_too(self) -> None:
        bench = Bench()
        bench.receive(request())
        bench.receive(CANCEL)
        assert words(bench.wait(40))[-1:] == [b"487"]
        assert bench.router.failures == [("gateway 1", 408, False)]

    def test_a_200_that_crosses_it_passes(self) -> None:
        bench = Bench()
        invite = bench.receive(request())[-1]
        bench.answer(invite, 180)
        cancel = bench.receive(CANCEL)[-1]
        assert words(bench.answer(invite, 200)) == [b"200"]
        assert bench.answer(cancel, 481) == []
        bench.wait(40)
        assert bench.is_empty()

    @pytest.mark.parametrize("status", [200, 486])
    def test_behind_the_final_response_it_is_answered_and_changes_nothing(self, status: int) -> None:
        bench = Bench()
        invite = bench.receive(request())[-1]
        bench.answer(invite, status)
        assert words(bench.receive(CANCEL)) == [b"200"]
        assert bench.counters["cancelled"] == 0

    def test_one_that_comes_again_is_answered_again_and_counted_once(self) -> None:
        bench = Bench()
        invite = bench.receive(request())[-1]
        bench.answer(invite, 180)
        bench.receive(CANCEL)
        assert words(bench.receive(CANCEL)) == [b"200"]
        assert bench.counters["cancelled"] == 1

    def test_of_nothing_it_is_a_481(self) -> None:
        (reply,) = Bench().receive(CANCEL)
        assert reply.first == b"SIP/2.0 481 Call/Transaction Does Not Exist"
        assert reply.values(b"CSeq") == [b"1 CANCEL"]

    def test_its_200_and_the_487_have_the_same_to_tag(self) -> None:
        bench = Bench()
        bench.receive(request())
        ok = bench.receive(CANCEL)[0]
        final = bench.wait(2.1)[-1]
        assert final.word == b"487"
        assert ok.values(b"To") == final.values(b"To")
        assert b";tag=" in ok.values(b"To")[0]

    def test_a_branch_that_stays_silent_counts_as_a_487_even_behind_a_503(self) -> None:
        bench = Bench()
        bench.router.following = [(gateway(2), None)]
        first = bench.receive(request())[-1]
        bench.answer(first, 503)
        bench.receive(CANCEL)
        assert words(bench.wait(2.1))[-1] == b"487"

    def test_a_branch_that_was_given_up_is_left_alone(self) -> None:
        bench = Bench()
        bench.router.following = [(gateway(2), None)]
        first = bench.receive(request())[-1]
        second = bench.wait(2.1)[-1]
        bench.answer(second, 180)
        assert [each.address for each in bench.receive(CANCEL)] == [CALLER, second.address]
        assert first.address != second.address


class TestAskedAtTheEnd:
    """A router that is asked when no branch is pending any more: Kamailio's failure_route."""

    @staticmethod
    def bench(*, forgets: bool = False) -> Bench:
        bench = Bench()
        bench.router.decision = Relay((gateway(1), gateway(2)), (None, None), at_end=True, forgets=forgets)
        return bench

    def test_it_hears_of_the_best_when_all_have_ended(self) -> None:
        bench = self.bench()
        first, second = [each for each in bench.receive(request()) if each.word == b"INVITE"]
        bench.answer(first, 486)
        assert bench.router.failures == []
        bench.answer(second, 404)
        assert [failure[1] for failure in bench.router.failures] == [404]

    def test_silence_is_a_408_like_any_other(self) -> None:
        bench = self.bench()
        first, _ = [each for each in bench.receive(request()) if each.word == b"INVITE"]
        bench.answer(first, 486)
        assert words(bench.wait(2.1))[-1] == b"408"
        assert [failure[1:] for failure in bench.router.failures] == [(408, False)]

    def test_after_a_6xx_it_may_name_another(self) -> None:
        bench = self.bench(forgets=True)
        bench.router.following = [(gateway(3), None)]
        first, second = [each for each in bench.receive(request()) if each.word == b"INVITE"]
        bench.answer(second, 180)
        assert words(bench.answer(first, 603)) == [b"ACK", b"CANCEL"]
        third = bench.answer(second, 487)[-1]
        assert (third.word, third.address) == (b"INVITE", ("198.51.100.3", 5060))
        assert words(bench.answer(third, 486)) == [b"ACK", b"486"]
        assert [failure[1] for failure in bench.router.failures] == [603, 486]

    @pytest.mark.parametrize(("forgets", "final"), [(False, b"404"), (True, b"486")])
    def test_what_came_before_another_was_tried(self, *, forgets: bool, final: bytes) -> None:
        bench = self.bench(forgets=forgets)
        bench.router.decision = Relay((gateway(1),), (None,), at_end=True, forgets=forgets)
        bench.router.following = [(gateway(3), None)]
        first = bench.receive(request())[-1]
        third = bench.answer(first, 404)[-1]
        assert words(bench.answer(third, 486)) == [b"ACK", final]
