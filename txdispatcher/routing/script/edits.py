"""The edits of a script, made to a message: header lines, and a body whose length is told again."""

from __future__ import annotations

from collections.abc import Iterable

from txdispatcher.errors import ParseError
from txdispatcher.sip.edit import Edit
from txdispatcher.sip.headers import CONTENT_LENGTH, OTHER, header_id
from txdispatcher.sip.message import Message

import txdispatcher.sip.octets as octets  # isort: skip  # C functions in the compiled build: see octets.pxd


def edited(message: Message, edits: Iterable[Edit]) -> bytes:
    """The message with the edits made. Of two for the same place the one that came first counts."""
    made: list[Edit] = []
    end = 0
    for start, stop, text in sorted(edits, key=_place):
        if start < end:
            continue
        made.append((start, stop, text))
        end = max(end, stop)
    if any(stop > message.body or (start >= message.body and text) for start, stop, text in made):
        grown = sum(len(text) - (stop - start) for start, stop, text in made if start >= message.body)
        made.append(_length(message, len(message.data) - message.body + grown))
    return octets.splice(message.data, made)


def header_lines(message: Message, name: bytes) -> list[tuple[int, int]]:
    """Where the lines of the header field are, with their ends; its compact form counts where we know it."""
    wanted = name.strip().lower()
    known = header_id(wanted, 0, len(wanted))
    if known != OTHER:
        return [(at, octets.line_end(message.data, end, message.body) + 2) for at, _, end in message.lines(known)]
    return [(start, end) for start, end, found in all_lines(message) if found == wanted]


def all_lines(message: Message) -> list[tuple[int, int, bytes]]:
    """Every header line: its start, its end behind the CRLF, its name in lower case."""
    data = message.data
    found = []
    at = message.headers
    while at < message.body - 2:
        end = octets.line_end(data, at, message.body) + 2
        colon = data.index(b":", at)
        found.append((at, end, data[at : octets.trim_blanks(data, at, colon)].lower()))
        at = end
    return found


def as_lines(text: bytes) -> bytes:
    """Header lines with their CRLFs, which a script may have left out. Raises ParseError for one that is none."""
    lines = [line.rstrip(b"\r") for line in text.split(b"\n") if line.strip()]
    for index, line in enumerate(lines):
        name, colon, _ = line.partition(b":")
        folded = index > 0 and line.startswith((b" ", b"\t"))
        if not folded and not (colon and name.strip()):
            raise ParseError(f"{line.decode('utf-8', 'replace')!r} has no name and colon")
    return b"".join(line + b"\r\n" for line in lines)


def _length(message: Message, length: int) -> Edit:
    line = b"Content-Length: %d\r\n" % length
    for at, _, end in message.lines(CONTENT_LENGTH):
        return at, octets.line_end(message.data, end, message.body) + 2, line
    return message.body - 2, message.body - 2, line


def _place(edit: Edit) -> tuple[int, bool]:
    # As `octets.splice` takes them: what is put in front of a replaced span is no part of it.
    return edit[0], edit[1] > edit[0]
