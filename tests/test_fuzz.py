"""Every fuzz target of fuzz/ runs, as its docstring says, and finds nothing in a short run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("target", sorted(ROOT.glob("fuzz/fuzz_*.py")), ids=lambda path: path.stem)
def test_target_finds_nothing(target: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(target), "1500", "1"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("1500 inputs of seed 1: ")


def test_there_are_targets() -> None:
    known = {"fuzz_message", "fuzz_uri", "fuzz_binrpc", "fuzz_http", "fuzz_jsonrpcs", "fuzz_mi", "fuzz_stun"}
    assert known <= {path.stem for path in ROOT.glob("fuzz/fuzz_*.py")}
