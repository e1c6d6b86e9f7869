"""control.credentials: who is in the file, and what a header shows."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from txdispatcher.control.credentials import Credentials, read_credentials
from txdispatcher.errors import CredentialsError

TEXT = """
# operators
basic  admin:correct-horse
basic  watcher:read:colons:and-more   read-only

bearer 0123456789abcdef    read-only
bearer fedcba9876543210
"""


@pytest.fixture(scope="module")
def credentials(tmp_path_factory: pytest.TempPathFactory) -> Credentials:
    return read(tmp_path_factory.mktemp("credentials"), TEXT)


def read(folder: Path, text: str) -> Credentials:
    file = folder / "users"
    file.write_text(text)
    return read_credentials(str(file))


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("authorization", "read_only"),
    [
        (basic("admin:correct-horse"), False),
        (basic("admin:correct-horse").replace("Basic", "basic"), False),
        (basic("watcher:read:colons:and-more"), True),
        ("Bearer 0123456789abcdef", True),
        ("BEARER  fedcba9876543210 ", False),
    ],
)
def test_credentials_that_are_there(credentials: Credentials, authorization: str, read_only: bool) -> None:
    found = credentials.find(authorization)
    assert found is not None
    assert found.read_only is read_only


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Basic",
        "Bearer",
        "Bearer ",
        "Bearer admin:correct-horse",
        "Bearer 0123456789abcde",
        basic("admin:correct-horsf"),
        basic("admin"),
        basic("0123456789abcdef"),
        "Basic admin:correct-horse",
        "Digest 0123456789abcdef",
        "Bearer \xff",
    ],
)
def test_what_shows_nothing(credentials: Credentials, authorization: str) -> None:
    assert credentials.find(authorization) is None


@given(st.text(st.characters(max_codepoint=255), max_size=40))
def test_no_header_raises(credentials: Credentials, authorization: str) -> None:
    for scheme in ("", "Basic ", "Bearer "):
        credentials.find(scheme + authorization)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "users: names nobody"),
        ("# nobody", "users: names nobody"),
        ("basic admin", "users:1: allowed: "),
        ("\nbasic :password1", "users:2: allowed: "),
        ("digest a:password1", "users:1: allowed: "),
        ("bearer 0123456789 readonly", "users:1: allowed: "),
        ("bearer 0123456", "users:1: a password or token has 8 characters at the least"),
        ("basic a:1234567", "users:1: a password or token has 8 characters at the least"),
    ],
)
def test_a_line_that_is_wrong_is_named(tmp_path: Path, text: str, place: str) -> None:
    with pytest.raises(CredentialsError) as caught:
        read(tmp_path, text)
    assert place in str(caught.value)
    assert "1234567" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match="cannot be read"):
        read_credentials(str(tmp_path / "none"))
