from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.sip.strategies import DENSE, damaged, routes
from txdispatcher.errors import ParseError
from txdispatcher.sip.address import address_uri, param_end, param_span, tag_span
from txdispatcher.sip.uri import parse_uri


def uri_of(text: bytes) -> bytes:
    data = b"xx" + text + b"yy"
    start, end, _ = address_uri(data, 2, 2 + len(text))
    return data[start:end]


def tag_of(text: bytes) -> bytes | None:
    data = b"xx" + text + b";tag=outside"
    start, end = tag_span(data, 2, 2 + len(text))
    return data[start:end] if start else None


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        (b"<sip:a@b;lr>;tag=1", b"sip:a@b;lr"),
        (b'"A, B; <C>" <sip:a@b>', b"sip:a@b"),
        (b'"A \\" <x>" <sip:a@b>', b"sip:a@b"),
        (b'"A:b;c"<sip:a@b>;x="<y>"', b"sip:a@b"),
        (b"A B C <sip:a@b>", b"sip:a@b"),
        (b"A<sip:a@b>", b"sip:a@b"),
        (b"Bell; Alexander <sip:a@b>", b"sip:a@b"),
        (b"< sip:a@b >", b"sip:a@b"),
        (b"sip:a@b", b"sip:a@b"),
        (b"sip:a@b ; tag=1", b"sip:a@b"),
        (b"sip:a@b;tag=1;x=<sip:evil@c>", b"sip:a@b"),
        (b'sip:a@b;x="<sip:evil@c>"', b"sip:a@b"),
        (b"tel:+1;tag=1", b"tel:+1"),
        (b"<>", b""),
        (b"", b""),
    ],
)
def test_uri_of_an_address(text: bytes, uri: bytes) -> None:
    assert uri_of(text) == uri


def test_an_address_may_begin_where_the_bytes_do() -> None:
    assert address_uri(b"<sip:a>", 0, 7) == (1, 6, 7)


@pytest.mark.parametrize("text", [b"<sip:a@b", b'"A <sip:a@b>', b'"A" sip:a@b', b'"A"', b'"A\\" <sip:a@b>', b"A <"])
def test_no_address(text: bytes) -> None:
    with pytest.raises(ParseError, match=r"display name|without >"):
        uri_of(text)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        (b"<sip:a@b>;tag=1", b"1"),
        (b"<sip:a@b;tag=0>;tag=1", b"1"),
        (b"<sip:a@b;tag=0>", None),
        (b"sip:a@b;tag=1", b"1"),
        (b"sip:a@b\r\n ;\r\n TAG\t= 1 ;x", b"1"),
        (b'<sip:a@b>;x=";tag=0";tag=1', b"1"),
        (b'<sip:a@b>;x="\\";tag=0";tag=1', b"1"),
        (b'<sip:a@b>;x=";tag=0', None),
        (b'";tag=0" <sip:a@b>', None),
        (b"<sip:a@b>;xtag=0;tagx=1", None),
        (b"<sip:a@b>;tag", b""),
        (b"<sip:a@b>;tag=", b""),
        (b"<sip:a@b>;tag=1;tag=2", b"1"),
        (b"<sip:a@b>", None),
        (b"<sip:a@b>;;  ;tag=1", b"1"),
    ],
)
def test_tag(text: bytes, tag: bytes | None) -> None:
    assert tag_of(text) == tag


@example(b";a=b")
@given(DENSE)
def test_param_span_against_a_model(data: bytes) -> None:
    parts = []
    at = data.find(b";")
    while at >= 0:
        stop = param_end(data, at + 1, len(data))
        parts.append(data[at + 1 : stop])
        at = stop if stop < len(data) else -1
    blanks = b" \t\r\n"
    wanted = None
    for part in parts:
        name, equals, value = part.partition(b"=")
        if name.strip(blanks).lower() == b"a":
            wanted = value.strip(blanks) if equals else b""
            break
    start, end = param_span(data, 0, len(data), b"a")
    assert (data[start:end] if start else None) == wanted


@given(DENSE)
def test_param_end_against_a_model(data: bytes) -> None:
    wanted = len(data)
    quoted = escaped = False
    for at, c in enumerate(data):
        if escaped:
            escaped = False
        elif quoted and c == 0x5C:
            escaped = True
        elif c == 0x22:
            quoted = not quoted
        elif c == 0x3B and not quoted:
            wanted = at
            break
    # Behind a quote that is never closed no semicolon counts, and the model agrees: it is still quoted.
    assert param_end(data, 0, len(data)) == wanted


@given(routes())
def test_routes(text: bytes) -> None:
    assert parse_uri(uri_of(text)).scheme == b"sip"


@given(st.one_of(damaged([b'"A \\" B" <sip:a@b;lr>;tag=1;x="a;b"', b"sip:a@b ; tag = 2", b"A B <tel:+1>"]), DENSE))
def test_only_parse_error_and_spans_within_the_bytes(data: bytes) -> None:
    try:
        start, end, params = address_uri(data, 0, len(data))
        first, stop = tag_span(data, 0, len(data))
    except ParseError:
        return
    assert 0 <= start <= end <= params <= len(data)
    assert 0 <= first <= stop <= len(data)
