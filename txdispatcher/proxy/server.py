"""Server transactions (RFC 3261 17.2, RFC 6026) and the response context of 16.7, which is one object with them.

    INVITE      PROCEEDING --300..699--> COMPLETED --ACK--> CONFIRMED --Timer I--> TERMINATED
                    |                        |--Timer H: no ACK came--> TERMINATED
                    |---------2xx--------> ACCEPTED --Timer L--> TERMINATED
    others      PROCEEDING --200..699--> COMPLETED --Timer J--> TERMINATED
                    |--nobody answered--> COMPLETED, without a response, until the caller gives up --> TERMINATED

Timer G sends a final response to an INVITE again at T1, doubled to T2 at most, until its ACK comes. Over a reliable transport it
does not run, and Timers I and J are zero.
"""

from __future__ import annotations

from typing import Protocol

from txdispatcher.proxy.client import TIMEOUT, ClientTransaction, ClientUser
from txdispatcher.proxy.decision import Relay, Wait
from txdispatcher.proxy.forward import forwarded_response
from txdispatcher.proxy.hop import UNREACHABLE, Address
from txdispatcher.proxy.layer import TransactionLayer
from txdispatcher.proxy.listener import Listener
from txdispatcher.sip.headers import PROXY_AUTHENTICATE, WWW_AUTHENTICATE
from txdispatcher.sip.message import Response

import txdispatcher.proxy.collector as collector  # isort: skip  # C functions in the compiled build: see collector.pxd

PROCEEDING = 1
COMPLETED = 2
CONFIRMED = 3
ACCEPTED = 4
TERMINATED = 5

#: What a branch is taken to have answered that the caller cancelled and that never said so itself (15.1.2).
TERMINATED_REQUEST = 487

#: 16.7 step 6: within the chosen class these are preferred, since they tell the caller what to change.
_TELLING = (401, 407, 415, 420, 484)


class Core(Protocol):
    """The proxy core above: what a server transaction asks of it."""

    def local_response(self, server: ServerTransaction, status: int) -> bytes:
        """A response of our own to its request."""

    def finished(self, relay: Relay, status: int, now: float) -> None:
        """Its request, relayed as `relay`, has its final response."""

    def next_branch(self, server: ServerTransaction, failed: ClientTransaction, status: int, now: float) -> bool:
        """Try the next destination after `failed`, if the router names one."""


class ServerTransaction(ClientUser):
    """A request that was relayed, its branches, and the best of their responses.

    The request came from `source`, responses go to `reply_to` (18.2.2, RFC 3581). `request` is the request as it came, kept until
    it is answered; `last` the response to send again to a retransmission, empty where there is none. `best` is the best final
    response so far as it would leave; it is empty, whatever `best_status` says, where we would have to write it ourselves. `stop`
    is when Timer H fires, 0 for what is no INVITE. `slow` is when what is no INVITE gets a 100 (RFC 4320 4.1). With `hears`
    the router sees each response before anything becomes of it. `waiting` is the decision that the router has put off, None as
    a rule.
    """

    __slots__ = (
        "_challenges",
        "best",
        "best_status",
        "branches",
        "cancelled",
        "hears",
        "interval",
        "invite",
        "key",
        "last",
        "layer",
        "listener",
        "relay",
        "reply_to",
        "request",
        "slow",
        "source",
        "state",
        "stop",
        "waiting",
    )

    def __init__(self, layer: TransactionLayer, key: bytes, invite: bool, listener: Listener, source: Address) -> None:
        self._before = self._after = None
        self._tick = 0
        collector.untrack(self)
        self.layer = layer
        self.key = key
        self.invite = invite
        self.listener = listener
        self.source = source
        self.reply_to = source
        self.state = PROCEEDING
        self.cancelled = False
        self.request = b""
        self.relay: Relay | None = None
        self.waiting: Wait | None = None
        self.hears = False
        # Tuples, as there is one for each transaction: smaller than lists, and out of the collector's sight.
        self.branches: tuple[ClientTransaction, ...] = ()
        self.last = b""
        self.best = b""
        self.best_status = 0
        self.interval = 0.0
        self.stop = 0.0
        self.slow = 0.0
        self._challenges: tuple[bytes, ...] = ()

    def add(self, client: ClientTransaction) -> None:
        """A branch of it."""
        self.branches += (client,)
        collector.untrack(self.branches)

    # From the caller's side.

    def retransmitted(self) -> None:
        """The request came again (17.2.1, 17.2.2): what was answered last is sent again, or nothing was yet."""
        self.layer.counters.retransmissions_absorbed += 1
        if self.last:
            self.layer.actions.sends.append((self.listener, self.reply_to, self.last))

    def acknowledge(self, now: float) -> bool:
        """The ACK of a non-2xx final response (17.2.1). False: it is for a 2xx, a request of its own (RFC 6026 7.1)."""
        if self.state == ACCEPTED:
            return False
        if self.state == COMPLETED:
            self.state = CONFIRMED
            self.last = b""
            self.layer.wheel.set_loosely(self, now if self.listener.reliable else now + self.layer.settle)
        return True

    def cancel(self, now: float) -> None:
        """The caller's CANCEL (16.10): every pending branch is cancelled, and none is tried any more."""
        if self.state == PROCEEDING and not self.cancelled:
            self.cancelled = True
            if self.relay is not None:
                self.relay.cancelled = True
            self.layer.counters.cancelled += 1
            if self.waiting is not None:
                self._close_wait()
                self._keep(None, TERMINATED_REQUEST)
            self._cancel_pending(now)
            self.conclude(now)

    # From the branches.

    def on_response(self, client: ClientTransaction, response: Response, now: float) -> None:
        """RFC 3261 16.7 steps 4 to 10."""
        status = response.status
        if status < 200:
            # RFC 4320 4.1: what is no INVITE never gets a 1xx but 100, which is a hop's own.
            if self.state == PROCEEDING and self.invite:
                self.respond(forwarded_response(response, self.listener.reliable), status, now)
        elif status < 300:
            # Every 2xx to an INVITE goes through at once, whatever was answered before (step 5).
            if self.invite or self.state == PROCEEDING:
                self.respond(forwarded_response(response, self.listener.reliable), status, now)
                self._cancel_pending(now)
        elif self.state == PROCEEDING:
            self._failed(client, response, status, now)

    def on_resent(self, client: ClientTransaction, now: float) -> None:
        """RFC 4320 4.1: a 100 when the caller's Timer E has come to T2, so that it asks less often; not before."""
        if self.state == PROCEEDING and not self.last and now >= self.slow:
            self.answer_locally(100, now)

    def on_timeout(self, client: ClientTransaction, now: float) -> None:
        """A branch stayed silent (16.8), or could not be sent (16.9): that counts as a 408 or a 503."""
        if self.state == PROCEEDING:
            self._failed(client, None, client.status, now)

    def respond(self, data: bytes, status: int, now: float) -> None:
        """Send a response to the caller, with what it means for the transaction's state."""
        layer = self.layer
        layer.counters.responses_sent += 1
        layer.actions.sends.append((self.listener, self.reply_to, data))
        if status < 200:
            self.last = data
        elif self.state == PROCEEDING:
            if not self.invite:
                self._finish(COMPLETED, data, status, data, now)
                layer.wheel.set_loosely(self, now if self.listener.reliable else now + layer.linger)
            elif status < 300:
                self._finish(ACCEPTED, b"", status, data, now)
                layer.wheel.set_loosely(self, now + layer.linger)
            else:
                self.interval = layer.t1
                self.stop = now + 64 * layer.t1
                self._finish(COMPLETED, data, status, data, now)
                layer.wheel.set(self, self.stop if self.listener.reliable else now + layer.t1)

    def fire(self, now: float) -> None:
        """Timer G, or the transaction's end: H, I, J, L."""
        if self.state == COMPLETED and now < self.stop:
            layer = self.layer
            layer.counters.retransmissions_sent += 1
            layer.actions.sends.append((self.listener, self.reply_to, self.last))
            self.interval = min(2 * self.interval, layer.t2)
            layer.wheel.set(self, min(now + self.interval, self.stop))
        else:
            # A branch may outlive it, and still pass a 2xx to it: nothing more is kept for that than where to.
            self.state = TERMINATED
            self.last = b""
            self.branches = ()
            self.layer.servers.pop(self.key, None)

    def abandon(self, now: float) -> None:
        """Nothing is to become of it. An INVITE has had its 100, so its caller is told."""
        if self.invite:
            self.answer_locally(500, now)
        else:
            self.state = TERMINATED
            self.request = b""
            self.layer.servers.pop(self.key, None)

    def answer_locally(self, status: int, now: float) -> None:
        """Answer with a response of our own."""
        self.layer.counters.replied += 1
        core: Core = self.layer.core
        self.respond(core.local_response(self, status), status, now)

    def is_pending(self) -> bool:
        """Whether a branch has no final response yet."""
        for client in self.branches:  # noqa: SIM110, a generator costs more here
            if client.pending:
                return True
        return False

    def conclude(self, now: float) -> None:
        """Answer with the best response, if no branch is pending any more (16.7 steps 5 and 6)."""
        if self.state != PROCEEDING or self.waiting is not None or self.is_pending():
            return
        if self.best_status == TIMEOUT and not self.invite:
            # RFC 4320 4.2: never a 408 to a request that is no INVITE. Until its sender's own Timer F, it may come again.
            self._finish(COMPLETED, b"", TIMEOUT, b"", now)
            self.layer.wheel.set_loosely(self, now + 64 * self.layer.t1)
        elif not self.best:
            self.answer_locally(500 if self.best_status == UNREACHABLE else self.best_status, now)
        elif self.best_status == UNREACHABLE and self.layer.hides_503:
            # Step 6: a 503 would make the caller avoid us, not the gateway that sent it.
            self.respond(b"SIP/2.0 500 Server Internal Error" + self.best[self.best.index(b"\r\n") :], 500, now)
        elif self.best_status in (401, 407):
            self.respond(_with_challenges(self.best, self._challenges), self.best_status, now)
        else:
            self.respond(self.best, self.best_status, now)

    def _finish(self, state: int, last: bytes, status: int, response: bytes, now: float) -> None:
        relay = self.relay
        if relay is not None and relay.watched:
            relay.final = response
            core: Core = self.layer.core
            core.finished(relay, status, now)
        if self.waiting is not None:
            self._close_wait()
        self.layer.counters.answered(status)
        self.state = state
        self.last = last
        self.request = self.best = b""
        if not self.hears:
            # Who hears gets the retransmissions of a 2xx too: what it does to the first is to be done to each.
            self.relay = None
        self._challenges = ()

    def _close_wait(self) -> None:
        """Nobody needs what the router has put off."""
        wait, self.waiting = self.waiting, None
        assert wait is not None
        wait.close()

    def _failed(self, client: ClientTransaction, response: Response | None, status: int, now: float) -> None:
        """A branch ended without success: the next destination, or, when none is left, the best of all."""
        relay = self.relay
        if relay is not None and relay.watched:
            relay.final = response.data if response is not None else b""
        self._keep(response, TERMINATED_REQUEST if self.cancelled and response is None else status)
        if status >= 600:
            self._cancel_pending(now)
        # Step 5: after a 6xx nobody else is to be rung, and what becomes of those that were changes nothing.
        blocked = self.best_status >= 600 and (relay is None or not relay.at_end)
        if blocked or not self._next_branch(client, status, now):
            self.conclude(now)

    def _next_branch(self, failed: ClientTransaction, status: int, now: float) -> bool:
        core: Core = self.layer.core
        try:
            return core.next_branch(self, failed, status, now)
        except Exception:
            # A fault of ours, or of a router: then nobody else is tried.
            self.conclude(now)
            raise

    def _keep(self, response: Response | None, status: int) -> None:
        """Remember the response if it is better than the best so far (16.7 step 6)."""
        if response is not None and status in (401, 407):
            self._challenges += (_challenges(response),)
        # Who is asked at the end is told of what it would look like without us: silence is a 408 like any other.
        alike = self.relay is not None and self.relay.at_end
        if _rank(status, alike or response is not None) < _rank(self.best_status, alike or bool(self.best)):
            self.best_status = status
            self.best = forwarded_response(response, self.listener.reliable) if response is not None else b""

    def forget(self) -> None:
        """What came so far is not answered with."""
        self.best_status = 0
        self.best = b""
        self._challenges = ()

    def _cancel_pending(self, now: float) -> None:
        for client in self.branches:
            if client.pending:
                client.cancel(now)
                if not client.pending:
                    self._keep(None, TERMINATED_REQUEST)


def _rank(status: int, received: bool) -> tuple[int, int, int]:
    """How good a final response is, the lowest first: 6xx, then the lowest class, then one that tells what to change, then the
    lowest status.

    A 408 or 503 that we made up ranks behind whatever was received; the 487 of a branch that the caller cancelled does not.
    """
    if status == 0:
        return (9, 0, 0)
    if not received and status != TERMINATED_REQUEST:
        return (8, 0, 0)
    if status >= 600:
        return (0, 0, status)
    return (status // 100, 0 if status in _TELLING else 1, status)


def _challenges(response: Response) -> bytes:
    data = response.data
    return b"".join(
        data[line : data.index(b"\r\n", end) + 2]
        for wanted in (WWW_AUTHENTICATE, PROXY_AUTHENTICATE)
        for line, _, end in response.lines(wanted)
    )


def _with_challenges(best: bytes, challenges: tuple[bytes, ...]) -> bytes:
    """16.7 step 7: a 401 or 407 carries the challenges of the other branches too."""
    end = best.index(b"\r\n\r\n") + 2
    return best[:end] + b"".join(lines for lines in challenges if lines not in best) + best[end:]
