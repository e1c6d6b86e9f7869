"""The transaction-stateful proxy: RFC 3261 sections 16 and 17."""

from __future__ import annotations

from txdispatcher.proxy.actions import Resolve, Target
from txdispatcher.proxy.breadth import breadth_of, divided, shares
from txdispatcher.proxy.client import ClientTransaction
from txdispatcher.proxy.context import LOOP_MARK, Context
from txdispatcher.proxy.decision import Discard, Following, Relay, Reply, Router, Wait
from txdispatcher.proxy.forward import Unsent, forwarded_request, next_hop
from txdispatcher.proxy.hop import UNREACHABLE, Address, Hop
from txdispatcher.proxy.intake import OVERLOAD, Common, Intake, call_key, reply_address
from txdispatcher.proxy.layer import TransactionLayer
from txdispatcher.proxy.listener import Listener, Listeners
from txdispatcher.proxy.server import ServerTransaction
from txdispatcher.proxy.timers import Timers
from txdispatcher.proxy.waiting import MAX_WAITING, Pending
from txdispatcher.sip.address import tag_span
from txdispatcher.sip.build import response
from txdispatcher.sip.message import Request, Response, parse
from txdispatcher.sip.uri import SIPS
from txdispatcher.sip.via import MAGIC_COOKIE, Via, parse_via

import txdispatcher.sip.octets as octets  # isort: skip  # C functions in the compiled build: see octets.pxd

#: Server transactions held at once: past that, new requests get a 503. 500,000 take about 1 GB.
MAX_TRANSACTIONS = 500_000
#: What may not be on so many branches at once as were chosen (RFC 5393 5.3.3).
_TOO_BROAD = Reply(440)


class StatefulProxy(Intake):
    """Every request a transaction, every response matched to one.

    Feed it with `receive`, `resolved` and, often, `advance`; perform and clear `actions` after each. With `udp_mtu`, a
    request of more bytes that is for UDP goes by TCP (18.1.1).
    """

    def __init__(
        self,
        listeners: Listeners,
        router: Router,
        common: Common,
        timers: Timers,
        now: float,
        *,
        max_transactions: int = MAX_TRANSACTIONS,
        udp_mtu: int = 0,
    ) -> None:
        super().__init__(listeners, router, common)
        self.layer = TransactionLayer(self, self.actions, self.counters, timers, now)
        self._max_transactions = max_transactions
        self._udp_mtu = udp_mtu
        self._prefix = MAGIC_COOKIE + common.instance
        self._count = 0
        #: Decisions that the router has put off, and how many may be at once.
        self.waiting = 0
        self.max_waiting = MAX_WAITING

    @property
    def transactions(self) -> int:
        """Server transactions held now, finished ones that still absorb retransmissions included."""
        return len(self.layer.servers)

    @property
    def due(self) -> float:
        """When `advance` has something to do next, at the earliest."""
        return self.layer.wheel.due

    def advance(self, now: float) -> None:
        """Let the timers fire that are due."""
        self.layer.wheel.advance(now)

    def disconnected(self, lost: set[tuple[Listener, Address]], now: float) -> None:
        self.layer.disconnected(lost, now)
        super().disconnected(lost, now)

    def resolved(self, resolve: Resolve, targets: list[Target], now: float) -> None:
        """The answer to a Resolve action: the first target that a listener reaches is sent to, the next when that fails."""
        waiting = resolve.waiting
        waiting.hop = self.reachable(waiting.hop, targets) or waiting.hop
        if isinstance(waiting, Unsent):
            if waiting.hop.address is not None:
                self._send_ack(waiting.context, waiting.relay, waiting.hop, waiting.mark)
        elif isinstance(waiting, ClientTransaction) and waiting.pending and isinstance(waiting.user, ServerTransaction):
            # Pending: then its server transaction is not answered, and still has its request.
            server = waiting.user
            assert server.relay is not None
            self._send(waiting, self._again(server), server.relay, waiting.uri, now)

    def take_request(self, request: Request, via: Via, source: Address, listener: Listener, now: float) -> None:
        method = request.method
        if method == b"ACK":
            self._take_ack(request, via, source, listener, now)
            return
        if method == b"CANCEL":
            self._take_cancel(request, via, source, listener, now)
            return
        key = _server_key(request, via, method)
        server: ServerTransaction | None = self.layer.servers.get(key)
        if server is not None:
            server.retransmitted()
            return
        if self.shed and self.sheds(request, source):
            self.refuse(request, via, source, listener)
            return
        context = Context(request, via, source, listener)
        mark = self.mark(context)
        decision = self.decide(context, mark, now)
        if isinstance(decision, Relay) and len(decision.hops) > 1 and _is_too_broad(context, decision):
            self._turned_away(decision, _TOO_BROAD, now)
            decision = _TOO_BROAD
        if isinstance(decision, Relay):
            if len(self.layer.servers) < self._max_transactions:
                self._relay(context, decision, self._begin(context, key, now), mark, now)
                return
            self.counters.overloaded += 1
            self._turned_away(decision, OVERLOAD, now)
            decision = OVERLOAD
        elif isinstance(decision, Wait):
            pending = Pending(decision, context, mark, None)
            if len(self.layer.servers) < self._max_transactions and self._suspend(pending):
                server = self._begin(context, key, now)
                server.waiting = decision
                pending.server = server
                return
            self.counters.overloaded += 1
            decision.close()
            decision = OVERLOAD
        if isinstance(decision, Reply):
            self.reply(context, decision)
        else:
            self.discard(decision)

    def resumed(self, pending: Pending, value: object, error: BaseException | None, now: float) -> None:
        """What came of a wait among the actions: the router goes on with `value`, or with `error`. To be called once for each."""
        self.waiting -= 1
        if not pending.wanted:
            return
        outcome = pending.wait.resume(value, error, now)
        server = pending.server
        if isinstance(outcome, Relay) and len(outcome.hops) > 1 and _is_too_broad(pending.context, outcome):
            self._turned_away(outcome, _TOO_BROAD, now)
            outcome = _TOO_BROAD
        if server is not None:
            server.waiting = None
        if isinstance(outcome, Wait):
            pending.wait = outcome
            if server is not None:
                server.waiting = outcome
            self._suspend(pending)
        elif pending.failed is not None:
            assert server is not None
            following = None if isinstance(outcome, Relay | Discard) else outcome
            # Meanwhile another branch may have ended all (16.7 step 5).
            ended = server.best_status >= 600 and (server.relay is None or not server.relay.at_end)
            if ended or not self._follow(server, pending.failed, following, now):
                server.conclude(now)
        elif server is None:
            if isinstance(outcome, Relay):
                self._relay_ack(pending.context, outcome, pending.mark)
        elif isinstance(outcome, Relay):
            self._relay(pending.context, outcome, server, pending.mark, now)
        elif isinstance(outcome, Reply):
            self.counters.replied += 1
            server.respond(self._own_response(server, outcome), outcome.status, now)
        elif isinstance(outcome, Discard):
            self.discard(outcome)
            server.abandon(now)

    def _turned_away(self, relay: Relay, reply: Reply, now: float) -> None:
        """What the router wanted relayed is answered instead."""
        if relay.watched:
            # It has counted it as under way.
            self.router.finished(relay, reply.status, now)

    def take_response(self, message: Response, source: Address, listener: Listener, now: float) -> None:
        # 16.7 step 1 and RFC 6026 7.3: a response that no transaction waits for ends here.
        via = parse_via(message.data, message.via_start, message.via_end)
        client = None
        if via.branch is not None and self.listeners.is_sent_by(via.sent_by):
            client = self.layer.client(via.branch, message.cseq_method)
        if client is None:
            self.stray(message, via, now)
        elif message.status > 100 and _is_last_via(message, via) and client.user is not None:
            # Nobody is above our Via: it would be for us, and what we ask ourselves has a table of its own.
            self.counters.stray_responses += 1
        else:
            server = client.user
            if isinstance(server, ServerTransaction) and server.hears and server.relay is not None:
                heard = self.router.heard(server.relay, message, source, listener, now)
                if heard is None:
                    self.counters.dropped_responses += 1
                    return
                message = heard
            client.receive(message, now)

    # What the layer below asks (see `server.Core`).

    def local_response(self, server: ServerTransaction, status: int) -> bytes:
        return self._own_response(server, Reply(status))

    def finished(self, relay: Relay, status: int, now: float) -> None:
        self.router.finished(relay, status, now)

    def next_branch(self, server: ServerTransaction, failed: ClientTransaction, status: int, now: float) -> bool:
        relay = server.relay
        if relay is None:
            return False
        if failed.hop.large and failed.hop.transport == "tcp" and failed.status == UNREACHABLE and not failed.answered:
            # 18.1.1: the gateway has no TCP, so it gets a datagram that may be too large.
            self._branch(server, self._again(server), relay, failed.hop.by("udp"), failed.uri, failed.breadth, _mark(failed), now)
            return True
        others = failed.hop.others
        if (
            others
            and not server.cancelled
            and server.best_status < 600
            and (status == 503 or (failed.status and not failed.answered))
        ):
            # RFC 3263 4.3: the next address of the same name, before another destination.
            hop = others[0]
            hop.others = others[1:]
            self._branch(server, self._again(server), relay, hop, failed.uri, failed.breadth, _mark(failed), now)
            return True
        answered = failed.answered
        if relay.at_end:
            if server.is_pending():
                return False
            if server.best_status != status:
                answered = bool(server.best)
            status = server.best_status
            relay.final = server.best
        elif failed.hop.destination is None:
            return False
        return self._follow(server, failed, self.router.failure(relay, failed.hop, status, answered, now), now)

    def _follow(self, server: ServerTransaction, failed: ClientTransaction, chosen: Following, now: float) -> bool:
        """Do what the router wants after a failure. False: it wants nothing."""
        relay = server.relay
        if chosen is None or relay is None or server.cancelled:
            if isinstance(chosen, Wait):
                chosen.close()
            return False
        if isinstance(chosen, Wait):
            if not self._suspend(Pending(chosen, self._again(server), b"", server, failed)):
                chosen.close()
                return False
            server.waiting = chosen
            return True
        if isinstance(chosen, Reply):
            self.counters.replied += 1
            server.respond(self._own_response(server, chosen), chosen.status, now)
            return False
        if relay.edited is not None:
            server.request = relay.edited.request.data
        if relay.forgets:
            server.forget()
        self.counters.failovers += 1
        mark = _mark(failed)
        further, relay.further = relay.further, ()
        breadths = [failed.breadth]
        if further:
            # They share what the branch had that failed; those that are too many are not tried.
            breadths = divided(failed.breadth or breadth_of(self._again(server).request), 1 + len(further))
        self._branch(server, self._again(server), relay, chosen[0], chosen[1], breadths[0], mark, now)
        for (hop, uri), breadth in zip(further, breadths[1:], strict=False):
            self._branch(server, self._again(server), relay, hop, uri, breadth, mark, now)
        return True

    def _suspend(self, pending: Pending) -> bool:
        """Let our caller wait. False if too many do."""
        if self.waiting >= self.max_waiting:
            return False
        self.waiting += 1
        self.actions.waits.append(pending)
        return True

    def _own_response(self, server: ServerTransaction, reply: Reply) -> bytes:
        context = self._again(server)
        return response(
            context.request,
            context.via,
            server.source,
            reply.status,
            reason=reply.reason,
            to_tag=self.own_tag(context.request) if reply.status > 100 else b"",
            headers=self.server_header + reply.headers,
        )

    # The ways of a request.

    def _begin(self, context: Context, key: bytes, now: float) -> ServerTransaction:
        """A server transaction for a request that is not answered at once."""
        request = context.request
        server = ServerTransaction(self.layer, key, request.method == b"INVITE", context.listener, context.source)
        server.reply_to = reply_address(context.via, context.source, context.listener)
        server.request = request.data
        if server.invite:
            # 17.2.1: an answer could take longer than 200 ms; until then the caller must not send again.
            server.respond(response(request, context.via, context.source, 100), 100, now)
        else:
            server.slow = now + self.layer.slow
        # Last: what is in the table stays there until something ends it.
        self.layer.servers[key] = server
        self.counters.transactions += 1
        return server

    def _relay(self, context: Context, relay: Relay, server: ServerTransaction, mark: bytes, now: float) -> None:
        server.relay = relay
        server.hears = relay.hears
        try:
            if relay.edited is not None:
                context = relay.edited
                server.request = context.request.data
            hops, uris = (relay.hops, relay.uris) if relay.hops else ((relay.flow or next_hop(context),), (None,))
            if len(hops) == 1:
                # RFC 5393 5.3.3: one branch has the Max-Breadth that came.
                self._branch(server, context, relay, hops[0], uris[0], 0, mark, now)
                return
            breadths = shares(context.request, len(hops))
            for index, hop in enumerate(hops):
                self._branch(server, context, relay, hop, uris[index], breadths[index], mark, now)
        except Exception:
            if not server.branches:
                # A fault of ours; with no branch nothing would ever end it.
                server.abandon(now)
            raise

    def _branch(
        self,
        server: ServerTransaction,
        context: Context,
        relay: Relay,
        hop: Hop,
        uri: bytes | None,
        breadth: int,
        mark: bytes,
        now: float,
    ) -> None:
        """A client transaction of its own for one next hop (16.6 steps 8 to 11)."""
        self._count += 1
        branch = octets.numbered(self._prefix, self._count, 1, mark)
        client = ClientTransaction(self.layer, server, branch, context.request.method, hop)
        client.uri = uri
        client.breadth = breadth
        server.add(client)
        self.counters.relayed += 1
        if hop.address is None and hop.host:
            self.actions.resolves.append(Resolve(client, call_key(context.request)))
        else:
            self._send(client, context, relay, uri, now)

    def _send(self, client: ClientTransaction, context: Context, relay: Relay, uri: bytes | None, now: float) -> None:
        try:
            hop = client.hop
            if hop.edited is not None:
                assert isinstance(hop.edited, Context)
                context = hop.edited
            address = hop.address
            near = hop.near if hop.near is not None else context.near
            sending = self.listeners.towards(address[0], hop.transport, near) if address is not None else None
            if sending is None or address is None or (context.uri.scheme == SIPS and not sending.secure):
                client.unreachable(now)
                return
            data = self._forwarded(client, context, relay, uri, sending)
            if self._udp_mtu and len(data) > self._udp_mtu and not sending.reliable and not hop.large:
                # Without a listener for TCP, or behind a NAT, there is no other way than UDP.
                larger = self.listeners.towards(address[0], "tcp", near) if hop.gone == UNREACHABLE else None
                if larger is not None:
                    sending = larger
                    client.hop = hop.by("tcp")
                    data = self._forwarded(client, context, relay, uri, sending)
            client.send(data, sending, address, now)
        except Exception:
            # A fault of ours: without a timer it would be waited for for ever.
            if client.pending:
                client.unreachable(now)
            raise

    def _forwarded(
        self, client: ClientTransaction, context: Context, relay: Relay, uri: bytes | None, sending: Listener
    ) -> bytes:
        return forwarded_request(
            context,
            sending,
            client.branch,
            uri=uri,
            record_route=relay.record_route,
            back=relay.back,
            path=relay.path,
            keep_routes=not relay.hops,
            max_forwards=self.max_forwards,
            breadth=client.breadth,
        )

    def _take_ack(self, request: Request, via: Via, source: Address, listener: Listener, now: float) -> None:
        server: ServerTransaction | None = self.layer.servers.get(_server_key(request, via, b"INVITE"))
        if server is not None and server.acknowledge(now):
            return
        # The ACK of a 2xx (13.2.2.4), a request of its own: it is relayed without a transaction, as no response will come.
        context = Context(request, via, source, listener)
        if self.is_own_ack(context):
            return
        mark = self.mark(context)
        decision = self.decide(context, mark, now)
        if isinstance(decision, Reply):
            self.reply(context, decision)
        elif isinstance(decision, Discard):
            self.discard(decision)
        elif isinstance(decision, Relay):
            self._relay_ack(context, decision, mark)
        elif not self._suspend(Pending(decision, context, mark, None)):
            decision.close()

    def _relay_ack(self, context: Context, relay: Relay, mark: bytes) -> None:
        if relay.edited is not None:
            context = relay.edited
        hop = relay.hops[0] if relay.hops else relay.flow or next_hop(context)
        if hop.address is not None:
            self._send_ack(context, relay, hop, mark)
        elif hop.host:
            self.actions.resolves.append(Resolve(Unsent(context, relay, hop, mark), call_key(context.request)))
        else:
            self.counters.stray_acks += 1  # a tel: URI names no host

    def _send_ack(self, context: Context, relay: Relay, hop: Hop, mark: bytes) -> None:
        assert hop.address is not None
        near = hop.near if hop.near is not None else context.near
        sending = self.listeners.towards(hop.address[0], hop.transport, near)
        if sending is None or (context.uri.scheme == SIPS and not sending.secure):
            self.counters.stray_acks += 1
            return
        self._count += 1
        branch = octets.numbered(self._prefix, self._count, 1, mark)
        uri = relay.uris[0] if relay.hops else None
        data = forwarded_request(
            context,
            sending,
            branch,
            uri=uri,
            record_route=None,
            back=None,
            path=None,
            keep_routes=not relay.hops,
            max_forwards=self.max_forwards,
            breadth=0,
        )
        self.counters.relayed += 1
        self.actions.sends.append((sending, hop.address, data))

    def _take_cancel(self, request: Request, via: Via, source: Address, listener: Listener, now: float) -> None:
        """9.2 and 16.10. Answered without a transaction: a CANCEL that comes again gets the same answer and changes nothing."""
        context = Context(request, via, source, listener)
        server: ServerTransaction | None = self.layer.servers.get(_server_key(request, via, b"INVITE"))
        if server is None:
            refusal = self.router.stranger(source)
            if isinstance(refusal, Discard):
                self.discard(refusal)
            else:
                self.reply(context, refusal if isinstance(refusal, Reply) else Reply(481))
            return
        self.reply(context, Reply(200))
        server.cancel(now)

    def _again(self, server: ServerTransaction) -> Context:
        """The request of a transaction, taken apart once more: for a second branch or an answer of our own."""
        request = parse(server.request)
        assert isinstance(request, Request)
        via = parse_via(request.data, request.via_start, request.via_end)
        context = Context(request, via, server.source, server.listener)
        context.take_own_routes(self.listeners)
        return context


def _server_key(request: Request, via: Via, method: bytes) -> bytes:
    """What tells one server transaction from another (17.2.3): branch, sent-by, and `method` (an ACK's is its INVITE's)."""
    if via.branch is not None and via.branch.startswith(MAGIC_COOKIE) and len(via.branch) > len(MAGIC_COOKIE):
        return b"".join((via.branch, b" ", via.sent_by, b" ", method))
    # An RFC 2543 element: everything but the To tag, which its ACK has and its INVITE has not.
    data = request.data
    start, end = tag_span(data, request.from_start, request.from_end)
    return b"\0".join((request.uri, data[start:end], request.call_id, b"%d" % request.cseq, data[via.start : via.end], method))


def _is_too_broad(context: Context, relay: Relay) -> bool:
    """Whether the Max-Breadth of the request does not do for the branches that were chosen."""
    request = context.request if relay.edited is None else relay.edited.request
    return not shares(request, len(relay.hops))


def _mark(failed: ClientTransaction) -> bytes:
    """What tells a loop, in its branch."""
    return failed.branch[failed.branch.rindex(LOOP_MARK) :]


def _is_last_via(message: Response, via: Via) -> bool:
    return message.via_lines == 1 and via.end == message.via_end
