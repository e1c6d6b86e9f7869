"""From the fields of a line or a row to a `Record`: the checks that every store shares."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import ip_address
from socket import AF_INET, inet_pton

from txdispatcher.balancing.attributes import parse_weight
from txdispatcher.balancing.destination import Record
from txdispatcher.balancing.states import ALL, NO_DNS, NO_PING
from txdispatcher.errors import ParseError
from txdispatcher.sip.uri import SIPS, Uri, parse_uri

#: Set ids and priorities are a C int in Kamailio.
LARGEST = 2**31 - 1

_FLAGS = ALL | NO_DNS | NO_PING
_TRANSPORTS = ("udp", "tcp", "tls")
_SCHEMES = ("sip:", "sips:")

# name [ "=" ( quoted / value ) ], up to ";" or the end. A quoted value may hold ";".
_ATTRIBUTE = re.compile(r"""\s*([^=;"']+)(?:=\s*("[^"]*"|'[^']*'|(?!["'])[^;]*))?\s*(?:;|$)""")
_IPV4_LIKE = re.compile(r"[0-9.]+")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]+")
#: More digits than any number that is allowed has, and few enough to be read as one.
_MOST_DIGITS = 12
#: What ds_attrs_none puts where there are no attributes.
_NO_ATTRIBUTES = "none=yes"


class FieldError(ValueError):
    """What is wrong with one field of a line or a row; `field` is the attribute of `Record` that it is for."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


def make_record(
    set_id: int,
    uri: str,
    flags: int,
    priority: int,
    attributes: str,
    warn: Callable[[str], None],
    *,
    attrs_none: bool = False,
) -> Record:
    """The record of these fields. Raises FieldError, whose text is the reason: what was found, what is allowed.

    `attrs_none` (the parameter ds_attrs_none): one without attributes has ``none=yes``, so that AVPs do not get mixed up.

    `warn` is told what was put right or left out: a URI without a scheme is taken for a sip URI, a weight outside 1-100 for
    none.
    """
    for field, name, number in (("set_id", "set id", set_id), ("priority", "priority", priority)):
        if not 0 <= number <= LARGEST:
            raise FieldError(field, f"{name} {number}: 0 to {LARGEST} is allowed")
    if flags < 0 or flags & ~_FLAGS:
        raise FieldError(
            "flags",
            f"flags {flags}: a sum of 1 (inactive), 2 (trying), 4 (disabled), 8 (probing), 16 (no DNS lookup) "
            "and 32 (no ping) is allowed",
        )
    for field, text in (("uri", uri), ("attributes", attributes)):
        if not text.isprintable():
            raise FieldError(field, f"{text!r}: only printable characters in UTF-8 are allowed")
    try:
        uri, parsed = _destination_uri(uri, warn)
        host, transport = _host(parsed), _transport(parsed)
    except ValueError as error:
        raise FieldError("uri", str(error)) from None
    if attrs_none and not attributes:
        attributes = _NO_ATTRIBUTES
    try:
        named = parse_attributes(attributes)
    except ValueError as error:
        raise FieldError("attributes", str(error)) from None
    made = Record(
        set_id=set_id,
        uri=uri,
        flags=flags,
        priority=priority,
        attributes=named,
        attributes_text=attributes.removesuffix(";"),
        host=host,
        port=parsed.port,
        transport=transport,
    )
    weight = made.attribute("weight")
    if weight is not None and not parse_weight(weight):
        warn(f"weight {weight!r} of {uri} is not a number from 1 to 100: it has no weight")
    return made


def parse_number(field: str, name: str, text: str) -> int:
    """The number that `text` is, decimal or hexadecimal with 0x. Raises FieldError, which calls it `name`."""
    if not _NUMBER.fullmatch(text):
        raise FieldError(field, f"{name} {text!r}: a number is allowed, decimal or hexadecimal with 0x")
    if len(text) > _MOST_DIGITS:
        raise FieldError(field, f"{name} {text}: that is too large")
    return int(text, 16 if text[:2] in ("0x", "0X") else 10)


def parse_attributes(text: str) -> dict[str, str | None]:
    """``name1=value1;name2;…`` as a mapping in the same order; without "=" the value is None, quotes round it are taken off.

    Raises ValueError.
    """
    found: dict[str, str | None] = {}
    at = 0
    while at < len(text):
        if text[at] == ";" or text[at].isspace():
            at += 1
            continue
        match = _ATTRIBUTE.match(text, at)
        if match is None:
            raise ValueError(f"attribute {text[at:]!r}: name=value is allowed, with quotes round the whole value or none")
        name, value = match.groups()
        if value is not None:
            value = value[1:-1] if value[:1] in ("'", '"') else value.rstrip()
        found[name.strip()] = value
        at = match.end()
    return found


def _destination_uri(text: str, warn: Callable[[str], None]) -> tuple[str, Uri]:
    """The URI as it is kept, and taken apart."""
    if not text.isascii():
        raise ValueError(f"destination {text!r}: only ASCII is allowed in a URI")
    full = text if text.lower().startswith(_SCHEMES) else "sip:" + text
    try:
        parsed = parse_uri(full.encode("ascii"))
    except ParseError:
        raise ValueError(f"destination {text!r}: sip:host[:port][;parameters] or sips:… is allowed") from None
    if full != text:
        warn(f"destination {text} has no scheme: {full} is taken")
    return full, parsed


def _host(uri: Uri) -> str:
    """In the one form in which addresses and names are compared."""
    host = uri.bare_host
    try:
        if uri.host.startswith(b"["):
            return ip_address(host).compressed
        if _IPV4_LIKE.fullmatch(host):  # Of which there are many, and only one form is allowed.
            inet_pton(AF_INET, host)
    except (ValueError, OSError):
        raise ValueError(f"host {host!r}: neither a name nor an IP address") from None
    return host.lower()


def _transport(uri: Uri) -> str:
    named = uri.param(b"transport")
    if named is None:
        return "tls" if uri.scheme == SIPS else "udp"
    transport = named.decode("ascii").lower()
    if transport not in _TRANSPORTS:
        raise ValueError(f"transport {transport!r}: {', '.join(_TRANSPORTS)} is allowed")
    if uri.scheme == SIPS:
        if transport == "udp":
            raise ValueError("transport 'udp' of a sips URI: tcp or tls is allowed")
        return "tls"
    return transport
