"""The header fields that the server looks at, each a small number; every other one is OTHER and passes as it came."""

from __future__ import annotations

OTHER = 0
VIA = 1
FROM = 2
TO = 3
CALL_ID = 4
CSEQ = 5
MAX_FORWARDS = 6
ROUTE = 7
RECORD_ROUTE = 8
CONTENT_LENGTH = 9
CONTACT = 10
PROXY_REQUIRE = 11
PROXY_AUTHORIZATION = 12
AUTHORIZATION = 13
WWW_AUTHENTICATE = 14
PROXY_AUTHENTICATE = 15
TIMESTAMP = 16
EXPIRES = 17

#: The spellings on the wire (RFC 3261 20; the compact forms of 7.3.3).
_SPELLINGS = {
    VIA: ("Via", "v"),
    FROM: ("From", "f"),
    TO: ("To", "t"),
    CALL_ID: ("Call-ID", "i", "Call-Id"),
    CSEQ: ("CSeq",),
    MAX_FORWARDS: ("Max-Forwards",),
    ROUTE: ("Route",),
    RECORD_ROUTE: ("Record-Route",),
    CONTENT_LENGTH: ("Content-Length", "l"),
    CONTACT: ("Contact", "m"),
    PROXY_REQUIRE: ("Proxy-Require",),
    PROXY_AUTHORIZATION: ("Proxy-Authorization",),
    AUTHORIZATION: ("Authorization",),
    WWW_AUTHENTICATE: ("WWW-Authenticate",),
    PROXY_AUTHENTICATE: ("Proxy-Authenticate",),
    TIMESTAMP: ("Timestamp",),
    EXPIRES: ("Expires",),
}

#: Fields that most messages carry and nobody looks at.
_PASSED_ON = (
    "Accept",
    "Allow",
    "Allow-Events",
    "Content-Disposition",
    "Content-Type",
    "Date",
    "Event",
    "Min-SE",
    "P-Asserted-Identity",
    "Privacy",
    "Require",
    "Server",
    "Session-Expires",
    "Subject",
    "Supported",
    "User-Agent",
)

_LOWER = {name.lower().encode(): number for number, names in _SPELLINGS.items() for name in names}
#: As most peers write them, so that the usual case is one look-up.
_USUAL = {name.encode(): number for number, names in _SPELLINGS.items() for name in names}
_USUAL |= {name.encode(): OTHER for name in _PASSED_ON}


def header_id(data: bytes, start: int, end: int) -> int:
    """The number of the header field whose name fills the span, whatever its case; OTHER for one that nobody looks at."""
    name = data[start:end]
    found = _USUAL.get(name)
    return _LOWER.get(name.lower(), OTHER) if found is None else found
