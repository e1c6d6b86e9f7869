"""control.core: what the server says about itself and about the table."""

from __future__ import annotations

import os
import time

import pytest

from tests.control.fixtures import STARTED, make_methods
from txdispatcher.control.table import Fault


def test_the_version_is_the_one_that_was_given() -> None:
    assert make_methods().call("core.version") == "txdispatcher test"


def test_uptime_counts_whole_seconds_from_the_start() -> None:
    uptime = make_methods().call("core.uptime")
    assert isinstance(uptime, dict)
    assert list(uptime) == ["now", "up_since", "uptime"]
    assert uptime["uptime"] == 90
    assert time.mktime(time.strptime(uptime["up_since"])) == STARTED
    assert time.mktime(time.strptime(uptime["now"])) == STARTED + 90


def test_the_methods_are_listed_in_order() -> None:
    assert make_methods().call("system.listMethods") == [
        "app_python.reload",
        "app_python3.reload",
        "cfg.get",
        "cfg.help",
        "cfg.list",
        "cfg.set",
        "cfg.set_now_int",
        "cfg.set_now_string",
        "cfg.seti",
        "cfg.sets",
        "core.info",
        "core.ps",
        "core.psx",
        "core.uptime",
        "core.version",
        "ctl.listen",
        "ctl.who",
        "dispatcher.add",
        "dispatcher.drain",
        "dispatcher.hash",
        "dispatcher.list",
        "dispatcher.oclist",
        "dispatcher.ping_active",
        "dispatcher.plan",
        "dispatcher.reload",
        "dispatcher.remove",
        "dispatcher.set_duid_state",
        "dispatcher.set_state",
        "dispatcher.undrain",
        "dispatcher.why",
        "htable.delete",
        "htable.dump",
        "htable.flush",
        "htable.get",
        "htable.listTables",
        "htable.reload",
        "htable.setex",
        "htable.seti",
        "htable.sets",
        "permissions.addressDump",
        "permissions.addressReload",
        "permissions.subnetDump",
        "permissions.trustedDump",
        "permissions.trustedReload",
        "pv.shvGet",
        "pv.shvSet",
        "script.reload",
        "stats.fetch",
        "stats.fetchn",
        "stats.get_statistics",
        "system.listMethods",
        "system.methodHelp",
        "tls.reload",
        "tm.stats",
    ]


def test_every_method_has_one_line_of_help() -> None:
    methods = make_methods()
    for method in methods:
        assert methods.call("system.methodHelp", [method.name]) == method.doc
        assert method.doc
        assert "\n" not in method.doc


@pytest.mark.parametrize(("given", "text"), [(["nope"], "command not found"), ([], "Method Name Expected")])
def test_help_that_there_is_none_of(given: list[object], text: str) -> None:
    with pytest.raises(Fault) as caught:
        make_methods().call("system.methodHelp", given)
    assert (caught.value.code, caught.value.text) == (400, text)


def test_one_process_is_listed() -> None:
    assert make_methods().call("core.ps") == [os.getpid(), "main process"]
    assert make_methods().call("core.psx") == [{"IDX": 0, "PID": os.getpid(), "DSC": "main process"}]


def test_info_has_kamailios_fields() -> None:
    info = make_methods(version="txdispatcher 1.2 (Python 3.11.2, compiled)").call("core.info")
    assert isinstance(info, dict)
    assert list(info) == ["version", "id", "compiler", "compiled", "flags"]
    assert (info["version"], info["flags"]) == ("txdispatcher 1.2", "compiled")
