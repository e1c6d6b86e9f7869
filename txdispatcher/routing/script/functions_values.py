"""Functions of the module textopsx about the single values of header fields, which commas divide.

A value is named ``Supported``, ``Supported[2]`` or, from the end, ``Supported[-1]``; ``Supported[*]`` are all of them.
"""

from __future__ import annotations

import re

from txdispatcher.errors import ScriptFault
from txdispatcher.routing.script.edits import as_lines, header_lines
from txdispatcher.routing.script.functions_message import append_hf, remove_hf
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.table import MESSAGES, function
from txdispatcher.sip.message import split_values

TRUE, FALSE = 1, -1

_NAMED = re.compile(rb"\s*([^\s\[\].]+)(?:\[(-?\d+|\*)\])?\s*")


class _Line:
    """A header line: where it stands with its end, and where its values do, without blanks."""

    __slots__ = ("end", "start", "values")

    def __init__(self, data: bytes, start: int, end: int) -> None:
        self.start, self.end = start, end
        at = data.index(b":", start) + 1
        self.values = []
        for first, last in split_values(data, at, end - 2):
            plain = data[first:last]
            begin = first + len(plain) - len(plain.lstrip())
            self.values.append((begin, begin + len(plain.strip())))


@function("textopsx", MESSAGES)
def hf_value_exists(run: Run, hf: bytes, value: bytes) -> int:
    """Whether the header field has that value, whatever its case; parameters of a value do not matter."""
    return TRUE if _of_value(run, hf, value) else FALSE


@function("textopsx", MESSAGES)
def include_hf_value(run: Run, hf: bytes, value: bytes) -> int:
    """Add the value to the header field, if it is not there."""
    if _of_value(run, hf, value):
        return TRUE
    lines = _lines(run, hf)
    if not lines or not lines[0].values:
        return append_hf(run, b"%b: %b" % (hf.strip(), value))
    at = lines[0].values[-1][1]
    run.edit(at, at, b"," + _plain(value))
    return TRUE


@function("textopsx", MESSAGES)
def exclude_hf_value(run: Run, hf: bytes, value: bytes) -> int:
    """Take the value out of the header field, wherever it is."""
    for line, index in _of_value(run, hf, value):
        _take_out(run, line, index)
    return TRUE


@function("textopsx", MESSAGES)
def append_hf_value(run: Run, hf: bytes, value: bytes) -> int:
    """Add a line with the value behind those of the header field, or the value behind the one that is named."""
    name, index = _named(hf)
    lines = _lines(run, name)
    if index is None:
        at = lines[-1].end if lines else run.request.body - 2
        run.edit(at, at, as_lines(b"%b: %b" % (name, value)))
        return TRUE
    for line, number in _chosen(lines, index):
        end = line.values[number][1]
        run.edit(end, end, b"," + _plain(value))
        return TRUE
    return append_hf(run, b"%b: %b" % (name, value))


@function("textopsx", MESSAGES)
def insert_hf_value(run: Run, hf: bytes, value: bytes) -> int:
    """Add a line with the value in front of those of the header field, or the value in front of the one that is named."""
    name, index = _named(hf)
    lines = _lines(run, name)
    if index is None:
        at = lines[0].start if lines else run.request.body - 2
        run.edit(at, at, as_lines(b"%b: %b" % (name, value)))
        return TRUE
    for line, number in _chosen(lines, index):
        start = line.values[number][0]
        run.edit(start, start, _plain(value) + b",")
        return TRUE
    return append_hf(run, b"%b: %b" % (name, value))


@function("textopsx", MESSAGES)
def remove_hf_value(run: Run, hf: bytes) -> int:
    """Take the value out that is named, the first where none is. False where it is not there."""
    name, index = _named(hf)
    if index == b"*":
        return remove_hf(run, name)
    chosen = _chosen(_lines(run, name), index or b"1")
    for line, number in chosen:
        _take_out(run, line, number)
    return TRUE if chosen else FALSE


@function("textopsx", MESSAGES)
def assign_hf_value(run: Run, hf: bytes, value: bytes) -> int:
    """Put another value in the place of the one that is named, the first where none is. False where it is not there."""
    name, index = _named(hf)
    chosen = _chosen(_lines(run, name), index or b"1")
    for line, number in chosen:
        run.edit(*line.values[number], _plain(value))
    return TRUE if chosen else FALSE


def _named(hf: bytes) -> tuple[bytes, bytes | None]:
    found = _NAMED.fullmatch(hf)
    if found is None:
        raise ScriptFault(f"found {hf.decode('utf-8', 'replace')!r}; allowed: NAME, NAME[2], NAME[-1] or NAME[*]")
    return found[1], found[2]


def _lines(run: Run, name: bytes) -> list[_Line]:
    return [_Line(run.request.data, start, end) for start, end in header_lines(run.request, name)]


def _chosen(lines: list[_Line], index: bytes) -> list[tuple[_Line, int]]:
    """The values that the index names: a line, and the value's number in it."""
    values = [(line, number) for line in lines for number in range(len(line.values))]
    if index == b"*":
        return values
    wanted = int(index) - 1 if int(index) > 0 else len(values) + int(index)
    return [values[wanted]] if 0 <= wanted < len(values) else []


def _of_value(run: Run, hf: bytes, value: bytes) -> list[tuple[_Line, int]]:
    data, wanted = run.request.data, value.strip().lower()
    return [
        (line, number)
        for line in _lines(run, hf.strip())
        for number, (start, end) in enumerate(line.values)
        if data[start:end].partition(b";")[0].strip().lower() == wanted
    ]


def _take_out(run: Run, line: _Line, number: int) -> None:
    """Take a value out of a line, with a comma; the line, where nothing is left."""
    values = line.values
    if len(values) == 1:
        run.edit(line.start, line.end, b"")
    elif number:
        run.edit(values[number - 1][1], values[number][1], b"")
    else:
        run.edit(values[0][0], values[1][0], b"")


def _plain(value: bytes) -> bytes:
    """A value that is to stand within a line. Raises ScriptFault where it would end it."""
    if b"\r" in value or b"\n" in value:
        raise ScriptFault(f"found {value.decode('utf-8', 'replace')!r}; allowed: a value without line ends")
    return value
