"""Transformations of what SIP writes: ``uri.``, ``param.``, ``nameaddr.``, ``tobody.``, ``sock.``, ``urialias.`` and ``url.``.

What is not there, or cannot be read, gives the empty text, as in Kamailio.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from txdispatcher.errors import ParseError
from txdispatcher.routing.variables import Value
from txdispatcher.sip.address import address_uri
from txdispatcher.sip.uri import SIP_PORT, Uri, parse_uri

#: Transports by the numbers that Kamailio has for them, from 1.
TRANSPORTS = (b"udp", b"tcp", b"tls", b"sctp", b"ws", b"wss")

_SOCKET = re.compile(rb"([A-Za-z]+):(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):([0-9]+)")
_QUOTED = re.compile(rb'"(?:[^"\\]|\\.)*"|[^"]', re.DOTALL)


def _uri(part: Callable[[Uri], Value]) -> Callable[[bytes], Value]:
    def read(text: bytes) -> Value:
        try:
            return part(parse_uri(text))
        except ParseError:
            return b""

    return read


def _uri_param(text: bytes, name: bytes) -> Value:
    return _uri(lambda uri: uri.param(name.lower()) or b"")(text)


def _named(name: bytes) -> Callable[[bytes], Value]:
    return _uri(lambda uri: uri.param(name) or b"")


def _port(uri: Uri) -> bytes:
    return b"%d" % uri.port if uri.port else b""


def _socket(uri: Uri) -> bytes:
    transport = (uri.param(b"transport") or b"").lower()
    return b"%b:%b:%d" % (transport, uri.host, uri.place[1]) if transport in TRANSPORTS else b""


def _short(uri: Uri, user: bool, place: bool) -> bytes:
    """The URI without what is no part of its address; with host alone instead of its `place`."""
    made = uri.scheme + b":"
    if user and uri.username:
        made += uri.username + b"@"
    made += uri.host
    if place:
        made += b":%d" % uri.port if uri.port else b""
        transport = uri.param(b"transport")
        made += b";transport=" + transport if transport else b""
    return made


def _parameters(text: bytes, delimiter: bytes) -> list[tuple[bytes, bytes]]:
    """Names and values; a delimiter in quotes is none."""
    parts = [b""]
    for found in _QUOTED.finditer(text):
        if found[0] == (delimiter[:1] or b";"):
            parts.append(b"")
        else:
            parts[-1] += found[0]
    made = []
    for part in parts:
        name, _, value = part.partition(b"=")
        if name.strip():
            made.append((name.strip(), value.strip().strip(b'"')))
    return made


def _param_value(text: bytes, name: bytes, delimiter: bytes = b";") -> bytes:
    wanted = name.strip().lower()
    return next((value for each, value in _parameters(text, delimiter) if each.lower() == wanted), b"")


def _param_in(text: bytes, name: bytes, delimiter: bytes = b";") -> int:
    wanted = name.strip().lower()
    return int(any(each.lower() == wanted for each, _ in _parameters(text, delimiter)))


def _param_at(which: int) -> Callable[[bytes, int, bytes], bytes]:
    def read(text: bytes, index: int, delimiter: bytes = b";") -> bytes:
        found = _parameters(text, delimiter)
        return found[index][which] if -len(found) <= index < len(found) else b""

    return read


def _param_count(text: bytes, delimiter: bytes = b";") -> int:
    return len(_parameters(text, delimiter))


def _address(text: bytes) -> tuple[bytes, bytes, bytes]:
    """Display name as it is written, URI and parameters of what From or To says."""
    try:
        start, end, behind = address_uri(text, 0, len(text))
    except ParseError:
        return b"", b"", b""
    opened = start > 0 and text[start - 1 : start] == b"<"
    return text[: start - 1] if opened else b"", text[start:end], text[behind:].lstrip(b"> ;")


def _to_uri(part: Callable[[Uri], Value]) -> Callable[[bytes], Value]:
    read = _uri(part)
    return lambda text: read(_address(text)[1])


def _name_uri(text: bytes) -> bytes:
    return _address(text)[1] if b"<" in text else text


def _name_length(text: bytes) -> int:
    return text.index(b">", text.index(b"<")) + 1 if b"<" in text and b">" in text else len(text)


def _of_socket(part: int) -> Callable[[bytes], bytes]:
    def read(text: bytes) -> bytes:
        found = _SOCKET.fullmatch(text)
        return found[part] if found else b""

    return read


def _socket_uri(text: bytes) -> bytes:
    found = _SOCKET.fullmatch(text)
    return b"sip:%b:%b;transport=%b" % (found[2], found[3], found[1]) if found else b""


def _alias(uri: Uri) -> bytes:
    transport = (uri.param(b"transport") or b"udp").lower()
    return b"%b~%d~%d" % (uri.host, uri.port or SIP_PORT, TRANSPORTS.index(transport) + 1) if transport in TRANSPORTS else b""


def _of_alias(text: bytes) -> bytes:
    host, _, rest = text.partition(b"~")
    port, _, number = rest.partition(b"~")
    if not (host and port.isdigit() and number.isdigit() and 0 < int(number) <= len(TRANSPORTS)):
        return b""
    return b"sip:%b:%b;transport=%b" % (host, port, TRANSPORTS[int(number) - 1])


#: Of a value that there is, as text; further parameters are the arguments.
OF_TEXT: dict[str, Callable[..., Value]] = {
    "uri.user": _uri(lambda uri: uri.username),
    "uri.host": _uri(lambda uri: uri.host),
    "uri.domain": _uri(lambda uri: uri.host),
    "uri.port": _uri(_port),
    "uri.params": _uri(lambda uri: uri.params[1:]),
    "uri.param": _uri_param,
    "uri.headers": _uri(lambda uri: uri.headers[1:]),
    "uri.transport": _named(b"transport"),
    "uri.ttl": _named(b"ttl"),
    "uri.uparam": _named(b"user"),
    "uri.maddr": _named(b"maddr"),
    "uri.method": _named(b"method"),
    "uri.lr": _named(b"lr"),
    "uri.r2": _named(b"r2"),
    "uri.scheme": _uri(lambda uri: uri.scheme),
    "uri.passwd": _uri(lambda uri: (uri.user or b"").partition(b":")[2]),
    "uri.rawuser": _uri(lambda uri: uri.user or b""),
    "uri.tosocket": _uri(_socket),
    "uri.duri": _uri(lambda uri: _short(uri, user=False, place=True)),
    "uri.saor": _uri(lambda uri: _short(uri, user=True, place=False)),
    "uri.suri": _uri(lambda uri: _short(uri, user=True, place=True)),
    "param.value": _param_value,
    "param.in": _param_in,
    "param.valueat": _param_at(1),
    "param.name": _param_at(0),
    "param.count": _param_count,
    "nameaddr.name": lambda text: text.partition(b"<")[0] if b"<" in text else b"",
    "nameaddr.uri": _name_uri,
    "nameaddr.len": _name_length,
    "tobody.uri": lambda text: _address(text)[1],
    "tobody.display": lambda text: _address(text)[0].strip(),
    "tobody.tag": lambda text: _param_value(_address(text)[2], b"tag"),
    "tobody.user": _to_uri(lambda uri: uri.username),
    "tobody.host": _to_uri(lambda uri: uri.host),
    "tobody.params": lambda text: _address(text)[2],
    "sock.proto": _of_socket(1),
    "sock.host": _of_socket(2),
    "sock.port": _of_socket(3),
    "sock.touri": _socket_uri,
    "url.path": lambda text: text.partition(b"?")[0],
    "url.querystring": lambda text: text.partition(b"?")[2],
    "urialias.encode": _uri(_alias),
    "urialias.decode": _of_alias,
}
