"""control.script: a routing script read again."""

from __future__ import annotations

import pytest

from txdispatcher.control.script import script_methods
from txdispatcher.control.table import Fault, Methods
from txdispatcher.errors import ScriptError


@pytest.mark.parametrize("name", ["script.reload", "app_python.reload", "app_python3.reload"])
def test_a_script_is_read_again(name: str) -> None:
    assert Methods(script_methods(lambda: "/x/route.py")).call(name) == "Ok. Script reloaded from /x/route.py."


@pytest.mark.parametrize("name", ["script.reload", "app_python3.reload"])
def test_who_may_only_read_reloads_no_script(name: str) -> None:
    def reload() -> str:
        raise AssertionError("it is read")

    with pytest.raises(Fault, match="403"):
        Methods(script_methods(reload)).call(name, read_only=True)


def test_one_that_cannot_be_loaded_is_a_fault_with_its_line() -> None:
    def reload() -> str:
        raise ScriptError("/x/route.py", 3, "NameError: name 'a' is not defined")

    with pytest.raises(Fault) as raised:
        Methods(script_methods(reload)).call("script.reload")
    assert (raised.value.code, raised.value.text) == (500, "/x/route.py:3: NameError: name 'a' is not defined")
