"""What is wrong with a script is an error when it is loaded, with file and line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.routing.python.bench import kemi, kemi_class, native
from txdispatcher.errors import ConfigError, ScriptError
from txdispatcher.routing.python.loading import load_script
from txdispatcher.testing import request


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("@request_route\ndef route(r) r.exit()", r"route\.py:4: "),
        ("@request_route\ndef route(r): pass\nnone_such()", r"route\.py:5: NameError: name 'none_such' is not defined"),
        ("@request_route\ndef route(r): pass\nimport no_such_module", r"route\.py:5: ModuleNotFoundError"),
        ("@request_route\ndef route(r): pass\nsys = __import__('sys'); sys.exit()", r"route\.py:5: SystemExit"),
        (
            "@failure_route\ndef route(r): pass",
            r"route\.py:1: there is no request route; allowed: a function",
        ),
        ("@request_route\ndef one(r): pass\n@request_route\ndef two(r): pass", r"route\.py:5: there is a request route already"),
        ("@request_route\ndef route(): pass", r"route\.py:3: a route takes one argument, the request"),
        ("@request_route\ndef route(r): pass\n@branch_route\nasync def b(r): pass", r"route\.py:5: a branch route may not wait"),
        (
            "@request_route\ndef route(r): pass\n@event_route('x')\ndef e(r): pass",
            r"route\.py:5: the event x never comes;",
        ),
        (
            "@request_route\ndef route(r):\n    r.t_on_failure('none')",
            r"route\.py:5: t_on_failure: there is no failure route none",
        ),
        (
            "@request_route\ndef route(r):\n    r.t_on_failure(again)\ndef again(r): pass",
            r"route\.py:5: t_on_failure: there is no failure route again; allowed: @failure_route over the function",
        ),
        (
            "@request_route\ndef route(r): pass\n@event_route\ndef e(r): pass",
            r"route\.py:5: TypeError: @event_route needs the name",
        ),
        (
            "@request_route\ndef route(r): pass\n@failure_route('x')\ndef e(r): pass",
            r"route\.py:5: TypeError: @failure_route stands",
        ),
        ("@request_route\ndef route(r): pass\n@reply_route('x')\ndef e(r): pass", r"route\.py:5: TypeError: @reply_route stands"),
        ("@request_route()\ndef route(r): pass", r"route\.py:3: TypeError: request_route\(\) missing 1 required"),
        ("@request_route\nclass Route: pass", r"route\.py:3: TypeError: @request_route stands over a function; found <class"),
        ("@request_route\ndef route(r):\n    yield", r"route\.py:3: a route may not yield; allowed: await"),
        ("@request_route\nasync def route(r):\n    yield", r"route\.py:3: a route may not yield; allowed: await"),
        (
            "from txdispatcher.script import sleep as nap\n@request_route\nasync def route(r):\n    nap(1)",
            r"route\.py:6: nap\(…\) does nothing by itself; allowed: await nap\(…\)",
        ),
        ("@request_route\ndef route(r):\n    return r['$nothing']", r"route\.py:5: .*\$nothing is unknown"),
        ("@request_route\ndef route(r):\n    r['$ft'] = 'x'", r"route\.py:5: .*\$ft cannot be written"),
        (
            "@request_route\ndef route(r):\n    if r.t_rela(): pass",
            r"route\.py:5: r\.t_rela is unknown; did you mean r\.t_relay\?",
        ),
        ("@request_route\ndef route(r):\n    r.methd == 'BYE'", r"route\.py:5: r\.methd is unknown; did you mean r\.method\?"),
        ("@request_route\ndef route(r): f(r)\ndef f(r: 'Request'):\n    r.t_rely()", r"route\.py:6: r\.t_rely is unknown"),
        (
            "import txdispatcher.script as s\n@request_route\ndef f(q): pass\ndef g(r: s.Request): r.t_rely()",
            r"route\.py:6: r\.t_rely",
        ),
        (
            "from txdispatcher.script import Request as R\n@request_route\ndef f(q): pass\ndef g(r: R): r.t_rely()",
            r"route\.py:6: r\.",
        ),
        (
            "@request_route\ndef route(r):\n    r.ds_select_dst('1', 4)",
            r"route\.py:5: set_id is '1'; allowed: a number, as in ds_sel",
        ),
        (
            "@request_route\ndef route(r):\n    r.ds_select_dst(1)",
            r"route\.py:5: algorithm is missing; allowed: ds_select_dst\(set_id",
        ),
        (
            "@request_route\ndef route(r):\n    r.ds_select_dst(1, 4, 0, 0)",
            r"route\.py:5: found 4 arguments; allowed: ds_select_dst",
        ),
        ("@request_route\ndef route(r):\n    r.ds_select_dst(1, 4, most=3)", r"route\.py:5: found most; allowed: ds_select_dst"),
        ("@request_route\ndef route(r):\n    r.append_hf(None)", r"route\.py:5: line is None; allowed: text, as in append_hf"),
        ("@request_route\ndef route(r):\n    r.t_check_status('(')", r"route\.py:5: pattern: "),
        ("@request_route\ndef route(r):\n    r.pv_unset('$nothing')", r"route\.py:5: variable: .*\$nothing is unknown"),
        (
            "@request_route\ndef route(r):\n    r.t_branch_timeout()",
            r"route\.py:5: t_branch_timeout\(\) may not be called in a req",
        ),
        (
            "@request_route\ndef route(r): pass\n@branch_route\ndef b(r):\n    r.t_relay()",
            r"route\.py:7: t_relay\(\) may not be called in a branch route; allowed in: failure, request",
        ),
    ],
)
def test_a_native_script(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        native(tmp_path, text)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("KSR.tm.t_rela()", r"route\.py:7: KSR\.tm\.t_rela is not there; did you mean KSR\.tm\.t_relay\?"),
        ("KSR.rtpproxy.rtpproxy_manage('co')", r"route\.py:7: KSR\.rtpproxy\.rtpproxy_manage is not there; "),
        ("KSR.registrar.save('location', 0)", r"KSR\.registrar\.save is not there; .*there are no registrations here"),
        ("KSR.sqlops.sql_query('ca', 'select 1', 'ra')", r"is not there; a library of Python's does that, .*await in_thread"),
        ("KSR.asynk.task_route('later')", r"route\.py:7: .*is not there; a route that is async def may await"),
        (
            "KSR.stirling.crank()",
            r"route\.py:7: KSR\.stirling\.crank is not there; this server has nothing of the module stirling",
        ),
        ("KSR.tm.t_on_failure('none')", r"route\.py:7: t_on_failure: there is no failure route none"),
        ("KSR.pv.get('$nothing')", r"route\.py:7: .*\$nothing is unknown"),
        ("KSR.dispatcher.ds_select_dst('1', 4)", r"route\.py:7: set_id is '1'; allowed: a number, as in ds_select_dst"),
        ("KSR.tm.t_relay(1)", r"route\.py:7: found 1 arguments; allowed: t_relay\(\)"),
        ("KSR.pv.get()", r"route\.py:7: found 0 arguments; allowed: KSR\.pv\.get\(name\)"),
        ("KSR.x.exit('now')", r"route\.py:7: found 1 arguments; allowed: KSR\.x\.exit\(\)"),
        ("KSR.pv.sets('$ft', 'x')", r"route\.py:7: .*\$ft cannot be written"),
    ],
)
def test_a_kemi_script(tmp_path: Path, body: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        kemi(tmp_path, body)


@pytest.mark.parametrize(
    "text",
    [
        "SCHEMA = {'$ref': 1}\nprint(SCHEMA['$ref'])\n@request_route\ndef route(r): pass",
        "def read(schema: dict): return schema['$ref']\n@request_route\ndef route(r): pass",
        "class web:\n    class Request: pass\ndef f(other: web.Request): other.anything(1)\n@request_route\ndef route(r): pass",
        "class Other:\n    pass\ndef f(other):\n    other.anything(1)\n@request_route\ndef route(r): pass",
        "@request_route\n@failure_route\ndef route(r):\n    if r.status: r.t_branch_timeout()",
        "@request_route\ndef route(r):\n    given = (1, 4)\n    r.ds_select_dst(*given)",
        "@request_route\ndef route(r):\n    r.ds_select_dst(algorithm=4, set_id=1)\n    r.t_check_status(pattern=str(r.status))",
    ],
)
def test_what_may_be_right_is_taken(tmp_path: Path, text: str) -> None:
    native(tmp_path, text)


def test_the_first_line_that_is_wrong_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"route\.py:7: KSR.tm.x"):
        kemi(tmp_path, "if KSR.tm.x():\n    pass\nKSR.tm.y")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            "def ksr_request_route(self): pass",
            r"route\.py:6: ksr_request_route\(\) is .*; allowed: ksr_request_route\(self, msg\)",
        ),
        ("ksr_request_route = print\ndef ksr_reply_route(self): pass", r"route\.py:7: ksr_reply_route\(\) is called with other"),
        (
            "ksr_request_route = print\ndef ksr_dispatcher_event(self, msg): pass",
            r"route\.py:7: .*; allowed: ksr_dispatcher_event\(self, msg, evname\)",
        ),
        ("ksr_request_route = print\ndef child_init(self, rank):\n    1 / rank / 0", r"route\.py:8: ZeroDivisionError"),
    ],
)
def test_the_methods_of_a_kemi_script(tmp_path: Path, body: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        kemi_class(tmp_path, body)


def test_mod_init_must_return_routes(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"route\.py:3: what mod_init\(\) returns has no ksr_request_route\(\)"):
        kemi_class(tmp_path, "pass")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match=r"none\.py: cannot be read: No such file"):
        load_script(str(tmp_path / "none.py"))


def test_modules_beside_the_script_are_found(tmp_path: Path) -> None:
    (tmp_path / "beside_a_script.py").write_text("SET = 1\n")
    try:
        bench = native(tmp_path, "import beside_a_script\nr.ds_select_dst(beside_a_script.SET, 8); r.t_relay()")
        assert [each.method for each in bench.receive(request())] == ["INVITE", "INVITE"]
    finally:
        sys.path.remove(str(tmp_path))
        sys.modules.pop("beside_a_script", None)


def test_dataclasses_work_in_a_script(tmp_path: Path) -> None:
    native(
        tmp_path, "from dataclasses import dataclass\n@dataclass\nclass A:\n    a: 'int' = 1\n@request_route\ndef route(r): pass"
    )


def test_one_script_at_a_time_is_named(tmp_path: Path) -> None:
    script = tmp_path / "route.py"
    script.write_text("def mod_init(): pass")
    (tmp_path / "k.cfg").write_text("route { exit; }")
    from txdispatcher.config import check_config

    file = tmp_path / "k.toml"
    file.write_text('route.script = "route.py"\nroute.kamailio_cfg = "k.cfg"\n')
    (error,) = check_config(str(file))
    assert error.key == "route.script"
    assert "allowed: one of the two" in str(error)
