"""The request object of JSON-RPC 2.0 (section 4 of its specification): read, checked and carried out, whatever it came by.

Where the request itself is wrong, the codes are the specification's (section 5.1); what a method answers has Kamailio's.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import NoReturn

from txdispatcher.control.calls import call
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
class Caller:
    """Who asks `methods`: one that may change nothing, if `read_only`.

    `unknown_method` is the code that a method gets which there is not, METHOD_NOT_FOUND by the specification.
    """

    methods: Methods
    read_only: bool = False
    unknown_method: int = KAMAILIO_UNKNOWN

    async def result(self, request: object) -> object:
        """What the method gives that `request` names. Raises Fault."""
        if not isinstance(request, dict):
            raise Fault(INVALID_REQUEST, "Invalid Request: not an object")
        if not _is_id(request.get("id")):
            raise Fault(INVALID_REQUEST, "Invalid Request: id is a string, a number or null")
        name = request.get("method")
        given = request.get("params", [])
        if request.get("jsonrpc") != "2.0":
            raise Fault(INVALID_REQUEST, 'Invalid Request: jsonrpc is "2.0"')
        if not isinstance(name, str):
            raise Fault(INVALID_REQUEST, "Invalid Request: method is a string")
        if not isinstance(given, list | dict):
            raise Fault(INVALID_PARAMS, "Invalid params: an array or an object")
        try:
            return await call(self.methods, name, given, read_only=self.read_only)
        except UnknownMethod as fault:
            raise Fault(self.unknown_method, fault.text) from None


def parse(document: bytes) -> object:
    """What `document` holds, as JSON. Raises Fault."""
    try:
        return json.loads(document.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError):  # Bad UTF-8 and numbers of too many digits are ValueErrors too.
        raise Fault(PARSE_ERROR, "Parse error") from None


def check_batch(requests: list[object]) -> None:
    """Raises Fault for a batch that is empty or too long."""
    if not requests:
        raise Fault(INVALID_REQUEST, "Invalid Request: an empty batch")
    if len(requests) > MAX_BATCH:
        raise Fault(INVALID_REQUEST, f"Invalid Request: a batch of {len(requests)}; {MAX_BATCH} are allowed")


def id_of(request: object) -> object:
    """The id that the answer to `request` has: null where it has none, or one that is none."""
    id = request.get("id") if isinstance(request, dict) else None
    return id if _is_id(id) else None


def error(fault: Fault) -> dict[str, object]:
    """The error object (section 5.1)."""
    return {"code": fault.code, "message": fault.text}


def _is_id(id: object) -> bool:
    if isinstance(id, float):
        return math.isfinite(id)
    return id is None or (isinstance(id, str | int) and not isinstance(id, bool))


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
