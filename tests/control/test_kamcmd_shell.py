"""control.kamcmd_shell: what is completed, and commands one after the other."""

from __future__ import annotations

import io

import pytest

from tests.control.fixtures import make_methods
from txdispatcher.control import binrpc
from txdispatcher.control.ctl_values import record_pieces
from txdispatcher.control.kamcmd_calls import FaultReply
from txdispatcher.control.kamcmd_shell import candidates, interact
from txdispatcher.control.pieces import whole


def by_json(method: str, parameters: list[object]) -> object:
    return whole(make_methods().call(method, parameters))


def by_binrpc(method: str, parameters: list[object]) -> object:
    return list(binrpc.read_body(b"".join(record_pieces(by_json(method, parameters)))))


@pytest.mark.parametrize("call", [by_json, by_binrpc])
@pytest.mark.parametrize(
    ("words", "begun", "found"),
    [
        ([], "dispatcher.set", ["dispatcher.set_duid_state", "dispatcher.set_state"]),
        ([], "qu", ["quit"]),
        (["dispatcher.list"], "", ["full", "short"]),
        (["dispatcher.set_state"], "i", ["i", "ip"]),
        (["dispatcher.set_state", "ip"], "", ["1", "2"]),
        (["dispatcher.set_state", "ip", "1"], "sip", ["sip:127.0.0.1:5081", "sip:127.0.0.1:5082"]),
        (["dispatcher.set_state", "ip", "2"], "", ["all", "sip:127.0.0.1:5080"]),
        (["dispatcher.set_duid_state", "ip", "1"], "", ["abc", "all"]),
        (["dispatcher.remove", "2"], "", ["sip:127.0.0.1:5080"]),
        (["help"], "tm.", ["tm.stats"]),
        (["dispatcher.set_state", "ip", "1", "all"], "", []),
        (["core.version"], "", []),
    ],
)
def test_what_a_word_may_become(call, words: list[str], begun: str, found: list[str]) -> None:
    assert candidates(call, words, begun) == found


def test_nothing_is_completed_where_the_server_cannot_say() -> None:
    def refuse(method: str, parameters: list[object]) -> object:
        raise FaultReply(500, "No Destination Sets")

    assert candidates(refuse, ["dispatcher.oclist"], "") == []


def test_commands_one_after_the_other() -> None:
    ran: list[list[str]] = []

    def run(words: list[str]) -> int:
        ran.append(words)
        return int(words[0] == "nope")

    lines = "core.version\n\n   \nnope  1\ndispatcher.list short\nquit\nafter\n"
    assert interact(by_json, run, io.StringIO(lines)) == 1
    assert ran == [["core.version"], ["nope", "1"], ["dispatcher.list", "short"]]


def test_the_end_of_the_input_ends_it() -> None:
    assert interact(by_json, lambda words: 0, io.StringIO("core.version")) == 0
