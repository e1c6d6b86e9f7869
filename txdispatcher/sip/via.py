"""One Via value: ``SIP/2.0/UDP host:port;branch=…;rport;received=…`` (RFC 3261 20.42, RFC 3581)."""

from __future__ import annotations

import re

from txdispatcher.errors import ParseError
from txdispatcher.sip.address import param_end

import txdispatcher.sip.octets as octets  # isort: skip  # C functions in the compiled build: see octets.pxd

#: What every branch of an RFC 3261 element begins with (8.1.1.7).
MAGIC_COOKIE = b"z9hG4bK"

#: Peers whose sent-by is remembered, taken apart: they repeat from message to message.
SENT_REMEMBERED = 4096

# via-parm = sent-protocol LWS sent-by *( SEMI via-params ), blanks allowed around "/", ":" and ";"   (RFC 3261 25.1)
# Possessive, so that a long run of blanks is walked once whatever follows it.
_SENT = re.compile(
    rb"""SIP[ \t\r\n]*+ / [ \t\r\n]*+ 2\.0 [ \t\r\n]*+ / [ \t\r\n]*+
         ([A-Z0-9!%'*+._`~-]++) [ \t\r\n]++              # transport
         (\[[0-9A-F:.]++\] | [A-Z0-9._-]++) [ \t\r\n]*+   # host
         (?: : [ \t\r\n]*+ ([0-9]{1,5}+) [ \t\r\n]*+ )?+  # port
    """,
    re.IGNORECASE | re.VERBOSE,
)


class Via:
    """One Via value, made by `parse_via`. `start` and `end` bound it in the message; `host` is in lower case; `port` 0: none.

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
        "sent_by",
        "start",
        "transport",
    )

    start: int
    end: int
    transport: bytes
    host: bytes
    port: int
    #: ``host:port`` with the port that holds where none is named (18.1.1): what a transaction is matched by.
    sent_by: bytes
    params_at: int
    branch: bytes | None
    received: bytes | None
    received_start: int
    received_end: int
    received_glue: bytes
    rport: bytes | None
    rport_start: int
    rport_end: int
    rport_glue: bytes


class Sent:
    """What stands before the parameters: transport (upper case), host (lower case), port (0 where none is named)."""

    __slots__ = ("host", "port", "sent_by", "transport")

    def __init__(self, transport: bytes, host: bytes, port: int) -> None:
        self.transport = transport
        self.host = host
        self.port = port
        self.sent_by = b"%b:%d" % (host, port or (5061 if transport == b"TLS" else 5060))


#: What `parse_sent` remembers.
_known: dict[bytes, Sent] = {}


def parse_via(data: bytes, start: int, end: int) -> Via:
    """The first Via value in the span of a Via line's value. Raises ParseError."""
    comma = octets.find_outside_quotes(data, start, end, 0x2C)
    if comma >= 0:
        end = octets.trim_blanks(data, start, comma)
    at = octets.find(data, 0x3B, start, end)
    if at < 0:
        at = end
    sent = parse_sent(octets.cut(data, start, at))
    # Not by a constructor: packing its arguments would cost as much as all of this.
    via = Via.__new__(Via)
    via.start = start
    via.end = end
    via.params_at = at
    via.transport = sent.transport
    via.host = sent.host
    via.port = sent.port
    via.sent_by = sent.sent_by
    via.branch = via.received = via.rport = None
    via.received_start = via.received_end = via.rport_start = via.rport_end = 0
    via.received_glue = via.rport_glue = b""
    if octets.find(data, 0x22, at, end) >= 0:
        _check_quotes(data, at, end)
    while at < end:
        first = octets.skip_blanks(data, at + 1, end)
        at = param_end(data, first, end)
        if first < at and (data[first] | 0x20 == 0x62 or data[first] | 0x20 == 0x72):  # b and r
            _read_param(via, data, first, at)
    return via


def parse_sent(sent: bytes) -> Sent:
    """``SIP/2.0/UDP host:port`` taken apart. Raises ParseError."""
    known = _known.get(sent)
    if known is not None:
        return known
    found = _SENT.fullmatch(sent)
    if found is None:
        raise ParseError(f"Via is {repr(sent[:60])[1:]}, not SIP/2.0/transport host:port")
    port = int(found[3] or 0)
    if port > 65_535 or (found[3] and not port):
        raise ParseError(f"Via has the port {port}")
    if len(_known) >= SENT_REMEMBERED:
        _known.clear()
    _known[sent] = known = Sent(found[1].upper(), found[2].lower(), port)
    return known


def _check_quotes(data: bytes, start: int, end: int) -> None:
    """Raise ParseError for a quote that is never closed: what is put behind it later would be read as quoted too."""
    quote = data.find(b'"', start, end)
    while quote >= 0:
        closed = octets.quoted_end(data, quote, end)
        if closed < 0:
            raise ParseError("a quoted value in Via has no end")
        quote = data.find(b'"', closed, end)


def _read_param(via: Via, data: bytes, start: int, end: int) -> None:
    """Keep the parameter in the span if it is one that matters, and the first of its name."""
    equals = octets.find(data, 0x3D, start, end)
    name_end = octets.trim_blanks(data, start, end if equals < 0 else equals)
    if equals < 0:
        at = stop = name_end
        glue = b"="
    else:
        at = octets.skip_blanks(data, equals + 1, end)
        stop = octets.trim_blanks(data, at, end)
        glue = b""
    if octets.same(data, start, name_end, b"branch"):
        if via.branch is None:
            via.branch = octets.cut(data, at, stop)
    elif octets.same(data, start, name_end, b"rport"):
        if via.rport is None:
            via.rport = octets.cut(data, at, stop)
            via.rport_start = at
            via.rport_end = stop
            via.rport_glue = glue
    elif via.received is None and octets.same(data, start, name_end, b"received"):
        via.received = octets.cut(data, at, stop)
        via.received_start = at
        via.received_end = stop
        via.received_glue = glue
