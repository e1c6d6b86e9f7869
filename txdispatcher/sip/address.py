"""The values of From, To, Contact, Route and Record-Route: ``"Name" <uri>;params`` or ``uri;params`` (RFC 3261 20.10, 25.1)."""

from __future__ import annotations

from txdispatcher.errors import ParseError

import txdispatcher.sip.octets as octets  # isort: skip  # C functions in the compiled build: see octets.pxd


def address_uri(data: bytes, start: int, end: int) -> tuple[int, int, int]:
    """Where the URI of the address in the span stands: (URI start, URI end, offset where the header parameters begin).

    Without angle brackets every parameter belongs to the header, not to the URI (RFC 3261 20.10). Raises ParseError.
    """
    at = start
    if start < end and data[start] == 0x22:
        at = octets.quoted_end(data, start, end)
        if at < 0:
            raise ParseError("a quoted display name has no end")
    left = octets.find_outside_quotes(data, at, end, 0x3C)
    if left >= 0 and (octets.find(data, 0x3B, at, left) < 0 or at > start or not _in_params(data, start, left)):
        right = octets.find(data, 0x3E, left, end)
        if right < 0:
            raise ParseError("an address has < without >")
        first = octets.skip_blanks(data, left + 1, right)
        return first, octets.trim_blanks(data, first, right), right + 1
    if at > start:
        raise ParseError("a display name without <address>")
    semicolon = octets.find(data, 0x3B, start, end)
    stop = end if semicolon < 0 else semicolon
    return start, octets.trim_blanks(data, start, stop), stop


def tag_span(data: bytes, start: int, end: int) -> tuple[int, int]:
    """The span of the tag parameter of the From or To value in the span; (0, 0) without one. Raises ParseError."""
    return param_span(data, address_uri(data, start, end)[2], end, b"tag")


def param_span(data: bytes, start: int, end: int, name: bytes) -> tuple[int, int]:
    """The span of the value of `name` (lower case) among the parameters from `start`; (0, 0) where it is not there.

    A parameter without "=" has an empty span that is not at 0. Semicolons in quoted values do not count.
    """
    at = octets.find(data, 0x3B, start, end)
    while at >= 0:
        first = octets.skip_blanks(data, at + 1, end)
        stop = param_end(data, first, end)
        equals = octets.find(data, 0x3D, first, stop)
        if equals < 0:
            if octets.same(data, first, octets.trim_blanks(data, first, stop), name):
                return stop, stop
        elif octets.same(data, first, octets.trim_blanks(data, first, equals), name):
            value = octets.skip_blanks(data, equals + 1, stop)
            return value, octets.trim_blanks(data, value, stop)
        at = stop if stop < end else -1
    return 0, 0


def param_end(data: bytes, start: int, end: int) -> int:
    """Where the parameter that begins at `start` ends: the offset of the next ";" outside quotes, or `end`.

    A quote that is never closed swallows the rest of the span.
    """
    stop = octets.find(data, 0x3B, start, end)
    if stop < 0:
        return end
    quote = data.find(b'"', start, stop)
    while quote >= 0:
        closed = octets.quoted_end(data, quote, end)
        stop = octets.find(data, 0x3B, closed, end) if closed >= 0 else -1
        if stop < 0:
            return end
        quote = data.find(b'"', closed, stop)
    return stop


def _in_params(data: bytes, start: int, left: int) -> bool:
    """Whether the "<" at `left` is in a parameter of a URI without brackets: behind a ":" and then a ";" outside quotes."""
    semicolon = octets.find_outside_quotes(data, start, left, 0x3B)
    return semicolon >= 0 and octets.find(data, 0x3A, start, semicolon) >= 0
