"""routing.script.reference: docs/script-reference.md is what the tables say."""

from __future__ import annotations

from pathlib import Path

import pytest

from txdispatcher.routing.script.functions import FUNCTIONS
from txdispatcher.routing.script.reference import reference

DOCUMENT = Path(__file__).parents[3] / "docs" / "script-reference.md"


def test_the_document_is_current() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == reference(), "scripts/script-reference writes it anew"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_says_what_it_does(name: str) -> None:
    assert FUNCTIONS[name].about.endswith((".", ":", "`"))
    assert f"{name}(" in reference()
