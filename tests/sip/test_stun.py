"""STUN by the RFC's own vectors, and whatever else may come."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from txdispatcher.errors import ParseError
from txdispatcher.sip.stun import stun_answer

COOKIE = bytes.fromhex("2112a442")
#: The transaction's id in the samples of RFC 5769.
ID = bytes.fromhex("b7e7a701bc34d686fa87dfae")
PEER = ("192.0.2.1", 32853)


def message(attributes: bytes = b"", kind: int = 1) -> bytes:
    return kind.to_bytes(2, "big") + len(attributes).to_bytes(2, "big") + COOKIE + ID + attributes


def attribute(kind: int, value: bytes = b"") -> bytes:
    return kind.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value + bytes(-len(value) % 4)


@pytest.mark.parametrize(
    ("peer", "mapped"),
    [
        # The XOR-MAPPED-ADDRESS attributes of RFC 5769 2.2 and 2.3.
        (PEER, "00200008 0001a147 e112a643"),
        (("2001:db8:1234:5678:11:2233:4455:6677", 32853), "00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9"),
    ],
)
def test_a_binding_request_is_answered_with_where_it_came_from(peer: tuple[str, int], mapped: str) -> None:
    wanted = bytes.fromhex(mapped)
    assert stun_answer(message(), peer) == message(wanted, 0x0101)


@pytest.mark.parametrize("known", [0x0006, 0x0008, 0x8022, 0x8028])
def test_what_a_phone_says_of_itself_does_not_matter(known: int) -> None:
    assert stun_answer(message(attribute(known, b"abcde")), PEER) == stun_answer(message(), PEER)


def test_attributes_that_must_be_known_and_are_not_are_named_in_a_420() -> None:
    answer = stun_answer(message(attribute(0x0024, b"abcd") + attribute(0x8022) + attribute(0x0003)), PEER)
    named = attribute(0x000A, bytes.fromhex("00240003"))
    assert answer == message(attribute(0x0009, b"\0\0\x04\x14Unknown Attribute") + named, 0x0111)


def test_an_answer_stays_small() -> None:
    assert len(stun_answer(message(attribute(0x0024) * 16_000), PEER)) < 80


def test_an_indication_gets_no_answer() -> None:
    assert stun_answer(message(kind=0x0011), PEER) == b""


@pytest.mark.parametrize(
    "data",
    [
        message()[:-1],
        message() + b"\0",
        message(b"\0\0"),
        message().replace(COOKIE, b"abcd"),
        message(kind=0x0101),
        message(kind=0x0003),
        message(attribute(0x8022, b"abcd")[:-4]),
    ],
    ids=["short", "long", "odd length", "no cookie", "a response", "another method", "attribute cut off"],
)
def test_what_is_no_request_is_none(data: bytes) -> None:
    with pytest.raises(ParseError):
        stun_answer(data, PEER)


@given(st.ip_addresses(), st.integers(1, 65_535), st.lists(st.tuples(st.integers(0, 65_535), st.binary(max_size=9)), max_size=4))
def test_the_address_can_be_read_back(host: ipaddress.IPv4Address, port: int, attributes: list[tuple[int, bytes]]) -> None:
    optional = b"".join(attribute(kind | 0x8000, value) for kind, value in attributes)
    answer = stun_answer(message(optional), (str(host), port))
    mask = int.from_bytes((COOKIE + ID)[: len(host.packed)], "big")
    assert int.from_bytes(answer[26:28], "big") ^ 0x2112 == port
    assert int.from_bytes(answer[28:], "big") ^ mask == int(host)
    assert answer[25] == (1 if host.version == 4 else 2)
