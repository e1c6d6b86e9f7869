"""The default route: what happens to a request where no script says otherwise.

inside a dialog     where Route and Request-URI point, if its token is right or its source is known; else 403
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
from txdispatcher.balancing.sets import USER_ONLY, Sets
from txdispatcher.proxy.context import Context
from txdispatcher.proxy.decision import Decision, Discard, Relay, Reply
from txdispatcher.proxy.hop import Address, Hop, default_port
from txdispatcher.proxy.listener import Listeners, bracketed
from txdispatcher.routing.access import Access
from txdispatcher.routing.keys import algorithm_keys
from txdispatcher.routing.message_variables import OF_SOURCE
from txdispatcher.routing.pseudovariables import Format
from txdispatcher.routing.rules import Action, Rule
from txdispatcher.sip.uri import TEL

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
    #: Bits of the module's parameter of that name.
    flags: int = 0
    #: What algorithm 7 hashes.
    hash_pvar: Format | None = None
    #: Select a destination even for a request whose own Route has set one.
    force_dst: bool = True
    #: Seconds in the Retry-After of a 503; 0 for none.
    retry_after: int = 0
    #: Answer strangers with 403 instead of dropping what they send.
    reject_outsiders: bool = False
    #: Nothing remembers where an INVITE went: its CANCEL, and an ACK without a Route, are dispatched as it was.
    stateless: bool = False


class DefaultRoute:
    """A Router (see `proxy.decision`) over the sets."""

    def __init__(self, sets: Sets, listeners: Listeners, access: Access, policy: Policy) -> None:
        self._sets = sets
        self._listeners = listeners
        self._access = access
        # Of the policy, what every request asks for.
        self._default = policy.default
        self._rules = policy.rules
        self._failover = policy.failover
        self._failover_timeout = policy.failover_timeout
        self._rewrite_domain = policy.rewrite_domain
        self._record_route = policy.record_route
        self._user_only = bool(policy.flags & USER_ONLY)
        self._force_dst = policy.force_dst
        self._reject_outsiders = policy.reject_outsiders
        self._stateless = policy.stateless
        self._hash_pvar = policy.hash_pvar
        self._source_matters = any(rule.names_source for rule in policy.rules) or (
            policy.hash_pvar is not None and not policy.hash_pvar.names.isdisjoint(OF_SOURCE)
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
        if not isinstance(dispatched, _Dispatched):
            return None
        if status not in self._failover and not (self._failover_timeout and not answered):
            return None
        destination = dispatched.selection.next(now)
        if destination is None:
            return None
        return _hop(destination), dispatched.uri_for(destination)

    def finished(self, relay: Relay, status: int, now: float) -> None:
        """Nothing of ours is watched."""

    def stranger(self, source: Address) -> Decision | None:
        if self._is_known(source):
            return None
        return _FORBIDDEN if self._reject_outsiders else _OUTSIDER

    def source_matters(self) -> bool:
        return self._source_matters

    def _ack(self, context: Context, now: float) -> Decision:
        """The ACK of a 2xx, or, without transactions, of anything."""
        if self._access.is_of_dialog(context):
            return Relay()
        if not self._is_known(context.source):
            return Discard("stray_acks")
        if self._stateless:
            return self._initial(context, now)
        return Discard("stray_acks") if self._is_for_us(context) else Relay()

    def _in_dialog(self, context: Context) -> Decision:
        if self._access.is_of_dialog(context):
            return Relay()
        if not self._is_known(context.source):
            return _FORBIDDEN
        return _NOT_HERE if self._is_for_us(context) else Relay()

    def _initial(self, context: Context, now: float) -> Decision:
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
        x, y = algorithm_keys(context, action.algorithm, self._user_only, self._hash_pvar)
        if context.routes and not self._force_dst:
            # Its own Route has set a destination already (guide, "force_dst").
            return self._none_left
        selection = self._sets.select(action.set_id, action.algorithm, x, y, now)
        if selection is None:
            return self._none_left
        dispatched = _Dispatched(selection, context if self._rewrite_domain else None)
        record_route = None
        if self._record_route and context.request.method in DIALOG_FORMING:
            record_route = self._access.record_route(context.request.call_id)
        first = selection.first
        return Relay((_hop(first),), (dispatched.uri_for(first),), record_route, dispatched)

    def _is_known(self, source: Address) -> bool:
        return self._access.is_caller(source) or self._access.destination(source) is not None

    def _is_for_us(self, context: Context) -> bool:
        """Whether the Request-URI names ourselves, and no Route leads elsewhere."""
        return not context.routes and self._listeners.at(context.uri.place) is not None


class _Dispatched:
    """A selection that a request is on its way through, and what becomes of its Request-URI."""

    __slots__ = ("_uri", "selection")

    def __init__(self, selection: Selection, rewritten: Context | None) -> None:
        self.selection = selection
        self._uri = rewritten.uri if rewritten is not None else None

    def uri_for(self, destination: Destination) -> bytes | None:
        """The Request-URI with the destination's host and port in it; None where it stays as it came."""
        uri = self._uri
        if uri is None:
            return None
        record = destination.record
        scheme = b"sip" if uri.scheme == TEL else uri.scheme
        host = bracketed(record.host)
        place = b"%b:%d" % (host, record.port) if record.port else host
        user = b"%b@" % uri.user if uri.user is not None else b""
        return b"%b:%b%b%b%b" % (scheme, user, place, uri.params, uri.headers)


def _hop(destination: Destination) -> Hop:
    """Where the destination is: made once, and kept with it."""
    hop = destination.target
    if not isinstance(hop, Hop):
        record = destination.record
        hop = Hop(record.host, record.port or default_port(record.transport), record.transport, destination)
        destination.target = hop
    return hop
