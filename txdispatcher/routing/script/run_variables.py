"""The pseudo-variables that only a script has: of a run and its response, of its flags, branches and listener.

Each is a function of the `Run`; None is ``$null``. `header_variables` and `clock_variables` hold the others.
"""

from __future__ import annotations

import os
import platform
import random
from collections.abc import Callable

from txdispatcher import __version__
from txdispatcher.errors import FormatError, ParseError
from txdispatcher.routing.message_variables import uri_user
from txdispatcher.routing.script import clock_variables, header_variables
from txdispatcher.routing.script.dialogs import CONFIRMED, UNCONFIRMED
from txdispatcher.routing.script.header_variables import Index
from txdispatcher.routing.script.http import URL
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.table import REPLY
from txdispatcher.routing.sockets import Sockets
from txdispatcher.routing.uri_transformations import TRANSPORTS
from txdispatcher.routing.values import as_bytes
from txdispatcher.routing.variables import Value, noted, written
from txdispatcher.sip.reasons import reason_phrase
from txdispatcher.sip.uri import SIP_PORT, Uri, parse_uri, uri_params

Reader = Callable[[Run], Value | None]
Writer = Callable[[Run, Value | None], None]

#: Address families and transports by the numbers that Kamailio knows them by.
_NUMBERS = {"INET": 2, "INET6": 10, **{each.decode().upper(): index for index, each in enumerate(TRANSPORTS, 1)}}
#: Methods by Kamailio's numbers; 0 for any other.
_METHODS = {
    name: 1 << bit
    for bit, name in enumerate(
        b"INVITE CANCEL ACK BYE INFO REGISTER SUBSCRIBE NOTIFY MESSAGE OPTIONS PRACK UPDATE REFER PUBLISH".split()
    )
}
#: Colours of a terminal: text, and behind it the background.
_COLOURS = "srgybpcw"


def _of(read: Callable[[Run], bytes | None], part: Callable[[Uri], Value | None]) -> Reader:
    """A part of the URI that `read` gives."""

    def found(run: Run) -> Value | None:
        text = read(run)
        if text is None:
            return None
        try:
            return part(parse_uri(text)) or None
        except ParseError:
            return None

    return found


def _original_uri(run: Run) -> bytes:
    return run.request.uri


def _request_uri(run: Run) -> bytes:
    return run.context.uri_bytes


def _destination(run: Run) -> bytes | None:
    variables = written(run.context)
    return variables.dst_uri if variables is not None else None


def _next_hop(run: Run) -> bytes:
    return _destination(run) or run.context.uri_bytes


def _transport(uri: Uri) -> bytes:
    # As Kamailio writes it: what a URI says in its own letters, and the default in capitals.
    return uri.param(b"transport") or b"UDP"


def _port(uri: Uri) -> int:
    return uri.port or (5061 if _transport(uri).lower() == b"tls" else SIP_PORT)


def _length(read: Reader) -> Reader:
    return lambda run: len(as_bytes(read(run)))


def _place(host: bytes, port: int, transport: str, always: bool) -> bytes:
    uri = b"sip:%b:%d" % (host, port)
    return uri + b";transport=" + transport.encode() if always or transport != "udp" else uri


def _bracketed(host: str) -> bytes:
    return f"[{host}]".encode() if ":" in host else host.encode()


def _source(run: Run, always: bool = False) -> bytes:
    host, port = run.context.source
    return _place(_bracketed(host), port, run.context.listener.transport, always)


def _own(run: Run, always: bool = False) -> bytes:
    listener = run.context.listener
    return _place(_bracketed(listener.host), listener.port, listener.transport, always)


def _advertised(run: Run, always: bool = False) -> bytes:
    listener = run.context.listener
    host, _, port = listener.sent_by.rpartition(b":")
    return _place(host, int(port), listener.transport, always)


def _socket(run: Run) -> bytes | None:
    return None if run.socket is None else repr(run.socket).encode()


def _direction(run: Run) -> int:
    """1: from the caller; 2: from the callee, whose tag is not the one that we have recorded."""
    own = run.context.own_params
    tag = uri_params(own).get(b"ftag") if own is not None else None
    return 2 if tag is not None and tag != header_variables.tag_of(run.request.from_value) else 1


def _branch_uri(run: Run, at: int) -> bytes:
    return run.branches[at][1] or run.context.uri_bytes


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
    **header_variables.READERS,
    **clock_variables.READERS,
    "T_reply_code": lambda run: run.status,
    "T_reply_reason": lambda run: run.reason or (reason_phrase(run.status) if run.status else b""),
    "T_reply_last": lambda run: run.status or b"",
    "T_branch_idx": lambda run: run.branch,
    "retcode": lambda run: run.retcode,
    "rc": lambda run: run.retcode,
    "?": lambda run: run.retcode,
    "rs": lambda run: run.status or None,
    "rsi": lambda run: run.status,
    "rr": lambda run: run.reason or None,
    "rv": lambda run: b"SIP/2.0",
    "mf": lambda run: run.flags,
    "hu": _url,
    "DLG_count": lambda run: run.shared.modules.dialogs.active,
    "DLG_status": _dialog_state,
    "DLG_lifetime": _dialog_lifetime,
    "mF": lambda run: b"%08X" % run.flags,
    "bf": lambda run: run.branch_flags,
    "bF": lambda run: b"%08X" % run.branch_flags,
    "br": lambda run: _branch_uri(run, 0) if run.branches else None,
    "bR": lambda run: b", ".join(_branch_uri(run, at) for at in range(len(run.branches))) or None,
    "fs": _socket,
    "Ri": lambda run: run.context.listener.host.encode(),
    "Rp": lambda run: run.context.listener.port,
    "Ru": _own,
    "Rut": lambda run: _own(run, True),
    "RAi": lambda run: run.context.listener.sent_by.rpartition(b":")[0],
    "RAp": lambda run: int(run.context.listener.sent_by.rpartition(b":")[2]),
    "RAu": _advertised,
    "RAut": lambda run: _advertised(run, True),
    "ml": lambda run: len(run.data),
    "mb": lambda run: run.data,
    "mbu": lambda run: run.data,
    "mt": lambda run: 2 if run.kind == REPLY else 1,
    "mts": lambda run: b"rp" if run.kind == REPLY else b"rq",
    "rb": lambda run: run.request.data[run.request.body :],
    "bs": lambda run: len(run.request.data) - run.request.body,
    "ou": _original_uri,
    "oU": _of(_original_uri, uri_user),
    "oUl": _length(_of(_original_uri, uri_user)),
    "od": _of(_original_uri, lambda uri: uri.host),
    "op": _of(_original_uri, _port),
    "oP": _of(_original_uri, _transport),
    "rz": lambda run: run.context.uri.scheme.rstrip(b":"),
    "rUl": _length(_of(_request_uri, uri_user)),
    "rP": _of(_request_uri, _transport),
    "fUl": _length(_of(lambda run: header_variables.uri_in(run.request.from_value), uri_user)),
    "tUl": _length(_of(lambda run: header_variables.uri_in(run.request.to_value), uri_user)),
    "dd": _of(_destination, lambda uri: uri.host),
    "dp": _of(_destination, _port),
    "dP": _of(_destination, _transport),
    "fti": lambda run: _tag(run, _direction(run) == 1),
    "tti": lambda run: _tag(run, _direction(run) == 2),
    "Au": lambda run: _joined(run),
    "AU": _of(lambda run: header_variables.uri_in(run.request.from_value), uri_user),
    "sut": lambda run: _source(run, True),
    "su": _source,
    "sas": lambda run: (
        b"%b:%b:%d"
        % (
            run.context.listener.transport.encode(),
            _bracketed(run.context.source[0]),
            run.context.source[1],
        )
    ),
    "siz": lambda run: _bracketed(run.context.source[0]),
    "proto": lambda run: run.context.listener.transport.encode(),
    "prid": lambda run: TRANSPORTS.index(run.context.listener.transport.encode()) + 1,
    "true": lambda run: 1,
    "rmid": lambda run: _METHODS.get(run.request.method, 0),
    "pp": lambda run: os.getpid(),
    "RANDOM": lambda run: random.getrandbits(31),
}


def _tag(run: Run, callers: bool) -> bytes | None:
    return header_variables.tag_of(run.request.from_value if callers else run.request.to_value)


def _joined(run: Run) -> bytes | None:
    try:
        uri = parse_uri(header_variables.uri_in(run.request.from_value))
    except ParseError:
        return None
    return b"%b@%b" % (uri_user(uri), uri.host)


def _first_line(run: Run) -> int:
    return run.data.index(b"\r\n")


def _head_end(run: Run) -> int:
    return run.data.index(b"\r\n\r\n")


_MESSAGE: dict[str, Reader] = {
    "len": lambda run: len(run.data),
    "buf": lambda run: run.data,
    "fline": lambda run: run.data[: _first_line(run)],
    "lpart": lambda run: run.data[_first_line(run) + 2 :],
    "fpart": lambda run: run.data[: _head_end(run)],
    "hdrs": lambda run: run.data[_first_line(run) + 2 : _head_end(run)],
    "body": lambda run: run.data[_head_end(run) + 4 :],
    "body_len": lambda run: len(run.data) - _head_end(run) - 4,
}
_HOP: dict[str, Reader] = {
    "u": _next_hop,
    "U": _of(_next_hop, uri_user),
    "d": _of(_next_hop, lambda uri: uri.host),
    "p": _of(_next_hop, _port),
    "P": _of(_next_hop, _transport),
}
_VERSION: dict[str, bytes] = {
    "num": __version__.encode(),
    "full": f"txdispatcher {__version__}".encode(),
}
_HOST: dict[str, Reader] = {
    "n": lambda run: platform.node().partition(".")[0].encode(),
    "f": lambda run: platform.node().encode(),
    "d": lambda run: platform.node().partition(".")[2].encode() or None,
}
_TRANSACTION = {"reply_code": READERS["T_reply_code"], "branch_index": READERS["T_branch_idx"]}
_DIRECTIONS: dict[str, Reader] = {"id": _direction, "name": lambda run: b"upstream" if _direction(run) == 2 else b"downstream"}


def _one_of(variable: str, readers: dict[str, Reader]) -> Callable[[str], Reader]:
    def made(name: str) -> Reader:
        found = readers.get(name)
        if found is None:
            raise FormatError(f"${variable}({name})", 1, f"{name} is unknown; allowed: {', '.join(readers)}")
        return found

    return made


def _constant(value: Value | None) -> Reader:
    return lambda run: value


def _shared(name: str) -> Reader:
    return lambda run: run.shared.modules.shared.get(name, 0)


def _or_null(name: str) -> Reader:
    key = own_name(name)
    return lambda run: variables.find_var(key) if (variables := written(run.context)) is not None else None


def own_name(name: str) -> str:
    """The name of the script variable that is ``$vn(name)``: it is no ``$var(name)``."""
    return f"vn({name})"


def _or_zero(name: str) -> Reader:
    return lambda run: variables.var(name) if (variables := written(run.context)) is not None else 0


def _environment(name: str) -> Reader:
    return lambda run: None if (value := os.environ.get(name)) is None else value.encode("utf-8", "surrogateescape")


def _colour(pair: str) -> Reader:
    """What makes a terminal write in a colour: the text's and the background's letters, a capital for a bright one."""
    if len(pair) != 2 or any(each.lower() not in _COLOURS + "x" for each in pair):
        raise FormatError(f"$C({pair})", 4, f"{pair} is no colour; allowed: two of x {' '.join(_COLOURS)}")
    text, ground = (9 if each.lower() == "x" else _COLOURS.index(each.lower()) for each in pair)
    return _constant(b"\x1b[%d;%d;%dm" % (pair[0].isupper(), 30 + text, 40 + ground))


#: Those with a name in parentheses: what reads one of that name. Raise FormatError.
NAMED: dict[str, Callable[[str], Reader]] = {
    **header_variables.NAMED,
    **clock_variables.NAMED,
    "msg": _one_of("msg", _MESSAGE),
    "nh": _one_of("nh", _HOP),
    "T": _one_of("T", _TRANSACTION),
    "rdir": _one_of("rdir", _DIRECTIONS),
    "HN": _one_of("HN", _HOST),
    "version": _one_of("version", {name: _constant(value) for name, value in _VERSION.items()}),
    "K": _one_of("K", {name: _constant(value) for name, value in _NUMBERS.items()}),
    "shv": _shared,
    "vn": _or_null,
    "vz": _or_zero,
    "env": _environment,
    "C": _colour,
}


def _branch(name: str, index: Index) -> Reader:
    if name == "count":
        return lambda run: len(run.branches) or None
    if name not in ("uri", "dst_uri"):
        raise FormatError(f"$branch({name})", 1, f"{name} is unknown; allowed: uri, dst_uri, count")

    def read(run: Run) -> bytes | None:
        at = index(run) or 0
        if not -len(run.branches) <= at < len(run.branches):
            return None
        return _branch_uri(run, at) if name == "uri" else run.branches[at][2]

    return read


#: The same, for those that have an index too.
INDEXED: dict[str, Callable[[str, Index], Reader]] = {**header_variables.INDEXED, "branch": _branch}


def set_shared(name: str) -> Writer:
    """What writes ``$shv(name)``; without a value it is 0 again."""

    def write(run: Run, value: Value | None) -> None:
        run.shared.modules.shared[name] = 0 if value is None else value

    return write


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
