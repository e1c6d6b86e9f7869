"""States and lists changed while calls go on: by kamcmd-compat, by JSON-RPC and by SIGHUP."""

from __future__ import annotations

import select
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.wire.agent import Agent
from tests.wire.server import ROOT, Fault, Server, settings


@pytest.fixture(scope="module")
def gateways() -> Iterator[tuple[Agent, Agent]]:
    with Agent() as first, Agent() as second:
        yield first, second


@pytest.fixture(scope="module")
def running(gateways: tuple[Agent, Agent], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("control"), settings(route="algorithm = 4"), both(gateways)) as server:
        yield server


@pytest.fixture
def server(running: Server, gateways: tuple[Agent, Agent]) -> Server:
    """The one server of this module, with both gateways in its list and active."""
    running.write_list(both(gateways))
    running.call("dispatcher.reload")
    running.call("dispatcher.set_state", "a", 1, "all")
    return running


def both(gateways: tuple[Agent, Agent]) -> list[str]:
    return [f"1 {gateway.uri}" for gateway in gateways]


def takers(server: Server, gateways: tuple[Agent, Agent], calls: int = 6) -> set[Agent]:
    """The gateways that get any of so many calls, each refused by whom it reaches, so that nothing goes on."""
    found = set()
    with Agent() as caller:
        for _ in range(calls):
            invite = caller.request("INVITE", f"sip:1000@{server.host_port}")
            caller.send(invite, server.address)
            server.settle()
            [(gateway, received)] = [(each, got) for each in gateways for got in each.pending() if got.kind == "INVITE"]
            gateway.answer(received, "486 Busy Here")
            gateway.expect("ACK")
            caller.expect("486")
            found.add(gateway)
    return found


def kamcmd(server: Server, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / "scripts/kamcmd-compat", "-s", f"http://127.0.0.1:{server.rpc_port}/RPC", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=20)


def test_kamcmd_takes_a_gateway_out_and_back(server: Server, gateways: tuple[Agent, Agent]) -> None:
    first, second = gateways
    assert takers(server, gateways) == {first, second}
    assert kamcmd(server, "dispatcher.set_state", "ip", "1", first.uri).returncode == 0
    assert takers(server, gateways) == {second}
    listed = kamcmd(server, "dispatcher.list").stdout.split()
    assert listed[listed.index(first.uri) + 2] == "IP"
    assert server.states() == {first.uri: "IP", second.uri: "AX"}
    assert kamcmd(server, "dispatcher.set_state", "ap", "1", first.uri).returncode == 0
    assert server.states() == {first.uri: "AP", second.uri: "AX"}
    assert takers(server, gateways) == {first, second}


def by_rpc(server: Server) -> None:
    server.call("dispatcher.reload")


def by_signal(server: Server) -> None:
    server.hang_up()


@pytest.mark.parametrize("reload", [by_rpc, by_signal])
def test_a_reload_takes_over_a_changed_list_and_keeps_states(
    reload: Callable[[Server], None], server: Server, gateways: tuple[Agent, Agent]
) -> None:
    first, _ = gateways
    server.call("dispatcher.set_state", "tp", 1, first.uri)
    server.write_list([f"1 {first.uri}", "2 sip:127.0.0.1:9;transport=udp 8"])
    reload(server)
    assert server.states() == {first.uri: "TP", "sip:127.0.0.1:9;transport=udp": "AP"}
    assert takers(server, gateways) == {first}


def test_a_broken_list_keeps_the_one_in_force(server: Server, gateways: tuple[Agent, Agent]) -> None:
    before = server.states()
    server.write_list([f"1 {gateways[0].uri}", "", "x sip:127.0.0.1"])
    with pytest.raises(Fault):
        by_rpc(server)
    by_signal(server)
    assert server.states() == before
    assert takers(server, gateways) == set(gateways)
    [by_rpc_line, by_signal_line] = [line for line in server.log.splitlines() if "the list in force stays" in line]
    assert "dispatcher.list:3: " in by_rpc_line
    assert "dispatcher.list:3: " in by_signal_line


def test_calls_go_on_while_long_lists_are_shown(tmp_path: Path) -> None:
    """Who asks for a list of 10,000 destinations, and asks for another thing then, gets the other thing first."""
    destinations = [f"1 sip:127.{number >> 8}.{number & 255}.1" for number in range(10_000)]
    with Server(tmp_path / "long", settings(), destinations) as server, socket.socket() as operator:
        body = b'{"jsonrpc": "2.0", "method": "dispatcher.list", "id": 1}'
        head = f"POST /RPC HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        operator.connect(("127.0.0.1", server.rpc_port))
        operator.sendall(head.encode() + body)
        for _ in range(4):  # The first may come before the list is begun.
            server.settle()
        assert not select.select([operator], [], [], 0)[0]
        assert operator.recv(100).startswith(b"HTTP/1.1 200 ")


def test_a_list_that_is_not_there_keeps_the_one_in_force(server: Server) -> None:
    before = server.states()
    server.remove_list()
    with pytest.raises(Fault):
        by_rpc(server)
    assert server.states() == before
