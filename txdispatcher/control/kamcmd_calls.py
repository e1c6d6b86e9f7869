"""How kamcmd-compat reaches a server: JSON-RPC over HTTP, or binrpc, by the form of the address.

http://HOST[:PORT][/RPC]  https://…      JSON-RPC; USER:PASSWORD@ before the host is shown as Basic credentials
http+unix:/PATH                          the same over a unix socket
unix:/PATH  unixs:/PATH  /PATH           binrpc over a unix stream socket
unixd:/PATH                              binrpc over a unix datagram socket
tcp:HOST[:PORT]  udp:HOST[:PORT]         binrpc
"""

from __future__ import annotations

import base64
import json
import os
import re
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

#: Seconds that the server may take for each read and write. A reload of a large list from a database takes a few.
TIMEOUT = 60.0
#: A bearer token, for servers that ask for one.
TOKEN_VARIABLE = "KDISPATCHER_TOKEN"  # The name of a variable, no token.

HTTP_PORT = 8060
BINRPC_PORT = 2049

#: The forms, for who used another one.
ALLOWED = "http://host:port/RPC, https://…, http+unix:/path, unix:/path, unixd:/path, tcp:host:port, udp:host:port"


class FaultReply(Exception):
    """The server answered with a fault."""

    def __init__(self, code: object, text: object) -> None:
        super().__init__(f"{code} - {text}")
        self.code = code
        self.text = text


class BadReplyError(Exception):
    """What answered is no server of this kind."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is. `kind` is http, https, http+unix, unixs, unixd, tcp or udp; `name` a host, or the path of a socket.

    `path` is that of the URL, `user` its USER:PASSWORD, "" for none.
    """

    kind: str
    name: str
    port: int = 0
    path: str = "/RPC"
    user: str = ""


def parse_address(text: str) -> Address:
    """See above. Raises ValueError, which says what is allowed."""
    found = _URL.fullmatch(text)
    if found is not None:
        name = found["bracketed"] or found["name"]
        return Address(found["kind"], name, _port(text, found["port"], HTTP_PORT), found["path"] or "/RPC", found["user"] or "")
    found = _SOCKET.fullmatch(text)
    if found is not None:
        return Address({"unix": "unixs", None: "unixs"}.get(found["kind"], found["kind"]), found["path"])
    found = _INTERNET.fullmatch(text)
    if found is not None:
        return Address(found["kind"], found["bracketed"] or found["name"], _port(text, found["port"], BINRPC_PORT))
    raise ValueError(f"address {text!r}: {ALLOWED} is expected")


def call(address: Address, method: str, parameters: list[object], replies: str = "") -> object:
    """The result of a method. Raises FaultReply, BadReplyError, OSError.

    `replies` is the folder for the socket that replies come to, for unixd; "" for the one of temporary files.
    """
    if address.kind in ("http", "https", "http+unix"):
        return _call_http(address, method, parameters)
    return _call_binrpc(address, method, parameters, replies)


_HOST = r"(?:\[(?P<bracketed>[0-9A-Fa-f:.]+)\]|(?P<name>[^\[\]:/@\s]+))(?::(?P<port>[0-9]{1,5}))?"
_URL = re.compile(rf"(?P<kind>https?)://(?:(?P<user>[^@/\s]*)@)?{_HOST}(?P<path>/[!-~]*)?", re.ASCII)
_SOCKET = re.compile(r"(?:(?P<kind>http\+unix|unix|unixs|unixd):)?(?P<path>/[^\0]+)")
_INTERNET = re.compile(rf"(?P<kind>tcp|udp):{_HOST}", re.ASCII)


def _port(text: str, port: str | None, default: int) -> int:
    if int(port or 0) > 65535:
        raise ValueError(f"address {text!r}: {ALLOWED} is expected")
    return int(port or default)


def _call_http(address: Address, method: str, parameters: list[object]) -> object:
    reply = _post(address, {"jsonrpc": "2.0", "method": method, "params": parameters, "id": 1})
    fault = reply.get("error")
    if isinstance(fault, dict):
        text = fault.get("message")
        # jsonrpcs' words; kamcmd's user sees those of ctl.
        raise FaultReply(fault.get("code"), f"command {method} not found" if text == "Method Not Found" else text)
    return reply.get("result")


def _post(address: Address, request: dict[str, object]) -> dict[str, object]:
    body = json.dumps(request).encode("ascii")
    authority = "localhost"
    if address.kind != "http+unix":
        authority = f"[{address.name}]:{address.port}" if ":" in address.name else f"{address.name}:{address.port}"
    credentials = ""
    if address.user:
        credentials = f"Authorization: Basic {base64.b64encode(address.user.encode()).decode()}\r\n"
    elif token := os.environ.get(TOKEN_VARIABLE):
        credentials = f"Authorization: Bearer {token}\r\n"
    head = (
        f"POST {address.path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n{credentials}"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with _connect(address) as connection:
        connection.sendall(head.encode("latin-1", "replace") + body)
        # Kamailio leaves the connection open, so the end of the reply is where its length says.
        with connection.makefile("rb") as stream:
            length = _read_head(stream.readline)
            content = stream.read(length)
    try:
        reply = json.loads(content)
    except ValueError:
        reply = None
    if not isinstance(reply, dict):
        raise BadReplyError("what answered is no JSON-RPC server")
    return reply


def _read_head(readline: Callable[[], bytes]) -> int:
    """Read status line and headers; the length of the body, -1 for up to the end."""
    length = -1
    while (line := readline()) not in (b"\r\n", b"\n", b""):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            length = int(value)
    return length


@contextmanager
def _connect(address: Address) -> Iterator[socket.socket]:
    """A connection of a stream."""
    if address.kind in ("http+unix", "unixs"):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(TIMEOUT)
        try:
            connection.connect(address.name)
        except OSError:
            connection.close()
            raise
    else:
        connection = socket.create_connection((address.name, address.port), TIMEOUT)
    if address.kind == "https":
        # Slow to load, and not often needed.
        import ssl

        connection = ssl.create_default_context().wrap_socket(connection, server_hostname=address.name)
    with connection:
        yield connection


def _call_binrpc(address: Address, method: str, parameters: list[object], replies: str) -> object:
    from txdispatcher.control import binrpc

    cookie = int.from_bytes(os.urandom(4))
    values: list[binrpc.Value] = [method, *(each for each in parameters if isinstance(each, int | str))]
    request = binrpc.packet(binrpc.Type.REQUEST, cookie, values)
    if address.kind in ("tcp", "unixs"):
        with _connect(address) as connection:
            connection.sendall(request)
            data = _read_packet(lambda: connection.recv(65_536))
    else:
        data = _ask_datagram(address, request, replies)
    try:
        header = binrpc.read_header(data)
        found = binrpc.read_body(data[header.start : header.end])
    except binrpc.PacketError as error:
        raise BadReplyError(f"what answered is no binrpc server: {error}") from None
    if header.cookie != cookie:
        raise BadReplyError("what answered meant another request")
    if header.type == binrpc.Type.FAULT:
        code, text = (*found, 0, "")[:2]
        raise FaultReply(code, text)
    return list(found)


def _read_packet(receive: Callable[[], bytes]) -> bytes:
    from txdispatcher.control import binrpc

    data = receive()
    while data:
        try:
            header = binrpc.read_header(data)
        except binrpc.IncompleteError:
            pass
        except binrpc.PacketError as error:
            raise BadReplyError(f"what answered is no binrpc server: {error}") from None
        else:
            if len(data) >= header.end:
                return data
        more = receive()
        if not more:
            break
        data += more
    raise BadReplyError("the connection ended before the reply did")


def _ask_datagram(address: Address, request: bytes, replies: str) -> bytes:
    if address.kind == "udp":
        [(family, kind, protocol, _, place), *_] = socket.getaddrinfo(address.name, address.port, type=socket.SOCK_DGRAM)
        with socket.socket(family, kind, protocol) as connection:
            connection.settimeout(TIMEOUT)
            connection.connect(place)
            connection.send(request)
            return connection.recv(65_536)
    # In a folder of its own, the server of another user could not reach it.
    name = os.path.join(replies or tempfile.gettempdir(), f"kamcmd_{os.getpid()}_{os.urandom(4).hex()}")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as connection:
        connection.settimeout(TIMEOUT)
        connection.bind(name)
        try:
            connection.connect(address.name)
            connection.send(request)
            return connection.recv(262_144)
        finally:
            os.unlink(name)
