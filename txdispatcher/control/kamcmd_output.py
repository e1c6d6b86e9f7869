"""How kamcmd prints a result: as a tree, or by a format."""

from __future__ import annotations

import re
from collections.abc import Iterator

#: What is shown for a value that is not there.
NULL = "<null string>"


def render(result: object) -> str:
    """What kamcmd prints for `result`: JSON's types, or binrpc's, where a structure is a list of pairs.

    A structure's fields stand on lines of their own, one tab deeper for each level. An array of structures inside a structure
    is one structure with the fields of all; an array at the top is a value after the other.
    """
    return "".join(f"{indent * chr(9)}{text}\n" for indent, text in _lines(result))


def render_format(result: object, format: str) -> str:
    """What kamcmd -f prints: each line of the tree, without its tabs, in place of a %v of `format`.

    The format begins anew when it is used up, as long as there are values; of one without %v, the values stand at its end.
    """
    parts = _parts(format)
    found: list[str] = []
    at = 0
    for _, text in _lines(result):
        began = at
        while True:
            if at == len(parts):
                if began == 0:  # There is no %v in it.
                    at = 0
                    break
                at = began = 0
            part = parts[at]
            at += 1
            if part is None:
                break
            found.append(part)
        found.append(text)
        if None not in parts:
            at = 0
    rest = parts[at:] if None in parts or not found else []
    return "".join([*found, *(part or "" for part in rest)])


#: %v; what stands for another character; anything else.
_FORMAT = re.compile(r"%v|%%|\\[nrt\\]|[^%\\]+|[%\\]")
_ESCAPES = {"%%": "%", "\\n": "\n", "\\r": "\r", "\\t": "\t", "\\\\": "\\"}


def _parts(format: str) -> list[str | None]:
    """The texts of a format, None for each %v."""
    return [None if part == "%v" else _ESCAPES.get(part, part) for part in _FORMAT.findall(format)]


def _lines(result: object) -> Iterator[tuple[int, str]]:
    """Depth and text of each line."""
    values = result if isinstance(result, list) and not _is_struct(result) else [result]
    for value in values:
        if isinstance(value, dict) or _is_struct(value):
            yield 0, "{"
            yield from _fields(value, 1)
            yield 0, "}"
        else:
            yield 0, _scalar(value)


def _is_struct(value: object) -> bool:
    """Whether it is one of binrpc's structures, which JSON has none of."""
    return isinstance(value, list) and type(value) is not list


def _fields(value: object, depth: int) -> Iterator[tuple[int, str]]:
    pairs = value.items() if isinstance(value, dict) else value
    for name, field in pairs:  # type: ignore[attr-defined]  # A list of pairs, if it is no dict.
        if isinstance(field, dict | list):
            yield depth, f"{name}: {{"
            for each in [field] if isinstance(field, dict) or _is_struct(field) else field:
                if isinstance(each, dict) or _is_struct(each):
                    yield from _fields(each, depth + 1)
                else:
                    yield depth + 1, _scalar(each)
            yield depth, "}"
        else:
            yield depth, f"{name}: {_scalar(field)}" if name else _scalar(field)


def _scalar(value: object) -> str:
    if value is None:
        return NULL
    if isinstance(value, int):
        # kamcmd knows no numbers without a sign: those beyond 31 bits, as hashes are, come out negative.
        return str(value - 2**32 if 2**31 <= value < 2**32 else int(value))
    if isinstance(value, float):
        # It gets thousandths, and shows none of them as the number 0.
        return f"{value:f}" if round(value * 1000) else "0"
    return str(value)
