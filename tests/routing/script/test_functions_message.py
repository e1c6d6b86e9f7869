"""textops and textopsx: header fields."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proxy.bench import request, values
from tests.routing.kamailio.script_bench import script

HEADERS = b"Max-Forwards: 70\r\nX-A: one\r\nPrivacy: id;header\r\nx-a: two\r\nX-B: Bee\r\n"
RELAY = '$du = "sip:198.51.100.9"; t_relay();'


def relayed(folder: Path, body: str, headers: bytes = HEADERS) -> bytes:
    """The INVITE as it leaves when a script with `body` relays it."""
    return script(folder, body + RELAY).receive(request(headers=headers))[-1].data


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ('is_present_hf("X-A")', True),
        ('is_present_hf("X-C")', False),
        ('is_present_hf_re("^x-[bc]$")', True),
        ('is_present_hf_re("^b")', False),
        ('search_hf("X-A", "^TW", "a")', True),
        ('search_hf("X-A", "^tw", "f")', False),
        ('search_hf("X-A", "^tw", "l")', True),
        ('search("^x-b: bee")', True),
        ('search("^INVITE sip:")', True),
        ('search("[[:digit:]]{7}")', False),
        ('is_privacy("header")', True),
        ('is_privacy("user")', False),
        ('in_list("b", "a;b", ";")', True),
        ('in_list("ab", "a;b", ";")', False),
        ('in_list_prefix("ab", "x;a", ";")', True),
        ('cmp_str("$rU", "BOB")', False),
        ('cmp_istr("$rU", "BOB")', True),
        ('starts_with("$ru", "sip:b")', True),
        ('ends_with("$ru", "b")', False),
        ('str_find("$ru", "@ex")', True),
        ('str_find("$ru", "@EX")', False),
        ('str_ifind("$ru", "@EX")', True),
        ('search_str("$ru", "^SIP:.*org$")', True),
        ('fnmatch("$rU", "b?b")', True),
        ('fnmatch("$rU", "B*")', False),
        ('fnmatch("$rU", "B*", "i")', True),
    ],
)
def test_what_a_message_has(tmp_path: Path, condition: str, wanted: bool) -> None:
    bench = script(tmp_path, f'if ({condition}) xlog("yes"); else xlog("no");')
    bench.receive(request(headers=HEADERS))
    assert [text for _, text in bench.logged] == ["yes" if wanted else "no"]


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ('remove_hf("X-A");', [[], [b"Bee"]]),
        ('remove_hf_re("^X-[ac]");', [[], [b"Bee"]]),
        ('remove_hf_exp("^X-", "^X-A$");', [[b"one", b"two"], []]),
        ('remove_hf_idx("X-A", "-1");', [[b"one"], [b"Bee"]]),
        ('remove_hf_idx("X-A", 2);', [[b"one", b"two"], [b"Bee"]]),
        ('keep_hf("^X-B$");', [[], [b"Bee"]]),
        ('subst_hf("X-A", "/(t)w(o)/\\2$rU\\1/", "a");', [[b"one", b"obobt"], [b"Bee"]]),
        ('subst_hf("X-A", "/[a-z]/-/g", "f");', [[b"---", b"two"], [b"Bee"]]),
        ('subst("/^(x-b: )bee/\\1b/i");', [[b"one", b"two"], [b"b"]]),
        ('replace("BEE", "b");', [[b"one", b"two"], [b"b"]]),
        ('replace_hdrs("bee", "b");', [[b"one", b"two"], [b"b"]]),
        ('replace_hdrs_str("BEE", "b", "a");', [[b"one", b"two"], [b"Bee"]]),
        ('replace_hdrs_str("BEE", "b", "i");', [[b"one", b"two"], [b"b"]]),
        ('replace_hdrs_str("ee", "-", "f");', [[b"one", b"two"], [b"B-"]]),
        ('search_append("^X-B: Be", "-");', [[b"one", b"two"], [b"Be-e"]]),
    ],
)
def test_what_is_taken_out_or_changed(tmp_path: Path, body: str, left: list[list[bytes]]) -> None:
    sent = relayed(tmp_path, body)
    lines = [values(sent, b"X-A") + values(sent, b"x-a"), values(sent, b"X-B")]
    assert lines == left
    assert values(sent, b"Max-Forwards") == [b"69"]


def test_header_lines_are_put_beside_another(tmp_path: Path) -> None:
    sent = relayed(tmp_path, 'append_hf("X-1: a\\r\\n", "X-A"); insert_hf("X-2: b", "X-B"); append_urihf("X-3: <", ">\\r\\n");')
    lines = sent.split(b"\r\n")
    assert lines[lines.index(b"x-a: two") + 1 :][:3] == [b"X-1: a", b"X-2: b", b"X-B: Bee"]
    assert values(sent, b"X-3") == [b"<sip:bob@example.org>"]


def test_a_date_for_the_request_and_for_its_answer(tmp_path: Path) -> None:
    assert values(relayed(tmp_path, "append_time_to_request();"), b"Date")[0].endswith(b" GMT")
    (reply,) = script(tmp_path, 'append_time(); sl_send_reply("404", "No");').receive(request())
    assert values(reply.data, b"Date")[0].endswith(b" GMT")


def test_edits_can_be_made_at_once(tmp_path: Path) -> None:
    body = (
        'remove_hf("X-A"); if (is_present_hf("X-A")) xlog("still"); msg_apply_changes(); if (!is_present_hf("X-A")) xlog("gone");'
    )
    bench = script(tmp_path, body)
    bench.receive(request(headers=HEADERS))
    assert [text for _, text in bench.logged] == ["still", "gone"]


def test_of_two_edits_of_one_place_the_first_counts(tmp_path: Path) -> None:
    sent = relayed(tmp_path, 'remove_hf("X-B"); subst_hf("X-B", "/Bee/Wasp/", "a"); append_hf("X-B: Ant\\r\\n");')
    assert values(sent, b"X-B") == [b"Ant"]


def test_what_is_applied_to_a_response_goes_on_with_it(tmp_path: Path) -> None:
    bench = script(
        tmp_path,
        'route { t_on_reply("R"); $du = "sip:198.51.100.9"; t_relay(); }\n'
        'onreply_route[R] { append_hf("X-New: a\\r\\n"); msg_apply_changes(); xlog("$hdr(X-New)"); }',
    )
    invite = bench.receive(request())[-1]
    [ok] = bench.answer(invite, 200)
    assert (ok.values(b"X-New"), bench.logged) == ([b"a"], [(-1, "a")])
