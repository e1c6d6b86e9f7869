"""The values of From, To, Contact, Route and Record-Route: ``"Name" <uri>;params`` or ``uri;params`` (RFC 3261 20.10, 25.1)."""

from __future__ import annotations

from txdispatcher.errors import ParseError
from txdispatcher.sip.octets import find_outside_quotes, quoted_end, same, skip_blanks, trim_blanks


def address_uri(data: bytes, start: int, end: int) -> tuple[int, int, int]:
    """Where the URI of the address in the span stands: (URI start, URI end, offset where the header parameters begin).

    Without angle brackets every parameter belongs to the header, not to the URI (RFC 3261 20.10). Raises ParseError.
    """
    at = start
    if start < end and data[start] == 0x22:
        at = quoted_end(data, start, end)
        if at < 0:
            raise ParseError("a quoted display name has no end")
    left = find_outside_quotes(data, at, end, b"<")
    if left >= 0 and (data.find(b";", at, left) < 0 or at > start or not _in_params(data, start, left)):
        right = data.find(b">", left, end)
        if right < 0:
            raise ParseError("an address has < without >")
        first = skip_blanks(data, left + 1, right)
        return first, trim_blanks(data, first, right), right + 1
    if at > start:
        raise ParseError("a display name without <address>")
    semicolon = data.find(b";", start, end)
    stop = end if semicolon < 0 else semicolon
    return start, trim_blanks(data, start, stop), stop


def tag_span(data: bytes, start: int, end: int) -> tuple[int, int]:
    """The span of the tag parameter of the From or To value in the span; (0, 0) without one. Raises ParseError."""
    return param_span(data, address_uri(data, start, end)[2], end, b"tag")


def param_span(data: bytes, start: int, end: int, name: bytes) -> tuple[int, int]:
    """The span of the value of `name` (lower case) among the parameters from `start`; (0, 0) where it is not there.

    A parameter without "=" has an empty span that is not at 0. Semicolons in quoted values do not count.
    """
    at = data.find(b";", start, end)
    while at >= 0:
        first = skip_blanks(data, at + 1, end)
        stop = param_end(data, first, end)
        equals = data.find(b"=", first, stop)
        if equals < 0:
            if same(data, first, trim_blanks(data, first, stop), name):
                return stop, stop
        elif same(data, first, trim_blanks(data, first, equals), name):
            value = skip_blanks(data, equals + 1, stop)
            return value, trim_blanks(data, value, stop)
        at = stop if stop < end else -1
    return 0, 0


def param_end(data: bytes, start: int, end: int) -> int:
    """Where the parameter that begins at `start` ends: the offset of the next ";" outside quotes, or `end`.

    A quote that is never closed swallows the rest of the span.
    """
    stop = data.find(b";", start, end)
    if stop < 0:
        return end
    quote = data.find(b'"', start, stop)
    while quote >= 0:
        closed = quoted_end(data, quote, end)
        stop = data.find(b";", closed, end) if closed >= 0 else -1
        if stop < 0:
            return end
        quote = data.find(b'"', closed, stop)
    return stop


def _in_params(data: bytes, start: int, left: int) -> bool:
    """Whether the "<" at `left` is in a parameter of a URI without brackets: behind a ":" and then a ";" outside quotes."""
    semicolon = find_outside_quotes(data, start, left, b";")
    return semicolon >= 0 and data.find(b":", start, semicolon) >= 0
