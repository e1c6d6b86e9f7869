"""The pseudo-variables of header fields that the server itself does not look at: identities, credentials, Vias, lists.

With the values that Kamailio 5.6 gives them; of a response those of the response.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from txdispatcher.errors import FormatError, ParseError
from txdispatcher.routing.message_variables import header_values, uri_user
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.uri_transformations import TRANSPORTS
from txdispatcher.routing.variables import Value
from txdispatcher.sip.address import address_uri, param_span, tag_span
from txdispatcher.sip.message import split_values
from txdispatcher.sip.uri import Uri, parse_uri
from txdispatcher.sip.via import Via, parse_via

Reader = Callable[[Run], Value | None]
#: Gives the index; None is all of them.
Index = Callable[[Run], int | None]

_TOKEN = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+")
_CREDENTIAL = re.compile(rb'([A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))')
#: Header fields whose lines may hold several values (RFC 3261 7.3.1).
_LISTS = frozenset(b"via v route record-route contact m path service-route diversion p-asserted-identity history-info".split())


def header(name: bytes) -> Reader:
    """The value of the first line of that name."""

    def read(run: Run) -> bytes | None:
        values = header_values(run.context, name)
        return values[0].strip() if values else None

    return read


def display_name(value: bytes) -> bytes | None:
    """The display name in the value of From or To, as it is written."""
    return value.partition(b"<")[0].strip() or None if b"<" in value else None


def uri_in(value: bytes) -> bytes:
    """The URI in the value of From or To; empty where it cannot be read."""
    try:
        start, end, _ = address_uri(value, 0, len(value))
    except ParseError:
        return b""
    return value[start:end]


def tag_of(value: bytes) -> bytes | None:
    """The tag in the value of From or To."""
    try:
        first, last = tag_span(value, 0, len(value))
    except ParseError:
        return None
    return value[first:last] or None


def _address(name: bytes, part: Callable[[bytes, int, int, int], Value | None]) -> Reader:
    """A part of the address in the first line of that name: `part` of its value, URI's start and end, parameters' start."""
    value = header(name)

    def read(run: Run) -> Value | None:
        text = value(run)
        if not isinstance(text, bytes):
            return None
        try:
            first = split_values(text, 0, len(text))[0]
            text = text[first[0] : first[1]]
            return part(text, *address_uri(text, 0, len(text))) or None
        except ParseError:
            return None

    return read


def _uri_of(name: bytes) -> Reader:
    return _address(name, lambda text, start, end, behind: text[start:end])


def _part_of(name: bytes, part: Callable[[Uri], Value | None]) -> Reader:
    return _address(name, lambda text, start, end, behind: part(parse_uri(text[start:end])))


def _param_of(name: bytes, param: bytes) -> Reader:
    def read(text: bytes, start: int, end: int, behind: int) -> bytes:
        first, last = param_span(text, behind, len(text), param)
        return text[first:last].strip(b'"')

    return _address(name, read)


def _credential(name: bytes) -> Reader:
    """A parameter of the Authorization that the caller has sent, or else of its Proxy-Authorization."""

    def read(run: Run) -> bytes | None:
        for field in (b"authorization", b"proxy-authorization"):
            for value in header_values(run.context, field):
                for found in _CREDENTIAL.finditer(value):
                    if found[1].lower() == name:
                        return found[2] if found[2] is not None else found[3]
        return None

    return read


_username = _credential(b"username")


def _user_of_username(run: Run) -> bytes | None:
    name = _username(run)
    return name.partition(b"@")[0] if isinstance(name, bytes) else None


def _domain_of_username(run: Run) -> bytes | None:
    name = _username(run)
    return name.partition(b"@")[2] or None if isinstance(name, bytes) else None


def _route_uri(run: Run) -> Value | None:
    return _uri_of(b"route")(run)


def _length(run: Run) -> int | None:
    value = header(b"content-length")(run)
    return int(value) if isinstance(value, bytes) and value.isdigit() else None


READERS: dict[str, Reader] = {
    "ct": header(b"contact"),
    "cT": header(b"content-type"),
    "cl": _length,
    "csb": header(b"cseq"),
    "fn": lambda run: display_name(run.context.request.from_value),
    "tn": lambda run: display_name(run.context.request.to_value),
    "ai": _uri_of(b"p-asserted-identity"),
    "pu": _uri_of(b"p-preferred-identity"),
    "pU": _part_of(b"p-preferred-identity", uri_user),
    "pd": _part_of(b"p-preferred-identity", lambda uri: uri.host),
    "pn": _address(b"p-preferred-identity", lambda text, start, end, behind: display_name(text)),
    "re": _uri_of(b"remote-party-id"),
    "rt": _uri_of(b"refer-to"),
    "di": _uri_of(b"diversion"),
    "dir": _param_of(b"diversion", b"reason"),
    "dip": _param_of(b"diversion", b"privacy"),
    "dic": _param_of(b"diversion", b"counter"),
    "route_uri": _route_uri,
    "aU": _username,
    "au": _user_of_username,
    "ad": _domain_of_username,
    "ar": _credential(b"realm"),
    "aa": _credential(b"algorithm"),
    "adu": _credential(b"uri"),
    "adn": _credential(b"nonce"),
}


def _via(which: int) -> Callable[[str], Reader]:
    """``$via0(host)``: of the topmost Via, the next, or (-1) the last."""

    def made(name: str) -> Reader:
        part = _VIA_PARTS.get(name)
        if part is None:
            raise FormatError(f"$via({name})", 1, f"{name} is unknown; allowed: {', '.join(_VIA_PARTS)}")

        def read(run: Run) -> Value | None:
            found = _values(run, b"via")
            if not -len(found) <= which < len(found):
                return None
            try:
                value = part(parse_via(found[which], 0, len(found[which])))
            except ParseError:
                return None
            return None if value == b"" else value

        return read

    return made


_VIA_PARTS: dict[str, Callable[[Via], Value | None]] = {
    "host": lambda via: via.host,
    "port": lambda via: via.port or None,
    "proto": lambda via: via.transport.upper(),
    "protoid": lambda via: TRANSPORTS.index(via.transport.lower()) + 1 if via.transport.lower() in TRANSPORTS else 0,
    "branch": lambda via: via.branch,
    "rport": lambda via: via.rport,
    "received": lambda via: via.received,
}


def _values(run: Run, name: bytes) -> list[bytes]:
    """Every value of the field: those of a list one by one."""
    found = []
    for line in header_values(run.context, name):
        if name in _LISTS:
            found += [line[start:end] for start, end in split_values(line, 0, len(line)) if start < end]
        else:
            found.append(line.strip())
    return found


def _name(text: str, variable: str) -> bytes:
    if not _TOKEN.fullmatch(text):
        raise FormatError(f"${variable}({text})", 1, f"needs the name of a header field: ${variable}(name)")
    return text.lower().encode("ascii")


def _count_lines(text: str) -> Reader:
    name = _name(text, "hdrc")
    return lambda run: len(header_values(run.context, name))


def _count_values(text: str) -> Reader:
    name = _name(text, "hflc")
    return lambda run: len(_values(run, name))


def _value_at(text: str, index: Index) -> Reader:
    name = _name(text, "hfl")

    def read(run: Run) -> bytes | None:
        at, found = index(run), _values(run, name)
        if at is None:
            return b", ".join(found) or None
        return found[at] if -len(found) <= at < len(found) else None

    return read


def _line_at(text: str, index: Index) -> Reader:
    name = _name(text, "hdr")

    def read(run: Run) -> bytes | None:
        at, found = index(run), header_values(run.context, name)
        return found[at] if at is not None and -len(found) <= at < len(found) else None

    return read


def _expires(text: str) -> Reader:
    if text not in ("min", "max"):
        raise FormatError(f"$expires({text})", 1, f"{text} is unknown; allowed: min, max")
    best = min if text == "min" else max

    def read(run: Run) -> int | None:
        whole = header(b"expires")(run)
        found = []
        for value in _values(run, b"contact"):
            own = re.search(rb";\s*expires\s*=\s*([0-9]+)", value, re.IGNORECASE)
            number = own[1] if own else whole
            if isinstance(number, bytes) and number.isdigit():
                found.append(int(number))
        if not found and isinstance(whole, bytes) and whole.isdigit():
            found.append(int(whole))
        return best(found) if found else None

    return read


#: Those with a name in parentheses: what reads one of that name. Raise FormatError.
NAMED: dict[str, Callable[[str], Reader]] = {
    "via0": _via(0),
    "via1": _via(1),
    "viaZ": _via(-1),
    "hdrc": _count_lines,
    "hflc": _count_values,
    "expires": _expires,
}
#: The same, for those that have an index too.
INDEXED: dict[str, Callable[[str, Index], Reader]] = {"hfl": _value_at, "hdr": _line_at}
