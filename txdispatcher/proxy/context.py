"""A request on its way: what it is (parsed once), and RFC 3261 16.3 and 16.4."""

from __future__ import annotations

import zlib

from txdispatcher.proxy.hop import Address
from txdispatcher.proxy.listener import Listener, Listeners
from txdispatcher.sip.address import address_uri, tag_span
from txdispatcher.sip.headers import PROXY_REQUIRE, ROUTE, VIA
from txdispatcher.sip.message import Request, split_values
from txdispatcher.sip.uri import SIP, SIPS, TEL, Uri, parse_uri
from txdispatcher.sip.via import Via, parse_via

#: The schemes that a Request-URI may have (16.3 step 2).
SCHEMES = (SIP, SIPS, TEL)
#: Separates, in our branches, what is unique from what tells a loop.
LOOP_MARK = b"."


class Context:
    """One request, with what came of looking at it.

    `uri` is the Request-URI to work with, after 16.4. `routes` are the spans of the Route values that are not ours; `rewritten`
    says that Route or Request-URI differ from what came. `own_route` is the last Route value of ours that was taken off (parsed),
    `near` the listener that it names, else the one that the request came by. `to_tag` is empty for an initial request.
    """

    __slots__ = (
        "listener",
        "near",
        "own_route",
        "request",
        "rewritten",
        "routes",
        "source",
        "to_tag",
        "uri",
        "uri_bytes",
        "via",
    )

    def __init__(self, request: Request, via: Via, source: Address, listener: Listener) -> None:
        self.request = request
        self.via = via
        self.source = source
        self.listener = listener
        self.near = listener
        data = request.data
        start, end = tag_span(data, request.to_start, request.to_end)
        self.to_tag = data[start:end]
        self.uri_bytes = data[request.uri_start : request.uri_end]
        self.uri: Uri = parse_uri(self.uri_bytes)
        self.routes: list[tuple[int, int]] = []
        self.rewritten = False
        self.own_route: Uri | None = None

    def take_own_routes(self, listeners: Listeners) -> None:
        """RFC 3261 16.4: undo what a strict router did to the Request-URI, and take our own values off the top of Route."""
        request = self.request
        if request.route_line == 0:
            return
        data = request.data
        routes = list(request.values(ROUTE))
        if self.uri.param(b"lr") is not None and listeners.named(self.uri.host, self.uri.port) is not None:
            # The previous hop is a strict router: our Record-Route stands in the Request-URI, the target is the last Route.
            self.own_route = self.uri
            start, end = routes.pop()
            first, last, _ = address_uri(data, start, end)
            self.uri_bytes = data[first:last]
            self.uri = parse_uri(self.uri_bytes)
            self.rewritten = True
        while routes:
            first, last, _ = address_uri(data, routes[0][0], routes[0][1])
            route = parse_uri(data[first:last])
            ours = listeners.named(route.host, route.port)
            if ours is None:
                break
            self.own_route = route
            self.near = ours
            self.rewritten = True
            del routes[0]
        self.routes = routes


def unsupported(request: Request) -> list[bytes]:
    """The option tags of Proxy-Require, none of which is supported (16.3 step 5)."""
    if not request.present & 1 << PROXY_REQUIRE:
        return []
    data = request.data
    return [data[start:end] for start, end in request.values(PROXY_REQUIRE) if end > start]


def loop_mark(request: Request, salt: bytes) -> bytes:
    """What our branch carries so that a request which comes back unchanged is known again (16.6 step 8, RFC 5393 4.2.1).

    It covers what a decision can depend on. To tag and method are left out: an ACK or CANCEL must have its INVITE's branch
    (16.11). `salt` is the source, where that matters to the router.
    """
    data = request.data
    seen = zlib.crc32(data[request.uri_start : request.uri_end], request.cseq)
    seen = zlib.crc32(data[request.call_id_start : request.call_id_end], seen)
    seen = zlib.crc32(data[request.from_start : request.from_end], seen)
    if request.route_line:
        seen = zlib.crc32(data[request.route_start : request.route_end], seen)
    if salt:
        seen = zlib.crc32(salt, seen)
    return b"%b%08x" % (LOOP_MARK, seen)


def is_loop(request: Request, via: Via, listeners: Listeners, mark: bytes) -> bool:
    """Whether a Via of ours says that this request was here before, unchanged (16.3 step 4). Raises ParseError."""
    if request.via_lines == 1 and via.end == request.via_end:
        return _is_ours(via, listeners, mark)
    data = request.data
    for _, start, end in request.lines(VIA):
        for first, last in split_values(data, start, end):
            if _is_ours(parse_via(data, first, last), listeners, mark):
                return True
    return False


def _is_ours(via: Via, listeners: Listeners, mark: bytes) -> bool:
    return via.branch is not None and via.branch.endswith(mark) and listeners.is_sent_by(via.sent_by)
