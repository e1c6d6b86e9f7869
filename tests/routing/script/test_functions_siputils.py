"""siputils: URIs, numbers, the Request-URI's parameters."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proxy.bench import request
from tests.routing.kamailio.script_bench import script

URI = b"sip:bob@example.org;a=1;b"


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ('is_uri("$ru")', True),
        ('is_uri("tel:+49301234")', True),
        ('is_uri("bob")', False),
        ('is_e164("+49301234")', True),
        ('is_e164("49301234")', False),
        ('is_uri_user_e164("sip:+4930@x")', True),
        ('is_uri_user_e164("$ru")', False),
        ('is_tel_number("+49")', True),
        ('is_tel_number("4a")', False),
        ('is_numeric("123")', True),
        ('is_numeric("")', False),
        ('is_alphanum("a1")', True),
        ('is_alphanum("a-1")', False),
        ('is_alphanumex("a-1.", "-.")', True),
        ('is_alphanumex("a_1", "-.")', False),
        ('cmp_uri("$ru", "sip:bob@EXAMPLE.org:5060;A=1")', True),
        ('cmp_uri("$ru", "sip:bob@example.org;a=2")', False),
        ('cmp_uri("$ru", "sip:Bob@example.org")', False),
        ('cmp_uri("$ru", "sip:bob@example.org;transport=tcp")', False),
        ('cmp_aor("$ru", "sip:bob@EXAMPLE.org;x=y")', True),
        ('cmp_aor("$ru", "sip:eve@example.org")', False),
        ('cmp_hdr_name("Via", "v")', True),
        ('cmp_hdr_name("From", "To")', False),
        ('uri_param("a", "1")', True),
        ('uri_param("a")', False),
        ('uri_param("b")', True),
        ('uri_param_any("a")', True),
        ('uri_param_any("c")', False),
        ('is_user("alice")', True),
        ('is_user("bob")', False),
        ('is_supported("TIMER")', True),
        ('is_supported("path")', False),
        ("is_first_hop()", True),
        ("is_request()", True),
        ("is_reply()", False),
        ("hdr_date_check(10)", True),
        ("hdr_date_check(4000000000)", False),
        ("has_totag()", False),
    ],
)
def test_what_is_asked(tmp_path: Path, condition: str, wanted: bool) -> None:
    bench = script(tmp_path, f'if ({condition}) xlog("yes"); else xlog("no");')
    headers = b'Supported: 100rel, timer\r\nAuthorization: Digest username="alice"\r\nDate: Sat, 13 Nov 2010 23:29:00 GMT\r\n'
    bench.receive(request(uri=URI, headers=headers))
    assert [text for _, text in bench.logged] == ["yes" if wanted else "no"]


def test_a_request_with_two_vias_is_not_at_its_first_hop(tmp_path: Path) -> None:
    bench = script(tmp_path, 'if (is_first_hop()) xlog("yes"); else xlog("no");')
    bench.receive(request(vias=b"Via: SIP/2.0/UDP 192.0.2.8;branch=z9hG4bKx\r\n"))
    assert [text for _, text in bench.logged] == ["no"]


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ('add_uri_param("c=3"); xlog("$ru");', "sip:bob@example.org;a=1;b;c=3"),
        ('uri_param_rm("a"); xlog("$ru");', "sip:bob@example.org;b"),
        ('if (!uri_param_rm("c")) xlog("$ru");', "sip:bob@example.org;a=1;b"),
        ('get_uri_param("a", "$var(x)"); xlog("$var(x)");', "1"),
        ('$var(x) = "sip:a@b:5070"; set_uri_user("$var(x)", "c"); set_uri_host($var(x), "d"); xlog("$var(x)");', "sip:c@d:5070"),
        ('tel2sip("tel:+(34)-999-888;Ext=2", "$fd", "$var(x)"); xlog("$var(x)");', "sip:+34999888;ext=2@example.org;user=phone"),
        ('$var(c) = tel2sip("$ru", "x", "$var(x)"); xlog("$var(c) $var(x)");', "2 0"),
        ('if (!tel2sip("none", "x", "$var(x)")) xlog("$retcode");', "-1"),
    ],
)
def test_what_is_made(tmp_path: Path, body: str, wanted: str) -> None:
    bench = script(tmp_path, body)
    bench.receive(request(uri=URI))
    assert [text for _, text in bench.logged] == [wanted]


def test_options_for_us_are_answered(tmp_path: Path) -> None:
    bench = script(tmp_path, 'if (!options_reply()) sl_send_reply("404", "No");')
    (reply,) = bench.receive(request(b"OPTIONS", b"sip:192.0.2.100"))
    assert (reply.word, reply.values(b"Accept-Language")) == (b"200", [b"en"])
    (reply,) = bench.receive(request(b"OPTIONS", branch=b";branch=z9hG4bKother"))
    assert reply.word == b"404"
