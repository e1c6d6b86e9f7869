"""Functions of the modules xhttp and jsonrpcs: what an HTTP request that came by a connection of SIP gets."""

from __future__ import annotations

from txdispatcher.errors import ScriptFault
from txdispatcher.routing.script.http import DISPATCH, REPLY, URL, HttpReply
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.table import REQUEST, function
from txdispatcher.routing.variables import note, noted

TRUE = 1


@function("xhttp", (REQUEST,))
def xhttp_reply(run: Run, code: int, reason: bytes, content_type: bytes, body: bytes) -> int:
    """Answer the HTTP request of event_route[xhttp:request]."""
    _check(run, "xhttp_reply")
    if not 100 <= code <= 599 or any(letter in b"\r\n\0" for letter in reason + content_type):
        raise ScriptFault(f"found {code} {reason!r} {content_type!r}; allowed: a status from 100 to 599, and texts of one line")
    note(run.context, REPLY, HttpReply(code, reason, content_type, body))
    return TRUE


@function("jsonrpcs", (REQUEST,))
def jsonrpc_dispatch(run: Run) -> int:
    """Carry out the JSON-RPC that the HTTP request has for its body, and answer it. Who may call is the script's say."""
    _check(run, "jsonrpc_dispatch")
    note(run.context, DISPATCH, 1)
    return TRUE


def _check(run: Run, name: str) -> None:
    if noted(run.context, URL) is None:
        raise ScriptFault(f"{name}() answers HTTP: it may stand in event_route[xhttp:request] alone")
