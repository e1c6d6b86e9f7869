"""kamcmd-compat: Kamailio's kamcmd, its arguments and its output byte for byte, for a server that speaks JSON-RPC over HTTP.

It is run once per command, so it imports little: nothing but the standard library, and of that nothing slow to load.
Where this differs from kamcmd: the exit status is 1 when the server answered with a fault, and the address is a URL.
"""

from __future__ import annotations

import getopt
import json
import os
import re
import socket
import sys
from collections.abc import Callable, Sequence

DEFAULT_ADDRESS = "http://127.0.0.1:8060/RPC"
ADDRESS_VARIABLE = "KDISPATCHER_RPC"
#: Seconds that the server may take for each read and write. A reload of a large list from a database takes a few.
TIMEOUT = 60.0

EXIT_FAULT = 1
EXIT_UNREACHABLE = 1
EXIT_USAGE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line (without the program's name; None: that of the process). Returns the exit status."""
    if arguments is None:
        arguments = sys.argv[1:]
    try:
        # As kamcmd's own getopt(): options may stand behind the method, and everything behind "--" is no option.
        options, words = getopt.gnu_getopt(list(arguments), "s:h")
        chosen = dict(options)
        if "-h" in chosen:
            _print(_USAGE)
            return 0
        address = chosen.get("-s") or os.environ.get(ADDRESS_VARIABLE) or DEFAULT_ADDRESS
        host, port, path = parse_address(address)
        if not words:
            raise _UsageError("no command; kamcmd-compat -h shows what there is")
    except (getopt.GetoptError, _UsageError) as error:
        _complain(str(error))
        return EXIT_USAGE
    name, parameters = command(words)
    try:
        reply = _call(host, port, path, {"jsonrpc": "2.0", "method": name, "params": parameters, "id": 1})
    except (OSError, _BadReplyError) as error:
        # A name that cannot be resolved has its reason in strerror as well.
        _complain(f"{address}: {getattr(error, 'strerror', None) or error}")
        return EXIT_UNREACHABLE
    fault = reply.get("error")
    if isinstance(fault, dict):
        text = fault.get("message")
        if text == "Method Not Found":  # jsonrpcs' words; kamcmd's user sees those of ctl.
            text = f"command {name} not found"
        _print(f"error: {fault.get('code')} - {text}\n")
        return EXIT_FAULT
    _print(render(reply.get("result")))
    return 0


def parse_address(address: str) -> tuple[str, int, str]:
    """Host, port (8060 unless given) and path (/RPC unless given) of an http:// URL. Raises ValueError for any other."""
    match = _ADDRESS.fullmatch(address)
    if match is None or int(match["port"] or 0) > 65535:
        raise _UsageError(f"address {address!r}: http://host:port/RPC is expected")
    return match["bracketed"] or match["name"], int(match["port"] or 8060), match["path"] or "/RPC"


def command(words: Sequence[str]) -> tuple[str, list[object]]:
    """Method and parameters that the words of a command line (one at least) mean."""
    name, *rest = words
    if name in ("?", "help"):
        name = "system.methodHelp" if rest else "system.listMethods"
    return _ALIASES.get(name, name), [_parameter(word) for word in rest]


def render(result: object) -> str:
    """What kamcmd prints for `result`.

    A structure's fields stand on lines of their own, one tab deeper for each level. An array of structures inside a structure
    is one structure with the fields of all; an array at the top is a value after the other.
    """
    lines: list[str] = []
    for value in result if isinstance(result, list) else [result]:
        if isinstance(value, dict):
            lines.append("{")
            _fields(value, "\t", lines)
            lines.append("}")
        else:
            lines.append(_scalar(value))
    return "".join(f"{line}\n" for line in lines)


class _UsageError(ValueError):
    """The command line cannot be understood."""


class _BadReplyError(Exception):
    """What answered is no JSON-RPC server."""


_ADDRESS = re.compile(
    r"http://(?:\[(?P<bracketed>[0-9A-Fa-f:.]+)\]|(?P<name>[^\[\]:/@\s]+))(?::(?P<port>[0-9]{1,5}))?(?P<path>/[!-~]*)?",
    re.ASCII,
)

#: kamcmd's own short names.
_ALIASES = {
    "ps": "core.ps",
    "psx": "core.psx",
    "list": "system.listMethods",
    "ls": "system.listMethods",
    "ver": "core.version",
    "version": "core.version",
    "who": "ctl.who",
    "listen": "ctl.listen",
}

_USAGE = f"""\
Usage: kamcmd-compat [-s address] command [argument ...]
    -s address  where the server listens, as http://host:port/RPC
                (default: ${ADDRESS_VARIABLE}, else {DEFAULT_ADDRESS})
    -h          this text
An argument that is a number is sent as one; s: before it makes it a string (s:1).
Commands: dispatcher.list, dispatcher.set_state STATE SET URI|all, dispatcher.reload,
dispatcher.why SET URI, dispatcher.ping_active [0|1];
system.listMethods shows all, help METHOD what one does.
Exit status: 0; 1 if the server answered with an error or is not there; 2 for wrong usage.
"""

#: What strtol() takes whole. The empty string counts, as in kamcmd.
_NUMBER = re.compile(r"\s*([+-]?)0*([0-9]+)|", re.ASCII)


def _parameter(word: str) -> object:
    match = _NUMBER.fullmatch(word)
    if match is None:
        return word.removeprefix("s:")
    # kamcmd takes a long, at its bounds if there are too many digits, and sends the low 32 bits of it. 20 digits are too many,
    # and Python refuses to convert thousands of them.
    number = int((match[1] or "") + (match[2] or "0")[:20])
    number = max(-(2**63), min(2**63 - 1, number))
    return (number + 2**31) % 2**32 - 2**31


def _fields(value: dict[str, object], indent: str, lines: list[str]) -> None:
    for name, field in value.items():
        if isinstance(field, dict | list):
            lines.append(f"{indent}{name}: {{")
            for each in [field] if isinstance(field, dict) else field:
                if isinstance(each, dict):
                    _fields(each, indent + "\t", lines)
                else:
                    lines.append(f"{indent}\t{_scalar(each)}")
            lines.append(f"{indent}}}")
        else:
            lines.append(f"{indent}{name}: {_scalar(field)}")


def _scalar(value: object) -> str:
    if value is None:
        return "<null string>"
    if isinstance(value, bool):
        return str(int(value))
    return f"{value:f}" if isinstance(value, float) else str(value)


def _call(host: str, port: int, path: str, request: dict[str, object]) -> dict[str, object]:
    """The server's reply. Raises OSError or _BadReplyError."""
    body = json.dumps(request).encode("ascii")
    authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((host, port), TIMEOUT) as connection:
        connection.sendall(head.encode("ascii") + body)
        # Kamailio leaves the connection open, so the end of the reply is where its length says.
        with connection.makefile("rb") as stream:
            length = _read_head(stream.readline)
            content = stream.read(length)
    try:
        reply = json.loads(content)
    except ValueError:
        reply = None
    if not isinstance(reply, dict):
        raise _BadReplyError("what answered is no JSON-RPC server")
    return reply


def _read_head(readline: Callable[[], bytes]) -> int:
    """Read status line and headers; the length of the body, -1 for up to the end."""
    length = -1
    while (line := readline()) not in (b"\r\n", b"\n", b""):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            length = int(value)
    return length


def _print(text: str) -> None:
    try:
        # What was no UTF-8 comes out as the bytes that it was.
        sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Nobody reads on (`| head`): no reason to complain, neither now nor when Python flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(text: str) -> None:
    sys.stderr.write(f"kamcmd-compat: {text}\n")
