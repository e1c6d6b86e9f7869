"""Client transactions: what goes to the next hop, when, and until when."""

from __future__ import annotations

import pytest

from tests.proxy.bench import START, Bench, Sent, answer_to, relay, request, values, words
from txdispatcher.proxy.decision import Relay
from txdispatcher.proxy.stateful import StatefulProxy
from txdispatcher.proxy.timers import Timers

CANCEL = request(b"CANCEL")


def started(bench: Bench, method: bytes = b"INVITE") -> Sent:
    """The request as it left for the first gateway."""
    return bench.receive(request(method))[-1]


def times(sent: list[Sent]) -> list[float]:
    """Seconds since the start, down to tenths: each firing may be a tick late, and the next counts from there."""
    return [int((each.at - START) * 10 + 1e-6) / 10 for each in sent]


class TestInvite:
    def test_timer_a_doubles_without_limit_until_timer_b(self) -> None:
        bench = Bench(timers=Timers(fr=32.0))
        invite = started(bench)
        again = [each for each in bench.wait(31.9) if each.address == invite.address]
        assert times(again) == [0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
        assert all(each.data is invite.data for each in again)
        assert bench.counters["retransmissions_sent"] == 6

    def test_timer_b_is_a_408_for_the_caller(self) -> None:
        bench = Bench()
        started(bench)
        assert words(bench.wait(1.9)) == [b"INVITE", b"INVITE"]
        assert words(bench.wait(0.2)) == [b"408"]
        assert (bench.counters["timeouts"], bench.counters["replied"]) == (1, 1)
        assert bench.router.failures == [("gateway 1", 408, False)]

    def test_a_100_stops_retransmissions_and_goes_no_further(self) -> None:
        bench = Bench()
        invite = started(bench)
        assert bench.answer(invite, 100) == []
        assert bench.wait(10) == []

    def test_timer_c_cancels_and_is_a_408(self) -> None:
        bench = Bench()
        invite = started(bench)
        bench.answer(invite, 100)
        assert bench.wait(39.9) == []
        cancel, timeout = bench.wait(0.2)
        assert (cancel.word, cancel.address, timeout.word) == (b"CANCEL", invite.address, b"408")
        assert bench.router.failures == [("gateway 1", 408, True)]
        # Its 487 comes too late for the caller, but is acknowledged.
        assert bench.answer(cancel, 200) == []
        assert words(bench.answer(invite, 487)) == [b"ACK"]

    def test_timer_c_starts_anew_with_each_101_to_199_but_not_with_a_100(self) -> None:
        bench = Bench()
        invite = started(bench)
        bench.answer(invite, 183)
        bench.wait(30)
        bench.answer(invite, 180)
        bench.wait(30)
        bench.answer(invite, 100)
        assert bench.wait(9.9) == []
        assert words(bench.wait(0.2)) == [b"CANCEL", b"408"]

    def test_a_cancel_that_is_not_obeyed_ends_after_64_t1(self) -> None:
        bench = Bench()
        invite = started(bench)
        bench.answer(invite, 180)
        cancel = bench.receive(CANCEL)[-1]
        bench.answer(cancel, 200)
        assert bench.wait(30) == []
        # That it goes on ringing gives it no more time.
        bench.answer(invite, 180)
        assert bench.wait(1.9) == []
        assert words(bench.wait(0.2)) == [b"487"]

    def test_a_final_response_is_acknowledged_each_time_until_timer_d(self) -> None:
        bench = Bench()
        invite = started(bench)
        ack, final = bench.answer(invite, 486)
        assert (ack.word, final.word) == (b"ACK", b"486")
        again = bench.answer(invite, 486)
        assert [each.data for each in again] == [ack.data]
        bench.wait(4.9)
        assert words(bench.answer(invite, 486)) == [b"ACK"]
        bench.wait(0.2)
        assert bench.answer(invite, 486) == []
        assert bench.counters["stray_responses"] == 1

    def test_the_hops_ack_is_as_17_1_1_3_has_it(self) -> None:
        bench = Bench()
        bench.router.decision = relay(1)
        invite = bench.receive(request(headers=b"Max-Forwards: 9\r\nRoute: <sip:192.0.2.100;lr>\r\n"))[-1]
        ack = bench.answer(invite, 404, tag=b"over")[0]
        assert ack.first == b"ACK sip:bob@example.org SIP/2.0"
        assert ack.address == invite.address
        assert ack.values(b"Via") == [invite.values(b"Via")[0]]
        assert ack.values(b"To") == [b"<sip:bob@example.org>;tag=over"]
        assert ack.values(b"From") == invite.values(b"From")
        assert ack.values(b"Call-ID") == invite.values(b"Call-ID")
        assert ack.values(b"CSeq") == [b"1 ACK"]
        assert ack.values(b"Max-Forwards") == [b"70"]

    def test_a_2xx_is_never_acknowledged_by_us_and_passes_until_timer_m(self) -> None:
        bench = Bench()
        invite = started(bench)
        assert words(bench.answer(invite, 200)) == [b"200"]
        bench.wait(4.9)
        assert words(bench.answer(invite, 200)) == [b"200"]
        assert bench.counters["retransmissions_absorbed"] == 0
        bench.wait(0.2)
        assert bench.answer(invite, 200) == []

    def test_wt_0_stands_for_the_rfcs_32_seconds(self) -> None:
        bench = Bench(timers=Timers(wt=0))
        invite = started(bench)
        bench.answer(invite, 200)
        bench.wait(31.9)
        assert words(bench.answer(invite, 200)) == [b"200"]
        bench.wait(0.2)
        assert bench.is_empty()

    @pytest.mark.parametrize(("status", "again"), [(200, b"200"), (486, b"ACK")])
    def test_a_provisional_response_behind_the_final_one_is_dropped(self, status: int, again: bytes) -> None:
        bench = Bench()
        invite = started(bench)
        bench.answer(invite, status)
        assert bench.answer(invite, 180) == []
        assert words(bench.answer(invite, status)) == [again]
        bench.wait(5.1)
        bench.answer(invite, status)
        assert bench.counters["stray_responses"] == 1

    def test_a_failure_behind_a_2xx_is_absorbed(self) -> None:
        bench = Bench()
        invite = started(bench)
        bench.answer(invite, 200)
        assert bench.answer(invite, 486) == []
        assert bench.counters["retransmissions_absorbed"] == 1

    @pytest.mark.parametrize("late", [200, 299])
    def test_a_2xx_behind_a_failure_is_neither_acknowledged_nor_passed_on(self, late: int) -> None:
        bench = Bench()
        invite = started(bench)
        bench.answer(invite, 300)
        assert words(bench.answer(invite, 300)) == [b"ACK"]
        assert bench.answer(invite, late) == []

    @pytest.mark.parametrize("method", [b"INVITE", b"OPTIONS"])
    def test_a_success_leaves_nothing_to_send_again(self, method: bytes) -> None:
        bench = Bench()
        bench.answer(started(bench, method), 200)
        assert isinstance(bench.proxy, StatefulProxy)
        (client,) = bench.proxy.layer.clients.values()
        assert client.sent == b""

    def test_a_request_of_the_most_headers_can_still_be_cancelled_and_acknowledged(self) -> None:
        # What we add must not make it unreadable to ourselves.
        bench = Bench()
        headers = b"".join(b"X: %d\r\n" % number for number in range(200))
        invite = bench.receive(request(headers=b"Max-Forwards: 70\r\n" + headers))[-1]
        bench.answer(invite, 180)
        assert words(bench.receive(CANCEL)) == [b"200", b"CANCEL"]
        assert words(bench.answer(invite, 487)) == [b"ACK", b"487"]


class TestGivenUp:
    """A gateway that stayed silent for `fr` seconds may only have been slow: it is listened to until the RFC's own Timer B."""

    def given_up(self) -> tuple[Bench, Sent]:
        bench = Bench()
        invite = started(bench)
        assert words(bench.wait(2.1))[-1] == b"408"
        return bench, invite

    def test_it_is_sent_nothing_more(self) -> None:
        bench, invite = self.given_up()
        assert [each for each in bench.wait(60) if each.address == invite.address] == []
        assert bench.is_empty()

    def test_it_is_cancelled_when_it_begins_to_ring_and_the_caller_hears_nothing_of_it(self) -> None:
        bench, invite = self.given_up()
        (cancel,) = bench.answer(invite, 180)
        assert (cancel.word, cancel.address) == (b"CANCEL", invite.address)
        assert bench.answer(invite, 180) == []
        assert words(bench.answer(invite, 487)) == [b"ACK"]

    def test_its_late_final_response_is_acknowledged_and_changes_nothing(self) -> None:
        bench, invite = self.given_up()
        assert words(bench.answer(invite, 486)) == [b"ACK"]
        assert len(bench.router.failures) == 1

    def test_its_late_2xx_passes(self) -> None:
        bench, invite = self.given_up()
        assert words(bench.answer(invite, 200)) == [b"200"]

    def test_nothing_passes_behind_64_t1(self) -> None:
        bench, invite = self.given_up()
        bench.wait(30)
        assert bench.answer(invite, 200) == []

    def test_with_the_rfcs_own_timer_b_it_ends_at_once(self) -> None:
        bench = Bench(timers=Timers(fr=32.0))
        invite = started(bench)
        bench.wait(32.1)
        assert bench.answer(invite, 200) == []

    def test_after_timer_c_only_a_2xx_passes(self) -> None:
        bench = Bench()
        invite = started(bench)
        bench.answer(invite, 180)
        cancel = bench.wait(40.1)[0]
        assert bench.answer(invite, 183) == []
        assert bench.answer(cancel, 200) == []
        assert words(bench.answer(invite, 200)) == [b"200"]


class TestWithoutAnotherDestination:
    def test_a_request_within_a_call_has_timer_f_whatever_fr_is(self) -> None:
        # Nobody else could answer it: giving up early would only leave its sender without an answer that was late.
        bench = Bench(timers=Timers(fr=2.0))
        bench.router.decision = Relay()
        bye = bench.receive(request(b"BYE", b"sip:bob@198.51.100.7"))[-1]
        bench.wait(31)
        assert words(bench.answer(bye, 200)) == [b"200"]


class TestCancel:
    def test_before_the_first_provisional_response_it_waits_for_one(self) -> None:
        bench = Bench()
        invite = started(bench)
        assert words(bench.receive(CANCEL)) == [b"200"]
        (cancel,) = bench.answer(invite, 100)
        assert cancel.first == b"CANCEL sip:bob@example.org SIP/2.0"
        assert cancel.address == invite.address
        assert cancel.values(b"Via") == [invite.values(b"Via")[0]]
        assert cancel.values(b"To") == invite.values(b"To")
        assert cancel.values(b"CSeq") == [b"1 CANCEL"]

    def test_it_is_sent_once_whatever_comes_behind(self) -> None:
        bench = Bench()
        invite = started(bench)
        bench.receive(CANCEL)
        cancel = bench.answer(invite, 100)[0]
        bench.answer(cancel, 200)
        assert words(bench.answer(invite, 180)) == [b"180"]
        assert words(bench.receive(CANCEL)) == [b"200"]
        assert bench.wait(10) == []

    def test_it_is_sent_again_until_it_is_answered(self) -> None:
        bench = Bench(timers=Timers(fr=32.0))
        invite = started(bench)
        bench.answer(invite, 180)
        cancel = bench.receive(CANCEL)[-1]
        assert [each.data for each in bench.wait(1.6)] == [cancel.data, cancel.data]
        assert bench.answer(cancel, 100) == bench.answer(cancel, 183) == []
        assert bench.answer(cancel, 200) == []
        assert bench.wait(10) == []

    def test_it_is_given_up_at_timer_f(self) -> None:
        bench = Bench()
        invite = started(bench)
        bench.answer(invite, 180)
        bench.receive(CANCEL)
        bench.wait(2.1)
        assert bench.wait(10) == []

    def test_where_no_provisional_response_ever_comes_none_is_sent(self) -> None:
        bench = Bench()
        started(bench)
        bench.receive(CANCEL)
        assert words(bench.wait(2.1)) == [b"INVITE", b"INVITE", b"487"]
        assert set(words(bench.wait(60))) == {b"487"}
        assert bench.is_empty()


class TestOthers:
    def test_timer_e_doubles_to_t2_until_timer_f(self) -> None:
        bench = Bench(timers=Timers(fr=20.0))
        started(bench, b"OPTIONS")
        assert times([each for each in bench.wait(40) if each.word == b"OPTIONS"]) == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5]

    def test_a_provisional_response_slows_retransmissions_to_t2(self) -> None:
        bench = Bench(timers=Timers(fr=20.0))
        options = started(bench, b"OPTIONS")
        assert bench.answer(options, 100) == []
        assert times([each for each in bench.wait(19) if each.word == b"OPTIONS"]) == [4.0, 8.0, 12.0, 16.0]

    def test_timer_f_ends_it_without_an_answer(self) -> None:
        # RFC 4320 4.2: no 408.
        bench = Bench()
        started(bench, b"OPTIONS")
        assert words(bench.wait(10)) == [b"OPTIONS", b"OPTIONS"]
        assert bench.router.failures == [("gateway 1", 408, False)]

    def test_timer_f_runs_on_behind_a_provisional_response(self) -> None:
        bench = Bench()
        options = started(bench, b"OPTIONS")
        bench.answer(options, 100)
        assert bench.wait(2.1) == []
        assert bench.router.failures == [("gateway 1", 408, True)]
        assert bench.answer(options, 200) == []

    @pytest.mark.parametrize("status", [200, 302, 404, 500, 600])
    def test_a_final_response_passes_once_and_is_absorbed_until_timer_k(self, status: int) -> None:
        bench = Bench()
        options = started(bench, b"OPTIONS")
        (final,) = bench.answer(options, status)
        assert final.word == b"%d" % status
        assert bench.answer(options, status) == []
        assert bench.counters["retransmissions_absorbed"] == 1
        bench.wait(4.9)
        assert bench.answer(options, status) == []
        assert (bench.counters["stray_responses"], bench.counters["received_malformed"]) == (0, 0)
        bench.wait(0.2)
        bench.answer(options, status)
        assert bench.counters["stray_responses"] == 1


class TestUnreachable:
    def test_a_family_that_no_listener_has_is_a_500_and_tried_no_further(self) -> None:
        bench = Bench(relay(1))
        (hop,) = bench.router.decision.hops  # type: ignore[union-attr]
        hop.address = ("2001:db8::1", 5060)
        assert words(bench.receive(request())) == [b"100"]
        assert words(bench.wait(0.02)) == [b"500"]
        assert bench.router.failures == [("gateway 1", 503, False)]
        bench.wait(60)
        assert bench.is_empty()


def test_a_response_is_matched_by_branch_and_cseq_method() -> None:
    bench = Bench()
    invite = started(bench)
    other = answer_to(invite.data, 200).replace(b"CSeq: 1 INVITE", b"CSeq: 1 OPTIONS")
    assert bench.receive(other, invite.address) == []
    assert bench.counters["stray_responses"] == 1
    assert values(invite.data, b"CSeq") == [b"1 INVITE"]
