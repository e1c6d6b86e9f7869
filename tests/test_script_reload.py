"""The script that the settings name, and what a reload of it changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from txdispatcher.errors import DispatcherError
from txdispatcher.net.watchdog import Watchdog
from txdispatcher.routing.python.script import STRETCH
from txdispatcher.scripting import reload_script
from txdispatcher.testing import Bench, Sent, request

PYTHON = """\
from txdispatcher.script import *
NUMBER = "1"
@request_route
def route(r):
    if r.method == "OPTIONS":
        r.sl_send_reply(480, NUMBER)
    else:
        r.ds_select_dst(1, 8)
        r.t_on_failure(again)
        r.t_relay()
@failure_route
def again(r):
    r.t_reply(480, "failure " + NUMBER)
"""
KAMAILIO = """\
route {
    if (is_method("OPTIONS")) { sl_send_reply("480", "1"); exit; }
    ds_select_dst("1", "8"); t_on_failure("AGAIN"); t_relay();
}
failure_route[AGAIN] { t_reply("480", "failure 1"); }
"""


@pytest.fixture(params=["route.py", "route.cfg"])
def script(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    file = tmp_path / str(request.param)
    file.write_text(PYTHON if file.suffix == ".py" else KAMAILIO)
    return file


def make(script: Path) -> Bench:
    return Bench(script, {1: ["sip:198.51.100.1", "sip:198.51.100.2"]})


def number(bench: Bench) -> str:
    (reply,) = bench.receive(request("OPTIONS"))
    return reply.reason


def test_new_requests_run_on_the_new_one(script: Path) -> None:
    bench = make(script)
    assert number(bench) == "1"
    script.write_text(script.read_text().replace('"1"', '"2"', 1).replace('"480", "1"', '"480", "2"'))
    assert reload_script(bench.config, bench.router) == str(script)
    assert number(bench) == "2"


def test_requests_under_way_finish_on_the_old_one(script: Path) -> None:
    bench = make(script)
    before = bench.receive(request())[-1]
    script.write_text(script.read_text().replace("failure ", "new failure "))
    reload_script(bench.config, bench.router)
    after = bench.receive(request())[-1]
    assert [final(bench.answer(each, 503)).reason for each in (before, after)] == ["failure 1", "new failure 1"]


def final(sent: list[Sent]) -> Sent:
    return sent[-1]


def test_one_that_fails_to_load_changes_nothing(script: Path) -> None:
    bench = make(script)
    script.write_text("route {\n" if script.suffix == ".cfg" else "import none_such\n")
    with pytest.raises(DispatcherError, match=r"route\.(py|cfg):[12]: "):
        reload_script(bench.config, bench.router)
    assert number(bench) == "1"


def test_one_that_does_not_end_is_stopped(tmp_path: Path) -> None:
    """It would hold up every call."""
    script = tmp_path / "route.py"
    script.write_text(PYTHON)
    bench = make(script)
    watchdog = Watchdog(STRETCH, 0.01)
    watchdog.start()
    try:
        script.write_text("while True:\n    pass\n")
        with pytest.raises(DispatcherError, match=r"route\.py:[12]: it ran on without end, and was stopped"):
            reload_script(bench.config, bench.router)
    finally:
        watchdog.stop()
    assert number(bench) == "1"


def test_without_a_script_there_is_nothing_to_reload(tmp_path: Path) -> None:
    file = tmp_path / "k.toml"
    file.write_text("")
    bench = Bench(file, {1: ["sip:198.51.100.1"]})
    with pytest.raises(DispatcherError, match="there is no script"):
        reload_script(bench.config, bench.router)
