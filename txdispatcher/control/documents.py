"""Where requests begin and end in what a FIFO brings: many writers, one stream.

Both splitters have the same two methods. `feed` takes bytes as they come and gives the requests that they complete; `end` is
called when nobody writes any more, or for too long, and forgets what was never completed. What is too long, or garbage between
requests, is left out and counted in `dropped`.
"""

from __future__ import annotations

import re
from typing import Protocol


class Splitter(Protocol):
    """Requests out of a stream."""

    #: Requests, or pieces of such, that were left out.
    dropped: int

    @property
    def waiting(self) -> bool:
        """Whether a request has begun and not ended."""

    def feed(self, data: bytes) -> list[bytes]: ...

    def end(self) -> None: ...


class Documents:
    """JSON documents, one behind the other: each from its first brace to the one that matches.

    What is wrong is left out up to the end of its line.
    """

    def __init__(self, longest: int) -> None:
        self.dropped = 0
        self._longest = longest
        self._data = bytearray()
        self._at = 0
        self._depth = 0
        self._in_text = False
        self._skipping = False

    @property
    def waiting(self) -> bool:
        return self._depth > 0 or self._skipping

    def feed(self, data: bytes) -> list[bytes]:
        found = []
        self._data += data
        if self._skipping:
            self._skip()
        while (mark := (_IN_TEXT if self._in_text else _OUTSIDE).search(self._data, self._at)) is not None:
            self._at = mark.end()
            sign = mark[0]
            if self._in_text:
                if sign == b"\n":  # No text goes over a line's end: its writer has gone, or knows no JSON.
                    self._drop(self._at)
                elif sign == b'"':
                    self._in_text = False
            elif sign in b"{[":
                if not self._depth:
                    del self._data[: mark.start()]
                    self._at = 1
                self._depth += 1
            elif self._depth and sign == b'"':
                self._in_text = True
            elif self._depth:
                self._depth -= 1
                if not self._depth and self._at <= self._longest:
                    found.append(bytes(self._data[: self._at]))
                    del self._data[: self._at]
                    self._at = 0
                    continue
            if self._at > self._longest and (self._depth or sign in b"]}"):
                self._drop(self._at)
                self._skip()
        if self._depth and len(self._data) > self._longest:
            self._drop(len(self._data))
            self._skip()
        elif not self._depth:
            self._data.clear()
            self._at = 0
        return found

    def end(self) -> None:
        if self._depth:
            self._drop(len(self._data))
        self._skipping = False

    def _skip(self) -> None:
        """Leave out the rest of the line, which may not have come yet."""
        end = self._data.find(b"\n")
        self._skipping = end < 0
        del self._data[: len(self._data) if end < 0 else end + 1]

    def _drop(self, end: int) -> None:
        self.dropped += 1
        del self._data[:end]
        self._at = self._depth = 0
        self._in_text = False


class Commands:
    """MI commands: lines, the first with the name, up to an empty one or a full stop (no part of what `feed` gives)."""

    def __init__(self, longest: int) -> None:
        self.dropped = 0
        self._longest = longest
        self._data = bytearray()
        self._skipping = False

    @property
    def waiting(self) -> bool:
        return bool(self._data) or self._skipping

    def feed(self, data: bytes) -> list[bytes]:
        found = []
        self._data += data
        while True:
            if not self._skipping:
                start = _BLANK.match(self._data)
                del self._data[: start.end() if start else 0]
            end = _END.search(self._data)
            if end is None:
                break
            command = bytes(self._data[: end.start() + 1])
            del self._data[: end.end()]
            if self._skipping:
                self._skipping = False
            elif len(command) > self._longest:
                self.dropped += 1
            else:
                found.append(command)
        if len(self._data) > self._longest:
            self.dropped += not self._skipping
            self._skipping = True
            del self._data[:-2]  # An empty line may begin at its end.
        return found

    def end(self) -> None:
        self.dropped += bool(self._data) and not self._skipping
        self._data.clear()
        self._skipping = False


#: What opens, closes or begins a text outside of one; what ends it, escapes or cannot be inside of one.
_OUTSIDE = re.compile(rb'[{}\[\]"]')
_IN_TEXT = re.compile(rb'["\n]|\\.', re.DOTALL)

_BLANK = re.compile(rb"\s*")
#: Behind a full stop the line's end may be missing, as in the guide's ":ds_reload:\\n.".
_END = re.compile(rb"\n[ \t\r]*(?:\n|\.[ \t\r]*(?:\n|\Z))")
