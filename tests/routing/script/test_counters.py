"""A script's own counters."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proxy.bench import request
from tests.routing.kamailio.script_bench import ScriptBench, script
from txdispatcher.config.kamailio import read_kamailio
from txdispatcher.config.load import readers_of

PARAMETERS = """#!KAMAILIO
modparam("counters", "script_counter", "reqs how many there were")
modparam("counters", "script_counter", "out.x:sent")
modparam("statistics", "variable", "calls/no_reset")
"""


def counted(folder: Path, text: str) -> tuple[ScriptBench, dict[str, dict[str, int]]]:
    bench = script(folder, f"{PARAMETERS}route {{ {text} }}")
    bench.receive(request())
    return bench, bench.script.modules.counters.groups()


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("", {"script": {"reqs": 0, "calls": 0}, "out": {"x": 0}}),
        ('cnt_inc("reqs"); cnt_inc("script.reqs"); cnt_add("out.x", 5);', {"script": {"reqs": 2, "calls": 0}, "out": {"x": 5}}),
        ('cnt_add("out.x", "5"); cnt_reset("out.x");', {"script": {"reqs": 0, "calls": 0}, "out": {"x": 0}}),
        ('update_stat("calls", "+1"); update_stat("calls", "-3");', {"script": {"reqs": 0, "calls": -2}, "out": {"x": 0}}),
        ('update_stat("calls", "7");', {"script": {"reqs": 0, "calls": 7}, "out": {"x": 0}}),
        ('update_stat("calls", "7"); reset_stat("calls");', {"script": {"reqs": 0, "calls": 0}, "out": {"x": 0}}),
    ],
)
def test_they_count(tmp_path: Path, text: str, groups: dict[str, dict[str, int]]) -> None:
    assert counted(tmp_path, text)[1] == groups


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('cnt_inc("req");', "there is no counter req; there is: script.reqs, script.calls, out.x"),
        ('update_stat("calls", "++1");', "found '++1'; allowed: +1, -1, or a number"),
    ],
)
def test_what_cannot_be_counted_is_a_fault(tmp_path: Path, text: str, reason: str) -> None:
    [(_, line)] = counted(tmp_path, text)[0].logged
    assert reason in line


def test_one_without_a_name_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "k.cfg"
    file.write_text('modparam("counters", "script_counter", " ")\nroute { exit; }')
    [error] = read_kamailio(str(file), readers_of("/"))[1]
    assert 'counters.script_counter: found ""; allowed: a name, or group.name' in str(error)
