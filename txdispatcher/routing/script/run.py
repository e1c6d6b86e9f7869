"""One request under a script: what its routes have decided so far."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Protocol

from txdispatcher.errors import ParseError, ScriptFault
from txdispatcher.proxy.context import Context
from txdispatcher.proxy.decision import Relay, Reply
from txdispatcher.proxy.hop import Hop, hop_of
from txdispatcher.proxy.listener import Listeners
from txdispatcher.routing.choosing import hop_to
from txdispatcher.routing.dispatching import Dispatched, Dispatching
from txdispatcher.routing.script.suspended import Suspended
from txdispatcher.routing.script.table import REPLY, REQUEST
from txdispatcher.routing.variables import written
from txdispatcher.sip.edit import Edit
from txdispatcher.sip.message import Request, parse
from txdispatcher.sip.uri import parse_uri
from txdispatcher.sip.via import parse_via

import txdispatcher.sip.octets as octets  # isort: skip  # C functions in the compiled build: see octets.pxd


class Exit(Exception):
    """``exit`` or ``drop``: the script ends here."""


class Script(Protocol):
    """A script that was loaded."""

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
    #: Prints (level, text).
    log: Callable[[int, str], None]


class Run:
    """A request, and what its routes have decided. It stays with the `script` that it began with.

    `hop` is where it is to go, once a route has relayed it; `reply` the answer, once there is one. `status` and `answered` are
    those of the branch that failed, in a failure route. `flags` are the bits of setflag().
    """

    __slots__ = (
        "answered",
        "branch_flags",
        "cancelled",
        "context",
        "depth",
        "dropped",
        "edits",
        "flags",
        "functions",
        "hop",
        "kind",
        "now",
        "on_branch",
        "on_failure",
        "on_reply",
        "record_route",
        "reply",
        "reply_headers",
        "retcode",
        "script",
        "shared",
        "status",
    )

    def __init__(self, shared: Surroundings, script: Script, context: Context, now: float) -> None:
        self.shared = shared
        self.script = script
        self.context = context
        self.now = now
        self.kind = REQUEST
        self.functions: Dispatched | None = None
        self.flags = 0
        self.branch_flags = 0
        self.hop: Hop | None = None
        self.reply: Reply | None = None
        self.reply_headers = b""
        self.record_route: bytes | None = None
        self.edits: list[Edit] = []
        self.on_failure = ""
        self.on_reply = ""
        self.on_branch = ""
        self.status = 0
        self.answered = False
        self.cancelled = False
        self.retcode = 1
        self.depth = 0
        self.dropped = False

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

    def matches(self, pattern: bytes, text: bytes) -> bool:
        """Whether the regular expression, whose case does not matter, is found in `text`. Raises ScriptFault if it is none."""
        try:
            return _regex(pattern).search(text) is not None
        except re.error as error:
            raise ScriptFault(f"{pattern.decode('utf-8', 'replace')} is no regular expression: {error}") from None

    def is_ours(self, uri: bytes) -> bool:
        """Whether the URI names this server."""
        try:
            return self.shared.listeners.at(parse_uri(uri).place) is not None
        except ParseError:
            return False

    def edit(self, start: int, end: int, text: bytes) -> None:
        """Let `text` stand for what is between `start` and `end` of the request, from when it is relayed."""
        self.edits.append((start, end, text))

    def relay(self) -> bool:
        """Decide to send it on: to $du, else where its Route and Request-URI lead. False where they lead nowhere."""
        try:
            self.hop = self._next_hop()
        except ParseError:
            return False
        return bool(self.hop.host)

    def relayed(self) -> Relay:
        """The decision to relay. Raises ParseError where the edits leave no request."""
        assert self.hop is not None
        edited = self.context if self.apply() else None
        if self._by_route():
            return Relay((), (), self.record_route, self, self.shared.accounts, edited=edited, hears=self._hears)
        return Relay((self.hop,), (self.uri,), self.record_route, self, self.shared.accounts, edited=edited, hears=self._hears)

    @property
    def uri(self) -> bytes | None:
        """The Request-URI to send, None where it is as it came."""
        return self.context.uri_bytes if self.context.restored else None

    def apply(self) -> bool:
        """Make the edits: the context is that of the edited request from then on. Whether there were any. Raises ParseError."""
        if not self.edits:
            return False
        before = self.context
        request = parse(octets.splice(before.request.data, sorted(self.edits, key=_start)))
        self.edits = []
        if not isinstance(request, Request):
            raise ParseError("the edited request is none")
        via = parse_via(request.data, request.via_start, request.via_end)
        after = Context(request, via, before.source, before.listener)
        after.take_own_routes(self.shared.listeners)
        after.variables = before.variables
        if before.restored and before.uri_bytes != after.uri_bytes:
            after.rewrite(before.uri_bytes)
        self.context = after
        return True

    @property
    def _hears(self) -> bool:
        return bool(self.on_reply or self.on_failure) or self.script.has_route(REPLY, "")

    def _by_route(self) -> bool:
        """Whether the Route that the caller recorded says where it goes."""
        variables = written(self.context)
        return bool(self.context.routes) and (variables is None or variables.dst_uri is None)

    def _next_hop(self) -> Hop:
        variables = written(self.context)
        target = variables.dst_uri if variables is not None else None
        if target is None:
            context = self.context
            hop = hop_of(context.uri)
            return Hop(hop.host, hop.port, hop.transport, self if self.on_failure else None)
        current = self.functions.current if self.functions is not None else None
        if current is not None and current.uri.encode() == target:
            return hop_to(current, self.shared.dispatching.choosing.sockets)
        hop = hop_of(parse_uri(target))
        return Hop(hop.host, hop.port, hop.transport, self)


@lru_cache(1000)
def _regex(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern, re.IGNORECASE | re.MULTILINE)


def _start(edit: Edit) -> int:
    return edit[0]
