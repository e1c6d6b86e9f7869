"""What a caller gets when gateways fail, and what a failure_route hears of it: the same from Kamailio and from this server."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.wire.agent import Agent
from tests.wire.kamailio_tools import Kamailio
from tests.wire.server import PATIENCE, ScriptServer

pytestmark = pytest.mark.peer

SCRIPT = Path(__file__).parent / "traces/failures.cfg"
TEXT = f"""
[sip]
listen = [LISTEN]
[dispatcher]
list_file = LIST
[control]
jsonrpc = RPC
[route]
kamailio_cfg = "{SCRIPT}"
"""
#: Silence, for a gateway.
SILENT = ""
#: The user that is called, what each gateway says, what the caller gets, and what the failure_route hears.
CASES = [
    ("next", "404 One", "486 Two", "486", ["404", "486"]),
    ("next", "486 One", "404 Two", "404", ["486", "404"]),
    ("next", "603 One", "486 Two", "486", ["603", "486"]),
    ("next", "486 One", SILENT, "408", ["486", "408"]),
    ("next", "486 One", "503 Two", "500", ["486", "503"]),
    ("both", "486 One", "404 Two", "404", ["404"]),
    ("both", "404 One", "603 Two", "603", ["603"]),
    ("both", SILENT, "486 Two", "408", ["408"]),
    ("again", "503 One", "486 Two", "500", ["503"] * 12),
]


class Side:
    """A server's address and what it logs, with its two gateways and a caller."""

    def __init__(self, gateways: list[Agent]) -> None:
        self.gateways = gateways
        self.caller = Agent()
        self.address = ("", 0)
        self.files: list[Path] = []

    def call(self, user: str, first: str, second: str) -> str:
        """The status that a call ends with; each gateway that is not silent says its own to every INVITE."""
        headers = [f"X-First: {self.gateways[0].host_port}", f"X-Second: {self.gateways[1].host_port}"]
        self.caller.send(self.caller.request("INVITE", f"sip:{user}@example.com", *headers), self.address)
        give_up = time.monotonic() + PATIENCE
        while time.monotonic() < give_up:
            for gateway, status in zip(self.gateways, (first, second), strict=True):
                if gateway.waiting() and (message := gateway.take()).kind == "INVITE" and status:
                    gateway.answer(message, status)
            if self.caller.waiting() and (answer := self.caller.take()).kind != "100":
                ack = [f"Via: {answer.one('via')}", "Max-Forwards: 70", f"From: {answer.one('from')}", f"To: {answer.one('to')}"]
                ack += [f"Call-ID: {answer.one('call-id')}", "CSeq: 1 ACK", "Content-Length: 0", "", ""]
                self.caller.send("\r\n".join([f"ACK sip:{user}@example.com SIP/2.0", *ack]), self.address)
                return answer.kind
            time.sleep(0.002)
        raise AssertionError("no final response")

    def heard(self) -> list[str]:
        """What the failure_route has written so far."""
        return [found for file in self.files for found in re.findall(r"failed: (\d+)", file.read_text(errors="replace"))]

    def close(self) -> None:
        for each in (*self.gateways, self.caller):
            each.close()


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Side]]:
    """Theirs, ours."""
    folder = tmp_path_factory.mktemp("failures")
    found = [Side([Agent(), Agent()]) for _ in range(2)]
    lists = [[f"1 {one.uri} 0 20", f"1 {other.uri} 0 10"] for one, other in (side.gateways for side in found)]
    kamailio = Kamailio(folder / "kamailio", lists[0], SCRIPT)
    try:
        with ScriptServer(folder / "ours", TEXT, lists[1]) as server:
            found[0].address, found[1].address = ("127.0.0.1", kamailio.port), server.address
            found[0].files, found[1].files = [folder / "kamailio/kamailio.log"], [folder / "ours/server.log"]
            yield found
    finally:
        for side in found:
            side.close()
        kamailio.close()


@pytest.mark.parametrize(("user", "first", "second", "final", "heard"), CASES)
def test_a_failover_ends_as_in_kamailio(
    sides: list[Side], user: str, first: str, second: str, final: str, heard: list[str]
) -> None:
    for side in sides:
        before = len(side.heard())
        assert side.call(user, first, second) == final
        give_up = time.monotonic() + PATIENCE
        while len(side.heard()) < before + len(heard) and time.monotonic() < give_up:
            time.sleep(0.02)
        assert side.heard()[before:] == heard
