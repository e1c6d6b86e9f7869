"""control.binrpc: packets and values, as bytes and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from txdispatcher.control.binrpc import (
    MAX_DEPTH,
    IncompleteError,
    PacketError,
    Struct,
    Type,
    Value,
    packet,
    read_body,
    read_header,
)

VALUES: st.SearchStrategy[Value] = st.recursive(
    st.integers(-(2**31), 2**31 - 1)
    | st.integers(-(2**31), 2**31 - 1).map(lambda thousandths: thousandths / 1000)
    | st.text(max_size=300)
    | st.binary(max_size=300),
    lambda inner: st.lists(inner, max_size=4) | st.lists(st.tuples(st.text(max_size=9), inner), max_size=4).map(Struct),
    max_leaves=20,
)


@given(st.sampled_from(Type), st.integers(0, 2**32 - 1), st.lists(VALUES, max_size=5))
def test_what_is_written_is_read(type: Type, cookie: int, values: list[Value]) -> None:
    data = packet(type, cookie, values)
    header = read_header(data)
    assert (header.type, header.cookie, header.end) == (type, cookie, len(data))
    assert read_body(data[header.start : header.end]) == values


@given(st.binary(max_size=200))
def test_any_bytes_are_values_or_an_error(body: bytes) -> None:
    try:
        values = read_body(body)
    except PacketError:
        return
    assert body or values == []


@given(st.lists(VALUES, max_size=5), st.data())
def test_a_packet_that_is_cut_is_not_complete(values: list[Value], data: st.DataObject) -> None:
    whole = packet(Type.REQUEST, 1, values)
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    try:
        assert read_header(cut).end > len(cut)
    except IncompleteError:
        assert len(cut) < 10


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"GET / HTTP/1.0\r\n", "0xA1"), (b"\xa2\x00\x00\x00", "0xA1"), (b"\xa1\x20\x00\x00", "type 2"), (b"\xa1\xf0", "type 15")],
)
def test_what_is_no_packet(data: bytes, reason: str) -> None:
    with pytest.raises(PacketError, match=reason):
        read_header(data)


@pytest.mark.parametrize(
    "body",
    [
        b"\x83",
        b"\x84",
        b"\x03",
        b"\x04",
        b"\x03\x84",
        b"\x25a",
        b"\x41abc",
        b"\x91",
        b"\x91\xffab",
        b"\x17a",
        b"\x50abcde",
        b"\x13",
    ],
)
def test_what_are_no_values(body: bytes) -> None:
    with pytest.raises(PacketError):
        read_body(body)


@pytest.mark.parametrize("opens", [b"\x03", b"\x04"])
def test_nesting_is_bounded(opens: bytes) -> None:
    closes = bytes((opens[0] | 0x80,))
    assert read_body(opens * MAX_DEPTH + closes * MAX_DEPTH)
    with pytest.raises(PacketError, match="nested"):
        read_body(opens * 10_000 + closes * 10_000)
