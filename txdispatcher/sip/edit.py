"""Splicing bytes: every change of a message is a list of (start, end, replacement), applied in one pass."""

from __future__ import annotations

from txdispatcher.sip.message import Message
from txdispatcher.sip.octets import find_outside_quotes, skip_blanks
from txdispatcher.sip.via import Via

#: What stands in [start, end) is replaced; an empty span inserts.
Edit = tuple[int, int, bytes]


def splice(data: bytes, edits: list[Edit]) -> bytes:
    """`data` with every edit applied. Edits may come in any order, none may overlap; insertions at one place keep theirs."""
    edits.sort(key=_where)
    parts = []
    at = 0
    for start, end, replacement in edits:
        parts.append(data[at:start])
        parts.append(replacement)
        at = end
    parts.append(data[at:])
    return b"".join(parts)


def push_via(message: Message, value: bytes) -> Edit:
    """Put a Via of ours on top (RFC 3261 16.6 step 8)."""
    return message.via_line, message.via_line, b"Via: %b\r\n" % value


def pop_via(message: Message) -> Edit:
    """Take the topmost Via away, with its line if it stood alone there (16.7 step 3)."""
    return _pop_value(message.data, message.via_line, message.via_start, message.via_end)


def pop_route(message: Message) -> Edit:
    """Take the topmost Route value away, with its line if it stood alone there (16.4)."""
    return _pop_value(message.data, message.route_line, message.route_start, message.route_end)


def stamp_via(via: Via, host: str, port: int) -> list[Edit]:
    """Say in the sender's Via where its request came from (18.2.1; RFC 3581 4): nothing where the Via says so already.

    A `received` that the sender wrote itself is replaced: only what we saw counts.
    """
    edits: list[Edit] = []
    source = host.encode("ascii")
    if via.rport is not None:
        value = b"%d" % port
        if via.rport != value:
            edits.append((via.rport_start, via.rport_end, via.rport_glue + value))
    if via.received is not None:
        if via.received != source:
            edits.append((via.received_start, via.received_end, source))
    elif via.rport is not None or via.host.strip(b"[]") != source:
        edits.append((via.end, via.end, b";received=" + source))
    return edits


def _pop_value(data: bytes, line: int, start: int, end: int) -> Edit:
    comma = find_outside_quotes(data, start, end, b",")
    if comma >= 0:
        return start, skip_blanks(data, comma + 1, end), b""
    return line, data.index(b"\r\n", end) + 2, b""


def _where(edit: Edit) -> int:
    return edit[0]
