"""The benchmarks run: their figures are no matter of tests."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.peers import missing, require_peer

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.peer
def test_every_benchmark_runs() -> None:
    for peer in ("kamailio", "sipp"):
        require_peer(peer)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("127.0.0.1", 5060))
        except OSError:
            missing("somebody holds udp:127.0.0.1:5060, which the compared configurations name")
    ended = subprocess.run([sys.executable, ROOT / "bench/smoke"], capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    names = {each.name for each in (ROOT / "bench").iterdir() if each.is_file() and os.access(each, os.X_OK)}
    # It runs none of itself; perf, which bench/profile is about, is not there where CI runs.
    forgotten = {name for name in names - {"smoke", "profile"} if f"bench/{name} " not in ended.stdout}
    assert not forgotten
    # Each comparison came as far as its ratios.
    assert ended.stdout.count("| ratio |") == 4
