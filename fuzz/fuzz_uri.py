"""Fuzz target: a URI, and the address of a From, To, Route or Contact. Allowed: ParseError.

python fuzz/fuzz_uri.py [COUNT [SEED]]
"""

from __future__ import annotations

from corpus import URIS
from mutation import run

from txdispatcher.errors import ParseError
from txdispatcher.sip.address import address_uri, tag_span
from txdispatcher.sip.uri import parse_uri

_ADDRESSES = [b'"A \\" B" <%b>;tag=1;x="a;b"' % uri for uri in URIS] + [b"%b ; tag = 2" % uri for uri in URIS]


def entry(data: bytes) -> None:
    """The spans of an address are within the bytes, and the parts of a URI are what they hold."""
    size = len(data)
    start, end, params = address_uri(data, 0, size)
    assert 0 <= start <= end <= params <= size, "the spans of an address"
    first, stop = tag_span(data, 0, size)
    assert 0 <= first <= stop <= size, "the span of a tag"
    _take_apart(data if start == 0 else data[start:end])


def _take_apart(data: bytes) -> None:
    uri = parse_uri(data)
    assert data.lower().startswith(uri.scheme + b":"), "the scheme"
    assert uri.host in data, "the host"
    assert (uri.user or b"") in data, "the user"
    assert data.endswith(uri.params + uri.headers), "parameters and headers"
    assert 0 <= uri.port <= 65_535, "the port"
    uri.param(b"transport")


if __name__ == "__main__":
    run(entry, URIS + _ADDRESSES, ParseError)
