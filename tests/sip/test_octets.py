"""The primitives against models that are slow and plain."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.sip.strategies import DENSE
from txdispatcher.errors import ParseError
from txdispatcher.sip.address import address_uri, param_span
from txdispatcher.sip.octets import (
    MAX_NUMBER,
    find_outside_quotes,
    line_end,
    number,
    quoted_end,
    same,
    skip_blanks,
    trim_blanks,
)

SPAN = st.tuples(st.integers(0, 30), st.integers(0, 30)).map(sorted)


def cut(data: bytes, span: list[int]) -> tuple[int, int]:
    """The span, brought within the bytes: the primitives take no other."""
    return min(span[0], len(data)), min(span[1], len(data))


@given(DENSE, SPAN)
def test_blanks(data: bytes, span: list[int]) -> None:
    start, end = cut(data, span)
    middle = data[start:end]
    assert skip_blanks(data, start, end) == end - len(middle.lstrip(b" \t\r\n"))
    assert trim_blanks(data, start, end) == start + len(middle.rstrip(b" \t\r\n"))


@given(st.binary(max_size=4), st.binary(max_size=4), st.binary(max_size=4))
def test_same_ignores_the_case_of_ascii_only(before: bytes, word: bytes, other: bytes) -> None:
    def lower(text: bytes) -> bytes:
        return bytes(c + 32 if 0x41 <= c <= 0x5A else c for c in text)

    data = before + word + other
    assert same(data, len(before), len(before) + len(word), lower(word))
    assert same(data, len(before), len(data), lower(other)) == (lower(word + other) == lower(other))


@given(st.one_of(st.text("0123456789", max_size=18).map(str.encode), st.text("0+-_ ٣²9", max_size=4).map(str.encode)))
def test_number(digits: bytes) -> None:
    wanted = -1
    if digits and len(digits) <= 16 and all(0x30 <= c <= 0x39 for c in digits) and int(digits) <= MAX_NUMBER:
        wanted = int(digits)
    assert number(b"1" + digits + b"2", 1, 1 + len(digits)) == wanted


@pytest.mark.parametrize(
    ("text", "value"),
    [(b"0", 0), (b"2147483647", 2**31 - 1), (b"2147483648", -1), (b"0000000000000068", 68), (b"+1", -1), (b"1_0", -1), (b"", -1)],
)
def test_number_at_its_limits(text: bytes, value: int) -> None:
    assert number(text, 0, len(text)) == value


@given(DENSE, SPAN)
def test_quoted_end(data: bytes, span: list[int]) -> None:
    start, end = cut(data, span)
    data = data[:start] + b'"' + data[start:]
    wanted = -1
    escaped = False
    for at in range(start + 1, end + 1):
        if escaped:
            escaped = False
        elif data[at] == 0x5C:
            escaped = True
        elif data[at] == 0x22:
            wanted = at + 1
            break
    assert quoted_end(data, start, end + 1) == wanted


@given(DENSE, SPAN, st.sampled_from([b",", b";", b"<", b"="]))
def test_find_outside_quotes(data: bytes, span: list[int], byte: bytes) -> None:
    start, end = cut(data, span)
    wanted = -1
    state = ""
    for at in range(start, end):
        c = data[at : at + 1]
        if state == "escape":
            state = "quote"
        elif state == "quote":
            state = "escape" if c == b"\\" else "" if c == b'"' else "quote"
        elif state == "angle":
            state = "" if c == b">" else "angle"
        elif c == byte:
            wanted = at
            break
        elif c == b'"':
            state = "quote"
        elif c == b"<":
            state = "angle"
    assert find_outside_quotes(data, start, end, byte) == wanted


@example(b"\r\n \r\n", [0, 5])
@given(DENSE, SPAN)
def test_line_end(data: bytes, span: list[int]) -> None:
    start, end = cut(data, span)
    ends = [at for at in range(start, end - 1) if data[at : at + 2] == b"\r\n" and data[at + 2 : at + 3] not in (b" ", b"\t")]
    assert line_end(data, start, end) == (ends[0] if ends else -1)


@pytest.mark.parametrize("unit", [b'"', b'""', b"<", b"<>", b'""<>', b'"\\', b";", b'";"', b";=", b"\r\n ", b" "])
@pytest.mark.parametrize("tail", [b"", b","])
def test_hostile_input_costs_linear_work(unit: bytes, tail: bytes) -> None:
    """A megabyte of one thing: were any of these quadratic, this test would not come to its end."""
    data = unit * (2**20 // len(unit)) + tail
    size = len(data)
    assert find_outside_quotes(data, 0, size, b",") in (-1, size - 1)
    assert quoted_end(b'"' + data, 0, size) <= size
    assert line_end(data, 0, size) == -1
    assert param_span(data, 0, size, b"tag") == (0, 0)
    with suppress(ParseError):
        assert address_uri(data, 0, size)[2] <= size
