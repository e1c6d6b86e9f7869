"""A KEMI script that a Kamailio configuration file loads: it decides about requests, or the file's routes call it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from txdispatcher.check import examine
from txdispatcher.errors import DispatcherError
from txdispatcher.routing.python.loading import load_script
from txdispatcher.scripting import reload_script, watchdog_of
from txdispatcher.testing import Bench, request

GATEWAYS = {1: ["sip:198.51.100.1", "sip:198.51.100.2"]}

KEMI = """\
import sys
import KSR as KSR

def mod_init():
    return Routes()

class Routes:
    def child_init(self, rank):
        KSR.info("child\\n")
        return 0

    def ksr_request_route(self, msg):
        if KSR.is_OPTIONS():
            KSR.pvx.var_seti("n", KSR.htable.sht_rm("t", "x"))
            KSR.sl.sl_send_reply(200, "first")
            return 1
        KSR.rr.record_route()
        KSR.dispatcher.ds_select_dst(1, 8)
        KSR.tm.t_on_failure("failed")
        KSR.tm.t_relay()

    def failed(self, msg):
        if KSR.tm.t_check_status("503") > 0 and KSR.dispatcher.ds_next_dst() > 0:
            KSR.tm.t_relay()

    def event(self, msg, name):
        KSR.info(name + " " + KSR.pv.get("$ru") + "\\n")

    def two(self, msg, text):
        KSR.pvx.var_sets("two", text + "!")
        return 5

    def one(self, msg):
        return -3

    def zero(self, msg):
        return 0

    def none(self, msg):
        return None

    def true(self, msg):
        return True

    def boom(self, msg):
        1 / 0

    def leave(self, msg):
        sys.exit()

    async def waits(self, msg):
        pass

    def inner(self, msg):
        return KSR.app_python3.exec_p1("two", "inner") + KSR.app_python3.exec("one")
"""
HEAD = """\
debug=2
loadmodule "app_python3.so"
loadmodule "htable.so"
loadmodule "dispatcher.so"
modparam("app_python3", "load", "kemi.py")
modparam("htable", "htable", "t=>size=4;")
modparam("rr", "enable_full_lr", 1)
modparam("dispatcher", "event_callback", "event")
modparam("dispatcher", "flags", 2)
"""


def write(folder: Path, rest: str, kemi: str = KEMI) -> Path:
    (folder / "kemi.py").write_text(kemi)
    file = folder / "k.cfg"
    file.write_text(HEAD + dedent(rest))
    return file


def test_the_script_decides_and_the_file_configures(tmp_path: Path) -> None:
    bench = Bench(write(tmp_path, 'cfgengine "python"\n'), GATEWAYS)
    _, invite = bench.receive(request())
    assert invite.address == ("198.51.100.1", 5060)
    assert ";lr=on" in (invite.header("Record-Route") or "")
    assert bench.answer(invite, 503)[-1].address == ("198.51.100.2", 5060)
    assert [each.reason for each in bench.receive(request("OPTIONS"))] == ["first"]
    bench.logged.clear()
    bench.event("dispatcher:dst-down", "sip:198.51.100.1")
    assert [text for _, text in bench.logged] == ["dispatcher:dst-down sip:198.51.100.1"]
    assert watchdog_of(bench.config) is not None


def test_routes_of_the_file_are_told_as_ignored(tmp_path: Path) -> None:
    file = write(tmp_path, 'cfgengine = "python"\nrequest_route { no_such_function(); }\nroute[X] { exit; }\n')
    bench = Bench(file, GATEWAYS)
    assert [each.reason for each in bench.receive(request("OPTIONS"))] == ["first"]
    assert bench.config.kamailio is not None
    told = [each.rpartition("/")[2] for each in bench.config.kamailio.ignored]
    assert 'k.cfg:11: request_route, as cfgengine is "python": ignored' in told
    assert 'k.cfg:12: route[X], as cfgengine is "python": ignored' in told


def test_it_is_read_again_with_the_file(tmp_path: Path) -> None:
    bench = Bench(write(tmp_path, 'cfgengine "python"\n'), GATEWAYS)
    (tmp_path / "kemi.py").write_text(KEMI.replace("first", "second"))
    assert reload_script(bench.config, bench.router) == str(tmp_path / "k.cfg")
    assert [each.reason for each in bench.receive(request("OPTIONS"))] == ["second"]
    (tmp_path / "kemi.py").write_text("none_such\n")
    with pytest.raises(DispatcherError, match=r"kemi\.py:1: NameError"):
        reload_script(bench.config, bench.router)
    assert [each.reason for each in bench.receive(request("OPTIONS"))] == ["second"]


BARE = """\
import KSR as KSR
def ksr_request_route():
    KSR.tm.t_on_failure("again")
    KSR.dispatcher.ds_select_dst(1, 8)
    KSR.tm.t_relay()
def again():
    if KSR.dispatcher.ds_next_dst() > 0:
        KSR.tm.t_relay()
def ksr_dispatcher_event(name):
    KSR.info(name)
def length(text):
    return len(text)
"""


@pytest.mark.parametrize("how", ["cfgengine", "alone"])
def test_routes_may_be_functions_of_the_script(tmp_path: Path, how: str) -> None:
    """For app_python3s, which Kamailio 6 has."""
    file = write(tmp_path, 'cfgengine "python"\n', BARE)
    file.write_text(file.read_text().replace("app_python3", "app_python3s"))
    bench = Bench(file if how == "cfgengine" else tmp_path / "kemi.py", GATEWAYS)
    invite = bench.receive(request())[-1]
    assert bench.answer(invite, 503)[-1].address == ("198.51.100.2", 5060)
    bench.logged.clear()
    if how == "alone":
        bench.event("dispatcher:dst-up", "sip:198.51.100.1")
        assert bench.logged == [(2, "dispatcher:dst-up")]


def test_a_route_calls_a_function_of_such_a_script(tmp_path: Path) -> None:
    file = write(tmp_path, 'route { app_python3s_exec("length", "four"); sl_send_reply("480", "$rc"); }\n', BARE)
    file.write_text(file.read_text().replace('"app_python3', '"app_python3s'))
    assert [each.reason for each in Bench(file, GATEWAYS).receive(request("OPTIONS"))] == ["4"]


def test_such_a_script_is_checked_too(tmp_path: Path) -> None:
    with pytest.raises(DispatcherError, match=r"kemi\.py:2: ksr_request_route\(\) is .*; allowed: ksr_request_route\(\)"):
        load_script(str(write(tmp_path, "", BARE.replace("request_route()", "request_route(msg)")).parent / "kemi.py"))


#: What python_exec() gives in Kamailio 5.6.3: the return code.
EXECUTED = [
    ('python_exec("two", "$rU")', "5 bob!"),
    ('python_exec("two", "plain text")', "5 plain text!"),
    ('python_exec("two", "")', "5 !"),
    ('python_exec("one")', "-3 "),
    ('python_exec("none")', "-1 "),
    ('python_exec("leave")', "-1 "),
]
#: What is otherwise here: Kamailio's True is an error, and it knows neither the others.
OWN = [
    ('python_exec("true")', "1 "),
    ('python_exec("inner")', "2 inner!"),
]


@pytest.mark.parametrize(("call", "printed"), [*EXECUTED, *OWN])
def test_a_route_calls_a_method(tmp_path: Path, call: str, printed: str) -> None:
    file = write(tmp_path, f'request_route {{ $var(two) = ""; {call}; xlog("L_INFO", "$rc $var(two)"); }}\n')
    bench = Bench(file, GATEWAYS)
    bench.logged.clear()
    bench.receive(request("OPTIONS"))
    assert [text for _, text in bench.logged] == [printed]


@pytest.mark.parametrize(
    ("method", "reason"),
    [
        ("boom", r"kemi\.py:46: ZeroDivisionError: division by zero"),
        ("waits", r"waits\(\) may not wait when python_exec\(\) calls it"),
        ("no_such", r"kemi\.py: python_exec\(\): there is no method no_such"),
        ("two", r"kemi\.py: TypeError: .*two\(\) missing 1 required positional argument"),
    ],
)
def test_a_method_that_fails_is_false_and_logged(tmp_path: Path, method: str, reason: str) -> None:
    file = write(tmp_path, f'request_route {{ if (!python_exec("{method}")) sl_send_reply("480", "$rc"); }}\n')
    bench = Bench(file, GATEWAYS, faults=True)
    assert [each.reason for each in bench.receive(request("OPTIONS"))] == ["-1"]
    assert bench.logged[-1][1].startswith("script fault 1: ")
    with pytest.raises(AssertionError, match=reason):
        Bench(file, GATEWAYS).receive(request("OPTIONS"))


def test_routes_of_every_kind_call_methods(tmp_path: Path) -> None:
    """The method is about the message that the route is about."""
    file = write(
        tmp_path,
        """\
        request_route {
            ds_select_dst("1", "8"); t_on_failure("F"); t_on_branch("B"); t_on_reply("R");
            python_exec("said", "request"); t_relay();
        }
        failure_route[F] { python_exec("said", "failure"); t_reply("480", "$var(last)"); }
        branch_route[B] { python_exec("said", "branch"); }
        onreply_route[R] { python_exec("said", "reply"); }
        event_route[dispatcher:dst-down] { python_exec("said", "event"); }
        """,
        KEMI + "\n    def said(self, msg, where):\n        KSR.info('%s %s %s' % (where, msg.Type, KSR.pv.get('$rs')))\n"
        "        KSR.pv.sets('$var(last)', where)\n",
    )
    bench = Bench(file, GATEWAYS)
    bench.logged.clear()
    invite = bench.receive(request())[-1]
    assert bench.answer(invite, 486)[-1].reason == "failure"
    bench.event("dispatcher:dst-down", "sip:198.51.100.1")
    assert [text for _, text in bench.logged] == [
        "request SIP_REQUEST None",
        "branch SIP_REQUEST None",
        "reply SIP_REPLY 486",
        "failure SIP_REQUEST 486",
        "event SIP_REQUEST None",
    ]


def test_a_method_that_returns_0_ends_the_script(tmp_path: Path) -> None:
    bench = Bench(write(tmp_path, 'request_route { python_exec("zero"); sl_send_reply("480", "Later"); }\n'), GATEWAYS)
    assert bench.receive(request("OPTIONS")) == []


@pytest.mark.parametrize(
    ("cfg", "kemi", "found"),
    [
        ('cfgengine "lua"\nroute { exit; }', KEMI, "k.cfg:10: cfgengine: found lua; allowed: native, default, python"),
        (
            'cfgengine "python"\nmodparam("rtimer", "timer", "name=t;interval=9")\n'
            'modparam("rtimer", "exec", "timer=t;route=X")\nroute[X] {}',
            KEMI,
            "k.cfg:12: rtimer.exec: there is no route[X]; there is: none",
        ),
        ('cfgengine "python"', "def mod_init():\n  x y", "kemi.py:2: invalid syntax"),
        ('cfgengine "python"', "import none_such", "kemi.py:1: ModuleNotFoundError: No module named 'none_such'"),
        ('cfgengine "python"', "x = 1", "kemi.py:1: there is no mod_init(); allowed"),
        ('cfgengine "python"', "\ndef mod_init(): return 1", "kemi.py:2: what mod_init() returns has no ksr_request_route()"),
        ('cfgengine "python"', KEMI.replace('"child\\n"', "1 / 0"), "kemi.py:9: ZeroDivisionError"),
        ('cfgengine "python"', KEMI.replace("t_relay", "t_rely"), "kemi.py:20: KSR.tm.t_rely is not there; did you mean"),
        ('modparam("app_python3", "lod", "x")\nroute { exit; }', KEMI, "k.cfg:10: app_python3.lod: is not there; known: load"),
        ('modparam("app_python3", "load", "none.py")\ncfgengine "python"', KEMI, "k.cfg:10: app_python3.load: "),
        ('modparam("app_python3", "mod_init_function", "my")\ncfgengine "python"', KEMI, "kemi.py:1: there is no my()"),
    ],
)
def test_what_is_wrong_is_told_by_check(tmp_path: Path, cfg: str, kemi: str, found: str) -> None:
    errors = [str(each).replace(f"{tmp_path}/", "") for each in examine("", str(write(tmp_path, cfg + "\n", kemi))).errors]
    assert any(each.startswith(found) for each in errors), errors


def test_an_engine_needs_a_script(tmp_path: Path) -> None:
    file = tmp_path / "k.cfg"
    file.write_text('loadmodule "app_python3.so"\ncfgengine "python"\n')
    error, *_ = examine("", str(file)).errors
    assert str(error).endswith('k.cfg:2: cfgengine: there is no script; allowed: modparam("app_python3", "load", "FILE.py")')


def test_a_script_for_python_exec_needs_no_request_route(tmp_path: Path) -> None:
    kemi = "def mod_init():\n    return Calls()\nclass Calls:\n    def number(self, msg):\n        return 7\n"
    bench = Bench(write(tmp_path, 'route { python_exec("number"); sl_send_reply("480", "$rc"); }\n', kemi), GATEWAYS)
    assert [each.reason for each in bench.receive(request("OPTIONS"))] == ["7"]
