"""SIPp on both sides of a server."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from servers import GATEWAYS, HERE, SERVER


@dataclass(frozen=True)
class Calls:
    """What SIPp says of a run."""

    successful: int
    failed: int
    retransmissions: int


@contextmanager
def gateways(prefix: tuple[str, ...] = ()) -> Iterator[None]:
    """SIPp as the gateways, as long as the block runs."""
    sipp = _sipp()
    started = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            for port in GATEWAYS:
                command = [*prefix, sipp, "-sf", str(HERE / "scenarios/uas.xml"), "-i", "127.0.0.1", "-p", str(port), "-nostdin"]
                started.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder))
            yield
        finally:
            for process in started:
                process.send_signal(signal.SIGKILL)
                process.wait()


def place_calls(rate: int, count: int, prefix: tuple[str, ...] = ()) -> Calls:
    """`count` calls at `rate` a second."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "out")
        with output.open("wb") as out:
            subprocess.run(
                [
                    *prefix, _sipp(), "-sf", str(HERE / "scenarios/uac.xml"), "-i", "127.0.0.1", "-p", "6060",
                    "-r", str(rate), "-m", str(count), "-l", "100000", "-nostdin", f"{SERVER[0]}:{SERVER[1]}",
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
