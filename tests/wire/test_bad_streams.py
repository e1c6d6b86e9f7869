"""What strangers may do to connections: each is bounded in time and memory and counted, and the others are served."""

from __future__ import annotations

import re
import resource
import select
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers import missing
from tests.wire.agent import Agent, StreamAgent
from tests.wire.server import PATIENCE, Server, settings
from txdispatcher.config.settings import Stream

#: More than a server takes by its settings, of which it needs the files.
IDLE = 10_000
_FILES = 6 * 1024


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < _FILES:
        missing(f"no process may have {_FILES} open files here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, _FILES), hard))
    try:
        text = settings() + "[stream]\nmessage_timeout = 1000\n"
        with Server(tmp_path_factory.mktemp("bad"), text, ["1 sip:127.0.0.1:9"], transports=("udp", "tcp")) as server:
            yield server
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def counted(server: Server, name: str) -> int:
    return int(server.call("stats.fetchn", f"tcp.{name}")[f"tcp.{name}"])


def require_served(server: Server) -> None:
    """Somebody else is, by a connection of theirs."""
    with StreamAgent(server.address) as agent:
        agent.send(agent.request("OPTIONS", f"sip:{server.host_port}"))
        agent.expect("200")


def memory(server: Server) -> int:
    """Bytes that are resident."""
    found = re.search(r"(?m)^VmRSS:\s*(\d+) kB", Path(f"/proc/{server.process.pid}/status").read_text())
    assert found
    return int(found[1]) * 1024


def asked(**fields: str) -> str:
    with Agent() as agent:
        return agent.request("OPTIONS", "sip:127.0.0.1", "X-Filler: here", **fields)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (asked().replace("Content-Length: 0", "Content-Length: 1000000000000"), "513"),
        (asked().replace("Content-Length: 0", "Content-Length: -1"), "400"),
        (asked().replace("here", "x" * 65_536), "513"),
        (asked().replace("X-Filler: here", "X: y\r\n" * 11_000), "513"),
    ],
    ids=["a length of 10^12", "a length below 0", "a header line of 65 KB", "65 KB of header lines"],
)
def test_what_cannot_be_a_message_is_answered_and_ends_the_connection(server: Server, data: str, status: str) -> None:
    before = counted(server, "unframed")
    with socket.create_connection(server.address, PATIENCE) as connection:
        answer = b""
        try:
            connection.sendall(data.encode())
            while came := connection.recv(65_536):
                answer += came
        except ConnectionError:
            # What was sent too much was not read.
            pass
    assert answer.startswith(f"SIP/2.0 {status} ".encode())
    assert counted(server, "unframed") == before + 1
    require_served(server)


@pytest.mark.parametrize("size", [1, 200, 300])
def test_half_a_message_and_then_silence(server: Server, size: int) -> None:
    before = counted(server, "con_timeout")
    with socket.create_connection(server.address, PATIENCE) as connection:
        connection.sendall(asked(body="b" * 100).encode()[:size])
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
    assert counted(server, "con_timeout") == before + 1
    require_served(server)


def test_ten_thousand_idle_connections(server: Server) -> None:
    limits = Stream()
    before = memory(server)
    rejected = counted(server, "local_reject")
    with StreamAgent(server.address) as there:
        opened: list[socket.socket] = []
        try:
            for number in range(IDLE):
                opened.append(socket.create_connection(server.address, PATIENCE, (f"127.0.0.{2 + number % 10}", 0)))
                if number % 500 == 499:
                    opened = [each for each in opened if not is_closed(each)]
            # It has taken or closed each of them by then.
            give_up = time.monotonic() + PATIENCE
            while counted(server, "local_reject") - rejected + counted(server, "current_opened_connections") < IDLE + 1:
                assert time.monotonic() < give_up
                time.sleep(0.01)
            assert counted(server, "current_opened_connections") == limits.connections
            assert counted(server, "local_reject") - rejected == IDLE + 1 - limits.connections
            # Who is there already is served; by UDP, everybody.
            there.send(there.request("OPTIONS", f"sip:{server.host_port}"))
            there.expect("200")
            with Agent() as agent:
                agent.send(agent.request("OPTIONS", f"sip:{server.host_port}"), server.address)
                agent.expect("200")
            assert memory(server) - before < 100_000_000
        finally:
            for each in opened:
                each.close()
    give_up = time.monotonic() + PATIENCE
    while counted(server, "current_opened_connections"):
        assert time.monotonic() < give_up
        time.sleep(0.01)
    require_served(server)


def is_closed(connection: socket.socket) -> bool:
    """Whether the server has closed it; then so have we."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    if not poll.poll(0):
        return False
    connection.close()
    return True
