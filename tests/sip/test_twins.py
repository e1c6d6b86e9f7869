"""The C bodies in octets.pxd and headers.pxd do what octets.py and headers.py do. Only the compiled build has them."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.sip.strategies import DENSE, edits
from txdispatcher.sip import headers, octets

try:
    twins = importlib.import_module("txdispatcher.sip._twins")
except ModuleNotFoundError:
    pytestmark = pytest.mark.skip(reason="this is the pure build: there are no C bodies")

SIP = Path(__file__).parents[2] / "txdispatcher/sip"
#: A span may end beyond the bytes, and start behind its end.
OFFSET = st.integers(0, 40)
BYTE = st.integers(0, 255)
DATA = st.one_of(DENSE, st.binary(max_size=30), st.text("0123456789+- ", max_size=18).map(str.encode))
NAMES = [name for names in headers._SPELLINGS.values() for name in names]


def inside(data: bytes, end: int) -> int:
    """`end` brought within the bytes. The C bodies do that themselves; the Python ones may raise instead."""
    return min(end, len(data))


@given(DATA, OFFSET, OFFSET, st.integers(0, 2**32 - 1))
@example(b"a\r\n b\r\n\r\n", 0, 40, 0)
@example(b"2147483648", 0, 10, 0)
@example(b"\x00\xff", 0, 40, 2**32 - 1)
def test_spans(data: bytes, start: int, end: int, seed: int) -> None:
    assert twins.cut(data, start, end) == octets.cut(data, start, end)
    assert twins.is_token(data, start, end) == octets.is_token(data, start, end)
    assert twins.is_framed(data, end) == octets.is_framed(data, end)
    assert twins.head_end(data, start) == octets.head_end(data, start)
    assert twins.line_end(data, start, end) == octets.line_end(data, start, end)
    assert twins.number(data, start, end) == octets.number(data, start, end)
    assert twins.checksum(data, start, end, seed) == octets.checksum(data, start, end, seed)
    assert twins.skip_blanks(data, start, end) == octets.skip_blanks(data, start, inside(data, end))
    assert twins.trim_blanks(data, start, end) == octets.trim_blanks(data, start, inside(data, end))
    assert twins.quoted_end(data, start, end) == octets.quoted_end(data, start, inside(data, end))


@given(DATA, OFFSET, OFFSET)
def test_what_is_left_without_a_span(data: bytes, start: int, end: int) -> None:
    assert twins.without(data, start, end) == octets.without(data, start, end)


@given(DATA, st.integers(0, 2**64 - 1), st.integers(0, 20), DATA)
def test_numbers(head: bytes, number: int, digits: int, tail: bytes) -> None:
    assert twins.numbered(head, number, digits, tail) == octets.numbered(head, number, digits, tail)


@given(edits())
def test_edits(given: tuple[bytes, list[tuple[int, int, bytes]]]) -> None:
    data, made = given
    assert twins.splice(data, made) == octets.splice(data, made)


@given(DATA, BYTE | st.sampled_from(b'",;<>\\'), OFFSET, OFFSET)
def test_bytes_in_spans(data: bytes, byte: int, start: int, end: int) -> None:
    assert twins.find(data, byte, start, end) == octets.find(data, byte, start, end)
    wanted = octets.find_outside_quotes(data, start, inside(data, end), byte)
    assert twins.find_outside_quotes(data, start, end, byte) == wanted


@given(DATA, OFFSET, OFFSET, st.data())
def test_words_in_spans(data: bytes, start: int, end: int, more: st.DataObject) -> None:
    word = more.draw(st.just(data[start:end]) | st.binary(max_size=4))
    assert twins.begins(data, start, word) == octets.begins(data, start, word)
    lower = word.lower()
    assert twins.same(data, start, end, lower) == octets.same(data, start, end, lower)


@st.composite
def names(draw: st.DrawFn) -> bytes:
    """The name of a header field in any case, or almost one."""
    name = bytearray(draw(st.sampled_from(NAMES)).encode())
    for at in draw(st.lists(st.integers(0, len(name) - 1), max_size=4)):
        name[at] ^= draw(st.sampled_from([0x20, 0x20, 0x80, 0x01]))
    return bytes(name) + draw(st.sampled_from([b"", b"", b"", b"\0", b" ", b"x"]))


@given(names() | DATA, st.integers(0, 2), OFFSET)
def test_header_id(data: bytes, start: int, end: int) -> None:
    assert twins.header_id(data, start, end) == headers.header_id(data, start, end)


@pytest.mark.parametrize("spell", [str, str.lower, str.upper, str.swapcase])
@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_each_header(name: str, spell: type[str]) -> None:
    data = b"\r\n" + spell(name).encode() + b":"
    found = twins.header_id(data, 2, len(data) - 1)
    assert found == headers.header_id(data, 2, len(data) - 1) != headers.OTHER


def test_the_constants() -> None:
    numbers = {
        name: value for module in (octets, headers) for name, value in vars(module).items() if re.fullmatch("[A-Z][A-Z_]*", name)
    }
    assert numbers == twins.CONSTANTS


@pytest.mark.parametrize("module", ["octets", "headers"])
def test_no_function_is_left_out(module: str) -> None:
    """Each function of the .py has its C body in the .pxd, and each of those is held against it above."""
    tree = ast.parse((SIP / f"{module}.py").read_text())
    plain = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    compiled = set(re.findall(r"^cdef inline .*?\b([a-z]\w*)\(", (SIP / f"{module}.pxd").read_text(), re.MULTILINE))
    assert compiled == plain
    tests = "".join(inspect.getsource(value) for name, value in globals().items() if name.startswith("test_"))
    assert {name for name in plain if f"twins.{name}(" not in tests} == set()
