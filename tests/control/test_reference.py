"""control.reference: docs/control-api.md is what the table says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.control.fixtures import make_methods
from txdispatcher.control.kamcmd import command
from txdispatcher.control.reference import reference, words
from txdispatcher.control.table import Method

DOCUMENT = Path(__file__).parents[2] / "docs" / "control-api.md"


def test_the_document_is_up_to_date() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == reference(make_methods()), "scripts/control-api writes it anew"


@pytest.mark.parametrize("method", list(make_methods()), ids=lambda method: method.name)
def test_an_example_is_the_same_call_by_kamcmd_and_fits_the_method(method: Method) -> None:
    assert command(words(method)) == (method.name, list(method.example))
    assert method.bind(method.example) == list(method.example)
