"""dialog: calls that are known as long as they last."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.proxy.bench import Sent, request, words
from tests.routing.kamailio.script_bench import ScriptBench, script
from txdispatcher.routing.script import dialogs
from txdispatcher.routing.script.dialogs import Dialogs

SCRIPT = """#!KAMAILIO
loadmodule "dialog.so"
modparam("dialog", "profiles_with_value", "caller ; trunk/s")
modparam("dialog", "profiles_no_value", "all")
modparam("dialog", "default_timeout", 100)
route {{
    if (has_totag()) {{
        loose_route(); is_known_dlg(); xlog("known $rc $dlg_var(who) $DLG_status $DLG_lifetime"); t_relay(); exit;
    }}
    {text}
    record_route(); $du = "sip:198.51.100.9"; t_relay();
}}
event_route[dialog:start] {{ xlog("start $dlg_var(who)"); }}
event_route[dialog:end] {{ xlog("end $dlg_var(who)"); }}
event_route[dialog:failed] {{ xlog("failed $dlg_var(who)"); }}
"""
MANAGE = '$dlg_var(early) = 1; dlg_manage(); $dlg_var(who) = $fU; set_dlg_profile("caller", "$fU"); set_dlg_profile("all");'


def called(folder: Path, text: str = MANAGE) -> tuple[ScriptBench, Sent]:
    """The script, and the INVITE as the gateway got it."""
    bench = script(folder, SCRIPT.format(text=text))
    return bench, bench.receive(request())[-1]


def said(bench: ScriptBench) -> list[str]:
    lines = [text for _, text in bench.logged]
    bench.logged.clear()
    return lines


def bye(invite: Sent) -> bytes:
    routes = b"".join(b"Route: %b\r\n" % each for each in invite.values(b"Record-Route"))
    return request(b"BYE", to=b"<sip:bob@example.org>;tag=gw", headers=routes, branch=b";branch=z9hG4bKbye")


def test_a_call_is_known_from_its_invite_to_its_bye(tmp_path: Path) -> None:
    bench, invite = called(tmp_path)
    known = bench.script.modules.dialogs
    assert (known.active, known.confirmed, known.size("caller", b"alice"), known.size("all", b"")) == (1, 0, 1, 1)
    bench.answer(invite, 200)
    assert (said(bench), known.confirmed) == (["start alice"], 1)
    bench.now += 7
    bench.receive(bye(invite))
    assert said(bench) == ["known 1 alice 4 7", "end alice"]
    assert (known.active, known.size("caller", b"alice"), len(known)) == (0, 0, 0)
    assert known.statistics()["processed_dialogs"] == 1


def test_a_call_that_fails_is_over(tmp_path: Path) -> None:
    bench, invite = called(tmp_path)
    bench.answer(invite, 486)
    assert said(bench) == ["failed alice"]
    assert (len(bench.script.modules.dialogs), bench.script.modules.dialogs.failed) == (0, 1)


def test_one_that_is_answered_at_once_too(tmp_path: Path) -> None:
    bench, final = called(
        tmp_path, MANAGE + 'get_profile_size("all", "$var(n)"); sl_send_reply("486", "$var(n) are here"); exit;'
    )
    assert final.first == b"SIP/2.0 486 1 are here"
    assert len(bench.script.modules.dialogs) == 0


def test_what_is_not_known_has_no_variables(tmp_path: Path) -> None:
    bench, invite = called(tmp_path, "")
    bench.answer(invite, 200)
    bench.receive(bye(invite))
    assert said(bench) == ["known -1 <null> <null> <null>"]


def test_after_its_time_a_call_is_forgotten(tmp_path: Path) -> None:
    bench, invite = called(tmp_path)
    bench.answer(invite, 200)
    said(bench)
    bench.now += 101
    bench.receive(bye(invite))
    assert said(bench) == ["known -1 <null> <null> <null>"]
    assert bench.script.modules.dialogs.statistics()["expired_dialogs"] == 1


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        # As Kamailio 5.6.3 prints it.
        ('$dlg_var(a) = "early"; dlg_manage(); xlog("$dlg_var(a) $DLG_count $DLG_status");', ["early 0 <null>"]),
        (
            'dlg_manage(); dlg_setflag(3); dlg_isflagset(3); xlog("$rc"); dlg_resetflag(3); dlg_isflagset(3); xlog("$rc");',
            ["1", "-1"],
        ),
        ('dlg_setflag(3); xlog("$rc"); set_dlg_profile("all"); xlog("$rc");', ["-1", "-1"]),
        (f'{MANAGE} get_profile_size("caller", "$fU", "$var(s)"); xlog("$var(s)");', ["1"]),
        (f'{MANAGE} get_profile_size("caller", "eve", "$var(s)"); xlog("$rc $var(s)");', ["1 0"]),
        (f'{MANAGE} get_profile_size("all", "$var(s)"); xlog("$rc $var(s)");', ["1 1"]),
        (f'{MANAGE} get_profile_size("caller", "$var(s)"); xlog("$rc");', ["-1"]),
        (f'{MANAGE} is_in_profile("caller", "$fU"); xlog("$rc"); is_in_profile("caller", "eve"); xlog("$rc");', ["1", "-1"]),
        (f'{MANAGE} unset_dlg_profile("all"); xlog("$rc"); unset_dlg_profile("all"); xlog("$rc");', ["1", "-1"]),
        ('dlg_manage(); dlg_set_timeout(5); xlog("$rc"); dlg_set_timeout("0"); xlog("$rc");', ["1", "-1"]),
        ('dlg_manage(); $dlg_var(a) = 1; $dlg_var(a) = $null; xlog("$dlg_var(a)");', ["<null>"]),
    ],
)
def test_what_a_script_does_with_a_call(tmp_path: Path, text: str, lines: list[str]) -> None:
    assert said(called(tmp_path, text)[0]) == lines


def test_an_unknown_profile_is_a_fault(tmp_path: Path) -> None:
    bench, _ = called(tmp_path, 'dlg_manage(); set_dlg_profile("calls", "a");')
    assert "there is no profile calls; there is: caller, trunk, all" in said(bench)[0]


def test_a_flag_may_say_it(tmp_path: Path) -> None:
    text = '#!KAMAILIO\nloadmodule "dialog.so"\nmodparam("dialog", "dlg_flag", 4)\n'
    bench = script(tmp_path, f'{text}route {{ if ($rU == "bob") setflag(4); $du = "sip:198.51.100.9"; t_relay(); }}')
    bench.receive(request())
    bench.receive(request(uri=b"sip:eve@example.org", call_id=b"other", branch=b";branch=z9hG4bKo"))
    assert bench.script.modules.dialogs.active == 1


def test_a_flag_that_is_none_is_none_of_a_call(tmp_path: Path) -> None:
    text = 'dlg_manage(); $var(f) = 1 << 40; dlg_setflag("$var(f)"); dlg_setflag(3); $var(g) = dlg_isflagset("$var(f)");'
    bench, _ = called(tmp_path, text + ' xlog("$var(g)");')
    assert said(bench) == ["-1"]


def test_without_the_module_calls_are_not_known(tmp_path: Path) -> None:
    bench = script(tmp_path, "dlg_manage();")
    assert words(bench.receive(request())) == [b"500"]
    assert 'loadmodule "dialog.so"' in bench.logged[0][1]


def test_there_are_never_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialogs, "MOST_DIALOGS", 5)
    known = Dialogs()
    for number in range(20):
        known.begin(b"%d" % number, 0.0)
    assert len(known) == 5


def test_one_that_lasts_long_keeps_none_behind_it() -> None:
    known = Dialogs()
    known.timeout, known.profiles = 5.0, {"p": True}
    known.begin(b"long", 0.0).until = 1e6
    for number in range(5):
        known.join(known.begin(b"%d" % number, 0.0), "p", b"v")
    for number in range(5):
        known.begin(b"new %d" % number, 6.0)
    assert (known.size("p", b"v"), len(known)) == (0, 6)


@given(st.lists(st.tuples(st.sampled_from("brcefjlt"), st.integers(0, 3))))
def test_its_counts_are_those_of_its_calls(steps: list[tuple[str, int]]) -> None:
    known = Dialogs()
    known.timeout = 10.0
    known.profiles = {"p": True}
    now = 0.0
    for step, number in steps:
        call = b"%d" % number
        dialog = known.find(call, now)
        if step == "b":
            known.begin(call, now)
        elif step == "t":
            now += 4
        elif step in "jl" and dialog is not None:
            (known.join if step == "j" else known.leave)(dialog, "p", b"v")
        elif step in "rcf":
            {"r": known.relayed, "c": known.confirm, "f": known.fail}[step](call, now)
        elif step == "e":
            known.end(call)
    there = [each for number in range(4) if (each := known.find(b"%d" % number, now)) is not None]
    assert known.active == sum(each.state != dialogs.UNCONFIRMED for each in there)
    assert known.confirmed == sum(each.state == dialogs.CONFIRMED for each in there)
    assert known.size("p", b"v") == sum(bool(each.profiles) for each in there)
