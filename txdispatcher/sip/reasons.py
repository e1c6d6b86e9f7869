"""The reason phrases of the response codes that the server sends itself (RFC 3261 21)."""

from __future__ import annotations

_PHRASES = {
    100: b"Trying",
    180: b"Ringing",
    200: b"OK",
    302: b"Moved Temporarily",
    400: b"Bad Request",
    401: b"Unauthorized",
    403: b"Forbidden",
    404: b"Not Found",
    405: b"Method Not Allowed",
    408: b"Request Timeout",
    416: b"Unsupported URI Scheme",
    420: b"Bad Extension",
    430: b"Flow Failed",
    440: b"Max-Breadth Exceeded",
    480: b"Temporarily Unavailable",
    481: b"Call/Transaction Does Not Exist",
    482: b"Loop Detected",
    483: b"Too Many Hops",
    484: b"Address Incomplete",
    486: b"Busy Here",
    487: b"Request Terminated",
    488: b"Not Acceptable Here",
    500: b"Server Internal Error",
    501: b"Not Implemented",
    502: b"Bad Gateway",
    503: b"Service Unavailable",
    504: b"Server Time-out",
    505: b"Version Not Supported",
    513: b"Message Too Large",
    600: b"Busy Everywhere",
    603: b"Decline",
    604: b"Does Not Exist Anywhere",
}
_CLASSES = (b"Trying", b"OK", b"Multiple Choices", b"Bad Request", b"Server Internal Error", b"Busy Everywhere")


def reason_phrase(status: int) -> bytes:
    """The phrase of `status`, or that of its class's x00 (RFC 3261 8.1.3.2 reads an unknown code as that)."""
    return _PHRASES.get(status) or _CLASSES[status // 100 - 1]
