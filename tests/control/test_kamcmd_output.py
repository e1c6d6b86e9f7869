"""control.kamcmd_output: results as kamcmd prints them. (tests/test_kamcmd_compat.py compares with the real one.)"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from txdispatcher.control import binrpc
from txdispatcher.control.ctl_values import record_pieces
from txdispatcher.control.kamcmd_output import render, render_format


@pytest.mark.parametrize(
    ("result", "text"),
    [
        ("Ok.", "Ok.\n"),
        (5, "5\n"),
        (2**31 - 1, "2147483647\n"),
        (2**31, "-2147483648\n"),
        (2**32, "4294967296\n"),
        (True, "1\n"),
        (1.5, "1.500000\n"),
        (0.001, "0.001000\n"),
        (0.0, "0\n"),
        (None, "<null string>\n"),
        (["a", 1], "a\n1\n"),
        ([], ""),
        ({}, "{\n}\n"),
        ([{"A": 1}, {"A": 2}], "{\n\tA: 1\n}\n{\n\tA: 2\n}\n"),
        (
            {"N": 2, "R": [{"S": {"I": 1, "T": []}}, {"S": {"I": None}}], "L": [1, "x"]},
            "{\n\tN: 2\n\tR: {\n\t\tS: {\n\t\t\tI: 1\n\t\t\tT: {\n\t\t\t}\n\t\t}\n\t\tS: {\n\t\t\tI: <null string>\n\t\t}\n\t}\n"
            "\tL: {\n\t\t1\n\t\tx\n\t}\n}\n",
        ),
    ],
)
def test_how_a_result_is_printed(result: object, text: str) -> None:
    assert render(result) == text


JSON = st.recursive(
    st.none() | st.integers(-(2**31), 2**31 - 1) | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["A", "B", "C"]), inner, max_size=3),
    max_leaves=8,
)


def _without_nested_lists(value: object, inside: bool = False) -> bool:
    """binrpc has no lists in lists, and kamcmd no words for them."""
    if isinstance(value, dict):
        return all(_without_nested_lists(each) for each in value.values())
    if isinstance(value, list):
        return not inside and all(_without_nested_lists(each, True) for each in value)
    return True


@given(JSON.filter(_without_nested_lists))
def test_what_comes_by_binrpc_is_printed_as_what_comes_by_json(result: object) -> None:
    body = b"".join(record_pieces(result if isinstance(result, list) else [result]))
    assert render(binrpc.read_body(body)) == render(result)


@pytest.mark.parametrize(
    ("result", "format", "text"),
    [
        ("v", "%v\\n", "v\n"),
        ("v", "", "v"),
        ("v", "abc", "abcv"),
        (["a", "b"], "abc", "abcaabcb"),
        (["a", "b", "c"], "%v-%v;", "a-b;c-;"),
        ([], "[%v]", "[]"),
        ({"A": 1}, "<%v>", "<{><A: 1><}>"),
        ({"A": {"B": 1}}, "%v,", "{,A: {,B: 1,},},"),
        ("v", "a%%v=%v\\t\\q\\\\z", "a%v=v\t\\q\\z"),
        ("v", "%", "%v"),
        ("v", "\\", "\\v"),
    ],
)
def test_a_result_by_a_format(result: object, format: str, text: str) -> None:
    assert render_format(result, format) == text
