"""The messages that the server writes itself: responses, and the ACK and CANCEL of a hop."""

from __future__ import annotations

from functools import lru_cache

from txdispatcher.errors import ParseError
from txdispatcher.sip.address import tag_span
from txdispatcher.sip.edit import stamp_via
from txdispatcher.sip.headers import ROUTE, TIMESTAMP, VIA
from txdispatcher.sip.message import Request, Response
from txdispatcher.sip.reasons import reason_phrase
from txdispatcher.sip.via import Via

import txdispatcher.sip.octets as octets  # isort: skip  # C functions in the compiled build: see octets.pxd


def response(
    request: Request,
    via: Via,
    source: tuple[str, int],
    status: int,
    reason: bytes = b"",
    to_tag: bytes = b"",
    headers: bytes = b"",
) -> bytes:
    """A response to `request` (RFC 3261 8.2.6): its Vias, From, To, Call-ID and CSeq, no body.

    `via` is the request's topmost Via, stamped with `source`, where it came from (18.2.1, RFC 3581). `to_tag` is added unless
    the request had one, or has a To that nobody can read. `headers` are further lines, each with its CRLF. A 100 carries the
    Timestamp of the request (8.2.6.1).
    """
    data = request.data
    start, end = request.via_line, request.via_end
    stamps = stamp_via(via, source[0], source[1])
    vias = octets.splice(octets.cut(data, start, end), [(a - start, b - start, text) for a, b, text in stamps]) if stamps else b""
    parts = [status_line(status, reason), vias or octets.cut(data, start, end), b"\r\n"]
    if request.via_lines > 1:
        parts += [b"Via: %b\r\n" % data[a:b] for _, a, b in list(request.lines(VIA))[1:]]
    parts += [
        b"From: ",
        octets.cut(data, request.from_start, request.from_end),
        b"\r\nTo: ",
        octets.cut(data, request.to_start, request.to_end),
    ]
    if to_tag and not _has_tag(request):
        parts += [b";tag=", to_tag]
    parts += [
        b"\r\nCall-ID: ",
        octets.cut(data, request.call_id_start, request.call_id_end),
        b"\r\nCSeq: %d " % request.cseq,
        request.method,
        b"\r\n",
        headers,
    ]
    if status == 100 and request.present & 1 << TIMESTAMP:
        parts += [b"Timestamp: %b\r\n" % data[a:b] for _, a, b in request.lines(TIMESTAMP)]
    parts.append(b"Content-Length: 0\r\n\r\n")
    return b"".join(parts)


def ack(invite: Request, final: Response) -> bytes:
    """The ACK of a hop for a non-2xx final response to `invite`, a request as it was sent (17.1.1.3)."""
    return _hop_request(invite, b"ACK", final.to_value)


def cancel(invite: Request) -> bytes:
    """The CANCEL for `invite`, a request as it was sent (9.1)."""
    return _hop_request(invite, b"CANCEL", invite.to_value)


@lru_cache(64)
def status_line(status: int, reason: bytes) -> bytes:
    """The first line, with its CRLF; an empty `reason` stands for the status's own phrase."""
    return b"SIP/2.0 %d %b\r\n" % (status, reason or reason_phrase(status))


def _has_tag(request: Request) -> bool:
    try:
        return tag_span(request.data, request.to_start, request.to_end)[0] > 0
    except ParseError:
        return True


def _hop_request(invite: Request, method: bytes, to: bytes) -> bytes:
    """What ACK and CANCEL share: the INVITE's Request-URI, topmost Via, Route, From, Call-ID and CSeq number."""
    data = invite.data
    comma = octets.find_outside_quotes(data, invite.via_start, invite.via_end, 0x2C)
    via_end = invite.via_end if comma < 0 else comma
    routes = b"".join(b"Route: %b\r\n" % data[start:end] for _, start, end in invite.lines(ROUTE))
    return (
        b"%b %b SIP/2.0\r\nVia: %b\r\n%bMax-Forwards: 70\r\n"
        b"From: %b\r\nTo: %b\r\nCall-ID: %b\r\nCSeq: %d %b\r\nContent-Length: 0\r\n\r\n"
        % (
            method,
            invite.uri,
            data[invite.via_start : via_end],
            routes,
            invite.from_value,
            to,
            invite.call_id,
            invite.cseq,
            method,
        )
    )
