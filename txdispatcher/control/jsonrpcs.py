"""JSON-RPC as Kamailio's jsonrpcs speaks it over FIFOs and datagrams: documents in, documents out, in its layout to the byte.

It differs from JSON-RPC 2.0 by HTTP (`envelopes`) in what its clients expect: a request without an id is answered too, without
an id, because whoever names a reply FIFO waits at it. Where the request itself is wrong, jsonrpcs says nothing; here the answer
has the codes of the specification, section 5.1.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

from txdispatcher.control.calls import call
from txdispatcher.control.envelopes import INVALID_PARAMS, INVALID_REQUEST, MAX_BATCH, PARSE_ERROR
from txdispatcher.control.table import Fault, Methods

#: Bytes of one document; jsonrpcs takes as many from its FIFO.
MAX_DOCUMENT = 80 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """The document to answer with, and the `reply_name` of the request: the FIFO that it wants its answer in ("" for none)."""

    body: bytes
    name: str = ""


async def answer(methods: Methods, document: bytes) -> Reply:
    """Call what `document` asks for. Raises nothing."""
    try:
        request = json.loads(document.decode("utf-8"))
    except (ValueError, RecursionError):  # Bad UTF-8 and numbers of too many digits are ValueErrors too.
        return Reply(fault_document(Fault(PARSE_ERROR, "Parse error")))
    name = _reply_name(request)
    if not isinstance(request, list):
        return Reply(printed(await _single(methods, request)), name)
    if not 1 <= len(request) <= MAX_BATCH:
        text = f"Invalid Request: a batch of {len(request)}; 1 to {MAX_BATCH} are allowed"
        return Reply(fault_document(Fault(INVALID_REQUEST, text)), name)
    return Reply(printed([await _single(methods, each) for each in request]), name)


async def answer_datagram(methods: Methods, document: bytes) -> bytes:
    """The same, for where the answer goes back to whence the request came."""
    return (await answer(methods, document)).body


def too_long(document: bytes) -> bytes:
    """The answer in place of one that no datagram can carry."""
    request = json.loads(document)  # Of what is no JSON, the answer is short.
    fault = Fault(500, "the answer is longer than a datagram can be")
    return printed({"jsonrpc": "2.0", "error": _error(fault), "id": request.get("id") if isinstance(request, dict) else None})


def fault_document(fault: Fault) -> bytes:
    """The answer that says no more than `fault`, to a request whose id is not known."""
    return printed({"jsonrpc": "2.0", "error": _error(fault), "id": None})


def printed(value: object) -> bytes:
    """`value`, of JSON's types, in the layout of jsonrpcs: tabs, and what is in an array one level deeper than it."""
    # Bytes that are no UTF-8 are here as surrogates, which JSON can escape.
    out: list[str] = []
    _print(out, value, 0)
    return "".join(out).encode("utf-8", "backslashreplace")


def _error(fault: Fault) -> dict[str, object]:
    return {"code": fault.code, "message": fault.text}


def _reply_name(request: object) -> str:
    """The first reply_name in the request, or in a batch."""
    for each in request if isinstance(request, list) else [request]:
        name = each.get("reply_name") if isinstance(each, dict) else None
        if isinstance(name, str):
            return name
    return ""


async def _single(methods: Methods, request: object) -> dict[str, object]:
    shown: dict[str, object] = {"jsonrpc": "2.0"}
    try:
        shown["result"] = await _call(methods, request)
    except Fault as fault:
        shown["error"] = _error(fault)
    if not isinstance(request, dict):
        shown["id"] = None
    elif "id" in request:
        shown["id"] = request["id"] if _is_id(request["id"]) else None
    return shown


def _is_id(id: object) -> bool:
    if isinstance(id, float):
        return math.isfinite(id)
    return id is None or (isinstance(id, str | int) and not isinstance(id, bool))


async def _call(methods: Methods, request: object) -> object:
    if not isinstance(request, dict):
        raise Fault(INVALID_REQUEST, "Invalid Request: not an object")
    name = request.get("method")
    given = request.get("params", [])
    if request.get("jsonrpc") != "2.0":
        raise Fault(INVALID_REQUEST, 'Invalid Request: jsonrpc is "2.0"')
    if not isinstance(name, str):
        raise Fault(INVALID_REQUEST, "Invalid Request: method is a string")
    if not isinstance(given, list | dict):
        raise Fault(INVALID_PARAMS, "Invalid params: an array or an object")
    if not _is_id(request.get("id")):
        raise Fault(INVALID_REQUEST, "Invalid Request: id is a string, a number or null")
    if "store_path" in request:
        raise Fault(403, "Forbidden: store_path, which would write a file on the server")
    return await call(methods, name, given)


def _print(out: list[str], value: object, depth: int) -> None:
    if isinstance(value, dict):
        indent = "\n" + "\t" * (depth + 1)
        separator = "{"
        for name, each in value.items():
            out += (separator, indent, _quoted(str(name)), ":\t")
            _print(out, each, depth + 1)
            separator = ","
        out += ("" if value else "{", indent[:-1], "}")
    elif isinstance(value, list | tuple):
        separator = "["
        for each in value:
            out.append(separator)
            _print(out, each, depth + 1)
            separator = ", "
        out.append("]" if value else "[]")
    elif isinstance(value, str):
        out.append(_quoted(value))
    else:
        out.append(_number(value))


def _number(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if not math.isfinite(value):
            return "null"
        return f"{value:.0f}" if value.is_integer() else f"{value:f}"
    return str(value)


#: Made once: json.dumps() would make one for every text.
_quoted = json.JSONEncoder(ensure_ascii=False).encode
