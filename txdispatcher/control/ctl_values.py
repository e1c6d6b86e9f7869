"""Results of methods as records of binrpc, as Kamailio's ctl module writes them.

A list is a value after the other. Inside a structure, a list is a structure again, with the fields of all that it holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from txdispatcher.control.binrpc import NULL, STRUCT_BEGINS, STRUCT_ENDS, name_record, write
from txdispatcher.control.pieces import Pieces, is_long


def record_pieces(result: object) -> Iterator[bytes]:
    """The body of the reply that carries what a method returned, of JSON's types and Pieces."""
    if result is None:
        return
    for each in result if isinstance(result, list | Pieces) else [result]:
        yield from _field_pieces("", each)


_INT_MIN, _INT_MAX = -(2**31), 2**32 - 1
#: Doubles travel as thousandths in 32 bits.
_DOUBLE_MAX = (2**31 - 1) / 1000

#: The same few names come again and again.
_name = lru_cache(1000)(name_record)


def _field_pieces(name: str, value: object) -> Iterator[bytes]:
    """A value with its name, "" for none."""
    if not is_long(value):
        out = bytearray()
        _field(out, name, value)
        yield bytes(out)
        return
    yield (_name(name) if name else b"") + STRUCT_BEGINS
    yield from _inner_pieces(value)
    yield STRUCT_ENDS


def _inner_pieces(value: object) -> Iterator[bytes]:
    """What a structure holds, of a value that is long."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _field_pieces(str(name), each)
        return
    assert isinstance(value, Pieces)
    for each in value:
        if value.nested and is_long(each):
            yield from _inner_pieces(each)
        else:
            out = bytearray()
            _fields(out, [each])
            yield bytes(out)


def _field(out: bytearray, name: str, value: object) -> None:
    if name:
        out += _name(name)
    if isinstance(value, dict | list | tuple):
        out += STRUCT_BEGINS
        _fields(out, value)
        out += STRUCT_ENDS
    else:
        write(out, _scalar(value))


def _fields(out: bytearray, value: dict[object, object] | Iterable[object]) -> None:
    """What a structure holds."""
    if isinstance(value, dict):
        for name, each in value.items():
            _field(out, str(name), each)
        return
    for each in value:
        if isinstance(each, dict | list | tuple):
            _fields(out, each)
        else:
            _field(out, "", each)


def _scalar(value: object) -> int | float | str:
    """A value of JSON's types as one of binrpc's."""
    if value is None:
        return NULL
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        # A number that 32 bits cannot hold: its digits are what kamcmd shows for a number.
        return int(value) if _INT_MIN <= value <= _INT_MAX else str(value)
    if isinstance(value, float):
        return value if abs(value) <= _DOUBLE_MAX else f"{value:f}"
    return str(value)
