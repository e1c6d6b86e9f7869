"""An HTTP request as event_route[xhttp:request] sees it, and what the route has made of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from txdispatcher.proxy.context import Context
from txdispatcher.proxy.hop import Address
from txdispatcher.proxy.listener import Listener
from txdispatcher.sip.message import Request, parse
from txdispatcher.sip.via import parse_via

#: What a request is noted under: its URL, and the reply that it got, or that it is JSON-RPC.
URL, REPLY, DISPATCH = "xhttp_url", "xhttp_reply", "jsonrpc_dispatch"

#: request-line = method SP request-target SP HTTP-version CRLF   (RFC 9112 3)
_FIRST = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) HTTP/1\.[01]\r\n")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
#: Header fields that the message gets from us, whatever the request says.
_OURS = frozenset(b"via v from f to t call-id i cseq max-forwards route record-route content-length l contact m".split())


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """`target` is what stands behind the method; names of `headers` are in lower case."""

    method: bytes
    target: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def header(self, name: bytes) -> bytes | None:
        """The first value of a header field, None without one."""
        return next((value for each, value in self.headers if each == name), None)


@dataclass(frozen=True, slots=True)
class HttpReply:
    status: int
    reason: bytes
    content_type: bytes = b""
    body: bytes = b""

    @property
    def data(self) -> bytes:
        """Its bytes; the connection is closed behind it."""
        kind = b"Content-Type: %b\r\n" % self.content_type if self.content_type else b""
        head = b"HTTP/1.1 %d %b\r\n%bContent-Length: %d\r\nConnection: close\r\n\r\n"
        return head % (self.status, self.reason, kind, len(self.body)) + self.body


def is_http(data: bytes) -> bool:
    """Whether what begins so is an HTTP request, and not SIP."""
    return _FIRST.match(data) is not None


def read_http(data: bytes) -> HttpRequest:
    """The request of `data`, for which `is_http` holds. A line that is no header field is left out."""
    first = _FIRST.match(data)
    assert first is not None
    head, _, body = data.partition(b"\r\n\r\n")
    headers = []
    for line in head[first.end() :].split(b"\r\n"):
        name, colon, value = line.partition(b":")
        if colon and _NAME.fullmatch(name):
            headers.append((name.lower(), value.strip()))
    return HttpRequest(first[1], first[2], tuple(headers), body)


def http_context(request: HttpRequest, source: Address, listener: Listener) -> Context:
    """The message that functions and variables of a script read: its method, header fields and body are those of HTTP."""
    kept = b"".join(b"%b: %b\r\n" % each for each in request.headers if each[0] not in _OURS and b"\0" not in each[1])
    message = parse(
        b"%b %b SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKhttp\r\nFrom: <%b>;tag=http\r\nTo: <%b>\r\nCall-ID: http\r\n"
        b"CSeq: 1 %b\r\n%bContent-Length: %d\r\n\r\n%b"
        % (request.method, listener.uri, listener.uri, listener.uri, request.method, kept, len(request.body), request.body)
    )
    assert isinstance(message, Request)
    return Context(message, parse_via(message.data, message.via_start, message.via_end), source, listener)
