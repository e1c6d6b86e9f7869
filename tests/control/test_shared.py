"""control.shared: $shv(…) by RPC, with the words of a real Kamailio."""

from __future__ import annotations

import pytest

from txdispatcher.control.shared import shared_methods
from txdispatcher.control.table import Fault, Methods


@pytest.fixture
def variables() -> dict[str, bytes | int]:
    return {"a": 5, "b": b"hello"}


def test_what_is_shown(variables: dict[str, bytes | int]) -> None:
    methods = Methods(shared_methods(variables))
    assert methods.call("pv.shvGet", ["a"]) == {"name": "a", "type": "int", "value": 5}
    assert methods.call("pv.shvGet") == {
        "items": [
            {"shv": {"name": "a", "type": "int", "value": 5}},
            {"shv": {"name": "b", "type": "string", "value": "hello"}},
        ]
    }


def test_what_is_not_there_is_not_shown(variables: dict[str, bytes | int]) -> None:
    with pytest.raises(Fault, match="404 - Variable not found"):
        Methods(shared_methods(variables)).call("pv.shvGet", ["zz"])


def test_what_is_written(variables: dict[str, bytes | int]) -> None:
    methods = Methods(shared_methods(variables))
    assert methods.call("pv.shvSet", ["a", "int", "9"]) == "Ok. Variable set to new value."
    methods.call("pv.shvSet", ["b", "str", "x y"])
    methods.call("pv.shvSet", ["new", "int", 1])
    assert variables == {"a": 9, "b": b"x y", "new": 1}


@pytest.mark.parametrize(
    ("given", "code", "text"),
    [
        (["a", "i", "10"], 500, "Unknown parameter type (Types: int or str)"),
        (["a"], 500, "Missing parameter type (Parameters: varname type value)"),
        (["a", "int", "x"], 500, "Missing integer parameter value (Parameters: varname type value)"),
    ],
)
def test_what_is_refused(variables: dict[str, bytes | int], given: list[object], code: int, text: str) -> None:
    with pytest.raises(Fault) as raised:
        Methods(shared_methods(variables)).call("pv.shvSet", given)
    assert (raised.value.code, raised.value.text) == (code, text)
    assert variables == {"a": 5, "b": b"hello"}
