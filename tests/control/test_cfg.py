"""control.cfg: parameters that change while the server runs, with Kamailio's words for what is not there."""

from __future__ import annotations

import pytest

from tests.control.fixtures import make_methods
from txdispatcher.balancing.probing import Probing
from txdispatcher.control.table import Fault

NAMES = ["probing_threshold", "inactive_threshold", "ping_reply_codes"]


def test_the_parameters_are_listed_by_group() -> None:
    methods = make_methods()
    assert methods.call("cfg.list") == [f"dispatcher: {name}" for name in NAMES]
    assert methods.call("cfg.list", ["dispatcher"]) == methods.call("cfg.list")
    assert methods.call("cfg.list", ["nope"]) == []


def test_the_values_of_a_group() -> None:
    assert make_methods().call("cfg.get", ["dispatcher"]) == {
        "probing_threshold": 1,
        "inactive_threshold": 1,
        "ping_reply_codes": None,
    }


@pytest.mark.parametrize("method", ["cfg.set_now_int", "cfg.seti", "cfg.set"])
@pytest.mark.parametrize("name", ["probing_threshold", "inactive_threshold"])
def test_a_number_holds_at_once(method: str, name: str) -> None:
    probing = Probing()
    methods = make_methods(probing=probing)
    assert methods.call(method, ["dispatcher", name, 3]) == []
    assert getattr(probing, name) == 3
    assert methods.call("cfg.get", ["dispatcher", name]) == 3


@pytest.mark.parametrize("method", ["cfg.set_now_string", "cfg.sets", "cfg.set"])
def test_reply_codes_hold_at_once(method: str) -> None:
    probing = Probing()
    methods = make_methods(probing=probing)
    methods.call(method, ["dispatcher", "ping_reply_codes", "code=404"])
    assert [status for status in (200, 403, 404, 500) if status in probing.reply_codes] == [200, 404]
    assert methods.call("cfg.get", ["dispatcher", "ping_reply_codes"]) == "code=404"


@pytest.mark.parametrize(
    ("method", "given", "text"),
    [
        ("cfg.get", ["dispatcher", "nope"], "400 - Failed to get the variable"),
        ("cfg.get", ["nope"], "400 - Failed to get the group"),
        ("cfg.get", [], "500 - Failed to get the parameters"),
        ("cfg.help", ["dispatcher", "nope"], "400 - Failed to get the variable description"),
        ("cfg.set_now_int", ["dispatcher", "nope", 1], "400 - Failed to set the variable"),
        ("cfg.set_now_int", ["dispatcher", "probing_threshold"], "400 - Failed to set the variable"),
        ("cfg.set_now_string", ["dispatcher", "probing_threshold", "4"], "400 - Failed to set the variable"),
        ("cfg.set", ["dispatcher", "probing_threshold", True], "400 - Failed to set the variable"),
        (
            "cfg.set_now_int",
            ["dispatcher", "probing_threshold", 0],
            "400 - Failed to set the variable: found 0; allowed: 1 or more",
        ),
        (
            "cfg.set_now_string",
            ["dispatcher", "ping_reply_codes", "garbage"],
            "400 - Failed to set the variable: 'garbage' is no reply code; allowed: "
            '"class=N" (1 to 6) and "code=NNN" (100 to 699), a semicolon between',
        ),
    ],
)
def test_what_cannot_be_changes_nothing_and_says_why(method: str, given: list[object], text: str) -> None:
    probing = Probing()
    methods = make_methods(probing=probing)
    with pytest.raises(Fault) as caught:
        methods.call(method, given)
    assert str(caught.value) == text
    assert probing.probing_threshold == 1
    assert 404 not in probing.reply_codes


def test_help_names_the_type() -> None:
    shown = make_methods().call("cfg.help", ["dispatcher", "ping_reply_codes"])
    assert isinstance(shown, list)
    assert shown[1] == "(parameter type is string)"
