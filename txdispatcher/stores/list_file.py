"""The list file: one destination a line, in the format of the guide's section "File Format".

    line = [ set-id  destination  [ flags ]  [ priority ]  [ attributes ] ]  [ "#" comment ]

Fields stand apart by blanks or tabs. `flags` and `priority` are decimal or hexadecimal (0x…). Attributes may stand where
flags or a priority could, as Kamailio takes them, if there is a "=" in them. A "#" in attributes is part of them, anywhere else
it starts a comment.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator

from txdispatcher.balancing.destination import Record
from txdispatcher.balancing.states import TRYING
from txdispatcher.errors import LoadError
from txdispatcher.stores.record import make_record

_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]+")
_BOM = b"\xef\xbb\xbf"
#: More digits than any number that is allowed has, and few enough to be read as one.
_MOST_DIGITS = 12


def _no_warning(text: str) -> None:
    """For who does not want to know."""


def load_list(path: str | os.PathLike[str], warn: Callable[[str], None] = _no_warning) -> list[Record]:
    """The records of the list file at `path`, in its order. Raises LoadError; line 0 where the file cannot be read.

    Strict (`ds_load_mode` 1): the first bad line is the error. `warn` gets a line of text, which names file and line, for
    each thing that was put right or may not mean what it once did.
    """
    return parse_list(_read(path), os.fspath(path), warn)


def check_list(path: str | os.PathLike[str], warn: Callable[[str], None] = _no_warning) -> tuple[list[Record], list[LoadError]]:
    """The same for who wants to know every bad line: the records of the good ones, and an error for each of the others."""
    try:
        data = _read(path)
    except LoadError as error:
        return [], [error]
    records: list[Record] = []
    errors: list[LoadError] = []
    for each in _parse(data, os.fspath(path), warn):
        if isinstance(each, LoadError):
            errors.append(each)
        else:
            records.append(each)
    return records, errors


def parse_list(text: str | bytes, source: str, warn: Callable[[str], None] = _no_warning) -> list[Record]:
    """The records of a list file's content; `source` names it in errors. See `load_list`."""
    records: list[Record] = []
    for each in _parse(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text, source, warn):
        if isinstance(each, LoadError):
            raise each
        records.append(each)
    return records


def _read(path: str | os.PathLike[str]) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise LoadError(os.fspath(path), 0, f"cannot be read: {error.strerror or error}") from None


def _parse(data: bytes, source: str, warn: Callable[[str], None]) -> Iterator[Record | LoadError]:
    """For each line that is more than a comment its record, or what is wrong with it."""
    trying = 0
    for number, line in enumerate(data.removeprefix(_BOM).splitlines(), 1):
        # What is no UTF-8 becomes surrogates, which are not printable: an error in a field, nothing in a comment.
        content = line.decode("utf-8", "surrogateescape").strip()
        if not content or content.startswith("#"):
            continue

        def warn_here(reason: str, number: int = number) -> None:
            warn(f"{source}:{number}: {reason}")

        try:
            record = _record(content, warn_here)
        except ValueError as error:
            yield LoadError(source, number, str(error))
            continue
        yield record
        if record.flags & TRYING and not trying:
            trying = number
    if trying:
        warn(f"{source}:{trying}: flag 2 means trying here; older lists meant probing by it, which is 8 now")


def _record(line: str, warn: Callable[[str], None]) -> Record:
    """The record of a line that is more than a comment. Raises ValueError."""
    fields: list[str] = []
    attributes: str | None = None
    for token in line.split():
        field, comment, _ = token.partition("#")
        if not field:
            break
        if attributes is not None:
            raise ValueError(f"{token!r} behind the attributes: only a comment is allowed there")
        in_attributes = len(fields) == 4 or (len(fields) > 1 and "=" in field)
        found = token if in_attributes else field
        if not found.isprintable():
            raise ValueError(f"{found!r}: only printable characters in UTF-8 are allowed")
        if in_attributes:
            attributes = found
            continue
        fields.append(found)
        if comment:
            break
    if len(fields) < 2:
        raise ValueError(f"only {fields[0]!r}: a set id and a destination are needed")
    numbers = [_number(name, field) for name, field in zip(("flags", "priority"), fields[2:], strict=False)]
    flags, priority = (*numbers, 0, 0)[:2]
    return make_record(_number("set id", fields[0]), fields[1], flags, priority, attributes or "", warn)


def _number(name: str, text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{name} {text!r}: a number is allowed, decimal or hexadecimal with 0x")
    if len(text) > _MOST_DIGITS:
        raise ValueError(f"{name} {text}: that is too large")
    return int(text, 16 if text[:2] in ("0x", "0X") else 10)
