"""Transformations of any text: ``s.``, ``line.``, ``json.``, ``sql.`` and ``val.``.

What finds nothing gives the empty text, as in Kamailio.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

from txdispatcher.balancing.hashing import ds_hash
from txdispatcher.routing.values import as_bytes, as_number
from txdispatcher.routing.variables import Value

_BLANKS = b" \t\r\n"
_WORD = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
# unreserved = alphanum / mark; user = 1*( unreserved / escaped / user-unreserved )           (RFC 3261 25.1)
_UNRESERVED = _WORD + b"-_.!~*'()"
_USER = frozenset(_UNRESERVED + b"&=+$,;?/")
_PARAM = frozenset(_UNRESERVED + b"[]/:&+$")
#: What needs no escape in a URL's query.
_QUERY = frozenset(_WORD + b"-_.~")
_BASE58 = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BRACKETS = (b"()", b"[]", b"{}", b"<>")
_COMMON = {0: b"\\0", 34: b'\\"', 39: b"\\'", 92: b"\\\\"}


def _int(text: bytes) -> Value | None:
    stripped = text.strip()
    return as_number(stripped) if stripped.lstrip(b"+-").isdigit() else None


def _substr(text: bytes, offset: int, length: int = 0) -> bytes:
    first = len(text) + offset if offset < 0 else offset
    if first < 0:
        return b""
    return text[first : first + length] if length > 0 else text[first:]


def _select(text: bytes, index: int, separator: bytes = b",") -> bytes:
    parts = text.split(separator[:1] or b",")
    return parts[index] if -len(parts) <= index < len(parts) else b""


def _strip(text: bytes, length: int) -> bytes:
    return text[max(length, 0) :]


def _striptail(text: bytes, length: int) -> bytes:
    return text[: max(len(text) - max(length, 0), 0)]


def _rm(text: bytes, match: bytes) -> bytes:
    return text.replace(match, b"") if match else text


def _replace(text: bytes, match: bytes, replacement: bytes = b"") -> bytes:
    return text.replace(match, replacement) if match else text


def _count(text: bytes, letter: bytes) -> int:
    return text.count(letter[:1]) if letter else 0


def _prefixes(text: bytes, length: int = 0) -> bytes:
    return b",".join(_beginnings(text, length))


def _quoted_prefixes(text: bytes, length: int = 0) -> bytes:
    return b",".join(b"'%b'" % each for each in _beginnings(text, length))


def _beginnings(text: bytes, length: int) -> list[bytes]:
    most = min(length, len(text)) if length > 0 else len(text)
    return [text[:end] for end in range(1, most + 1)]


def _unquote(text: bytes) -> bytes:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in b"\"'" else text


def _unbracket(text: bytes) -> bytes:
    return text[1:-1] if text[:1] + text[-1:] in _BRACKETS else text


def _after(text: bytes, letter: bytes) -> bytes:
    return text.partition(letter)[2] if letter else b""


def _rafter(text: bytes, letter: bytes) -> bytes:
    return text.rpartition(letter)[2] if letter and letter in text else b""


def _before(text: bytes, letter: bytes) -> bytes:
    return text.partition(letter)[0] if letter else text


def _rbefore(text: bytes, letter: bytes) -> bytes:
    return text.rpartition(letter)[0] if letter and letter in text else text


def _lines(indent: bytes) -> Callable[[bytes, int, int], bytes]:
    def made(text: bytes, length: int, count: int) -> bytes:
        step = max(length, 1)
        return (b"\r\n" + indent * count).join(text[at : at + step] for at in range(0, len(text), step))

    return made


def _hash(text: bytes, size: int = 0) -> bytes:
    found = ds_hash(text)
    return b"%d" % (found & (size - 1) if size > 0 else found)


def _ftime(text: bytes, form: bytes) -> bytes:
    try:
        return time.strftime(form.decode("utf-8", "replace"), time.localtime(as_number(text))).encode()
    except (ValueError, OverflowError):
        return b""


def _percent(kept: frozenset[int]) -> Callable[[bytes], bytes]:
    escapes = [bytes((each,)) if each in kept else b"%%%02x" % each for each in range(256)]
    return lambda text: b"".join(map(escapes.__getitem__, text))


_query = _percent(_QUERY)


def _escape_common(text: bytes) -> bytes:
    return b"".join(_COMMON.get(each, bytes((each,))) for each in text)


def _unescape_common(text: bytes) -> bytes:
    made = bytearray()
    at = 0
    while at < len(text):
        if text[at : at + 2] in _COMMON.values():
            made += b"\0" if text[at + 1 : at + 2] == b"0" else text[at + 1 : at + 2]
            at += 2
        else:
            made.append(text[at])
            at += 1
    return bytes(made)


def _pack(text: bytes) -> bytes:
    """Seven bits of each character, the first ones lowest (3GPP TS 23.038 6.1.2), as hexadecimal digits."""
    bits = sum((each & 0x7F) << 7 * index for index, each in enumerate(text))
    return bits.to_bytes((7 * len(text) + 7) // 8, "little").hex().upper().encode()


def _unpack(text: bytes) -> bytes:
    packed = _unhex(text)
    bits = int.from_bytes(packed, "little")
    return bytes(bits >> 7 * index & 0x7F for index in range(8 * len(packed) // 7))


def _unhex(text: bytes) -> bytes:
    try:
        return binascii.unhexlify(text)
    except ValueError:
        return b""


def _to_base58(text: bytes) -> bytes:
    number = int.from_bytes(text, "big")
    digits = bytearray()
    while number:
        number, digit = divmod(number, 58)
        digits.append(_BASE58[digit])
    return b"1" * (len(text) - len(text.lstrip(b"\0"))) + bytes(reversed(digits))


def _from_base58(text: bytes) -> bytes:
    number = 0
    for each in text:
        digit = _BASE58.find(each)
        if digit < 0:
            return b""
        number = number * 58 + digit
    zeros = len(text) - len(text.lstrip(b"1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def _from_base64(letters: bytes | None = None) -> Callable[[bytes], bytes]:
    def read(text: bytes) -> bytes:
        try:
            return base64.b64decode(text.rstrip(b"=") + b"=" * (-len(text.rstrip(b"=")) % 4), letters)
        except ValueError:
            return b""

    return read


def _line_at(text: bytes, position: int) -> bytes:
    found = text.splitlines()
    return found[position] if -len(found) <= position < len(found) else b""


def _line_with(text: bytes, match: bytes) -> bytes:
    return next((each for each in text.splitlines() if each.startswith(match)), b"")


def _parse_json(text: bytes, key: bytes) -> Value | None:
    """The field of a JSON object, ``a.b`` that of one within; objects and lists as JSON again."""
    try:
        found: Any = json.loads(text)
    except ValueError:
        return b""
    for name in key.decode("utf-8", "replace").split("."):
        if not isinstance(found, dict) or name not in found:
            return b""
        found = found[name]
    if isinstance(found, bool) or not isinstance(found, int | str):
        return None if found is None else json.dumps(found, separators=(",", ":")).encode()
    return found if isinstance(found, int) else found.encode()


def _json(text: bytes) -> bytes:
    return json.dumps(text.decode("utf-8", "surrogateescape"), ensure_ascii=False).encode("utf-8", "surrogateescape")


#: Of a value that there is, as text; further parameters are the arguments.
OF_TEXT: dict[str, Callable[..., Value | None]] = {
    "s.len": len,
    "s.int": _int,
    "s.tolower": lambda text: text.lower(),
    "s.toupper": lambda text: text.upper(),
    "s.trim": lambda text: text.strip(_BLANKS),
    "s.rtrim": lambda text: text.rstrip(_BLANKS),
    "s.ltrim": lambda text: text.lstrip(_BLANKS),
    "s.rmws": lambda text: text.translate(None, _BLANKS),
    "s.numeric": lambda text: bytes(each for each in text if 48 <= each <= 57),
    "s.substr": _substr,
    "s.select": _select,
    "s.strip": _strip,
    "s.striptail": _striptail,
    "s.rm": _rm,
    "s.replace": _replace,
    "s.count": _count,
    "s.prefixes": _prefixes,
    "s.prefixes.quoted": _quoted_prefixes,
    "s.unquote": _unquote,
    "s.unbracket": _unbracket,
    "s.after": _after,
    "s.rafter": _rafter,
    "s.before": _before,
    "s.rbefore": _rbefore,
    "s.fmtlines": _lines(b" "),
    "s.fmtlinet": _lines(b"\t"),
    "s.corehash": _hash,
    "s.ftime": _ftime,
    "s.md5": lambda text: hashlib.md5(text, usedforsecurity=False).hexdigest().encode(),
    "s.sha256": lambda text: hashlib.sha256(text).hexdigest().encode(),
    "s.sha384": lambda text: hashlib.sha384(text).hexdigest().encode(),
    "s.sha512": lambda text: hashlib.sha512(text).hexdigest().encode(),
    "s.encode.7bit": _pack,
    "s.decode.7bit": _unpack,
    "s.encode.hexa": lambda text: text.hex().encode(),
    "s.decode.hexa": _unhex,
    "s.encode.base58": _to_base58,
    "s.decode.base58": _from_base58,
    "s.encode.base64": lambda text: base64.b64encode(text),
    "s.decode.base64": _from_base64(),
    "s.encode.base64t": lambda text: base64.b64encode(text).rstrip(b"="),
    "s.decode.base64t": _from_base64(),
    "s.encode.base64url": base64.urlsafe_b64encode,
    "s.decode.base64url": _from_base64(b"-_"),
    "s.encode.base64urlt": lambda text: base64.urlsafe_b64encode(text).rstrip(b"="),
    "s.decode.base64urlt": _from_base64(b"-_"),
    "s.escape.common": _escape_common,
    "s.unescape.common": _unescape_common,
    "s.escape.user": _percent(_USER),
    "s.unescape.user": unquote_to_bytes,
    "s.escape.param": _percent(_PARAM),
    "s.unescape.param": unquote_to_bytes,
    "s.escape.csv": lambda text: b'"%b"' % text.replace(b'"', b'""'),
    "s.urlencode.param": lambda text: _query(text).replace(b"%20", b"+"),
    "s.urldecode.param": lambda text: unquote_to_bytes(text.replace(b"+", b" ")),
    "line.count": lambda text: len(text.splitlines()),
    "line.at": _line_at,
    "line.sw": _line_with,
    "json.parse": _parse_json,
}


def _sql(null: bytes) -> Callable[[Value | None], Value]:
    def made(value: Value | None) -> Value:
        if value is None or isinstance(value, int):
            return null if value is None else value
        return b"'%b'" % _escape_common(value)

    return made


#: Of a value that may be None.
OF_VALUE: dict[str, Callable[[Value | None], Value]] = {
    "sql.val": _sql(b"NULL"),
    "sql.val.int": _sql(b"0"),
    "sql.val.str": _sql(b"''"),
    "val.json": lambda value: _json(as_bytes(value))[1:-1],
    "val.jsonqe": lambda value: value if isinstance(value, int) else _json(as_bytes(value)),
    "val.n0": lambda value: 0 if value is None else value,
    "val.ne": lambda value: b"" if value is None else value,
}
