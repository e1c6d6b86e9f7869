"""The preprocessor of a Kamailio configuration file.

    #!define NAME [VALUE]    #!trydef NAME [VALUE]    #!redefine NAME [VALUE]    #!undef NAME
    #!defenv NAME    #!defenv NAME=ENV    the environment's; #!defenvs as a string; #!trydefenv and #!trydefenvs if it is there
    #!ifdef NAME    #!ifndef NAME    #!else    #!endif
    #!subst "/regex/replacement/flags"      in every string from there on
    #!substdef "/NAME/value/"               subst and define at once
    include_file "PATH"      import_file "PATH": the same, and no error where there is no such file

``!!`` is as good as ``#!``. A defined name stands for its value wherever it is a word by itself outside of strings. A path is
relative to the file that names it. A file saved from a web page, with ``&amp;&amp;`` for ``&&``, is read as what was meant.
"""

from __future__ import annotations

import difflib
import html
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from txdispatcher.errors import ScriptError

#: Files within files: more is a file that includes itself.
DEEPEST = 20
#: Values within values.
_MOST_VALUES = 20

_DIRECTIVE = re.compile(r"\s*(?:#!|!!)\s*([A-Za-z_]+)[ \t]*(.*?)\s*$")
_INCLUDE = re.compile(r"""\s*(?:#!|!!)?(include_file|import_file)\s+(?:"([^"]*)"|'([^']*)')\s*;?\s*(?:#.*)?$""")
_DEFINITION = re.compile(r"([A-Za-z_]\w*)(?:\s+(.*))?$")
_SUBSTITUTION = re.compile(r"""["']?(\W)(.+?)(?<!\\)\1(.*?)(?<!\\)\1([gis]*)["']?$""")
#: What a line is made of: a word may be a defined name, a comment goes, strings and variables with parentheses stay whole.
_PIECES = re.compile(
    r"""(?P<variable>\$(?:[A-Za-z_]\w*)?\((?:[^()\n]|\((?:[^()\n]|\((?:[^()\n]|\([^()\n]*\))*\))*\))*\))
    | (?P<word>[A-Za-z_]\w*) | (?P<comment>\#[^\n]*|//[^\n]*) | (?P<open>/\*) | (?P<quote>["'])
    | (?P<other>[^A-Za-z_\#/"'$]+|.)""",
    re.VERBOSE,
)
_KNOWN = (
    *("define", "trydef", "redefine", "undef", "ifdef", "ifndef", "else", "endif", "subst", "substdef", "substdefs"),
    *("defenv", "defenvs", "trydefenv", "trydefenvs"),
)
_NAMES = {"def": "define", "trydefine": "trydef", "redef": "redefine"}
_ENVIRONMENT = re.compile(r"([A-Za-z_]\w*)(?:=([A-Za-z_]\w*))?$")
#: First lines that say what kind of file it is (``#!KAMAILIO``).
_KINDS = frozenset(("KAMAILIO", "OPENSER", "SER", "MAXCOMPAT", "ALL"))


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: `file` as it was given, `line` from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Source:
    """What is left to parse. `places` has one entry for each line of `text`. Comments are gone."""

    text: str
    places: tuple[Place, ...]
    #: What is defined, at the end of the file.
    names: Mapping[str, str] = field(default_factory=dict)

    def place(self, line: int) -> Place:
        """Where line `line` (from 1) of the text came from."""
        return self.places[min(max(line, 1), len(self.places)) - 1]


def read_source(path: str, defined: Iterable[str] = ()) -> Source:
    """The file at `path` with all that it includes. `defined` are names that are defined from the start. Raises ScriptError."""
    state = _Reading(dict.fromkeys(defined, ""))
    state.file(path, Place(path, 0), 0)
    if not state.places:
        state.places.append(Place(path, 1))
    return Source("".join(state.out), tuple(state.places), state.names)


class _Reading:
    """The names and substitutions so far, and what came of the lines."""

    def __init__(self, names: dict[str, str]) -> None:
        self.names = names
        self.substitutions: list[tuple[re.Pattern[str], str, int]] = []
        self.out: list[str] = []
        self.places: list[Place] = []
        #: What a line begins in: the quote of a string, "*" for a comment, or nothing.
        self.within = ""
        #: The line of the string's beginning, and the line at hand.
        self.opened = 0
        self.place = Place("", 0)

    def file(self, path: str, place: Place, depth: int) -> None:
        if depth > DEEPEST:
            raise ScriptError(place.file, place.line, f"{path} is included within itself, {DEEPEST} files deep")
        try:
            with open(path, encoding="utf-8", errors="surrogateescape") as file:
                content = file.read()
        except OSError as error:
            raise ScriptError(place.file, place.line, f"{path} cannot be read: {error.strerror}") from None
        if "&amp;&amp;" in content and "&&" not in content:
            content = html.unescape(content)
        #: For each #!ifdef: its line, whether its lines count, and whether there was an #!else.
        conditions: list[tuple[int, bool, bool]] = []
        lines = iter(enumerate(content.splitlines(), 1))
        for number, line in lines:
            here = Place(path, number)
            if not self.within:
                while line.endswith("\\") and _DIRECTIVE.match(line):
                    # A directive goes on in the next line behind a backslash.
                    line = line[:-1] + next(lines, (0, ""))[1]
                directive = _DIRECTIVE.match(line)
                include = _INCLUDE.match(line)
                if directive is not None and include is None:
                    self.directive(directive[1], directive[2], here, conditions)
                    continue
                if not all(counts for _, counts, _ in conditions):
                    continue
                if include is not None:
                    named = include[2] if include[2] is not None else include[3]
                    inner = os.path.join(os.path.dirname(path), named)
                    if include[1] == "include_file" or os.path.exists(inner):
                        self.file(inner, here, depth + 1)
                    continue
            elif not all(counts for _, counts, _ in conditions):
                continue
            self.line(line, here)
        if conditions:
            raise ScriptError(path, conditions[-1][0], "this #!ifdef has no #!endif")
        if self.within == "*":
            raise ScriptError(path, content.count("\n") or 1, "a comment has no end: */ is missing")
        if self.within:
            raise ScriptError(path, self.opened, f"a string has no end: {self.within} is missing")

    def directive(self, name: str, rest: str, place: Place, conditions: list[tuple[int, bool, bool]]) -> None:
        counts = all(each for _, each, _ in conditions)
        name = _NAMES.get(name, name)
        if name in ("ifdef", "ifndef"):
            word = rest.split()[0] if rest.split() else ""
            if not word:
                raise ScriptError(place.file, place.line, f"#!{name} needs a name")
            conditions.append((place.line, (word in self.names) == (name == "ifdef"), False))
        elif name in ("else", "endif"):
            if not conditions:
                raise ScriptError(place.file, place.line, f"#!{name} without #!ifdef")
            line, was, other = conditions.pop()
            if name == "else":
                if other:
                    raise ScriptError(place.file, place.line, f"a second #!else to the #!ifdef of line {line}")
                conditions.append((line, not was, True))
        elif not counts or name in _KINDS:
            pass
        elif name in ("define", "trydef", "redefine", "undef"):
            self.define(name, rest, place)
        elif name in ("defenv", "defenvs", "trydefenv", "trydefenvs"):
            self.environment(name, rest, place)
        elif name in ("subst", "substdef", "substdefs"):
            self.subst(name, rest, place)
        else:
            near = difflib.get_close_matches(name, _KNOWN, n=1)
            hint = f"did you mean #!{near[0]}?" if near else "allowed: #!" + ", #!".join(_KNOWN)
            raise ScriptError(place.file, place.line, f"unknown directive #!{name}; {hint}")

    def define(self, directive: str, rest: str, place: Place) -> None:
        found = _DEFINITION.match(rest)
        if found is None:
            raise ScriptError(place.file, place.line, f"#!{directive} needs a name of letters, digits and _, not {rest!r}")
        name, text = found[1], found[2] or ""
        if directive == "undef":
            self.names.pop(name, None)
        elif name not in self.names or directive == "redefine":
            self.names[name] = text
        elif directive == "define" and self.names[name] != text:
            raise ScriptError(place.file, place.line, f"{name} is defined already; allowed: #!redefine, or #!trydef to leave it")

    def environment(self, directive: str, rest: str, place: Place) -> None:
        found = _ENVIRONMENT.match(rest.strip())
        if found is None:
            raise ScriptError(place.file, place.line, f"#!{directive} needs NAME or NAME=ENV, not {rest!r}")
        value = os.environ.get(found[2] or found[1])
        if value is not None:
            quoted = '"{}"'.format(value.replace("\\", "\\\\").replace('"', '\\"')) if directive.endswith("s") else value
            self.names.setdefault(found[1], quoted)
        elif not directive.startswith("try"):
            raise ScriptError(place.file, place.line, f"the environment has no {found[2] or found[1]}; #!try{directive} goes on")

    def subst(self, directive: str, rest: str, place: Place) -> None:
        found = _SUBSTITUTION.match(rest)
        if found is None:
            raise ScriptError(place.file, place.line, f'#!{directive} is "/regex/replacement/flags", not {rest}')
        if directive != "subst":
            quoted = f'"{found[3]}"' if directive == "substdefs" else found[3]
            self.names.setdefault(found[2], quoted)
        try:
            pattern = re.compile(found[2], re.IGNORECASE if "i" in found[4] else 0)
        except re.error as error:
            raise ScriptError(place.file, place.line, f"#!{directive}: {found[2]} is no regular expression: {error}") from None
        self.substitutions.append((pattern, found[3], 0 if "g" in found[4] else 1))

    def line(self, line: str, place: Place) -> None:
        """One line of configuration, without comments, with names and substitutions put in."""
        made: list[str] = []
        self.place = place
        self._expand(line, made, 0)
        self.out.append("".join(made) + "\n")
        self.places.append(place)

    def _expand(self, line: str, made: list[str], depth: int) -> None:
        at = 0
        if self.within == "*":
            at = self._to_comment_end(line, 0)
        elif self.within:
            at = self._to_quote(line, 0, made)
        while at < len(line):
            found = _PIECES.match(line, at)
            assert found is not None  # the last alternative is any character
            kind = found.lastgroup
            at = found.end()
            if kind == "comment":
                return
            if kind == "open":
                made.append(" ")
                self.within = "*"
                at = self._to_comment_end(line, at)
            elif kind == "quote":
                self.within = found[0]
                self.opened = self.place.line
                made.append(found[0])
                at = self._to_quote(line, at, made)
            elif kind == "word" and found[0] in self.names and line[found.start() - 1 : found.start()] not in ("$", "."):
                if depth >= _MOST_VALUES:
                    raise ScriptError(self.place.file, self.place.line, f"{found[0]} is defined by itself")
                self._expand(self.names[found[0]], made, depth + 1)
            else:
                made.append(found[0])

    def _to_comment_end(self, line: str, at: int) -> int:
        end = line.find("*/", at)
        if end < 0:
            return len(line)
        self.within = ""
        return end + 2

    def _to_quote(self, line: str, at: int, made: list[str]) -> int:
        """The rest of a string, which may go on in the next line."""
        end = at
        while end < len(line) and line[end] != self.within:
            end += 2 if line[end] == "\\" else 1
        text = line[at : min(end, len(line))]
        for pattern, replacement, count in self.substitutions:
            text = pattern.sub(lambda _, text=replacement: text, text, count=count)  # type: ignore[misc]
        made.append(text)
        if end >= len(line):
            return len(line)
        made.append(self.within)
        self.within = ""
        return end + 1
