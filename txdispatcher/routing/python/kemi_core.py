"""Functions that KEMI alone has, or has otherwise than a Kamailio script: of its core, hdr, x, corex, tm, tmx and siputils.

Each takes the `Run` first. Like Kamailio's, those of the core give True or False, those of modules 1 or -1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from txdispatcher.errors import ScriptFault
from txdispatcher.routing.message_variables import header_values
from txdispatcher.routing.python.calling import call, decoded, encoded, reader
from txdispatcher.routing.python.script import Leave
from txdispatcher.routing.script.functions import FUNCTIONS as TABLE
from txdispatcher.routing.script.functions import nearest
from txdispatcher.routing.script.run import Exit, Run
from txdispatcher.routing.script.table import FAILURE, FORWARDING, REPLY, REQUEST
from txdispatcher.routing.values import as_number
from txdispatcher.routing.variables import written
from txdispatcher.sip.headers import header_id

import txdispatcher.sip.octets as octets  # isort: skip  # C functions in the compiled build: see octets.pxd

_Function = TypeVar("_Function", bound=Callable[..., Any])

FUNCTIONS: dict[str, Callable[..., Any]] = {}
#: What may be called where there is no request, as in mod_init().
WITHOUT_REQUEST = frozenset(("dbg", "info", "notice", "warn", "err", "crit", "log", "x.exit", "x.drop"))

TRUE, FALSE = 1, -1

#: Levels by KEMI's names.
_LEVELS = {"crit": -2, "err": -1, "warn": 0, "notice": 1, "info": 2, "dbg": 3}
#: The letters of is_method_in().
_LETTERS = {
    "I": b"INVITE",
    "A": b"ACK",
    "B": b"BYE",
    "C": b"CANCEL",
    "R": b"REGISTER",
    "M": b"MESSAGE",
    "O": b"OPTIONS",
    "S": b"SUBSCRIBE",
    "P": b"PUBLISH",
    "N": b"NOTIFY",
    "U": b"UPDATE",
    "F": b"REFER",
    "E": b"PRACK",
    "K": b"KDMQ",
    "G": b"GET",
    "T": b"POST",
    "V": b"PUT",
    "D": b"DELETE",
}
_METHODS = (*_LETTERS.values(), b"INFO")
#: What t_is_set() may be asked for, and what says so.
_SET = {"branch_route": "on_branch", "failure_route": "on_failure", "onreply_route": "on_reply"}

#: Where the log lines go that a script prints outside of a route; until that is known they are kept, so many of them.
_early: Callable[[int, str], None] | None = None
_kept: list[tuple[int, str]] = []
_MOST_KEPT = 100


def log_early(log: Callable[[int, str], None]) -> None:
    """What is logged outside of a route goes to `log`: (Kamailio's level, text)."""
    global _early
    _early = log
    for level, text in _kept:
        log(level, text)
    _kept.clear()


def kemi(name: str) -> Callable[[_Function], _Function]:
    """Let KSR have the function under that name."""

    def put(function: _Function) -> _Function:
        FUNCTIONS[name] = function
        return function

    return put


# The log.


def _print(run: Run | None, level: int, text: str) -> None:
    if run is None:
        if _early is not None:
            _early(level, text.rstrip("\n"))
        elif len(_kept) < _MOST_KEPT:
            _kept.append((level, text.rstrip("\n")))
    elif level <= run.shared.debug:
        run.shared.log(level, text.rstrip("\n"))


def _logging(level: int) -> Callable[[Run | None, str], None]:
    return lambda run, text: _print(run, level, text)


for _name, _level in _LEVELS.items():
    FUNCTIONS[_name] = _logging(_level)


@kemi("log")
def log(run: Run | None, level: str, text: str) -> None:
    """Print at ``dbg``, ``info``, ``notice``, ``warn``, ``err`` or ``crit``."""
    _print(run, _LEVELS.get(level.lower(), -1), text)


@kemi("get_debug")
def get_debug(run: Run) -> int:
    return run.shared.debug


# What kind of message it is.


@kemi("is_method")
def is_method(run: Run, methods: str) -> bool:
    """Whether the method is one of ``INVITE|BYE``."""
    return run.request.method in encoded(methods).upper().split(b"|")


@kemi("is_method_in")
def is_method_in(run: Run, letters: str) -> bool:
    """Whether the method is one of these, a letter for each: ``IABCO``."""
    return any(_LETTERS.get(letter) == run.request.method for letter in letters.upper())


def _of_method(method: bytes) -> Callable[[Run], bool]:
    return lambda run: run.request.method == method


for _method in _METHODS:
    FUNCTIONS[f"is_{_method.decode()}"] = _of_method(_method)


def _of_transport(transport: str) -> Callable[[Run], bool]:
    return lambda run: run.context.listener.transport == transport


for _transport in ("udp", "tcp", "tls"):
    FUNCTIONS[f"is_{_transport.upper()}"] = _of_transport(_transport)
for _transport in ("WS", "WSS", "WSX", "SCTP"):
    FUNCTIONS[f"is_{_transport}"] = _of_transport(_transport.lower())


@kemi("is_IPv4")
def is_ipv4(run: Run) -> bool:
    return not run.context.listener.ipv6


@kemi("is_IPv6")
def is_ipv6(run: Run) -> bool:
    return run.context.listener.ipv6


@kemi("is_src_port")
def is_src_port(run: Run, port: int) -> bool:
    return run.context.source[1] == port


@kemi("is_dst_port")
def is_dst_port(run: Run, port: int) -> bool:
    return run.context.listener.port == port


# Whether an address is ours.


@kemi("is_myself")
def is_myself(run: Run, uri: str | None) -> bool:
    """Whether the URI, or host, names this server."""
    text = encoded(uri or "")
    if text.startswith((b"sip:", b"sips:")):
        return run.is_ours(text)
    host = text.strip(b"[]").decode("latin-1").lower()
    return any(host in (each.host, name.decode("latin-1")) for each in run.shared.listeners.all for name, _ in each.names)


def _mine(variable: str) -> Callable[[Run], bool]:
    def asked(run: Run) -> bool:
        value = reader(variable)(run)
        return isinstance(value, bytes) and is_myself(run, str(decoded(value)))

    return asked


@kemi("isdsturiset")
def isdsturiset(run: Run) -> bool:
    """Whether $du has a value."""
    variables = written(run.context)
    return variables is not None and variables.dst_uri is not None


# Flags of branches: there is one branch at a time.


@kemi("setbiflag")
def setbiflag(run: Run, flag: int, branch: int) -> bool:
    return call(TABLE["setbranchflag"], run, flag) > 0


@kemi("isbiflagset")
def isbiflagset(run: Run, flag: int, branch: int) -> bool:
    return call(TABLE["isbranchflagset"], run, flag) > 0


@kemi("resetbflag")
def resetbflag(run: Run, flag: int) -> bool:
    return call(TABLE["resetbranchflag"], run, flag) > 0


@kemi("resetbiflag")
def resetbiflag(run: Run, flag: int, branch: int) -> bool:
    return bool(resetbflag(run, flag))


# The end of a route.


@kemi("set_drop")
def set_drop(run: Run) -> None:
    """The branch, or response, is dropped when the route ends."""
    run.dropped = True


@kemi("x.exit")
def leave(run: Run | None) -> NoReturn:
    """End the script for this message."""
    raise Leave


@kemi("x.drop")
def drop(run: Run | None) -> NoReturn:
    """End the script for this message; the branch or response that the route is about is dropped."""
    if run is not None:
        run.dropped = True
    raise Leave


@kemi("x.modf")
def modf(run: Run, name: str, *arguments: str) -> int:
    """Call a function of Kamailio scripts by its name, with its arguments as text."""
    function = TABLE.get(name)
    if function is None:
        raise ScriptFault(f"{name}() is unknown; {nearest(name)}")
    given = tuple(
        as_number(encoded(str(each))) if parameter.number else each
        for each, parameter in zip(arguments, function.parameters, strict=False)
    )
    code = call(function, run, *given)
    if code == 0:
        raise Exit
    return code


# Header fields.


@kemi("hdr.get")
def hdr_get(run: Run, name: str) -> str | int | None:
    return _line_of(run, name, 0)


@kemi("hdr.get_idx")
def hdr_get_idx(run: Run, name: str, index: int) -> str | int | None:
    """The value of a line of the header field, counted from 0, or from the last one with -1."""
    return _line_of(run, name, index)


def _line_of(run: Run, name: str, index: int) -> str | int | None:
    values = header_values(run.context, encoded(name).lower())
    return decoded(values[index]) if -len(values) <= index < len(values) else None


@kemi("hdr.gete")
def hdr_gete(run: Run, name: str) -> str | int:
    found = _line_of(run, name, 0)
    return "" if found is None else found


@kemi("hdr.getw")
def hdr_getw(run: Run, name: str) -> str | int:
    found = _line_of(run, name, 0)
    return "<null>" if found is None else found


@kemi("hdr.is_present")
def hdr_is_present(run: Run, name: str) -> int:
    return TRUE if header_values(run.context, encoded(name).lower()) else FALSE


@kemi("hdr.remove")
def hdr_remove(run: Run, name: str) -> int:
    """Take out every line of the header field; 1 where there was none too."""
    call(TABLE["remove_hf"], run, name)
    return TRUE


@kemi("hdr.rmappend")
def hdr_rmappend(run: Run, name: str, line: str) -> int:
    call(TABLE["remove_hf"], run, name)
    return call(TABLE["append_hf"], run, line)


@kemi("hdr.rminsert")
def hdr_rminsert(run: Run, name: str, line: str) -> int:
    call(TABLE["remove_hf"], run, name)
    return call(TABLE["insert_hf"], run, line)


@kemi("hdr.append_after")
def hdr_append_after(run: Run, line: str, name: str) -> int:
    """Add lines behind the last line of the header field."""
    found = _last_line(run, encoded(name).lower())
    return _add(run, found[1], line) if found else call(TABLE["append_hf"], run, line)


@kemi("hdr.insert_before")
def hdr_insert_before(run: Run, line: str, name: str) -> int:
    """Add lines before the header field's."""
    found = _last_line(run, encoded(name).lower())
    return _add(run, found[0], line) if found else call(TABLE["insert_hf"], run, line)


def _add(run: Run, at: int, line: str) -> int:
    if run.kind not in FORWARDING:
        raise ScriptFault(f"header fields may not be added in a {run.kind} route")
    run.edit(at, at, encoded(line.rstrip("\r\n")) + b"\r\n")
    return TRUE


def _last_line(run: Run, name: bytes) -> tuple[int, int] | None:
    """Where the last line of the header field begins and ends, its CRLF included."""
    request = run.request
    data = request.data
    known = header_id(name, 0, len(name))
    spans = [(start, stop) for start, stop, _ in request.lines(known)] if known else []
    if not spans:
        spans = [(data.rfind(b"\r\n", 0, start) + 2, start) for start, _ in request.named(name)]
    if not spans:
        return None
    start, value = max(spans)
    return start, octets.line_end(data, value, request.body) + 2


# Modules.


@kemi("corex.has_ruri_user")
def has_ruri_user(run: Run) -> int:
    return TRUE if run.context.uri.username else FALSE


@kemi("corex.has_user_agent")
def has_user_agent(run: Run) -> int:
    return TRUE if header_values(run.context, b"user-agent") else FALSE


@kemi("siputils.is_request")
def is_request(run: Run) -> int:
    return FALSE if run.kind == REPLY else TRUE


@kemi("siputils.is_reply")
def is_reply(run: Run) -> int:
    return TRUE if run.kind == REPLY else FALSE


@kemi("tm.t_is_set")
def t_is_set(run: Run, target: str) -> int:
    """Whether ``branch_route``, ``failure_route`` or ``onreply_route`` is set."""
    if target not in _SET:
        raise ScriptFault(f"t_is_set({target!r}); allowed: {', '.join(_SET)}")
    return TRUE if getattr(run, _SET[target]) else FALSE


@kemi("tm.t_get_status_code")
def t_get_status_code(run: Run) -> int:
    return run.status or -1


def _in_route(kind: str) -> Callable[[Run], int]:
    return lambda run: TRUE if run.kind == kind else FALSE


for _route, _kind in (("request", REQUEST), ("failure", FAILURE), ("reply", REPLY), ("branch", "branch")):
    FUNCTIONS[f"tmx.t_is_{_route}_route"] = _in_route(_kind)
for _what, _variable in (("ruri", "$ru"), ("furi", "$fu"), ("turi", "$tu"), ("duri", "$du"), ("srcip", "$si")):
    FUNCTIONS[f"is_myself_{_what}"] = _mine(_variable)
