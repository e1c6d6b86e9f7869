"""One datagram -> Request or Response: where things stand in it, and nothing else.

A message keeps the bytes as they came and the offsets of what a proxy looks at; a value is cut out when it is asked for. What
nobody edits leaves as it came (RFC 3261 16.6: "the proxy MUST NOT ... reorder ... or otherwise modify" other fields).
"""

from __future__ import annotations

from collections.abc import Iterator

from txdispatcher.errors import ParseError
from txdispatcher.sip.headers import CALL_ID, CONTENT_LENGTH, CSEQ, FROM, MAX_FORWARDS, TO, VIA

# Whole modules, not names from them: in the compiled build these are C functions and constants (see the .pxd files).
import txdispatcher.sip.headers as headers  # isort: skip
import txdispatcher.sip.octets as octets  # isort: skip

#: The largest message: what one UDP datagram can carry (RFC 3261 18.1.1).
MAX_MESSAGE = 65_535
#: Header lines in one message. Real ones have 10 to 40; each Via or Record-Route on a path of 70 hops may add one.
MAX_HEADERS = 256
#: Bytes in one header line, folds included. An Identity header with its certificate is about 2,000.
MAX_LINE = 8_192

_MANDATORY_FIELDS = 1 << VIA | 1 << FROM | 1 << TO | 1 << CALL_ID | 1 << CSEQ
#: Fields that may stand once only (RFC 3261 7.3.1 and the ABNF of 25.1).
_SINGLE_FIELDS = 1 << FROM | 1 << TO | 1 << CALL_ID | 1 << CSEQ | 1 << MAX_FORWARDS | 1 << CONTENT_LENGTH
_NAMES = {VIA: "Via", FROM: "From", TO: "To", CALL_ID: "Call-ID", CSEQ: "CSeq", MAX_FORWARDS: "Max-Forwards"}
_NAMES[CONTENT_LENGTH] = "Content-Length"

#: token = 1*(alphanum / "-" / "." / "!" / "%" / "*" / "_" / "+" / "`" / "'" / "~")   (RFC 3261 25.1)
#: The same for the header walk, which is compiled.
_MAX_MESSAGE = MAX_MESSAGE
_MAX_LINE = MAX_LINE
_MAX_HEADERS = MAX_HEADERS


class Message:
    """What requests and responses share. Offsets are into `data`; a span's end is exclusive; 0 means that it is not there.

    A `…_line` offset is where the field's name begins; `…_start` and `…_end` bound its value without the blanks around it.
    For a field that may stand several times they are those of the first line.
    """

    __slots__ = (
        "body",
        "call_id_end",
        "call_id_start",
        "cseq",
        "cseq_method",
        "data",
        "from_end",
        "from_start",
        "headers",
        "max_forwards",
        "max_forwards_end",
        "max_forwards_start",
        "method",
        "present",
        "record_route_line",
        "route_end",
        "route_line",
        "route_lines",
        "route_start",
        "status",
        "to_end",
        "to_start",
        "uri_end",
        "uri_start",
        "via_end",
        "via_line",
        "via_lines",
        "via_start",
    )

    def __init__(self, data: bytes) -> None:
        self.data = data
        #: Of a request (see Request), and of a response.
        self.method = b""
        self.uri_start = 0
        self.uri_end = 0
        self.status = 0
        #: Where the first header line begins, and where the body does (behind the blank line).
        self.headers = 0
        self.body = 0
        #: Bit 1 << id for each known header field that stands in the message.
        self.present = 0
        self.via_line = 0
        self.via_start = 0
        self.via_end = 0
        self.via_lines = 0
        self.from_start = 0
        self.from_end = 0
        self.to_start = 0
        self.to_end = 0
        self.call_id_start = 0
        self.call_id_end = 0
        #: The number and the method of CSeq.
        self.cseq = -1
        self.cseq_method = b""
        #: -1 without the field.
        self.max_forwards = -1
        self.max_forwards_start = 0
        self.max_forwards_end = 0
        self.route_line = 0
        self.route_lines = 0
        self.route_start = 0
        self.route_end = 0
        self.record_route_line = 0

    @property
    def call_id(self) -> bytes:
        return self.data[self.call_id_start : self.call_id_end]

    @property
    def from_value(self) -> bytes:
        return self.data[self.from_start : self.from_end]

    @property
    def to_value(self) -> bytes:
        return self.data[self.to_start : self.to_end]

    def lines(self, wanted: int) -> Iterator[tuple[int, int, int]]:
        """Every line of the header field `wanted`: (line, value start, value end), in order. The line ends with its CRLF."""
        if not self.present & 1 << wanted:
            return
        data = self.data
        at = self.headers
        last = self.body - 2
        while at < last:
            end = octets.line_end(data, at, self.body)
            colon = octets.find(data, 0x3A, at, end)
            if headers.header_id(data, at, octets.trim_blanks(data, at, colon)) == wanted:
                start = octets.skip_blanks(data, colon + 1, end)
                yield at, start, octets.trim_blanks(data, start, end)
            at = end + 2

    def named(self, name: bytes) -> Iterator[tuple[int, int]]:
        """The values of every line of the header field `name` (lower case), which need not be a known one."""
        data = self.data
        at = self.headers
        last = self.body - 2
        while at < last:
            end = octets.line_end(data, at, self.body)
            colon = octets.find(data, 0x3A, at, end)
            if octets.same(data, at, octets.trim_blanks(data, at, colon), name):
                start = octets.skip_blanks(data, colon + 1, end)
                yield start, octets.trim_blanks(data, start, end)
            at = end + 2

    def values(self, wanted: int) -> list[tuple[int, int]]:
        """Every value of the field `wanted`, lists taken apart at their commas (RFC 3261 7.3.1): spans, in order."""
        if wanted == headers.ROUTE and self.route_lines == 1:
            return split_values(self.data, self.route_start, self.route_end)
        found = []
        for _, start, end in self.lines(wanted):
            found += split_values(self.data, start, end)
        return found

    def _read_headers(self, start: int) -> None:
        """Walk the header lines once, from `start`. Raises ParseError."""
        data = self.data
        size = len(data)
        # The blank line is looked for first: a body may begin with a blank, which makes its line end look like a fold.
        last = octets.head_end(data, start - 2)
        if last < 0:
            raise ParseError("the header has no end: no blank line")
        # A lone CR or LF is no line end here, but to a laxer peer it is: behind it could stand a header that nobody checked.
        if not octets.is_framed(data, last):
            raise ParseError("a CR or LF that is not part of CRLF stands in the header")
        self.headers = at = start
        present = 0
        count = 0
        length = -1
        while at < last:
            count += 1
            if count > _MAX_HEADERS:
                raise ParseError(f"more than {MAX_HEADERS} header lines")
            end = octets.line_end(data, at, last)
            if end - at > _MAX_LINE:
                raise ParseError(f"a header line of {end - at} bytes, {MAX_LINE} are allowed")
            colon = octets.find(data, 0x3A, at, end)
            if colon <= at:
                raise ParseError(f"header line {count} has no name and colon")
            known = headers.header_id(data, at, colon)
            if known == headers.OTHER:
                if not octets.is_token(data, at, colon):
                    known = _odd_name(data, at, colon, count)
                if known == headers.OTHER:
                    at = end + 2
                    continue
            bit = 1 << known
            # Here and below: the usual single blank, and none at the end, without a call.
            value = colon + 2 if data[colon + 1] == 0x20 else colon + 1
            if data[value] <= 0x20:
                value = octets.skip_blanks(data, value, end)
            value_end = end if data[end - 1] > 0x20 else octets.trim_blanks(data, value, end)
            if present & bit:
                if _SINGLE_FIELDS & bit:
                    raise ParseError(f"{_NAMES[known]} stands twice")
                if known == headers.VIA:
                    self.via_lines += 1
                elif known == headers.ROUTE:
                    self.route_lines += 1
                at = end + 2
                continue
            present |= bit
            if known == headers.VIA:
                self.via_line = at
                self.via_start = value
                self.via_end = value_end
                self.via_lines = 1
            elif known == headers.FROM:
                self.from_start = value
                self.from_end = value_end
            elif known == headers.TO:
                self.to_start = value
                self.to_end = value_end
            elif known == headers.CALL_ID:
                self.call_id_start = value
                self.call_id_end = value_end
            elif known == headers.CSEQ:
                self._read_cseq(value, value_end)
            elif known == headers.MAX_FORWARDS:
                self.max_forwards = octets.number(data, value, value_end)
                if not 0 <= self.max_forwards <= 255:
                    raise ParseError(f"Max-Forwards is {_shown(data, value, value_end)}, not a number from 0 to 255")
                self.max_forwards_start = value
                self.max_forwards_end = value_end
            elif known == headers.ROUTE:
                self.route_lines = 1
                self.route_line = at
                self.route_start = value
                self.route_end = value_end
            elif known == headers.RECORD_ROUTE:
                self.record_route_line = at
            elif known == headers.CONTENT_LENGTH:
                length = octets.number(data, value, value_end)
                if length < 0:
                    raise ParseError(f"Content-Length is {_shown(data, value, value_end)}, not a number of bytes")
            at = end + 2
        self.present = present
        self.body = body = last + 2
        if length >= 0:
            # RFC 3261 18.3: on UDP what is over Content-Length is cut off; too little is an error.
            if length > size - body:
                raise ParseError(f"Content-Length is {length}, but the body has {size - body} bytes")
            if length < size - body:
                self.data = data[: body + length]
        if present & _MANDATORY_FIELDS != _MANDATORY_FIELDS:
            missing = [name for field, name in _NAMES.items() if _MANDATORY_FIELDS & ~present & 1 << field]
            raise ParseError("missing: " + ", ".join(missing))
        if self.from_start == self.from_end or self.to_start == self.to_end or self.call_id_start == self.call_id_end:
            raise ParseError("From, To or Call-ID is empty")

    def _read_cseq(self, start: int, end: int) -> None:
        data = self.data
        at = start
        while at < end and 0x30 <= data[at] <= 0x39:
            at += 1
        method = octets.skip_blanks(data, at, end)
        self.cseq = octets.number(data, start, at)
        self.cseq_method = octets.cut(data, method, end)
        if self.cseq < 0 or method == at or not octets.is_token(data, method, end):
            raise ParseError(f"CSeq is {_shown(data, start, end)}, not a number below 2**31 and a method")


class Request(Message):
    """A request: `method`, and the Request-URI's span."""

    __slots__ = ()

    @property
    def uri(self) -> bytes:
        return self.data[self.uri_start : self.uri_end]


class Response(Message):
    """A response: `status` from 100 to 699."""

    __slots__ = ()


def parse(data: bytes) -> Request | Response:
    """The message in one datagram. Raises ParseError, whose status is what a request deserves as its answer."""
    if octets.begins(data, 0, b"\r\n"):
        data = data.lstrip(b"\r\n")  # RFC 3261 7.5: empty lines before the start line are ignored
    if len(data) > _MAX_MESSAGE:
        raise ParseError(f"a message of {len(data)} bytes, {MAX_MESSAGE} are allowed", 513)
    end = octets.find(data, 0x0D, 0, len(data))
    if end < 0 or not octets.begins(data, end, b"\r\n"):
        raise ParseError("no line end")
    if end > _MAX_LINE:
        raise ParseError(f"a start line of {end} bytes, {MAX_LINE} are allowed")
    if octets.same(data, 0, min(8, end), b"sip/2.0 "):  # 7.1: case-insensitive
        return _parse_response(data, end)
    return _parse_request(data, end)


def split_values(data: bytes, start: int, end: int) -> list[tuple[int, int]]:
    """The comma-separated values in the span, commas in quotes and angle brackets aside: spans without the blanks around."""
    found = []
    while True:
        comma = octets.find_outside_quotes(data, start, end, 0x2C)
        stop = end if comma < 0 else comma
        first = octets.skip_blanks(data, start, stop)
        found.append((first, octets.trim_blanks(data, first, stop)))
        if comma < 0:
            return found
        start = comma + 1


def _parse_request(data: bytes, end: int) -> Request:
    message = Request(data)
    space = octets.find(data, 0x20, 0, end)
    uri_end = octets.find(data, 0x20, space + 1, end)
    if space <= 0 or uri_end < 0 or uri_end == space + 1:
        raise ParseError("the start line is neither a request's nor a response's")
    message.method = method = octets.cut(data, 0, space)
    message.uri_start = space + 1
    message.uri_end = uri_end
    if not octets.is_token(data, 0, space):
        raise ParseError("the method is no token")
    version = octets.cut(data, uri_end + 1, end)
    if version != b"SIP/2.0":
        _check_version(version)
    message._read_headers(end + 2)
    if message.cseq_method != method:
        raise ParseError(f"CSeq names another method than the start line, {method.decode('ascii')}")
    return message


def _parse_response(data: bytes, end: int) -> Response:
    message = Response(data)
    message.status = octets.number(data, 8, 11)
    if not 100 <= message.status <= 699 or data[11:12] not in (b" ", b"\r"):
        raise ParseError(f"the status is {_shown(data, 8, min(end, 24))}, not a number from 100 to 699")
    message._read_headers(end + 2)
    return message


def _check_version(version: bytes) -> None:
    """Raise ParseError unless `version` is SIP/2.0 in some spelling (7.1: case-insensitive): 505 for another SIP version."""
    upper = version.upper()
    if upper == b"SIP/2.0":
        return
    name, _, numbers = upper.partition(b"/")
    major, dot, minor = numbers.partition(b".")
    if name == b"SIP" and dot and major.isdigit() and minor.isdigit():
        raise ParseError(f"version {_shown(version, 0, len(version))}, only SIP/2.0 is spoken", 505)
    raise ParseError("the start line ends with no SIP version")


def _odd_name(data: bytes, start: int, colon: int, count: int) -> int:
    """The id of a field whose name is no token as it stands: blanks may precede the colon. Raises ParseError."""
    end = colon
    while end > start and data[end - 1] in b" \t":
        end -= 1
    if not octets.is_token(data, start, end):
        raise ParseError(f"the name in header line {count} is no token")
    return headers.header_id(data, start, end)


def _shown(data: bytes, start: int, end: int) -> str:
    """The span for an error text: short, printable."""
    return repr(data[start : min(end, start + 40)])[1:]
