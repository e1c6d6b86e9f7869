"""One whole call through the proxy in memory: INVITE, 100, 180, 200, ACK, BYE, 200, without a socket.

python bench/journey.py [calls]
"""

from __future__ import annotations

import gc
import re
import sys
import time
from collections.abc import Callable
from ipaddress import ip_network

from txdispatcher.app import COLLECTOR
from txdispatcher.balancing.sets import Sets
from txdispatcher.proxy.actions import Send
from txdispatcher.proxy.decision import Router
from txdispatcher.proxy.intake import Common
from txdispatcher.proxy.listener import Listener, Listeners
from txdispatcher.proxy.stateful import StatefulProxy
from txdispatcher.proxy.timers import Timers
from txdispatcher.routing.access import Access
from txdispatcher.routing.choosing import Choosing
from txdispatcher.routing.default import DefaultRoute, Policy
from txdispatcher.routing.rules import Action
from txdispatcher.stores.list_file import parse_list

CALLER = ("127.0.0.1", 6060)
SDP = b"v=0\r\no=user1 53655765 2353687637 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\n"


class Journey:
    """A proxy over two gateways, and the messages of calls through it. `router` makes who decides, if not the default route."""

    def __init__(self, timers: Timers | None = None, router: Callable[[Sets, Listeners], Router] | None = None) -> None:
        sets = Sets(flags=2)
        sets.load(parse_list("1 sip:127.0.0.1:7070\n1 sip:127.0.0.1:7072\n", "bench"))
        self.listener = Listener("udp", "127.0.0.1", 5060)
        listeners = Listeners([self.listener])
        route = (router or default_route)(sets, listeners)
        self.proxy = StatefulProxy(listeners, route, Common(b"bench"), timers or Timers(), 0.0)
        self.now = 0.0
        self.count = 0

    def feed(self, data: bytes, source: tuple[str, int]) -> list[Send]:
        proxy = self.proxy
        proxy.receive(data, source, self.listener, self.now)
        sends = proxy.actions.sends[:]
        proxy.actions.sends.clear()
        return sends

    def call(self) -> None:
        """One call, 0.5 ms after the one before."""
        self.count += 1
        self.now += 0.0005
        n = self.count
        tag = b";tag=gw%d" % n
        invite = _request(n, b"INVITE", b"sip:service@127.0.0.1:5060", 1, body=SDP)
        _trying, (_, gateway, forwarded) = self.feed(invite, CALLER)
        recorded = re.findall(rb"Record-Route: (.*)\r\n", forwarded)
        if not recorded:
            raise SystemExit("the route records none: there would be no ACK and no BYE to compare")
        record_route = recorded[0]
        self.feed(_response(forwarded, b"180 Ringing", tag), gateway)
        self.feed(_response(forwarded, b"200 OK", tag, body=SDP), gateway)
        contact = b"sip:127.0.0.1:7070;transport=UDP"
        self.feed(_request(n, b"ACK", contact, 1, tag, record_route), CALLER)
        ((_, gateway, forwarded),) = self.feed(_request(n, b"BYE", contact, 2, tag, record_route), CALLER)
        self.feed(_response(forwarded, b"200 OK", b""), gateway)
        if n % 20 == 0:
            self.proxy.advance(self.now)


def default_route(sets: Sets, listeners: Listeners) -> Router:
    """Round-robin over set 1, with failover."""
    access = Access([ip_network("127.0.0.0/8")], sets, b"k" * 32)
    policy = Policy(Action(1, 4), failover=frozenset({500}), failover_timeout=True)
    return DefaultRoute(Choosing(sets), listeners, access, policy)


def _request(n: int, method: bytes, uri: bytes, cseq: int, tag: bytes = b"", route: bytes = b"", body: bytes = b"") -> bytes:
    """A request of call `n`, as SIPp writes it (bench/scenarios/uac.xml)."""
    lines = [
        b"%b %b SIP/2.0" % (method, uri),
        b"Via: SIP/2.0/UDP 127.0.0.1:6060;branch=z9hG4bK-4711-%d-%b" % (n, method),
        *([b"Route: %b" % route] if route else []),
        b"From: sipp <sip:sipp@127.0.0.1:6060>;tag=4711SIPpTag00%d" % n,
        b"To: sut <sip:service@127.0.0.1:5060>%b" % tag,
        b"Call-ID: %d-4711@127.0.0.1" % n,
        b"CSeq: %d %b" % (cseq, method),
        b"Contact: sip:sipp@127.0.0.1:6060",
        b"Max-Forwards: 70",
        b"Subject: Performance Test",
        *([b"Content-Type: application/sdp"] if body else []),
        b"Content-Length: %d" % len(body),
    ]
    return b"\r\n".join([*lines, b"", body])


def _response(request: bytes, status: bytes, tag: bytes, body: bytes = b"") -> bytes:
    """What a SIPp gateway answers to a request that it got: Vias folded into one line (bench/scenarios/uas.xml)."""

    def copied(name: bytes) -> bytes:
        return b", ".join(re.findall(rb"(?m)^%b: (.*)\r$" % name, request))

    lines = [
        b"SIP/2.0 " + status,
        b"Via: " + copied(b"Via"),
        b"From: " + copied(b"From"),
        b"To: " + copied(b"To") + tag,
        b"Call-ID: " + copied(b"Call-ID"),
        b"CSeq: " + copied(b"CSeq"),
        *([b"Record-Route: " + copied(b"Record-Route")] if b"\r\nRecord-Route:" in request else []),
        b"Contact: <sip:127.0.0.1:7070;transport=UDP>",
        *([b"Content-Type: application/sdp"] if body else []),
        b"Content-Length: %d" % len(body),
    ]
    return b"\r\n".join([*lines, b"", body])


#: Messages that came: data, source, and when on the journey's clock.
Steps = list[tuple[bytes, tuple[str, int], float]]


def record(journey: Journey, calls: int) -> Steps:
    """`calls` more calls of a journey, as messages made beforehand: what is timed then is the proxy alone."""
    steps: Steps = []

    def recording(data: bytes, source: tuple[str, int]) -> list[Send]:
        steps.append((data, source, journey.now))
        return Journey.feed(journey, data, source)

    journey.feed = recording  # type: ignore[method-assign]
    for _ in range(calls):
        journey.call()
    del journey.feed
    return steps


def replay(journey: Journey, steps: Steps, meanwhile: Callable[[], None] = lambda: None) -> float:
    """Seconds of CPU for them through a journey that has come as far as the recorded one had: then its branches are the same.

    `meanwhile` is what the server does now and then beside them.
    """
    proxy, listener = journey.proxy, journey.listener
    sends = proxy.actions.sends
    receive = proxy.receive
    started = time.process_time()
    for n, (data, source, now) in enumerate(steps):
        receive(data, source, listener, now)
        sends.clear()
        if n % 64 == 0:
            proxy.advance(now)
            meanwhile()
    return time.process_time() - started


def collect_as_the_server() -> None:
    """From here on, with what is there left alone: see `app.COLLECTOR`."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTOR)


def main() -> None:
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    steps = record(Journey(), calls)
    collect_as_the_server()
    best = min(replay(Journey(), steps) for _ in range(5))
    print(f"{best / calls * 1e6:.1f} µs a call")


if __name__ == "__main__":
    main()
