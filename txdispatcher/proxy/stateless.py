"""The stateless proxy of RFC 3261 16.11: nothing is remembered from one datagram to the next.

A branch of ours is a keyed hash of the Via below it. A retransmission, an ACK and a CANCEL thus get the branch of their request,
as 16.11 demands, and a response is passed on only if it answers a request that we sent: nobody makes us send where they like.
"""

from __future__ import annotations

import hashlib
import hmac
import math

from txdispatcher.proxy.actions import Resolve, Target
from txdispatcher.proxy.context import LOOP_MARK, Context
from txdispatcher.proxy.decision import Discard, Relay, Reply, Router
from txdispatcher.proxy.forward import Unsent, forwarded_request, forwarded_response, next_hop
from txdispatcher.proxy.hop import Address, default_port
from txdispatcher.proxy.intake import Common, Intake, call_key, reply_address
from txdispatcher.proxy.listener import Listener, Listeners
from txdispatcher.sip.headers import VIA
from txdispatcher.sip.message import Message, Request, Response, split_values
from txdispatcher.sip.uri import SIPS
from txdispatcher.sip.via import MAGIC_COOKIE, Via, parse_via

import txdispatcher.sip.octets as octets  # isort: skip  # C functions in the compiled build: see octets.pxd


#: Bytes of a branch's hash.
BRANCH_SIZE = 12


class StatelessProxy(Intake):
    """Every message for itself. `key` is secret and the same as long as responses to earlier requests shall get through."""

    def __init__(self, listeners: Listeners, router: Router, common: Common, key: bytes) -> None:
        super().__init__(listeners, router, common)
        #: Keyed, and copied for each branch: setting the key up costs more than the few bytes.
        self._keyed = hashlib.blake2s(key=hashlib.blake2s(key).digest(), digest_size=BRANCH_SIZE)

    @property
    def transactions(self) -> int:
        return 0

    @property
    def due(self) -> float:
        """Nothing waits here."""
        return math.inf

    def advance(self, now: float) -> None:
        """So there is nothing to do."""

    def resolved(self, resolve: Resolve, targets: list[Target], now: float) -> None:
        """The answer to a Resolve action: the first target that a listener reaches is sent to."""
        waiting = resolve.waiting
        assert isinstance(waiting, Unsent)
        hop = self.reachable(waiting.hop, targets)
        if hop is not None:
            waiting.hop = hop
            self._send(waiting)
        else:
            self._unreachable(waiting.context)

    def resumed(self, pending: object, value: object, error: BaseException | None, now: float) -> None:
        """Nothing waits here."""

    def take_request(self, request: Request, via: Via, source: Address, listener: Listener, now: float) -> None:
        if self.shed and self.sheds(request, source):
            self.refuse(request, via, source, listener)
            return
        context = Context(request, via, source, listener)
        if request.method == b"ACK" and self.is_own_ack(context):
            return
        mark = self.mark(context)
        decision = self.decide(context, mark, now)
        if isinstance(decision, Reply):
            self.reply(context, decision)
        elif isinstance(decision, Discard):
            self.discard(decision)
        elif isinstance(decision, Relay):
            hop = decision.hops[0] if decision.hops else decision.flow or next_hop(context)
            waiting = Unsent(context, decision, hop, mark)
            if hop.address is not None:
                self._send(waiting)
            elif hop.host:
                self.actions.resolves.append(Resolve(waiting, call_key(request)))
            else:
                self._unreachable(context)  # a tel: URI names no host

    def take_response(self, message: Response, source: Address, listener: Listener, now: float) -> None:
        """16.11: the topmost Via must be ours; the one below says where the response goes (18.2.2)."""
        via = parse_via(message.data, message.via_start, message.via_end)
        below = _second_via(message)
        if below is None or via.branch is None or not self.listeners.is_sent_by(via.sent_by):
            self.stray(message, via, now)
            return
        answer_to = _answer_address(below)
        branch = via.branch.rpartition(LOOP_MARK)[0]
        leaving = self.listeners.towards(answer_to[0], listener.transport, listener)
        if leaving is None or not hmac.compare_digest(branch, self._branch(message, below, answer_to)):
            self.counters.stray_responses += 1
            return
        self.actions.sends.append((leaving, answer_to, forwarded_response(message, False)))

    def _send(self, waiting: Unsent) -> None:
        context, relay, hop = waiting.context, waiting.relay, waiting.hop
        assert hop.address is not None
        near = hop.near if hop.near is not None else context.near
        sending = self.listeners.towards(hop.address[0], hop.transport, near)
        if sending is None or context.uri.scheme == SIPS:  # No TLS without transactions
            self._unreachable(context)
            return
        branch = (
            self._branch(context.request, context.via, reply_address(context.via, context.source, context.listener))
            + waiting.mark
        )
        data = forwarded_request(
            context,
            sending,
            branch,
            uri=relay.uris[0] if relay.hops else None,
            record_route=relay.record_route,
            back=relay.back,
            path=relay.path,
            keep_routes=not relay.hops,
            max_forwards=self.max_forwards,
            breadth=0,
        )
        self.counters.relayed += 1
        self.actions.sends.append((sending, hop.address, data))

    def _branch(self, message: Message, below: Via, answer_to: Address) -> bytes:
        """The branch for what came with the Via `below`: of what a retransmission, ACK, CANCEL and response share."""
        host, port = answer_to
        data = message.data
        keyed = self._keyed.copy()
        keyed.update(
            b"\0".join(
                (
                    below.branch or b"",
                    below.sent_by,
                    b"%b %d %d" % (host.encode("ascii", "replace"), port, message.cseq),
                    octets.cut(data, message.call_id_start, message.call_id_end),
                )
            )
        )
        return MAGIC_COOKIE + keyed.digest().hex().encode("ascii")

    def _unreachable(self, context: Context) -> None:
        """16.9, without a transaction: the caller gets a 500."""
        self.reply(context, Reply(500))


def _second_via(message: Response) -> Via | None:
    """The Via below the topmost one. Raises ParseError."""
    data = message.data
    if message.via_lines == 1:
        # SIPp and many others fold all Vias into one line.
        values = split_values(data, message.via_start, message.via_end)
        return parse_via(data, *values[1]) if len(values) > 1 else None
    first = True
    for _, start, end in message.lines(VIA):
        for value, value_end in split_values(data, start, end):
            if not first:
                return parse_via(data, value, value_end)
            first = False
    return None


def _answer_address(below: Via) -> Address:
    """18.2.2 and RFC 3581 4: `received` or the host, the value of `rport` or the port."""
    host = (below.received or below.host).strip(b"[]").decode("ascii", "replace")
    port = octets.number(below.rport, 0, len(below.rport)) if below.rport else 0
    return host, port if 0 < port <= 65_535 else below.port or default_port(below.transport.decode("ascii").lower())
