"""Reply routes: what they read, change and drop of a response."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proxy.bench import Sent, request, values, words
from tests.routing.kamailio.script_bench import ScriptBench, script

ROUTE = 'route { $du = "sip:198.51.100.9"; setflag(1); $avp(a) = "kept"; t_on_reply("R"); t_relay(); }\n'


def called(folder: Path, more: str, data: bytes = b"") -> tuple[ScriptBench, Sent]:
    bench = script(folder, ROUTE + more)
    return bench, bench.receive(data or request())[-1]


def test_what_is_read_is_the_responses_own(tmp_path: Path) -> None:
    text = 'onreply_route[R] { xlog("$rs $rr $rm $tt $si:$sp $hdr(X-Gw) $avp(a)"); if (isflagset(1)) xlog("flag"); }'
    bench, invite = called(tmp_path, text)
    bench.answer(invite, 180, headers=b"X-Gw: seven\r\n")
    assert [text for _, text in bench.logged] == ["180 Some Phrase INVITE gw 198.51.100.9:5060 seven kept", "flag"]


def test_what_is_changed_goes_to_the_caller_with_each_retransmission(tmp_path: Path) -> None:
    text = 'onreply_route[R] { remove_hf("X-Gw"); append_hf("X-Us: $rs\\r\\n"); fix_nated_contact(); }'
    bench, invite = called(tmp_path, text)
    headers = b"X-Gw: seven\r\nContact: <sip:gw@10.1.1.1>\r\n"
    (ringing,) = bench.answer(invite, 180, headers=headers)
    assert (values(ringing.data, b"X-Gw"), values(ringing.data, b"X-Us")) == ([], [b"180"])
    (first,) = bench.answer(invite, 200, headers=headers)
    (again,) = bench.answer(invite, 200, headers=headers)
    assert first.data == again.data
    assert values(first.data, b"Contact") == [b"<sip:gw@198.51.100.9:5060>"]
    assert first.first == b"SIP/2.0 200 Some Phrase"


def test_every_reply_goes_through_the_global_route_and_then_its_own(tmp_path: Path) -> None:
    text = 'onreply_route { append_hf("X-1: a\\r\\n"); } onreply_route[R] { append_hf("X-2: b\\r\\n"); }'
    bench, invite = called(tmp_path, text)
    (ringing,) = bench.answer(invite, 180)
    assert values(ringing.data, b"X-1") + values(ringing.data, b"X-2") == [b"a", b"b"]


def test_a_body_is_changed_with_its_length(tmp_path: Path) -> None:
    bench, invite = called(tmp_path, 'onreply_route[R] { set_body("v=0", "application/sdp"); }')
    (ringing,) = bench.answer(invite, 183)
    assert ringing.data.endswith(b"Content-Length: 3\r\nContent-Type: application/sdp\r\n\r\nv=0")


def test_another_status(tmp_path: Path) -> None:
    text = 'onreply_route[R] { if ($rs == 486) change_reply_status(480, "Later"); else change_reply_status(200, "OK"); }'
    bench, invite = called(tmp_path, text)
    assert words(bench.answer(invite, 180)) == [b"180"]
    ack, final = bench.answer(invite, 486)
    assert (ack.word, final.first) == (b"ACK", b"SIP/2.0 480 Later")


def test_a_provisional_reply_is_dropped_and_the_gateway_is_waited_for(tmp_path: Path) -> None:
    bench, invite = called(tmp_path, 'onreply_route[R] { if (status == "183") drop; }')
    assert bench.answer(invite, 183) == []
    # It has answered: neither is it asked again, nor given up after fr_timer.
    assert bench.wait(30) == []
    assert words(bench.answer(invite, 180)) == [b"180"]
    assert words(bench.answer(invite, 200)) == [b"200"]


def test_a_final_reply_that_its_own_route_drops_goes_on(tmp_path: Path) -> None:
    bench, invite = called(tmp_path, "onreply_route[R] { drop; }")
    assert words(bench.answer(invite, 200)) == [b"200"]


def test_what_the_global_route_drops_never_came(tmp_path: Path) -> None:
    bench, invite = called(tmp_path, 'onreply_route { if (status == "503") drop; }\nonreply_route[R] { exit; }')
    assert bench.answer(invite, 503) == []
    assert bench.counters["dropped_responses"] == 1
    assert words(bench.wait(0.6)) == [b"INVITE"]
    assert words(bench.answer(invite, 200)) == [b"200"]


def test_a_fault_leaves_the_response_as_it_came(tmp_path: Path) -> None:
    bench, invite = called(tmp_path, 'onreply_route[R] { append_hf("X-Us: 1\\r\\n"); $var(a) = 1 / $var(b); }')
    (ok,) = bench.answer(invite, 200)
    assert values(ok.data, b"X-Us") == []
    assert "division by zero" in bench.logged[-1][1]


def test_the_request_is_as_it_was_after_a_reply(tmp_path: Path) -> None:
    text = """onreply_route[R] { append_hf("X-Us: 1\\r\\n"); $avp(b) = "set"; t_on_failure("F"); }
    failure_route[F] { xlog("$ru $avp(b) $hdr(X-Mine)"); $du = "sip:198.51.100.8"; append_hf("X-Next: 1\\r\\n"); t_relay(); }"""
    bench, invite = called(tmp_path, text, request(headers=b"Max-Forwards: 70\r\nX-Mine: 1\r\n"))
    _, second = bench.answer(invite, 503)
    assert [text for _, text in bench.logged] == ["sip:bob@example.org set 1"]
    assert second.address == ("198.51.100.8", 5060)
    assert (values(second.data, b"X-Us"), values(second.data, b"X-Next")) == ([], [b"1"])


@pytest.mark.parametrize("body", ["t_relay();", 'sl_send_reply("200", "OK");', 'ds_select_dst("1", "4");', "append_branch();"])
def test_what_is_for_requests_may_not_stand_in_a_reply_route(tmp_path: Path, body: str) -> None:
    with pytest.raises(Exception, match="may not stand here; allowed in: request_route"):
        called(tmp_path, f"onreply_route[R] {{ {body} }}")
