"""The same calls through a real Kamailio 5.6 and through this server, both running conf/kamailio-5.6.cfg, by SIPp on every side.

What every party sends and gets must be the same, message by message, and so must be what the script writes into the log (its
accounting among it), and the load that is left. Both have a first and a second gateway of their own.
"""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.peers import free_port, require_peer
from tests.wire.agent import Agent, Message
from tests.wire.kamailio_tools import Kamailio
from tests.wire.server import PATIENCE, ROOT, ScriptServer
from tests.wire.sipp import wait_until_bound

pytestmark = pytest.mark.peer

SCRIPT = ROOT / "conf/kamailio-5.6.cfg"
SCENARIOS = Path(__file__).parent / "traces"
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


@dataclass(frozen=True)
class Case:
    """Scenarios of the caller and the gateways, who refuse with `status`. `final`: what the caller gets at last."""

    caller: str
    first: str
    second: str = ""
    status: int = 0
    final: str = "< 200 3 BYE"


#: By the order in which they are run: the last one leaves a gateway marked.
CASES = {
    "answered, re-INVITE": Case("call", "call_answered"),
    "404": Case("refused", "call_refused", status=404, final="> ACK 1 ACK"),
    "486": Case("refused", "call_refused", status=486, final="> ACK 1 ACK"),
    "500, then the next": Case("call", "call_refused", "call_answered", status=500),
    "cancelled": Case("cancelled", "call_cancelled", final="> ACK 1 ACK"),
    "silence, then the next": Case("call", "", "call_answered"),
}


class Side:
    """A server, and its gateways. `loads` gives the calls under way at each."""

    def __init__(
        self, folder: Path, address: str, ports: tuple[int, int], log: Callable[[], str], loads: Callable[[], list[int]]
    ) -> None:
        self._folder = folder
        self._address = address
        self._ports = ports
        self._log = log
        self.loads = loads
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._silent: Agent | None = None

    def start(self, case: Case) -> None:
        """Place the case's call."""
        for name, scenario, port in zip(("first", "second"), (case.first, case.second), self._ports, strict=True):
            if scenario:
                self._run(name, scenario, port, "-nd", status=case.status)
        self._silent = None if case.first else Agent(port=self._ports[0])
        self._run("caller", case.caller, free_port(), self._address)

    def finish(self) -> dict[str, list[str]]:
        """What each party has sent and got. A retransmission is the same message: it is there once."""
        found = {}
        for name, process in self._running.items():
            try:
                assert process.wait(30) == 0, (self._folder / f"{name}.out").read_text()[-2000:] + self._log()
            except BaseException:
                self.kill()
                raise
            found[name] = unrepeated(self._messages(name))
        self._running.clear()
        if self._silent is not None:
            with self._silent:
                got = [("<", each) for each in self._silent.pending() if each.kind != "OPTIONS"]
            found["first"] = unrepeated(got)
        return found

    def noted(self) -> list[str]:
        """What the script has written into the log so far, but for what differs from call to call and from side to side.

        Accounting is the last, in its order: here it comes to the log a moment later.
        """
        # In the event route $ru is the gateway here; in Kamailio it is the call's, where a script has marked the gateway.
        lines = re.findall(r"(?:ACC: .*|sip:\S+ is silent|is down)$", self._log(), re.MULTILINE)
        for port, name in zip(self._ports, ("first", "second"), strict=True):
            lines = [line.replace(f"127.0.0.1:{port}", name) for line in lines]
        lines = [re.sub(r"(timestamp|from_tag|to_tag|call_id)=[^;]*;", r"\1;", line) for line in lines]
        return sorted(lines, key=lambda line: line.startswith("ACC: "))

    def kill(self) -> None:
        for process in self._running.values():
            process.kill()
            process.wait()
        self._running.clear()

    def _run(self, name: str, scenario: str, port: int, *more: str, status: int = 0) -> None:
        file = self._folder / f"{name}.xml"
        file.write_text((SCENARIOS / f"{scenario}.xml").read_text().replace("STATUS", str(status)))
        command = [require_peer("sipp"), "-sf", str(file), "-i", "127.0.0.1", "-p", str(port)]
        command += ["-m", "1", "-nostdin", "-timeout", "25", "-trace_msg", "-message_file", str(self._folder / name), *more]
        (self._folder / name).unlink(missing_ok=True)
        with (self._folder / f"{name}.out").open("wb") as out:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=self._folder)
        self._running[name] = process
        if name != "caller":
            wait_until_bound(process, port)

    def _messages(self, name: str) -> Iterator[tuple[str, Message]]:
        blocks = re.split(rb"^-{40,} .*\n", (self._folder / name).read_bytes(), flags=re.MULTILINE)
        for block in blocks[1:]:
            way, _, data = block.partition(b"\n\n")
            yield (">" if b"sent" in way else "<"), Message(data, ("", 0))


def unrepeated(messages: Iterable[tuple[str, Message]]) -> list[str]:
    """How they are shown, each once however often it was sent."""
    found = {}
    for way, message in messages:
        line = " ".join([way, message.kind, message.one("cseq"), *message.all("x-attempt")])
        found.setdefault((way, message.kind, message.one("cseq"), message.branch), line)
    return list(found.values())


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Side, Side]]:
    """Ours, theirs."""
    folder = tmp_path_factory.mktemp("traces")
    ports = [(free_port(), free_port()) for _ in range(2)]
    lists = [[f"1 sip:127.0.0.1:{one} 0 20 duid=a", f"1 sip:127.0.0.1:{other} 0 10 duid=b"] for one, other in ports]
    (folder / "ours").mkdir()
    kamailio = Kamailio(folder / "kamailio", lists[1], SCRIPT)
    try:
        with ScriptServer(folder / "ours", TEXT, lists[0]) as server:

            def our_loads() -> list[int]:
                targets = server.call("dispatcher.list")["RECORDS"][0]["SET"]["TARGETS"]
                return [each["DEST"]["RUNTIME"]["DLGLOAD"] for each in targets]

            def their_loads() -> list[int]:
                return [int(load) for load in re.findall(r"DLGLOAD: (\d+)", kamailio.kamcmd("dispatcher.list"))]

            ours = Side(folder / "ours", server.host_port, ports[0], lambda: server.log, our_loads)
            theirs = Side(folder / "kamailio", f"127.0.0.1:{kamailio.port}", ports[1], lambda: kamailio.log, their_loads)
            yield ours, theirs
            ours.kill()
            theirs.kill()
    finally:
        kamailio.close()


@pytest.mark.parametrize("name", CASES)
def test_kamailio_and_we_say_the_same(sides: tuple[Side, Side], name: str) -> None:
    case = CASES[name]
    for side in sides:
        side.start(case)
    ours, theirs = (side.finish() for side in sides)
    assert theirs["caller"][-1] == case.final
    assert ours == theirs
    mine, other = sides
    # A log may be a moment behind.
    give_up = time.monotonic() + PATIENCE
    while len(mine.noted()) != len(other.noted()) and time.monotonic() < give_up:
        time.sleep(0.02)
    assert mine.noted() == other.noted() != []
    assert mine.loads() == other.loads() == [0, 0]
