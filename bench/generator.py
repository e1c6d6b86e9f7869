"""Calls through a server, where SIPp would be the limit: the caller and both gateways in one process.

    python bench/generator.py [--rate 1000] [--calls 10000] [--ring 0] [--patience 10] [--stamps]

A call is INVITE with SDP, 100, 180, 200, ACK, BYE, 200 over UDP with whatever Record-Route the server puts in, as SIPp's is in
bench/scenarios. What is not answered is sent again, and given up, as RFC 3261 17.1 and 13.3.1.4 say. Prints what it counted, as
JSON: see `load.Result`.
"""

from __future__ import annotations

import argparse
import gc
import json
import select
import sys
import time
from array import array
from collections import Counter, deque

from figures import percentile
from servers import GATEWAYS
from sockets import Batched, Stamped, opened

T1 = 0.5
T2 = 4.0
CALLER = 6060
#: Calls placed in one turn, so that a turn that came late is no burst that no network would bring.
BURST = 32
_SDP = (
    b"v=0\r\no=user1 53655765 2353687637 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    b"m=audio 6000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
)
_REFUSED = 300


class Unanswered:
    """What is sent again until an answer comes: after T1, then after twice as long each time, at most T2."""

    def __init__(self) -> None:
        self.messages: dict[int, bytes] = {}
        self._queues: dict[float, deque[tuple[float, int, bytes]]] = {T1: deque(), 2 * T1: deque(), 4 * T1: deque(), T2: deque()}

    def sent(self, call: int, data: bytes, now: float) -> None:
        self.messages[call] = data
        self._queues[T1].append((now + T1, call, data))

    def answered(self, call: int) -> bool:
        """Whether something was waiting."""
        return self.messages.pop(call, None) is not None

    def due(self, now: float) -> list[bytes]:
        """What is to be sent again now."""
        found = []
        for interval, queue in self._queues.items():
            while queue and queue[0][0] <= now:
                _, call, data = queue.popleft()
                if self.messages.get(call) is data:
                    found.append(data)
                    longer = min(2 * interval, T2)
                    self._queues[longer].append((now + longer, call, data))
        return found


class Caller:
    """Places calls, acknowledges them, and hangs up at once. The stages of a call, and what is counted."""

    PLACED, HUNG_UP, COMPLETED, REFUSED = range(1, 5)

    def __init__(self, calls: int, run: bytes) -> None:
        self.unanswered = Unanswered()
        self.stages = bytearray(calls)
        self.statuses: Counter[int] = Counter()
        self.completed = 0
        self.repeated = 0
        self._run = run

    @property
    def ended(self) -> int:
        return self.completed + sum(self.statuses.values())

    def place(self, call: int, now: float) -> bytes:
        data = b"INVITE sip:service@127.0.0.1:5060 SIP/2.0\r\n" + self._headers(
            call, b"i", b"1 INVITE", b"", b"", b"Content-Type: application/sdp\r\n", _SDP
        )
        self.stages[call] = self.PLACED
        self.unanswered.sent(call, data, now)
        return data

    def receive(self, data: bytes, now: float, out: list[bytes]) -> int:
        """A response came. Returns the call if it is the first 200 to its INVITE, else -1."""
        call = number(data, self._run)
        if call < 0:
            return -1
        status = int(data[8:11])
        stage = self.stages[call]
        if status < 200:
            if stage == self.PLACED:
                self.unanswered.answered(call)
            return -1
        if data[data.find(b"\r\nCSeq: ") + 8] == 50:  # "2": the BYE's.
            if stage == self.HUNG_UP:
                self.unanswered.answered(call)
                self.stages[call] = self.COMPLETED
                self.completed += 1
            else:
                self.repeated += 1
            return -1
        if stage != self.PLACED:
            # The 200 came again, or the refusal did: so does its ACK (13.2.2.4, 17.1.1.2).
            self.repeated += 1
        to = _line(data, b"\r\nTo: ")
        if status >= _REFUSED:
            ack = b"ACK sip:service@127.0.0.1:5060 SIP/2.0\r\n" + self._headers(call, b"i", b"1 ACK", b"", to)
            out.append(ack)
            if stage == self.PLACED:
                self.unanswered.answered(call)
                self.stages[call] = self.REFUSED
                self.statuses[status] += 1
            return -1
        route = _route_set(data)
        contact = data.find(b"\r\nContact: <") + 12
        target = data[contact : data.find(b">", contact)]
        out.append(b"ACK %b SIP/2.0\r\n" % target + self._headers(call, b"a", b"1 ACK", route, to))
        if stage != self.PLACED:
            return -1
        bye = b"BYE %b SIP/2.0\r\n" % target + self._headers(call, b"b", b"2 BYE", route, to)
        out.append(bye)
        self.stages[call] = self.HUNG_UP
        self.unanswered.sent(call, bye, now)
        return call

    def _headers(
        self, call: int, branch: bytes, cseq: bytes, route: bytes, to: bytes, kind: bytes = b"", body: bytes = b""
    ) -> bytes:
        """Via, then what a response copies, To last, then the rest: see `Gateways`. To without a tag if `to` is empty."""
        return (
            b"Via: SIP/2.0/UDP 127.0.0.1:6060;branch=z9hG4bK%b%b%d\r\n%bFrom: load <sip:load@127.0.0.1:6060>;tag=%b%d\r\n"
            b"Call-ID: %d-%b@127.0.0.1\r\nCSeq: %b\r\nTo: %b\r\nMax-Forwards: 70\r\nContact: <sip:load@127.0.0.1:6060>\r\n"
            b"Subject: Performance Test\r\n%bContent-Length: %d\r\n\r\n%b"
            % (
                branch, self._run, call, route, self._run, call, call, self._run, cseq, to or b"<sip:service@127.0.0.1:5060>",
                kind, len(body), body,
            )
        )  # fmt: skip


class Gateways:
    """Answer: 180 and, `ring` seconds later, 200 to an INVITE, 200 to a BYE.

    The caller's requests have what a response copies (8.2.6.2) together ahead of Max-Forwards, and a proxy puts its own ahead
    of that: so it is copied in one piece.
    """

    INVITED, TALKING, ENDED = range(1, 4)

    def __init__(self, calls: int, run: bytes, ring: float) -> None:
        self.unanswered = Unanswered()
        self.stages = bytearray(calls)
        self.repeated = 0
        self._run = run
        self._ring = ring
        self._ringing: deque[tuple[float, int, int, bytes]] = deque()

    def receive(self, data: bytes, port: int, now: float, out: list[bytes]) -> tuple[int, int]:
        """A request came. Returns its call, if it is a new INVITE, and the call that is answered by `out`; -1 for none."""
        call = number(data, self._run)
        if call < 0:
            return -1, -1
        stage = self.stages[call]
        method = data[0]
        if method == 65:  # "A"
            self.unanswered.answered(call)
            if stage == self.INVITED:
                self.stages[call] = self.TALKING
            return -1, -1
        copied = data[data.find(b"\r\n") + 2 : data.find(b"\r\nMax-Forwards: ")]
        if method == 66:  # "B"
            self.unanswered.answered(call)
            self.repeated += stage == self.ENDED
            self.stages[call] = self.ENDED
            out.append(b"SIP/2.0 200 OK\r\n%b\r\nContent-Length: 0\r\n\r\n" % copied)
            return -1, -1
        head = b"%b;tag=gw%d\r\nContact: <sip:127.0.0.1:%d;transport=UDP>\r\n" % (copied, call, port)
        out.append(b"SIP/2.0 180 Ringing\r\n%bContent-Length: 0\r\n\r\n" % head)
        if stage:
            self.repeated += 1
            return -1, -1
        self.stages[call] = self.INVITED
        answer = b"SIP/2.0 200 OK\r\n%bContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%b" % (head, len(_SDP), _SDP)
        if self._ring:
            self._ringing.append((now + self._ring, call, port, answer))
            return call, -1
        self.unanswered.sent(call, answer, now)
        out.append(answer)
        return call, call

    def picked_up(self, now: float) -> list[tuple[int, bytes]]:
        """The ports and answers of the calls that have rung long enough."""
        found = []
        while self._ringing and self._ringing[0][0] <= now:
            _, call, port, answer = self._ringing.popleft()
            self.unanswered.sent(call, answer, now)
            found.append((port, answer))
        return found


class Run:
    """The calls of one run, placed evenly."""

    def __init__(self, rate: float, calls: int, ring: float, patience: float, stamps: bool) -> None:
        #: Makes the branches and Call-IDs of this run its own.
        run = b"%x" % (time.time_ns() // 1_000_000)
        self.caller = Caller(calls, run)
        self.gateways = Gateways(calls, run, ring)
        # The fields of `load.Result`.
        self.resent = 0
        self.in_time = 0
        self.late = 0.0
        #: Microseconds that each INVITE, and each 200 to one, took through the server.
        self.delays: list[float] = []
        self._rate = rate
        self._calls = calls
        self._patience = patience + ring
        self._stamps = stamps
        self._sent = array("q", bytes(8 * calls))
        self._answered = array("q", bytes(8 * calls))
        kind = Stamped if stamps else Batched
        self._poll = select.epoll()
        self._sockets = {}
        self._ports = {}
        self._kept = []
        for port in (CALLER, *GATEWAYS):
            sock = opened(port)
            self._poll.register(sock, select.EPOLLIN)
            self._sockets[port] = kind(sock)
            self._ports[sock.fileno()] = port
            self._kept.append(sock)  # Stamped and Batched keep it too; an epoll alone would not.

    def go(self) -> None:
        """Place them, and wait until each has ended or patience has."""
        started = time.monotonic()
        placed = 0
        again = started
        last = started
        while self.caller.ended < self._calls:
            now = time.monotonic()
            due = min(self._calls, int((now - started) * self._rate) + 1, placed + BURST)
            if due > placed:
                self.late = max(self.late, now - started - placed / self._rate)
                messages = [self.caller.place(call, now) for call in range(placed, due)]
                stamp = self._sockets[CALLER].send(messages)
                for call in range(placed, due):
                    self._sent[call] = stamp
                placed = due
                last = now
                self.in_time = self.caller.completed
            elif placed == self._calls and now > last + self._patience:
                break
            if now >= again:
                again = now + 0.01
                self._again(now)
            waiting = 0.001 if placed < self._calls else 0.01
            for fileno, _ in self._poll.poll(waiting):
                port = self._ports[fileno]
                if port == CALLER:
                    self._responses(now)
                else:
                    self._requests(port, now)
        self.seconds = last - started

    def _responses(self, now: float) -> None:
        out: list[bytes] = []
        for data, stamp in self._sockets[CALLER].receive():
            call = self.caller.receive(data, now, out)
            if stamp and call >= 0 and self._answered[call]:
                self.delays.append((stamp - self._answered[call]) / 1000)
        self._sockets[CALLER].send(out)

    def _requests(self, port: int, now: float) -> None:
        out: list[bytes] = []
        answered = []
        for data, stamp in self._sockets[port].receive():
            new, answering = self.gateways.receive(data, port, now, out)
            if new >= 0 and stamp:
                self.delays.append((stamp - self._sent[new]) / 1000)
            if answering >= 0:
                answered.append(answering)
        stamp = self._sockets[port].send(out)
        for call in answered:
            self._answered[call] = stamp

    def _again(self, now: float) -> None:
        for port, answer in self.gateways.picked_up(now):
            self._sockets[port].send([answer])
        # The server does not mind which gateway's socket an answer comes from.
        for port, side in ((CALLER, self.caller), (GATEWAYS[0], self.gateways)):
            messages = side.unanswered.due(now)
            self.resent += len(messages)
            self._sockets[port].send(messages)

    def result(self) -> dict[str, object]:
        """The fields of `load.Result`."""
        stages = self.caller.stages
        return {
            "placed": self._calls,
            "completed": self.caller.completed,
            "in_time": self.in_time,
            "refused": dict(self.caller.statuses),
            "unanswered": stages.count(Caller.PLACED),
            "byes_unanswered": stages.count(Caller.HUNG_UP),
            "resent": self.resent,
            "repeated": self.caller.repeated + self.gateways.repeated,
            "late": self.late,
            "seconds": self.seconds,
            "cpu": time.process_time(),
            "delays": {str(share): percentile(self.delays, share) for share in (0.5, 0.99, 1.0)} if self.delays else {},
        }


def number(data: bytes, run: bytes) -> int:
    """The call that a message belongs to; -1 if it is of another run."""
    start = data.find(b"\r\nCall-ID: ") + 11
    end = data.find(b"-", start)
    return int(data[start:end]) if data.startswith(run, end + 1) else -1


def _line(data: bytes, name: bytes) -> bytes:
    start = data.find(name) + len(name)
    return data[start : data.find(b"\r\n", start)]


def _route_set(data: bytes) -> bytes:
    """The Route lines of the caller's requests: Record-Route from the last to the first (12.1.2)."""
    lines = []
    at = data.find(b"\r\nRecord-Route: ")
    while at >= 0:
        end = data.find(b"\r\n", at + 2)
        lines.append(b"Route: %b\r\n" % data[at + 16 : end])
        at = data.find(b"\r\nRecord-Route: ", end)
    return b"".join(reversed(lines))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=1000, help="calls a second")
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--ring", type=float, default=0.0, help="seconds between 180 and 200")
    parser.add_argument("--patience", type=float, default=10.0, help="seconds after the last call was placed, and rang")
    parser.add_argument("--stamps", action="store_true", help="measure the delay through the server, by the kernel's stamps")
    given = parser.parse_args()
    gc.disable()  # Nothing here is a cycle, and the load must not stall.
    run = Run(given.rate, given.calls, given.ring, given.patience, given.stamps)
    run.go()
    print(json.dumps(run.result()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
