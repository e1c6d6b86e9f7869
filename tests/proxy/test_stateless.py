"""The stateless proxy of 16.11: what belongs together gets one branch, and only answers to what was sent are passed on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.proxy.bench import CALLER, OURS, Bench, ack_of, answer_to, relay, request, values, words
from txdispatcher.proxy.decision import Decision, Discard, Relay, Reply
from txdispatcher.proxy.hop import Hop
from txdispatcher.proxy.listener import Listener

KEY = b"secret"


def bench(decision: Decision | None = None, key: bytes = KEY, **others: object) -> Bench:
    return Bench(decision, key=key, **others)  # type: ignore[arg-type]


class TestRequests:
    def test_it_is_sent_on_with_a_via_of_ours_and_nothing_is_kept(self) -> None:
        proxy = bench(relay(1, record_route=b";lr"))
        (invite,) = proxy.receive(request())
        assert invite.values(b"Via")[0].startswith(b"SIP/2.0/UDP 192.0.2.100:5060;branch=z9hG4bK")
        assert invite.values(b"Record-Route") == [b"<sip:192.0.2.100:5060;lr>"]
        assert invite.values(b"Max-Forwards") == [b"69"]
        assert proxy.proxy.transactions == 0
        assert proxy.wait(1) == []

    def test_a_retransmission_leaves_as_the_same_bytes(self) -> None:
        proxy = bench()
        assert proxy.receive(request())[0].data == proxy.receive(request())[0].data

    def test_its_cancel_and_the_ack_of_its_failure_have_its_branch(self) -> None:
        proxy = bench()
        (invite,) = proxy.receive(request())
        (cancel,) = proxy.receive(request(b"CANCEL"))
        (final,) = proxy.answer(invite, 486)
        (ack,) = proxy.receive(ack_of(request(), final.data))
        assert {invite.branch, cancel.branch, ack.branch} == {invite.branch}
        assert words([cancel, ack]) == [b"CANCEL", b"ACK"]

    @pytest.mark.parametrize(
        "other",
        [
            request(branch=b";branch=z9hG4bKother"),
            request(cseq=2),
            request(call_id=b"other"),
            request().replace(b"192.0.2.1:5070", b"192.0.2.1:5071"),
        ],
    )
    def test_another_request_has_another_branch(self, other: bytes) -> None:
        proxy = bench()
        assert proxy.receive(request())[0].branch != proxy.receive(other)[0].branch

    @pytest.mark.parametrize("branch", [b"", b";branch=1"])
    def test_a_client_of_rfc_2543_has_a_branch_for_each_request(self, branch: bytes) -> None:
        proxy = bench()
        seen = {proxy.receive(request(branch=branch, cseq=cseq))[0].branch for cseq in (1, 1, 2, 3)}
        assert len(seen) == 3

    def test_a_loop_is_a_482(self) -> None:
        proxy = bench()
        (sent,) = proxy.receive(request())
        assert words(proxy.receive(sent.data, ("198.51.100.1", 5060))) == [b"482"]

    def test_a_reply_is_the_same_each_time_and_its_ack_ends_here(self) -> None:
        proxy = bench(Reply(403))
        first, second = proxy.receive(request()) + proxy.receive(request())
        assert (first.word, first.data) == (b"403", second.data)
        proxy.router.decision = relay(1)
        assert proxy.receive(ack_of(request(), first.data)) == []

    def test_what_is_discarded_is_counted(self) -> None:
        proxy = bench(Discard("outsiders"))
        assert proxy.receive(request()) == []
        assert proxy.counters["outsiders"] == 1

    def test_inside_a_dialog_it_goes_where_the_routes_say(self) -> None:
        proxy = bench(Relay())
        (bye,) = proxy.receive(request(b"BYE", b"sip:bob@198.51.100.7", headers=b"Route: <sip:192.0.2.100;lr>\r\n"))
        assert (bye.address, bye.values(b"Route")) == (("198.51.100.7", 5060), [])

    def test_of_several_hops_the_first_is_taken_with_its_request_uri(self) -> None:
        decision = relay(1, 2)
        decision.uris = (b"sip:bob@one", b"sip:bob@two")
        (sent,) = bench(decision).receive(request())
        assert (sent.uri, sent.address) == (b"sip:bob@one", ("198.51.100.1", 5060))

    def test_a_name_is_looked_up(self) -> None:
        proxy = bench(Relay((Hop("gw.example.org", 5080, "udp"),), (None,)))
        assert proxy.receive(request()) == []
        (invite,) = proxy.resolved(proxy.resolve(), "2001:db8::1", "198.51.100.7")
        assert invite.address == ("198.51.100.7", 5080)

    @pytest.mark.parametrize("addresses", [[], ["2001:db8::1"]])
    def test_one_that_leads_nowhere_is_a_500(self, addresses: list[str]) -> None:
        proxy = bench(Relay((Hop("gw.example.org", 5080, "udp"),), (None,)))
        proxy.receive(request())
        assert words(proxy.resolved(proxy.resolve(), *addresses)) == [b"500"]

    @pytest.mark.parametrize("uri", [b"sip:bob@[2001:db8::1]", b"sip:bob@198.51.100.1;transport=tcp", b"tel:+1234"])
    def test_so_is_one_that_no_listener_reaches(self, uri: bytes) -> None:
        proxy = bench(Relay())
        assert words(proxy.receive(request(uri=uri))) == [b"500"]
        assert proxy.proxy.actions.resolves == []


class TestResponses:
    @pytest.mark.parametrize(
        ("branch", "source"),
        [
            (b";branch=z9hG4bKa", CALLER),
            (b";branch=z9hG4bKa;rport", CALLER),
            (b";branch=z9hG4bKa;rport", ("203.0.113.5", 6000)),
            (b";branch=z9hG4bKa", ("203.0.113.5", 6000)),
            (b";rport", ("203.0.113.5", 6000)),
            (b";received=203.0.113.77;rport=1", ("203.0.113.5", 6000)),
            (b"", CALLER),
        ],
    )
    @pytest.mark.parametrize("status", [100, 180, 200, 487, 603])
    def test_they_go_where_the_request_came_from(self, branch: bytes, source: tuple[str, int], status: int) -> None:
        proxy = bench()
        (invite,) = proxy.receive(request(branch=branch), source)
        (passed,) = proxy.answer(invite, status)
        assert passed.word == b"%d" % status
        assert passed.address == (source if b"rport" in branch else (source[0], 5070))
        assert passed.values(b"Via") == invite.values(b"Via")[1:]

    def test_also_where_both_vias_stand_in_one_line(self) -> None:
        proxy = bench()
        (invite,) = proxy.receive(request())
        one, two = values(invite.data, b"Via")
        data = answer_to(invite.data, 200).replace(b"Via: %b\r\nVia: %b\r\n" % (one, two), b"Via: %b, %b\r\n" % (one, two))
        assert proxy.receive(data, invite.address)[0].values(b"Via") == [two]

    def test_also_behind_a_restart_with_the_same_key(self) -> None:
        (invite,) = bench().receive(request())
        assert words(bench().answer(invite, 200)) == [b"200"]
        assert words(bench(key=b"another").answer(invite, 200)) == []

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (b"UDP 192.0.2.100:5060", b"UDP 192.0.2.101:5060"),  # not our Via
            (b"UDP 192.0.2.1:5070", b"UDP 203.0.113.66:5070"),  # another victim
            (b"UDP 192.0.2.1:5070", b"UDP 192.0.2.1:9999"),
            (b"branch=z9hG4bKcall", b"branch=z9hG4bKcall;received=203.0.113.66"),
            (b"branch=z9hG4bKcall", b"branch=z9hG4bKother"),
            (b"Call-ID: ", b"Call-ID: x"),
            (b"Via: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKcall\r\n", b""),  # only ours
            (b";branch=z9hG4bK", b";x=z9hG4bK"),
            (b"CSeq: 1 ", b"CSeq: 2 "),
        ],
    )
    def test_what_answers_nothing_that_we_sent_is_dropped(self, old: bytes, new: bytes) -> None:
        proxy = bench()
        (invite,) = proxy.receive(request())
        data = answer_to(invite.data, 200)
        assert old in data
        assert proxy.receive(data.replace(old, new), invite.address) == []
        assert proxy.counters["stray_responses"] == 1

    def test_between_two_families_they_leave_by_the_callers(self) -> None:
        six = Listener("udp", "2001:db8::100", 5060)
        proxy = bench(Relay((Hop("2001:db8::1", 5060, "udp"),), (None,)), listeners=(OURS, six))
        (invite,) = proxy.receive(request())
        assert invite.listener is six
        (final,) = proxy.answer(invite, 200)
        assert (final.listener, final.address) == (OURS, CALLER)

    def test_a_hop_may_say_by_which_it_is_reached(self) -> None:
        other, hop = Listener("udp", "127.0.0.9", 5080), Hop("192.0.2.9", 5060, "udp")
        hop.near = other
        (invite,) = bench(Relay((hop,), (None,)), listeners=(OURS, other)).receive(request())
        assert invite.listener is other

    @given(
        host=st.sampled_from([b"192.0.2.1", b"Caller.example.org", b"[2001:db8::5]"]),
        port=st.sampled_from([b"", b":5060", b":6000"]),
        params=st.lists(
            st.sampled_from([b"branch=z9hG4bKa", b"branch=1", b"rport", b"rport=7", b"received=9.9.9.9", b'x="a;b,c"', b"ttl=1"]),
            unique=True,
        ),
        source=st.sampled_from([("192.0.2.1", 5060), ("203.0.113.5", 6000)]),
    )
    def test_every_via_finds_its_way_back(self, host: bytes, port: bytes, params: list[bytes], source: tuple[str, int]) -> None:
        via = b"".join((host, port, *(b";" + each for each in params)))
        proxy = bench()
        (invite,) = proxy.receive(request().replace(b"192.0.2.1:5070;branch=z9hG4bKcall", via), source)
        (final,) = proxy.answer(invite, 200)
        rport = b"rport" in via
        assert final.address == (source if rport else (source[0], int(port[1:] or 5060)))
