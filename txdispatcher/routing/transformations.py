"""Transformations of pseudo-variables: what stands in braces in ``$(ru{uri.host}{s.replace,$var(a),b})``.

    transformation  = name *( "," argument )
    argument        = variable / text           the last one may hold commas

Names, arguments and results are those of Kamailio's cookbook. What has no value stays so, but for ``sql.`` and ``val.``.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable
from typing import Any

from txdispatcher.errors import FormatError
from txdispatcher.routing import string_transformations, uri_transformations
from txdispatcher.routing.regexes import substitution
from txdispatcher.routing.values import as_bytes, as_number
from txdispatcher.routing.variables import Value

#: Gives the value of a variable; what for, a `Run` or a `Context`, is whoever compiles it to know.
Reader = Callable[[Any], Value | None]
#: From what a reader takes and a value to another value.
Transformation = Callable[[Any, Value | None], Value | None]

_OF_TEXT: dict[str, Callable[..., Value | None]] = {**string_transformations.OF_TEXT, **uri_transformations.OF_TEXT}
_OF_VALUE = string_transformations.OF_VALUE


class Transformed:
    """A variable with its transformations. As in Kamailio, it prints no value as nothing."""

    __slots__ = ("_chain", "_reader")

    def __init__(self, reader: Reader, chain: list[Transformation]) -> None:
        self._reader = reader
        self._chain = tuple(chain)

    def __call__(self, subject: Any) -> Value | None:
        value = self._reader(subject)
        for each in self._chain:
            value = each(subject, value)
        return value


def transformations(braces: str, text: str, at: int, compile_value: Callable[[str], Reader]) -> list[Transformation]:
    """Those in `braces`, ``{…}{…}`` behind the variable at `at` in `text`. Raises FormatError."""
    chain: list[Transformation] = []
    while braces:
        end = _brace_end(braces)
        if not braces.startswith("{") or end < 0:
            raise FormatError(text, at + 1, f"{braces} is no transformation in braces")
        try:
            chain.append(transformation(braces[1:end], compile_value))
        except ValueError as error:
            raise FormatError(text, at + 1, str(error)) from None
        braces = braces[end + 1 :]
    return chain


def transformation(text: str, compile_value: Callable[[str], Reader]) -> Transformation:
    """The one that `text` (without braces) names; `compile_value` is for variables among its arguments.

    Raises ValueError with what is allowed.
    """
    name, comma, rest = text.partition(",")
    name = name.strip().lower()
    if name == "re.subst" and comma:
        return _substitution(rest, compile_value)
    whole = _OF_VALUE.get(name)
    if whole is not None and not comma:
        return lambda run, value: whole(value)
    function = _OF_TEXT.get(name)
    if function is None:
        near = difflib.get_close_matches(name, [*_OF_TEXT, *_OF_VALUE, "re.subst"], n=1)
        hint = f"did you mean {{{_shown(near[0])}}}?" if near else f"allowed: {', '.join(TRANSFORMATIONS)}"
        raise ValueError(f"{{{text}}} is no transformation that is known; {hint}")
    arguments = _arguments(function, rest if comma else None, name, compile_value)
    if not arguments:
        return lambda run, value: None if value is None else function(as_bytes(value))
    if all(not callable(each) for each in arguments):
        return lambda run, value: None if value is None else function(as_bytes(value), *arguments)

    def read(run: Any, value: Value | None) -> Value | None:
        if value is None:
            return None
        return function(as_bytes(value), *(each(run) if callable(each) else each for each in arguments))

    return read


def _brace_end(braces: str) -> int:
    """Where the first transformation ends, whose regular expression may have braces of its own; -1 where it does not."""
    depth = 0
    for at, letter in enumerate(braces):
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if depth == 0:
            return at
    return -1


def _substitution(text: str, compile_value: Callable[[str], Reader]) -> Transformation:
    def compile_text(part: str) -> Callable[[Any], bytes]:
        reader = compile_value(part)
        return lambda run: as_bytes(reader(run))

    try:
        found = substitution(text, compile_text)
    except FormatError as error:
        raise ValueError(str(error)) from None
    return lambda run, value: None if value is None else found.replace(as_bytes(value), run)[0]


def _arguments(function: Callable[..., Any], rest: str | None, name: str, compile_value: Callable[[str], Reader]) -> list[Any]:
    """Each argument: the value, or for a variable what reads it for a run."""
    parameters = list(inspect.signature(function).parameters.values())[1:]
    least = sum(each.default is inspect.Parameter.empty for each in parameters)
    given = [] if rest is None else _split(rest, len(parameters))
    if not least <= len(given) <= len(parameters):
        raise ValueError(f"{{{name}}} has {len(given)} arguments; allowed: {{{_shown(name)}}}")
    return [_argument(text, each.annotation == "int", name, compile_value) for text, each in zip(given, parameters, strict=False)]


def _argument(text: str, number: bool, name: str, compile_value: Callable[[str], Reader]) -> Any:
    stripped = text.strip()
    if stripped.startswith("$") and len(stripped) > 1:
        reader = compile_value(stripped)
        return (lambda run: as_number(reader(run))) if number else (lambda run: as_bytes(reader(run)))
    if not number:
        return text.encode("utf-8", "surrogateescape")
    if not stripped.lstrip("+-").isdigit():
        raise ValueError(f"{{{name}}} has the argument {text!r}; allowed: a number, or a variable that holds one")
    return int(stripped)


def _split(text: str, most: int) -> list[str]:
    """At the commas outside of parentheses and braces, into `most` pieces at most: further commas are the last one's own."""
    found = [""]
    depth = 0
    for letter in text:
        depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(letter, 0)
        if letter == "," and depth <= 0 and len(found) < most:
            found.append("")
        else:
            found[-1] += letter
    return found


def _shown(name: str) -> str:
    if name == "re.subst":
        return "re.subst,/regex/replacement/flags"
    function = _OF_TEXT.get(name)
    parameters = list(inspect.signature(function).parameters.values())[1:] if function is not None else []
    return name + "".join(
        f",{each.name}" if each.default is inspect.Parameter.empty else f"[,{each.name}]" for each in parameters
    )


#: How each is written.
TRANSFORMATIONS = tuple(sorted(map(_shown, (*_OF_TEXT, *_OF_VALUE, "re.subst"))))
