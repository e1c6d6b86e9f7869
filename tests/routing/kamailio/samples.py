"""The sample scripts of the documents, which stand beside the project, not in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.peers import missing

SEEDS = Path(__file__).parents[4] / "shared" / "seeds"


def sample(name: str) -> str:
    """The path of ``sample-000.cfg`` or ``sample-002.cfg``.

    Where their folder is not beside the checkout the test is skipped; where it lacks one, as for want of any peer (`missing`).
    """
    folder = Path(os.environ.get("TXDISPATCHER_SEEDS", SEEDS))
    path = folder / name
    if not path.exists():
        (missing if folder.is_dir() else pytest.skip)(f"{path} is not there")
    return str(path)
