"""control.probing: dispatcher.ping_active as Kamailio 5.6.3 answers it, and dispatcher.why."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from tests.control.fixtures import make_methods, make_sets
from txdispatcher.balancing.history import History
from txdispatcher.balancing.probing import Probing
from txdispatcher.balancing.states import parse_state
from txdispatcher.control.table import Fault


def test_ping_active_shows_sets_and_shows_what_was() -> None:
    probing = Probing()
    methods = make_methods(probing=probing)
    assert methods.call("dispatcher.ping_active") == {"OldPingState": 1}
    assert json.dumps(methods.call("dispatcher.ping_active", [0])) == '{"NewPingState": 0, "OldPingState": 1}'
    assert probing.active == 0
    assert methods.call("dispatcher.ping_active", [1]) == {"NewPingState": 1, "OldPingState": 0}
    assert methods.call("dispatcher.ping_active") == {"OldPingState": 1}


def test_why_tells_each_change_with_time_and_reason() -> None:
    sets = make_sets("1 sip:127.0.0.1:5080\n")
    times = iter((1_700_000_000.0, 1_700_000_001.25))
    sets.observers.add(History(50, lambda: next(times)))
    sets.set_state(1, "sip:127.0.0.1:5080", parse_state("ip"), reason="ping answered 503")
    sets.set_state(1, "sip:127.0.0.1:5080", parse_state("a"), reason="ping answered 200")
    assert make_methods(sets).call("dispatcher.why", [1, "SIP:127.0.0.1:5080"]) == {
        "URI": "sip:127.0.0.1:5080",
        "FLAGS": "AX",
        "CHANGES": [
            {
                "CHANGE": {
                    "TIME": "2023-11-14T22:13:20.000+00:00",
                    "BEFORE": "AX",
                    "AFTER": "IP",
                    "REASON": "ping answered 503",
                }
            },
            {
                "CHANGE": {
                    "TIME": "2023-11-14T22:13:21.250+00:00",
                    "BEFORE": "IP",
                    "AFTER": "AX",
                    "REASON": "ping answered 200",
                }
            },
        ],
    }


def test_why_tells_that_it_drains() -> None:
    sets = make_sets("1 sip:127.0.0.1:5080 8\n")
    sets.observers.add(History(50, lambda: 0.0))
    methods = make_methods(sets)
    for method, state in (("drain", "AP draining"), ("undrain", "AP")):
        methods.call(f"dispatcher.{method}", [1, "all"])
        told = cast(dict[str, Any], methods.call("dispatcher.why", [1, "sip:127.0.0.1:5080"]))
        change = told["CHANGES"][-1]["CHANGE"]
        assert (told["FLAGS"], change["AFTER"], change["REASON"]) == (state, state, f"dispatcher.{method}")
        assert change["BEFORE"] != change["AFTER"]


def test_why_of_one_that_never_changed_is_an_empty_list() -> None:
    found = make_methods().call("dispatcher.why", [2, "sip:127.0.0.1:5080"])
    assert found == {"URI": "sip:127.0.0.1:5080", "FLAGS": "AX", "CHANGES": []}


@pytest.mark.parametrize(
    ("given", "text"),
    [([9, "sip:127.0.0.1:5080"], "Destination Not Found"), ([2, "sip:no"], "Destination Not Found"), ([2], "Invalid Parameters")],
)
def test_why_of_nobody_is_a_fault(given: list[object], text: str) -> None:
    with pytest.raises(Fault) as caught:
        make_methods().call("dispatcher.why", given)
    assert (caught.value.code, caught.value.text) == (500, text)
