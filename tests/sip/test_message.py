"""Parsing a datagram: RFC 3261 7, 18.3, 20, 25."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.corpus import MESSAGES, NO_REASON, OLD, PLAIN, RESPONSE, ROUTED, TORTUOUS, WIDE
from tests.sip.strategies import DENSE, damaged, messages
from txdispatcher.errors import ParseError
from txdispatcher.sip import headers
from txdispatcher.sip.headers import CONTACT, PROXY_REQUIRE, RECORD_ROUTE, ROUTE, VIA
from txdispatcher.sip.message import MAX_HEADERS, MAX_LINE, MAX_MESSAGE, Message, Request, Response, parse, split_values

#: What must be there, less Via, so that a test can add the field that it is about.
FIELDS = [b"Via: SIP/2.0/UDP a", b"From: <sip:a@b>;tag=1", b"To: <sip:c@d>", b"Call-ID: x", b"CSeq: 1 OPTIONS"]


def options(*lines: bytes, start: bytes = b"OPTIONS sip:h SIP/2.0", body: bytes = b"", without: bytes = b"-") -> bytes:
    """A request with the mandatory fields, but for those that begin with `without`, and `lines` behind them."""
    kept = [line for line in FIELDS if not line.startswith(without)]
    return b"\r\n".join([start, *kept, *lines, b"", b""]) + body


def request(data: bytes) -> Request:
    message = parse(data)
    assert isinstance(message, Request)
    return message


def refusal(data: bytes) -> ParseError:
    with pytest.raises(ParseError) as caught:
        parse(data)
    return caught.value


def texts(message: Message, field: int) -> list[bytes]:
    return [message.data[start:end] for start, end in message.values(field)]


# What is taken


def test_request() -> None:
    message = request(PLAIN)
    assert message.data is PLAIN
    assert (message.method, message.uri) == (b"INVITE", b"sip:bob@192.0.2.10:5070;transport=udp")
    assert PLAIN[message.via_start : message.via_end] == b"SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bK-524287-1---ab12"
    assert PLAIN[message.via_line :].startswith(b"Via: ")
    assert message.from_value == b'"Alice" <sip:alice@example.com>;tag=9fxced76sl'
    assert message.to_value == b"<sip:bob@example.com>"
    assert message.call_id == b"3848276298220188511@192.0.2.1"
    assert (message.cseq, message.cseq_method) == (1, b"INVITE")
    assert PLAIN[message.max_forwards_start : message.max_forwards_end] == b"70"
    assert message.max_forwards == 70
    assert PLAIN[message.headers :].startswith(b"Via: ")
    assert PLAIN[message.body :] == b"v=0\r\no=- 1 1\r\n"
    assert message.route_line == message.record_route_line == 0
    fields = (headers.VIA, headers.MAX_FORWARDS, headers.FROM, headers.TO, headers.CALL_ID, headers.CSEQ)
    assert message.present == sum(1 << field for field in (*fields, headers.CONTACT, headers.CONTENT_LENGTH))


def test_response() -> None:
    message = parse(RESPONSE)
    assert isinstance(message, Response)
    assert message.status == 200
    assert message.via_lines == 1
    assert len(texts(message, VIA)) == 2


@pytest.mark.parametrize("start", [b"SIP/2.0 486 ", b"SIP/2.0 486", b"SIP/2.0 486 Busy Here", b"sip/2.0 486 \xff\x00"])
def test_status_lines(start: bytes) -> None:
    message = parse(options(start=start))
    assert isinstance(message, Response)
    assert message.status == 486


def test_tortuous() -> None:
    message = request(TORTUOUS)
    assert (message.max_forwards, message.cseq, message.cseq_method) == (68, 9, b"INVITE")
    assert message.call_id == b"odd.one@192.0.2.1"
    assert message.to_value == b"sip:vic@proxy.example.com ;   tag    = 1918"
    assert message.from_value.endswith(b";\r\n  tag = 98asjd8")
    assert message.via_lines == 2
    assert [value.split()[-1] for value in texts(message, VIA)] == [
        b"192.0.2.2;branch=390skdjuw",
        b"z9hG4bK9ikj8",
        b"z9hG4bK30239",
    ]
    assert texts(message, ROUTE) == [b"<sip:services.example.com;lr;with=value;without>"]
    assert len(texts(message, CONTACT)) == 1
    assert TORTUOUS[message.body :] == b" starts \t\n"


def test_wide_range_of_bytes() -> None:
    message = request(WIDE)
    assert message.method == message.cseq_method == b"!odd-Method0123456789_*+`.%indeed'~"
    assert message.call_id == b"word%ZK-!.*_+'@word`~)(><:\\/\"][?}{"
    assert message.max_forwards == 255


def test_several_values_in_a_line_and_several_lines() -> None:
    message = request(ROUTED)
    assert texts(message, ROUTE) == [
        b"<sip:[2001:db8::1];lr>",
        b"<sip:p2.example.com;lr>",
        b"sip:strict.example.com",
        b"<sip:p4.example.com;lr>",
    ]
    assert [value.split()[1] for value in texts(message, VIA)] == [b"[2001:db8::9]:5070", b"a.example.com", b"b.example.com:9"]
    assert message.via_lines == 2
    assert texts(message, PROXY_REQUIRE) == [b"one", b"two"]
    assert ROUTED[message.record_route_line :].startswith(b"Record-Route: <sip:rr")
    assert ROUTED[message.route_line : message.route_start] == b"Route: "
    assert ROUTED[message.route_end :].startswith(b"\r\nRoute: <sip:p4")
    assert message.max_forwards == 0
    assert not texts(message, RECORD_ROUTE)[1:]


def test_lines_and_named_go_over_folds() -> None:
    message = parse(TORTUOUS)
    lines = list(message.lines(VIA))
    assert [TORTUOUS[line:start].rstrip(b" ") for line, start, _ in lines] == [b"Via  :", b"v:"]
    assert [TORTUOUS[start:end] for start, end in message.named(b"newfield")] == [b"a value\r\n that goes on\r\n\t and on"]
    assert [TORTUOUS[start:end] for start, end in message.named(b"s")] == [b""]
    assert list(message.named(b"nothing")) == []


def test_empty_lines_in_front_are_ignored() -> None:
    message = request(OLD)
    assert message.data == OLD[4:]
    assert message.method == b"OPTIONS"
    assert message.max_forwards == -1
    assert message.data[message.body :] == bytes(range(256))


def test_no_reason_phrase_and_cseq_zero() -> None:
    message = parse(NO_REASON)
    assert isinstance(message, Response)
    assert (message.status, message.cseq) == (100, 0)


@pytest.mark.parametrize("body", [b"", b"x", b" x", b"\t", b"\r\n", b"\r\n\r\n x", bytes(range(256))])
@pytest.mark.parametrize("length", [True, False])
def test_any_body_is_kept(body: bytes, length: bool) -> None:
    data = options(*([b"Content-Length: %d" % len(body)] if length else []), body=body)
    message = parse(data)
    assert message.data == data
    assert message.data[message.body :] == body


def test_what_is_over_content_length_is_cut_off() -> None:
    message = parse(options(b"l: 3", body=b"abcdef"))
    assert message.data == options(b"l: 3", body=b"abc")


@pytest.mark.parametrize("line", [b"Route:", b"Route: ", b"Subject:", b"Subject: \r\n \r\n\t", b"Contact:\r\n "])
def test_an_empty_value(line: bytes) -> None:
    data = options(line, b"Max-Forwards: 5")
    message = parse(data)
    assert message.max_forwards == 5
    if line.startswith(b"Route"):
        assert data[message.route_line :].startswith(line)
        assert message.route_start == message.route_end


@pytest.mark.parametrize("method", [b"invite", b"Invite", b"X"])
def test_methods_are_taken_as_they_are_written(method: bytes) -> None:
    assert request(options(b"CSeq: 1 " + method, start=method + b" sip:h SIP/2.0", without=b"CSeq")).method == method


@pytest.mark.parametrize("version", [b"SIP/2.0", b"sip/2.0", b"Sip/2.0"])
def test_version_in_any_case(version: bytes) -> None:
    assert request(options(start=b"OPTIONS sip:h " + version)).uri == b"sip:h"


# What is refused


@pytest.mark.parametrize(
    "start",
    [
        b"OPTIONS",
        b"OPTIONS sip:h",
        b"OPTIONS  sip:h SIP/2.0",
        b"OPTIONS  SIP/2.0",
        b"OPTIONS sip:h  SIP/2.0",
        b"OPTIONS sip:h SIP/2.0 ",
        b"OPTIONS sip:h; lr SIP/2.0",
        b"OPTIONS sip:h HTTP/1.1",
        b"OPTIONS sip:h SIP/x.0",
        b"OPTIONS sip:h SIP/2",
        b" OPTIONS sip:h SIP/2.0",
        b"OPTIONS\tsip:h\tSIP/2.0",
        b"OPT(ONS sip:h SIP/2.0",
        b"OPTI\xd6NS sip:h SIP/2.0",
        b"\x00 sip:h SIP/2.0",
        b"SIP/2.0 99 Low",
        b"SIP/2.0 700 High",
        b"SIP/2.0 4294967301 Overlarge",
        b"SIP/2.0 20 OK",
        b"SIP/2.0 2x0 OK",
        b"SIP/2.0 ",
        b"SIP/3.0 200 OK",
    ],
)
def test_start_lines_that_are_none(start: bytes) -> None:
    assert refusal(options(start=start)).status == 400


@pytest.mark.parametrize("version", [b"SIP/7.0", b"SIP/2.1", b"sip/3.0", b"SIP/02.0"])
def test_another_version(version: bytes) -> None:
    assert refusal(options(start=b"OPTIONS sip:h " + version)).status == 505


@pytest.mark.parametrize("name", ["Via", "From", "To", "Call-ID", "CSeq"])
def test_a_mandatory_field_is_missing(name: str) -> None:
    assert refusal(options(without=name.encode())).reason == f"missing: {name}"


@pytest.mark.parametrize("name", [b"From", b"To", b"Call-ID", b"CSeq"])
@pytest.mark.parametrize("blank", [b"", b" ", b"\r\n\t"])
def test_a_mandatory_field_is_empty(name: bytes, blank: bytes) -> None:
    assert name.decode() in refusal(options(name + b":" + blank, without=name)).reason


@pytest.mark.parametrize(
    ("line", "again"),
    [
        (b"From: <sip:a@b>", b"f: x"),
        (b"To: <sip:a@b>", b"T: x"),
        (b"Call-ID: x", b"i: x"),
        (b"CSeq: 1 OPTIONS", b"cseq: 1 OPTIONS"),
        (b"Max-Forwards: 7", b"max-forwards: 7"),
        (b"Content-Length: 0", b"l: 0"),
    ],
)
def test_a_field_that_may_stand_once_stands_twice(line: bytes, again: bytes) -> None:
    name = line.partition(b":")[0]
    assert refusal(options(line, again, without=name)).reason == f"{name.decode()} stands twice"


@pytest.mark.parametrize("length", [b"1", b"-1", b"", b"4x", b"0x4", b"4, 4", b"99999999999999999999999999999999", b"\xd9\xa3"])
def test_content_length_that_does_not_fit(length: bytes) -> None:
    error = refusal(options(b"Content-Length: " + length))
    assert error.status == 400
    assert "Content-Length is" in error.reason


@pytest.mark.parametrize("value", [b"256", b"300", b"-1", b"", b"x", b"7 0", b"1" * 5000])
def test_max_forwards_that_is_none(value: bytes) -> None:
    assert "Max-Forwards is" in refusal(options(b"Max-Forwards: " + value)).reason


@pytest.mark.parametrize(
    "value",
    [
        b"2147483648 OPTIONS",
        b"%b OPTIONS" % (b"9" * 5000),
        b"-1 OPTIONS",
        b"OPTIONS",
        b"1",
        b"1OPTIONS",
        b"1 OPT IONS",
        b"1 OPTIONS;x",
        b"x OPTIONS",
    ],
)
def test_cseq_that_is_none(value: bytes) -> None:
    assert "CSeq is" in refusal(options(b"CSeq: " + value, without=b"CSeq")).reason


@pytest.mark.parametrize("method", [b"INVITE", b"options"])
def test_cseq_of_another_method(method: bytes) -> None:
    assert "CSeq names another method" in refusal(options(b"CSeq: 1 " + method, without=b"CSeq")).reason


@pytest.mark.parametrize(
    "line",
    [b"no colon", b": no name", b" Folded: at once", b"b\xe4d: x", b"b d: x", b"b\x00d: x", b"<b>: x", b" ", b"Fold\r\n : x"],
)
def test_header_lines_that_are_none(line: bytes) -> None:
    data = b"OPTIONS sip:h SIP/2.0\r\n" + line + b"\r\n" + options().partition(b"\r\n")[2]
    assert "header line 1" in refusal(data).reason


@pytest.mark.parametrize(
    "line", [b"A: x\rVia: y", b"A: x\nVia: y", b"A: x\n\rVia: y", b"A: x\r", b"A: x\n", b"A\n: x", b"A: \r\r\n x"]
)
def test_a_lone_cr_or_lf_in_the_header(line: bytes) -> None:
    assert "CR or LF" in refusal(options(line)).reason


@pytest.mark.parametrize("data", [b"", b"\r\n", b"\r\n\r\n", b"\x00" * 100, b"x" * 100, b"OPTIONS sip:h SIP/2.0\n\n"])
def test_no_message(data: bytes) -> None:
    assert refusal(data).reason == "no line end"


@pytest.mark.parametrize("cut", [b"\r\n", b"\r\n\r\n"])
def test_no_blank_line(cut: bytes) -> None:
    assert "no blank line" in refusal(options()[: -len(cut)]).reason
    assert "missing" in refusal(b"OPTIONS sip:h SIP/2.0\r\n\r\n").reason


# Limits


def test_limit_of_a_message() -> None:
    fits = MAX_MESSAGE - len(options())
    assert len(parse(options(body=b"x" * fits)).data) == MAX_MESSAGE
    assert refusal(options(body=b"x" * (fits + 1))).status == 513


def test_limit_of_a_line() -> None:
    fits = MAX_LINE - len(b"X: ")
    folded = b"x" * 1000 + b"\r\n "
    assert list(parse(options(b"X: " + b"x" * fits)).named(b"x"))
    assert "a header line of" in refusal(options(b"X: " + b"x" * (fits + 1))).reason
    assert "a header line of" in refusal(options(b"X: " + folded * 9)).reason
    assert "a start line of" in refusal(options(start=b"OPTIONS sip:" + b"h" * MAX_LINE + b" SIP/2.0")).reason


def test_limit_of_the_number_of_lines() -> None:
    more = [b"v: SIP/2.0/UDP h"] * (MAX_HEADERS - len(FIELDS))
    assert request(options(*more)).via_lines == len(more) + 1
    assert "header lines" in refusal(options(*more, b"a:")).reason


# Properties


@given(st.one_of(st.binary(max_size=300), damaged(), DENSE.map(lambda line: options(b"v: " + line))))
def test_only_parse_error(data: bytes) -> None:
    try:
        message = parse(data)
    except ParseError:
        return
    # What was accepted reads the same again, line by line.
    again = parse(message.data)
    assert again.data == message.data
    assert len(list(message.lines(VIA))) == message.via_lines
    assert (message.via_line, message.via_start, message.via_end) == next(message.lines(VIA))
    lines = message.data[message.headers : message.body - 2].replace(b"\r\n ", b"   ").replace(b"\r\n\t", b"   ").split(b"\r\n")
    assert lines.pop() == b""
    assert all(b":" in line for line in lines)


@given(messages())
def test_well_formed_messages_are_taken_as_they_came(data: bytes) -> None:
    message = parse(data)
    assert message.data == data
    unfolded = data[: message.body].replace(b"\r\n ", b"   ").replace(b"\r\n\t", b"   ")
    lines = [line.partition(b":") for line in unfolded.split(b"\r\n")[1:-2]]
    values = [value.strip() for name, _, value in lines if name.strip().lower() in (b"v", b"via")]
    assert message.via_lines == len(values)
    found = [b" ".join(data[start:end].split()) for start, end in message.values(VIA)]
    assert b",".join(found).replace(b" ", b"") == b",".join(values).replace(b" ", b"").replace(b"\t", b"")


@pytest.mark.parametrize("data", MESSAGES, ids=range(len(MESSAGES)))
def test_everything_but_the_end_is_needed(data: bytes) -> None:
    """A datagram that was cut anywhere in its header is refused."""
    body = parse(data).body + len(data) - len(data.lstrip(b"\r\n"))
    for end in range(body):
        with pytest.raises(ParseError):
            parse(data[:end])


@given(DENSE, st.integers(0, 5))
def test_split_values(data: bytes, start: int) -> None:
    start = min(start, len(data))
    spans = list(split_values(data, start, len(data)))
    blanks = b" \t\r\n"
    assert all(data[first:end] == data[first:end].strip(blanks) for first, end in spans)
    # Between two values there are a comma and blanks, and nothing else.
    edges = [start, *(edge for span in spans for edge in span), len(data)]
    gaps = [data[edges[at] : edges[at + 1]].strip(blanks) for at in range(0, len(edges), 2)]
    assert gaps == [b"", *[b","] * (len(spans) - 1), b""]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (b"", [b""]),
        (b"a", [b"a"]),
        (b" a ,b\r\n , c ", [b"a", b"b", b"c"]),
        (b'"a,b" <c,d>;e="f,\\",g", h', [b'"a,b" <c,d>;e="f,\\",g"', b"h"]),
        (b'"a, b', [b'"a, b']),
        (b"<a, b", [b"<a, b"]),
        (b"a,,b,", [b"a", b"", b"b", b""]),
    ],
)
def test_split_values_by_example(text: bytes, values: list[bytes]) -> None:
    assert [text[start:end] for start, end in split_values(text, 0, len(text))] == values
