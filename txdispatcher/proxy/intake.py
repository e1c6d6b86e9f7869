"""What both proxies do with a datagram before their ways part: parse it, check it (RFC 3261 16.3, 16.4), ask the router."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from txdispatcher.errors import ParseError
from txdispatcher.proxy.actions import Actions, Counters, Target
from txdispatcher.proxy.context import SCHEMES, Context, check_further, has_room, is_loop, loop_mark, unsupported
from txdispatcher.proxy.decision import Decision, Discard, Reply, Router
from txdispatcher.proxy.hop import Address, Hop, default_port
from txdispatcher.proxy.listener import Listener, Listeners
from txdispatcher.proxy.pings import Pings
from txdispatcher.proxy.salvage import salvage
from txdispatcher.sip.address import tag_span
from txdispatcher.sip.build import response, status_line
from txdispatcher.sip.message import Request, Response, parse
from txdispatcher.sip.via import Via, parse_via

import txdispatcher.sip.octets as octets  # isort: skip  # C functions in the compiled build: see octets.pxd


#: What a new call gets where there are too many.
OVERLOAD = Reply(503, headers=b"Retry-After: 10\r\n")


@dataclass(frozen=True, slots=True)
class Common:
    """What both proxies are told. `instance` is a few random letters that make the branches and tags of this process its own."""

    instance: bytes
    #: The value of the Server header in our own responses; empty for none.
    server: bytes = b""
    #: What a request without Max-Forwards is given (RFC 3261 16.6 step 3).
    max_forwards: int = 70


class Intake:
    """The shared front: `receive` takes a datagram; what is to be done stands in `actions` afterwards."""

    def __init__(self, listeners: Listeners, router: Router, common: Common) -> None:
        self.actions = Actions()
        self.counters = Counters()
        self.listeners = listeners
        self.router = router
        #: Begins the To tags of our own responses, so that their ACKs are known again without a transaction.
        self.tag = common.instance
        self.max_forwards = common.max_forwards
        #: The share of new calls that is refused, 0.0 to 1.0; set by who sees the load.
        self.shed = 0.0
        #: Who is asked about a response that nothing here waits for.
        self.pings: Pings | None = None
        self.server_header = b"Server: %b\r\n" % common.server if common.server else b""

    def receive(self, data: bytes, source: Address, listener: Listener, now: float) -> None:
        """A datagram came from `source` to `listener`. Never raises for what stands in it."""
        try:
            message = parse(data)
            if isinstance(message, Request):
                via = parse_via(message.data, message.via_start, message.via_end)
                if via.end < message.via_end:
                    check_further(message, via)
                self.take_request(message, via, source, listener, now)
                self.counters.received_requests += 1
            else:
                self.take_response(message, source, listener, now)
                self.counters.received_responses += 1
        except ParseError as error:
            self.malformed(data, source, listener, error)

    def disconnected(self, lost: set[tuple[Listener, Address]], now: float) -> None:
        """Connections, each by its listener and its peer's address, that are gone or could not be made (18.4)."""
        if self.pings is not None:
            self.pings.disconnected(lost, now)

    def take_request(self, request: Request, via: Via, source: Address, listener: Listener, now: float) -> None:
        raise NotImplementedError

    def take_response(self, message: Response, source: Address, listener: Listener, now: float) -> None:
        raise NotImplementedError

    def sheds(self, request: Request, source: Address) -> bool:
        """Whether a new call is refused because there are too many. One Call-ID has one fate: it may come again."""
        if request.method != b"INVITE" or tag_span(request.data, request.to_start, request.to_end)[0]:
            return False
        place = octets.checksum(request.data, request.call_id_start, request.call_id_end, 0)
        return place < self.shed * 0x1_0000_0000 and self.router.stranger(source) is None

    def refuse(self, request: Request, via: Via, source: Address, listener: Listener) -> None:
        """Answer that there are too many calls (21.5.4)."""
        self.counters.overloaded += 1
        self.counters.replied += 1
        self._answer(request, via, source, listener, OVERLOAD)

    def decide(self, context: Context, mark: bytes, now: float) -> Decision:
        """16.3 and 16.4, then the router. `mark` is what tells a loop. Raises ParseError."""
        request = context.request
        if not context.to_tag:
            refusal = self.router.stranger(context.source)
            if refusal is not None:
                return refusal
        if not has_room(context):
            return Reply(513)
        if context.uri.scheme not in SCHEMES:
            return Reply(416)
        if context.uri.headers:
            # 19.1.1: what stands behind "?" would be a header to somebody.
            raise ParseError("the Request-URI has headers")
        if request.max_forwards == 0 and not self._is_for_us(context) and not self.router.checks_hops():
            return Reply(483)
        if is_loop(request, context.via, self.listeners, mark):
            return Reply(482)
        tags = unsupported(request)
        if tags:
            return Reply(420, headers=b"Unsupported: %b\r\n" % b", ".join(tags))
        context.take_own_routes(self.listeners)
        if context.uri.scheme not in SCHEMES:
            return Reply(416)
        return self.router.request(context, now)

    def mark(self, context: Context) -> bytes:
        """What our branch carries to tell a loop from a spiral. To be asked for before `decide`."""
        source = context.source
        salt = b"%b %d" % (source[0].encode("ascii"), source[1]) if self.router.source_matters() else b""
        return loop_mark(context, salt)

    def reply(self, context: Context, decision: Reply) -> None:
        """Answer without a transaction (8.2.7): the same request gets the same answer again. An ACK gets none."""
        if context.request.method == b"ACK":
            self.counters.stray_acks += 1
            return
        self.counters.replied += 1
        self._answer(context.request, context.via, context.source, context.listener, decision)

    def discard(self, decision: Discard) -> None:
        """Count what is dropped."""
        counters = self.counters
        setattr(counters, decision.counter, getattr(counters, decision.counter) + 1)

    def stray(self, message: Response, via: Via, now: float) -> None:
        """A response that no call waits for: that of a ping, or it ends here (RFC 6026 7.3)."""
        if self.pings is None or not self.pings.take(message, via, now):
            self.counters.stray_responses += 1

    def reachable(self, hop: Hop, targets: list[Target]) -> Hop | None:
        """The first of `targets`, which `hop` led to, that a listener of ours can send to; the rest are its `others`."""
        everywhere = self.listeners.all[0]
        found = [
            hop.to(host, port, transport)
            for transport, host, port in targets
            if self.listeners.towards(host, transport, everywhere) is not None
        ]
        if not found:
            return None
        found[0].others = tuple(found[1:])
        return found[0]

    def is_own_ack(self, context: Context) -> bool:
        """Whether this ACK is for a response that we sent without a transaction: it ends here."""
        return context.to_tag.startswith(self.tag)

    def own_tag(self, request: Request) -> bytes:
        """The To tag of our own responses to `request`: the same for its retransmission and its CANCEL (8.2.6.2, 9.2)."""
        seen = zlib.crc32(request.data[request.call_id_start : request.call_id_end], request.cseq)
        return b"%b.%08x" % (self.tag, zlib.crc32(request.data[request.from_start : request.from_end], seen))

    def _answer(self, request: Request, via: Via, source: Address, listener: Listener, decision: Reply) -> None:
        data = response(
            request,
            via,
            source,
            decision.status,
            reason=decision.reason,
            to_tag=self.own_tag(request) if decision.status > 100 else b"",
            headers=self.server_header + decision.headers,
        )
        self.actions.sends.append((listener, reply_address(via, source, listener), data))

    def _is_for_us(self, context: Context) -> bool:
        """An OPTIONS for the server itself is answered whatever its Max-Forwards (16.3 step 3, 11)."""
        uri = context.uri
        return context.request.method == b"OPTIONS" and not uri.user and self.listeners.at(uri.place) is not None

    def malformed(self, data: bytes, source: Address, listener: Listener, error: ParseError) -> None:
        """What came is no message: `error` says why. Its sender is told so, if it may know of us and can be."""
        self.counters.received_malformed += 1
        if isinstance(self.router.stranger(source), Discard):
            return
        found = salvage(data)
        if found is None:
            return
        reason = b"" if error.status != 400 else b"Bad Request - " + error.reason.encode("ascii", "replace")
        answer = found.response(source, status_line(error.status, reason), self.tag, self.server_header)
        self.actions.sends.append((listener, reply_address(found.via, source, listener), answer))
        self.counters.replied += 1


def call_key(request: Request) -> int:
    """What is the same for all requests of a call: where chance decides where a name leads, they stay together."""
    return octets.checksum(request.data, request.call_id_start, request.call_id_end, 0)


def reply_address(via: Via, source: Address, listener: Listener) -> Address:
    """Where a response to what came from `source` goes (18.2.2; RFC 3581 4): the source address, and its port if rport asks.

    What came by a connection is answered by it, and that is known by its peer's address.
    """
    if via.rport is not None or listener.reliable:
        return source
    return source[0], via.port or default_port(via.transport.decode("ascii").lower())
