"""What a Kamailio configuration file may hold besides statements of the usual form."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proxy.bench import request
from tests.routing.kamailio.script_bench import script
from txdispatcher.errors import ConfigError
from txdispatcher.routing.script.selects import OTHERS, URIS, variable_of
from txdispatcher.routing.script.texts import compile_value


def printed(folder: Path, text: str, data: bytes = b"") -> list[str]:
    """What a script, or the request route with that body, prints for one request."""
    bench = script(folder, text)
    bench.receive(data or request())
    return [line for _, line in bench.logged]


class TestFlags:
    def test_a_declared_flag_has_its_number(self, tmp_path: Path) -> None:
        text = '#!KAMAILIO\nflags\n  FLT_ACC: 3,\n  FLT_NAT;\nroute { setflag(FLT_ACC); setflag(FLT_NAT); xlog("$mf"); }'
        assert printed(tmp_path, text) == ["9"]

    @pytest.mark.parametrize(
        ("flags", "reason"),
        [
            ("flags A:1, A:2;", r"k\.cfg:2: A is declared already; allowed: each name once, 0 to 31"),
            ("flags A:32;", r"k\.cfg:2: A is 32; allowed"),
            ("avpflags A;", r"k\.cfg:2: avpflags are not there; the nearest is \$avp\(name\)"),
        ],
    )
    def test_what_is_wrong_with_one(self, tmp_path: Path, flags: str, reason: str) -> None:
        with pytest.raises(ConfigError, match=reason):
            script(tmp_path, f"#!KAMAILIO\n{flags}\nroute {{ exit; }}")


class TestSelects:
    @pytest.mark.parametrize(
        ("select", "value"),
        [
            ("@from.uri.user", "alice"),
            ("@ruri.host", "example.org"),
            ("@cseq.method", "INVITE"),
            ("@hf_value.max_forwards", "70"),
            ('@hf_value["Max-Forwards"]', "70"),
            ('@ruri.param["x"]', "1"),
            ("@ruri.hostport", "example.org:5080"),
            ("@src.ip", "192.0.2.1"),
        ],
    )
    def test_one_gives_what_its_variable_does(self, tmp_path: Path, select: str, value: str) -> None:
        data = request().replace(b"INVITE sip:bob@example.org", b"INVITE sip:bob@example.org:5080;x=1")
        assert printed(tmp_path, f'$var(a) = {select}; xlog("$var(a)");', data) == [value]
        inner = select[1:]
        assert printed(tmp_path, f"xlog('$sel({inner})');", data) == [value]

    def test_each_is_a_variable_that_there_is(self) -> None:
        for select in (*OTHERS, *URIS, *(f"{uri}.user" for uri in URIS)):
            compile_value(variable_of(select))


class TestTheFileItself:
    def test_a_variable_says_where_it_stands(self, tmp_path: Path) -> None:
        text = """route { xlog("$cfg(line) $cfg(route)"); route(A); }
            route[A] { xlog("$cfg(line) $cfg(route)"); $var(l) = $cfg(line); xlog("$var(l)"); }"""
        assert printed(tmp_path, text) == ["1 DEFAULT_ROUTE", "2 A", "2"]

    def test_a_variable_says_what_is_defined(self, tmp_path: Path) -> None:
        text = """#!define PRICE 5$$
            #!define N 7
            route { $var(n) = $defn(N) + 1; xlog("$def(PRICE) $def(NONE) $var(n)"); if ($def(NONE) == $null) xlog("no"); }"""
        assert printed(tmp_path, text) == ["5$$ <null> 8", "no"]

    def test_in_a_string_that_a_function_is_not_given_it_is_as_it_is_written(self, tmp_path: Path) -> None:
        text = """#!KAMAILIO
            gw.note = "5 $" desc "a price"
            route { $var(a) = "$def(X) $rU $sel(cfg_get.gw.note)"; $var(b) = $sel(cfg_get.gw.note);
            xlog("$var(a)|$var(b)|$sel(cfg_get.gw.note)"); }"""
        assert printed(tmp_path, text) == ["$def(X) $rU $sel(cfg_get.gw.note)|5 $|5 $"]

    def test_what_the_environment_says(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("KD_NUMBER", "5")
        monkeypatch.setenv("KD_TEXT", 'a"b')
        text = """#!defenv KD_NUMBER
            #!defenvs T=KD_TEXT
            #!trydefenv KD_NONE
            route { $var(a) = KD_NUMBER + 1; xlog("$var(a) $env(KD_NUMBER)"); xlog(T); }"""
        assert printed(tmp_path, text) == ["6 5", 'a"b']
        with pytest.raises(ConfigError, match=r"k\.cfg:1: the environment has no KD_NONE; #!trydefenv goes on"):
            script(tmp_path, "#!defenv KD_NONE\nroute { exit; }")


def test_a_function_without_arguments_needs_no_parentheses(tmp_path: Path) -> None:
    assert printed(tmp_path, 'resetdsturi; if (has_totag()) exit(); xlog("on");') == ["on"]


def test_shared_variables_begin_as_the_file_says_and_outlive_a_request(tmp_path: Path) -> None:
    bench = script(
        tmp_path,
        '#!KAMAILIO\nmodparam("pv", "shvset", "count=i:5")\nmodparam("pv", "shvset", "name=s:a b")\n'
        'route { $shv(count) = $shv(count) + 1; xlog("$shv(count) $shv(name) $shv(none)"); }',
    )
    for number in range(2):
        bench.receive(request(branch=b";branch=z9hG4bK%d" % number))
    assert [text for _, text in bench.logged] == ["6 a b 0", "7 a b 0"]


def test_whole_xavps(tmp_path: Path) -> None:
    body = """$xavp(a=>b) = 1; $xavp(a=>b) = 2; $xavp(a=>b) = 3; $var(i) = 2;
        xlog("$cnt($xavp(a)) $xavp(a[$var(i)]=>b)"); $xavp(a) = $null; xlog("$xavp(a=>b)"); if ($xavp(a) != $null) xlog("there");
        $xavp(a[$var(one)]=>b) = 9; xlog("$xavp(a=>b)"); $xavp(a[*]=>b) = 7; xlog("$cnt($xavp(a)) $xavp(a=>b)");
        $xavp(a[*]) = $null; xlog("$xavp(a)");"""
    assert printed(tmp_path, body) == ["3 1", "2", "there", "9", "1 7", "<null>"]


def test_what_has_no_value_is_equal_to_zero_and_to_the_empty_text(tmp_path: Path) -> None:
    # As in Kamailio, by the type of the other side.
    body = (
        'if ($avp(n) == 0) xlog("1"); if ($avp(n) == "") xlog("2"); if ($avp(n) == "0") xlog("3"); if ($avp(n) != 0) xlog("4");'
    )
    assert printed(tmp_path, body) == ["1", "2"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('xlog("$rU $RU");', r"\$RU is unknown; did you mean \$Ru or \$rU or \$ru"),
        ('xlog("$hrd(X)");', r"\$hrd is unknown; did you mean \$rd or \$hdr"),
        ('xlog("$zzzz");', r"\$zzzz is unknown; docs/script-reference\.md lists"),
        ("$zvar(a) = 1;", r"\$zvar is unknown; did you mean \$var"),
        ('xlog("$(ru{s.select,x,:})");', r"\{s\.select\} has the argument 'x'; allowed: a number"),
        ('xlog("$(ru{s.substr})");', r"\{s\.substr\} has 0 arguments; allowed: \{s\.substr,offset\[,length\]\}"),
        ('xlog("$(ru{uri.hots})");', r"no transformation that is known; did you mean \{uri\.host\}"),
        ('xlog("$TV(x)");', r"x is unknown; allowed: s, sn, u, un, Sn"),
        ('xlog("$cnt($var(a))");', r"counts \$avp\(name\) or \$xavp\(name\)"),
        ('xlog("$cfg(lien)");', r"\$cfg\(lien\) is unknown; allowed: line, name"),
    ],
)
def test_what_is_wrong_with_a_variable(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        script(tmp_path, text)


def test_a_route_that_may_not_be_there(tmp_path: Path) -> None:
    text = """route { if (!route_if_exists("NONE")) xlog("none"); if (route_if_exists("$var(none)A")) xlog("a");
        if (check_route_exists("0A") && !check_route_exists("A")) xlog("checked"); }
        route[0A] { xlog("in"); return 2; }"""
    assert printed(tmp_path, text) == ["none", "in", "a", "checked"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("$var(a) = 10 / 0;", r"k\.cfg:2: / 0: division by zero"),
        ("$var(a) = $rP % 0;", r"k\.cfg:2: % 0: division by zero"),
        ('xlog("L_FOO", "x");', r"k\.cfg:2: found L_FOO; allowed: L_ALERT, "),
        ("set_advertised_port(5080);", r"listen = … advertise ADDRESS:PORT is the nearest"),
        ("isavpflagset(1);", r"\$avp\(name\) is the nearest"),
    ],
)
def test_what_cannot_come_right_is_told_when_it_is_loaded(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        script(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('switch ($rU) { case /"^B": xlog("1"); break; default: xlog("2"); }', ["1"]),
        ('if (src_ip == ::1 || src_ip == 2001:db8::/32) xlog("6"); else xlog("4");', ["4"]),
        ('$avp("s:a") = 1; xlog("$avp(a)");', ["1"]),
        ('#!KAMAILIO\nflags A:4;\nroute { setflag("A"); xlog("$mf"); }', ["16"]),
        ('#!define LONG 1 + \\\n  2\nroute { $var(a) = LONG; xlog("$var(a) $cfg(line)"); }', ["3 3"]),
        ('error("a", "b");', ["error: a, b"]),
    ],
)
def test_what_kamailio_reads_besides(tmp_path: Path, text: str, wanted: list[str]) -> None:
    assert printed(tmp_path, text) == wanted


@pytest.mark.parametrize("call", ["forward(uri:host, uri:port)", "forward(uri:host)", "forward(198.51.100.7, 5060)"])
def test_where_a_request_is_forwarded_to(tmp_path: Path, call: str) -> None:
    bench = script(tmp_path, f'$rd = "198.51.100.7"; {call};')
    assert bench.receive(request())[-1].address == ("198.51.100.7", 5060)


def test_what_a_uri_without_a_transport_is_said_to_have(tmp_path: Path) -> None:
    # In capitals where it is Kamailio's default, else as the URI has it.
    body = '$du = "sip:h;transport=tcp"; xlog("$rP $oP $dP $nh(P)");'
    assert printed(tmp_path, body) == ["UDP UDP tcp tcp"]


def test_variables_of_a_response(tmp_path: Path) -> None:
    text = """route { $du = "sip:198.51.100.9"; t_on_reply("R"); t_relay(); }
        onreply_route[R] { xlog("$mts $rs $rr $rv $cfg(route) $hdr(X-A) <$rb>"); }"""
    bench = script(tmp_path, text)
    invite = bench.receive(request())[-1]
    bench.answer(invite, 486)
    assert [line for _, line in bench.logged] == ["rp 486 Some Phrase SIP/2.0 R <null> <>"]


class TestTruth:
    @pytest.mark.parametrize(
        ("condition", "holds"),
        [
            ("$var(x)", False),
            ("!$var(x)", False),
            ("!!$var(x)", True),
            ("$var(x) && 1", True),
            ("0 || $var(x)", True),
            ("!($var(x) + 1)", True),
            ("!route(A)", True),
            ("route(A) || 0", False),
        ],
    )
    def test_beside_an_operator_a_number_below_0_holds(self, tmp_path: Path, condition: str, holds: bool) -> None:
        text = f"""route {{ $var(x) = -1; if ({condition}) xlog("yes"); $var(y) = {condition}; if ($var(y) > 0) xlog("yes"); }}
            route[A] {{ return -1; }}"""
        assert printed(tmp_path, text) == ["yes"] * 2 * holds


class TestFaults:
    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ('route {\nxlog("a");\nif ($ru =~ $var(x)) exit; }', "{folder}/k.cfg:3: ( is no regular expression"),
            ("route { route(A); }\nroute[A] {\nroute(A); }", "{folder}/k.cfg:3: route[A] calls itself, 256 deep"),
            ('route { t_on_branch($var(x));\n$du = "sip:198.51.100.1"; t_relay(); }', "fault 1: there is no branch route ("),
            ("route {\n$var(a) = 1 / $var(y); }", "fault 1: {folder}/k.cfg:2: division by zero"),
        ],
    )
    def test_one_says_where_it_is(self, tmp_path: Path, text: str, reason: str) -> None:
        begun = text.replace("route {", 'route { $var(x) = "(";', 1)
        assert reason.format(folder=tmp_path) in printed(tmp_path, begun)[-1]


def test_the_reason_of_a_changed_reply_is_one_line(tmp_path: Path) -> None:
    text = """route { $du = "sip:198.51.100.1"; t_on_reply("R"); t_relay(); }
        onreply_route[R] { $var(x) = "Busy\\r\\nX-Evil: 1"; change_reply_status(486, "$var(x)"); }"""
    bench = script(tmp_path, text)
    sent = bench.answer(bench.receive(request())[-1], 404)
    assert sent[-1].data.startswith(b"SIP/2.0 486 Busy  X-Evil: 1\r\nVia:")


@pytest.mark.parametrize("debug", [0, 3])
def test_a_line_that_nobody_reads_has_a_return_code_all_the_same(tmp_path: Path, debug: int) -> None:
    text = 'route { route(A); xlog("L_DBG", "x"); xlog("L_ERR", "$rc"); }\nroute[A] { return -3; }'
    bench = script(tmp_path, text, debug=debug)
    bench.receive(request())
    assert bench.logged[-1] == (-1, "1")


@pytest.mark.parametrize("grown", ["$var(n) * $var(n)", "$var(n) << 60", "$var(n) + $var(n)", "-9 - $var(n) - $var(n)"])
def test_no_number_grows_beyond_64_bits(tmp_path: Path, grown: str) -> None:
    turns = 8 if "*" in grown else 66
    text = f"$var(n) = 2147483647; while ($var(i) < {turns}) {{ $var(n) = {grown}; $var(i) = $var(i) + 1; }}"
    (line,) = printed(tmp_path, text + ' xlog("$var(n)");')
    assert -(2**63) <= int(line) < 2**63


def test_no_more_branches_are_added_than_max_branches(tmp_path: Path) -> None:
    text = """#!KAMAILIO
        max_branches=3
        request_route {
            $du = "sip:198.51.100.1";
            while ($var(i) < 5) { if (!append_branch("sip:a@198.51.100.2")) xlog("$var(i)"); $var(i) = $var(i) + 1; }
            t_relay();
        }"""
    bench = script(tmp_path, text)
    sent = bench.receive(request())
    assert [line for _, line in bench.logged] == ["2", "3", "4"]
    assert len(sent) == 1 + 3
