"""A stream of bytes cut into SIP messages by their Content-Length (RFC 3261 18.3), however the network segmented it."""

from __future__ import annotations

import re
from typing import NamedTuple

from txdispatcher.errors import ParseError
from txdispatcher.sip.message import MAX_MESSAGE

#: What RFC 5626 3.5.1 asks with between messages, and what it is answered with.
PING = b"\r\n\r\n"
PONG = b"\r\n"

# Content-Length = ( "Content-Length" / "l" ) HCOLON 1*DIGIT   (RFC 3261 25.1), blanks and folds around the colon
_LENGTH = re.compile(rb"\r\n(?:content-length|l)[ \t]*+:(?:\r\n(?=[ \t])|[ \t])*+([^\r\n]*)", re.IGNORECASE)
#: What is accepted in the end is at most MAX_MESSAGE: so many digits are enough, and no number is read that is longer.
_MAX_DIGITS = 6


class Cut(NamedTuple):
    """What a segment completed: whole messages in order, and how many pings stood between them."""

    messages: list[bytes]
    pings: int


class FramingError(ParseError):
    """The stream cannot be cut any more: where the next message begins is not known. `head` is what has come of this one."""

    def __init__(self, reason: str, head: bytes, messages: list[bytes], status: int = 400) -> None:
        super().__init__(reason, status)
        self.head = head
        #: The whole messages in front of it.
        self.messages = messages


class Framing:
    """The bytes of one connection that are no whole message yet: at most MAX_MESSAGE of them."""

    __slots__ = ("_buffer", "_empty", "_need", "_seen")

    def __init__(self) -> None:
        self._buffer = bytearray()
        #: Up to where the buffer was searched for the end of the header.
        self._seen = 0
        #: The size of the message that the buffer begins with; 0 while its header is not whole.
        self._need = 0
        #: How much of a ping has come.
        self._empty = 0

    @property
    def started(self) -> bool:
        """Whether a message has begun that is not whole."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> Cut:
        """What is whole with `data`. Raises FramingError; then nothing more can be fed."""
        messages: list[bytes] = []
        pings = 0
        at = 0
        need = 0
        if self._buffer:
            if not self._completes(data):
                return Cut(messages, pings)
            # Mostly nothing waits, and a message is cut from the segment that it came in.
            data = bytes(self._buffer)
            self._buffer.clear()
            need, self._need = self._need, 0
        size = len(data)
        while at < size:
            if not need:
                begin = data[at]
                if self._empty or begin == 0x0D:
                    at, found = self._skip_empty(data, at)
                    pings += found
                    if at == size:
                        break
                need = _size(data, at, messages)
            if not need or size - at < need:
                self._buffer += data[at:] if at else data
                self._seen = size - at
                self._need = need
                break
            messages.append(data[at : at + need] if at or size > need else data)
            at += need
            need = 0
        return Cut(messages, pings)

    def _completes(self, data: bytes) -> bool:
        """Keep `data` with what has come of the message before; whether that may be whole, or can be none."""
        buffer = self._buffer
        buffer += data
        if self._need:
            return len(buffer) >= self._need
        end = buffer.find(b"\r\n\r\n", max(self._seen - 3, 0))
        self._seen = len(buffer)
        return end >= 0 or self._seen >= MAX_MESSAGE

    def _skip_empty(self, data: bytes, at: int) -> tuple[int, int]:
        """Where the line ends from `at` on are over, and how many pings they hold. A ping may be cut anywhere."""
        pings = 0
        while at < len(data) and data[at] == PING[self._empty]:
            at += 1
            self._empty += 1
            if self._empty == len(PING):
                self._empty = 0
                pings += 1
        if at < len(data):
            self._empty = 0
        return at, pings


def _size(data: bytes, at: int, messages: list[bytes]) -> int:
    """The size of the message at `at`; 0 if its header is not whole. `messages` are those in front of it."""
    end = data.find(b"\r\n\r\n", at)
    if end < 0:
        if len(data) - at >= MAX_MESSAGE:
            raise FramingError(f"a header of more than {MAX_MESSAGE} bytes", data[at:], messages, 513)
        return 0
    end += 4
    lengths = _LENGTH.findall(data, at, end)
    if len(lengths) != 1:
        lengths = [*{each.strip() for each in lengths}]
        if not lengths:
            raise FramingError("Content-Length is missing, which a stream needs", data[at:end], messages)
    length = lengths[0].strip()
    if len(lengths) > 1 or not length.isdigit():
        shown = b", ".join(sorted(lengths))[:40].decode("ascii", "replace")
        raise FramingError(f"Content-Length is {shown!r}, not one number of bytes", data[at:end], messages)
    digits = length.lstrip(b"0") or b"0"
    if len(digits) > _MAX_DIGITS or end - at + int(digits) > MAX_MESSAGE:
        raise FramingError(f"a message of more than {MAX_MESSAGE} bytes", data[at:end], messages, 513)
    size: int = end - at + int(digits)
    return size
