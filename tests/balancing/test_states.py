from __future__ import annotations

import pytest

from txdispatcher.balancing.states import DISABLED, INACTIVE, PROBING, TRYING, letters, parse_mark, parse_state
from txdispatcher.errors import UnknownState


@pytest.mark.parametrize(
    ("flags", "shown"),
    [(0, "AX"), (8, "AP"), (1, "IX"), (9, "IP"), (2, "TX"), (10, "TP"), (4, "DX"), (3, "IX"), (7, "DX"), (16, "AX")],
)
def test_letters(flags: int, shown: str) -> None:
    assert letters(flags) == shown


@pytest.mark.parametrize(
    ("word", "flags"),
    [
        ("a", 0),
        ("AP", PROBING),
        ("i", INACTIVE),
        ("ip", INACTIVE | PROBING),
        ("t", TRYING),
        ("tp", TRYING | PROBING),
        ("d", DISABLED),
        ("dp", DISABLED),
        ("p", PROBING),
        ("0", INACTIVE),
        ("1", 0),
        ("2", DISABLED),
        ("3", TRYING),
        ("1p", PROBING),
    ],
)
def test_words(word: str, flags: int) -> None:
    assert parse_state(word) == flags


@pytest.mark.parametrize("word", ["", "x", "pa", "aq", "app", "4"])
def test_a_word_that_is_none(word: str) -> None:
    with pytest.raises(UnknownState, match=f"unknown state '{word}'"):
        parse_state(word)


@pytest.mark.parametrize("word", ["", "x", "ai", "pp", "ipp", "3", "00", " i"])
def test_other_words_are_no_mark(word: str) -> None:
    with pytest.raises(UnknownState, match="allowed"):
        parse_mark(word)
