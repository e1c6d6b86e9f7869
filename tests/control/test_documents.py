"""control.documents: requests out of a stream, however it is cut."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from txdispatcher.control.documents import Commands, Documents, Splitter

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=10,
).filter(lambda value: isinstance(value, list | dict))


def feed_in_pieces(splitter: Splitter, data: bytes, sizes: list[int]) -> list[bytes]:
    found = []
    while data:
        size = sizes.pop() if sizes else len(data)
        found += splitter.feed(data[:size])
        data = data[size:]
    return found


SIZES = st.lists(st.integers(1, 9), max_size=60)


@given(st.lists(st.tuples(JSON, st.sampled_from(["", "\n", "  ", "\r\n\n", "garbage "])), max_size=6), SIZES)
def test_documents_come_out_as_they_went_in(documents: list[tuple[object, str]], sizes: list[int]) -> None:
    splitter = Documents(10_000)
    data = "".join(json.dumps(document, ensure_ascii=False, indent=1) + between for document, between in documents)
    found = feed_in_pieces(splitter, data.encode(), sizes)
    assert [json.loads(each) for each in found] == [document for document, _ in documents]
    assert not splitter.waiting
    assert splitter.dropped == 0


WORDS = st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=1, max_size=9)
LINES = st.lists(WORDS.filter(lambda word: not word.startswith(".")), min_size=1, max_size=5)


@given(st.lists(LINES, max_size=5), SIZES)
def test_commands_come_out_as_they_went_in(commands: list[list[str]], sizes: list[int]) -> None:
    splitter = Commands(1000)
    texts = ["".join(f"{line}\n" for line in lines) for lines in commands]
    assert feed_in_pieces(splitter, "\n".join([*texts, ""]).encode(), sizes) == [text.encode() for text in texts]
    assert not splitter.waiting
    assert splitter.dropped == 0


@pytest.mark.parametrize("end", [".", ".\n", ".\n\n", " .\r\n"])
def test_a_full_stop_ends_a_command(end: str) -> None:
    splitter = Commands(1000)
    assert splitter.feed(f":ds_reload:r\n{end}".encode()) == [b":ds_reload:r\n"]
    assert splitter.feed(b":ds_set_state:r\na\n2\nsip:127.0.0.1\n" + end.encode()) == [b":ds_set_state:r\na\n2\nsip:127.0.0.1\n"]
    splitter.end()
    assert splitter.dropped == 0


@pytest.mark.parametrize("make", [Documents, Commands])
@given(pieces=st.lists(st.binary(max_size=40) | st.sampled_from([b"{" * 30, b'"', b"\\", b"\n\n", b"}" * 30]), max_size=20))
def test_any_bytes_are_bounded_and_end(make: type[Documents] | type[Commands], pieces: list[bytes]) -> None:
    splitter = make(100)
    for piece in pieces:
        for request in splitter.feed(piece):
            assert 0 < len(request) <= 100
    splitter.end()
    assert not splitter.waiting
    good = b'{"a":1}' if make is Documents else b":a:b\n"
    assert splitter.feed(good + b"\n\n") == [good]


@pytest.mark.parametrize(
    "broken",
    [b'{"jsonrpc": "2.0', b'{"jsonrpc": "2.0", "x": "\\\n', b"{" * 200 + b"}" * 200, b'{"a": "' + b"x" * 200 + b'"}'],
)
def test_a_document_that_is_cut_or_too_long_does_not_take_the_next_with_it(broken: bytes) -> None:
    splitter = Documents(100)
    found = splitter.feed(broken + b'\n{"a":1}\n')
    assert found == [b'{"a":1}']
    assert splitter.dropped > 0


def test_what_has_no_end_is_forgotten_when_its_writer_goes() -> None:
    splitter = Documents(100)
    assert splitter.feed(b'{"a": [') == []
    assert splitter.waiting
    splitter.end()
    assert splitter.dropped == 1
    assert splitter.feed(b'{"b": 2}') == [b'{"b": 2}']


def test_a_command_that_is_too_long_ends_at_its_empty_line() -> None:
    splitter = Commands(100)
    for _ in range(5):
        assert splitter.feed(b"x" * 99 + b"\n") == []
    assert splitter.waiting
    assert splitter.feed(b"\n:a:b\n\n") == [b":a:b\n"]
    assert splitter.dropped == 1


@pytest.mark.parametrize("size", [99, 100, 101, 102, 140])
def test_the_longest_document_is_as_long_as_it_says(size: int) -> None:
    splitter = Documents(100)
    document = b"[" + b"1" * (size - 2) + b"]"
    assert splitter.feed(document + b'\n{"a":1}\n') == ([document] if size <= 100 else []) + [b'{"a":1}']
    assert splitter.dropped == (size > 100)
