from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from txdispatcher.balancing.hashing import ds_hash, uri_keys


def test_the_value_that_kamcmd_prints_for_the_documented_example() -> None:
    assert ds_hash(b"alice", b"server.com") == 1412806172


def test_no_key_is_not_zero() -> None:
    assert ds_hash(b"") == 1


def test_bytes_are_signed_chars() -> None:
    # One byte of -1 is a word of all ones: v xor (v >> 3), then the last mixing, by hand.
    v = 0xFFFFFFFF ^ (0xFFFFFFFF >> 3)
    assert ds_hash(b"\xff") == (v + (v >> 11) + (v >> 13) + (v >> 23)) & 0xFFFFFFFF


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_as_written_down_byte_by_byte(x: bytes, y: bytes) -> None:
    assert ds_hash(x, y) == _byte_by_byte(x, y)


@pytest.mark.parametrize(
    ("port", "secure", "second"),
    [
        (0, False, b"Host"),
        (5060, False, b"Host"),
        (5061, False, b"Host:5061"),
        (5060, True, b"Host:5060"),
        (5061, True, b"Host"),
        (80, False, b"Host:80"),
    ],
)
def test_the_usual_port_is_not_in_the_key(port: int, secure: bool, second: bytes) -> None:
    assert uri_keys(b"User", b"Host", port, secure, False) == (b"User", second)


def test_flag_1_takes_the_user_only() -> None:
    assert uri_keys(b"user", b"host", 5080, False, True) == (b"user", b"")


def _byte_by_byte(x: bytes, y: bytes) -> int:
    h = 0
    for key in (x, y):
        signed = [byte - 256 if byte > 127 else byte for byte in key]
        whole = len(key) // 4 * 4
        for at in range(0, whole, 4):
            a, b, c, d = signed[at : at + 4]
            v = ((a << 24) + (b << 16) + (c << 8) + d) % 2**32
            h += v ^ (v >> 3)
        v = 0
        for byte in signed[whole:]:
            v = ((v << 8) + byte) % 2**32
        h += v ^ (v >> 3)
    h %= 2**32
    return (h + (h >> 11) + (h >> 13) + (h >> 23)) % 2**32 or 1
