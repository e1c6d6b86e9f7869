"""JSON-RPC 2.0: from the bytes of a request to the bytes of its answer, as HTTP carries them."""

from __future__ import annotations

from dataclasses import dataclass

from txdispatcher.control.pieces import Turns, json_pieces
from txdispatcher.control.request_object import INVALID_REQUEST, Caller, check_batch, error, id_of, parse
from txdispatcher.control.table import Fault


@dataclass(frozen=True, slots=True)
class Answer:
    """The bytes to send back, and the fault in them if the request was a single one that failed."""

    body: bytes
    fault: Fault | None = None


async def answer(caller: Caller, body: bytes, turns: Turns) -> Answer | None:
    """Call what `body` asks for; the answer is made in `turns`. Raises nothing.

    None: there were only notifications, and nothing is sent back.
    """
    try:
        request = parse(body)
        if not isinstance(request, list):
            return await _single(caller, request, turns)
        check_batch(request)
    except Fault as fault:
        return fault_answer(fault)
    answers = [await _single(caller, each, turns) for each in request]
    bodies = [each.body for each in answers if each is not None]
    return Answer(b"[" + b",".join(bodies) + b"]") if bodies else None


def fault_answer(fault: Fault, id: object = None) -> Answer:
    """The answer that says no more than `fault`."""
    return Answer("".join(json_pieces({"jsonrpc": "2.0", "error": error(fault), "id": id})).encode("ascii"), fault)


async def _single(caller: Caller, request: object, turns: Turns) -> Answer | None:
    id = id_of(request)
    # Without an id it is a notification only if it is a request at all.
    wanted = not isinstance(request, dict) or "id" in request
    try:
        result = await caller.result(request)
        text = await turns.texts(json_pieces({"jsonrpc": "2.0", "result": result, "id": id})) if wanted else ""
    except Fault as fault:
        return fault_answer(fault, id) if wanted or fault.code == INVALID_REQUEST else None
    return Answer(text.encode("ascii")) if wanted else None
