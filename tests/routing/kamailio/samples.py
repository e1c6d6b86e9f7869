"""The sample scripts of the documents, which stand beside the project, not in it."""

from __future__ import annotations

import os
from pathlib import Path

from tests.peers import missing

SEEDS = Path(__file__).parents[4] / "shared" / "seeds"


def sample(name: str) -> str:
    """The path of ``sample-000.cfg`` or ``sample-002.cfg``; skips the test without it, or fails it where peers are required."""
    folder = Path(os.environ.get("TXDISPATCHER_SEEDS", SEEDS))
    path = folder / name
    if not path.exists():
        missing(f"{path} is not there")
    return str(path)
