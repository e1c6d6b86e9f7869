"""Micro-benchmarks of whichever build is installed: `.venv/bin/python -m pytest bench/micro --benchmark-only`."""

from __future__ import annotations

import sys
from pathlib import Path

from txdispatcher.build import running_build

# The other benchmarks' modules: the journey's messages serve here too.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def pytest_report_header() -> str:
    return running_build()
