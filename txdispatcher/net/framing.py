"""A stream of bytes cut into SIP messages by their Content-Length (RFC 3261 18.3), however the network segmented it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from txdispatcher.errors import ParseError
from txdispatcher.sip.message import MAX_MESSAGE

#: What RFC 5626 3.5.1 asks with between messages, and what it is answered with.
PING = b"\r\n\r\n"
PONG = b"\r\n"

# Content-Length = ( "Content-Length" / "l" ) HCOLON 1*DIGIT   (RFC 3261 25.1), blanks and folds around the colon
_LENGTH = re.compile(rb"\r\n(?:content-length|l)[ \t]*+:(?:\r\n(?=[ \t])|[ \t])*+([^\r\n]*)", re.IGNORECASE)
#: What is accepted in the end is at most MAX_MESSAGE: so many digits are enough, and no number is read that is longer.
_MAX_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Cut:
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
        buffer = self._buffer
        buffer += data
        messages: list[bytes] = []
        pings = 0
        at = 0
        size = len(buffer)
        while at < size:
            if not self._need:
                if not self._seen:
                    begin, found = self._skip_empty(at)
                    pings += found
                    if begin == size:
                        at = size
                        break
                    at = begin
                self._need = self._size(at, messages)
                if not self._need:
                    break
            if size - at < self._need:
                break
            messages.append(bytes(buffer[at : at + self._need]))
            at += self._need
            self._need = self._seen = 0
        del buffer[:at]
        return Cut(messages, pings)

    def _skip_empty(self, at: int) -> tuple[int, int]:
        """Where the line ends from `at` on are over, and how many pings they hold. A ping may be cut anywhere."""
        buffer = self._buffer
        pings = 0
        while at < len(buffer) and buffer[at] == PING[self._empty]:
            at += 1
            self._empty += 1
            if self._empty == len(PING):
                self._empty = 0
                pings += 1
        if at < len(buffer):
            self._empty = 0
        return at, pings

    def _size(self, at: int, messages: list[bytes]) -> int:
        """The size of the message at `at`; 0 if its header is not whole."""
        buffer = self._buffer
        end = buffer.find(b"\r\n\r\n", at + max(self._seen - 3, 0))
        if end < 0:
            self._seen = len(buffer) - at
            if self._seen >= MAX_MESSAGE:
                raise FramingError(f"a header of more than {MAX_MESSAGE} bytes", bytes(buffer[at:]), messages, 513)
            return 0
        head = bytes(buffer[at : end + 4])
        lengths = {found.strip() for found in _LENGTH.findall(head)}
        if not lengths:
            raise FramingError("Content-Length is missing, which a stream needs", head, messages)
        [length, *more] = lengths
        if more or not length.isdigit():
            shown = b", ".join(sorted(lengths))[:40].decode("ascii", "replace")
            raise FramingError(f"Content-Length is {shown!r}, not one number of bytes", head, messages)
        digits = length.lstrip(b"0") or b"0"
        if len(digits) > _MAX_DIGITS or len(head) + int(digits) > MAX_MESSAGE:
            raise FramingError(f"a message of more than {MAX_MESSAGE} bytes", head, messages, 513)
        return len(head) + int(digits)
