"""textops and textopsx: the text of a message, the Request-URI, the body."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proxy.bench import Sent, request, values
from tests.routing.kamailio.script_bench import script
from txdispatcher.errors import ConfigError

SDP = b"v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 4000 RTP/AVP 0\r\na=sendrecv\r\n"
TYPE = b"Max-Forwards: 70\r\nContent-Type: application/sdp\r\n"


def relayed(folder: Path, body: str) -> Sent:
    return script(folder, body + '$du = "sip:198.51.100.9"; t_relay();').receive(request(headers=TYPE, body=SDP))[-1]


@pytest.mark.parametrize(
    ("call", "uri"),
    [
        ('subst_uri("/^sip:(.*)@(.*)$/sip:$fU-\\1@\\2/");', b"sip:alice-bob@example.org"),
        ('subst_uri("/nothing/else/");', b"sip:bob@example.org"),
        ('subst_uri("/^sip:.*/no uri/");', b"sip:bob@example.org"),
        ('subst_user("/b/c/");', b"sip:cob@example.org"),
        ("subst_user('/B/c/gi');", b"sip:coc@example.org"),
        ('subst_user("#^#9#");', b"sip:9bob@example.org"),
    ],
)
def test_substitutions_in_the_request_uri(tmp_path: Path, call: str, uri: bytes) -> None:
    assert relayed(tmp_path, call).uri == uri


@pytest.mark.parametrize(
    ("call", "body"),
    [
        ('replace_body("10\\.0\\.0\\.1", "192.0.2.7");', SDP.replace(b"10.0.0.1", b"192.0.2.7")),
        ('replace_body_all("0", "00");', SDP.replace(b"0", b"00")),
        ('replace_body_str("0", "", "f");', SDP.replace(b"0", b"", 1)),
        ('subst_body("/^m=audio ([0-9]+)/m=audio 1\\1/");', SDP.replace(b" 4000", b" 14000")),
        ('search_append_body("v=0", "1");', SDP.replace(b"v=0", b"v=01")),
        ('set_body("hello $rU", "text/plain");', b"hello bob"),
        ("remove_body();", b""),
    ],
)
def test_a_changed_body_has_its_length(tmp_path: Path, call: str, body: bytes) -> None:
    sent = relayed(tmp_path, call)
    head, _, found = sent.data.partition(b"\r\n\r\n")
    assert found == body
    assert values(head, b"Content-Length") == [b"%d" % len(body)]
    kind = b"text/plain" if b"hello" in body else b"application/sdp" if body else None
    assert values(head, b"Content-Type") == ([kind] if kind else [])


@pytest.mark.parametrize(
    ("condition", "body", "wanted"),
    [
        ("is_audio_on_hold()", SDP, False),
        ("is_audio_on_hold()", SDP.replace(b"10.0.0.1", b"0.0.0.0"), True),
        ("is_audio_on_hold()", SDP.replace(b"sendrecv", b"inactive"), True),
        ("is_audio_on_hold()", b"", False),
        ('has_body("application/sdp")', SDP, True),
        ('has_body("text/plain")', SDP, False),
        ("has_body()", b"", False),
        ('search_body("^m=audio")', SDP, True),
        ('search_body("INVITE")', SDP, False),
    ],
)
def test_what_a_body_says(tmp_path: Path, condition: str, body: bytes, wanted: bool) -> None:
    bench = script(tmp_path, f'if ({condition}) xlog("yes"); else xlog("no");')
    bench.receive(request(headers=TYPE, body=body))
    assert [text for _, text in bench.logged] == ["yes" if wanted else "no"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ('subst("/a/b");', "allowed: /regex/replacement/flags"),
        ('subst("/a/b/x");', "the flags being g, i and s"),
        ('subst("/(/b/");', "is no regular expression"),
        ('search("[");', r"\[ is no regular expression"),
        ("subst($var(a));", "allowed: a string, /regex/replacement/flags"),
    ],
)
def test_what_is_no_substitution_is_an_error_when_it_is_loaded(tmp_path: Path, call: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        script(tmp_path, call)
