from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.corpus import URIS
from tests.sip.strategies import DENSE, damaged
from txdispatcher.errors import ParseError
from txdispatcher.sip.uri import parse_uri

Parts = tuple[bytes, bytes | None, bytes, int, bytes, bytes]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (b"sip:example.com", (b"sip", None, b"example.com", 0, b"", b"")),
        (b"sip:alice@example.com:5070", (b"sip", b"alice", b"example.com", 5070, b"", b"")),
        (b"SIPS:a:pw@H.Example;lr;x=y?b=c&d=e", (b"sips", b"a:pw", b"H.Example", 0, b";lr;x=y", b"?b=c&d=e")),
        (b"sip:a;b=c?d/e@h;f", (b"sip", b"a;b=c?d/e", b"h", 0, b";f", b"")),
        (b"sip:[2001:db8::1]:5061;lr", (b"sip", None, b"[2001:db8::1]", 5061, b";lr", b"")),
        (b"sip:a@[::ffff:192.0.2.1]", (b"sip", b"a", b"[::ffff:192.0.2.1]", 0, b"", b"")),
        (b"sip:h?x=y", (b"sip", None, b"h", 0, b"", b"?x=y")),
        (b"sip:%00%ff@h", (b"sip", b"%00%ff", b"h", 0, b"", b"")),
        (b"sip:\xc3\xa4@h", (b"sip", b"\xc3\xa4", b"h", 0, b"", b"")),
        (b"sip:h:65535", (b"sip", None, b"h", 65_535, b"", b"")),
        (b"tel:+1-(212).555;ext=1", (b"tel", b"+1-(212).555", b"", 0, b";ext=1", b"")),
        (b"tel:*21#", (b"tel", b"*21#", b"", 0, b"", b"")),
        (b"HTTP://h/p", (b"http", None, b"", 0, b"", b"")),
        (b"unknown:opaque", (b"unknown", None, b"", 0, b"", b"")),
    ],
)
def test_parts(text: bytes, parts: Parts) -> None:
    uri = parse_uri(text)
    assert (uri.scheme, uri.user, uri.host, uri.port, uri.params, uri.headers) == parts


@pytest.mark.parametrize("text", URIS)
def test_unusual_ones_are_taken(text: bytes) -> None:
    assert text.lower().startswith(parse_uri(text).scheme + b":")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"sip",
        b"sip:",
        b":a",
        b"1x:a",
        b"sip:a@",
        b"sip:a@@h",
        b"sip:a@h@i",
        b"sip:h:",
        b"sip:h:0",
        b"sip:h:65536",
        b"sip:h:+1",
        b"sip:[::1",
        b"sip:::1",
        b"sip:[::1]x",
        b"sip:a b@h",
        b"sip:h;a b",
        b"<sip:h>",
        b"sip:h>",
        b'sip:"a"@h',
        b"sip:h\r\n",
        b"sip:h\x00",
        b"sip:h\n",
        b"tel:",
        b"tel:alice",
        b"tel:+1\n",
        b"x:",
        b"x:a b",
    ],
)
def test_no_uri(text: bytes) -> None:
    with pytest.raises(ParseError, match="is no URI"):
        parse_uri(text)


def test_username_is_without_the_password() -> None:
    assert parse_uri(b"sip:a:b:c@h").username == b"a"
    assert parse_uri(b"sip:h").username == b""


def test_bare_host() -> None:
    assert parse_uri(b"sip:[::1]").bare_host == "::1"
    assert parse_uri(b"sip:h").bare_host == "h"


def test_param() -> None:
    uri = parse_uri(b"sip:h;Transport=TCP;lr;xttl=1;ttl=2;ttl=3;e=")
    assert uri.param(b"transport") == b"TCP"
    assert uri.param(b"lr") == b""
    assert uri.param(b"e") == b""
    assert uri.param(b"ttl") == b"2"
    assert uri.param(b"r") is None
    assert parse_uri(b"sip:h").param(b"lr") is None
    assert parse_uri(b"sip:h;lr;lr=on").param(b"lr") == b""


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        (b"sip:Example.ORG", (b"example.org", 5060)),
        (b"sips:example.org", (b"example.org", 5061)),
        (b"sip:[2001:DB8:0:0::0010]:5070", (b"[2001:db8::10]", 5070)),
        (b"sip:[2001:db8:::10]", (b"[2001:db8:::10]", 5060)),
    ],
)
def test_the_place_that_a_uri_names_has_one_spelling(uri: bytes, place: tuple[bytes, int]) -> None:
    assert parse_uri(uri).place == place


@given(st.one_of(damaged(URIS), DENSE, DENSE.map(lambda rest: b"sip:" + rest)))
def test_only_parse_error(data: bytes) -> None:
    try:
        uri = parse_uri(data)
    except ParseError:
        return
    if uri.scheme in (b"sip", b"sips"):
        user = b"" if uri.user is None else uri.user + b"@"
        rest = data.partition(b":")[2]
        assert rest.startswith(user + uri.host)
        assert rest.endswith(uri.params + uri.headers)
        port = rest[len(user + uri.host) : len(rest) - len(uri.params + uri.headers)]
        assert int(port[1:] or b"0") == uri.port
