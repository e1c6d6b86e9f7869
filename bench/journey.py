"""One whole call through the proxy in memory: INVITE, 100, 180, 200, ACK, BYE, 200, without a socket.

    python bench/journey.py [calls]
"""

from __future__ import annotations

import re
import sys
import time

from txdispatcher.balancing.sets import Sets
from txdispatcher.proxy.actions import Send
from txdispatcher.proxy.intake import Common
from txdispatcher.proxy.listener import Listener, Listeners
from txdispatcher.proxy.stateful import StatefulProxy
from txdispatcher.proxy.timers import Timers
from txdispatcher.routing.access import Access
from txdispatcher.routing.default import DefaultRoute, Policy
from txdispatcher.routing.rules import Action
from txdispatcher.stores.list_file import parse_list
from ipaddress import ip_network

CALLER = ("127.0.0.1", 6060)
SDP = b"v=0\r\no=user1 53655765 2353687637 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\n"


class Journey:
    """A proxy over two gateways, and the messages of calls through it."""

    def __init__(self) -> None:
        sets = Sets(flags=2)
        sets.load(parse_list("1 sip:127.0.0.1:7070\n1 sip:127.0.0.1:7072\n", "bench"))
        self.listener = Listener("udp", "127.0.0.1", 5060)
        listeners = Listeners([self.listener])
        access = Access([ip_network("127.0.0.0/8")], sets, b"k" * 32)
        policy = Policy(Action(1, 4), failover=frozenset({500}), failover_timeout=True, flags=2)
        route = DefaultRoute(sets, listeners, access, policy)
        self.proxy = StatefulProxy(listeners, route, Common(b"bench"), Timers(), 0.0)
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
        call_id = b"%d-4711@127.0.0.1" % n
        ask = b"%b\r\nVia: SIP/2.0/UDP 127.0.0.1:6060;branch=z9hG4bK-4711-%d-%d\r\n%bFrom: sipp <sip:sipp@127.0.0.1:6060>;tag=4711SIPpTag00%d\r\nTo: sut <sip:service@127.0.0.1:5060>%b\r\nCall-ID: %b\r\nCSeq: %d %b\r\nContact: sip:sipp@127.0.0.1:6060\r\nMax-Forwards: 70\r\nSubject: Performance Test\r\n%bContent-Length: %d\r\n\r\n%b"
        invite = ask % (b"INVITE sip:service@127.0.0.1:5060 SIP/2.0", n, 0, b"", n, b"", call_id, 1, b"INVITE", b"Content-Type: application/sdp\r\n", len(SDP), SDP)
        (_, _, trying), (_, gateway, forwarded) = self.feed(invite, CALLER)
        answer = b"SIP/2.0 %b\r\n%b%bFrom: sipp <sip:sipp@127.0.0.1:6060>;tag=4711SIPpTag00%d\r\nTo: sut <sip:service@127.0.0.1:5060>;tag=gw%d\r\nCall-ID: %b\r\nCSeq: %d %b\r\n%bContact: <sip:127.0.0.1:7070;transport=UDP>\r\nContent-Length: %d\r\n\r\n%b"
        vias = b"Via: " + b", ".join(re.findall(rb"Via: (.*)\r\n", forwarded)) + b"\r\n"
        routes = re.findall(rb"Record-Route: (.*)\r\n", forwarded)
        rr = b"Record-Route: %b\r\n" % routes[0]
        (one,) = self.feed(answer % (b"180 Ringing", vias, rr, n, n, call_id, 1, b"INVITE", b"", 0, b""), gateway)
        (two,) = self.feed(answer % (b"200 OK", vias, rr, n, n, call_id, 1, b"INVITE", b"Content-Type: application/sdp\r\n", len(SDP), SDP), gateway)
        route = b"Route: %b\r\n" % routes[0]
        tag = b";tag=gw%d" % n
        (ack,) = self.feed(ask % (b"ACK sip:127.0.0.1:7070;transport=UDP SIP/2.0", n, 4, route, n, tag, call_id, 1, b"ACK", b"", 0, b""), CALLER)
        (bye,) = self.feed(ask % (b"BYE sip:127.0.0.1:7070;transport=UDP SIP/2.0", n, 5, route, n, tag, call_id, 2, b"BYE", b"", 0, b""), CALLER)
        vias = b"Via: " + b", ".join(re.findall(rb"Via: (.*)\r\n", bye[2])) + b"\r\n"
        (last,) = self.feed(answer % (b"200 OK", vias, b"", n, n, call_id, 2, b"BYE", b"", 0, b""), gateway)
        if n % 20 == 0:
            self.proxy.advance(self.now)


class Recorded:
    """The same calls with the messages made beforehand: what is timed is the proxy alone."""

    def __init__(self, calls: int) -> None:
        journey = Journey()
        self.steps: list[tuple[bytes, tuple[str, int], float]] = []
        feed = journey.feed

        def recording(data: bytes, source: tuple[str, int]) -> list[Send]:
            self.steps.append((data, source, journey.now))
            return feed(data, source)

        journey.feed = recording  # type: ignore[method-assign]
        for _ in range(calls):
            journey.call()

    def run(self) -> float:
        """Seconds of CPU for all of them through a fresh proxy: the first recorded branches are the same in each."""
        journey = Journey()
        proxy, listener = journey.proxy, journey.listener
        sends = proxy.actions.sends
        receive = proxy.receive
        started = time.process_time()
        n = 0
        for data, source, now in self.steps:
            receive(data, source, listener, now)
            sends.clear()
            n += 1
            if n % 64 == 0:
                proxy.advance(now)
        return time.process_time() - started


def main() -> None:
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    recorded = Recorded(calls)
    best = min(recorded.run() for _ in range(5))
    print(f"{best / calls * 1e6:.1f} µs a call")


if __name__ == "__main__":
    main()
