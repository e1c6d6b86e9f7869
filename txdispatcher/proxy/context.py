"""A request on its way: what it is (parsed once), and RFC 3261 16.3 and 16.4."""

from __future__ import annotations

from txdispatcher.proxy.hop import Address
from txdispatcher.proxy.listener import Listener, Listeners
from txdispatcher.sip.address import address_uri, tag_span
from txdispatcher.sip.headers import PROXY_REQUIRE, ROUTE, VIA
from txdispatcher.sip.message import MAX_HEADERS, MAX_LINE, MAX_MESSAGE, Request, split_values
from txdispatcher.sip.uri import SIP, SIPS, TEL, Uri, parse_uri
from txdispatcher.sip.via import Via, parse_via

import txdispatcher.sip.octets as octets  # isort: skip  # C functions in the compiled build: see octets.pxd

#: The schemes that a Request-URI may have (16.3 step 2).
SCHEMES = (SIP, SIPS, TEL)
#: Separates, in our branches, what is unique from what tells a loop.
LOOP_MARK = b"."
#: What a request can grow by: our Via and two Record-Route, Max-Forwards, `received` and `rport`, a longer Request-URI.
_MORE_HEADERS = 8
_MORE_BYTES = 1024
#: A header of so few bytes has room for them: no line of it is shorter than four.
_ROOMY = 4 * (MAX_HEADERS - 2 * _MORE_HEADERS)


class Context:
    """One request, with what came of looking at it.

    `uri` is the Request-URI to work with; `routes` are the spans of its Route values. 16.4 changes both: `restored` says that the
    Request-URI is another than the one that came, `taken` how many values of ours were taken off the top of Route. `own_params`
    are the URI parameters of the last of these (";lr…"), None without one, `near` the listener that it names, else the one that
    the request came by. `to_tag` is empty for an initial request.
    """

    __slots__ = (
        "listener",
        "near",
        "own_params",
        "request",
        "restored",
        "routes",
        "source",
        "taken",
        "to_tag",
        "uri",
        "uri_bytes",
        "variables",
        "via",
    )

    def __init__(self, request: Request, via: Via, source: Address, listener: Listener) -> None:
        self.request = request
        self.via = via
        self.source = source
        self.listener = listener
        self.near = listener
        # By way of the attribute, whose type the compiled build knows.
        came = self.request
        data = came.data
        start, end = tag_span(data, came.to_start, came.to_end)
        self.to_tag = octets.cut(data, start, end)
        self.uri_bytes = octets.cut(data, came.uri_start, came.uri_end)
        self.uri: Uri = parse_uri(self.uri_bytes)
        self.routes: list[tuple[int, int]] = came.values(ROUTE) if came.route_line else []
        self.restored = False
        self.taken = 0
        self.own_params: bytes | None = None
        #: What a router notes down with the request; never looked into here.
        self.variables: object = None

    def take_own_routes(self, listeners: Listeners) -> None:
        """RFC 3261 16.4: undo what a strict router did to the Request-URI, take a maddr that is us out of it, and our own values
        off the top of Route. Raises ParseError.
        """
        routes = self.routes
        uri = self.uri
        data = self.request.data
        if routes and uri.params and uri.param(b"lr") is not None:
            ours = listeners.of(uri)
            if ours is not None:
                # The previous hop is a strict router: our Record-Route stands in the Request-URI, the target is the last Route.
                self.own_params = uri.params
                self.near = ours
                start, end = routes.pop()
                first, last, _ = address_uri(data, start, end)
                self.rewrite(data[first:last])
        if self.uri.params:
            self._take_own_maddr(listeners)
        while routes:
            start, end = routes[0]
            own = _own_params(data, start, end, self.listener)
            if own:
                self.own_params = own
                self.near = self.listener
            else:
                first, last, _ = address_uri(data, start, end)
                route = parse_uri(octets.cut(data, first, last))
                ours = listeners.of(route)
                if ours is None:
                    break
                self.own_params = route.params
                self.near = ours
            self.taken += 1
            del routes[0]

    def _take_own_maddr(self, listeners: Listeners) -> None:
        uri = self.uri
        maddr = uri.param(b"maddr")
        if not maddr:
            return
        ours = listeners.named(maddr, uri.port)
        if ours is None or (uri.param(b"transport") or b"udp").lower() != ours.param:
            return
        kept = [each for each in uri.params.split(b";") if each.partition(b"=")[0].lower() not in (b"maddr", b"transport")]
        user = b"%b@" % uri.user if uri.user is not None else b""
        self.rewrite(b"%b:%b%b%b%b" % (uri.scheme, user, uri.host, b";".join(kept), uri.headers))

    def rewrite(self, uri: bytes) -> None:
        """Work with this Request-URI from now on. Raises ParseError."""
        self.uri = parse_uri(uri)
        self.uri_bytes = uri
        self.restored = True


def _own_params(data: bytes, start: int, end: int, listener: Listener) -> bytes:
    """The parameters of the URI in a Route value that is one of `listener`'s to the letter; empty for any other.

    No dialog's Route is like another's, so that taking it apart as a URI each time would be the dearest step of a BYE.
    """
    at = start + 1 + len(listener.uri)
    if data[start] != 0x3C or not octets.begins(data, start + 1, listener.uri) or not octets.begins(data, at, b";lr"):
        return b""  # Another's, or one of ours by another transport
    if octets.find(data, 0x3E, at, end) != end - 1 or octets.find(data, 0x3F, at, end) >= 0:
        return b""
    return octets.cut(data, at, end - 1)


def check_further(request: Request, via: Via) -> None:
    """Raise ParseError if one of the values that stand behind `via` in its line is none."""
    for start, end in split_values(request.data, request.via_start, request.via_end)[1:]:
        parse_via(request.data, start, end)


def unsupported(request: Request) -> list[bytes]:
    """The option tags of Proxy-Require, none of which is supported (16.3 step 5)."""
    if not request.present & 1 << PROXY_REQUIRE:
        return []
    data = request.data
    return [data[start:end] for start, end in request.values(PROXY_REQUIRE) if end > start]


def has_room(context: Context) -> bool:
    """Whether the request, with what we add to it, is one that `parse` still takes: we read it again for its ACK and CANCEL."""
    request = context.request
    data = request.data
    body = request.body
    routes = len(context.routes)
    # Each Route value may get a line of its own.
    if (body > _ROOMY or routes > _MORE_HEADERS) and data.count(b"\r\n", 0, body) + routes > MAX_HEADERS - _MORE_HEADERS:
        return False
    at = 0 if body > MAX_LINE - _MORE_BYTES else body
    while at < body:
        end = octets.line_end(data, at, body)
        if end - at > MAX_LINE - _MORE_BYTES:
            return False
        at = end + 2
    return len(data) <= MAX_MESSAGE - _MORE_BYTES


def loop_mark(context: Context, salt: bytes) -> bytes:
    """What our branch carries so that a request which comes back unchanged is known again (16.6 step 8, RFC 5393 4.2.1).

    It covers what a decision can depend on, as it came: to be taken before 16.4. To tag and method are left out: an ACK or CANCEL
    must have its INVITE's branch (16.11). `salt` is the source, where that matters to the router.
    """
    request = context.request
    data = request.data
    seen = octets.checksum(data, request.uri_start, request.uri_end, request.cseq)
    seen = octets.checksum(data, request.call_id_start, request.call_id_end, seen)
    seen = octets.checksum(data, request.from_start, request.from_end, seen)
    for start, end in context.routes:
        seen = octets.checksum(data, start, end, seen)
    if salt:
        seen = octets.checksum(salt, 0, len(salt), seen)
    return octets.numbered(LOOP_MARK, seen, 8, b"")


def is_loop(request: Request, via: Via, listeners: Listeners, mark: bytes) -> bool:
    """Whether a Via of ours says that this request was here before, unchanged (16.3 step 4). Raises ParseError."""
    if request.via_lines == 1 and via.end == request.via_end:
        return _is_ours(via, listeners, mark)
    data = request.data
    if mark not in data:
        return False
    for _, start, end in request.lines(VIA):
        for first, last in split_values(data, start, end):
            if _is_ours(parse_via(data, first, last), listeners, mark):
                return True
    return False


def _is_ours(via: Via, listeners: Listeners, mark: bytes) -> bool:
    return via.branch is not None and via.branch.endswith(mark) and listeners.is_sent_by(via.sent_by)
