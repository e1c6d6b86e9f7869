"""The list file: one destination a line, in the format of the guide's section "File Format".

    line = [ set-id  destination  [ flags ]  [ priority ]  [ attributes ] ]  [ "#" comment ]

Fields stand apart by blanks or tabs. `flags` and `priority` are decimal or hexadecimal (0x…). Attributes may stand where
flags or a priority could, as Kamailio takes them, if there is a "=" in them. A "#" in attributes is part of them, anywhere else
it starts a comment.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial

from txdispatcher.balancing.destination import Record
from txdispatcher.errors import LoadError
from txdispatcher.stores.record import make_record, parse_number
from txdispatcher.stores.source import Known, Reading, collect

_BOM = b"\xef\xbb\xbf"


def _no_warning(text: str) -> None:
    """For who does not want to know."""


class ListFile:
    """The list file at `path`, as a source. A line that it had when it was last read is the same record, the object itself.

    `attrs_none`: see `record.make_record`.
    """

    def __init__(self, path: str | os.PathLike[str], *, attrs_none: bool = False) -> None:
        self.name = os.fspath(path)
        self._attrs_none = attrs_none
        self._known: Known[str] = Known()

    def read(self) -> Reading:
        """See `Source`."""
        return read_list(_read(self.name), self.name, self._known, attrs_none=self._attrs_none)

    def stamp(self) -> object:
        """See `Source`: what a write, or another file in its place, changes."""
        try:
            found = os.stat(self.name)
        except OSError as error:
            return error.errno
        return found.st_mtime_ns, found.st_ino, found.st_size


def load_list(path: str | os.PathLike[str], warn: Callable[[str], None] = _no_warning) -> list[Record]:
    """The records of the list file at `path`, in its order. Raises LoadError; line 0 where the file cannot be read.

    Strict (`ds_load_mode` 1): the first bad line is the error. `warn` gets what `Reading.warnings` would hold.
    """
    return _strict(ListFile(path).read(), warn)


def parse_list(text: str | bytes, source: str, warn: Callable[[str], None] = _no_warning) -> list[Record]:
    """The records of a list file's content; `source` names it in errors. See `load_list`."""
    return _strict(read_list(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text, source), warn)


def read_list(data: bytes, source: str, known: Known[str] | None = None, *, attrs_none: bool = False) -> Reading:
    """The reading of a list file's content; `source` names it in errors and warnings. `known` has the lines of the one before."""
    warned: list[str] = []
    return collect(_parse(data, source, warned, known or Known(), partial(_record, attrs_none)), warned)


def _strict(reading: Reading, warn: Callable[[str], None]) -> list[Record]:
    for text in reading.demand().warnings:
        warn(text)
    return reading.records


def _read(path: str | os.PathLike[str]) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise LoadError(os.fspath(path), 0, f"cannot be read: {error.strerror or error}") from None


def _parse(
    data: bytes, source: str, warned: list[str], known: Known[str], record: Callable[[str, Callable[[str], None]], Record]
) -> Iterator[tuple[str, Record | LoadError]]:
    """For each line that is more than a comment its place, and its record or what is wrong with it."""
    for number, line in enumerate(data.removeprefix(_BOM).splitlines(), 1):
        # What is no UTF-8 becomes surrogates, which are not printable: an error in a field, nothing in a comment.
        content = line.decode("utf-8", "surrogateescape").strip()
        if not content or content.startswith("#"):
            continue
        place = f"{source}:{number}"
        try:
            yield place, known.record(content, record, place, warned)
        except ValueError as error:
            yield place, LoadError(source, number, str(error))
    known.turn()


def _record(attrs_none: bool, line: str, warn: Callable[[str], None]) -> Record:
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
        if in_attributes:
            attributes = token
            continue
        fields.append(field)
        if comment:
            break
    if len(fields) < 2:
        raise ValueError(f"only {fields[0]!r}: a set id and a destination are needed")
    numbers = [parse_number(name, name, field) for name, field in zip(("flags", "priority"), fields[2:], strict=False)]
    flags, priority = (*numbers, 0, 0)[:2]
    set_id = parse_number("set_id", "set id", fields[0])
    return make_record(set_id, fields[1], flags, priority, attributes or "", warn, attrs_none=attrs_none)
