"""The load on a server: SIPp on both sides, or the small generator beside this file, and a steady stream of pings."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from servers import GATEWAYS, HERE, SERVER
from transports import CALLER_TUNNEL, gateway_place, tunnels


@dataclass(frozen=True)
class Calls:
    """What SIPp says of a run."""

    successful: int
    failed: int
    retransmissions: int


@dataclass(frozen=True)
class Result:
    """What the generator says of a run.

    `in_time` counts the calls completed while others were still being placed, `refused` those refused, by status. `unanswered`
    and `byes_unanswered` are calls that came to nothing, the latter after they were answered. `resent` counts what the load
    sent again, `repeated` what it got again. `late` is the longest that a call was placed behind its time, `seconds` how long
    placing took, `cpu` what the generator used, all in seconds. `delays` are microseconds through the server: median, 99th
    percentile and the longest ("0.5", "0.99", "1.0"); empty without --stamps.
    """

    placed: int
    completed: int
    in_time: int
    refused: dict[str, int]
    unanswered: int
    byes_unanswered: int
    resent: int
    repeated: int
    late: float
    seconds: float
    cpu: float
    delays: dict[str, float]

    @property
    def clean(self) -> bool:
        """No call failed, nothing was sent twice."""
        return self.completed == self.placed and not self.resent and not self.repeated

    def require_completed(self, name: str) -> None:
        """End with one line unless every call was completed."""
        if self.completed != self.placed:
            raise SystemExit(f"{name}: only {self.completed} of {self.placed} calls were completed: {self}")


@dataclass(frozen=True)
class Waits:
    """How long pings waited for their answer, in milliseconds; `own_gap` is the longest that the pings themselves paused."""

    sent: int
    answered: int
    median: float
    p99: float
    longest: float
    own_gap: float


def cores() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What begins the server's command and the load's, so that each has one core of its own; nothing where there is but one."""
    first, *others = sorted(os.sched_getaffinity(0))
    if not others:
        print("only one core may be used here: server and load share it", file=sys.stderr)
        return (), ()
    return ("taskset", "-c", str(first)), ("taskset", "-c", str(others[0]))


def generate(rate: float, calls: int, *options: str, prefix: tuple[str, ...] = ()) -> Result:
    """`calls` calls at `rate` a second by the generator; `options` as on its command line."""
    return generated(generating(rate, calls, *options, prefix=prefix))


def generating(rate: float, calls: int, *options: str, prefix: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    """The same in the background, until `generated` is called with it."""
    return _started("generator.py", "--rate", str(rate), "--calls", str(calls), *options, prefix=prefix)


def generated(process: subprocess.Popen[str]) -> Result:
    return Result(**_said(process))


def ping(seconds: float, prefix: tuple[str, ...] = ()) -> Waits:
    """A ping each millisecond, for so long."""
    return pinged(pinging(seconds, prefix))


def pinging(seconds: float, prefix: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    """The same in the background, until `pinged` is called with it."""
    return _started("pings.py", "--seconds", str(seconds), prefix=prefix)


def pinged(process: subprocess.Popen[str]) -> Waits:
    return Waits(**_said(process))


def _started(script: str, *arguments: str, prefix: tuple[str, ...]) -> subprocess.Popen[str]:
    return subprocess.Popen([*prefix, sys.executable, str(HERE / script), *arguments], stdout=subprocess.PIPE, text=True)


def _said(process: subprocess.Popen[str]) -> dict[str, object]:
    said, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"the load ended with status {process.returncode}")
    return json.loads(said)


@contextmanager
def gateways(prefix: tuple[str, ...] = (), transport: str = "udp") -> Iterator[None]:
    """SIPp as the gateways, as long as the block runs; with the tunnels that `transport` needs, on the caller's side too."""
    sipp = _sipp()
    started = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            for port in GATEWAYS:
                command = [*prefix, sipp, "-sf", str(HERE / "scenarios/uas.xml"), "-i", "127.0.0.1", "-p", str(port), "-nostdin"]
                command += ["-key", "contact", gateway_place(port, transport), *_transport(transport)]
                started.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder))
            with tunnels(Path(folder), GATEWAYS, prefix) if transport == "tls" else nullcontext():
                yield
        finally:
            for process in started:
                process.send_signal(signal.SIGKILL)
                process.wait()


def place_calls(rate: int, count: int, prefix: tuple[str, ...] = (), transport: str = "udp") -> Calls:
    """`count` calls at `rate` a second by SIPp, over one connection where `transport` has any."""
    port = CALLER_TUNNEL if transport == "tls" else SERVER[1]
    # A port that was connected from is not free at once.
    local = ["-p", "6060"] if transport == "udp" else []
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "out")
        with output.open("wb") as out:
            subprocess.run(
                [
                    *prefix, _sipp(), "-sf", str(HERE / "scenarios/uac.xml"), "-i", "127.0.0.1", *local, *_transport(transport),
                    "-r", str(rate), "-m", str(count), "-l", "100000", "-nostdin", f"{SERVER[0]}:{port}",
                ],
                stdout=out, stderr=subprocess.DEVNULL, cwd=folder, timeout=count / rate + 120, check=False,
            )  # fmt: skip
        text = output.read_text(errors="replace")
    last = text[text.rfind("Messages  Retrans") :]
    return Calls(
        successful=_cumulative(last, "Successful call"),
        failed=_cumulative(last, "Failed call"),
        retransmissions=sum(_retransmissions(line) for line in last.splitlines() if "-->" in line),
    )


def _transport(transport: str) -> list[str]:
    # SIPp repeats a 2xx over TCP too, and as a caller takes the second one for an error.
    return ["-t", "u1"] if transport == "udp" else ["-t", "t1", "-nr"]


def _cumulative(text: str, name: str) -> int:
    found = re.search(rf"{name}\s*\|[^|]*\|\s*(\d+)", text)
    return int(found[1]) if found else 0


def _retransmissions(line: str) -> int:
    numbers = line.rpartition(">")[2].replace("B-RTD1", "").replace("E-RTD1", "").split()
    return int(numbers[1]) if len(numbers) > 1 and numbers[1].isdigit() else 0


def _sipp() -> str:
    found = shutil.which("sipp")
    if found is None:
        raise SystemExit("sipp is not installed (Debian: apt-get install sip-tester)")
    return found
