"""sdpops: what Kamailio 5.6.3 says of the same session description."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proxy.bench import request
from tests.routing.kamailio.script_bench import script

SDP = (
    b"v=0\r\no=- 1 1 IN IP4 10.0.0.5\r\ns=-\r\nc=IN IP4 10.0.0.5\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 8 101\r\n"
    b"a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\nm=video 4002 RTP/AVP 31\r\n"
)


def said(folder: Path, text: str, body: bytes) -> list[str]:
    bench = script(folder, text)
    data = request(headers=b"Content-Type: application/sdp\r\n").replace(b"Content-Length: 0", b"Content-Length: %d" % len(body))
    bench.receive(data + body)
    return [line for _, line in bench.logged]


@pytest.mark.parametrize(
    ("call", "code", "without"),
    [
        ('sdp_with_media("audio")', 1, -1),
        ('sdp_with_media("AUDIO")', 1, -1),
        ('sdp_with_media("image")', -1, -1),
        ('sdp_with_active_media("audio")', 1, -1),
        ('sdp_with_transport("RTP/AVP")', 1, -1),
        ('sdp_with_transport("AVP")', -1, -1),
        ('sdp_with_transport_like("AVP")', 1, -1),
        ('sdp_with_transport_like("SAVP")', -1, -1),
        ('sdp_with_codecs_by_name("PCMU,G729")', 2, -1),
        ('sdp_with_codecs_by_name("G729")', -1, -1),
        ('sdp_with_codecs_by_id("0,18")', 2, -2),
        ('sdp_with_codecs_by_id("18")', -1, -2),
        ("sdp_content()", 1, -1),
        ("sdp_with_ice()", -1, -1),
        ("sdp_get_address_family()", 4, -1),
        ('sdp_get_line_startswith("$avp(l)", "m=")', 1, -2),
        ('sdp_get_line_startswith("$avp(l)", "z=")', -1, -2),
        ('sdp_get("$avp(l)")', 1, -2),
        ('sdp_transport("$avp(l)")', 1, 1),
    ],
)
def test_what_there_is(tmp_path: Path, call: str, code: int, without: int) -> None:
    assert said(tmp_path, f'{call}; xlog("$rc");', SDP) == [str(code)]
    assert said(tmp_path, f'{call}; xlog("$rc");', b"") == [str(without)]


def test_what_is_written_to_variables(tmp_path: Path) -> None:
    text = 'sdp_get_line_startswith("$avp(l)", "m="); xlog("$avp(l)"); sdp_transport("$avp(t)"); xlog("$avp(t)");'
    assert said(tmp_path, text + 'sdp_get("$avp(s)"); xlog("$(avp(s){s.len})");', SDP) == [
        "m=audio 4000 RTP/AVP 0 8 101",
        "RTP/AVP",
        str(len(SDP)),
    ]


@pytest.mark.parametrize(
    ("old", "new", "call", "code"),
    [
        (b"m=audio 4000", b"m=audio 0", 'sdp_with_active_media("audio")', -1),
        (b"m=video", b"a=sendonly\r\nm=video", 'sdp_with_active_media("audio")', -1),
        (b"m=video 4002 RTP/AVP 31\r\n", b"", 'sdp_with_codecs_by_name("pcma")', 1),
        (b"m=video", b"a=candidate:1 1 UDP 1 10.0.0.5 4000 typ host\r\nm=video", "sdp_with_ice()", 1),
        (b"c=IN IP4 10.0.0.5", b"c=IN IP6 ::1", "sdp_get_address_family()", 6),
    ],
)
def test_other_descriptions(tmp_path: Path, old: bytes, new: bytes, call: str, code: int) -> None:
    assert said(tmp_path, f'{call}; xlog("$rc");', SDP.replace(old, new)) == [str(code)]
