"""JSON-RPC 2.0: from the bytes of a request to the bytes of its answer, whatever carries them.

Where the request itself is wrong, the codes are the specification's (section 5.1); what a method answers has Kamailio's.
"""

from __future__ import annotations

import inspect
import json
import math
from dataclasses import dataclass
from typing import NoReturn

from twisted.logger import Logger

from txdispatcher.control.table import Fault, Methods, UnknownMethod

#: Requests in one batch: each may have a list of all destinations for its answer.
MAX_BATCH = 50

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
#: What jsonrpcs says instead of METHOD_NOT_FOUND.
KAMAILIO_UNKNOWN = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """The bytes to send back, and the fault in them if the request was a single one that failed."""

    body: bytes
    fault: Fault | None = None


async def answer(
    methods: Methods, body: bytes, *, read_only: bool = False, unknown_method: int = KAMAILIO_UNKNOWN
) -> Answer | None:
    """Call what `body` asks for. None: there were only notifications, and nothing is sent back. Raises nothing.

    `read_only`: who asks may change nothing. `unknown_method` is the code for a method that there is not, METHOD_NOT_FOUND by the
    specification.
    """
    asked = _Asked(methods, read_only, unknown_method)
    try:
        request = json.loads(body.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError):  # Bad UTF-8 and numbers of too many digits are ValueErrors too.
        return fault_answer(Fault(PARSE_ERROR, "Parse error"))
    if not isinstance(request, list):
        return await asked.single(request)
    if not request:
        return fault_answer(Fault(INVALID_REQUEST, "Invalid Request: an empty batch"))
    if len(request) > MAX_BATCH:
        text = f"Invalid Request: a batch of {len(request)}; {MAX_BATCH} are allowed"
        return fault_answer(Fault(INVALID_REQUEST, text))
    answers = [await asked.single(each) for each in request]
    bodies = [each.body for each in answers if each is not None]
    return Answer(b"[" + b",".join(bodies) + b"]") if bodies else None


def fault_answer(fault: Fault, id: object = None) -> Answer:
    """The answer that says no more than `fault`."""
    error = {"code": fault.code, "message": fault.text}
    return Answer(_dump({"jsonrpc": "2.0", "error": error, "id": id}), fault)


_log = Logger()


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _dump(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode("ascii")


@dataclass(frozen=True, slots=True)
class _Asked:
    """Whom requests are put to, and as whom."""

    methods: Methods
    read_only: bool
    unknown_method: int

    async def single(self, request: object) -> Answer | None:
        if not isinstance(request, dict):
            return fault_answer(Fault(INVALID_REQUEST, "Invalid Request: not an object"))
        wanted = "id" in request
        id = request.get("id")
        if isinstance(id, bool | list | dict) or (isinstance(id, float) and not math.isfinite(id)):
            return fault_answer(Fault(INVALID_REQUEST, "Invalid Request: id is a string, a number or null"))
        try:
            reply = _dump({"jsonrpc": "2.0", "result": await self._call(request), "id": id})
        except UnknownMethod as fault:
            return fault_answer(Fault(self.unknown_method, fault.text), id) if wanted else None
        except Fault as fault:
            # Without an id it is a notification only if it is a request at all.
            return fault_answer(fault, id) if wanted or fault.code == INVALID_REQUEST else None
        except Exception:
            _log.failure("{method!r} failed", method=request.get("method"))
            return fault_answer(Fault(500, "Internal Server Error"), id) if wanted else None
        return Answer(reply) if wanted else None

    async def _call(self, request: dict[str, object]) -> object:
        name = request.get("method")
        given = request.get("params", [])
        if request.get("jsonrpc") != "2.0":
            raise Fault(INVALID_REQUEST, 'Invalid Request: jsonrpc is "2.0"')
        if not isinstance(name, str):
            raise Fault(INVALID_REQUEST, "Invalid Request: method is a string")
        if not isinstance(given, list | dict):
            raise Fault(INVALID_PARAMS, "Invalid params: an array or an object")
        result = self.methods.call(name, given, read_only=self.read_only)
        return await result if inspect.isawaitable(result) else result
