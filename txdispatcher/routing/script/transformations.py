"""Transformations of pseudo-variables: what stands in braces in ``$(ru{uri.host}{s.tolower})``."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from urllib.parse import quote, unquote_to_bytes

from txdispatcher.errors import FormatError, ParseError
from txdispatcher.routing.script.regexes import substitution
from txdispatcher.routing.script.table import as_bytes, as_number
from txdispatcher.routing.variables import Value
from txdispatcher.sip.uri import Uri, parse_uri

#: What is not there stays so; a transformation that finds nothing gives the empty string, as in Kamailio.
Transformation = Callable[[Value | None], Value | None]


def transformation(text: str) -> Transformation:
    """The one that `text` (without braces) names. Raises ValueError with what is allowed."""
    if text.startswith("re.subst,"):
        try:
            found = substitution(text.removeprefix("re.subst,"), _constant)
        except FormatError as error:
            raise ValueError(str(error)) from None
        return _of_text(lambda subject: found.replace(subject, None)[0])
    name, *arguments = text.split(",")
    name = name.strip().lower()
    plain = _PLAIN.get(name)
    if plain is not None and not arguments:
        return _of_text(plain)
    made = _WITH_ARGUMENTS.get(name)
    if made is not None and arguments:
        # A comma is an argument like any other where it is the last: {param.value,a,,} and {s.select,1,,}.
        given = [each.strip() if index == 0 else each for index, each in enumerate(arguments)]
        if given[1:] == ["", ""]:
            given[1:] = [","]
        return _of_text(made([each.encode() for each in given]))
    raise ValueError(f"{{{text}}} is no transformation that is known; allowed: {', '.join(sorted(TRANSFORMATIONS))}")


def _constant(text: str) -> Callable[[object], bytes]:
    return lambda _: text.encode()


def _of_text(function: Callable[[bytes], Value]) -> Transformation:
    return lambda value: None if value is None else function(as_bytes(value))


def _uri(part: Callable[[Uri], Value]) -> Callable[[bytes], Value]:
    def read(text: bytes) -> Value:
        try:
            return part(parse_uri(text))
        except ParseError:
            return b""

    return read


def _substr(arguments: list[bytes]) -> Callable[[bytes], Value]:
    start, length = as_number(arguments[0]), as_number(arguments[1]) if len(arguments) > 1 else 0

    def cut(text: bytes) -> bytes:
        first = max(len(text) + start, 0) if start < 0 else start
        return text[first : first + length] if length > 0 else text[first:]

    return cut


def _select(arguments: list[bytes]) -> Callable[[bytes], Value]:
    index, separator = as_number(arguments[0]), arguments[1] if len(arguments) > 1 else b","

    def cut(text: bytes) -> bytes:
        parts = text.split(separator)
        return parts[index] if -len(parts) <= index < len(parts) else b""

    return cut


def _replace(arguments: list[bytes]) -> Callable[[bytes], Value]:
    new = arguments[1] if len(arguments) > 1 else b""
    return lambda text: text.replace(arguments[0], new)


def _parameters(text: bytes, separator: bytes) -> list[tuple[bytes, bytes]]:
    found = []
    for part in text.split(separator):
        name, _, value = part.partition(b"=")
        if name.strip():
            found.append((name.strip(), value.strip().strip(b'"')))
    return found


def _param_value(arguments: list[bytes]) -> Callable[[bytes], Value]:
    wanted, separator = arguments[0].lower(), arguments[1] if len(arguments) > 1 and arguments[1] else b";"
    return lambda text: next((value for name, value in _parameters(text, separator) if name.lower() == wanted), b"")


def _param_at(which: int) -> Callable[[list[bytes]], Callable[[bytes], Value]]:
    def made(arguments: list[bytes]) -> Callable[[bytes], Value]:
        index, separator = as_number(arguments[0]), arguments[1] if len(arguments) > 1 and arguments[1] else b";"

        def read(text: bytes) -> bytes:
            found = _parameters(text, separator)
            return found[index][which] if -len(found) <= index < len(found) else b""

        return read

    return made


def _address_uri(text: bytes) -> bytes:
    if b"<" in text:
        return text.partition(b"<")[2].partition(b">")[0]
    return text.partition(b";")[0].strip()


def _tag(text: bytes) -> bytes:
    behind = text.partition(b">")[2] if b">" in text else text.partition(b";")[2]
    return next((value for name, value in _parameters(behind, b";") if name.lower() == b"tag"), b"")


_PLAIN: dict[str, Callable[[bytes], Value]] = {
    "s.len": len,
    "s.int": as_number,
    "s.tolower": bytes.lower,
    "s.toupper": bytes.upper,
    "s.trim": bytes.strip,
    "s.rtrim": bytes.rstrip,
    "s.ltrim": bytes.lstrip,
    "s.md5": lambda text: hashlib.md5(text, usedforsecurity=False).hexdigest().encode(),
    "s.encode.hexa": lambda text: text.hex().encode(),
    "s.escape.user": lambda text: quote(text, safe="!*'()&=+$,;?/").encode(),
    "s.unescape.user": unquote_to_bytes,
    "uri.user": _uri(lambda uri: uri.username),
    "uri.host": _uri(lambda uri: uri.host),
    "uri.port": _uri(lambda uri: uri.port),
    "uri.params": _uri(lambda uri: uri.params[1:]),
    "uri.transport": _uri(lambda uri: uri.param(b"transport") or b""),
    "uri.scheme": _uri(lambda uri: uri.scheme),
    "uri.passwd": _uri(lambda uri: (uri.user or b"").partition(b":")[2]),
    "nameaddr.uri": _address_uri,
    "nameaddr.name": lambda text: text.partition(b"<")[0].strip() if b"<" in text else b"",
    "tobody.uri": _address_uri,
    "tobody.user": lambda text: _uri(lambda uri: uri.username)(_address_uri(text)),
    "tobody.host": lambda text: _uri(lambda uri: uri.host)(_address_uri(text)),
    "tobody.tag": _tag,
    "param.count": lambda text: len(_parameters(text, b";")),
}
_WITH_ARGUMENTS: dict[str, Callable[[list[bytes]], Callable[[bytes], Value]]] = {
    "s.substr": _substr,
    "s.select": _select,
    "s.replace": _replace,
    "s.strip": lambda arguments: lambda text: text[as_number(arguments[0]) :],
    "s.striptail": lambda arguments: lambda text: text[: max(len(text) - as_number(arguments[0]), 0)],
    "s.prefixes": lambda arguments: lambda text: b",".join(text[:end] for end in range(1, as_number(arguments[0]) + 1)),
    "uri.param": lambda arguments: _uri(lambda uri: uri.param(arguments[0].lower()) or b""),
    "param.value": _param_value,
    "param.valueat": _param_at(1),
    "param.name": _param_at(0),
}

#: What they are called; behind the comma come arguments.
TRANSFORMATIONS = ("re.subst,…", *_PLAIN, *(f"{each},…" for each in _WITH_ARGUMENTS))
