"""control.ctl_values: results of methods as binrpc has them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from txdispatcher.control.binrpc import Struct, Type, fault, packet_around, read_body, read_header
from txdispatcher.control.ctl_values import record_pieces
from txdispatcher.control.pieces import Pieces, whole


def reply(cookie: int, result: object) -> bytes:
    return packet_around(Type.REPLY, cookie, b"".join(record_pieces(result)))


#: As Kamailio 5.6.3 sent them.
CAPTURED = [
    (
        reply(0x12345678, {"now": "Sun Nov 22 05:19:35 2026", "up_since": "Sun Nov 22 05:19:31 2026", "uptime": 4}),
        b"\xa1\x13R\x124Vx\x03Enow\x00\x91\x19Sun Nov 22 05:19:35 2026\x00\x95\tup_since\x00\x91\x19Sun Nov 22 05:19:31 2026"
        b"\x00uuptime\x00\x10\x04\x83",
    ),
    (fault(0x12345678, 500, "Invalid Parameters"), b"\xa13\x18\x124Vx \x01\xf4\x91\x13Invalid Parameters\x00"),
    (
        reply(0x12345678, {"hashid": 1412806172, "slot": 0}),
        b"\xa1\x13\x16\x124Vx\x03uhashid\x00@T5\xb6\x1cUslot\x00\x00\x83",
    ),
    (reply(0x12345678, 1), b"\xa1\x13\x02\x124Vx\x10\x01"),
]


@pytest.mark.parametrize(("ours", "theirs"), CAPTURED)
def test_packets_are_those_of_kamailio(ours: bytes, theirs: bytes) -> None:
    assert ours == theirs


def test_a_list_in_a_structure_is_one_structure_with_the_fields_of_all() -> None:
    data = reply(0, {"TARGETS": [{"DEST": 1}, {"DEST": None}], "NAMES": ["a", "b"]})
    assert read_body(data[read_header(data).start :]) == [
        Struct([("TARGETS", Struct([("DEST", 1), ("DEST", "<null string>")])), ("NAMES", Struct([("", "a"), ("", "b")]))])
    ]


def test_numbers_beyond_32_bits_are_their_digits() -> None:
    data = reply(0, [2**32 - 1, 2**32, -(2**31) - 1, 3e9, True])
    assert read_body(data[read_header(data).start :]) == [-1, str(2**32), str(-(2**31) - 1), "3000000000.000000", 1]


def test_bytes_that_are_no_text_go_through_as_they_are() -> None:
    assert b"\xff\xfe\x00" in reply(0, b"\xff\xfe".decode("utf-8", "surrogateescape"))
    assert b"?" in reply(0, "\ud800")


RESULTS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda found: Pieces(lambda: found, nested=True))
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=20,
)


@given(RESULTS)
def test_pieces_are_written_as_the_lists_that_they_stand_for(result: object) -> None:
    assert b"".join(record_pieces(result)) == b"".join(record_pieces(whole(result)))
