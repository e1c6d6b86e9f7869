"""The sample scripts of the documents, which stand beside the project, not in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SEEDS = Path(__file__).parents[4] / "shared" / "seeds"


def sample(name: str) -> str:
    """The path of ``sample-000.cfg`` or ``sample-002.cfg``; skips the test where it is not there."""
    folder = Path(os.environ.get("TXDISPATCHER_SEEDS", SEEDS))
    path = folder / name
    if not path.exists():
        pytest.skip(f"{path} is not there")
    return str(path)
