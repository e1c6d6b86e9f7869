"""What is decided about a request, and the seam to whoever decides (`routing`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from txdispatcher.proxy.context import Context
from txdispatcher.proxy.hop import Address, Hop
from txdispatcher.proxy.listener import Listener
from txdispatcher.sip.message import Response


class Reply:
    """Answer it ourselves. `headers` are further lines, each with its CRLF."""

    __slots__ = ("headers", "reason", "status")

    def __init__(self, status: int, reason: bytes = b"", headers: bytes = b"") -> None:
        self.status = status
        self.reason = reason
        self.headers = headers


class Discard:
    """Do nothing, and count it under `counter` (a name in Counters)."""

    __slots__ = ("counter",)

    def __init__(self, counter: str) -> None:
        self.counter = counter


class Relay:
    """Send it on: a branch to each of `hops` at once (parallel forking), or where Route and Request-URI point if there is none.

    Relayed to `hops`, a request loses the Route headers that it brought along; `uris` are then the Request-URIs of the branches,
    None for the one that it came with. `record_route` are the parameters of the Record-Route URI to add (";lr…"), None for
    no Record-Route. `policy` is the router's own, handed back to it on a failure. `watched`: it wants to hear how it ends;
    `hears`: of each response too. `at_end`: it is asked about a failure only when no branch is pending any more, with the best of
    what came, and after a 6xx, too, behind which 16.7 step 5 would try nobody; with `forgets`, nothing of that counts any more
    when it names another hop. `cancelled`: its caller has given up; a failure is told to the router all the same, but no other
    hop is tried.
    `edited` is the request to send where that is another than the one that came: it must answer to the same Via, From, To,
    Call-ID and CSeq. A router may put one there on a failure, too, and into `further` (hop, Request-URI) of each branch besides
    the one that it returns.

    Where the caller can only be reached by its connection (RFC 5626 5.3): `flow` is the hop that a request goes to instead of
    where Route and Request-URI point; `back` are the parameters of a second Record-Route URI, for the side that the request came
    by, None for none; `path` those of a Path (RFC 3327).
    """

    __slots__ = (
        "at_end",
        "back",
        "cancelled",
        "edited",
        "final",
        "flow",
        "forgets",
        "further",
        "hears",
        "hops",
        "path",
        "policy",
        "record_route",
        "uris",
        "watched",
    )

    def __init__(
        self,
        hops: tuple[Hop, ...] = (),
        uris: tuple[bytes | None, ...] = (),
        record_route: bytes | None = None,
        policy: object = None,
        watched: bool = False,
        flow: Hop | None = None,
        back: bytes | None = None,
        path: bytes | None = None,
        edited: Context | None = None,
        hears: bool = False,
        at_end: bool = False,
        forgets: bool = False,
    ) -> None:
        self.hops = hops
        self.uris = uris
        self.record_route = record_route
        self.policy = policy
        self.watched = watched
        self.flow = flow
        self.back = back
        self.path = path
        self.edited = edited
        self.hears = hears
        self.at_end = at_end
        self.forgets = forgets
        self.further: tuple[tuple[Hop, bytes | None], ...] = ()
        self.cancelled = False
        #: Of a `watched` one. As a branch fails: its response, empty where it had none. When it is finished: what the caller
        #: gets, empty where nothing is sent.
        self.final = b""


class Wait:
    """Decide later. `awaited` is what for, which our caller (`net`) knows how to wait for, until `until` at the latest.

    `resume` is called once, with what came of it, or the error that came, and the time; it gives what would have been decided
    instead of this, or another Wait. `close` is called instead where nobody wants the decision any more.
    """

    __slots__ = ("awaited", "close", "resume", "until")

    def __init__(
        self,
        awaited: object,
        until: float,
        resume: Callable[[object, BaseException | None, float], Outcome],
        close: Callable[[], None],
    ) -> None:
        self.awaited = awaited
        self.until = until
        self.resume = resume
        self.close = close


Decision: TypeAlias = Reply | Discard | Relay | Wait
#: What is done about a hop that failed: see `Router.failure`.
Following: TypeAlias = tuple[Hop, bytes | None] | Reply | Wait | None
#: What comes of a Wait: what stood to be decided.
Outcome: TypeAlias = Decision | Following


class Router(Protocol):
    """Who decides. Called from the packet path: no waiting, no exceptions. `now` is in seconds, on the proxy's clock."""

    def request(self, context: Context, now: float) -> Decision:
        """What to do with a new request. An ACK comes here too, if no transaction claims it; a Reply to one is not sent."""

    def failure(self, relay: Relay, hop: Hop, status: int, answered: bool, now: float) -> Following:
        """The next hop, and its Request-URI (None: as it came), when `hop` failed with `status`; a Reply to answer at once; a
        Wait to say so later; None to give up, which is all there is to say of a `cancelled` one.

        A hop that stayed silent failed with 408 and `answered` False: not even a 100 came.
        """

    def finished(self, relay: Relay, status: int, now: float) -> None:
        """A request that was relayed and `watched` has its final response, which the caller gets now: `status`.

        Once for each; with transactions only. A non-INVITE that nobody answers ends with 408, which is not sent (RFC 4320).
        """

    def heard(self, relay: Relay, response: Response, source: Address, listener: Listener, now: float) -> Response | None:
        """A response to a request that was relayed and `hears`, before anything becomes of it: the one to go on with, or None to
        take it as if it had never come.

        A 2xx comes again with each of its retransmissions. One that replaces another answers to the same Via, CSeq and Call-ID,
        and has the same class; a provisional one that is to go no further becomes a 100.
        """

    def stranger(self, source: Address) -> Decision | None:
        """What becomes of whatever `source` sends outside a dialog, if it may send nothing; None if it may.

        Asked before anything is answered: a stranger shall not learn from a 4xx that somebody is there.
        """

    def checks_hops(self) -> bool:
        """Whether it looks at Max-Forwards itself, so that a request whose Max-Forwards is 0 comes to it."""

    def source_matters(self) -> bool:
        """Whether a request's source is among what decides about it: then a request that comes back from elsewhere is no loop."""
