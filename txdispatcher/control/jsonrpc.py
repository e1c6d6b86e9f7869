"""JSON-RPC 2.0 over HTTP: POST to /RPC, as Kamailio's jsonrpcs answers it behind xhttp.

A page in somebody's browser must not be able to drive it. Such a page can POST anywhere, but not as application/json without
asking first (OPTIONS, which gets 405 here); its requests say where it comes from (Origin); and a name that was made to point
to this machine (DNS rebinding) shows in Host.
"""

# mypy: disallow-untyped-calls=False
# (twisted.web has few annotations.)

from __future__ import annotations

import ipaddress
import re
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.python.failure import Failure
from twisted.web import http
from twisted.web.server import NOT_DONE_YET, Request, Site
from txjsonrpc_ng.web.jsonrpc import JSONRPC
from zope.interface import implementer

from txdispatcher.control.credentials import Credentials
from txdispatcher.control.ctl import Register
from txdispatcher.control.envelopes import Answer, answer, fault_answer
from txdispatcher.control.guard import Guard
from txdispatcher.control.pieces import Turns
from txdispatcher.control.request_object import Caller
from txdispatcher.control.table import Fault, Methods

#: Where calls are posted to.
PATH = b"/RPC"
#: Bytes of a request's body. The longest sensible one, a batch of set_state, is a few thousand.
MAX_BODY = 65_536
#: Seconds that a connection may say nothing.
IDLE_TIMEOUT = 30.0
#: Requests that are answered at once. Only a reload takes its time, and those come one by one.
MAX_CALLS = 32


def make_site(
    methods: Methods,
    register: Register,
    clock: Any,
    *,
    credentials: Credentials | None = None,
    unknown_method: int = 500,
) -> Guard:
    """What an endpoint listens with. `clock`, a reactor or what stands for one, times out connections.

    With `credentials`, whoever calls over TCP must show one. `unknown_method` is the code of the fault for one that there is not.
    """
    return Guard(_Site(_RPC(methods, credentials, unknown_method, clock), clock), "jsonrpc", register, clock)


class _Site(Site):
    #: Its port says that it listens; a second line, with the address of an object in it, says nothing more.
    noisy = False

    def __init__(self, resource: _RPC, clock: Any) -> None:
        super().__init__(resource, _Request, timeout=IDLE_TIMEOUT, reactor=clock)

    def logPrefix(self) -> str:
        return "JSON-RPC"

    def log(self, request: http.Request) -> None:
        """Nothing: what is worth a line is logged by the methods that change something."""


class _Request(Request):
    """A request whose body is bounded while it comes in, not afterwards."""

    _received = 0
    _refused = False

    def gotLength(self, length: int | None) -> None:
        super().gotLength(length)
        if length is not None and length > MAX_BODY:
            self._refuse()

    def handleContentChunk(self, data: bytes) -> None:
        self._received += len(data)
        if self._refused:
            return
        if self._received > MAX_BODY:
            self._refuse()
        else:
            super().handleContentChunk(data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        if self._refused:
            return
        # Not the base's way: it looks for forms in URL and body, and raises over some media types.
        self.method, self.uri, self.clientproto = command, path, version
        self.path = path.partition(b"?")[0]
        self.args: dict[bytes, list[bytes]] = {}
        assert self.content is not None
        self.content.seek(0, 0)
        self._connection().busy()
        self.process()

    def finish(self) -> None:
        connection = self._connection()
        super().finish()
        connection.idle()

    def answered(self) -> None:
        """The answer is on its way: it is the client's turn to take it."""
        self._connection().idle()

    def _connection(self) -> Any:
        """The guarded connection that it came by."""
        return self.channel.transport

    def _refuse(self) -> None:
        # The rest of the body is not waited for: there may be no end to it.
        self._refused = True
        body = fault_answer(Fault(413, f"Content Too Large: {MAX_BODY} bytes are allowed")).body
        self.channel.write(
            b"HTTP/1.1 413 Content Too Large\r\nContent-Type: application/json\r\nConnection: close\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
        )
        self.channel.loseConnection()


@implementer(IPushProducer)
class _Delivery:
    """The answer to `request` on its way to the client.

    The connection's next request, which may be there already, is looked at when this one's answer is with the kernel but for the
    transport's own buffer, and in another turn of the reactor.
    """

    def __init__(self, request: _Request, clock: Any) -> None:
        #: Why nobody waits for it any more, if so.
        self.gone: list[Failure] = []
        self._request = request
        self._clock = clock
        self._paused = False
        request.notifyFinish().addErrback(self.gone.append)

    def begin(self, body: bytes) -> None:
        """Write head and body."""
        self._request.registerProducer(self, True)
        self._request.write(body)
        self._request.answered()
        if not self._paused:
            self._clock.callLater(0, self._end)

    def pauseProducing(self) -> None:
        self._paused = True

    def resumeProducing(self) -> None:
        self._paused = False
        self._clock.callLater(0, self._end)

    def stopProducing(self) -> None:
        """The connection is lost; `gone` says so too."""

    def _end(self) -> None:
        if not self.gone and not self._paused and not self._request.finished:
            self._request.unregisterProducer()
            self._request.finish()


class _RPC(JSONRPC):  # type: ignore[misc]  # The base has no types.
    """The only resource, asked for every path.

    Of the base, `render` is replaced: it takes GET and JSONP, and lets bad UTF-8 and deep nesting escape.
    """

    def __init__(self, methods: Methods, credentials: Credentials | None, unknown_method: int, clock: Any) -> None:
        super().__init__()
        self._methods = methods
        self._credentials = credentials
        self._unknown_method = unknown_method
        self._clock = clock
        self._turns = Turns(clock)
        self._calls = 0

    def render(self, request: _Request) -> int:
        refusal = _refusal(request)
        credential = None
        if refusal is None and self._credentials is not None and not isinstance(request.getHost(), UNIXAddress):
            credential = self._credentials.find(_only(request, "authorization", "") or "")
            if credential is None:
                refusal = Fault(401, "Unauthorized")
        if refusal is None and self._calls >= MAX_CALLS:
            refusal = Fault(503, f"Service Unavailable: {MAX_CALLS} calls are under way")
        if refusal is not None:
            if refusal.code == 405:
                request.setHeader(b"allow", b"POST")
            if refusal.code == 401:
                request.responseHeaders.setRawHeaders(b"www-authenticate", [b'Basic realm="kdispatcher"', b"Bearer"])
            _Delivery(request, self._clock).begin(_write_head(request, fault_answer(refusal)))
            return NOT_DONE_YET
        assert request.content is not None
        delivery = _Delivery(request, self._clock)

        def finish(reply: Answer | None) -> None:
            self._calls -= 1
            if not delivery.gone:
                delivery.begin(_write_head(request, reply))

        # A caller that hangs up does not stop the call: half a reload would be worse than one that nobody waits for.
        read_only = credential is not None and credential.read_only
        self._calls += 1
        called = answer(Caller(self._methods, read_only, self._unknown_method), request.content.read(), self._turns)
        Deferred.fromCoroutine(called).addCallback(finish)
        return NOT_DONE_YET


_LOOPBACK_NAMES = ("localhost", "localhost.")
#: RFC 9110, section 7.2: Host = uri-host [ ":" port ].
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\[\]:/@]+))(?::[0-9]*)?", re.ASCII)
_JSON = re.compile(r'application/json(?:\s*;\s*charset="?utf-8"?)?\s*', re.ASCII | re.IGNORECASE)


def _refusal(request: Request) -> Fault | None:
    """Why the request is not even looked into. None: it is."""
    if request.path != PATH:
        return Fault(404, f"Not Found: {PATH.decode()} is the only path")
    if request.method != b"POST":
        return Fault(405, "Method Not Allowed: calls are made by POST")
    host = _only(request, "host")
    local = host is not None and _is_loopback_name(host)
    if _listens_on_loopback(request) and not local:
        return Fault(403, "Forbidden: Host is not that of this machine's loopback")
    origin = _only(request, "origin", "")
    if origin != "" and not (local and origin in (f"http://{host}", f"https://{host}")):
        return Fault(403, "Forbidden: foreign Origin")
    content_type = _only(request, "content-type")
    if content_type is None or not _JSON.fullmatch(content_type):
        return Fault(415, "Unsupported Media Type: Content-Type must be application/json")
    return None


def _only(request: Request, name: str, absent: str | None = None) -> str | None:
    """The value of the header, `absent` without one. None if there are several."""
    # Asked for by bytes: a str is decoded as UTF-8, and raises where it is none.
    values = request.requestHeaders.getRawHeaders(name.encode("ascii"))
    if not values:
        return absent
    return values[0].strip().decode("latin-1") if len(values) == 1 else None


def _listens_on_loopback(request: Request) -> bool:
    address = request.getHost()
    return isinstance(address, IPv4Address | IPv6Address) and _is_loopback(address.host)


def _is_loopback_name(host: str) -> bool:
    match = _HOST.fullmatch(host)
    if match is None:
        return False
    name = match[1] or match[2]
    return name.lower() in _LOOPBACK_NAMES or _is_loopback(name)


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.is_loopback


def _write_head(request: Request, reply: Answer | None) -> bytes:
    """Set status and headers for `reply`; the body is returned."""
    if reply is None:
        request.setResponseCode(204)
        return b""
    if reply.fault is not None:
        # jsonrpcs: the status is the fault's, code and text. The codes of JSON-RPC itself are no status.
        code = reply.fault.code if 400 <= reply.fault.code <= 599 else 400
        request.setResponseCode(code, reply.fault.text.encode("ascii", "replace"))
    request.setHeader(b"content-type", b"application/json")
    request.setHeader(b"content-length", b"%d" % len(reply.body))
    return reply.body
