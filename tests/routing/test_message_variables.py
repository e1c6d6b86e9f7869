"""The variables of a request: each kind by example, and that a real Kamailio gives the same for the same bytes."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.balancing.kamailio_peer import KamailioPeer
from tests.routing.any_request import any_address, any_call_id, any_uri, context_of, invite
from tests.routing.requests import HERE
from txdispatcher.proxy.listener import Listeners
from txdispatcher.routing.message_variables import READERS
from txdispatcher.routing.pseudovariables import NULL, compile_format

REQUESTS = 500
SHOWN = [f"${name}" for name in READERS] + [
    "$hdr(X-A)",
    "$hdr(s)",
    "$hdr(Supported)",
    "$hdr(From)",
    "$hdr(i)",
    "$(hdr(X-A)[1])",
    "$(hdr(x-a)[-1])",
    "$(hdr(X-A)[*])",
    "$avp(a)$avp(i:273)$(avp(s:a)[1])",
    "$var(a)$xavp(a=>b)$xavp(a[0]=>b)",
    "a$$b$fU@$fd:$(hdr(X-A))c",
]


def value(name: str, data: bytes) -> bytes:
    return compile_format(f"${name}").text(context_of(data, ("2001:db8::1", 5090)))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'From: "A" <sips:u;x:p@h:5070;lr>;tag="q"', (b"sips:u;x:p@h:5070;lr", b"u;x", b"h", b"q")),
        (b"f: sip:u@h;tag=1", (b"sip:u@h", b"u", b"h", b"1")),
        (b"From: <sip:u;x@h;user=phone>;tag = 1 ;y", (b"sip:u;x@h;user=phone", b"u", b"h", b"1")),
        (b"From: <tel:+1-2;a=b>;TAG=1", (b"tel:+1-2;a=b", b"+1-2", NULL, b"1")),
        (b"From: <sip:[2001:DB8::1]>", (b"sip:[2001:DB8::1]", NULL, b"[2001:DB8::1]", NULL)),
        (b"From: <sip:a b@h>;tag=1", (NULL, NULL, NULL, NULL)),
        (b"From: <sip:a@h;tag=1", (NULL, NULL, NULL, NULL)),
    ],
)
def test_the_parts_of_from(line: bytes, expected: tuple[bytes, ...]) -> None:
    assert tuple(value(name, invite(caller=line)) for name in ("fu", "fU", "fd", "ft")) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"To: <sip:u@h>", (b"sip:u@h", b"u", b"h", NULL)),
        (b"t:<sip:h>;tag=x", (b"sip:h", NULL, b"h", b"x")),
        (b"To: <sip:@h>;tag=", (b"sip:@h", NULL, NULL, NULL)),
        (b"To: <mailto:u@h>;tag=x", (b"mailto:u@h", NULL, NULL, b"x")),
        (b"To: <no uri>", (b"no uri", NULL, NULL, NULL)),
    ],
)
def test_the_parts_of_to(line: bytes, expected: tuple[bytes, ...]) -> None:
    assert tuple(value(name, invite(callee=line)) for name in ("tu", "tU", "td", "tt")) == expected


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        (b"sip:u@h:05070;lr?a=b", (b"u", b"h", b"05070")),
        (b"sip:h", (NULL, b"h", b"5060")),
        (b"sips:h", (NULL, b"h", b"5060")),
        (b"sip:h;transport=TLS", (NULL, b"h", b"5061")),
        (b"tel:+1", (b"+1", NULL, b"5060")),
        (b"sip:[2001:db8::1]:5062", (NULL, b"[2001:db8::1]", b"5062")),
    ],
)
def test_the_parts_of_the_request_uri(uri: bytes, expected: tuple[bytes, ...]) -> None:
    data = invite(uri=uri)
    assert value("ru", data) == uri
    assert tuple(value(name, data) for name in ("rU", "rd", "rp")) == expected


def test_the_rest_of_the_request() -> None:
    data = invite(b"User-Agent: A  ", call_id=b"i: 1@x ", method=b"MESSAGE")
    names = ("ci", "rm", "cs", "ua", "si", "sp", "pr", "rs", "rr", "du", "ds")
    expected = (b"1@x ", b"MESSAGE", b"1", b"A  ", b"2001:db8::1", b"5090", b"udp", NULL, NULL, NULL, NULL)
    assert tuple(value(name, data) for name in names) == expected
    assert value("cs", data.replace(b"CSeq: 1 ", b"CSeq: 0012 ")) == b"0012"


def test_the_request_uri_that_a_strict_router_hid_is_a_branch_of_its_own() -> None:
    context = context_of(invite(b"Route: <sip:real@example.org>", uri=b"sip:127.0.0.1:5060;lr"))
    context.take_own_routes(Listeners([HERE]))
    assert compile_format("$ru|$ds").text(context) == b"sip:real@example.org|Contact: sip:real@example.org"


def test_a_folded_header_is_whole() -> None:
    assert value("hdr(X)", invite(b"X:\r\n a,\r\n\tb ", b"Y: c")) == b"a,\r\n\tb "


@given(st.binary(min_size=1, max_size=60).filter(lambda found: found.translate(None, b"\r\n").strip() == found))
def test_whatever_stands_in_the_headers_each_variable_has_a_value(found: bytes) -> None:
    data = invite(b"X-A: " + found, caller=b"From: " + found, call_id=b"Call-ID: " + found)
    for name in READERS:
        assert isinstance(value(name, data), bytes)
    assert value("ci", data) == value("hdr(X-A)", data) == found


# Parity.


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KamailioPeer]:
    running = KamailioPeer(tmp_path_factory.mktemp("k"), "1 sip:127.0.0.1:5100", flags=0, use_default=False, shown=SHOWN)
    yield running
    running.close()


@pytest.mark.peer
def test_the_same_values_for_the_same_bytes(peer: KamailioPeer) -> None:
    rng = random.Random(1)
    formats = [compile_format(text) for text in SHOWN]
    headers = (b"X-A: 1", b"x-a:2, 3", b"X-A:", b"X-A : four \t", b"Subject: s", b"s: t ", b"k: 100rel", b"User-Agent: A/1 ")
    tags = (b"", b"", b";tag=7", b';tag="a;b"', b";x=y;TAG = 8 ;z", b";tag=", b";tag")
    for number in range(REQUESTS):
        branch = b"z9hG4bK%d" % number
        # A fold would break the header in which Kamailio answers.
        data = invite(
            *rng.sample(headers, rng.randrange(len(headers))),
            uri=any_uri(rng),
            caller=any_address(rng, b"From", b"f", rng.choice(tags)).replace(b"\r\n", b""),
            callee=any_address(rng, b"To", b"t", rng.choice(tags)).replace(b"\r\n", b""),
            call_id=any_call_id(rng, number).replace(b"\r\n", b""),
            branch=branch,
            method=b"MESSAGE",
        )
        context = context_of(data, peer.near)
        assert [each.text(context).decode() for each in formats] == peer.values(data, branch), data
