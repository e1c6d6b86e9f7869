"""control.mi: commands and answers in lines."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.control.fixtures import TURNS, make_methods, make_sets
from txdispatcher.control.methods import Methods
from txdispatcher.control.mi import Reply, answer, answer_datagram
from txdispatcher.errors import LoadError

METHODS = make_methods()


def ask(command: bytes, methods: Methods | None = None) -> Reply:
    return asyncio.run(answer(methods or make_methods(), TURNS, command))


def test_the_list_is_a_line_for_each_set_and_an_indented_one_for_each_destination() -> None:
    assert ask(b":ds_list:mine\n") == Reply(
        b"200 OK\n"
        b"SET_NO:: 2\n"
        b"SET:: 1\n"
        b"\tURI:: sip:127.0.0.1:5082 flags=AP priority=20 attrs=weight=30;cc=1\n"
        b"\tURI:: sip:127.0.0.1:5081 flags=AX priority=10 attrs=duid=abc;maxload=20;weight=50;socket=udp:127.0.0.1:5060\n"
        b"SET:: 2\n"
        b"\tURI:: sip:127.0.0.1:5080 flags=AX priority=0 attrs=\n"
        b"\n",
        "mine",
    )


def test_a_state_that_is_set_is_listed() -> None:
    methods = make_methods()
    assert ask(b":ds_set_state:mine\nip\n2\nsip:127.0.0.1:5080\n", methods) == Reply(b"200 OK\n\n", "mine")
    assert b"\tURI:: sip:127.0.0.1:5080 flags=IP " in ask(b":ds_list:\n", methods).body


@pytest.mark.parametrize(
    "command", [b":ds_reload:\n.", b":ds_reload:\n", b":ds_reload:", b":ds_reload:\r\n\r\n", b":ds_reload:\n\n"]
)
def test_a_command_ends_with_an_empty_line_a_full_stop_or_its_datagram(command: bytes) -> None:
    assert asyncio.run(answer_datagram(METHODS, TURNS, command)) == b"200 OK\n\n"


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (b":ds_set_state:r\nip\n2\n", b"400 Too few or too many arguments"),
        (b":ds_set_state:r\nip\n2\nsip:127.0.0.1:5080\nmore\n", b"400 Too few or too many arguments"),
        (b":ds_list:r\nmore\n", b"400 Too few or too many arguments"),
        (b":ds_reload:r\nmore\n", b"400 Too few or too many arguments"),
        (b":ds_set_state:r\nip\n9\nsip:127.0.0.1:5080\n", b"404 destination not found"),
        (b":ds_set_state:r\nip\n2\nsip:127.0.0.9:5080\n", b"404 destination not found"),
        (b":ds_set_state:r\nzz\n2\nsip:127.0.0.1:5080\n", b"500 unknown state value"),
        (b":ds_set_state:r\nip\ntwo\nsip:127.0.0.1:5080\n", b"500 bad group value"),
        (b":ds_set_state:r\nip\n99999999999999999999999\nsip:127.0.0.1:5080\n", b"500 bad group value"),
        (b':ds_set_state:r\n""\n2\nsip:127.0.0.1:5080\n', b"500 bad state value"),
        (b':ds_set_state:r\nip\n2\n""\n', b"500 address not found"),
        (b":nope:r\n", b"500 command 'nope' not available"),
        (b"::r\n", b"400 parse error"),
    ],
)
def test_errors_are_those_of_mi(command: bytes, line: bytes) -> None:
    assert ask(command) == Reply(line + b"\n\n", "r")


@pytest.mark.parametrize("command", [b"", b"\n", b"ds_list", b"ds_list:r", b":ds_list", b"a:b:c", b"\xff\xfe"])
def test_what_is_no_command_is_told_so(command: bytes) -> None:
    assert ask(command).body == b"400 parse error\n\n"


def test_a_list_that_is_empty_or_broken_is_told() -> None:
    async def fail() -> None:
        raise LoadError("test.list", 1, "broken")

    methods = make_methods(make_sets(""), fail)
    assert ask(b":ds_list:r\n", methods).body == b"500 No destination sets\n\n"
    assert ask(b":ds_reload:r\n", methods).body == b"500 ERROR Reloading data\n\n"


def test_about_the_server() -> None:
    assert ask(b":version:r\n").body == b"200 OK\nServer:: txdispatcher test\n\n"
    lines = ask(b":uptime:r\n").body.decode().splitlines()
    assert [line.partition(":: ")[0] for line in lines] == ["200 OK", "Now", "Up since", "Up time", ""]
    assert lines[3] == "Up time:: 90 [sec]"
    which = ask(b":which:r\n").body.decode().splitlines()[1:-1]
    assert all(b"not available" not in ask(f":{line.removeprefix(':: ')}:r\n".encode()).body for line in which)
    assert ":: ds_set_state" in which


@given(st.binary(max_size=100) | st.binary(max_size=100).map(lambda rest: b":ds_set_state:r\n" + rest))
def test_any_bytes_get_an_answer(command: bytes) -> None:
    body = asyncio.run(answer(METHODS, TURNS, command)).body
    assert body.endswith(b"\n\n")
    assert body[:3].isdigit()
