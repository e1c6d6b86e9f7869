"""Scripts of a few lines through the proxy: statements, values, functions, and what a script does wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.proxy.bench import OURS, request, values, words
from tests.routing.kamailio.script_bench import ScriptBench, script
from txdispatcher.config.load import read_config
from txdispatcher.errors import ConfigError
from txdispatcher.net.events import Event
from txdispatcher.proxy.listener import Listener
from txdispatcher.scripting import event_routes


def printed(folder: Path, body: str, data: bytes = b"") -> list[str]:
    """What the request route with that body prints."""
    bench = script(folder, body)
    bench.receive(data or request())
    return [text for _, text in bench.logged]


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ('xlog("$rm $ru <$rU> $fU $ft $$ $si:$sp\\n");', ["INVITE sip:bob@example.org <bob> alice alice $ 192.0.2.1:5070"]),
        ('$var(a) = 2 + 3 * 4; xlog("$var(a)");', ["14"]),
        ('$var(a) = "x" + 1 + "y"; xlog("$var(a)");', ["x1y"]),
        ('$var(a) = 7 / 2; $var(b) = -7 % 2; xlog("$var(a) $var(b)");', ["3 -1"]),
        ('$avp(a) = "1"; $avp(a) = "2"; xlog("$avp(a) $(avp(a)[1]) $(avp(a)[*])");', ["2 1 2, 1"]),
        ('$xavp(x=>f) = 5; xlog("$xavp(x=>f) $xavp(y=>f)");', ["5 <null>"]),
        (
            '$var(u) = "sip:" + $rU + "@other.example:5090;a=b"; xlog("$(var(u){uri.host}):$(var(u){uri.port})");',
            ["other.example:5090"],
        ),
        ('$var(u) = "a=1;b=2"; xlog("$(var(u){param.value,b}{s.len})");', ["1"]),
        ('xlog("$(ru{uri.host}{s.toupper})");', ["EXAMPLE.ORG"]),
        ('$var(h) = "/RPC?a=1"; xlog("$(var(h){url.path}) $(var(h){url.querystring})");', ["/RPC a=1"]),
        ('$ru = "sip:eve@example.net:5070"; $rU = "carol"; $rd = "x.example"; xlog("$ru");', ["sip:carol@x.example:5070"]),
        ('prefix("00"); strip(1); xlog("$rU");', ["0bob"]),
        ('if ($rU == "bob" && method == "INVITE" && uri =~ "ORG$") xlog("yes"); else xlog("no");', ["yes"]),
        ('if ($avp(none) == $null && !defined $avp(none) && $var(zero) == 0) xlog("yes");', ["yes"]),
        ('if (src_ip == 192.0.2.0/24 and not (src_ip == 10.0.0.1)) xlog("yes");', ["yes"]),
        ('if (uri == myself) xlog("us"); else xlog("them");', ["them"]),
        ('$var(i) = 0; while ($var(i) < 3) { $var(i) = $var(i) + 1; if ($var(i) == 2) break; } xlog("$var(i)");', ["2"]),
        (
            'switch ($rU) { case "al": xlog("1"); case /^B/: xlog("2"); case "x": xlog("3"); break; default: xlog("4"); }',
            ["2", "3"],
        ),
        ('switch ($rU) { case "al": xlog("1"); break; default: xlog("4"); }', ["4"]),
        ('$var(s) = 1; if (ds_select_dst("$var(s)", "8")) xlog("$du");', ["sip:198.51.100.1:5060"]),
        ('$var(s) = 1; $var(n) = 3; setflag("$var(n)"); setflag("1$var(s)"); xlog("$mf");', ["2056"]),
        ('$var(f) = 99; if (!setflag("$var(f)") && !isflagset("$var(f)")) xlog("none");', ["none"]),
        ('setflag(3); if (isflagset(3)) xlog("set"); resetflag(3); if (!isflagset(3)) xlog("reset");', ["set", "reset"]),
        ('if (is_method("BYE|INVITE")) xlog("yes"); if (is_method("BYE")) xlog("no");', ["yes"]),
        ('if (ds_is_from_list()) xlog("yes"); else xlog("no"); if (ds_list_exists("1")) xlog("one");', ["no", "one"]),
        ('$var(a) = 7 mod 4; xlog("$var(a)");', ["3"]),
        ('if (src_ip == [2001:db8::1] or src_ip == 192.0.2.1) xlog("yes");', ["yes"]),
        ('log("a"); log(1, "b");', ["b"]),
        ('$ru = "sip:eve@x.example:5070"; xlog("$ou $oU $od $op $rz");', ["sip:bob@example.org bob example.org 5060 sip"]),
        ('xlog("$su $sut $proto $mt $cl $cT");', ["sip:192.0.2.1:5070 sip:192.0.2.1:5070;transport=udp udp 1 0 <null>"]),
        ('if ($Ts > 1600000000 && $time(year) > 2020 && $(time(hour){s.len}) > 0) xlog("yes");', ["yes"]),
        ('$var(u) = "sip:a@b;x=123;y=2"; xlog("$(var(u){re.subst,/;x=[0-9]{3}//g})");', ["sip:a@b;y=2"]),
        ('$avp(a) = 1; if (pv_isset("$avp(a)") && is_int("$avp(a)")) pv_unset("$avp(a)"); xlog("$avp(a)");', ["<null>"]),
        ('if (is_myself("sip:192.0.2.100") && !is_myself("sip:192.0.2.101")) xlog("yes");', ["yes"]),
        ('ds_select_dst("1", "8"); xlog("$du $avp(x)");', ["sip:198.51.100.1:5060 <null>"]),
        ('xlog("L_INFO", "a $rc"); exit; xlog("b");', ["a 1"]),
        ('sl_send_reply("200", "$rU"); return 0; xlog("b");', []),
    ],
)
def test_what_a_script_computes(tmp_path: Path, body: str, wanted: list[str]) -> None:
    assert printed(tmp_path, body) == wanted


def test_a_route_returns_what_its_caller_asks(tmp_path: Path) -> None:
    text = """route { if (route(YES)) xlog("1"); if (!route(NO)) xlog("2"); route("$var(none)NAMED"); route(END); xlog("5"); }
    route[YES] { return 1; } route[NO] { return -1; } route[0NAMED] { xlog("3"); } route[END] { xlog("4"); exit; }"""
    assert printed(tmp_path, text) == ["1", "2", "3", "4"]


def test_headers_are_changed_on_the_way(tmp_path: Path) -> None:
    bench = script(
        tmp_path,
        'remove_hf("X-Old"); append_hf("X-New: $rU\\r\\n"); insert_hf("X-First: 1\\r\\n"); $du = "sip:198.51.100.9"; t_relay();',
    )
    _, invite = bench.receive(request(headers=b"Max-Forwards: 70\r\nX-Old: a\r\nX-Keep: b\r\nx-old: c\r\n"))
    assert invite.address == ("198.51.100.9", 5060)
    assert b"x-old" not in invite.data.lower()
    assert values(invite.data, b"X-Keep") == [b"b"]
    assert values(invite.data, b"X-New") == [b"bob"]
    assert invite.data.index(b"X-First") < invite.data.index(b"X-Keep") < invite.data.index(b"X-New")


@pytest.mark.parametrize("how", ['$fs = "udp:192.0.2.101:5060";', "force_send_socket(udp:192.0.2.101:5060);"])
def test_a_script_says_which_socket_sends(tmp_path: Path, how: str) -> None:
    other = Listener("udp", "192.0.2.101", 5060)
    bench = script(
        tmp_path, f'$du = "sip:198.51.100.9"; {how} $fs = "udp:192.0.2.7:5060"; xlog("$fs"); t_relay();', listeners=(OURS, other)
    )
    invite = bench.receive(request())[-1]
    assert invite.listener is other
    assert [text for _, text in bench.logged] == [
        "udp:192.0.2.7:5060 is no socket of ours: $fs stays as it is",
        "udp:192.0.2.101:5060",
    ]


def test_headers_of_a_failure_route_are_those_of_the_next_branch(tmp_path: Path) -> None:
    bench = script(
        tmp_path,
        'route { ds_select_dst("1", "8"); append_hf("X-A: 1\\r\\n"); t_on_failure("F"); t_relay(); }\n'
        'failure_route[F] { append_hf("X-B: $T_reply_code\\r\\n"); $rU = "eve"; ds_next_dst(); t_relay(); }',
    )
    _, first = bench.receive(request())
    _, second = bench.answer(first, 503)
    assert values(first.data, b"X-B") == []
    assert (values(second.data, b"X-A"), values(second.data, b"X-B")) == ([b"1"], [b"503"])
    assert (second.uri, second.address[0]) == (b"sip:eve@example.org", "198.51.100.2")


def test_what_is_no_uri_leaves_the_request_uri_as_it_is(tmp_path: Path) -> None:
    bench = script(tmp_path, 'route { $ru = "notauri"; xlog("$ru"); ds_select_dst("1", "8"); t_relay(); }')
    assert bench.receive(request())[-1].uri == b"sip:bob@example.org"
    assert [text for _, text in bench.logged] == [
        "'notauri' is no URI: the Request-URI stays as it is",
        "sip:bob@example.org",
    ]


def test_an_answer_needs_a_status(tmp_path: Path) -> None:
    bench = script(tmp_path, 'route { if (!sl_send_reply("$var(none)", "Later")) sl_send_reply("480", "Later"); }')
    assert bench.receive(request())[-1].first == b"SIP/2.0 480 Later"
    assert [text for _, text in bench.logged] == ["0 is no status to answer with: 100 to 699 is allowed"]


def loads(bench: ScriptBench) -> list[int]:
    return [each.load for each in bench.sets[1].destinations]


def test_a_counted_call_ends_with_its_bye_though_the_script_does_not_say_so(tmp_path: Path) -> None:
    bench = script(tmp_path, 'route { if (is_method("INVITE")) ds_select_dst("1", "10"); t_relay(); }')
    bench.receive(request())
    assert sum(loads(bench)) == 1
    bench.receive(request(b"BYE", to=b"<sip:bob@example.org>;tag=x", branch=b";branch=z9hG4bKbye", cseq=2))
    assert sum(loads(bench)) == 0


def test_a_counted_call_that_nobody_takes_is_counted_no_more(tmp_path: Path) -> None:
    bench = script(tmp_path, 'route { ds_select_dst("1", "10"); t_relay(); }')
    sent = bench.receive(request())
    assert sum(loads(bench)) == 1
    bench.answer(sent[-1], 486)
    assert sum(loads(bench)) == 0


@pytest.mark.parametrize(
    "text",
    [
        'route { ds_select_dst("1", "10"); sl_send_reply("480", "Later"); }',
        'route { ds_select_dst("1", "10"); exit; }',
        'route { ds_select_dst("1", "10"); $var(x) = 1 / $var(none); }',
        'route { ds_select_dst("1", "10"); t_on_branch("B"); t_relay(); } branch_route[B] { drop; }',
    ],
)
def test_a_counted_call_that_goes_nowhere_is_counted_no_more(tmp_path: Path, text: str) -> None:
    bench = script(tmp_path, text)
    bench.receive(request())
    assert bench.sets.calls.used
    assert sum(loads(bench)) == 0


def test_branches_are_numbered(tmp_path: Path) -> None:
    bench = script(
        tmp_path,
        'route { xlog("request $T_branch_idx"); append_branch("sip:a@198.51.100.7"); append_branch("sip:a@198.51.100.8");\n'
        '  t_on_branch("B"); t_on_failure("F"); t_relay(); }\n'
        'branch_route[B] { xlog("branch $T_branch_idx"); }\n'
        'failure_route[F] { ds_select_dst("1", "8"); t_on_branch("B"); t_relay(); }',
    )
    sent = bench.receive(request(uri=b"sip:a@198.51.100.9"))
    for each in [each for each in sent if each.word == b"INVITE"]:
        bench.answer(each, 503)
    assert [text for _, text in bench.logged] == ["request 0", "branch 0", "branch 1", "branch 2", "branch 3"]


#: As Kamailio 5.6.3 answers each, false ones left out.
_TRUE = (1, 5, 6, 8, 11, 13, 14, 16, 17, 18)
_CONDITIONS = (
    "$rU",
    "$sp",
    '"12ab"',
    '" 12"',
    "-1",
    '"12"',
    "12",
    'is_method("BYE") == -1',
    'is_method("BYE") == 0',
    'is_method("BYE") < 0',
    'is_method("BYE") | is_method("ACK")',
    'is_method("INVITE") | is_method("ACK")',
    'is_method("INVITE") & is_method("ACK")',
    '!is_method("BYE") == 1',
    'is_method("BYE") + 5 == 5',
    '$var(none) == ""',
    '$var(none) == "0"',
    '$avp(none) == ""',
    "$avp(none) == 0",
    "$avp(none)",
    'ds_select_dst("9", "4") == -1',
)


def test_what_holds(tmp_path: Path) -> None:
    body = "".join(
        f'$var(v) = {text}; if ($var(v)) xlog("{number}");' if text[0] in '"-1' else f'if ({text}) xlog("{number}");'
        for number, text in enumerate(_CONDITIONS)
    )
    assert printed(tmp_path, body) == [str(number) for number in _TRUE]


def test_a_switch_over_a_function(tmp_path: Path) -> None:
    body = 'switch (ds_select_dst("9", "4")) { case -1: xlog("minus"); break; case 0: xlog("none"); }'
    assert printed(tmp_path, body) == ["none"]
    assert printed(tmp_path, '$var(rc) = ds_select_dst("9", "4"); xlog("$var(rc) $rc");') == ["-1 -1"]


def test_a_call_that_is_sent_on_and_on_ends(tmp_path: Path) -> None:
    text = 'route { ds_select_dst("1", "8"); t_on_failure("F"); t_relay(); }\n'
    text += 'failure_route[F] { xlog("again"); ds_select_dst("1", "8"); t_on_failure("F"); t_relay(); }'
    bench = script(tmp_path, text)
    sent = bench.receive(request())
    count = 0
    while sent[-1].word == b"INVITE":
        sent = bench.answer(sent[-1], 503)
        count += 1
    assert (count, sent[-1].word) == (12, b"500")
    assert bench.logged[-1][1] == "script fault 1: a request has been sent to 12 places (max_branches)"


def test_a_failure_route_can_be_taken_away(tmp_path: Path) -> None:
    text = 'route { ds_select_dst("1", "8"); t_on_failure("F"); t_on_failure("0"); t_relay(); }\n'
    bench = script(tmp_path, text + 'failure_route[F] { xlog("here"); }')
    bench.answer(bench.receive(request())[-1], 503)
    assert bench.logged == []


def test_how_far_it_is_sent_is_a_setting(tmp_path: Path) -> None:
    text = 'max_branches=2\nrequest_route { ds_select_dst("1", "8"); t_on_failure("F"); t_relay(); }\n'
    text += 'failure_route[F] { if (ds_next_dst()) { t_on_failure("F"); t_relay(); } }'
    bench = script(tmp_path, f"#!KAMAILIO\n{text}")
    sent = bench.answer(bench.receive(request())[-1], 503)
    assert words(bench.answer(sent[-1], 503)) == [b"ACK", b"500"]


_NEXT = """
route { ds_select_dst("1", "8"); t_on_failure("F"); t_relay(); }
failure_route[F] { xlog("$T_reply_code"); if (ds_next_dst()) { t_on_failure("F"); t_relay(); } }
"""


@pytest.mark.parametrize(
    ("setting", "statuses", "final"),
    [
        # As Kamailio 5.6 does it: what came before the last failure_route sent the call on counts no more, and a 6xx is no end.
        ("", [404, 486], b"486"),
        ("", [486, 404], b"404"),
        ("", [603, 486], b"486"),
        ('modparam("tm", "failure_reply_mode", 3)', [404, 486], b"486"),
        ('modparam("tm", "failure_reply_mode", 0)', [404, 486], b"404"),
        ('modparam("tm", "failure_reply_mode", 0)', [486, 404], b"404"),
        ("", [603, 200], b"200"),
    ],
)
def test_what_the_caller_gets_after_a_failover(tmp_path: Path, setting: str, statuses: list[int], final: bytes) -> None:
    bench = script(tmp_path, f"#!KAMAILIO\n{setting}\n{_NEXT}", gateways=2)
    sent = bench.receive(request())
    for status in statuses:
        sent = bench.answer(sent[-1], status)
    assert sent[-1].word == final
    assert bench.logged[0][1] == str(statuses[0])


def test_a_failure_route_is_entered_when_all_branches_have_ended(tmp_path: Path) -> None:
    bench = script(
        tmp_path,
        'route { append_branch("sip:a@198.51.100.7"); t_on_failure("F"); t_relay(); }\n'
        'failure_route[F] { xlog("$T_reply_code"); t_reply("480", "Nobody"); }',
    )
    first, second = [each for each in bench.receive(request(uri=b"sip:a@198.51.100.9")) if each.word == b"INVITE"]
    assert words(bench.answer(first, 486)) == [b"ACK"]
    assert bench.logged == []
    assert words(bench.answer(second, 404)) == [b"ACK", b"480"]
    assert [text for _, text in bench.logged] == ["404"]


def test_a_failure_route_may_answer(tmp_path: Path) -> None:
    bench = script(
        tmp_path,
        'route { ds_select_dst("1", "8"); t_on_failure("F"); t_relay(); }\n'
        'failure_route[F] { if (t_check_status("5[0-9][0-9]")) t_reply("480", "Later"); }',
    )
    _, first = bench.receive(request())
    ack, final = bench.answer(first, 503)
    assert (ack.word, final.first) == (b"ACK", b"SIP/2.0 480 Later")


def test_a_failure_route_hears_of_a_call_that_was_cancelled_and_leads_nowhere(tmp_path: Path) -> None:
    bench = script(
        tmp_path,
        'route { ds_select_dst("1", "8"); t_on_failure("F"); t_relay(); }\n'
        'failure_route[F] { if (t_is_canceled()) xlog("cancelled $T_reply_code"); ds_next_dst(); t_relay(); }',
    )
    _, invite = bench.receive(request())
    bench.answer(invite, 180)
    bench.receive(request(b"CANCEL"))
    assert words(bench.answer(invite, 487)) == [b"ACK", b"487"]
    assert [text for _, text in bench.logged] == ["cancelled 487"]


def test_a_missed_call_is_accounted_once_when_the_first_gateway_refuses_it(tmp_path: Path) -> None:
    bench = script(
        tmp_path,
        '#!KAMAILIO\nloadmodule "acc.so"\nmodparam("acc", "log_flag", 1)\nmodparam("acc", "log_missed_flag", 2)\n'
        'modparam("acc", "log_extra", "user=$rU;none=$avp(none)")\n'
        'route { setflag(1); setflag(2); ds_select_dst("1", "8"); t_on_failure("F"); t_relay(); }\n'
        "failure_route[F] { if (ds_next_dst()) t_relay(); }",
    )
    _, first = bench.receive(request())
    _, second = bench.answer(first, 500)
    assert words(bench.answer(second, 404)) == [b"ACK", b"404"]
    fields = "method=INVITE;from_tag=alice;to_tag=gw;call_id=call@192.0.2.1;code=500;reason=Some Phrase;user=bob;none="
    assert [text for _, text in bench.logged] == [f"ACC: call missed: timestamp=1700000000;{fields}"]


def test_a_branch_route_is_entered_before_each_branch(tmp_path: Path) -> None:
    bench = script(
        tmp_path,
        'route { $du = "sip:198.51.100.9"; t_on_branch("B"); t_relay(); }\nbranch_route[B] { append_hf("X-B: 1\\r\\n"); }',
    )
    _, invite = bench.receive(request())
    assert values(invite.data, b"X-B") == [b"1"]


def test_reply_routes_hear_of_each_response(tmp_path: Path) -> None:
    bench = script(
        tmp_path,
        'route { $du = "sip:198.51.100.9"; t_on_reply("R"); t_relay(); }\n'
        'onreply_route { xlog("all $rs"); } onreply_route[R] { if (status =~ "^18") xlog("one $T_reply_code"); }',
    )
    _, invite = bench.receive(request())
    assert words(bench.answer(invite, 180)) == [b"180"]
    assert words(bench.answer(invite, 200)) == [b"200"]
    assert [text for _, text in bench.logged] == ["all 180", "one 180", "all 200"]


def test_event_routes_are_entered_under_their_older_name_too(tmp_path: Path) -> None:
    bench = script(tmp_path, 'route { exit; }\nevent_route[dispatcher:ds-down] { xlog("down $rm $ru $du"); }', gateways=1)
    bench.script.event("dispatcher:dst-down", "sip:198.51.100.1:5060", 1.0, {})
    bench.script.event("dispatcher:dst-up", "sip:198.51.100.1:5060", 1.0, {})
    assert [text for _, text in bench.logged] == ["down OPTIONS sip:198.51.100.1:5060 <null>"]


def test_an_event_route_knows_what_led_to_it(tmp_path: Path) -> None:
    text = "$dsv(code) $dsv(reason) $dsv(flags) $dsv(setid) $dsv(uri)"
    bench = script(tmp_path, f'route {{ xlog("{text}"); exit; }}\nevent_route[dispatcher:dst-down] {{ xlog("{text}"); }}')
    bench.receive(request())
    enter = event_routes(bench.script, lambda: 1.0)
    of_a_ping = Event("dst-down", 0.0, 1, "sip:198.51.100.1", "AX", "IP", "ping answered 503", 503, "Full up")
    for event in (of_a_ping, replace(of_a_ping, code=408, phrase=None), replace(of_a_ping, code=0, phrase=None)):
        enter(event)
    assert [logged for _, logged in bench.logged] == [
        "<null> <null> <null> <null> <null>",
        "503 Full up 1 1 sip:198.51.100.1",
        "408  0 1 sip:198.51.100.1",
        "0  0 1 sip:198.51.100.1",
    ]


def test_what_is_neither_relayed_nor_answered_is_dropped_and_counted(tmp_path: Path) -> None:
    bench = script(tmp_path, "exit;")
    assert bench.receive(request()) == []
    assert bench.counters["unanswered"] == 1


def test_a_reply_of_the_script_has_its_headers(tmp_path: Path) -> None:
    bench = script(tmp_path, 'append_to_reply("Retry-After: 7\\r\\n"); sl_send_reply("503", "Full");')
    (reply,) = bench.receive(request())
    assert (reply.first, values(reply.data, b"Retry-After")) == (b"SIP/2.0 503 Full", [b"7"])


class TestFaults:
    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            ("while (1) { $var(i) = 1; }", "k.cfg:2: more than 100 turns of a loop (max_while_loops)"),
            (
                " ".join(f"$var({each}) = 0; while ($var({each}) < 90) {{ $var({each}) = $var({each}) + 1;" for each in "abcd")
                + "}}}}",
                "k.cfg:2: more than 10000 turns of loops in all",
            ),
            ("$var(a) = 1 / $var(b);", "k.cfg:2: division by zero"),
            ('route("$var(x)");', "k.cfg:2: there is no route[0]"),
            ('$var(p) = "["; if ($ru =~ $var(p)) exit;', "[ is no regular expression"),
            ('append_hf("no colon");t_relay();', "k.cfg:2: append_hf(): 'no colon' has no name and colon"),
        ],
    )
    def test_one_costs_the_request_a_500_and_the_log_a_line(self, tmp_path: Path, body: str, reason: str) -> None:
        bench = script(tmp_path, body)
        (reply,) = bench.receive(request())
        assert reply.word == b"500"
        [(_, text)] = bench.logged
        assert reason in text

    def test_a_route_that_calls_itself_ends(self, tmp_path: Path) -> None:
        bench = script(tmp_path, "route { route(A); }\nroute[A] { route(A); }")
        assert words(bench.receive(request())) == [b"500"]

    def test_the_log_is_not_flooded(self, tmp_path: Path) -> None:
        bench = script(tmp_path, "while (1) { }")
        for number in range(20):
            assert words(bench.receive(request(branch=b";branch=z9hG4bK%d" % number))) == [b"500"]
        assert len(bench.logged) == 1
        bench.wait(5)
        bench.receive(request(branch=b";branch=z9hG4bKlast"))
        assert [text.partition(":")[0] for _, text in bench.logged] == ["script fault 1", "script fault 21"]

    def test_in_a_failure_route_the_caller_gets_what_there_is(self, tmp_path: Path) -> None:
        bench = script(
            tmp_path, 'route { ds_select_dst("1", "8"); t_on_failure("F"); t_relay(); }\nfailure_route[F] { while (1) { } }'
        )
        _, first = bench.receive(request())
        assert words(bench.answer(first, 404)) == [b"ACK", b"404"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("t_relya();", r"k\.cfg:2: t_relya\(\) is unknown; did you mean t_relay"),
        ("t_realy();", r"k\.cfg:2: t_realy\(\) is unknown; did you mean t_relay"),
        ("t_branch_timeout();", r"k\.cfg:2: t_branch_timeout\(\) may not stand here; allowed in: failure_route"),
        ('t_on_failure("X");', r"k\.cfg:2: there is no failure_route\[X\]"),
        ("route(X);", r"k\.cfg:2: there is no route\[X\]"),
        ('ds_select_dst("1");', r"found 1 arguments; allowed: ds_select_dst\(set_id, algorithm, \[limit\]\)"),
        ("$var(a) = $time(our);", r"our is unknown; allowed: sec, min, hour"),
        ('rtpengine_manage("x");', r"rtpengine_manage\(\) is unknown; it is of the module rtpengine: media do not pass here"),
        ("setflag(32);", r"k\.cfg:2: found 32; allowed: a flag, 0 to 31"),
        ("setflag(FLT_ACC);", "found FLT_ACC, which is not defined; allowed: a number"),
        ('if (@to.tga == "") exit;', r"k\.cfg:2: @to.tga is unknown; did you mean @to.tag"),
        ('ds_select_dst("one", "4");', r'found "one"; allowed: a number'),
        ('xlog("$nothing");', r"k\.cfg:2: .*\$nothing is unknown"),
        ('xlog("$(ru{s.lenn})");', r"\{s.lenn\} is no transformation that is known"),
        ('$ft = "x";', r"\$ft cannot be written"),
        ('if (ur == "x") exit;', r"ur is unknown; allowed: uri, method"),
        ('if ($ru =~ "[") exit;', r"\[ is no regular expression"),
        ("failure_route[X] { exit; }", r"there is no request_route"),
        (
            "route { exit; }\nevent_route[tm:branch-failure:a] { exit; }",
            r"k\.cfg:2: .* is never entered; allowed: dispatcher:dst-down",
        ),
        ("route { exit; }\nroute { exit; }", r"k\.cfg:2: request_route is there already, in line 1"),
    ],
)
def test_what_is_wrong_is_an_error_when_it_is_loaded(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        script(tmp_path, text)


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "k.cfg"
    file.write_text(
        'loadmodule "topos.so"\n'
        "request_route {\n"
        "if (lookup(1)) {\n"
        "save(1);\n"
        "} else {\n"
        'xlog("$nothing");\n'
        "}\n"
        "}\n"
        "event_route[tm:branch-failure] { exit; }\n"
    )
    _, errors = read_config("", str(file))
    lines = [(each.file.rpartition(":")[2], each.reason.partition(" ")[0]) for each in errors]
    assert lines == [
        ("1", "is"),
        ("3", "lookup()"),
        ("4", "save()"),
        ("6", "'$nothing',"),
        ("9", "event_route[tm:branch-failure]"),
    ]


PING = request(b"OPTIONS", b"sip:198.51.100.1", headers=b"Max-Forwards: 70\r\n")


def test_our_own_requests_are_what_the_script_makes_of_them(tmp_path: Path) -> None:
    bench = script(
        tmp_path,
        "route { exit; }\n"
        'event_route[tm:local-request] { if (is_method("OPTIONS") && $ru =~ "198") { append_hf("X-Check: $rd\\r\\n");\n'
        '$rU = "ping"; xlog("$rm $ru"); } }',
    )
    made = bench.script.local_request(PING, OURS, ("198.51.100.1", 5060), bench.now)
    assert made.startswith(b"OPTIONS sip:ping@198.51.100.1 SIP/2.0\r\n")
    assert values(made, b"X-Check") == [b"198.51.100.1"]
    assert bench.logged == [(-1, "OPTIONS sip:ping@198.51.100.1")]


@pytest.mark.parametrize("text", ["", 'event_route[tm:local-request] { append_hf("no line"); }'])
def test_without_a_route_or_with_one_that_fails_they_stay_as_they_are(tmp_path: Path, text: str) -> None:
    bench = script(tmp_path, f"route {{ exit; }}\n{text}")
    assert bench.script.local_request(PING, OURS, ("198.51.100.1", 5060), bench.now) == PING


def test_a_timer_enters_a_plain_route(tmp_path: Path) -> None:
    bench = script(
        tmp_path,
        '#!KAMAILIO\nloadmodule "rtimer.so"\nmodparam("rtimer", "timer", "name=ta;interval=10;mode=1;")\n'
        'modparam("rtimer", "timer", "name=tb;interval=500000u")\n'
        'modparam("rtimer", "exec", "timer=ta;route=TICK")\nmodparam("rtimer", "exec", "timer=tb;route=TOCK")\n'
        'route { exit; }\nroute[TICK] { $var(a) = $var(a) + 1; xlog("tick $var(a)"); }\nroute[TOCK] { exit; }',
    )
    assert [(each.route, each.interval) for each in bench.script.modules.timers] == [("TICK", 10.0), ("TOCK", 0.5)]
    bench.script.timed("TICK", bench.now)
    assert bench.logged == [(-1, "tick 1")]
