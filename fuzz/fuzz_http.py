"""Fuzz target: JSON-RPC over HTTP, as a connection brings it, in two pieces. Allowed: nothing, for every answer is one of HTTP.

python fuzz/fuzz_http.py [COUNT [SEED]]
"""

from __future__ import annotations

import re

from control import METHODS
from mutation import run
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.logger import capturedLogs
from twisted.python.failure import Failure

from txdispatcher.control.ctl import Register
from txdispatcher.control.jsonrpc import make_site
from txdispatcher.errors import ParseError

_BODY = b'{"jsonrpc": "2.0", "method": "dispatcher.list", "params": [], "id": 1}'
_HEAD = b"POST /RPC HTTP/1.1\r\nHost: 127.0.0.1:8060\r\nContent-Type: application/json\r\n"
_CORPUS = [
    b"%bContent-Length: %d\r\n\r\n%b" % (_HEAD, len(_BODY), _BODY),
    b"%bTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (_HEAD, len(_BODY), _BODY),
    b"%bOrigin: http://127.0.0.1:8060\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]" % _HEAD,
    b"GET /RPC?callback=x HTTP/1.0\r\nHost: localhost\r\nAuthorization: Basic YTpi\r\n\r\n",
]
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9][0-9]) ")
_HERE, _THERE = IPv4Address("TCP", "127.0.0.1", 8060), IPv4Address("TCP", "127.0.0.1", 50_000)


def entry(data: bytes) -> None:
    """What is sent back begins as an answer of HTTP does, no fault is logged, and nothing is left of a connection that ends."""
    clock, register = Clock(), Register()
    site = make_site(METHODS, register, clock)
    site.startFactory()
    with capturedLogs() as events:
        connection = site.buildProtocol(_THERE)
        assert connection is not None
        transport = StringTransport(hostAddress=_HERE, peerAddress=_THERE)
        transport.abortConnection = transport.loseConnection  # type: ignore[attr-defined]
        connection.makeConnection(transport)
        half = len(data) // 2
        connection.dataReceived(data[:half])
        if not transport.disconnecting:  # Twisted's own read nothing more then.
            connection.dataReceived(data[half:])
            clock.advance(0)
        assert not transport.value() or _STATUS.match(transport.value()), "a status line"
        connection.connectionLost(Failure(ConnectionDone()))
    site.stopFactory()
    assert not register.connections, "a connection that has gone is not listed"
    assert not [event for event in events if "log_failure" in event], "nothing went wrong"


if __name__ == "__main__":
    run(entry, _CORPUS, ParseError)
