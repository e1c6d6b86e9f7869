"""A variable's value as a number or as text, and whether two are the same, as Kamailio takes them."""

from __future__ import annotations

from typing import Any


def as_number(value: Any) -> int:
    """A value as a number: the digits that a string begins with, 0 for none."""
    if isinstance(value, int):
        return value
    text = (value or b"").strip()
    end = 1 if text[:1] in (b"-", b"+") else 0
    while text[end : end + 1].isdigit():
        end += 1
    return int(text[:end]) if text[:end].strip(b"+-") else 0


def same(left: Any, right: Any) -> bool:
    """Whether two values are equal, as in Kamailio by the type of the left one: beside a number, text that is none is another."""
    if isinstance(left, int):
        if isinstance(right, bytes):
            text = right.strip()
            return text.lstrip(b"+-").isdigit() and as_number(text) == left
        return left == (right or 0)
    if left is None:
        # No value is equal to 0, to an empty text and to no value.
        return not right
    return as_bytes(left) == as_bytes(right)


def as_bytes(value: Any) -> bytes:
    """A value as a string; nothing is the empty one."""
    return value if isinstance(value, bytes) else b"" if value is None else b"%d" % value
