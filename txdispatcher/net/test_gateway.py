"""The built-in test gateway: a user agent server that takes every call, so that a newcomer has something to balance over.

INVITE gets 180 and 200, BYE, OPTIONS and CANCEL get 200, ACK ends the retransmissions of a 200. It offers no media.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from twisted.internet.base import DelayedCall
from twisted.internet.protocol import DatagramProtocol

from txdispatcher.errors import ParseError
from txdispatcher.net.clock import Clock
from txdispatcher.sip.build import response
from txdispatcher.sip.headers import RECORD_ROUTE
from txdispatcher.sip.message import Request, parse
from txdispatcher.sip.via import Via, parse_via

#: Transactions whose answers are kept for retransmissions: more than any sensible rate has within 64*T1 on loopback.
MAX_ANSWERS = 100_000

_T1 = 0.5
_T2 = 4.0
_ALLOW = b"Allow: INVITE, ACK, BYE, CANCEL, OPTIONS\r\n"


class Gateway(DatagramProtocol):
    """One gateway. `address` is how it names itself in Contact: ``127.0.0.1:5080``. `invites` counts those it answered."""

    #: No log line with the address of an object in it: the socket says that it opens and closes.
    noisy = False

    def __init__(self, address: str, clock: Clock) -> None:
        self.invites = 0
        self._clock = clock
        self._contact = b"Contact: <sip:%b>\r\n" % address.encode()
        self._tag = address.encode().translate(None, b"[]:.")
        #: The answers given to each transaction (RFC 3261 17.2.3), the oldest first.
        self._answers: OrderedDict[tuple[bytes, ...], list[bytes]] = OrderedDict()
        #: The next retransmission of each 200 that has not been acknowledged, by Call-ID and CSeq.
        self._unacknowledged: dict[tuple[bytes, int], DelayedCall] = {}

    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:
        try:
            request = parse(datagram)
            via = parse_via(request.data, request.via_start, request.via_end)
        except ParseError:
            return
        if not isinstance(request, Request):
            return
        if request.method == b"ACK":
            self._stop(request.call_id, request.cseq)
            return
        # RFC 3261 18.2.2 and RFC 3581 4: to the port it came from only if rport asks for that.
        target = addr[0], addr[1] if via.rport is not None else via.port or 5060
        key = (via.branch or b"", via.sent_by, request.method, request.call_id)
        answers = self._answers.get(key)
        if answers is None:
            answers = self._answers[key] = self._answer(request, via, addr)
            if len(self._answers) > MAX_ANSWERS:
                self._answers.popitem(last=False)
            if request.method == b"INVITE":
                self.invites += 1
                self._repeat(answers[-1], target, (request.call_id, request.cseq), _T1, 64 * _T1)
        for answer in answers:
            self._write(answer, target)

    def logPrefix(self) -> str:
        return "Test gateway"

    def stopProtocol(self) -> None:
        for call in self._unacknowledged.values():
            call.cancel()
        self._unacknowledged.clear()

    def _answer(self, request: Request, via: Via, addr: tuple[str, int]) -> list[bytes]:
        tag = b"%b-%d" % (self._tag, self.invites + 1)
        if request.method == b"INVITE":
            routes = b"".join(b"Record-Route: %b\r\n" % request.data[a:b] for _, a, b in request.lines(RECORD_ROUTE))
            return [response(request, via, addr, status, to_tag=tag, headers=routes + self._contact) for status in (180, 200)]
        if request.method in (b"BYE", b"CANCEL", b"OPTIONS"):
            return [response(request, via, addr, 200, to_tag=tag, headers=_ALLOW)]
        return [response(request, via, addr, 405, to_tag=tag, headers=_ALLOW)]

    def _repeat(self, answer: bytes, target: tuple[str, int], key: tuple[bytes, int], wait: float, left: float) -> None:
        """Send a 200 again until its ACK comes, at T1, 2*T1, … T2, for 64*T1 in all (RFC 3261 13.3.1.4)."""
        if left < wait:
            del self._unacknowledged[key]
            return
        self._stop(*key)
        self._unacknowledged[key] = self._clock.callLater(wait, self._again, answer, target, key, wait, left - wait)

    def _again(self, answer: bytes, target: tuple[str, int], key: tuple[bytes, int], wait: float, left: float) -> None:
        self._write(answer, target)
        self._repeat(answer, target, key, min(2 * wait, _T2), left)

    def _stop(self, call_id: bytes, cseq: int) -> None:
        pending = self._unacknowledged.pop((call_id, cseq), None)
        if pending is not None and pending.active():
            pending.cancel()

    def _write(self, answer: bytes, target: tuple[str, int]) -> None:
        transport: Any = self.transport
        if transport is not None:
            transport.write(answer, target)
