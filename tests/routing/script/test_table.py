"""The table of functions: what a reference and an editor take from it."""

from __future__ import annotations

from txdispatcher.routing.script.elsewhere import ELSEWHERE
from txdispatcher.routing.script.functions import FUNCTIONS
from txdispatcher.routing.script.table import ANY


def test_each_function_says_what_it_does_and_where_it_may_stand() -> None:
    for name, function in FUNCTIONS.items():
        assert function.name == name
        assert function.about.endswith("."), name
        assert function.kinds, name
        assert function.kinds <= set(ANY), name


def test_another_name_is_the_same_function() -> None:
    aliases = [each for each in FUNCTIONS.values() if each.alias_of]
    assert "add_rport" in [each.name for each in aliases]
    for each in aliases:
        assert FUNCTIONS[each.alias_of].call is each.call
        assert FUNCTIONS[each.alias_of].alias_of == ""


def test_what_is_there_is_not_said_to_be_elsewhere() -> None:
    assert not ELSEWHERE.keys() & FUNCTIONS.keys()
