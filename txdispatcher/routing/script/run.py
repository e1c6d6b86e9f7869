# cython: boundscheck=True, wraparound=True
"""One request under a script: what its routes have decided so far."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from txdispatcher.errors import FormatError, ParseError, ScriptFault
from txdispatcher.proxy.context import Context
from txdispatcher.proxy.decision import Relay, Reply
from txdispatcher.proxy.forward import next_hop
from txdispatcher.proxy.hop import Address, Hop, hop_of
from txdispatcher.proxy.listener import Listener, Listeners
from txdispatcher.routing.choosing import hop_to
from txdispatcher.routing.dispatching import Dispatched, Dispatching
from txdispatcher.routing.regexes import regex
from txdispatcher.routing.script.edits import edited
from txdispatcher.routing.script.hash_tables import HashTable
from txdispatcher.routing.script.modules import Modules
from txdispatcher.routing.script.reply import edited_response, reason_of, reply_context
from txdispatcher.routing.script.suspended import Suspended
from txdispatcher.routing.script.table import BRANCH, REPLY, REQUEST
from txdispatcher.routing.variables import Value, variables_of, written
from txdispatcher.sip.edit import Edit
from txdispatcher.sip.message import Request, Response, parse
from txdispatcher.sip.uri import Uri, parse_uri
from txdispatcher.sip.via import parse_via


class Exit(BaseException):
    """``exit`` or ``drop``: the script ends here. No ``except Exception`` of a Python script holds it up."""


class Script(Protocol):
    """A script that was loaded."""

    #: What python_exec() calls: (the run, the method's name, its parameter or None); None without a script of app_python3.
    python: Callable[[Run, str, bytes | None], int] | None

    def run(self, kind: str, name: str, run: Run) -> Suspended | None:
        """Run the route of that kind (see `table`) and name; "" for the request route. May raise anything.

        None when it has ended; request and failure routes may have to wait instead.
        """

    def has_route(self, kind: str, name: str) -> bool:
        """Whether there is one."""


class Surroundings(Protocol):
    """What all runs of a script share."""

    listeners: Listeners
    dispatching: Dispatching
    #: The parameters of Record-Route without those that a script adds: ``;lr`` or ``;lr=on``.
    route_params: bytes
    #: Levels of xlog() above this are not printed: 3 is L_DBG.
    debug: int
    #: Whether transactions may be accounted.
    accounts: bool
    #: Whether our Record-Route carries the caller's From tag (`append_fromtag`).
    from_tags: bool
    forgets: bool
    #: How many places a request may go to.
    max_branches: int
    #: What the functions of modules keep from one request to the next.
    modules: Modules
    #: Prints (level, text).
    log: Callable[[int, str], None]

    def fault(self, error: Exception, now: float) -> None:
        """The script has done something wrong, which costs its request nothing: counted, and logged as `error` says."""

    def account(self, run: Run, comment: bytes, table: str) -> bool:
        """Account the request at once: in the log, or with a `table` as a record for it. False where no records are kept."""


#: The destination of a hop that a script has named: its failures are told.
_WATCHED = object()
#: An iterator over a table: what is left of its items, the last one first, and the one that it is at.
Iterated = tuple[HashTable, list[tuple[bytes, Value]], tuple[bytes, Value] | None]
#: A branch: where it goes, its Request-URI (None: that of the request), and the $du that it was made with.
Target = tuple[Hop, bytes | None, bytes | None]


class Run:
    """A request, and what its routes have decided. It stays with the `script` that it began with.

    `hop` is where it is to go, once a route has relayed it, and `uri` its Request-URI; `further` are the branches that go out
    beside it. `reply` is the answer, once there is one. `status` and `answered` are those of the branch that failed, in a failure
    route; in a reply route `status` and `reason` are the response's. `flags` are the bits of setflag(), `fr` and `fr_inv` the
    timers of t_set_fr(), in seconds.
    """

    __slots__ = (
        "_begun",
        "_response",
        "_stopped",
        "_uri",
        "answered",
        "branch",
        "branch_flags",
        "branches",
        "cancelled",
        "context",
        "depth",
        "dropped",
        "edits",
        "flags",
        "fr",
        "fr_inv",
        "functions",
        "further",
        "hop",
        "iterators",
        "kind",
        "new_reason",
        "new_status",
        "now",
        "on_branch",
        "on_failure",
        "on_reply",
        "reason",
        "record_route",
        "reply",
        "reply_headers",
        "retcode",
        "script",
        "shared",
        "socket",
        "spent",
        "status",
        "turns",
        "unrouted",
    )

    def __init__(self, shared: Surroundings, script: Script, context: Context, now: float) -> None:
        self.shared = shared
        self.script = script
        self.context = context
        self.now = now
        self.kind = REQUEST
        self.functions: Dispatched | None = None
        self.flags = 0
        #: The number of the branch that it is about, from 0; outside of branch routes that of the last one.
        self.branch = 0
        self._begun = 0
        self.branch_flags = 0
        self.hop: Hop | None = None
        self.reply: Reply | None = None
        self.reply_headers = b""
        self.record_route: bytes | None = None
        self.edits: tuple[Edit, ...] = ()
        self.on_failure = ""
        self.on_reply = ""
        self.on_branch = ""
        self.status = 0
        self.answered = False
        self.cancelled = False
        self.retcode = 1
        self.depth = 0
        #: Turns of loops so far.
        self.turns = 0
        self.dropped = False
        self._uri: bytes | None = None
        self.further: tuple[Target, ...] = ()
        #: What append_branch() has made for the next relay, and whether the request's own URI is among it.
        self.branches: tuple[Target, ...] = ()
        self.spent = False
        #: Whether relay() could find no way.
        self.unrouted = False
        self.iterators: dict[bytes, Iterated] = {}
        self.fr = 0.0
        self.fr_inv = 0.0
        #: The listener that $fs names, to send from; None: whichever fits.
        self.socket: Listener | None = None
        self.reason = b""
        #: What change_reply_status() asks for.
        self.new_status = 0
        self.new_reason = b""
        self._response: Response | None = None
        self._stopped: tuple[object, ...] = ()

    @property
    def request(self) -> Request:
        return self.context.request

    @property
    def dispatched(self) -> Dispatched:
        """The dispatcher's functions for this request."""
        functions = self.functions
        if functions is None:
            functions = self.functions = self.shared.dispatching.bind(self.context, self.now)
        else:
            functions.context = self.context
            functions.now = self.now
        return functions

    def enter(self, kind: str, now: float, status: int = 0, answered: bool = False) -> None:
        """Begin another route for the same request."""
        self.kind = kind
        self.now = now
        self.status = status
        self.answered = answered
        self.hop = None
        self.reply = None
        self.depth = 0
        self.turns = 0
        self.further = ()
        self.branches = ()
        self.spent = False
        self.dropped = False
        self.unrouted = False

    @property
    def data(self) -> bytes:
        """The message at hand: the request, or in a reply route the response."""
        return self._response.data if self._response is not None else self.request.data

    def hear(self, response: Response, source: Address, listener: Listener, now: float) -> None:
        """Begin the reply routes for a response that came from `source`. To be followed by `stop_hearing`."""
        self._stopped = (
            self.kind,
            self.now,
            self.status,
            self.answered,
            self.hop,
            self.reply,
            self.further,
            self.context,
            self.edits,
        )
        self.context = reply_context(self.context, response, source, listener)
        self.edits = ()
        self.enter(REPLY, now, response.status, True)
        self.reason = reason_of(response)
        self._response = response

    def heard(self) -> Response:
        """The response with what the reply routes changed of it. Raises ParseError."""
        assert self._response is not None
        if not self.edits and not self.new_status:
            return self._response
        return edited_response(self._response, self.context, self.edits, self.new_status, self.new_reason)

    def stop_hearing(self) -> None:
        """Back to the request, as it was left."""
        variables = self.context.variables
        (self.kind, self.now, self.status, self.answered, self.hop, self.reply, self.further, self.context, self.edits) = (
            self._stopped  # type: ignore[assignment]
        )
        self.context.variables = variables
        self._stopped = ()
        self._response = None
        self.reason = b""
        self.new_status = 0

    def matches(self, pattern: bytes, text: bytes) -> bool:
        """Whether the regular expression, whose case does not matter, is found in `text`. Raises ScriptFault if it is none."""
        try:
            return regex(pattern).search(text) is not None
        except FormatError as error:
            raise ScriptFault(error.reason) from None

    def is_ours(self, uri: bytes) -> bool:
        """Whether the URI names this server."""
        try:
            return self.shared.listeners.at(parse_uri(uri).place) is not None
        except ParseError:
            return False

    def edit(self, start: int, end: int, text: bytes) -> None:
        """Let `text` stand for what is between `start` and `end` of the request, from when it is relayed."""
        self.edits += ((start, end, text),)

    def relay(self) -> bool:
        """Decide to send it on: to $du, else where its Route and Request-URI lead, and to what append_branch() has added.

        False where that is nowhere.
        """
        branches, self.branches = self.branches, ()
        try:
            targets = branches if self.spent else (self.target(), *branches)
        except ParseError:
            targets = ()
        if not targets or not targets[0][0].host:
            self.unrouted = True
            return False
        self.hop, self._uri, _ = targets[0]
        self.further = targets[1:]
        return True

    def target(self, uri: bytes | None = None) -> Target:
        """The branch to $du with the Request-URI `uri`; None: the request's. Raises ParseError where that leads nowhere."""
        variables = written(self.context)
        destination = variables.dst_uri if variables is not None else None
        hop = self._hop(self.context.uri if uri is None else parse_uri(uri), destination)
        if self._is_steered:
            hop = self._own(hop)
            hop.fr, hop.fr_inv = self.fr, self.fr_inv
            if self.socket is not None:
                hop.near = self.socket
        return hop, self.context.uri_bytes if uri is None and self.context.restored else uri, destination

    def enter_branches(self, route: Callable[[], None]) -> bool:
        """Run the branch route, as `route`, for each branch. False where it has dropped them all.

        What it changes of the request is this branch's alone, and so are $ru and $du that it writes. Raises ParseError.
        """
        assert self.hop is not None
        kind, self.kind = self.kind, BRANCH
        kept: tuple[Target, ...] = ()
        for target in ((self.hop, self._uri, self._destination), *self.further):
            self.begin_branches(1)
            found = self._enter_branch(target, route)
            if found is not None:
                kept += (found,)
        self.kind = kind
        if not kept:
            self.hop = None
            return False
        self.hop, self._uri, _ = kept[0]
        self.further = kept[1:]
        return True

    def begin_branches(self, number: int) -> None:
        """So many more have begun, the failed ones before them counted too."""
        self._begun += number
        self.branch = self._begun - 1

    def _enter_branch(self, target: Target, route: Callable[[], None]) -> Target | None:
        hop, uri, destination = target
        context, edits = self.context, self.edits
        before = context.uri, context.uri_bytes, context.restored, self._destination
        self.dropped = False
        if uri is not None and uri != context.uri_bytes:
            context.rewrite(uri)
        if destination != self._destination:
            variables_of(context).dst_uri = destination
        came = context.uri_bytes
        route()
        if self.dropped:
            found = None
        else:
            if context.uri_bytes != came:
                uri = context.uri_bytes
            if self._destination != destination or (context.uri_bytes != came and destination is None):
                hop, uri, destination = self.target(uri)
            if len(self.edits) > len(edits):
                hop = self._own(hop)
                hop.edited = self._edited(self.edits)
            found = hop, uri, destination
        context.uri, context.uri_bytes, context.restored = before[:3]
        if self._destination != before[3]:
            variables_of(context).dst_uri = before[3]
        self.edits = edits
        return found

    @property
    def counts(self) -> bool:
        """Whether the dispatcher's functions have counted this call as a new one."""
        return (
            self.functions is not None and self.functions.counted and self.request.method == b"INVITE" and not self.context.to_tag
        )

    def relayed(self) -> Relay:
        """The decision to relay. Raises ParseError where the edits leave no request."""
        assert self.hop is not None
        edited = self.context if self.apply() else None
        accounts, hears, forgets = self.shared.accounts or self.counts, self._hears, self.shared.forgets
        if self._by_route() and not self.further:
            # Its Route stays; a hop that knows more than the place is ours.
            own = self.hop.destination is not None or self.hop.edited is not None or self._is_steered
            flow = self.hop if own else None
            return Relay(
                (), (), self.record_route, self, accounts, flow, edited=edited, hears=hears, at_end=True, forgets=forgets
            )
        hops: tuple[Hop, ...] = (self.hop,)
        uris: tuple[bytes | None, ...] = (self._uri,)
        for hop, uri, _ in self.further:
            hops += (hop,)
            uris += (uri,)
        return Relay(hops, uris, self.record_route, self, accounts, edited=edited, hears=hears, at_end=True, forgets=forgets)

    @property
    def uri(self) -> bytes | None:
        """The Request-URI to send, None where it is as it came."""
        return self._uri

    def apply(self) -> bool:
        """Make the edits: the context is that of the edited request from then on. Whether there were any. Raises ParseError."""
        if not self.edits:
            return False
        self.context = self._edited(self.edits)
        self.edits = ()
        return True

    def _edited(self, edits: tuple[Edit, ...]) -> Context:
        before = self.context
        request = parse(edited(before.request, edits))
        if not isinstance(request, Request):
            raise ParseError("the edited request is none")
        via = parse_via(request.data, request.via_start, request.via_end)
        after = Context(request, via, before.source, before.listener)
        after.take_own_routes(self.shared.listeners)
        after.variables = before.variables
        if before.restored and before.uri_bytes != after.uri_bytes:
            after.rewrite(before.uri_bytes)
        return after

    @property
    def _hears(self) -> bool:
        return bool(self.on_reply or self.on_failure) or self.script.has_route(REPLY, "")

    @property
    def _is_steered(self) -> bool:
        """Whether a script has said how long to wait, or where to send from."""
        return bool(self.fr or self.fr_inv) or self.socket is not None

    @property
    def _destination(self) -> bytes | None:
        variables = written(self.context)
        return variables.dst_uri if variables is not None else None

    def _by_route(self) -> bool:
        """Whether the Route that the caller recorded says where it goes."""
        return bool(self.context.routes) and self._destination is None

    def _hop(self, uri: Uri, destination: bytes | None) -> Hop:
        if destination is None:
            if self.context.routes:
                return self._made(next_hop(self.context))
            return self._made(hop_of(uri))
        current = self.functions.current if self.functions is not None else None
        if current is not None and current.uri.encode() == destination:
            return hop_to(current, self.shared.dispatching.choosing.sockets)
        return self._made(hop_of(parse_uri(destination)), to_destination=True)

    def _made(self, hop: Hop, to_destination: bool = False) -> Hop:
        """The hop of a URI, which is shared; as this request's own where its failure has to come to the failure route."""
        if not (to_destination or self.on_failure):
            return hop
        made = self._own(hop)
        made.destination = _WATCHED
        return made

    @staticmethod
    def _own(hop: Hop) -> Hop:
        """A hop like `hop`, that nobody shares."""
        made = hop.to(hop.host, hop.port, hop.transport)
        made.open = hop.open
        return made
