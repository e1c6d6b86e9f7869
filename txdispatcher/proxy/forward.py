"""The bytes that leave: RFC 3261 16.6 steps 1 to 8 for a request, 16.7 step 3 for a response."""

from __future__ import annotations

from txdispatcher.proxy.breadth import breadth_edits
from txdispatcher.proxy.context import Context
from txdispatcher.proxy.decision import Relay
from txdispatcher.proxy.hop import Hop, hop_of
from txdispatcher.proxy.listener import Listener
from txdispatcher.sip.address import address_uri
from txdispatcher.sip.edit import Edit, pop_route, pop_via, stamp_via
from txdispatcher.sip.headers import CONTENT_LENGTH, ROUTE
from txdispatcher.sip.message import Message, Request, Response
from txdispatcher.sip.uri import SIPS, parse_uri

import txdispatcher.sip.octets as octets  # isort: skip  # C functions in the compiled build: see octets.pxd

#: Max-Forwards as it is written.
_DECIMALS = tuple(b"%d" % number for number in range(256))
#: The bit of `Message.present` that says that there is a Content-Length.
_HAS_LENGTH = 1 << CONTENT_LENGTH


class Unsent:
    """A request without a transaction that is to go to `hop`, whose address may have to be looked up first."""

    __slots__ = ("context", "hop", "mark", "relay")

    def __init__(self, context: Context, relay: Relay, hop: Hop, mark: bytes) -> None:
        self.context = context
        self.relay = relay
        self.hop = hop
        self.mark = mark


def next_hop(context: Context) -> Hop:
    """Where Route and Request-URI point (16.6 steps 6 and 7). Raises ParseError for a Route value that is no address."""
    if context.routes:
        data = context.request.data
        first, last, _ = address_uri(data, *context.routes[0])
        return hop_of(parse_uri(data[first:last]))
    return hop_of(context.uri)


def forwarded_request(
    context: Context,
    sending: Listener,
    branch: bytes,
    uri: bytes | None,
    record_route: bytes | None,
    back: bytes | None,
    path: bytes | None,
    keep_routes: bool,
    max_forwards: int,
    breadth: int,
) -> bytes:
    """The request as it leaves by `sending`, with our Via (whose branch is `branch`) on top.

    `uri` replaces the Request-URI; `record_route` are the parameters of our Record-Route URI, None for none, `back` those of the
    one for the side that it came by, None for the same, `path` those of our Path, None for none. Without `keep_routes` every
    Route header is dropped: a destination was selected, whatever the caller preloaded.
    `max_forwards` is for a request that has none (step 3), `breadth` the Max-Breadth of this branch, 0 for the one that came.
    """
    request = context.request
    edits: list[Edit] = stamp_via(context.via, context.source[0], context.source[1])
    top = [b"Via: ", sending.via, branch, b"\r\n"]
    if record_route is not None:
        scheme = b"sip:" if context.uri.scheme != SIPS else b"sips:"  # step 4
        # RFC 5658: where it leaves by another address than it came by, both are named, the leaving side on top.
        if sending is not context.listener or back is not None:
            top += [b"Record-Route: <", scheme, sending.place, record_route, b">\r\n"]
        top += [b"Record-Route: <", scheme, context.listener.place, back or record_route, b">\r\n"]
    if path is not None:
        top += [b"Path: <", context.listener.uri, path, b">\r\n"]
    if request.max_forwards < 0:
        top.append(b"Max-Forwards: %d\r\n" % max_forwards)
    else:
        edits.append((request.max_forwards_start, request.max_forwards_end, _DECIMALS[max(request.max_forwards - 1, 0)]))
    if sending.reliable and not request.present & _HAS_LENGTH:
        top.append(_length(request))  # step 9: a stream needs it
    if breadth:
        changed = breadth_edits(request, breadth)
        edits += changed
        if not changed:
            top.append(b"Max-Breadth: %d\r\n" % breadth)
    target = uri
    if request.route_line:
        if not keep_routes:
            edits += _drop_routes(request)
        elif context.restored or context.taken or context.routes:
            routed, top_routes = _route_edits(context)
            edits += routed
            top.append(top_routes)
            if target is None:
                target = _strict_target(context)
    if target is not None:
        edits.append((request.uri_start, request.uri_end, target))
    elif context.restored:
        edits.append((request.uri_start, request.uri_end, context.uri_bytes))
    at = request.via_line
    if 0 < request.record_route_line < at:
        at = request.record_route_line
    edits.append((at, at, b"".join(top)))
    return octets.splice(request.data, edits)


def forwarded_response(response: Response, reliable: bool) -> bytes:
    """The response without our Via; with a Content-Length where it leaves by a `reliable` transport."""
    popped = pop_via(response)
    start, end, _ = popped
    if reliable and not response.present & _HAS_LENGTH:
        at = response.headers
        return octets.splice(response.data, [popped, (at, at, _length(response))])
    return octets.without(response.data, start, end)


def _length(message: Message) -> bytes:
    return b"Content-Length: %d\r\n" % (len(message.data) - message.body)


def _route_edits(context: Context) -> tuple[list[Edit], bytes]:
    """How Route changes: the edits, and the lines to put on top (16.4, 16.6 step 6)."""
    request = context.request
    data = request.data
    strict = _strict_target(context) is not None
    if not strict and not context.routes:
        return _drop_routes(request), b""
    if not strict and not context.restored:
        if context.taken == 0:
            return [], b""
        if context.taken == 1:
            return [pop_route(request)], b""
    values = [data[start:end] for start, end in context.routes]
    if strict:
        values = [*values[1:], b"<%b>" % context.uri_bytes]
    return _drop_routes(request), b"".join(b"Route: %b\r\n" % value for value in values)


def _strict_target(context: Context) -> bytes | None:
    """The Request-URI for a next hop that is a strict router: its Route URI has no ``;lr`` (16.6 step 6); None otherwise."""
    if not context.routes:
        return None
    data = context.request.data
    first, last, _ = address_uri(data, *context.routes[0])
    route = data[first:last]
    return None if parse_uri(route).param(b"lr") is not None else route


def _drop_routes(request: Request) -> list[Edit]:
    # A line may go on behind its value, with folds that hold nothing.
    data = request.data
    if request.route_lines == 1:
        return [(request.route_line, octets.line_end(data, request.route_end, request.body) + 2, b"")]
    return [(line, octets.line_end(data, end, request.body) + 2, b"") for line, _, end in request.lines(ROUTE)]
