"""binrpc: what Kamailio's ctl module and kamcmd speak. Packets and values, as bytes and back; no sockets.

A packet is a header and a body (integers are big-endian):

    0xA1 | type, 4 bits; bytes of length - 1, 2 bits; bytes of cookie - 1, 2 bits | length of the body | cookie

The body is records. A record's first byte is size << 4 | type; if bit 3 of the size is set, the other three count the bytes of
a size that follows. Structures (3) begin with 0x03 and end with 0x83; in between stand names (5), each before its value.

It imports nothing but the standard library: kamcmd-compat is started once per command and uses it too.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

#: What kamcmd shows for a value that is not there; ctl sends these words.
NULL = "<null string>"

#: Structures and arrays within one another. The deepest result, dispatcher.list, has seven.
MAX_DEPTH = 32

#: Bytes of the longest header: two, four of length, four of cookie.
MAX_HEADER = 10


class PacketError(ValueError):
    """The bytes are no packet, or its body no records. The text says what is wrong."""


class IncompleteError(PacketError):
    """The bytes end before a packet, or a record, does."""


class Type(enum.IntEnum):
    """What a packet is."""

    REQUEST = 0
    REPLY = 1
    FAULT = 3


@dataclass(frozen=True, slots=True)
class Header:
    """The beginning of a packet: its type, the cookie that a reply echoes, where in the bytes its body starts and ends."""

    type: Type
    cookie: int
    start: int
    end: int


class Struct(list[tuple[str, "Value"]]):
    """A structure: names and values in their order; a name may come more than once, and "" is that of a value without one."""


Value = int | float | str | bytes | Struct | list["Value"]


def read_header(data: bytes) -> Header:
    """The header that `data` begins with; the body may not be there yet. Raises IncompleteError, PacketError."""
    if data[:1] not in (b"", b"\xa1"):
        raise PacketError("the first byte is not 0xA1")
    if len(data) < 2:
        raise IncompleteError("the header is not complete")
    kind, lengths = data[1] >> 4, (data[1] >> 2 & 3) + 1
    start = 2 + lengths + (data[1] & 3) + 1
    if kind not in _TYPES:
        raise PacketError(f"packets of type {kind} are not known")
    if len(data) < start:
        raise IncompleteError("the header is not complete")
    length = int.from_bytes(data[2 : 2 + lengths])
    return Header(Type(kind), int.from_bytes(data[2 + lengths : start]), start, start + length)


def read_body(body: bytes) -> list[Value]:
    """The values in the body of a packet. Text that is no UTF-8 comes with surrogates. Raises PacketError."""
    values: list[Value] = []
    at = 0
    while at < len(body):
        value, at = _read(body, at, 0)
        values.append(value)
    return values


def packet(type: Type, cookie: int, values: Sequence[Value]) -> bytes:
    """A whole packet. `cookie` has 32 bits at most."""
    body = bytearray()
    for value in values:
        write(body, value)
    return packet_around(type, cookie, body)


def packet_around(type: Type, cookie: int, body: bytes | bytearray) -> bytes:
    """The same, of records that are there already."""
    length, echoed = _number(len(body)) or b"\0", _number(cookie) or b"\0"
    return bytes((0xA1, type << 4 | (len(length) - 1) << 2 | len(echoed) - 1)) + length + echoed + body


def fault(cookie: int, code: int, text: str) -> bytes:
    """The packet that carries a fault."""
    return packet(Type.FAULT, cookie, [code, text])


def encode_text(text: str) -> bytes:
    """The bytes of `text`. What was no UTF-8 when it was read comes out as the bytes that it was."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # A surrogate that stands for no byte: JSON can bring one.
        return text.encode("utf-8", "replace")


_TYPES = frozenset(int(each) for each in Type)
_INT, _STRING, _DOUBLE, _STRUCT, _ARRAY, _NAME, _BYTES = range(7)
_END = 8
#: The marks around the fields of a structure.
STRUCT_BEGINS, STRUCT_ENDS = bytes((_STRUCT,)), bytes((_END << 4 | _STRUCT,))


def name_record(name: str) -> bytes:
    """The record of a name, which stands before its value."""
    data = encode_text(name)
    out = bytearray()
    _head(out, _NAME, len(data) + 1)
    return bytes(out + data + b"\0")


def write(out: bytearray, value: Value) -> None:
    """Add the records of `value`."""
    if isinstance(value, str):
        data = encode_text(value)
        _head(out, _STRING, len(data) + 1)
        out += data
        out.append(0)
    elif isinstance(value, Struct):
        out += STRUCT_BEGINS
        for name, each in value:
            if name:
                out += name_record(name)
            write(out, each)
        out += STRUCT_ENDS
    elif isinstance(value, int):
        _integer(out, _INT, value)
    elif isinstance(value, float):
        _integer(out, _DOUBLE, round(value * 1000))
    elif isinstance(value, bytes):
        _head(out, _BYTES, len(value))
        out += value
    else:
        out.append(_ARRAY)
        for each in value:
            write(out, each)
        out.append(_END << 4 | _ARRAY)


def _number(value: int) -> bytes:
    """As few bytes as hold `value`: none for 0."""
    return value.to_bytes((value.bit_length() + 7) // 8)


def _head(out: bytearray, type: int, size: int) -> None:
    if size < 8:
        out.append(size << 4 | type)
        return
    length = _number(size)
    out.append((8 | len(length)) << 4 | type)
    out += length


def _integer(out: bytearray, type: int, value: int) -> None:
    data = _number(value & 0xFFFFFFFF)
    out.append(len(data) << 4 | type)
    out += data


def _read(body: bytes, at: int, depth: int) -> tuple[Value, int]:
    """The record at `at`, and where the next one begins."""
    type, size, at = _read_head(body, at)
    if type in (_STRUCT, _ARRAY):
        if size:
            raise PacketError("a structure or an array ends that did not begin")
        if depth == MAX_DEPTH:
            raise PacketError(f"structures are nested more than {MAX_DEPTH} deep")
        return _read_struct(body, at, depth + 1) if type == _STRUCT else _read_array(body, at, depth + 1)
    if type == _NAME:
        raise PacketError("a name outside of a structure")
    end = at + size
    if end > len(body):
        raise IncompleteError("the body ends within a record")
    data = body[at:end]
    if type == _STRING:
        return _text(data), end
    if type == _BYTES:
        return data, end
    if type not in (_INT, _DOUBLE) or size > 4:
        raise PacketError(f"a record of type {type} and {size} bytes is not known")
    number = int.from_bytes(data)
    if number > 2**31 - 1:
        number -= 2**32
    return number if type == _INT else number / 1000, end


def _read_struct(body: bytes, at: int, depth: int) -> tuple[Struct, int]:
    fields = Struct()
    while True:
        name = ""
        type, size, after = _read_head(body, at)
        if (type, size) == (_STRUCT, _END):
            return fields, after
        if type == _NAME:
            at = after + size
            if at > len(body):
                raise IncompleteError("the body ends within a record")
            name = _text(body[after:at])
        value, at = _read(body, at, depth)
        fields.append((name, value))


def _read_array(body: bytes, at: int, depth: int) -> tuple[list[Value], int]:
    values: list[Value] = []
    while True:
        type, size, after = _read_head(body, at)
        if (type, size) == (_ARRAY, _END):
            return values, after
        value, at = _read(body, at, depth)
        values.append(value)


def _read_head(body: bytes, at: int) -> tuple[int, int, int]:
    """Type, size and where what is so large begins. The end of a structure or an array is one with the size 8."""
    if at >= len(body):
        raise IncompleteError("the body ends where a record is expected")
    type, size = body[at] & 15, body[at] >> 4
    at += 1
    if size & 8 and type not in (_STRUCT, _ARRAY):
        more = size & 7
        if at + more > len(body):
            raise IncompleteError("the body ends within a record")
        size = int.from_bytes(body[at : at + more])
        at += more
    return type, size, at


def _text(data: bytes) -> str:
    return data.removesuffix(b"\0").decode("utf-8", "surrogateescape")
