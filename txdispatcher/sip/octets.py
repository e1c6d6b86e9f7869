"""The few byte primitives that every message passes through.

All take the whole datagram and a span [start, end) in it, so that nothing is cut out before it is needed.
"""

from __future__ import annotations

import zlib

#: The largest number that a header may carry: CSeq is below 2**31 (RFC 3261 8.1.1.5), and no length comes near it.
MAX_NUMBER = 2**31 - 1
#: The most digits that a number may have, leading zeros included.
MAX_DIGITS = 16

_BLANKS = b" \t\r\n"


_TOKEN = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.!%*_+`'~"


def cut(data: bytes, start: int, end: int) -> bytes:
    """The bytes in the span."""
    return data[start:end]


def find(data: bytes, byte: int, start: int, end: int) -> int:
    """The first offset of `byte` (its value) in the span, or -1."""
    return data.find(byte, start, end)


def is_token(data: bytes, start: int, end: int) -> bool:
    """Whether the span is a token: one or more of its characters (RFC 3261 25.1), nothing else."""
    word = data[start:end]
    return bool(word) and not word.translate(None, _TOKEN)


def head_end(data: bytes, start: int) -> int:
    """Where the blank line behind the header stands, looked for from `start` on: the offset of its CRLF, or -1."""
    at = data.find(b"\r\n\r\n", start)
    return at + 2 if at >= 0 else -1


def begins(data: bytes, start: int, word: bytes) -> bool:
    """Whether `word` stands at `start`."""
    return data.startswith(word, start)


def checksum(data: bytes, start: int, end: int, seed: int) -> int:
    """The CRC-32 of the span, going on from `seed`."""
    return zlib.crc32(data[start:end], seed)


def without(data: bytes, start: int, end: int) -> bytes:
    """What is left when the span is taken out."""
    return data[:start] + data[max(start, end) :]


def numbered(head: bytes, number: int, digits: int, tail: bytes) -> bytes:
    """`head`, the number in hexadecimal with at least so many digits, `tail`. Neither number nor digits are below zero."""
    return b"%b%0*x%b" % (head, min(digits, MAX_DIGITS), number, tail)


def splice(data: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    """`data` with what stands in [start, end) replaced, for each edit. They may come in any order but may not overlap.

    Insertions (empty spans) at one place keep their order; one where a replaced span begins goes in front of it.
    """
    parts: list[bytes] = []
    at = 0
    for start, end, text in sorted(edits, key=lambda edit: (edit[0], edit[1] > edit[0])):
        parts.append(data[at:start])
        parts.append(text)
        at = end
    parts.append(data[at:])
    return b"".join(parts)


def is_framed(data: bytes, end: int) -> bool:
    """Whether every CR and LF before `end` is part of a CRLF."""
    ends = data.count(b"\r\n", 0, end)
    return data.count(b"\n", 0, end) == ends and data.count(b"\r", 0, end) == ends


def line_end(data: bytes, start: int, end: int) -> int:
    """Where the header line that begins at `start` ends: the offset of its CRLF, or -1.

    A CRLF that a blank follows is a fold and belongs to the line (RFC 3261 7.3.1).
    """
    at = data.find(b"\r\n", start, end)
    while at >= 0 and data[at + 2 : at + 3] in (b" ", b"\t"):
        at = data.find(b"\r\n", at + 2, end)
    return at


def skip_blanks(data: bytes, start: int, end: int) -> int:
    """The first offset in the span that holds no blank and no fold; `end` if there is none."""
    while start < end and data[start] in _BLANKS:
        start += 1
    return start


def trim_blanks(data: bytes, start: int, end: int) -> int:
    """The end of the span without the blanks and folds that close it."""
    while end > start and data[end - 1] in _BLANKS:
        end -= 1
    return end


def same(data: bytes, start: int, end: int, word: bytes) -> bool:
    """Whether the span holds `word` (given in lower case), whatever the case of its ASCII letters."""
    return end - start == len(word) and data[start:end].lower() == word


def number(data: bytes, start: int, end: int) -> int:
    """The decimal number that fills the span, or -1: no digits, anything else than digits, or beyond the two limits."""
    digits = data[start:end]
    if not digits.isdigit() or len(digits) > MAX_DIGITS:
        return -1
    value = int(digits)
    return value if value <= MAX_NUMBER else -1


def find_outside_quotes(data: bytes, start: int, end: int, byte: int) -> int:
    """The first offset of `byte` that stands neither in a quoted string nor between angle brackets, or -1.

    A quote or bracket that is never closed swallows the rest of the span.
    """
    hit = data.find(byte, start, end)
    if hit < 0:
        return -1
    # Each is looked for again only when the walk has passed it, so that hostile input costs linear time.
    quote = data.find(b'"', start, hit)
    angle = data.find(b"<", start, hit)
    while quote >= 0 or angle >= 0:
        quoted = angle < 0 or 0 <= quote < angle
        at = quoted_end(data, quote, end) if quoted else data.find(b">", angle, end) + 1
        if at <= 0:
            return -1
        if at > hit:
            hit = data.find(byte, at, end)
            if hit < 0:
                return -1
            quote = data.find(b'"', at, hit)
            angle = data.find(b"<", at, hit)
        else:
            if 0 <= quote < at:
                quote = data.find(b'"', at, hit)
            if 0 <= angle < at:
                angle = data.find(b"<", at, hit)
    return hit


def quoted_end(data: bytes, start: int, end: int) -> int:
    """The offset behind the quoted string that opens at `start` (RFC 3261 25.1: a backslash escapes one byte), or -1."""
    at = data.find(b'"', start + 1, end)
    if at < 0:
        return -1
    escape = data.find(b"\\", start + 1, at)
    if escape < 0:
        return at + 1
    at = escape
    while at < end:
        c = data[at]
        if c == 0x5C:
            at += 2
            continue
        if c == 0x22:
            return at + 1
        at += 1
    return -1
