"""The keys of a request as it stands, and that they select what a real Kamailio selects for the same bytes."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.balancing.kamailio_peer import KamailioPeer
from txdispatcher.balancing.sets import FAILOVER, USER_ONLY, Sets
from txdispatcher.proxy.context import Context
from txdispatcher.proxy.listener import Listener
from txdispatcher.routing.keys import algorithm_keys, auth_username
from txdispatcher.sip.message import Request, parse
from txdispatcher.sip.via import parse_via
from txdispatcher.stores.list_file import parse_list

HERE = Listener("udp", "127.0.0.1", 5060)
#: Enough destinations that another hash is another destination, but for 1 in 97.
LIST = "\n".join(f"1 sip:127.0.0.1:{5100 + index}" for index in range(97))
REQUESTS = 400


def context_of(data: bytes) -> Context:
    request = parse(data)
    assert isinstance(request, Request)
    return Context(request, parse_via(data, request.via_start, request.via_end), ("127.0.0.1", 5070), HERE)


def invite(
    *more: bytes,
    uri: bytes = b"sip:a@example.com",
    caller: bytes = b"From: <sip:b@example.com>;tag=1",
    callee: bytes = b"To: <sip:c@example.com>",
    call_id: bytes = b"Call-ID: 1@example.com",
    branch: bytes = b"z9hG4bK1",
) -> bytes:
    via = b"Via: SIP/2.0/UDP 127.0.0.1:9;rport;branch=" + branch
    lines = [b"INVITE %b SIP/2.0" % uri, via, caller, callee, call_id, b"CSeq: 1 INVITE", b"Max-Forwards: 70", *more]
    return b"\r\n".join([*lines, b"Content-Length: 0", b"", b""])


@pytest.mark.parametrize(
    ("line", "user", "host"),
    [
        (b"From: <sip:alice@example.com>;tag=1", b"alice", b"example.com"),
        (b"f: sip:alice@example.com;tag=1", b"alice", b"example.com"),
        (b'From: "Bob <sip:no@no>, \\"x\\"" <sip:alice@example.com:5070;lr>;tag=1', b"alice", b"example.com:5070"),
        (b"From: Alice A. <sips:alice:secret@Example.COM:5061>;tag=1", b"alice", b"Example.COM"),
        (b"From: <sip:[2001:DB8::1]:5060>;tag=1", b"", b"[2001:DB8::1]"),
        (b"From:\r\n <sip:%61lice@example.com:5061?x=y>;tag=1", b"%61lice", b"example.com:5061"),
        (b"From: <sips:+1;cpc=x:p@example.com:05060>;tag=1", b"+1;cpc=x", b"example.com:05060"),
        (b"From: <sips:+1;cpc=x:p@example.com:5061;user=ip;USER=phone?a=b>;tag=1", b"+1", b"example.com:5061"),
        (b"From: <sips:+1;cpc=x@example.com:5060;lr;user=phone>;tag=1", b"+1", b"example.com"),
        (b"From: <tel:+1-201;phone-context=x>;tag=1", b"+1-201", b""),
    ],
)
def test_the_keys_of_a_from(line: bytes, user: bytes, host: bytes) -> None:
    context = context_of(invite(caller=line))
    assert algorithm_keys(context, 1, False) == (user, host)
    assert algorithm_keys(context, 1, True) == (user, b"")


def test_each_algorithm_takes_its_own_field() -> None:
    digest = b'Proxy-Authorization: Digest username="eve@example.com", realm="r"'
    context = context_of(invite(digest))
    assert [algorithm_keys(context, algorithm, False) for algorithm in (0, 1, 2, 3, 4, 5, 6, 8, 9)] == [
        (b"1@example.com", b""),
        (b"b", b"example.com"),
        (b"c", b"example.com"),
        (b"a", b"example.com"),
        (b"", b""),
        (b"eve", b""),
        (b"", b""),
        (b"", b""),
        (b"", b""),
    ]


def test_the_request_uri_is_the_one_behind_a_strict_route() -> None:
    """16.4: what the previous hop made of the Request-URI does not count."""
    context = context_of(invite(b"Route: <sip:real@example.org>", uri=b"sip:127.0.0.1:5060;lr"))
    assert algorithm_keys(context, 3, False) == (b"", b"127.0.0.1")


@pytest.mark.parametrize(
    "line", [b'From: "open <sip:a@b>;tag=1', b"From: <sip:a@b;tag=1", b"From: <no uri>;tag=1", b"From: Al ice;tag=1"]
)
def test_a_from_that_cannot_be_read_has_empty_keys(line: bytes) -> None:
    assert algorithm_keys(context_of(invite(caller=line)), 1, False) == (b"", b"")


@given(
    st.binary(min_size=1, max_size=60).filter(lambda value: value.translate(None, b"\r\n").strip() == value),
    st.binary(max_size=60).filter(lambda value: value.translate(None, b"\r\n") == value),
)
def test_whatever_stands_in_from_and_credentials_there_are_keys(value: bytes, credentials: bytes) -> None:
    context = context_of(invite(b"Authorization: Digest " + credentials, caller=b"From: " + value))
    for algorithm in (1, 5):
        x, y = algorithm_keys(context, algorithm, False)
        assert x in (value if algorithm == 1 else credentials)
        assert y in value


@pytest.mark.parametrize(
    ("lines", "username"),
    [
        ([b'Authorization: Digest username="alice"'], b"alice"),
        ([b'authorization:DIGEST realm="username=x", USERNAME = "alice",nonce="n"'], b"alice"),
        ([b'Authorization: Digest username="a", realm="r"', b'Proxy-Authorization: Digest username="b"'], b"b"),
        ([b'Authorization: Digest username="alice@example.com"'], b"alice"),
        ([b'Authorization: Digest realm="r",\r\n username="alice"'], b"alice"),
        ([b'Authorization: Digest nousername="alice"'], b""),
        ([b"Authorization: Basic YTpi"], b""),
        ([b"Proxy-Authorization: Basic YTpi", b"Authorization: Digest username=alice"], b"alice"),
        ([b'Proxy-Authorization: Digest realm="r"', b'Authorization: Digest username="alice"'], b""),
        ([b'Authorization: Digest username = "sip: alice@example.com" , username=bob x'], b"bob"),
        ([b'Authorization: Digest username=" sip: alice"'], b"alice"),
        ([b'Authorization: Digest opaque="x, username=\\"bob\\"", username="alice"'], b""),
        ([b'Authorization: Digest ,username="alice"'], b""),
        ([], b""),
    ],
)
def test_the_username_of_credentials(lines: list[bytes], username: bytes) -> None:
    request = parse(invite(*lines))
    assert isinstance(request, Request)
    assert auth_username(request) == username


# Parity.

_HOSTS = (b"example.com", b"Example.COM", b"10.0.0.1", b"[2001:db8::1]", b"[2001:DB8::A]", b"a.b")
_USERS = (
    b"alice",
    b"Alice",
    b"+1-201-555-0123",
    b"a%40b",
    b"%61lice",
    b"x;cpc=y",
    b"a&=+$,?/b",
    b"*67",
    b"1000",
    b"a.b!c~d'e(f)",
)
_PORTS = (b"", b":5060", b":5061", b":5070", b":65535", b":05060")
_PARAMS = (b"", b";user=phone", b";transport=tcp", b";lr;x=y", b";TRANSPORT=UDP;method=INVITE")
_HEADERS = (b"", b"", b"?Subject=x&y=z")


def any_uri(rng: random.Random, *, whole: bool = True) -> bytes:
    """A sip, sips or tel URI; without parameters and headers unless `whole`, since outside brackets they are the header's."""
    if rng.randrange(8) == 0:
        return b"tel:" + rng.choice((b"+12015550123", b"+1-201-555-0123", b"7042;phone-context=example.com")[: 3 if whole else 2])
    scheme = rng.choice((b"sip", b"sip", b"sip", b"sips", b"SIP"))
    user = rng.choice(_USERS) if rng.randrange(5) else b""
    if not whole:
        user = user.partition(b";")[0].partition(b"?")[0]
    password = b":pass" if user and rng.randrange(5) == 0 else b""
    uri = scheme + b":" + user + password + (b"@" if user else b"") + rng.choice(_HOSTS) + rng.choice(_PORTS)
    return uri + (rng.choice(_PARAMS) + rng.choice(_HEADERS) if whole else b"")


def any_address(rng: random.Random, name: bytes, compact: bytes, tag: bytes) -> bytes:
    """A From or To line."""
    kind = rng.randrange(5)
    if kind == 0:
        value = any_uri(rng, whole=False)
    else:
        display = (b"", b"Alice ", b'"Alice" ', b'"a <sip:x@y>, \\"b\\"; c"')[kind - 1]
        value = display + b"<" + any_uri(rng) + b">"
    head = rng.choice((name + b": ", name.upper() + b":", compact + b" : ", name + b":\r\n\t"))
    return head + value + tag


def any_credentials(rng: random.Random) -> list[bytes]:
    name = rng.choice((b"Authorization", b"Proxy-Authorization"))
    username = rng.choice((b"alice", b"alice@example.com", b"Al ice", b"+1201", b"a:b", b'a\\"b'))
    tail = b'nonce="n", uri="sip:r", response="0123456789abcdef0123456789abcdef"'
    return rng.choice(
        (
            [],
            [b'%b: Digest username="%b", realm="r", %b' % (name, username, tail)],
            [b'%b: digest realm="r",%b,USERNAME="%b"' % (name, tail, username)],
            [
                b'Authorization: Digest username="one", realm="r", %b' % tail,
                b'Proxy-Authorization: Digest username="two", realm="r", %b' % tail,
            ],
        )
    )


def any_call_id(rng: random.Random, number: int) -> bytes:
    name = rng.choice((b"Call-ID: ", b"i:", b"CALL-ID :\t", b"Call-ID:\r\n "))
    return name + b"%d%b" % (number, rng.choice((b"@Example.com", b"-a.b~c", b"", b"@[2001:db8::1]")))


@pytest.fixture(scope="module", params=[FAILOVER, FAILOVER | USER_ONLY], ids=["uri", "user"])
def peer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[KamailioPeer, int]]:
    flags: int = request.param
    running = KamailioPeer(tmp_path_factory.mktemp("k"), LIST, flags=flags, use_default=False)
    yield running, flags
    running.close()


@pytest.mark.peer
@pytest.mark.parametrize("algorithm", [0, 1, 2, 3, 4, 5])
def test_the_same_gateway_for_the_same_bytes(algorithm: int, peer: tuple[KamailioPeer, int]) -> None:
    kamailio, flags = peer
    kamailio.load(LIST)
    sets = Sets(flags=flags)
    sets.load(parse_list(LIST, "dispatcher.list"))
    rng = random.Random(algorithm)
    for number in range(REQUESTS):
        branch = b"z9hG4bK%d.%d" % (algorithm, number)
        data = invite(
            b"X-Set: 1",
            b"X-Algorithm: %d" % algorithm,
            *any_credentials(rng),
            uri=any_uri(rng),
            caller=any_address(rng, b"From", b"f", b";tag=1"),
            callee=any_address(rng, b"To", b"t", b""),
            call_id=any_call_id(rng, number),
            branch=branch,
        )
        selection = sets.select(1, algorithm, *algorithm_keys(context_of(data), algorithm, bool(flags & USER_ONLY)))
        assert selection is not None
        assert [selection.first.uri] == kamailio.select_for(data, branch)[:1], data
