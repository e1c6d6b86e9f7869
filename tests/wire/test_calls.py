"""The shipped configuration under SIPp's calls: split evenly, and none lost with a gateway that is gone or refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.wire.server import ROOT, Server
from tests.wire.sipp import Gateway, place_calls

pytestmark = pytest.mark.peer

RATE = 200


@pytest.fixture
def server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Server, Gateway, Gateway]]:
    """The server with conf/kdispatcher.toml, other ports aside, and two gateways; the second by the scenario asked for."""
    with (
        Gateway(tmp_path) as first,
        Gateway(tmp_path, getattr(request, "param", "gateway.xml")) as second,
        Server(tmp_path, shipped(), [f"1 {first.uri} 0 0", f"1 {second.uri} 0 0"]) as running,
    ):
        yield running, first, second


def test_2000_calls_all_succeed_and_are_split_evenly(server: tuple[Server, Gateway, Gateway], tmp_path: Path) -> None:
    running, first, second = server
    place_calls(tmp_path, running, 2_000, RATE)
    assert (first.finish(), second.finish()) == (1_000, 1_000)


def test_with_a_gateway_killed_every_call_succeeds(server: tuple[Server, Gateway, Gateway], tmp_path: Path) -> None:
    running, first, second = server
    second.kill()
    place_calls(tmp_path, running, 500, RATE)
    assert first.finish() == 500
    # Half of them met the dead one first: else nothing was tried here. How long they wait for it, tests/proxy says.
    assert running.finish()["failovers"] == 250


@pytest.mark.parametrize("server", ["gateway_503.xml"], indirect=True)
def test_no_caller_sees_the_503_of_a_gateway(server: tuple[Server, Gateway, Gateway], tmp_path: Path) -> None:
    running, first, second = server
    place_calls(tmp_path, running, 500, RATE)
    assert (first.finish(), second.finish()) == (500, 250)


def shipped() -> str:
    """conf/kdispatcher.toml without its test gateways, and with words in the place of addresses and the list."""
    text = (ROOT / "conf/kdispatcher.toml").read_text().partition("[test]")[0]
    for pattern, word in (
        (r'"udp:127.0.0.1:5060"', "LISTEN"),
        (r'"tcp:8060:interface=127.0.0.1"', "RPC"),
        (r'"dispatcher.list"', "LIST"),
    ):
        text, count = re.subn(pattern, word, text)
        assert count == 1
    return text
