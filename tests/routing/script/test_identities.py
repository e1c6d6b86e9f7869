"""uac: From and To with other URIs, as Kamailio 5.6.3 writes them, and back."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.proxy.bench import Sent, request
from tests.routing.kamailio.script_bench import ScriptBench, script
from txdispatcher.routing.script.identities import _xor

SCRIPT = """#!KAMAILIO
loadmodule "uac.so"
{parameters}
route {{
    if (has_totag()) {{ loose_route(); {inside} t_relay(); exit; }}
    {text}
    record_route(); $du = "sip:198.51.100.9"; t_relay();
}}
"""
CALLER = b'"Al" <sip:alice@example.org;x=y>;tag=ft'
CALLEE = b"<sip:bob@example.com>"
NEW = b"sip:robin@gotham.org"
BOTH = 'uac_replace_from("sip:robin@gotham.org"); uac_replace_to("sip:joker@gotham.org");'


def with_addresses(data: bytes, caller: bytes, callee: bytes) -> bytes:
    lines = [
        b"From: " + caller if line.startswith(b"From:") else b"To: " + callee if line.startswith(b"To:") else line
        for line in data.split(b"\r\n")
    ]
    return b"\r\n".join(lines)


def called(folder: Path, text: str, parameters: str = "", inside: str = "") -> tuple[ScriptBench, Sent]:
    bench = script(folder, SCRIPT.format(text=text, parameters=parameters, inside=inside))
    return bench, bench.receive(with_addresses(request(), CALLER, CALLEE))[-1]


def bye(bench: ScriptBench, invite: Sent, caller: bytes, callee: bytes) -> Sent:
    """A BYE by the route of the INVITE, as it goes on."""
    routes = b"".join(b"Route: %b\r\n" % each for each in invite.values(b"Record-Route"))
    data = with_addresses(
        request(b"BYE", b"sip:bob@198.51.100.9", headers=routes, branch=b";branch=z9hG4bK" + caller[-2:]), caller, callee
    )
    return bench.receive(data)[-1]


@pytest.mark.parametrize(
    ("arguments", "caller"),
    [
        (r'"\"Bat\"", "sip:robin@gotham.org"', b'"Bat" <sip:robin@gotham.org>;tag=ft'),
        ('"sip:robin@gotham.org"', b'"Al" <sip:robin@gotham.org>;tag=ft'),
        ('"batman", ""', b"batman <sip:alice@example.org;x=y>;tag=ft"),
        ('"", "sip:robin@gotham.org"', b"<sip:robin@gotham.org>;tag=ft"),
        ('"", ""', b"<sip:alice@example.org;x=y>;tag=ft"),
    ],
)
def test_what_from_is_then(tmp_path: Path, arguments: str, caller: bytes) -> None:
    assert called(tmp_path, f"uac_replace_from({arguments});")[1].values(b"From") == [caller]


def test_both_uris_are_in_our_record_route_as_kamailio_writes_them(tmp_path: Path) -> None:
    _, invite = called(tmp_path, BOTH)
    assert invite.values(b"To") == [b"<sip:joker@gotham.org>"]
    [route] = invite.values(b"Record-Route")
    assert route.endswith(b";vsf=AAAAABMDCwoLAAIXFQURAUtBHRVnO3g9eQ--;vst=AAAAAAgACSUXOAYCBAQEQ00AH2c->")


def test_the_caller_sees_its_own_in_responses(tmp_path: Path) -> None:
    bench, invite = called(tmp_path, BOTH)
    [ok] = bench.answer(invite, 200)
    assert (ok.values(b"From"), ok.values(b"To")) == ([CALLER], [b"<sip:bob@example.com>;tag=gw"])


def test_each_side_sees_what_it_knows_inside_the_dialog(tmp_path: Path) -> None:
    bench, invite = called(tmp_path, BOTH)
    bench.answer(invite, 200)
    down = bye(bench, invite, CALLER, CALLEE + b";tag=gw")
    assert (down.values(b"From"), down.values(b"To")) == (
        [b'"Al" <sip:robin@gotham.org>;tag=ft'],
        [b"<sip:joker@gotham.org>;tag=gw"],
    )
    up = bye(bench, invite, b"<sip:joker@gotham.org>;tag=gw", b"<sip:robin@gotham.org>;tag=ft")
    assert (up.values(b"From"), up.values(b"To")) == ([b"<sip:bob@example.com>;tag=gw"], [b"<sip:alice@example.org;x=y>;tag=ft"])
    [ok] = bench.answer(up, 200)
    assert ok.values(b"From") == [b"<sip:joker@gotham.org>;tag=gw"]


def test_by_hand_it_is_the_scripts_say(tmp_path: Path) -> None:
    mode = 'modparam("uac", "restore_mode", "manual")'
    bench, invite = called(tmp_path, BOTH, mode, "uac_restore_from();")
    [ok] = bench.answer(invite, 200)
    assert ok.values(b"From") == [b'"Al" <sip:robin@gotham.org>;tag=ft']
    down = bye(bench, invite, CALLER, CALLEE + b";tag=gw")
    assert (down.values(b"From"), down.values(b"To")) == ([b'"Al" <sip:robin@gotham.org>;tag=ft'], [CALLEE + b";tag=gw"])


def test_without_restoring_nothing_is_kept(tmp_path: Path) -> None:
    bench, invite = called(tmp_path, BOTH, 'modparam("uac", "restore_mode", "none")')
    assert b"vsf" not in invite.values(b"Record-Route")[0]
    assert bye(bench, invite, CALLER, CALLEE + b";tag=gw").values(b"From") == [CALLER]


@pytest.mark.parametrize("kept", [b"!!!", b"AAAA", b""])
def test_a_parameter_that_somebody_changed_changes_nothing(tmp_path: Path, kept: bytes) -> None:
    bench, invite = called(tmp_path, BOTH)
    [route] = invite.values(b"Record-Route")
    before, _, behind = route.partition(b";vsf=")
    headers = b"Route: %b;vsf=%b%b\r\n" % (before, kept, behind[behind.index(b";") :])
    data = request(
        b"BYE", b"sip:bob@198.51.100.9", headers=headers, to=b"<sip:bob@example.com>;tag=gw", branch=b";branch=z9hG4bKbye"
    )
    sent = bench.receive(with_addresses(data, CALLER, CALLEE + b";tag=gw"))[-1]
    expected = {b"AAAA": CALLER}.get(kept, CALLER)
    assert sent.values(b"From") == [expected]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (r'uac_replace_from("a\r\nB: c", "");', "allowed: a display name"),
        ('uac_replace_from("", "no uri");', "which is no URI"),
    ],
)
def test_what_cannot_be_is_a_fault(tmp_path: Path, text: str, reason: str) -> None:
    bench, _ = called(tmp_path, text)
    assert reason in bench.logged[0][1]


def test_a_second_change_is_false(tmp_path: Path) -> None:
    bench, invite = called(tmp_path, 'uac_replace_from("sip:robin@gotham.org"); uac_replace_from("sip:x@y"); xlog("$rc");')
    assert (bench.logged, invite.values(b"From")) == ([(-1, "-1")], [b'"Al" <sip:robin@gotham.org>;tag=ft'])


@given(st.binary(max_size=50), st.binary(max_size=50))
def test_either_uri_makes_the_other(one: bytes, other: bytes) -> None:
    size = max(len(one), len(other))
    assert _xor(one, _xor(one, other)) == other.ljust(size, b"\0")
