"""SIPp as caller and as gateway."""

from __future__ import annotations

import csv
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests.peers import free_port, require_peer
from tests.wire.server import ROOT, Server

SCENARIOS = Path(__file__).parent
#: The scenario that scripts/run tells a newcomer to try.
CALLER = ROOT / "scripts/uac.xml"
_PATIENCE = 20.0
#: Calls from one transport to another, and how many a second: few in CI; docs/performance.md says what became of 2,000 each.
CROSSING = int(os.environ.get("WIRE_CALLS", "300"))
RATE = 125


class Gateway:
    """SIPp as a gateway by the scenario file of that name beside this module. Use it in a `with`.

    `contact` is the HOST:PORT;parameters that it says it is at, if not where it listens.
    """

    def __init__(
        self,
        folder: Path,
        scenario: str = "gateway.xml",
        port: int = 0,
        transport: str = "udp",
        contact: str = "",
        *,
        repeats: bool = True,
        host: str = "127.0.0.1",
    ) -> None:
        """`repeats`: it sends a 2xx again that is not acknowledged, which SIPp as a caller by TCP takes for one too many."""
        self.port = port or free_port(host, socket.SOCK_STREAM if transport == "tcp" else socket.SOCK_DGRAM)
        place = f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"
        self.uri = f"sip:{place}" + (";transport=tcp" if transport == "tcp" else "")
        contact = contact or f"{place};transport={transport}"
        self._statistics = folder / f"gateway-{self.port}.csv"
        command = [require_peer("sipp"), "-sf", str(SCENARIOS / scenario), "-i", host, "-p", str(self.port), "-nostdin"]
        command += [] if repeats else ["-nr"]
        command += [
            "-t",
            "t1" if transport == "tcp" else "u1",
            "-key",
            "contact",
            contact,
            "-trace_stat",
            "-stf",
            str(self._statistics),
            "-fd",
            "1",
        ]
        with (folder / f"gateway-{self.port}.out").open("w") as out:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=folder)
        wait_until_bound(self._process, self.port, f"{transport}{'6' if ':' in host else ''}")

    def kill(self) -> None:
        """It is gone at once, whatever it was doing."""
        self._process.kill()
        self._process.wait()

    def finish(self) -> int:
        """Let it end when its calls have, and tell how many it had."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGUSR1)
            self._process.wait(_PATIENCE)
        with self._statistics.open() as statistics:
            last = list(csv.DictReader(statistics, delimiter=";"))[-1]
        return int(last["IncomingCall(C)"])

    def __enter__(self) -> Gateway:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.kill()


def wait_until_bound(process: subprocess.Popen[bytes], port: int, table: str = "udp") -> None:
    """Until `process` is on that port, by that table in /proc/net; fails if it never is."""
    give_up = time.monotonic() + _PATIENCE
    while f":{port:04X} " not in Path("/proc/net", table).read_text():
        assert process.poll() is None
        assert time.monotonic() < give_up
        time.sleep(0.02)


def place_calls(
    folder: Path,
    server: Server,
    calls: int,
    rate: int,
    *,
    transport: str = "udp",
    by: str = "",
    once: Callable[[], None] | None = None,
    scenario: Path = CALLER,
) -> list[float]:
    """Place calls by SIPp through the server. Fails unless all succeed; the seconds from each INVITE to its 200.

    `by` is the HOST:PORT to place them at, if not the server's own; `once` is done when they are under way.
    """
    host, _ = server.address
    command = [require_peer("sipp"), "-sf", str(scenario), "-i", host, "-p", str(free_port(host)), "-nostdin"]
    command += ["-r", str(rate), "-m", str(calls), "-timeout", "60", "-trace_rtt", "-rtt_freq", "1"]
    # A datagram lost in its own socket would be missed for good where the gateway, on TCP, does not repeat its 200.
    command += ["-buff_size", "4194304", "-t", "t1" if transport == "tcp" else "u1", by or server.host_port]
    before = set(folder.glob("*_rtt.csv"))
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True, cwd=folder) as process:
        if once is not None:
            once()
        try:
            out, err = process.communicate(timeout=90)
        finally:
            process.kill()
    assert process.returncode == 0, out[-3000:] + err[-3000:]
    [measured] = set(folder.glob("*_rtt.csv")) - before
    with measured.open() as rows:
        # Date, response time, its number; what the columns are called differs from one SIPp to the next.
        seconds = [float(row[1]) / 1000 for row in list(csv.reader(rows, delimiter=";"))[1:]]
    assert len(seconds) == calls
    return seconds
