"""What can be read of a malformed request, so that its sender gets the 4xx that it deserves (RFC 3261 16.3 step 1)."""

from __future__ import annotations

import zlib

from txdispatcher.errors import ParseError
from txdispatcher.sip.address import tag_span
from txdispatcher.sip.edit import stamp_via
from txdispatcher.sip.headers import CALL_ID, CSEQ, FROM, TO, VIA, header_id
from txdispatcher.sip.message import MAX_HEADERS
from txdispatcher.sip.octets import is_framed, line_end, skip_blanks, splice, trim_blanks
from txdispatcher.sip.via import Via, parse_via

_ECHOED = {VIA: b"Via", FROM: b"From", TO: b"To", CALL_ID: b"Call-ID", CSEQ: b"CSeq"}


class Salvaged:
    """The header fields that a response echoes (8.2.6.2), as they came: `values` by id, the Vias apart. Some may be missing."""

    __slots__ = ("values", "via", "vias")

    def __init__(self, vias: list[bytes], values: dict[int, bytes]) -> None:
        """Raises ParseError where the topmost Via does not say where to answer."""
        self.vias = vias
        self.values = values
        self.via: Via = parse_via(vias[0], 0, len(vias[0]))

    def response(self, source: tuple[str, int], status_line: bytes, tag: bytes, headers: bytes) -> bytes:
        """The response to what came from `source`; `tag` begins the To tag of our own, `headers` are further lines."""
        stamped = splice(self.vias[0], stamp_via(self.via, source[0], source[1]))
        lines = [status_line]
        lines += [b"Via: %b\r\n" % via for via in (stamped, *self.vias[1:])]
        lines += [b"%b: %b\r\n" % (_ECHOED[known], value) for known, value in self._tagged(tag).items()]
        return b"".join((*lines, headers, b"Content-Length: 0\r\n\r\n"))

    def _tagged(self, tag: bytes) -> dict[int, bytes]:
        to = self.values.get(TO)
        try:
            if to is None or tag_span(to, 0, len(to))[0]:
                return self.values
        except ParseError:
            return self.values  # Behind a quote that is never closed, a tag would be part of it.
        # The same for a retransmission (8.2.7).
        seen = zlib.crc32(b"\0".join(self.values[known] for known in sorted(self.values)))
        return self.values | {TO: b"%b;tag=%b.%08x" % (to, tag, seen)}


def salvage(data: bytes) -> Salvaged | None:
    """What an answer to `data` needs; None where there is nobody to answer.

    None too for what is a response, or an ACK, which is never answered. Of a field that stands twice the first counts.
    """
    data = data.lstrip(b"\r\n")
    at = data.find(b"\r\n") + 2
    start_line = data[: at - 2] if at > 1 else b""
    if not start_line or b" " not in start_line or start_line[:4].upper() == b"SIP/" or start_line[:4] == b"ACK ":
        return None
    vias: list[bytes] = []
    values: dict[int, bytes] = {}
    size = len(data)
    for _ in range(MAX_HEADERS):
        end = line_end(data, at, size)
        if end <= at:
            break
        colon = data.find(b":", at, end)
        if colon > at:
            known = header_id(data, at, trim_blanks(data, at, colon))
            start = skip_blanks(data, colon + 1, end)
            value = data[start : trim_blanks(data, start, end)]
            if not is_framed(value, len(value)):
                return None
            if known == VIA:
                vias.append(value)
            elif known in _ECHOED:
                values.setdefault(known, value)
        at = end + 2
    if not vias or values.get(CSEQ, b"").split()[-1:] == [b"ACK"]:
        return None
    try:
        return Salvaged(vias, values)
    except ParseError:
        return None
