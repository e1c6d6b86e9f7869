from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from txdispatcher.balancing.destination import Record
from txdispatcher.errors import LoadError
from txdispatcher.stores.list_file import ListFile, load_list, parse_list

# In the format of the guide's example, every optional field there and not.
GUIDE = """\
#
# dispatcher destination sets (groups)
#

2 sip:127.0.0.1:5080;transport=tcp 0 10 class=4;prefix=448;strip=2
2 sip:127.0.0.1:5082;px=vx 0 5 duid=abc;socket=udp:192.168.0.125:5060;pipe=p10

\t1\tsip:127.0.0.1:7070 0 0 duid=xyz;maxload=20   # the first gateway
1 sip:127.0.0.1:7072 0x8 0x05
1 sip:127.0.0.1:7074
"""


def parsed(text: str | bytes) -> list[Record]:
    """The records of a list that nothing has to be said about."""
    return parse_list(text, "list", pytest.fail)


def error(text: str | bytes) -> LoadError:
    with pytest.raises(LoadError) as caught:
        parse_list(text, "list")
    return caught.value


def test_the_guides_example() -> None:
    records = parsed(GUIDE)
    assert [(each.set_id, each.uri, each.flags, each.priority, dict(each.attributes)) for each in records] == [
        (2, "sip:127.0.0.1:5080;transport=tcp", 0, 10, {"class": "4", "prefix": "448", "strip": "2"}),
        (2, "sip:127.0.0.1:5082;px=vx", 0, 5, {"duid": "abc", "socket": "udp:192.168.0.125:5060", "pipe": "p10"}),
        (1, "sip:127.0.0.1:7070", 0, 0, {"duid": "xyz", "maxload": "20"}),
        (1, "sip:127.0.0.1:7072", 8, 5, {}),
        (1, "sip:127.0.0.1:7074", 0, 0, {}),
    ]


@pytest.mark.parametrize("text", ["", "\n\n", "# only\n  # comments", " \t \r\n", "\ufeff# with a mark"])
def test_a_list_without_lines(text: str) -> None:
    assert parsed(text) == []


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(end: str) -> None:
    assert [each.uri for each in parsed(f"1 sip:a{end}1 sip:b{end}")] == ["sip:a", "sip:b"]


@pytest.mark.parametrize(
    ("line", "uri", "flags", "priority", "attributes"),
    [
        ("1 sip:a#x", "sip:a", 0, 0, ""),
        ("1 sip:a # x y z", "sip:a", 0, 0, ""),
        ("1 sip:a 8#x", "sip:a", 8, 0, ""),
        ("1 sip:a 8 3 #x", "sip:a", 8, 3, ""),
        ("1 sip:a 0 0 duid=a#b", "sip:a", 0, 0, "duid=a#b"),
        ("1 sip:a 0 0 duid=a #b", "sip:a", 0, 0, "duid=a"),
        ("1 sip:a duid=a", "sip:a", 0, 0, "duid=a"),
        ("1 sip:a 8 duid=a;x", "sip:a", 8, 0, "duid=a;x"),
        ("1 sip:a 8 3 flag", "sip:a", 8, 3, "flag"),
        ("1 sip:a 08 010", "sip:a", 8, 10, ""),
        ("1 sip:a;transport=tcp", "sip:a;transport=tcp", 0, 0, ""),
    ],
)
def test_comments_and_optional_fields(line: str, uri: str, flags: int, priority: int, attributes: str) -> None:
    [record] = parsed(line)
    assert (record.uri, record.flags, record.priority, record.attributes_text) == (uri, flags, priority, attributes)


def test_bytes_in_a_comment_are_free() -> None:
    assert len(parsed(b"# B\xfcro\n1 sip:a # \xff\x00\n")) == 1


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1", "only '1': a set id and a destination are needed"),
        ("1 # sip:a", "only '1': a set id and a destination are needed"),
        ("x sip:a", "set id 'x': a number is allowed"),
        ("-1 sip:a", "set id '-1': a number is allowed"),
        ("99999999999999999999 sip:a", "set id 99999999999999999999: that is too large"),
        ("4294967296 sip:a", "set id 4294967296: 0 to 2147483647 is allowed"),
        ("1 sip:a O", "flags 'O': a number is allowed, decimal or hexadecimal with 0x"),
        ("1 sip:a 0 -1", "priority '-1': a number is allowed, decimal or hexadecimal with 0x"),
        ("1 sip:a 64", "flags 64: a sum of 1 (inactive)"),
        ("1 sip:a 0 0 a=1 b=2", "'b=2' behind the attributes: only a comment is allowed there"),
        ('1 sip:a 0 0 my="a b"', "behind the attributes"),
        ("1 sip:a 0 0 =1", "attribute '=1': name=value is allowed"),
        ("1 tel:+123", "destination 'tel:+123': sip:host"),
        ("1 sip:a:x", "destination 'sip:a:x': sip:host"),
        ("1 sip:a\x07", "only printable characters in UTF-8 are allowed"),
        (b"1 sip:a 0 0 name=B\xfcro", "only printable characters in UTF-8 are allowed"),
    ],
)
def test_a_bad_line_is_named_with_its_reason(line: str | bytes, reason: str) -> None:
    data = line.encode() if isinstance(line, str) else line
    found = error(b"# first\n1 sip:good\n" + data + b"\nworse\n")
    assert (found.source, found.line) == ("list", 3)
    assert reason in found.reason
    assert str(found).startswith("list:3: ")


def test_flag_2_is_warned_of_once_a_list() -> None:
    warnings: list[str] = []
    parse_list("1 sip:a 1\n1 sip:b 2\n1 sip:c 0xa\n", "list", warnings.append)
    assert warnings == ["list:2: flag 2 means trying here; older lists meant probing by it, which is 8 now"]


def test_a_warning_names_file_and_line() -> None:
    warnings: list[str] = []
    parse_list("\n1 10.0.0.1\n", "list", warnings.append)
    assert warnings == ["list:2: destination 10.0.0.1 has no scheme: sip:10.0.0.1 is taken"]


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "dispatcher.list"
    path.write_text(GUIDE)
    assert load_list(path, pytest.fail) == parsed(GUIDE)


def test_every_bad_line_can_be_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "a.list"
    file.write_text("x sip:a\n1 sip:good\n# 1\n1 sip:b y\n1 plain\n")
    reading = ListFile(file).read()
    assert [record.uri for record in reading.records] == ["sip:good", "sip:plain"]
    assert [(each.source, each.line) for each in reading.errors] == [(str(file), 1), (str(file), 4)]
    assert [line.partition(": ")[0] for line in reading.warnings] == [f"{file}:5"]
    with pytest.raises(LoadError) as caught:
        load_list(file)
    assert str(caught.value) == str(reading.errors[0])


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "missing.list"
    with pytest.raises(LoadError) as caught:
        load_list(path)
    assert (caught.value.source, caught.value.line) == (str(path), 0)
    assert str(caught.value) == f"{path}: cannot be read: No such file or directory"
    with pytest.raises(LoadError, match="Is a directory"):
        load_list(tmp_path)


def test_a_stamp_tells_of_each_change(tmp_path: Path) -> None:
    file = tmp_path / "a.list"
    source = ListFile(file)
    stamps = [source.stamp()]
    file.write_text("1")
    stamps.append(source.stamp())
    assert source.stamp() == stamps[-1]
    file.write_text("12")
    stamps.append(source.stamp())
    os.utime(file, ns=(5, 5))
    stamps.append(source.stamp())
    assert len(set(stamps)) == 4


_PIECES = [b"1", b" ", b"sip:a", b"#", b"\t", b"=", b";", b"0x", b"\n", b"\xa0", "\xa0".encode()]


@given(st.binary() | st.lists(st.sampled_from(_PIECES)).map(b"".join))
def test_nothing_but_load_error_leaves_it(data: bytes) -> None:
    lines = len(data.splitlines())
    try:
        place = len(parse_list(data, "list"))
    except LoadError as caught:
        place = caught.line
    assert 0 <= place <= lines


@given(
    st.integers(0, 2**31 - 1),
    st.integers(0, 63),
    st.integers(0, 2**31 - 1),
    st.sampled_from(["", "a=1", "a;b='x;y'"]),
    st.sampled_from(["{}", "{:#x}", "{:#X}"]),
)
def test_a_line_is_read_as_it_was_written(set_id: int, flags: int, priority: int, attributes: str, form: str) -> None:
    [record] = parse_list(f"{set_id} sip:gw {form.format(flags)} {form.format(priority)} {attributes}", "list")
    assert (record.set_id, record.flags, record.priority, record.attributes_text) == (set_id, flags, priority, attributes)
