"""A response as a script's reply routes see it.

The functions and variables of scripts read a request. For them a response is given the first line of its request: what they then
read and change are the response's own header fields and its body.
"""

from __future__ import annotations

from collections.abc import Iterable

from txdispatcher.errors import ParseError
from txdispatcher.proxy.context import Context
from txdispatcher.proxy.hop import Address
from txdispatcher.proxy.listener import Listener
from txdispatcher.routing.script.edits import edited
from txdispatcher.sip.build import status_line
from txdispatcher.sip.edit import Edit
from txdispatcher.sip.message import Request, Response, parse
from txdispatcher.sip.via import parse_via


def reply_context(context: Context, response: Response, source: Address, listener: Listener) -> Context:
    """The response to the request of `context`, which came from `source`, with the first line of its request."""
    line = b"%b %b SIP/2.0" % (response.cseq_method, context.uri_bytes)
    data = response.data
    request = parse(line + data[data.index(b"\r\n") :])
    assert isinstance(request, Request)
    made = Context(request, parse_via(request.data, request.via_start, request.via_end), source, listener)
    made.variables = context.variables
    return made


def reason_of(response: Response) -> bytes:
    """Its reason phrase."""
    return response.data[12 : response.data.index(b"\r\n")]


def edited_response(response: Response, context: Context, edits: Iterable[Edit], status: int, reason: bytes) -> Response:
    """The response with the edits made to its `context`, and another status line where `status` is not 0. Raises ParseError."""
    line = response.data[: response.data.index(b"\r\n") + 2]
    if status:
        line = status_line(status, reason)
    data = edited(context.request, edits)
    made = parse(line + data[data.index(b"\r\n") + 2 :])
    if not isinstance(made, Response):
        raise ParseError("the edited response is none")
    if made.cseq_method != response.cseq_method or made.cseq != response.cseq:
        raise ParseError("the edited response answers another request")
    return made
