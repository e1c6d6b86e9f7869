"""Who may call over TCP: a file of user names with passwords, and of tokens; some of them may only read.

    basic  NAME:PASSWORD [read-only]
    bearer TOKEN         [read-only]

One a line; what begins with # is a comment. (RFC 7617 and RFC 6750 say how they travel.)
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from txdispatcher.errors import CredentialsError

#: The fewest characters of a password or token: shorter ones can be guessed over a network.
SHORTEST = 8


@dataclass(frozen=True, slots=True)
class Credential:
    """`digest` is the SHA-256 of scheme, a blank, and what follows it in the header (for Basic, before it is encoded)."""

    digest: bytes
    read_only: bool


class Credentials:
    """What is allowed to whom."""

    def __init__(self, credentials: Iterable[Credential]) -> None:
        self._credentials = tuple(credentials)

    def __len__(self) -> int:
        return len(self._credentials)

    def replace(self, others: Credentials) -> None:
        """Allow from now on what `others` allow, and nothing else."""
        self._credentials = others._credentials

    def find(self, authorization: str) -> Credential | None:
        """The one that an Authorization header's value shows. The time that this takes says nothing about those there are."""
        shown = _digest(_secret(authorization))
        found = None
        for each in self._credentials:
            # All of them, found or not; and of digests, which nobody can come closer to step by step.
            if hmac.compare_digest(each.digest, shown):
                found = each
        return found


def read_credentials(file: str) -> Credentials:
    """Those in `file`. Raises CredentialsError, which names file and line."""
    try:
        with open(file, encoding="utf-8") as opened:
            lines = opened.read().splitlines()
    except OSError as error:
        raise CredentialsError(file, 0, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CredentialsError(file, 0, "is not UTF-8") from None
    found = [_credential(file, number, line.split()) for number, line in enumerate(lines, 1) if line.split("#")[0].strip()]
    if not found:
        raise CredentialsError(file, 0, "names nobody")
    return Credentials(found)


_ALLOWED = '"basic NAME:PASSWORD" or "bearer TOKEN", with "read-only" behind it for who may change nothing'


def _credential(file: str, number: int, words: list[str]) -> Credential:
    if len(words) not in (2, 3) or words[0] not in ("basic", "bearer") or words[2:] not in ([], ["read-only"]):
        raise CredentialsError(file, number, f"allowed: {_ALLOWED}")
    kind, secret = words[:2]
    name, colon, password = secret.partition(":")
    if kind == "basic" and not (name and colon):
        raise CredentialsError(file, number, f"allowed: {_ALLOWED}")
    if len(password if kind == "basic" else secret) < SHORTEST:
        raise CredentialsError(file, number, f"a password or token has {SHORTEST} characters at the least")
    return Credential(_digest(f"{kind} {secret}".encode()), len(words) == 3)


def _secret(authorization: str) -> bytes:
    """The value of the header as `Credential` has it; b"" for what is none."""
    scheme, _, shown = authorization.strip().partition(" ")
    if scheme.lower() == "bearer":
        return b"bearer " + shown.strip().encode("latin-1", "replace")
    if scheme.lower() != "basic":
        return b""
    try:
        return b"basic " + base64.b64decode(shown.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _digest(secret: bytes) -> bytes:
    return hashlib.sha256(secret).digest()
