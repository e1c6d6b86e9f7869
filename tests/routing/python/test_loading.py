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
        ("@request_route\ndef route(r):\n    return r['$nothing']", r"route\.py:5: .*\$nothing is unknown"),
        ("@request_route\ndef route(r):\n    r['$ft'] = 'x'", r"route\.py:5: .*\$ft cannot be written"),
    ],
)
def test_a_native_script(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        native(tmp_path, text)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("KSR.tm.t_rela()", r"route\.py:7: KSR\.tm\.t_rela is not there; did you mean KSR\.tm\.t_relay\?"),
        ("KSR.rtpproxy.rtpproxy_manage('co')", r"route\.py:7: KSR\.rtpproxy(\.rtpproxy_manage)? is not there"),
        ("KSR.tm.t_on_failure('none')", r"route\.py:7: t_on_failure: there is no failure route none"),
        ("KSR.pv.get('$nothing')", r"route\.py:7: .*\$nothing is unknown"),
        ("KSR.pv.sets('$ft', 'x')", r"route\.py:7: .*\$ft cannot be written"),
    ],
)
def test_a_kemi_script(tmp_path: Path, body: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        kemi(tmp_path, body)


def test_the_first_line_that_is_wrong_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"route\.py:7: KSR.tm.x"):
        kemi(tmp_path, "if KSR.tm.x():\n    pass\nKSR.tm.y")


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
