"""functions.pyi is what the table of functions says."""

from __future__ import annotations

from pathlib import Path

from txdispatcher.routing.python import stubs


def test_it_is_current() -> None:
    """scripts/script-stubs writes it anew."""
    assert (Path(stubs.__file__).parent / "functions.pyi").read_text(encoding="utf-8") == stubs.stubs()
