"""The pseudo-variables that only a script has: of a run and its response, of the clock, and more of the request's parts.

Each is a function of the `Run`; None is ``$null``.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from txdispatcher.errors import FormatError, ParseError
from txdispatcher.routing.message_variables import header_values, uri_user
from txdispatcher.routing.script.dialogs import CONFIRMED, UNCONFIRMED
from txdispatcher.routing.script.http import URL
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.table import REPLY, as_bytes
from txdispatcher.routing.sockets import Sockets
from txdispatcher.routing.variables import Value, noted
from txdispatcher.sip.uri import Uri, parse_uri

Reader = Callable[[Run], Value | None]
Writer = Callable[[Run, Value | None], None]


def _header(name: bytes) -> Reader:
    def read(run: Run) -> bytes | None:
        values = header_values(run.context, name)
        return values[0].strip() if values else None

    return read


def _original(part: Callable[[Uri], Value | None]) -> Reader:
    """Of the Request-URI that came."""

    def read(run: Run) -> Value | None:
        try:
            return part(parse_uri(run.request.uri)) or None
        except ParseError:
            return None

    return read


def _display(value: bytes) -> bytes | None:
    return value.partition(b"<")[0].strip() or None if b"<" in value else None


def _length(run: Run) -> int | None:
    value = _header(b"content-length")(run)
    return int(value) if isinstance(value, bytes) and value.isdigit() else None


def _source(run: Run, always: bool = False) -> bytes:
    host, port = run.context.source
    transport = run.context.listener.transport
    place = f"sip:[{host}]:{port}" if ":" in host else f"sip:{host}:{port}"
    return (f"{place};transport={transport}" if always or transport != "udp" else place).encode()


def _url(run: Run) -> Value | None:
    found = noted(run.context, URL)
    return found if isinstance(found, bytes) else None


def _dialog_state(run: Run) -> Value | None:
    dialog = run.shared.modules.dialogs.find(run.request.call_id, run.now)
    return dialog.state if dialog is not None and dialog.state != UNCONFIRMED else None


def _dialog_lifetime(run: Run) -> Value | None:
    """Seconds since the 2xx, 0 before it."""
    dialog = run.shared.modules.dialogs.find(run.request.call_id, run.now)
    if dialog is None or dialog.state == UNCONFIRMED:
        return None
    return int(run.now - dialog.started) if dialog.state == CONFIRMED else 0


#: By name.
READERS: dict[str, Reader] = {
    "T_reply_code": lambda run: run.status,
    "T_branch_idx": lambda run: run.branch,
    "retcode": lambda run: run.retcode,
    "rc": lambda run: run.retcode,
    "rs": lambda run: run.status or None,
    "rr": lambda run: run.reason or None,
    "mf": lambda run: run.flags,
    "hu": _url,
    "DLG_count": lambda run: run.shared.modules.dialogs.active,
    "DLG_status": _dialog_state,
    "DLG_lifetime": _dialog_lifetime,
    "fs": lambda run: f"{run.context.near if run.socket is None else run.socket!r}".encode(),
    "Ri": lambda run: run.context.listener.host.encode(),
    "Rp": lambda run: run.context.listener.port,
    "ml": lambda run: len(run.data),
    "mb": lambda run: run.data,
    "mt": lambda run: 2 if run.kind == REPLY else 1,
    "rb": lambda run: run.request.data[run.request.body :] or None,
    "ou": lambda run: run.request.uri,
    "oU": _original(uri_user),
    "od": _original(lambda uri: uri.host),
    "op": _original(lambda uri: uri.port or 5060),
    "rz": lambda run: run.context.uri.scheme.rstrip(b":"),
    "fn": lambda run: _display(run.request.from_value),
    "tn": lambda run: _display(run.request.to_value),
    "ct": _header(b"contact"),
    "cT": _header(b"content-type"),
    "cl": _length,
    "sut": lambda run: _source(run, True),
    "su": _source,
    "proto": lambda run: run.context.listener.transport.encode(),
    "Ts": lambda run: int(time.time()),
    "TS": lambda run: int(time.time()),
}

_TIMES: dict[str, Callable[[time.struct_time], int]] = {
    "sec": lambda now: now.tm_sec,
    "min": lambda now: now.tm_min,
    "hour": lambda now: now.tm_hour,
    "mday": lambda now: now.tm_mday,
    "mon": lambda now: now.tm_mon,
    "year": lambda now: now.tm_year,
    "wday": lambda now: (now.tm_wday + 1) % 7 + 1,
    "yday": lambda now: now.tm_yday,
}


def time_reader(part: str) -> Reader:
    """``$time(hour)``, by the local clock. Raises FormatError."""
    read = _TIMES.get(part)
    if read is None:
        raise FormatError(f"$time({part})", 7, f"{part} is unknown; allowed: {', '.join(_TIMES)}")
    return lambda run: read(time.localtime())


def set_socket(run: Run, value: Value | None) -> None:
    """``$fs``: the listener that the request is sent from; without a value whichever fits.

    One that is not ours changes nothing.
    """
    if value is None:
        run.socket = None
        return
    text = as_bytes(value).decode("utf-8", "replace")
    sockets = run.shared.dispatching.choosing.sockets or Sockets(run.shared.listeners)
    found = sockets.at(text)
    if found is None:
        run.shared.log(-1, f"{text} is no socket of ours: $fs stays as it is")
    else:
        run.socket = found
