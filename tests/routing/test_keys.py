"""The keys of a request as it stands, and that they select what a real Kamailio selects for the same bytes."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.balancing.kamailio_peer import KamailioPeer, change_a_state
from tests.routing.any_request import any_address, any_call_id, any_credentials, any_uri, context_of, invite
from txdispatcher.balancing.sets import FAILOVER, USER_ONLY, Sets
from txdispatcher.routing.keys import algorithm_keys, auth_username
from txdispatcher.routing.pseudovariables import compile_format
from txdispatcher.sip.message import Request, parse
from txdispatcher.stores.list_file import parse_list

#: Enough destinations that another hash is another destination, but for 1 in 97.
LIST = "\n".join(f"1 sip:127.0.0.1:{5100 + index}" for index in range(97))
REQUESTS = 400


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
    assert [algorithm_keys(context, algorithm, False) for algorithm in (0, 100, 1, 2, 3, 4, 5, 6, 8, 9)] == [
        (b"1@example.com", b""),
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


def test_algorithm_7_takes_what_hash_pvar_says_without_the_blanks_around_it() -> None:
    context = context_of(invite(b"X-Key:  k "))
    assert algorithm_keys(context, 7, False, compile_format(" $hdr(X-Key)$null\t")) == (b"k <null>", b"")
    assert algorithm_keys(context, 7, False, compile_format(" ")) == (b"", b"")
    assert algorithm_keys(context, 7, False) == (b"", b"")


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


@pytest.fixture(scope="module", params=["hash the $fU@$ci", "$tU:$rp\t$hdr(X-Key) $(hdr(Subject)[1])$sp ", " $hdr(X-Key)"])
def pvar_peer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[KamailioPeer, str]]:
    hash_pvar: str = request.param
    running = KamailioPeer(tmp_path_factory.mktemp("k"), LIST, flags=FAILOVER, use_default=False, hash_pvar=hash_pvar)
    yield running, hash_pvar
    running.close()


@pytest.mark.peer
def test_algorithm_7_selects_the_same_gateways_in_the_same_order(pvar_peer: tuple[KamailioPeer, str]) -> None:
    kamailio, hash_pvar = pvar_peer
    compiled = compile_format(hash_pvar)
    sets = Sets(flags=FAILOVER)
    sets.load(parse_list(LIST, "dispatcher.list"))
    rng = random.Random(7)
    nothing = 0
    for number in range(1_000):
        if number % 50 == 49:
            change_a_state(rng, sets, kamailio, all_too=False)
        branch = b"z9hG4bK7.%d" % number
        data = invite(
            b"X-Set: 1",
            b"X-Algorithm: 7",
            *rng.choice(((), (b"X-Key:",), (b"x-key:  %d \t" % number, b"X-KEY: two"), (b"s: a", b"Subject: b, c"))),
            uri=any_uri(rng),
            caller=any_address(rng, b"From", b"f", b";tag=1"),
            callee=any_address(rng, b"To", b"t", b""),
            call_id=any_call_id(rng, number),
            branch=branch,
        )
        selection = sets.select(1, 7, *algorithm_keys(context_of(data, kamailio.near), 7, False, compiled))
        expected = kamailio.select_for(data, branch)
        if selection is None:
            nothing += 1
            assert expected == [], data
        else:
            assert [selection.first.uri, *(each.uri for each in iter(selection.next, None))] == expected, data
    assert bool(nothing) == (hash_pvar == " $hdr(X-Key)")
