"""`docs/rfc.md` names tests that are there, and every case of the torture documents is one of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent
NAMED = sorted(set(re.findall(r"`(\w+/test_\w+\.py(?:::\w+)*)`", (TESTS.parent / "docs" / "rfc.md").read_text())))

#: How many cases each section of RFC 4475 and 5118 has.
RFC_4475 = {"3_1_1": 13, "3_1_2": 19, "3_2": 1, "3_3": 15, "3_4": 1}


@pytest.mark.parametrize("name", NAMED)
def test_the_test_is_there(name: str) -> None:
    file, *parts = name.split("::")
    text = (TESTS / file).read_text()
    for part in parts:
        assert re.search(rf"^ *(?:class|def) {part}\b", text, re.MULTILINE), f"{file} has no {part}"


def test_rfc_4475_is_complete() -> None:
    assert sum(RFC_4475.values()) == 49
    text = "".join((TESTS / "conformance" / f"test_rfc4475_{part}.py").read_text() for part in ("valid", "invalid", "layers"))
    for section, count in RFC_4475.items():
        found = [int(number) for number in re.findall(rf"^def test_{section}_(\d+)_[a-z]", text, re.MULTILINE)]
        assert found == list(range(1, count + 1))


def test_rfc_5118_is_complete() -> None:
    text = (TESTS / "conformance" / "test_rfc5118.py").read_text()
    assert [int(number) for number in re.findall(r"^def test_4_(\d+)_", text, re.MULTILINE)] == list(range(1, 11))
