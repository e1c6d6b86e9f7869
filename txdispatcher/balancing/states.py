"""The states of a destination: bits, letters, and the words that set them.

A destination is active (no bit), trying (failed, but still selected), inactive or disabled (neither is selected); probing is a
mark beside any of these. Letters are the newer guide's: A, T, I or D, then P if it is probed, X if not.
"""

from __future__ import annotations

from txdispatcher.errors import UnknownState

INACTIVE = 1
TRYING = 2
DISABLED = 4
PROBING = 8
#: Every bit that is a state.
ALL = INACTIVE | TRYING | DISABLED | PROBING
#: No state, but in the same number: the name of the host is not looked up at load.
NO_DNS = 16
#: No state either: the destination is never pinged.
NO_PING = 32
#: No state but an operator's mark, which no probe and no list takes away: no new calls, the present ones may end.
DRAINING = 64

#: A destination with one of these is not selected.
SKIPPED = INACTIVE | DISABLED | DRAINING

#: The digits of the older README's ds_mark_dst.
_MARK_DIGITS = {"0": INACTIVE, "1": 0, "2": TRYING | PROBING}
_WORDS = {"a": 0, "i": INACTIVE, "t": TRYING, "d": DISABLED}
#: The digits that RPC and MI `set_state` take beside the letters.
_DIGITS = {"0": INACTIVE, "1": 0, "2": DISABLED, "3": TRYING}


def letters(flags: int) -> str:
    """The two letters of `flags`, as `dispatcher.list` shows them: "AX", "IP", …"""
    if flags & DISABLED:
        first = "D"
    elif flags & INACTIVE:
        first = "I"
    elif flags & TRYING:
        first = "T"
    else:
        first = "A"
    return first + ("P" if flags & PROBING else "X")


def parse_state(text: str) -> int:
    """The flags that a `set_state` word stands for: a, i, t or d, or a digit (0 i, 1 a, 2 d, 3 t), then p for probing.

    A bare p is active and probing; a disabled destination is never probed ("dp" is DX). Raises UnknownState.
    """
    word = text.lower()
    if word == "p":
        return PROBING
    first, rest = word[:1], word[1:]
    flags = _WORDS.get(first, _DIGITS.get(first))
    if flags is None or rest not in ("", "p"):
        raise UnknownState(f"unknown state {text!r}: a, i, t or d, each may be followed by p")
    if rest and flags != DISABLED:
        flags |= PROBING
    return flags


def parse_mark(text: str) -> int:
    """The flags that a word of ds_mark_dst() stands for (guide, 4.5): a, i, t or d, and p with it or alone ("ip", "tp").

    Of the older README it takes the digits too: 0 i, 1 a, 2 tp. Raises UnknownState.
    """
    word = text.lower()
    if word in _MARK_DIGITS:
        return _MARK_DIGITS[word]
    first = word.replace("p", "", 1)
    if not word or first not in ("", *_WORDS):
        raise UnknownState(f"unknown state {text!r}: a, i, t or d, each with p or without, or one of 0, 1 and 2, is allowed")
    flags = _WORDS.get(first, 0)
    return flags if flags == DISABLED or first == word else flags | PROBING
