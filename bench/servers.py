"""The servers that are compared: each started on 127.0.0.1:5060 over two gateways, looked at, and stopped."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from transports import HOST, SERVER_PORTS, gateway_place, make_certificate

HERE = Path(__file__).resolve().parent
SERVER = ("127.0.0.1", 5060)
GATEWAYS = (7070, 7072)
#: What the Kamailio configurations beside this file have for the folder of their list and control socket.
_FOLDER = "/tmp/kdispatcher-bench"
_RPC = "http://127.0.0.1:8060/RPC"

PING = (
    "OPTIONS sip:127.0.0.1:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bKping{n};rport\r\nMax-Forwards: 0\r\n"
    "From: <sip:ping@127.0.0.1>;tag=p\r\nTo: <sip:127.0.0.1:5060>\r\nCall-ID: ping{n}\r\nCSeq: 1 OPTIONS\r\n"
    "Content-Length: 0\r\n\r\n"
)


@dataclass(frozen=True)
class Cpu:
    """Seconds of CPU."""

    user: float
    system: float

    @property
    def both(self) -> float:
        return self.user + self.system

    def __sub__(self, other: Cpu) -> Cpu:
        return Cpu(self.user - other.user, self.system - other.system)


class Server:
    """A running server. `started`: when, on the monotonic clock. `ready`: after how many seconds it answered."""

    #: Whether it is the Kamailio: its control speaks binrpc.
    is_kamailio = False

    def __init__(self, name: str, process: subprocess.Popen[bytes], folder: Path, started: float) -> None:
        self.name = name
        self.process = process
        self.folder = folder
        self.started = started
        self.ready = 0.0
        self._lists = 0

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

    def cpu(self) -> Cpu:
        """What the whole tree has used so far."""
        user = system = 0
        for pid in self.pids():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            user += int(fields[11])
            system += int(fields[12])
        second = os.sysconf("SC_CLK_TCK")
        return Cpu(user / second, system / second)

    def rss(self) -> int:
        """Bytes of resident memory of the whole tree. A page that several of its processes share counts once (Linux' Pss)."""
        found = 0
        for pid in self.pids():
            said = re.search(r"(?m)^Pss:\s*(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text())
            found += int(said[1]) * 1024 if said else 0
        return found

    def transactions(self) -> int:
        """How many the server says it holds."""
        if self.is_kamailio:
            program = shutil.which("kamcmd") or "/usr/sbin/kamcmd"
            command = [program, "-s", f"unix:{self.folder}/ctl", "tm.stats"]
            said = re.search(r"current: (\d+)", subprocess.run(command, capture_output=True, text=True, check=True).stdout)
            assert said is not None
            return int(said[1])
        return int(self.call("tm.stats")["current"])

    def call(self, method: str) -> dict[str, int]:
        """The result of a method of our JSON-RPC."""
        request = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method}).encode()
        posted = urllib.request.Request(_RPC, request, {"Content-Type": "application/json"})
        with urllib.request.urlopen(posted, timeout=60) as answer:
            found = json.load(answer)
        return found["result"]

    def change_list(self, others: int) -> None:
        """Write its list anew, the same destinations under other names: no line is one that it knows."""
        self._lists += 1
        _write_list(self.folder, others, f"b{self._lists}-")

    def require_alive(self) -> None:
        """End with one line if the server did: whoever else holds the port would answer in its place."""
        if self.process.poll() is not None:
            raise SystemExit(f"{self.name} ended during the run with status {self.process.returncode}")


class Kamailio(Server):
    is_kamailio = True


#: Starts a server, and stops it where the block ends.
Start = Callable[[], AbstractContextManager[Server]]


@contextmanager
def ours(
    *,
    stateless: bool = False,
    wt_timer: int = 5000,
    settings: str = "",
    others: int = 0,
    prefix: tuple[str, ...] = (),
    transport: str = "udp",
) -> Iterator[Server]:
    """This server, in the configuration that matches the Kamailio one beside this file.

    `wt_timer` is in milliseconds (0: 64*T1); `settings` are lines of TOML with dotted keys, such as ``sip.batch_wait = 0``;
    `others` is how many destinations that nobody calls stand in the list beside the gateways; `prefix` begins the command;
    `transport` is that of both sides.
    """
    failover = "" if stateless else 'route.failover = ["timeout", 500]\n'
    listen = [f"{each}:{HOST}:{SERVER_PORTS[each]}" for each in dict.fromkeys(("udp", transport))]
    with _folder(others, transport) as folder:
        if transport == "tls":
            settings += f'\ntls.certificate = "{make_certificate(folder)}"\ntls.verify = false\n'
        (folder / "kdispatcher.toml").write_text(
            f"""sip.listen = {json.dumps(listen)}
sip.mode = "{"stateless" if stateless else "stateful"}"
tm.fr_timer = 2000
tm.fr_inv_timer = 40000
tm.wt_timer = {wt_timer}
dispatcher.list_file = "dispatcher.list"
dispatcher.flags = 2
route.set = 1
route.algorithm = {0 if stateless else 4}
{failover}control.jsonrpc = "tcp:8060:interface=127.0.0.1"
{settings}
"""
        )
        twistd = Path(sys.executable).with_name("twistd")
        command = [*prefix, str(twistd), "-n", "--pidfile=", "kdispatcher", "--config", str(folder / "kdispatcher.toml")]
        with _running(Server, "txdispatcher", command, folder) as server:
            yield server


@contextmanager
def kamailio(
    *, stateless: bool = False, wt_timer: int = 5000, prefix: tuple[str, ...] = (), transport: str = "udp"
) -> Iterator[Server]:
    """Debian's Kamailio at its best: no logging, its fastest allocator. `wt_timer` is in milliseconds."""
    with _folder(transport=transport) as folder:
        config = folder / "kamailio.cfg"
        text = (HERE / ("kamailio-stateless.cfg" if stateless else "kamailio-stateful.cfg")).read_text()
        wanted = f'modparam("tm", "wt_timer", {wt_timer})\nrequest_route'
        text = text.replace(_FOLDER, str(folder)).replace("request_route", wanted, 1)
        config.write_text(_with_connections(text, transport, folder) if transport != "udp" else text)
        program = shutil.which("kamailio") or "/usr/sbin/kamailio"
        command = [*prefix, program, "-DD", "-E", "-f", str(config), "-m", "2048", "-M", "64", "-x", "tlsf", "-X", "tlsf"]
        with _running(Kamailio, "Kamailio", [*command, "-Y", str(folder)], folder) as server:
            yield server


@contextmanager
def _folder(others: int = 0, transport: str = "udp") -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="kdispatcher-bench-") as name:
        folder = Path(name)
        _write_list(folder, others, "a", transport)
        yield folder


def _write_list(folder: Path, others: int, names: str, transport: str = "udp") -> None:
    lines = [f"1 sip:{gateway_place(port, transport)} 0 0 duid={names}-{port}" for port in GATEWAYS]
    # A set of their own: to be loaded, not to be called.
    lines += [f"2 sip:10.{n >> 16}.{n >> 8 & 255}.{n & 255} 0 0 duid={names}{n}" for n in range(others)]
    (folder / "dispatcher.list").write_text("".join(f"{line}\n" for line in lines))


def _with_connections(text: str, transport: str, folder: Path) -> str:
    """The configuration with one worker for connections, and a module for TLS where that is meant."""
    more = f"tcp_children=1\nlisten={transport}:{HOST}:{SERVER_PORTS[transport]}"
    text = text.replace("disable_tcp=yes", more)
    if transport == "tls":
        file = make_certificate(folder)
        text = text.replace("tcp_children", "enable_tls=yes\ntcp_children", 1)
        values = {"certificate": file, "private_key": file, "tls_method": "TLSv1.2+"}
        module = 'loadmodule "tls.so"\n' + "".join(f'modparam("tls", "{name}", "{value}")\n' for name, value in values.items())
        text = text.replace("request_route", module + "request_route", 1)
    return text


@contextmanager
def _running(kind: type[Server], name: str, command: list[str], folder: Path) -> Iterator[Server]:
    _require_free_port()
    with (folder / "log").open("wb") as log:
        started = time.monotonic()
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        server = kind(name, process, folder, started)
        _wait_until_ready(server)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(server: Server) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        probe.settimeout(0.02)
        while time.monotonic() < server.started + 20:
            if server.process.poll() is not None:
                raise SystemExit(f"{server.name} ended with status {server.process.returncode}:\n{_log(server)}")
            probe.sendto(PING.format(port=probe.getsockname()[1], n=time.monotonic_ns()).encode(), SERVER)
            try:
                probe.recv(65_535)
            except OSError:  # Nobody listens yet, or not yet an answer.
                time.sleep(0.01)
                continue
            server.ready = time.monotonic() - server.started
            return
    raise SystemExit(f"{server.name} does not answer on {SERVER[0]}:{SERVER[1]}:\n{_log(server)}")


def _log(server: Server) -> str:
    return (server.folder / "log").read_text(errors="replace")[-2000:]


def _require_free_port() -> None:
    """End with one line if somebody holds the port: their answers would be counted as the server's."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(SERVER)
        except OSError as error:
            raise SystemExit(f"udp:{SERVER[0]}:{SERVER[1]} is taken: {error.strerror}") from None
