"""The default route: what happens to a request where no script says otherwise.

inside a dialog     where Route and Request-URI point, or back to where its callee came from, if its token is right or its source
                    is known; else 403
to who registered   to where it came from then, which our Path names
                    by a connection that is gone: 430; with a flow that we did not write: 403
OPTIONS to us       200
initial             only from callers and destinations; the first rule that matches decides, else [route]'s own set
initial, from a     never back to destinations, unless a rule that names its source says so: 403
destination
a failure           the next destination of the set, if `failover` names what happened
"""

from __future__ import annotations

from dataclasses import dataclass

from txdispatcher.balancing.destination import Destination
from txdispatcher.balancing.selection import Selection
from txdispatcher.proxy.context import Context
from txdispatcher.proxy.decision import Decision, Discard, Relay, Reply
from txdispatcher.proxy.hop import Address, Hop
from txdispatcher.proxy.listener import Listener, Listeners
from txdispatcher.routing.access import Access
from txdispatcher.routing.choosing import Choosing, hop_to, with_domain
from txdispatcher.routing.marking import CallMarks
from txdispatcher.routing.message_variables import OF_SOURCE
from txdispatcher.routing.nat import is_behind_nat
from txdispatcher.routing.rules import Action, Rule
from txdispatcher.sip.message import Response
from txdispatcher.sip.uri import SIPS

#: The methods whose 2xx makes a dialog (RFC 3261 12, RFC 6665, RFC 3515): these get a Record-Route.
DIALOG_FORMING = frozenset((b"INVITE", b"SUBSCRIBE", b"REFER"))

#: What the server itself takes, for the 200 to an OPTIONS (RFC 3261 11.2).
_OPTIONS_REPLY = Reply(200, headers=b"Accept: */*\r\nAllow: INVITE, ACK, CANCEL, BYE, OPTIONS\r\n")
_FORBIDDEN = Reply(403)
_OUTSIDER = Discard("outsiders")
_NOT_HERE = Reply(404)


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings of the default route. `failover` holds status codes; `failover_timeout`: silence counts too."""

    default: Action
    rules: tuple[Rule, ...] = ()
    failover: frozenset[int] = frozenset()
    failover_timeout: bool = False
    #: Put the gateway's host into the Request-URI (ds_select_domain), or leave it alone (ds_select_dst).
    rewrite_domain: bool = False
    record_route: bool = True
    #: Select a destination even for a request whose own Route has set one.
    force_dst: bool = True
    #: Seconds in the Retry-After of a 503; 0 for none.
    retry_after: int = 0
    #: Answer strangers with 403 instead of dropping what they send.
    reject_outsiders: bool = False
    #: Which callers on UDP are reached later where they sent from, whatever their Contact says: "never", "private" (those whose
    #: Contact leads nowhere from here), "always".
    udp_flows: str = "never"
    #: Nothing remembers where an INVITE went: its CANCEL, and an ACK without a Route, are dispatched as it was.
    stateless: bool = False


class DefaultRoute:
    """A Router (see `proxy.decision`) that selects by `choosing`. `marks` is told how destinations answer calls."""

    def __init__(
        self, choosing: Choosing, listeners: Listeners, access: Access, policy: Policy, marks: CallMarks | None = None
    ) -> None:
        self._choosing = choosing
        self._sets = choosing.sets
        self._calls = choosing.sets.calls
        self._sockets = choosing.sockets
        self._marks = marks
        self._marking = marks is not None
        self._listeners = listeners
        self._access = access
        # Of the policy, what every request asks for.
        self._default = policy.default
        self._rules = policy.rules
        self._failover = policy.failover
        self._failover_timeout = policy.failover_timeout
        self._rewrite_domain = policy.rewrite_domain
        self._record_route = policy.record_route
        self._force_dst = policy.force_dst
        self._reject_outsiders = policy.reject_outsiders
        self._stateless = policy.stateless
        self._udp_flows = policy.udp_flows != "never"
        self._every_udp_flow = policy.udp_flows == "always"
        hashed = choosing.hash_pvar
        self._source_matters = any(rule.names_source for rule in policy.rules) or (
            hashed is not None and not hashed.names.isdisjoint(OF_SOURCE)
        )
        retry = b"Retry-After: %d\r\n" % policy.retry_after if policy.retry_after else b""
        self._none_left = Reply(503, headers=retry)

    def request(self, context: Context, now: float) -> Decision:
        method = context.request.method
        if method == b"ACK":
            return self._ack(context, now)
        if not context.to_tag:
            return self._initial(context, now)
        if method == b"CANCEL" and self._stateless:
            return self.stranger(context.source) or self._initial(context, now)
        return self._in_dialog(context)

    def failure(self, relay: Relay, hop: Hop, status: int, answered: bool, now: float) -> tuple[Hop, bytes | None] | None:
        dispatched = relay.policy
        if not isinstance(dispatched, _Dispatched) or relay.cancelled:
            return None
        goes_on = status in self._failover or (self._failover_timeout and not answered)
        # A sips request is not sent over anything but TLS: that says nothing of the destination, and anybody may send one.
        unsendable = dispatched.is_sips and hop.transport != "tls"
        if self._marks is not None and isinstance(hop.destination, Destination) and not unsendable:
            if goes_on:
                self._marks.failed(hop.destination, status, answered, now)
            elif answered:
                self._marks.answered(hop.destination, status, now)
        if not goes_on:
            return None
        destination = dispatched.selection.next(now)
        if destination is None:
            return None
        dispatched.current = destination
        if dispatched.call_id:
            self._calls.move(dispatched.call_id, destination, now)
        return hop_to(destination, self._sockets), dispatched.uri_for(destination)

    def finished(self, relay: Relay, status: int, now: float) -> None:
        """A counted call was answered, or an INVITE within it; or, under `mark_failed`, any request that was dispatched."""
        found = relay.policy
        if isinstance(found, _Dispatched):
            if found.call_id:
                if 200 <= status < 300:
                    self._calls.confirm(found.call_id, now)
                else:
                    self._calls.end(found.call_id)
            # Of several at once, nobody knows who it was; other failures than 6xx came by `failure`.
            if self._marks is not None and (status < 300 or status >= 600) and not found.selection.at_once:
                self._marks.answered(found.current, status, now)
        elif isinstance(found, _Within) and 200 <= status < 300:
            self._calls.confirm(found.call_id, now)

    def stranger(self, source: Address) -> Decision | None:
        if self._is_known(source):
            return None
        return _FORBIDDEN if self._reject_outsiders else _OUTSIDER

    def heard(self, relay: Relay, response: Response, source: Address, listener: Listener, now: float) -> Response | None:
        """A counted call that went to several at once is counted at the one that takes it: the first to answer 2xx."""
        found = relay.policy
        if isinstance(found, _Dispatched) and found.call_id and 200 <= response.status < 300:
            host, port = source
            for each in found.selection.at_once:
                record = each.record
                if host in (record.host, *each.hosts) and record.port in (0, port):
                    self._calls.move(found.call_id, each, now)
                    break
            relay.policy = _Within(found.call_id)
        return response

    def checks_hops(self) -> bool:
        return False

    def source_matters(self) -> bool:
        return self._source_matters

    def _ack(self, context: Context, now: float) -> Decision:
        """The ACK of a 2xx, or, without transactions, of anything."""
        if self._access.is_of_dialog(context):
            flow = self._access.way_back(context)
            return Discard("stray_acks") if isinstance(flow, Reply) else Relay(flow=flow)
        if not self._is_known(context.source):
            return Discard("stray_acks")
        if self._stateless:
            return self._initial(context, now)
        return Discard("stray_acks") if self._is_for_us(context) else Relay()

    def _in_dialog(self, context: Context) -> Decision:
        flow: Hop | Reply | None = None
        if self._access.is_of_dialog(context):
            flow = self._access.way_back(context)
        elif not self._is_known(context.source):
            return _FORBIDDEN
        elif self._is_for_us(context):
            return _NOT_HERE
        request = context.request
        if request.method == b"BYE" and self._calls.used:
            self._calls.end(request.call_id)
        if isinstance(flow, Reply):
            return flow
        if self._calls.used and request.method == b"INVITE" and self._calls.destination(request.call_id) is not None:
            return Relay(policy=_Within(request.call_id), watched=True, flow=flow)
        return Relay(flow=flow)

    def _initial(self, context: Context, now: float) -> Decision:
        if context.own_params is not None:
            flow = self._access.way_back(context)
            if isinstance(flow, Reply):
                return flow
            if flow is not None:
                return self._to_registered(context, flow)
        destination = self._access.destination(context.source)
        if context.request.method == b"OPTIONS" and not context.uri.user and self._is_for_us(context):
            return _OPTIONS_REPLY
        for rule in self._rules:
            if destination is not None and not rule.names_source and not rule.action.reply:
                continue
            if rule.matches(context, self._sets):
                return self._act(context, rule.action, now)
        return _FORBIDDEN if destination is not None else self._act(context, self._default, now)

    def _act(self, context: Context, action: Action, now: float) -> Decision:
        if action.reply:
            return Reply(action.reply, action.reason)
        if context.routes and not self._force_dst:
            # Its own Route has set a destination already (guide, "force_dst").
            return self._none_left
        selection = self._choosing.choose(context, action.set_id, action.algorithm, now)
        if selection is None:
            return self._none_left
        request = context.request
        first = selection.first
        call_id = b""
        # Without transactions nobody hears how a call ends.
        if request.method == b"INVITE" and selection.counted and not self._stateless:
            call_id = request.call_id
            self._calls.begin(call_id, first, now)
        dispatched = _Dispatched(selection, context if self._rewrite_domain else None, call_id)
        if self._marking and context.uri.scheme == SIPS:
            dispatched.is_sips = True
        record_route = None
        if self._record_route and request.method in DIALOG_FORMING:
            record_route = self._access.record_route(request.call_id)
        if selection.at_once:
            hops = tuple([hop_to(each, self._sockets) for each in selection.at_once])
            uris = tuple(dispatched.uri_for(each) for each in selection.at_once)
        else:
            hops, uris = (hop_to(first, self._sockets),), (dispatched.uri_for(first),)
        relay = Relay(hops, uris, record_route, dispatched, bool(call_id) or self._marking)
        if call_id and selection.at_once:
            relay.hears = True
        if context.listener.reliable or (self._udp_flows and self._has_udp_flow(context)):
            self._remember_flow(context, relay)
        return relay

    def _has_udp_flow(self, context: Context) -> bool:
        return self._every_udp_flow or is_behind_nat(context)

    def _remember_flow(self, context: Context, relay: Relay) -> None:
        """The caller may have no address that it listens on: what is for it goes to where it came from (RFC 5626 5.3)."""
        if relay.record_route is not None:
            relay.back = relay.record_route + self._access.flow(context.listener, context.source, context.request.call_id)
        elif context.request.method == b"REGISTER":
            # 5.1: the first node behind its sender says that it keeps flows.
            first = context.request.via_lines == 1 and context.via.end == context.request.via_end
            relay.path = (b";lr;ob" if first else b";lr") + self._access.flow(context.listener, context.source, b"")

    def _to_registered(self, context: Context, flow: Hop) -> Relay:
        """To whoever registered by way of us, with our Path: to where it came from then."""
        relay = Relay(flow=flow)
        if context.request.method in DIALOG_FORMING:
            call_id = context.request.call_id
            here = self._access.record_route(call_id)
            assert flow.address is not None
            relay.record_route = here + self._access.flow(context.near, flow.address, call_id)
            relay.back = here
            if context.listener.reliable or (self._udp_flows and self._has_udp_flow(context)):
                relay.back += self._access.flow(context.listener, context.source, call_id)
        return relay

    def _is_known(self, source: Address) -> bool:
        return self._access.is_caller(source) or self._access.destination(source) is not None

    def _is_for_us(self, context: Context) -> bool:
        """Whether the Request-URI names ourselves, and no Route leads elsewhere."""
        return not context.routes and self._listeners.at(context.uri.place) is not None


class _Dispatched:
    """A selection that a request is on its way through, and what becomes of its Request-URI. `call_id` of a counted call.

    `current` is where the request is now, if it is not at several places at once. `is_sips` is known where failures are marked.
    """

    __slots__ = ("_uri", "call_id", "current", "is_sips", "selection")

    def __init__(self, selection: Selection, rewritten: Context | None, call_id: bytes) -> None:
        self.selection = selection
        self.current = selection.first
        self.call_id = call_id
        self.is_sips = False
        self._uri = rewritten.uri if rewritten is not None else None

    def uri_for(self, destination: Destination) -> bytes | None:
        """The Request-URI with the destination's host and port in it; None where it stays as it came."""
        return with_domain(self._uri, destination) if self._uri is not None else None


class _Within:
    """An INVITE within a counted call."""

    __slots__ = ("call_id",)

    def __init__(self, call_id: bytes) -> None:
        self.call_id = call_id
