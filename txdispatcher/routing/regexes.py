"""Regular expressions as Kamailio's scripts write them, POSIX's extended ones, and substitutions: sed's ``/regex/text/flags``."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from txdispatcher.errors import FormatError

#: A regular expression: the case of letters does not matter.
Regex = re.Pattern[bytes]

#: POSIX's classes of characters, which stand within brackets.
_CLASSES = {
    b"alpha": b"A-Za-z",
    b"digit": b"0-9",
    b"alnum": b"A-Za-z0-9",
    b"upper": b"A-Z",
    b"lower": b"a-z",
    b"space": rb"\s",
    b"blank": rb" \t",
    b"xdigit": b"0-9A-Fa-f",
    b"punct": rb"!-/:-@\[-`{-~",
    b"print": b" -~",
    b"graph": b"!-~",
    b"cntrl": rb"\x00-\x1f\x7f",
}
_CLASS = re.compile(rb"\[:([a-z]+):\]")
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}


@lru_cache(1000)
def regex(text: bytes, flags: int = re.IGNORECASE | re.MULTILINE) -> Regex:
    """The compiled expression. Raises FormatError."""
    try:
        return re.compile(_CLASS.sub(lambda found: _CLASSES.get(found[1], found[0]), text), flags)
    except re.error as error:
        shown = text.decode("utf-8", "replace")
        raise FormatError(shown, (error.pos or 0) + 1, f"{shown} is no regular expression: {error.msg}") from None


@dataclass(frozen=True, slots=True)
class Substitution:
    """``/regex/replacement/flags``: `everywhere` instead of once. `parts` of the replacement: bytes, groups' numbers, variables.

    A variable is a function of the run that it is made for.
    """

    pattern: Regex
    parts: tuple[bytes | int | Callable[[Any], bytes], ...]
    everywhere: bool

    def replace(self, text: bytes, run: object) -> tuple[bytes, int]:
        """The text with its matches replaced, and how many there were."""
        return self.pattern.subn(lambda found: self._made(found, run), text, 0 if self.everywhere else 1)

    def spans(self, text: bytes, start: int, end: int, run: object) -> list[tuple[int, int, bytes]]:
        """The matches between `start` and `end` of `text`, each with what is to stand there."""
        found = []
        for match in self.pattern.finditer(text, start, end):
            found.append((match.start(), match.end(), self._made(match, run)))
            if not self.everywhere:
                break
        return found

    def _made(self, found: re.Match[bytes], run: object) -> bytes:
        made = []
        for part in self.parts:
            if isinstance(part, bytes):
                made.append(part)
            elif isinstance(part, int):
                made.append((found[part] or b"") if part <= self.pattern.groups else b"")
            else:
                made.append(part(run))
        return b"".join(made)


def substitution(text: str, compile_text: Callable[[str], Callable[[Any], bytes]]) -> Substitution:
    """What `text` says; `compile_text` is for the replacement's variables. Raises FormatError."""
    mark = text[:1]
    fields = _split(text[1:], mark) if mark else []
    if len(fields) != 3 or mark.isalnum() or set(fields[2]) - set("gis"):
        raise FormatError(text, 1, "allowed: /regex/replacement/flags, the flags being g, i and s")
    written, replacement, letters = fields
    flags = (re.IGNORECASE if "i" in letters else 0) | (re.DOTALL if "s" in letters else re.MULTILINE)
    parts: list[bytes | int | Callable[[Any], bytes]] = []
    at = 0
    for found in re.finditer(r"\\(.)", replacement, re.DOTALL):
        _plain(replacement[at : found.start()], parts, compile_text)
        letter = found[1]
        parts.append(int(letter) if letter.isdigit() else _ESCAPES.get(letter.encode(), letter.encode()))
        at = found.end()
    _plain(replacement[at:], parts, compile_text)
    return Substitution(regex(written.encode("utf-8", "surrogateescape"), flags), tuple(parts), "g" in letters)


def _plain(
    text: str, parts: list[bytes | int | Callable[[Any], bytes]], compile_text: Callable[[str], Callable[[Any], bytes]]
) -> None:
    if text:
        parts.append(compile_text(text) if "$" in text else text.encode("utf-8", "surrogateescape"))


def _split(text: str, mark: str) -> list[str]:
    """At each `mark` that has no backslash before it, which goes."""
    fields = [""]
    at = 0
    while at < len(text):
        if text[at] == "\\" and at + 1 < len(text):
            fields[-1] += mark if text[at + 1] == mark else text[at : at + 2]
            at += 2
            continue
        if text[at] == mark:
            fields.append("")
        else:
            fields[-1] += text[at]
        at += 1
    return fields
