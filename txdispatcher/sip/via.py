"""One Via value: ``SIP/2.0/UDP host:port;branch=…;rport;received=…`` (RFC 3261 20.42, RFC 3581)."""

from __future__ import annotations

import re

from txdispatcher.errors import ParseError
from txdispatcher.sip.address import param_span
from txdispatcher.sip.octets import find_outside_quotes

#: What every branch of an RFC 3261 element begins with (8.1.1.7).
MAGIC_COOKIE = b"z9hG4bK"

# via-parm = sent-protocol LWS sent-by *( SEMI via-params ), blanks allowed around "/" and ":"   (RFC 3261 25.1)
_SENT = re.compile(
    rb"SIP\s*/\s*2\.0\s*/\s*([A-Za-z0-9.+-]+)\s+(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)\s*(?::\s*([0-9]{1,5})\s*)?(?=;|\s*;|\s*$)",
    re.IGNORECASE,
)


class Via:
    """One Via value. `start` and `end` bound it in the message; `host` is in lower case; `port` is 0 where none is named.

    `branch`, `received` and `rport` are None where they are not there; a bare ``;rport`` is empty. The spans of the last two are
    where a value may be put; `rport_glue` goes in front of it ("=" behind a bare ``;rport``). `params_at` is where the
    parameters begin.
    """

    __slots__ = (
        "branch",
        "end",
        "host",
        "params_at",
        "port",
        "received",
        "received_end",
        "received_start",
        "rport",
        "rport_end",
        "rport_glue",
        "rport_start",
        "start",
        "transport",
    )

    def __init__(self, start: int, end: int, transport: bytes, host: bytes, port: int, params_at: int) -> None:
        self.start = start
        self.end = end
        self.transport = transport
        self.host = host
        self.port = port
        self.params_at = params_at
        self.branch: bytes | None = None
        self.received: bytes | None = None
        self.rport: bytes | None = None
        self.received_start = 0
        self.received_end = 0
        self.rport_start = 0
        self.rport_end = 0
        self.rport_glue = b""

    @property
    def sent_by(self) -> bytes:
        """``host:port`` with the port that holds where none is named (18.1.1): what a transaction is matched by."""
        return b"%b:%d" % (self.host, self.port or (5061 if self.transport == b"TLS" else 5060))


def parse_via(data: bytes, start: int, end: int) -> Via:
    """The first Via value in the span of a Via line's value. Raises ParseError."""
    comma = find_outside_quotes(data, start, end, b",")
    if comma >= 0:
        end = comma
        while end > start and data[end - 1] in b" \t\r\n":
            end -= 1
    sent = _SENT.match(data, start, end)
    if sent is None:
        raise ParseError(f"Via is {repr(data[start : min(end, start + 60)])[1:]}, not SIP/2.0/transport host:port")
    port = int(sent[3] or 0)
    if port > 65_535 or (sent[3] and not port):
        raise ParseError(f"Via has the port {port}")
    via = Via(start, end, sent[1].upper(), sent[2].lower(), port, sent.end())
    at, stop = param_span(data, via.params_at, end, b"branch")
    if at:
        via.branch = data[at:stop]
    if data.find(b"r", via.params_at, end) >= 0 or data.find(b"R", via.params_at, end) >= 0:
        at, stop = param_span(data, via.params_at, end, b"received")
        if at:
            via.received = data[at:stop]
            via.received_start = at
            via.received_end = stop
        at, stop = param_span(data, via.params_at, end, b"rport")
        if at:
            via.rport = data[at:stop]
            via.rport_start = at
            via.rport_end = stop
            via.rport_glue = b"" if data[at - 1] == 0x3D or stop > at else b"="
    return via
