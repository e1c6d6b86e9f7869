# cython: boundscheck=True, wraparound=True
"""A Router (see `proxy.decision`) that asks a script. What a script does wrong costs the one request a 500."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

from txdispatcher.errors import DispatcherError, ParseError, ScriptFault
from txdispatcher.proxy.context import Context
from txdispatcher.proxy.decision import Decision, Discard, Following, Relay, Reply, Wait
from txdispatcher.proxy.hop import Address, Hop
from txdispatcher.proxy.listener import Listener, Listeners
from txdispatcher.routing.access import Access
from txdispatcher.routing.dispatching import Dispatching
from txdispatcher.routing.regexes import regex
from txdispatcher.routing.script.accounting import LEVEL, Accounting, Event, request_event
from txdispatcher.routing.script.dialog_watch import DialogWatch
from txdispatcher.routing.script.http import DISPATCH, URL, HttpReply, HttpRequest, http_context
from txdispatcher.routing.script.http import REPLY as REPLIED
from txdispatcher.routing.script.identities import CHANGED, as_it_came
from txdispatcher.routing.script.modules import Modules
from txdispatcher.routing.script.run import Run, Script
from txdispatcher.routing.script.suspended import Suspended
from txdispatcher.routing.script.table import BRANCH, EVENT, FAILURE, PLAIN, REPLY, REQUEST
from txdispatcher.routing.variables import Value, note, noted, variables_of, written
from txdispatcher.sip.message import Request, Response, parse
from txdispatcher.sip.via import parse_via

#: Seconds between two log entries about faults of the script, unless a router has another `fault_interval`.
FAULT_INTERVAL = 5.0

_FAULT = Reply(500, b"Script Fault")
_Decided = TypeVar("_Decided", bound=Decision | Following)

#: Where a branch route has dropped every branch.
_NO_BRANCH = Reply(500, b"I'm terribly sorry, server error occurred (1/TM)")
#: What neither relays nor answers.
_ENDED = Discard("unanswered")


#: The event of a request of our own that is about to be sent: a ping.
LOCAL_REQUEST = "tm:local-request"
#: That of an HTTP request that came by a connection of SIP.
HTTP_REQUEST = "xhttp:request"

_EVENT = (
    b"OPTIONS %b SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKevent\r\nFrom: <%b>;tag=event\r\nTo: <%b>\r\n"
    b"Call-ID: event\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)


class ScriptRoute:
    """The Router. `log` prints (level, text), the level being one of Kamailio's; above `debug` nothing is printed.

    `accounting` says what is accounted, with the time that `wall_clock` tells: to `log_event`, by default Kamailio's line to
    `log`, and to `record`, which must not block. `modules` keep what functions need again later.
    `route_params` are those of Record-Route: ``;lr``, or ``;lr=on`` for `enable_full_lr`; with
    `from_tags` the caller's From tag is added to them. With `forgets`, a caller gets none of the answers that came before a
    failure_route sent its request elsewhere (Kamailio's tm, failure_reply_mode 3). A request goes to `max_branches` places at
    the most, those that failed among them.
    `access` writes and reads the flows of callers that have a connection.
    A route that waits gets a TimeoutError after `patience` seconds; one that then waits again has failed.

    `script` may be replaced: a request stays with the one that it began with.
    """

    def __init__(
        self,
        script: Script,
        listeners: Listeners,
        dispatching: Dispatching,
        log: Callable[[int, str], None],
        *,
        debug: int = 0,
        route_params: bytes = b";lr",
        from_tags: bool = True,
        forgets: bool = True,
        max_branches: int = 12,
        access: Access | None = None,
        accounting: Accounting | None = None,
        modules: Modules | None = None,
        log_event: Callable[[Event], None] | None = None,
        record: Callable[[Event], None] | None = None,
        wall_clock: Callable[[], float] = time.time,
        patience: float = 5.0,
    ) -> None:
        self.script = script
        self.listeners = listeners
        self.dispatching = dispatching
        self.log = log
        self.debug = debug
        self.route_params = route_params
        self.from_tags = from_tags
        self.forgets = forgets
        self.max_branches = max_branches
        self.modules = modules or Modules()
        self._watch = DialogWatch(self.modules, self._enter) if self.modules.settings.dialog.wanted else None
        self.accounts = accounting is not None or self._watch is not None
        self._access = access
        self._accounting = accounting
        self._wall_clock = wall_clock
        self._patience = patience
        self._log_event = log_event or (lambda event: log(LEVEL, event.line))
        self._record = record
        #: Faults of the script since the start.
        self.faults = 0
        self.fault_interval = FAULT_INTERVAL
        self._next_entry = float("-inf")

    def request(self, context: Context, now: float) -> Decision:
        run = Run(self, self.script, context, now)
        try:
            suspended = run.script.run(REQUEST, "", run)
            if suspended is None:
                return self._decision(run)
        except Exception as error:
            self._fault(error, now)
            self._settle(run, _FAULT)
            return _FAULT
        return self._wait(run, suspended, now + self._patience, partial(self._decision, run), _FAULT)

    def failure(self, relay: Relay, hop: Hop, status: int, answered: bool, now: float) -> Following:
        run = relay.policy
        if not isinstance(run, Run):
            return None
        self._account(run, relay, status, now, False)
        if not run.on_failure:
            return None
        name, run.on_failure = run.on_failure, ""
        run.enter(FAILURE, now, status, answered)
        run.cancelled = relay.cancelled
        try:
            suspended = run.script.run(FAILURE, name, run)
            if suspended is None:
                return self._following(run, relay)
        except Exception as error:
            self._fault(error, now)
            return None
        return self._wait(run, suspended, now + self._patience, partial(self._following, run, relay), None)

    def finished(self, relay: Relay, status: int, now: float) -> None:
        run = relay.policy
        if isinstance(run, Run):
            self._account(run, relay, status, now, True)
            if status >= 300 and run.counts:
                self.dispatching.ended(run.request.call_id)
            if self._watch is not None:
                self._watch.answered(run, status, now)

    def _account(self, run: Run, relay: Relay, status: int, now: float, final: bool) -> None:
        accounting = self._accounting
        if accounting is None:
            return
        timestamp = self._wall_clock()
        try:
            events = accounting.events(accounting.log, run, status, relay.final, timestamp, final)
            for event in events:
                self._log_event(event)
            if self._record is not None:
                if accounting.records is not accounting.log:
                    events = accounting.events(accounting.records, run, status, relay.final, timestamp, final)
                for event in events:
                    self._record(event)
            if status >= 300:
                accounting.noted(run)
        except Exception as error:
            self._fault(error, now)

    def heard(self, relay: Relay, response: Response, source: Address, listener: Listener, now: float) -> Response | None:
        run = relay.policy
        if not isinstance(run, Run):
            return response
        if self.modules.settings.uac.used:
            response = self._as_it_came(run, response, now)
        if not (run.on_reply or run.script.has_route(REPLY, "")):
            return response
        try:
            run.hear(response, source, listener, now)
        except Exception as error:
            self._fault(error, now)
            return response
        try:
            if run.script.has_route(REPLY, ""):
                run.script.run(REPLY, "", run)
                if run.dropped:
                    return None
            if run.on_reply:
                run.script.run(REPLY, run.on_reply, run)
                if run.dropped and response.status < 200:
                    # The transaction knows that there is an answer; a final one goes on whatever the route says.
                    response.status = 100
                    return response
            return run.heard()
        except Exception as error:
            self._fault(error, now)
            return response
        finally:
            run.stop_hearing()

    def _as_it_came(self, run: Run, response: Response, now: float) -> Response:
        """The response with the From and To that its caller knows, where the script has changed them."""
        values = noted(run.context, CHANGED)
        if self.modules.settings.uac.restore_mode != "auto" or not isinstance(values, dict):
            return response
        try:
            return as_it_came(response, values)
        except Exception as error:
            self._fault(error, now)
            return response

    def fault(self, error: Exception, now: float) -> None:
        self._fault(error, now)

    def account(self, run: Run, comment: bytes, table: str) -> bool:
        accounting = self._accounting or Accounting()
        book = accounting.records if table else accounting.log
        event = request_event(run, comment, book.extra, self._wall_clock(), table)
        if not table:
            self._log_event(event)
            return True
        if self._record is None:
            return False
        self._record(event)
        return True

    def event(self, name: str, uri: str, now: float, told: Mapping[str, Value]) -> None:
        """Enter event_route[`name`], if there is one: $rm is OPTIONS, $ru is `uri`, $du is null, and $dsv(…) is of `told`."""
        if not self.script.has_route(EVENT, name):
            return
        try:
            run = Run(self, self.script, _event_context(uri.encode(), self.listeners.all[0]), now)
            run.kind = EVENT
            variables_of(run.context).event = told
            self.script.run(EVENT, name, run)
        except Exception as error:
            self._fault(error, now)

    def timed(self, name: str, now: float) -> None:
        """Enter the plain route[`name`], which a timer of rtimer is for."""
        try:
            run = Run(self, self.script, _event_context(self.listeners.all[0].uri, self.listeners.all[0]), now)
            run.kind = EVENT
            self.script.run(PLAIN, name, run)
        except Exception as error:
            self._fault(error, now)

    def local_request(self, data: bytes, listener: Listener, address: Address, now: float) -> bytes:
        """What event_route[tm:local-request] makes of a request of our own, which goes to `address` by `listener`."""
        if not self.script.has_route(EVENT, LOCAL_REQUEST):
            return data
        try:
            request = parse(data)
            assert isinstance(request, Request)
            via = parse_via(data, request.via_start, request.via_end)
            run = Run(self, self.script, Context(request, via, (listener.host, listener.port), listener), now)
            run.kind = BRANCH
            self.script.run(EVENT, LOCAL_REQUEST, run)
            if run.context.restored:
                run.edit(request.uri_start, request.uri_end, run.context.uri_bytes)
                run.context.restored = False
            run.apply()
            return run.request.data
        except Exception as error:
            self._fault(error, now)
            return data

    @property
    def answers_http(self) -> bool:
        """Whether the script has event_route[xhttp:request]."""
        return self.script.has_route(EVENT, HTTP_REQUEST)

    def http(self, request: HttpRequest, source: Address, listener: Listener, now: float) -> HttpReply | bool:
        """What event_route[xhttp:request] answers; True: what the JSON-RPC in it says, False: nothing."""
        wanted = self.modules.settings.xhttp
        target = request.target
        try:
            if wanted.url_skip and regex(wanted.url_skip.encode()).search(target):
                return HttpReply(404, b"Not Found")
            if wanted.url_match and not regex(wanted.url_match.encode()).search(target):
                return HttpReply(404, b"Not Found")
            run = Run(self, self.script, http_context(request, source, listener), now)
            note(run.context, URL, target)
            self.script.run(EVENT, HTTP_REQUEST, run)
        except Exception as error:
            self._fault(error, now)
            return HttpReply(500, b"Script Fault")
        reply = noted(run.context, REPLIED)
        return reply if isinstance(reply, HttpReply) else bool(noted(run.context, DISPATCH))

    def stranger(self, source: Address) -> Decision | None:
        """The script says who may call."""
        return None

    def checks_hops(self) -> bool:
        return True

    def source_matters(self) -> bool:
        return True

    def _decision(self, run: Run) -> Decision:
        """What the request route has decided."""
        decision: Decision
        if run.hop is not None:
            decision = self._by_flow(run, self._relayed(run)) if self._branch(run) else _NO_BRANCH
        else:
            decision = run.reply if run.reply is not None else _ENDED
        self._settle(run, decision)
        return decision

    def _relayed(self, run: Run) -> Relay:
        relay = run.relayed()
        if self.modules.settings.uac.used and noted(run.context, CHANGED) is not None:
            relay.hears = True
        return relay

    def _settle(self, run: Run, decision: Decision) -> None:
        """A counted call ends with its BYE, and where nobody is to take it."""
        if run.request.method == b"BYE" or (run.counts and not isinstance(decision, Relay)):
            self.dispatching.ended(run.request.call_id)
        if self._watch is not None:
            self._watch.decided(run, decision)

    def _enter(self, name: str, context: Context, now: float) -> None:
        """Enter event_route[`name`], if there is one, for the request of `context`."""
        if not self.script.has_route(EVENT, name):
            return
        try:
            run = Run(self, self.script, context, now)
            run.kind = EVENT
            self.script.run(EVENT, name, run)
        except Exception as error:
            self._fault(error, now)

    def _by_flow(self, run: Run, relay: Relay) -> Relay | Reply:
        """A caller's connection is the way back to it (RFC 5626 5.3): where the script records the route, and has set no $du."""
        access = self._access
        if access is None:
            return relay
        context = run.context
        if relay.record_route is not None and context.listener.reliable:
            relay.back = relay.record_route + access.flow(context.listener, context.source, context.request.call_id)
        variables = written(context)
        if variables is None or variables.dst_uri is None:
            flow = access.way_back(context)
            if isinstance(flow, Reply):
                return flow
            if flow is not None:
                flow.destination = run if run.on_failure else None
                relay.hops, relay.uris, relay.flow = (), (), flow
        return relay

    def _following(self, run: Run, relay: Relay) -> Following:
        """What a failure route has decided."""
        if run.hop is not None and run.branch + 1 + len(run.further) >= self.max_branches:
            # A route that names itself again and again would never end.
            raise ScriptFault(f"a request has been sent to {run.branch + 1} places (max_branches)")
        if run.hop is not None and self._branch(run):
            if run.apply():
                relay.edited = run.context
            relay.further = tuple((hop, uri) for hop, uri, _ in run.further)
            return run.hop, run.uri
        return run.reply

    def _wait(
        self, run: Run, suspended: Suspended, until: float, decided: Callable[[], _Decided], failed: _Decided
    ) -> Wait | _Decided:
        """Put it off until what the route waits for is there. `decided` gives what it decides in the end; a fault is `failed`."""

        def resume(value: object, error: BaseException | None, now: float) -> Wait | _Decided:
            run.now = now
            try:
                again = suspended.resume(value, error)
                if again is None:
                    return decided()
                if now >= until:
                    again.close()
                    raise ScriptFault(f"it waits again after {self._patience:g} seconds (route.script_timeout)")
            except Exception as fault:
                self._fault(fault, now)
                if isinstance(failed, Reply):
                    self._settle(run, failed)
                return failed
            return self._wait(run, again, until, decided, failed)

        def close() -> None:
            try:
                suspended.close()
            except Exception as fault:
                self._fault(fault, run.now)

        return Wait(suspended.awaited, until, resume, close)

    def _branch(self, run: Run) -> bool:
        """Enter the branch route for each branch. False where none is left."""
        name = run.on_branch

        def enter() -> None:
            run.script.run(BRANCH, name, run)

        if not name:
            run.begin_branches(1 + len(run.further))
            return True
        return run.enter_branches(enter)

    def _fault(self, error: Exception, now: float) -> None:
        self.faults += 1
        if now < self._next_entry:
            return
        self._next_entry = now + self.fault_interval
        if isinstance(error, ParseError) or not isinstance(error, DispatcherError):
            where = traceback.extract_tb(error.__traceback__)[-1]
            self.log(-2, f"script fault {self.faults}: {type(error).__name__}: {error} ({where.filename}:{where.lineno})")
        else:
            self.log(-2, f"script fault {self.faults}: {error}")


def _event_context(uri: bytes, listener: Listener) -> Context:
    """The request that an event route sees."""
    request = parse(_EVENT % (uri, listener.uri, uri))
    assert isinstance(request, Request)
    via = parse_via(request.data, request.via_start, request.via_end)
    return Context(request, via, (listener.host, listener.port), listener)
