"""The servers that are compared: each started on 127.0.0.1:5060 over two gateways, its CPU read, and stopped."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
SERVER = ("127.0.0.1", 5060)
GATEWAYS = (7070, 7072)
#: Where the Kamailio configurations beside this file have their list and control socket.
FOLDER = Path("/tmp/kdispatcher-bench")

_PING = (
    "OPTIONS sip:127.0.0.1:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bKping{n};rport\r\nMax-Forwards: 0\r\n"
    "From: <sip:ping@127.0.0.1>;tag=p\r\nTo: <sip:127.0.0.1:5060>\r\nCall-ID: ping{n}\r\nCSeq: 1 OPTIONS\r\n"
    "Content-Length: 0\r\n\r\n"
)


class Server:
    """A running server: its processes and their CPU."""

    def __init__(self, name: str, process: subprocess.Popen[bytes]) -> None:
        self.name = name
        self.process = process

    def pids(self) -> list[int]:
        """The process and all its descendants."""
        parents: dict[int, list[int]] = {}
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    fields = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
                except OSError:
                    continue
                parents.setdefault(int(fields[1]), []).append(int(entry))
        found = [self.process.pid]
        for pid in found:
            found += parents.get(pid, [])
        return found

    def cpu(self) -> float:
        """Seconds of user and system time of the whole tree so far."""
        ticks = 0
        for pid in self.pids():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def rss(self) -> int:
        """Bytes of resident memory of the whole tree; shared pages count once for each process that has touched them."""
        pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self.pids())
        return pages * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def ours(
    *, stateless: bool = False, settings: str = "", prefix: tuple[str, ...] = (), environ: dict[str, str] | None = None
) -> Iterator[Server]:
    """This server, in the configuration that matches the Kamailio one beside this file."""
    folder = _fresh_folder()
    failover = "" if stateless else 'failover = ["timeout", 500]\n'
    (folder / "kdispatcher.toml").write_text(
        f"""[sip]
listen = ["udp:127.0.0.1:5060"]
mode = "{"stateless" if stateless else "stateful"}"
[tm]
fr_timer = 2000
fr_inv_timer = 40000
[dispatcher]
list_file = "dispatcher.list"
flags = 2
[route]
set = 1
algorithm = {0 if stateless else 4}
{failover}[control]
jsonrpc = "tcp:8060:interface=127.0.0.1"
{settings}
"""
    )
    twistd = Path(sys.executable).with_name("twistd")
    command = [*prefix, str(twistd), "-n", "--pidfile=", "kdispatcher", "--config", str(folder / "kdispatcher.toml")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    with _stopped_at_the_end(process):
        yield _ready(Server("txdispatcher", process))


@contextmanager
def kamailio(*, stateless: bool = False, prefix: tuple[str, ...] = ()) -> Iterator[Server]:
    """Debian's Kamailio at its best: no logging, its fastest allocator."""
    folder = _fresh_folder()
    config = HERE / ("kamailio-stateless.cfg" if stateless else "kamailio-stateful.cfg")
    program = shutil.which("kamailio") or "/usr/sbin/kamailio"
    command = [*prefix, program, "-DD", "-E", "-f", str(config), "-m", "2048", "-M", "64", "-x", "tlsf", "-X", "tlsf"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command, "-Y", str(folder)], stdout=log, stderr=log)
    with _stopped_at_the_end(process):
        yield _ready(Server("Kamailio", process))


def _fresh_folder() -> Path:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(mode=0o755)
    (FOLDER / "dispatcher.list").write_text("".join(f"1 sip:127.0.0.1:{port}\n" for port in GATEWAYS))
    return FOLDER


def _ready(server: Server) -> Server:
    """Wait until the server answers. A port that somebody else answers on would be measured as ours: that is checked first."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        probe.settimeout(0.2)
        for attempt in range(100):
            if server.process.poll() is not None:
                raise SystemExit(f"{server.name} ended with status {server.process.returncode}: see {FOLDER}/log")
            probe.sendto(_PING.format(port=probe.getsockname()[1], n=attempt).encode(), SERVER)
            try:
                probe.recv(65_535)
                return server
            except OSError:
                time.sleep(0.05)
    raise SystemExit(f"{server.name} does not answer on {SERVER[0]}:{SERVER[1]}: see {FOLDER}/log")


@contextmanager
def _stopped_at_the_end(process: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def require_free_port() -> None:
    """End with one line if somebody holds the port: their answers would be counted as ours."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(SERVER)
        except OSError as error:
            raise SystemExit(f"udp:{SERVER[0]}:{SERVER[1]} is taken: {error.strerror}") from None
