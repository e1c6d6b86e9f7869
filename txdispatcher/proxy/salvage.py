"""What can be read of a malformed request, so that its sender gets the 4xx that it deserves (RFC 3261 16.3 step 1)."""

from __future__ import annotations

from txdispatcher.errors import ParseError
from txdispatcher.sip.headers import CALL_ID, CSEQ, FROM, TO, VIA, header_id
from txdispatcher.sip.message import MAX_HEADERS, Request, parse
from txdispatcher.sip.octets import line_end, skip_blanks, trim_blanks

_ECHOED = {VIA: b"Via", FROM: b"From", TO: b"To", CALL_ID: b"Call-ID", CSEQ: b"CSeq"}


def salvage(data: bytes) -> Request | None:
    """A well-formed request with the header fields that a response echoes, taken from `data`; None where that cannot be had.

    Its method is that of CSeq. None too for what is a response, or an ACK, which is never answered.
    """
    data = data.lstrip(b"\r\n")
    at = data.find(b"\r\n") + 2
    start_line = data[: at - 2] if at > 1 else b""
    if not start_line or start_line[:4].upper() == b"SIP/" or start_line[:4] == b"ACK ":
        return None
    found: dict[int, list[bytes]] = {}
    size = len(data)
    for _ in range(MAX_HEADERS):
        end = line_end(data, at, size)
        if end <= at:
            break
        colon = data.find(b":", at, end)
        if colon > at:
            known = header_id(data, at, trim_blanks(data, at, colon))
            if known in _ECHOED and (known == VIA or known not in found):
                start = skip_blanks(data, colon + 1, end)
                found.setdefault(known, []).append(data[start : trim_blanks(data, start, end)])
        at = end + 2
    if len(found) < len(_ECHOED):
        return None
    method = found[CSEQ][0].split()[-1:]
    lines = b"".join(b"%b: %b\r\n" % (_ECHOED[known], value) for known in _ECHOED for value in found[known])
    try:
        message = parse(b"%b sip:malformed SIP/2.0\r\n%b\r\n" % (b"".join(method), lines))
    except ParseError:
        return None
    return message if isinstance(message, Request) and message.method != b"ACK" else None
