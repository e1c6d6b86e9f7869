"""JSON-RPC as Kamailio's jsonrpcs speaks it over FIFOs and datagrams: documents in, documents out, in its layout to the byte.

It differs from JSON-RPC 2.0 by HTTP (`envelopes`) in what its clients expect: a request without an id is answered too, without
an id, because whoever names a reply FIFO waits at it. Where the request itself is wrong, jsonrpcs says nothing; here it is
answered. With `store_path` the answer is kept in a file, and what is sent back says so.
"""

from __future__ import annotations

import json
import math
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass
from typing import Protocol

from twisted.logger import Logger

from txdispatcher.control.pieces import Pieces, Turns, is_long
from txdispatcher.control.request_object import Caller, check_batch, error, id_of, parse
from txdispatcher.control.table import Fault

#: Bytes of one document; jsonrpcs takes as many from its FIFO.
MAX_DOCUMENT = 80 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """The document to answer with, and the `reply_name` of the request: the FIFO that it wants its answer in ("" for none)."""

    body: bytes
    name: str = ""


class Store(Protocol):
    """Where a request may have its answer kept: see `stored.StoreFolder`."""

    def name_of(self, path: object) -> str: ...

    def write(self, name: str, body: bytes) -> Awaitable[None]: ...


async def answer(caller: Caller, turns: Turns, document: bytes, store: Store | None = None) -> Reply:
    """Call what `document` asks for; the answer is made in `turns`. Raises nothing.

    The answer to a request with `store_path` goes to `store`, without one such a request is refused.
    """
    try:
        request = parse(document)
    except Fault as fault:
        return Reply(fault_document(fault))
    name = _reply_name(request)
    if not isinstance(request, list):
        return Reply(await _kept(caller, turns, request, store), name)
    try:
        check_batch(request)
    except Fault as fault:
        return Reply(fault_document(fault), name)
    answers = [await _single(caller, each) for each in request]
    return Reply(await _made(turns, Pieces(lambda: answers, nested=True)), name)


async def answer_datagram(caller: Caller, turns: Turns, document: bytes, store: Store | None = None) -> bytes:
    """The same, for where the answer goes back to whence the request came."""
    return (await answer(caller, turns, document, store)).body


def too_long(document: bytes) -> bytes:
    """The answer in place of one that no datagram can carry."""
    request = json.loads(document)  # Of what is no JSON, the answer is short.
    fault = Fault(500, "the answer is longer than a datagram can be")
    return fault_document(fault, id_of(request))


def fault_document(fault: Fault, id: object = None) -> bytes:
    """The answer that says no more than `fault`."""
    return printed({"jsonrpc": "2.0", "error": error(fault), "id": id})


def printed(value: object) -> bytes:
    """`value`, of JSON's types, in the layout of jsonrpcs: tabs, and what is in an array one level deeper than it."""
    return _encoded("".join(_pieces(value, 0)))


async def _made(turns: Turns, value: object) -> bytes:
    try:
        return _encoded(await turns.texts(_pieces(value, 0)))
    except Fault as fault:
        return fault_document(fault, value.get("id") if isinstance(value, dict) else None)


def _encoded(text: str) -> bytes:
    # Bytes that are no UTF-8 are here as surrogates, which JSON can escape.
    return text.encode("utf-8", "backslashreplace")


def _reply_name(request: object) -> str:
    """The first reply_name in the request, or in a batch."""
    for each in request if isinstance(request, list) else [request]:
        name = each.get("reply_name") if isinstance(each, dict) else None
        if isinstance(name, str):
            return name
    return ""


async def _kept(caller: Caller, turns: Turns, request: object, store: Store | None) -> bytes:
    """The document for a single request, or, where its answer is to be kept in a file, whether it was."""
    path = request.get("store_path") if isinstance(request, dict) else None
    if not path or store is None:  # Kamailio takes the empty text for none.
        return await _made(turns, await _single(caller, request))
    try:
        file = store.name_of(path)
    except Fault as fault:
        return fault_document(fault, id_of(request))
    try:
        await store.write(file, await _made(turns, await _answered(caller, request)))
    except OSError as failure:
        _log.warn("{file!r} cannot be stored: {reason}", file=file, reason=failure.strerror)
        return _STORING_FAILED % _stored_id(request)
    return _STORED % _stored_id(request)


async def _single(caller: Caller, request: object) -> dict[str, object]:
    if isinstance(request, dict) and request.get("store_path"):
        fault = Fault(403, "Forbidden: store_path, which would write a file on the server")
        return {"jsonrpc": "2.0", "error": error(fault), "id": id_of(request)}
    return await _answered(caller, request)


async def _answered(caller: Caller, request: object) -> dict[str, object]:
    shown: dict[str, object] = {"jsonrpc": "2.0"}
    try:
        shown["result"] = await caller.result(request)
    except Fault as fault:
        shown["error"] = error(fault)
    if not isinstance(request, dict) or "id" in request:
        shown["id"] = id_of(request)
    return shown


#: As jsonrpcs has them, which does not print them as it prints the others.
_STORED = b'{\n"jsonrpc": "2.0",\n\t"result": "Stored",\n\t"id": %b\n}'
_STORING_FAILED = b'{\n"jsonrpc": "2.0",\n\t"error": {\n\t\t"code": 500,\n\t\t"message": "Storing failed"\n\t},\n\t"id": %b\n}'

_log = Logger()


def _stored_id(request: object) -> bytes:
    """The id in those: a number without its fraction, 0 for none."""
    id = id_of(request)
    return printed(int(id) if isinstance(id, float) else 0 if id is None else id)


def _pieces(value: object, depth: int) -> Iterator[str]:
    """The same layout, for what may have Pieces in it."""
    if isinstance(value, Pieces):
        before = "["
        for each in value:
            if value.nested:
                yield before
                yield from _pieces(each, depth + 1)
            else:
                yield before + _single_piece(each, depth + 1)
            before = ", "
        yield "]" if before == ", " else "[]"
    elif isinstance(value, dict) and is_long(value):
        indent = "\n" + "\t" * (depth + 1)
        before = "{"
        for name, each in value.items():
            yield f"{before}{indent}{_quoted(str(name))}:\t"
            yield from _pieces(each, depth + 1)
            before = ","
        yield indent[:-1] + "}"
    else:
        yield _single_piece(value, depth)


def _single_piece(value: object, depth: int) -> str:
    out: list[str] = []
    _print(out, value, depth)
    return "".join(out)


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
