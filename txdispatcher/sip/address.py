"""The values of From, To, Contact, Route and Record-Route: ``"Name" <uri>;params`` or ``uri;params`` (RFC 3261 20.10, 25.1)."""

from __future__ import annotations

from txdispatcher.errors import ParseError
from txdispatcher.sip.octets import quoted_end, same, skip_blanks, trim_blanks


def address_uri(data: bytes, start: int, end: int) -> tuple[int, int, int]:
    """Where the URI of the address in the span stands: (URI start, URI end, offset where the header parameters begin).

    Without angle brackets every parameter belongs to the header, not to the URI (RFC 3261 20.10). Raises ParseError.
    """
    at = start
    if start < end and data[start] == 0x22:
        at = quoted_end(data, start, end)
        if at < 0:
            raise ParseError("a quoted display name has no end")
    left = data.find(b"<", at, end)
    if left >= 0:
        right = data.find(b">", left, end)
        if right < 0:
            raise ParseError("an address has < without >")
        first = skip_blanks(data, left + 1, right)
        return first, trim_blanks(data, first, right), right + 1
    if at != start:
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
        stop = data.find(b";", first, end)
        quote = data.find(b'"', first, end if stop < 0 else stop)
        if quote >= 0:
            closed = quoted_end(data, quote, end)
            stop = data.find(b";", closed, end) if closed >= 0 else -1
        limit = end if stop < 0 else stop
        equals = data.find(b"=", first, limit)
        if equals < 0:
            if same(data, first, trim_blanks(data, first, limit), name):
                return limit, limit
        elif same(data, first, trim_blanks(data, first, equals), name):
            value = skip_blanks(data, equals + 1, limit)
            return value, trim_blanks(data, value, limit)
        at = stop
    return 0, 0
