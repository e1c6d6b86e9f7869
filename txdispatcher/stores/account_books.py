"""Where records of what is accounted end: a CSV file. Tables: `account_tables`."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from datetime import UTC, datetime

from txdispatcher.errors import LoadError
from txdispatcher.routing.script.accounting import Event

#: The columns before those of the extra fields.
COLUMNS = ("kind", "time", "method", "from_tag", "to_tag", "call_id", "code", "reason")


class CsvFile:
    """A CSV file (RFC 4180) with a header line; `extra` are the names of the further columns.

    It is opened for each batch, so that it may be moved away at any time. One that has other columns is put aside, as ``FILE.1``
    or the next number that is free.
    """

    def __init__(self, path: str, extra: Sequence[str]) -> None:
        self.name = path
        self._extra = tuple(extra)
        self._header = _row((*COLUMNS, *self._extra))

    def write(self, events: Sequence[Event]) -> tuple[int, int]:
        """See `accounts.Book`."""
        try:
            self._put_aside()
            rows = "".join(self._row(each) for each in events)
            with open(self.name, "a", encoding="utf-8", newline="") as file:
                file.write(rows if file.tell() else self._header + rows)
        except OSError as error:
            raise LoadError(self.name, 0, f"cannot be written: {error.strerror or error}") from None
        return len(events), 0

    def close(self) -> None:
        """Nothing is open."""

    def _row(self, event: Event) -> str:
        time = datetime.fromtimestamp(event.timestamp, UTC).isoformat(timespec="milliseconds")
        extra = event.extra
        return _row((event.kind, time, *event.fields.values(), *(extra.get(name, "") for name in self._extra)))

    def _put_aside(self) -> None:
        try:
            with open(self.name, encoding="utf-8", newline="") as file:
                first = file.readline()
        except FileNotFoundError:
            return
        if not first or first == self._header:
            return
        number = 1
        while os.path.exists(f"{self.name}.{number}"):
            number += 1
        os.rename(self.name, f"{self.name}.{number}")


def _row(values: Sequence[str]) -> str:
    made = io.StringIO()
    csv.writer(made).writerow(values)
    return made.getvalue()
