"""nathelper: who is behind a NAT, and what is done about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proxy.bench import request, values
from tests.routing.kamailio.script_bench import script

SDP = b"v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 4000 RTP/AVP 0\r\n"
RELAY = '$du = "sip:198.51.100.9"; t_relay();'


def contact(value: bytes) -> bytes:
    return b"Max-Forwards: 70\r\nContact: " + value + b"\r\n"


@pytest.mark.parametrize(
    ("tests", "source", "headers", "body", "wanted"),
    [
        (1, "192.0.2.1", contact(b"<sip:a@10.1.1.1>"), b"", True),
        (1, "192.0.2.1", contact(b"<sip:a@100.64.0.9:5070>"), b"", True),
        (1, "192.0.2.1", contact(b"<sip:a@192.0.2.1>"), b"", False),
        (1, "192.0.2.1", contact(b"*"), b"", False),
        (2, "192.0.2.1", b"", b"", False),
        (2, "192.0.2.9", b"", b"", True),
        (4, "192.0.2.9", b"", b"", False),
        (8, "192.0.2.1", b"", SDP, True),
        (8, "192.0.2.1", b"", b"", False),
        (16, "192.0.2.1", b"", b"", False),
        (32, "192.168.0.1", b"", b"", True),
        (32, "192.0.2.1", b"", b"", False),
        (128, "192.0.2.1", contact(b"<sip:a@192.0.2.1:5070>"), b"", False),
        (128, "192.0.2.1", contact(b"<sip:a@192.0.2.1>"), b"", True),
        (256, "10.0.0.1", b"", SDP, False),
        (256, "192.0.2.1", b"", SDP, True),
        (19, "192.0.2.1", contact(b"<sip:a@192.0.2.1>"), SDP, False),
    ],
)
def test_what_the_tests_find(tmp_path: Path, tests: int, source: str, headers: bytes, body: bytes, wanted: bool) -> None:
    bench = script(tmp_path, f'if (nat_uac_test("{tests}")) xlog("yes"); else xlog("no");')
    bench.receive(request(headers=headers, body=body), (source, 5070))
    assert [text for _, text in bench.logged] == ["yes" if wanted else "no"]


def test_a_request_that_is_to_go_elsewhere_than_it_says(tmp_path: Path) -> None:
    bench = script(
        tmp_path, 'if (!nat_uac_test("512")) xlog("no"); $du = "sip:198.51.100.9"; if (nat_uac_test("512")) xlog("yes");'
    )
    bench.receive(request())
    assert [text for _, text in bench.logged] == ["no", "yes"]


@pytest.mark.parametrize(
    ("call", "came", "wanted"),
    [
        ("fix_nated_contact();", b'"A" <sip:a@10.1.1.1:5060;x=y;maddr=1.2.3.4>;q=1', b'"A" <sip:a@192.0.2.1:5071;x=y>;q=1'),
        ("fix_nated_contact();", b"sip:a@10.1.1.1", b"sip:a@192.0.2.1:5071"),
        ("add_contact_alias();", b"<sip:a@10.1.1.1>;q=1", b"<sip:a@10.1.1.1;alias=192.0.2.1~5071~1>;q=1"),
        ("add_contact_alias();", b"sip:a@10.1.1.1", b"<sip:a@10.1.1.1;alias=192.0.2.1~5071~1>"),
        ("add_contact_alias();", b"<sip:a@192.0.2.1:5071>", b"<sip:a@192.0.2.1:5071>"),
        ('add_contact_alias("1.2.3.4", "5", "TCP");', b"<sip:a@b>", b"<sip:a@b;alias=1.2.3.4~5~2>"),
        ("set_contact_alias();", b"<sip:a@192.0.2.1:5071>", b"<sip:a@192.0.2.1:5071;alias=192.0.2.1~5071~1>"),
        ("add_rcv_param();", b"<sip:a@b>;q=1", b'<sip:a@b>;received="sip:192.0.2.1:5071";q=1'),
        ("add_rcv_param(1);", b"<sip:a@b>", b"<sip:a@b;received=sip:192.0.2.1:5071>"),
    ],
)
def test_contact_says_where_the_request_came_from(tmp_path: Path, call: str, came: bytes, wanted: bytes) -> None:
    sent = script(tmp_path, call + RELAY).receive(request(headers=contact(came)), ("192.0.2.1", 5071))[-1]
    assert values(sent.data, b"Contact") == [wanted]


def test_without_a_contact_nothing_is_to_be_done(tmp_path: Path) -> None:
    calls = ("fix_nated_contact()", "add_contact_alias()", "add_rcv_param()")
    bench = script(tmp_path, "".join(f'{call}; xlog("$rc");' for call in calls))
    bench.receive(request())
    assert [text for _, text in bench.logged] == ["-1", "2", "-1"]


def test_an_alias_leads_back(tmp_path: Path) -> None:
    bench = script(tmp_path, "$var(r) = handle_ruri_alias(); xlog('$var(r)'); t_relay();")
    _, invite = bench.receive(request(uri=b"sip:bob@10.1.1.1;x=y;alias=198.51.100.7~5099~1"))
    assert (invite.uri, invite.address) == (b"sip:bob@10.1.1.1;x=y", ("198.51.100.7", 5099))
    bench.receive(request(uri=b"sip:bob@198.51.100.8", branch=b";branch=z9hG4bKb"))
    bench.receive(request(uri=b"sip:bob@198.51.100.8;alias=x", branch=b";branch=z9hG4bKc"))
    assert [text for _, text in bench.logged] == ["1", "2", "-1"]


def test_the_answer_goes_to_the_port_that_the_request_came_from(tmp_path: Path) -> None:
    source = ("203.0.113.5", 40000)
    bench = script(tmp_path, 'if (is_method("INVITE")) force_rport(); ' + RELAY)
    trying, invite = bench.receive(request(), source)
    assert trying.address == source
    assert b";received=203.0.113.5" in values(invite.data, b"Via")[1]
    assert b";rport=40000" in values(invite.data, b"Via")[1]
    (ok,) = bench.answer(invite, 200)
    assert ok.address == source
    (reply,) = script(tmp_path, 'force_rport(); sl_send_reply("404", "No");').receive(request(), source)
    assert reply.address == source
    (reply,) = script(tmp_path, 'sl_send_reply("404", "No");').receive(request(), source)
    assert reply.address == ("203.0.113.5", 5070)
