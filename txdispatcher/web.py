"""What answers HTTP on the connections of SIP: a script's event_route[xhttp:request], and the methods, where that says so."""

from __future__ import annotations

import time
from typing import Any

from txdispatcher.control.envelopes import answer
from txdispatcher.control.pieces import Turns
from txdispatcher.control.request_object import Caller
from txdispatcher.control.table import Methods
from txdispatcher.net.web import Answer
from txdispatcher.proxy.hop import Address
from txdispatcher.proxy.listener import Listener
from txdispatcher.routing.script.http import HttpReply, HttpRequest
from txdispatcher.routing.script.route import ScriptRoute


def web_of(router: object, methods: Methods, reactor: Any) -> Answer:
    """What answers by the script of `router`, a ScriptRoute, and by `methods`."""
    assert isinstance(router, ScriptRoute)
    turns = Turns(reactor)

    async def answered(request: HttpRequest, source: Address, listener: Listener) -> HttpReply | None:
        if not router.answers_http:
            return HttpReply(404, b"Not Found")
        decided = router.http(request, source, listener, time.monotonic())
        if isinstance(decided, HttpReply):
            return decided
        if not decided:
            return None
        if request.header(b"origin") is not None:
            # A page in somebody's browser can post here, and the script looks at the browser's address.
            return HttpReply(403, b"Forbidden")
        made = await answer(Caller(methods), request.body, turns)
        if made is None:
            return HttpReply(204, b"No Content")
        code, reason = 200, b"OK"
        if made.fault is not None:
            code = made.fault.code if 400 <= made.fault.code <= 599 else 400
            reason = made.fault.text.encode("ascii", "replace").replace(b"\r", b" ").replace(b"\n", b" ")
        return HttpReply(code, reason, b"application/json", made.body)

    return answered
