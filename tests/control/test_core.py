"""control.core: what the server says about itself and about the table."""

from __future__ import annotations

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
        "core.uptime",
        "core.version",
        "ctl.listen",
        "ctl.who",
        "dispatcher.list",
        "dispatcher.ping_active",
        "dispatcher.reload",
        "dispatcher.set_state",
        "dispatcher.why",
        "system.listMethods",
        "system.methodHelp",
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
