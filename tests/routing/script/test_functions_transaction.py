"""tm, rr and sl: timers, branches, directions, errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proxy.bench import request, values, words
from tests.routing.kamailio.script_bench import ScriptBench, script


class TestTimers:
    def test_a_silent_gateway_is_given_as_long_as_the_script_says(self, tmp_path: Path) -> None:
        bench = script(
            tmp_path,
            'route { ds_select_dst("1", "8"); t_set_fr(0, 1000); t_on_failure("F"); t_relay(); }\n'
            "failure_route[F] { t_reset_fr(); ds_next_dst(); t_relay(); }",
        )
        _, first = bench.receive(request())
        # One second for the first gateway, the setting's two for the second, both with a retransmission after half a second.
        sent = bench.wait(0.9)
        assert {each.address for each in sent} == {first.address}
        assert [each.address[0] for each in bench.wait(0.4)] == ["198.51.100.2"]
        assert {each.address[0] for each in bench.wait(1.5)} == {"198.51.100.2"}

    def test_so_is_one_that_rings(self, tmp_path: Path) -> None:
        bench = script(tmp_path, '$du = "sip:198.51.100.9"; t_set_fr(3000); t_relay();')
        _, invite = bench.receive(request())
        bench.answer(invite, 180)
        assert bench.wait(2.8) == []
        assert words(bench.wait(0.4)) == [b"CANCEL", b"408"]


class TestBranches:
    def test_all_go_out_at_once(self, tmp_path: Path) -> None:
        body = 'append_branch("sip:eve@198.51.100.7"); $du = "sip:198.51.100.9"; append_branch("sip:carol@x"); $rU = "b2";'
        sent = script(tmp_path, body + "t_relay();").receive(request(uri=b"sip:bob@198.51.100.6"))[1:]
        assert [(each.uri, each.address[0]) for each in sent] == [
            (b"sip:b2@198.51.100.6", "198.51.100.9"),
            (b"sip:eve@198.51.100.7", "198.51.100.7"),
            (b"sip:carol@x", "198.51.100.9"),
        ]

    def test_without_a_uri_the_request_uri_is_the_branch(self, tmp_path: Path) -> None:
        body = '$ru = "sip:a@198.51.100.7"; append_branch(); $ru = "sip:b@198.51.100.8"; t_relay();'
        sent = script(tmp_path, body).receive(request())[1:]
        assert [each.uri for each in sent] == [b"sip:a@198.51.100.7"]

    def test_the_first_to_answer_is_the_one(self, tmp_path: Path) -> None:
        bench = script(tmp_path, '$du = "sip:198.51.100.9"; append_branch("sip:eve@198.51.100.7"); t_relay();')
        _, first, second = bench.receive(request())
        bench.answer(first, 180)
        bench.answer(second, 180)
        assert words(bench.answer(second, 200)) == [b"200", b"CANCEL"]

    def test_a_failure_route_may_fork_too(self, tmp_path: Path) -> None:
        bench = script(
            tmp_path,
            'route { $du = "sip:198.51.100.9"; t_on_failure("F"); t_relay(); }\n'
            'failure_route[F] { $du = "sip:198.51.100.8"; append_branch("sip:eve@198.51.100.7"); t_relay(); }',
        )
        _, first = bench.receive(request())
        sent = bench.answer(first, 503)
        assert [(each.word, each.address[0]) for each in sent] == [
            (b"ACK", "198.51.100.9"),
            (b"INVITE", "198.51.100.8"),
            (b"INVITE", "198.51.100.8"),
        ]
        assert [each.uri for each in sent[1:]] == [b"sip:bob@example.org", b"sip:eve@198.51.100.7"]

    def test_one_that_leads_nowhere_is_none(self, tmp_path: Path) -> None:
        bench = script(tmp_path, 'if (!append_branch("no uri")) xlog("$rc");')
        bench.receive(request())
        assert [text for _, text in bench.logged] == ["-1"]


class TestBranchRoutes:
    TWO = 'route { $du = "sip:198.51.100.9"; append_branch("sip:eve@198.51.100.7"); t_on_branch("B"); append_hf("X-All: 1");'

    def test_what_one_changes_is_its_branchs_alone(self, tmp_path: Path) -> None:
        text = self.TWO + 't_relay(); }\nbranch_route[B] { if ($rU == "eve") { append_hf("X-Eve: 1\\r\\n"); $rU = "eva"; } }'
        _, first, second = script(tmp_path, text).receive(request())
        assert (values(first.data, b"X-Eve"), values(second.data, b"X-Eve")) == ([], [b"1"])
        assert (values(first.data, b"X-All"), values(second.data, b"X-All")) == ([b"1"], [b"1"])
        assert (first.uri, second.uri) == (b"sip:bob@example.org", b"sip:eva@198.51.100.7")

    def test_a_next_branch_has_nothing_of_the_first(self, tmp_path: Path) -> None:
        bench = script(
            tmp_path,
            'route { ds_select_dst("1", "8"); t_on_branch("B"); t_on_failure("F"); t_relay(); }\n'
            'branch_route[B] { append_hf("X-To: $du\\r\\n"); }\nfailure_route[F] { ds_next_dst(); t_on_branch("B"); t_relay(); }',
        )
        _, first = bench.receive(request())
        _, second = bench.answer(first, 503)
        assert values(first.data, b"X-To") == [b"sip:198.51.100.1:5060"]
        assert values(second.data, b"X-To") == [b"sip:198.51.100.2:5060"]

    def test_it_may_send_a_branch_elsewhere(self, tmp_path: Path) -> None:
        text = 'route { $du = "sip:198.51.100.9"; t_on_branch("B"); t_relay(); }\nbranch_route[B] { $du = "sip:198.51.100.5"; }'
        _, invite = script(tmp_path, text).receive(request())
        assert invite.address == ("198.51.100.5", 5060)

    def test_drop_drops_the_branch(self, tmp_path: Path) -> None:
        text = self.TWO + 't_relay(); }\nbranch_route[B] { if ($rU != "eve") drop; }'
        _, only = script(tmp_path, text).receive(request())
        assert only.uri == b"sip:eve@198.51.100.7"

    def test_where_none_is_left_the_caller_is_told(self, tmp_path: Path) -> None:
        (reply,) = script(tmp_path, self.TWO + "t_relay(); }\nbranch_route[B] { drop; }").receive(request())
        assert reply.word == b"500"


class TestDirection:
    @pytest.mark.parametrize(
        ("params", "wanted"),
        [(b";lr;ftag=alice", "downstream"), (b";lr;ftag=bob", "upstream"), (b";lr", "downstream")],
    )
    def test_by_the_tag_in_our_route(self, tmp_path: Path, params: bytes, wanted: str) -> None:
        text = (
            'loose_route(); if (is_direction("upstream")) xlog("upstream"); if (is_direction("downstream")) xlog("downstream");'
        )
        bench = script(tmp_path, text)
        bench.receive(request(b"BYE", to=b"<sip:b@x>;tag=1", headers=b"Route: <sip:192.0.2.100:5060%b>\r\n" % params))
        assert [text for _, text in bench.logged] == [wanted]

    def test_the_tag_is_noted_unless_the_setting_says_no(self, tmp_path: Path) -> None:
        body = 'route { $du = "sip:198.51.100.9"; record_route(); add_rr_param(";x=1"); t_relay(); }'
        _, invite = script(tmp_path, body).receive(request())
        assert values(invite.data, b"Record-Route") == [b"<sip:192.0.2.100:5060;lr;ftag=alice;x=1>"]
        (tmp_path / "k.cfg").write_text('modparam("rr", "append_fromtag", 0)\n' + body)
        _, invite = ScriptBench(tmp_path / "k.cfg").receive(request())
        assert values(invite.data, b"Record-Route") == [b"<sip:192.0.2.100:5060;lr;x=1>"]


class TestErrors:
    def test_a_request_that_leads_nowhere(self, tmp_path: Path) -> None:
        bench = script(tmp_path, "if (!t_relay()) sl_reply_error();")
        (reply,) = bench.receive(request(uri=b"tel:+4930"))
        assert reply.first == b"SIP/2.0 478 Unresolvable destination (478/SL)"

    def test_any_other(self, tmp_path: Path) -> None:
        (reply,) = script(tmp_path, "sl_reply_error();").receive(request())
        assert reply.first == b"SIP/2.0 500 I'm terribly sorry, server error occurred (1/SL)"


def test_what_a_failure_route_asks(tmp_path: Path) -> None:
    asked = " ".join(
        f'if ({each}) xlog("{name}");'
        for name, each in (
            ("timeout", "t_branch_timeout()"),
            ("replied", "t_branch_replied() && t_any_replied()"),
            ("grep", 't_grep_status("486")'),
            ("checked", 't_check_status("^4[0-9]{2}$")'),
            ("failure", "t_is_failure_route() && !t_is_request_route()"),
            ("set", 't_is_set("failure_route")'),
        )
    )
    bench = script(
        tmp_path, f'route {{ ds_select_dst("1", "8"); t_on_failure("F"); t_relay(); }}\nfailure_route[F] {{ {asked} }}'
    )
    _, first = bench.receive(request())
    bench.answer(first, 486)
    assert [text for _, text in bench.logged] == ["replied", "grep", "checked", "failure"]
    bench.logged.clear()
    bench.receive(request(branch=b";branch=z9hG4bKother"))
    bench.wait(3)
    assert [text for _, text in bench.logged] == ["timeout", "checked", "failure"]


def test_a_reason_is_one_line_whatever_the_request_puts_into_it(tmp_path: Path) -> None:
    bench = script(tmp_path, 'sl_send_reply("404", "$(rU{s.unescape.user})");')
    (reply,) = bench.receive(request(uri=b"sip:a%0d%0aX-Evil%3a%201@example.org"))
    assert reply.data.startswith(b"SIP/2.0 404 a  X-Evil: 1\r\nVia:")
