"""One Via value: ``SIP/2.0/UDP host:port;branch=…;rport;received=…`` (RFC 3261 20.42, RFC 3581)."""

from __future__ import annotations

import re

from txdispatcher.errors import ParseError
from txdispatcher.sip.address import param_end
from txdispatcher.sip.octets import find_outside_quotes, quoted_end, skip_blanks, trim_blanks

#: What every branch of an RFC 3261 element begins with (8.1.1.7).
MAGIC_COOKIE = b"z9hG4bK"

# via-parm = sent-protocol LWS sent-by *( SEMI via-params ), blanks allowed around "/", ":" and ";"   (RFC 3261 25.1)
# Possessive, so that a long run of blanks is walked once whatever follows it.
_SENT = re.compile(
    rb"""SIP[ \t\r\n]*+ / [ \t\r\n]*+ 2\.0 [ \t\r\n]*+ / [ \t\r\n]*+
         ([A-Z0-9!%'*+._`~-]++) [ \t\r\n]++              # transport
         (\[[0-9A-F:.]++\] | [A-Z0-9._-]++) [ \t\r\n]*+   # host
         (?: : [ \t\r\n]*+ ([0-9]{1,5}+) [ \t\r\n]*+ )?+  # port
         (?=;|\Z)
    """,
    re.IGNORECASE | re.VERBOSE,
)


class Via:
    """One Via value. `start` and `end` bound it in the message; `host` is in lower case; `port` is 0 where none is named.

    `branch`, `received` and `rport` are None where they are not there; a bare ``;rport`` is empty. The spans of the last two are
    where a value may be put; `…_glue` goes in front of it ("=" behind a bare ``;rport``). `params_at` is where the parameters
    begin.
    """

    __slots__ = (
        "branch",
        "end",
        "host",
        "params_at",
        "port",
        "received",
        "received_end",
        "received_glue",
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
        self.received_glue = b""
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
        end = trim_blanks(data, start, end)
    sent = _SENT.match(data, start, end)
    if sent is None:
        raise ParseError(f"Via is {repr(data[start : min(end, start + 60)])[1:]}, not SIP/2.0/transport host:port")
    port = int(sent[3] or 0)
    if port > 65_535 or (sent[3] and not port):
        raise ParseError(f"Via has the port {port}")
    via = Via(start, end, sent[1].upper(), sent[2].lower(), port, sent.end())
    _check_quotes(data, via.params_at, end)
    at = via.params_at
    while at < end:
        first = skip_blanks(data, at + 1, end)
        at = param_end(data, first, end)
        if first < at and data[first] in b"bBrR":
            _read_param(via, data, first, at)
    return via


def _check_quotes(data: bytes, start: int, end: int) -> None:
    """Raise ParseError for a quote that is never closed: what is put behind it later would be read as quoted too."""
    quote = data.find(b'"', start, end)
    while quote >= 0:
        closed = quoted_end(data, quote, end)
        if closed < 0:
            raise ParseError("a quoted value in Via has no end")
        quote = data.find(b'"', closed, end)


def _read_param(via: Via, data: bytes, start: int, end: int) -> None:
    """Keep the parameter in the span if it is one that matters, and the first of its name."""
    equals = data.find(b"=", start, end)
    name_end = trim_blanks(data, start, end if equals < 0 else equals)
    name = data[start:name_end].lower()
    if equals < 0:
        at = stop = name_end
        glue = b"="
    else:
        at = skip_blanks(data, equals + 1, end)
        stop = trim_blanks(data, at, end)
        glue = b""
    if name == b"branch":
        if via.branch is None:
            via.branch = data[at:stop]
    elif name == b"rport":
        if via.rport is None:
            via.rport = data[at:stop]
            via.rport_start = at
            via.rport_end = stop
            via.rport_glue = glue
    elif name == b"received" and via.received is None:
        via.received = data[at:stop]
        via.received_start = at
        via.received_end = stop
        via.received_glue = glue
