"""The benchmarks run: their figures are no matter of tests."""

from __future__ import annotations

import importlib
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.peers import missing, require_peer
from txdispatcher.proxy.actions import Send

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.peer
def test_every_benchmark_runs() -> None:
    for peer in ("kamailio", "sipp", "stunnel4"):
        require_peer(peer)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("127.0.0.1", 5060))
        except OSError:
            missing("somebody holds udp:127.0.0.1:5060, which the compared configurations name")
    ended = subprocess.run([sys.executable, ROOT / "bench/smoke"], capture_output=True, text=True, timeout=150, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    names = {each.name for each in (ROOT / "bench").iterdir() if each.is_file() and os.access(each, os.X_OK)}
    # It runs none of itself; perf, which bench/profile is about, is not there where CI runs.
    forgotten = {name for name in names - {"smoke", "profile"} if f"bench/{name} " not in ended.stdout}
    assert not forgotten
    # Each comparison came as far as its ratios.
    assert ended.stdout.count("| ratio |") == 6


@pytest.mark.parametrize("lost", [0, 7, 10], ids=["nothing lost", "each 7th lost", "each 10th lost"])
def test_the_generator_sends_again_what_is_lost_and_counts_it(monkeypatch: pytest.MonkeyPatch, lost: int) -> None:
    monkeypatch.syspath_prepend(ROOT / "bench")
    generator, journey = importlib.import_module("generator"), importlib.import_module("journey").Journey()
    caller, gateways = generator.Caller(50, b"run"), generator.Gateways(50, b"run", ring=0.2)
    messages = resent = 0

    def to_proxy(batch: list[bytes], port: int) -> None:
        nonlocal messages
        for data in batch:
            messages += 1
            if not lost or messages % lost:
                from_proxy(journey.feed(data, ("127.0.0.1", port)))

    def from_proxy(sends: list[Send]) -> None:
        for _, (_, target), data in sends:
            answers: list[bytes] = []
            if target == generator.CALLER:
                caller.receive(data, journey.now, answers)
            else:
                gateways.receive(data, target, journey.now, answers)
            to_proxy(answers, target)

    for turn in range(6000):
        journey.now = turn / 100
        if turn < 50:
            to_proxy([caller.place(turn, journey.now)], generator.CALLER)
        for port, answer in gateways.picked_up(journey.now):
            to_proxy([answer], port)
        for port, side in ((generator.CALLER, caller), (7070, gateways)):
            again = side.unanswered.due(journey.now)
            resent += len(again)
            to_proxy(again, port)
        journey.proxy.advance(journey.now)
        sends = journey.proxy.actions.sends[:]
        journey.proxy.actions.sends.clear()
        from_proxy(sends)
    assert caller.completed == caller.ended == 50
    assert bool(resent) == bool(lost)
    # What was lost on its way in and came again, the proxy may have absorbed.
    assert lost or caller.repeated == gateways.repeated == 0
