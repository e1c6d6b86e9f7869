"""MI, Kamailio's management interface before its RPC: commands and answers as lines of text.

A command is a line with its name and that of the FIFO to answer in, then a line per parameter, then an empty line:

    :ds_set_state:reply_fifo
    ip
    2
    sip:127.0.0.1:5080

An answer is a line with code and reason, a line per node (``NAME:: value attribute=value``), what is below a node one tab
deeper, and an empty line.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from txdispatcher.control.binrpc import encode_text
from txdispatcher.control.calls import call
from txdispatcher.control.pieces import Turns
from txdispatcher.control.table import Fault, Methods

#: Bytes of a command: the longest, ds_set_state, has a URI in it.
MAX_COMMAND = 8192


@dataclass(frozen=True, slots=True)
class Reply:
    """The text to answer with, and the name of the FIFO that it is wanted in ("" for none)."""

    body: bytes
    name: str = ""


async def answer(methods: Methods, turns: Turns, command: bytes) -> Reply:
    """Do what `command` says; the empty line behind it may be missing. The answer is made in `turns`. Raises nothing."""
    head, *given = command.decode("utf-8", "surrogateescape").rstrip("\r\n").split("\n")
    parts = head.strip().split(":")
    if len(parts) != 3 or parts[0] or not parts[1]:
        # Only a FIFO that it names can have the answer.
        return Reply(_text(400, "parse error"), parts[2] if len(parts) == 3 else "")
    _, name, reply_name = parts
    run = _COMMANDS.get(name)
    if run is None:
        return Reply(_text(500, f"command '{name}' not available"), reply_name)
    try:
        lines = await run(methods, _parameters(given))
        text = await turns.texts(chain(["200 OK\n"], (f"{line}\n" for line in lines), "\n"))
    except Fault as fault:
        return Reply(_text(fault.code, fault.text), reply_name)
    return Reply(encode_text(text), reply_name)


async def answer_datagram(methods: Methods, turns: Turns, command: bytes) -> bytes:
    """The same, for where the answer goes back to whence the command came."""
    return (await answer(methods, turns, command)).body


def too_long(command: bytes) -> bytes:
    """The answer in place of one that no datagram can carry."""
    return _text(500, "the answer is longer than a datagram can be")


async def _ds_set_state(methods: Methods, given: list[str]) -> list[str]:
    if len(given) != 3:
        raise Fault(400, "Too few or too many arguments")
    state, group, address = given
    if not state:
        raise Fault(500, "bad state value")
    if not group.isascii() or not group.isdigit() or int(group[:20]) > _INT_MAX:
        raise Fault(500, "bad group value")
    if not address:
        raise Fault(500, "address not found")
    try:
        await call(methods, "dispatcher.set_state", [state, int(group), address])
    except Fault as fault:
        raise _fault(fault) from None
    return []


async def _ds_list(methods: Methods, given: list[str]) -> Iterator[str]:
    if given:
        raise Fault(400, "Too few or too many arguments")
    try:
        listed: Any = await call(methods, "dispatcher.list", [])
    except Fault as fault:
        raise _fault(fault) from None
    return _listed(listed)


def _listed(listed: Any) -> Iterator[str]:
    yield f"SET_NO:: {listed['NRSETS']}"
    for each in listed["RECORDS"]:
        yield f"SET:: {each['SET']['ID']}"
        for target in each["SET"]["TARGETS"]:
            shown = target["DEST"]
            attributes = shown.get("ATTRS", {}).get("BODY", "")
            yield f"\tURI:: {shown['URI']} flags={shown['FLAGS']} priority={shown['PRIORITY']} attrs={attributes}"


async def _ds_reload(methods: Methods, given: list[str]) -> list[str]:
    if given:
        raise Fault(400, "Too few or too many arguments")
    try:
        await call(methods, "dispatcher.reload", [])
    except Fault as fault:
        raise _fault(fault) from None
    return []


async def _uptime(methods: Methods, given: list[str]) -> list[str]:
    found: Any = await call(methods, "core.uptime")
    return [f"Now:: {found['now']}", f"Up since:: {found['up_since']}", f"Up time:: {found['uptime']} [sec]"]


async def _version(methods: Methods, given: list[str]) -> list[str]:
    return [f"Server:: {await call(methods, 'core.version')}"]


async def _which(methods: Methods, given: list[str]) -> list[str]:
    return [f":: {name}" for name in _COMMANDS]


_COMMANDS: Mapping[str, Callable[[Methods, list[str]], Awaitable[Iterable[str]]]] = {
    "ds_list": _ds_list,
    "ds_reload": _ds_reload,
    "ds_set_state": _ds_set_state,
    "uptime": _uptime,
    "version": _version,
    "which": _which,
}

#: What does in MI what a method of the table does, with the same parameters.
COMMAND_OF = {
    "core.uptime": "uptime",
    "core.version": "version",
    "dispatcher.list": "ds_list",
    "dispatcher.reload": "ds_reload",
    "dispatcher.set_state": "ds_set_state",
}

_INT_MAX = 2**31 - 1

#: What the table says, and what MI does.
_FAULTS = {
    "Unknown State Value": (500, "unknown state value"),
    "Invalid State Parameter": (500, "unknown state value"),
    "State Update Failed": (404, "destination not found"),
    "No Destination Sets": (500, "No destination sets"),
    "Reload Failed": (500, "ERROR Reloading data"),
}


def _fault(fault: Fault) -> Fault:
    return Fault(*_FAULTS.get(fault.text, (fault.code, fault.text)))


def _parameters(lines: list[str]) -> list[str]:
    """The parameters: a line each, up to an empty one, or one with a full stop."""
    found = []
    for line in lines:
        word = line.strip()
        if word in ("", "."):
            break
        found.append(word[1:-1] if len(word) > 1 and word[0] == word[-1] == '"' else word)
    return found


def _text(code: int, reason: str) -> bytes:
    """An answer without a line."""
    return encode_text(f"{code} {reason}\n\n")
