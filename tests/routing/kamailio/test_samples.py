"""The documents' samples, run as they are: what becomes of each kind of request."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proxy.bench import ack_of, request, values, words
from tests.routing.kamailio.samples import sample
from tests.routing.kamailio.script_bench import ScriptBench

GATEWAYS = [f"198.51.100.{number}" for number in (1, 2, 3)]
NO_HOPS = b"Max-Forwards: 0\r\n"


@pytest.fixture
def old() -> ScriptBench:
    """sample-002: of the older README."""
    return ScriptBench(sample("sample-002.cfg"))


@pytest.fixture
def new() -> ScriptBench:
    """sample-000: of the newer guide."""
    return ScriptBench(sample("sample-000.cfg"))


def first_line(data: bytes) -> bytes:
    return data.partition(b"\r\n")[0]


class TestOlderSample:
    def test_calls_go_round_robin_with_the_request_uri_kept_and_no_record_route(self, old: ScriptBench) -> None:
        seen = []
        for number in range(4):
            trying, invite = old.receive(request(call_id=b"%d" % number, branch=b";branch=z9hG4bK%d" % number))
            assert trying.word == b"100"
            assert first_line(invite.data) == b"INVITE sip:bob@example.org SIP/2.0"
            assert values(invite.data, b"Record-Route") == []
            seen.append(invite.address[0])
        assert seen == [*GATEWAYS, GATEWAYS[0]]

    def test_too_many_hops_in_the_scripts_own_words(self, old: ScriptBench) -> None:
        (reply,) = old.receive(request(headers=NO_HOPS))
        assert first_line(reply.data) == b"SIP/2.0 483 To Many Hops"

    def test_without_a_destination(self, old: ScriptBench) -> None:
        old.sets.set_state(1, "all", 1)
        (reply,) = old.receive(request())
        assert first_line(reply.data) == b"SIP/2.0 500 No destination available"

    def test_silence_leads_to_the_next_gateway_and_an_answer_does_not(self, old: ScriptBench) -> None:
        _, first = old.receive(request())
        second = next(each for each in old.wait(2.2) if each.address != first.address)
        assert (first.address[0], second.address[0]) == (GATEWAYS[0], GATEWAYS[1])
        assert words(old.answer(second, 500)) == [b"ACK", b"500"]

    def test_all_silent_is_a_408(self, old: ScriptBench) -> None:
        old.receive(request())
        sent = old.wait(8)
        assert {each.address[0] for each in sent if each.word == b"INVITE"} == set(GATEWAYS)
        assert sent[-1].word == b"408"

    def test_a_cancel_goes_where_its_invite_went(self, old: ScriptBench) -> None:
        _, invite = old.receive(request())
        old.answer(invite, 180)
        ok, cancel = old.receive(request(b"CANCEL"))
        assert (ok.word, cancel.word, cancel.address) == (b"200", b"CANCEL", invite.address)
        old.answer(cancel, 200)
        assert words(old.answer(invite, 487)) == [b"ACK", b"487"]


class TestNewerSample:
    def test_a_call_is_balanced_with_a_record_route_and_without_its_preloaded_route(self, new: ScriptBench) -> None:
        seen = []
        for number in range(3):
            headers = b"Max-Forwards: 70\r\nRoute: <sip:203.0.113.9;lr>\r\n"
            data = request(call_id=b"%d" % number, branch=b";branch=z9hG4bK%d" % number, headers=headers)
            _, invite = new.receive(data)
            seen.append(invite.address[0])
            assert values(invite.data, b"Route") == []
            assert len(values(invite.data, b"Record-Route")) == 1
        assert seen == GATEWAYS

    def test_500_and_silence_lead_on_and_other_failures_do_not(self, new: ScriptBench) -> None:
        _, first = new.receive(request())
        ack, second = new.answer(first, 500)
        assert (ack.word, second.word, second.address[0]) == (b"ACK", b"INVITE", GATEWAYS[1])
        assert len(values(second.data, b"Record-Route")) == 1
        third = next(each for each in new.wait(2.2) if each.address != second.address)
        assert third.address[0] == GATEWAYS[2]
        assert words(new.answer(third, 486)) == [b"ACK", b"486"]

    def test_a_branch_that_rings_and_then_fails_is_given_up(self, new: ScriptBench) -> None:
        _, first = new.receive(request())
        new.answer(first, 180)
        assert words(new.answer(first, 404)) == [b"ACK", b"404"]

    @pytest.mark.parametrize(
        ("data", "answer"),
        [
            (request(headers=NO_HOPS), b"SIP/2.0 483 Too Many Hops"),
            (request(uri=b"sip:example.org"), b"SIP/2.0 484 Address Incomplete"),
            (request(b"REGISTER"), b"SIP/2.0 404 No registrar"),
            (request(b"SUBSCRIBE"), b"SIP/2.0 404 Not here"),
            (request(b"PUBLISH"), b"SIP/2.0 404 Not here"),
            (request(b"BYE", to=b"<sip:bob@example.org>;tag=x"), b"SIP/2.0 404 Not here"),
        ],
    )
    def test_what_the_script_answers_itself(self, new: ScriptBench, data: bytes, answer: bytes) -> None:
        (reply,) = new.receive(data)
        assert first_line(reply.data) == answer

    def test_without_a_destination(self, new: ScriptBench) -> None:
        new.sets.set_state(1, "all", 1)
        (reply,) = new.receive(request())
        assert first_line(reply.data) == b"SIP/2.0 404 No destination"

    def test_inside_a_dialog_the_route_says_where(self, new: ScriptBench) -> None:
        _, invite = new.receive(request())
        (route,) = values(invite.data, b"Record-Route")
        ok = new.answer(invite, 200)[-1]
        to = values(ok.data, b"To")[0]
        headers = b"Max-Forwards: 70\r\nRoute: %b\r\n" % route
        (ack,) = new.receive(request(b"ACK", b"sip:gw@198.51.100.1:5080", to=to, headers=headers, branch=b";branch=z9hG4bKa"))
        assert (ack.word, ack.address, values(ack.data, b"Route")) == (b"ACK", ("198.51.100.1", 5080), [])
        (bye,) = new.receive(
            request(b"BYE", b"sip:gw@198.51.100.1:5080", to=to, headers=headers, branch=b";branch=z9hG4bKb", cseq=2)
        )
        assert (bye.word, bye.address) == (b"BYE", ("198.51.100.1", 5080))

    def test_an_ack_that_belongs_to_nothing_is_dropped(self, new: ScriptBench) -> None:
        assert new.receive(request(b"ACK", to=b"<sip:bob@example.org>;tag=x", branch=b";branch=z9hG4bKother")) == []

    def test_the_ack_of_an_answer_of_our_own_ends_here(self, new: ScriptBench) -> None:
        invite = request(uri=b"sip:example.org")
        (reply,) = new.receive(invite)
        assert new.receive(ack_of(invite, reply.data)) == []

    def test_a_call_and_its_end_are_accounted(self, new: ScriptBench) -> None:
        _, invite = new.receive(request())
        (route,) = values(invite.data, b"Record-Route")
        assert route.endswith(b";lr=on>")
        ok = new.answer(invite, 200)[-1]
        headers = b"Max-Forwards: 70\r\nRoute: %b\r\n" % route
        to = values(ok.data, b"To")[0]
        (bye,) = new.receive(request(b"BYE", b"sip:gw@198.51.100.1", to=to, headers=headers, branch=b";branch=z9hG4bKb", cseq=2))
        new.answer(bye, 481)
        assert accounted(new) == [
            "ACC: transaction answered: timestamp=1700000000;method=INVITE;from_tag=alice;to_tag=gw;call_id=call@192.0.2.1;"
            "code=200;reason=Some Phrase;src_user=alice;src_domain=example.org;dst_ouser=bob;dst_user=bob;"
            "dst_domain=example.org;src_ip=192.0.2.1",
            "ACC: transaction answered: timestamp=1700000000;method=BYE;from_tag=alice;to_tag=gw;call_id=call@192.0.2.1;"
            "code=481;reason=Some Phrase;src_user=alice;src_domain=example.org;dst_ouser=bob;dst_user=gw;"
            "dst_domain=198.51.100.1;src_ip=192.0.2.1",
        ]

    def test_a_call_that_fails_is_not_accounted_as_the_script_says(self, new: ScriptBench) -> None:
        _, invite = new.receive(request())
        new.answer(invite, 486)
        assert accounted(new) == []


def accounted(bench: ScriptBench) -> list[str]:
    return [text for _, text in bench.logged if text.startswith("ACC")]


def test_a_sample_that_is_not_there_is_missed_where_peers_are_required(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TXDISPATCHER_SEEDS", str(tmp_path))
    monkeypatch.setenv("REQUIRE_PEERS", "1")
    with pytest.raises(pytest.fail.Exception, match=r"sample-002\.cfg is not there"):
        sample("sample-002.cfg")
