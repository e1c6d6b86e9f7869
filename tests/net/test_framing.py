"""Any cutting of any sequence of messages gives the same messages."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from txdispatcher.net.framing import PING, Framing, FramingError
from txdispatcher.sip.message import MAX_MESSAGE


def message(body: bytes = b"", name: bytes = b"Content-Length", length: bytes | None = None) -> bytes:
    shown = b"%d" % len(body) if length is None else length
    return b"OPTIONS sip:a@b SIP/2.0\r\nCall-ID: 1\r\n%b: %b\r\nTo: <sip:a@b>\r\n\r\n%b" % (name, shown, body)


messages = st.builds(message, st.binary(max_size=60), st.sampled_from([b"Content-Length", b"l", b"L ", b"CONTENT-length\t"]))
#: Between messages: nothing, pings, a pong of the peer's; two pongs would be a ping.
gaps = st.sampled_from([b"", b"\r\n", PING, PING * 3])


@given(st.lists(st.tuples(gaps, messages), max_size=6), st.lists(st.integers(0, 800), max_size=40))
def test_any_cutting_gives_the_same_messages_and_pings(parts: list[tuple[bytes, bytes]], cuts: list[int]) -> None:
    stream = b"".join(gap + each for gap, each in parts)
    framing = Framing()
    found: list[bytes] = []
    pings = 0
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    for start, end in itertools.pairwise(edges):
        cut = framing.feed(stream[start:end])
        found += cut.messages
        pings += cut.pings
    assert found == [each for _, each in parts]
    assert pings == sum(len(gap) // len(PING) for gap, _ in parts)
    assert not framing.started


@given(st.lists(messages, min_size=1, max_size=3))
def test_a_byte_at_a_time(several: list[bytes]) -> None:
    framing = Framing()
    found = [whole for byte in b"".join(several) for whole in framing.feed(bytes([byte])).messages]
    assert found == several


def test_a_message_that_is_not_whole_has_started() -> None:
    framing = Framing()
    assert not framing.feed(message(b"body")[:-1]).messages
    assert framing.started
    assert framing.feed(b"y\r\n").messages == [message(b"body")]
    assert not framing.started


@pytest.mark.parametrize(
    ("bad", "status", "reason"),
    [
        (message(length=b"1000000000000"), 513, "more than 65535"),
        (message(length=b"9" * 5000), 513, "more than 65535"),
        (message(length=b"-1"), 400, "'-1'"),
        (message(length=b""), 400, "not one number"),
        (message(length=b"5\r\nl: 6"), 400, "'5, 6'"),
        (message(name=b"X-Content-Length"), 400, "missing"),
        (message(name=b"Subject: 1\r\n Content-Length"), 400, "missing"),
    ],
    ids=["huge", "absurd", "negative", "empty", "two", "none", "folded into another"],
)
def test_what_cannot_be_cut_ends_it_after_the_messages_before(bad: bytes, status: int, reason: str) -> None:
    with pytest.raises(FramingError, match=reason) as raised:
        Framing().feed(message(b"good") + bad)
    assert raised.value.status == status
    assert raised.value.messages == [message(b"good")]
    assert bad.startswith(raised.value.head)


def test_a_length_on_a_line_of_its_own_and_said_twice_alike() -> None:
    whole = message(b"12", length=b"\r\n 2\r\nl:2")
    assert Framing().feed(whole).messages == [whole]


def test_a_header_without_an_end_is_bounded() -> None:
    framing = Framing()
    for _ in range(63):
        framing.feed(b"X: " + b"y" * 1021)
    with pytest.raises(FramingError) as raised:
        framing.feed(b"y" * 1024)
    assert raised.value.status == 513
    assert len(raised.value.head) <= MAX_MESSAGE + 1024
