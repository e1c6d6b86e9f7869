"""JSON-RPC 2.0: from the bytes of a request to the bytes of its answer, as HTTP carries them."""

from __future__ import annotations

import json
from dataclasses import dataclass

from twisted.logger import Logger

from txdispatcher.control.request_object import INVALID_REQUEST, Caller, check_batch, error, id_of, parse
from txdispatcher.control.table import Fault


@dataclass(frozen=True, slots=True)
class Answer:
    """The bytes to send back, and the fault in them if the request was a single one that failed."""

    body: bytes
    fault: Fault | None = None


async def answer(caller: Caller, body: bytes) -> Answer | None:
    """Call what `body` asks for. None: there were only notifications, and nothing is sent back. Raises nothing."""
    try:
        request = parse(body)
        if not isinstance(request, list):
            return await _single(caller, request)
        check_batch(request)
    except Fault as fault:
        return fault_answer(fault)
    answers = [await _single(caller, each) for each in request]
    bodies = [each.body for each in answers if each is not None]
    return Answer(b"[" + b",".join(bodies) + b"]") if bodies else None


def fault_answer(fault: Fault, id: object = None) -> Answer:
    """The answer that says no more than `fault`."""
    return Answer(_dump({"jsonrpc": "2.0", "error": error(fault), "id": id}), fault)


_log = Logger()


def _dump(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode("ascii")


async def _single(caller: Caller, request: object) -> Answer | None:
    id = id_of(request)
    # Without an id it is a notification only if it is a request at all.
    wanted = not isinstance(request, dict) or "id" in request
    try:
        result = await caller.result(request)
    except Fault as fault:
        return fault_answer(fault, id) if wanted or fault.code == INVALID_REQUEST else None
    if not wanted:
        return None
    try:
        return Answer(_dump({"jsonrpc": "2.0", "result": result, "id": id}))
    except Exception:
        assert isinstance(request, dict)
        _log.failure("{method!r} gave what is no JSON", method=request["method"])
        return fault_answer(Fault(500, "Internal Server Error"), id)
