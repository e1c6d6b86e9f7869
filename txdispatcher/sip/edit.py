"""The changes of a message: each a (start, end, replacement) for `octets.splice`, which applies all of them in one pass."""

from __future__ import annotations

from txdispatcher.sip.message import Message
from txdispatcher.sip.via import Via

import txdispatcher.sip.octets as octets  # isort: skip  # C functions in the compiled build: see octets.pxd

#: What stands in [start, end) is replaced; an empty span inserts.
Edit = tuple[int, int, bytes]


def push_via(message: Message, value: bytes) -> Edit:
    """Put a Via of ours on top (RFC 3261 16.6 step 8)."""
    return message.via_line, message.via_line, b"Via: %b\r\n" % value


def pop_via(message: Message) -> Edit:
    """Take the topmost Via away, with its line if it stood alone there (16.7 step 3)."""
    return _pop_value(message, message.via_line, message.via_start, message.via_end)


def pop_route(message: Message) -> Edit:
    """Take the topmost Route value away, with its line if it stood alone there (16.4)."""
    return _pop_value(message, message.route_line, message.route_start, message.route_end)


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
            edits.append((via.received_start, via.received_end, via.received_glue + source))
    elif via.rport is not None or via.host.strip(b"[]") != source:
        edits.append((via.end, via.end, b";received=" + source))
    return edits


def _pop_value(message: Message, line: int, start: int, end: int) -> Edit:
    data = message.data
    comma = octets.find_outside_quotes(data, start, end, 0x2C)
    if comma >= 0:
        rest = octets.skip_blanks(data, comma + 1, end)
        if rest < end:
            return start, rest, b""
    # The line may go on behind its value, with folds that hold nothing.
    return line, octets.line_end(data, end, message.body) + 2, b""
