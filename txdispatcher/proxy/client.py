"""Client transactions: RFC 3261 17.1 and RFC 6026.

    INVITE      CALLING --1xx--> PROCEEDING --300..699--> COMPLETED --Timer D--> TERMINATED
                   |                 |-------2xx--------> ACCEPTED  --Timer M--> TERMINATED
                   |--Timer B: 408   |--Timer C: CANCEL, and 408
    others      TRYING  --1xx--> PROCEEDING --200..699--> COMPLETED --Timer K--> TERMINATED
                   |--Timer F: 408   |--Timer F: 408
    RESOLVING goes before CALLING and TRYING where the next hop is a name.

Timer A (E) sends the request again at T1, doubled each time (E: to T2 at most), until something comes back. Over a reliable
transport neither runs, and Timers D and K are zero; there, a connection that is lost ends the transaction (17.1.4).

`fr` is usually far below the RFC's 64*T1, so an INVITE that was given up may only have been slow. Until 64*T1 are over (the whole
of 9.1's wait, once it was cancelled) it is still listened for: its 1xx is answered with a CANCEL, its 300..699 with an ACK, both
go no further; its 2xx passes, as a phone was picked up.
"""

from __future__ import annotations

from txdispatcher.errors import ParseError
from txdispatcher.proxy.hop import Address, Hop
from txdispatcher.proxy.layer import TransactionLayer
from txdispatcher.proxy.listener import Listener
from txdispatcher.proxy.timers import Timer
from txdispatcher.sip.build import ack, cancel
from txdispatcher.sip.message import Request, Response, parse

import txdispatcher.proxy.collector as collector  # isort: skip  # C functions in the compiled build: see collector.pxd

RESOLVING = 0
CALLING = 1
TRYING = 2
PROCEEDING = 3
COMPLETED = 4
ACCEPTED = 5
TERMINATED = 6

#: What a branch that stayed silent is taken to have answered (16.8), and one that could not be sent (16.9).
TIMEOUT = 408
UNREACHABLE = 503


class ClientUser(Timer):
    """Who sent the request (the TU of section 17): the response context, or a probe. It may have a timer of its own."""

    __slots__ = ()

    def on_response(self, client: ClientTransaction, response: Response, now: float) -> None:
        """A response that is to be acted on: any but 100 and retransmissions."""
        raise NotImplementedError

    def on_resent(self, client: ClientTransaction, now: float) -> None:
        """A request that is no INVITE was sent again: Timer E."""

    def on_timeout(self, client: ClientTransaction, now: float) -> None:
        """No final response: Timer B, C or F fired, or the next hop's name led nowhere."""
        raise NotImplementedError


class ClientTransaction(Timer):
    """One request that was sent, and what came back.

    `answered` says that any response came, 100 included. `status` is 0, or 408 or 503 once it was given up: what that counts as.
    `uri` is the Request-URI of this branch, None for the one that came. `sent` is kept while it may be sent again, cancelled or
    acknowledged.
    """

    __slots__ = (
        "address",
        "answered",
        "branch",
        "cancel_wanted",
        "cancelled",
        "give_up",
        "hop",
        "interval",
        "invite",
        "layer",
        "listener",
        "method",
        "resend",
        "sent",
        "state",
        "status",
        "uri",
        "user",
    )

    def __init__(self, layer: TransactionLayer, user: ClientUser | None, branch: bytes, method: bytes, hop: Hop) -> None:
        self._before = self._after = None
        self._tick = 0
        collector.untrack(self)
        self.layer = layer
        self.user = user
        self.branch = branch
        self.method = method
        self.invite = method == b"INVITE"
        self.hop = hop
        self.state = RESOLVING
        self.status = 0
        self.answered = False
        self.cancel_wanted = False
        self.cancelled = False
        self.sent = b""
        self.uri: bytes | None = None
        self.listener: Listener | None = None
        self.address: Address | None = None
        self.interval = 0.0
        self.resend = 0.0
        self.give_up = 0.0

    @property
    def pending(self) -> bool:
        """Whether its user may still hear of a final response, or that there is none."""
        return self.state == RESOLVING or (self.state < COMPLETED and not self.status)

    def send(self, data: bytes, listener: Listener, address: Address, now: float) -> None:
        """Send the request for the first time: Timers A and B, or E and F, start."""
        layer = self.layer
        self.sent = data
        self.listener = listener
        self.address = address
        self.state = CALLING if self.invite else TRYING
        self.interval = layer.t1
        self.resend = 0.0 if listener.reliable else now + layer.t1
        # Only where there may be another destination does giving up early help: a BYE has none, and Timer F is its own.
        hop = self.hop
        early = self.invite or hop.destination is not None or hop.others or hop.fr
        self.give_up = now + ((hop.fr or layer.fr) if early else 64 * layer.t1)
        self.layer.remember_client(self)
        self.layer.actions.sends.append((listener, address, data))
        self._schedule()

    def receive(self, response: Response, now: float) -> None:
        """A response to this request."""
        status = response.status
        self.answered = True
        if status < 200:
            self._provisional(response, now)
        elif self.state >= COMPLETED:
            self._final_again(response, now)
        else:
            self._final(response, now)

    def cancel(self, now: float) -> None:
        """Ask the next hop to stop (9.1): at once if it has answered provisionally, else as soon as it does.

        What was not sent yet never will be; what was and is no INVITE cannot be stopped.
        """
        if self.state == RESOLVING:
            self.terminate()
        elif not self.invite:
            return
        elif self.state == CALLING:
            self.cancel_wanted = True
        elif self.state == PROCEEDING and not self.cancelled:
            self._send_cancel(now)

    def fire(self, now: float) -> None:
        """Timers A/E, B/C/F, D/K/M, whichever is due."""
        if self.state >= COMPLETED:
            self.terminate()
        elif now >= self.give_up:
            self._give_up(now)
        else:
            layer = self.layer
            layer.counters.retransmissions_sent += 1
            assert self.listener is not None
            assert self.address is not None
            layer.actions.sends.append((self.listener, self.address, self.sent))
            self.interval *= 2
            if not self.invite and (self.interval > layer.t2 or self.state == PROCEEDING):
                self.interval = layer.t2
            self.resend = now + self.interval
            self._schedule()
            if not self.invite and self.user is not None:
                self.user.on_resent(self, now)

    def unreachable(self, now: float) -> None:
        """The next hop cannot be sent to: its name led nowhere, or no socket of ours fits. It fails at the next tick."""
        self.status = UNREACHABLE
        self.give_up = now
        self._schedule()

    def disconnected(self, now: float) -> None:
        """The connection that its request went by could not be made, or is lost (17.1.4, 18.4): nothing comes back.

        What had been answered provisionally may ring on where the peer is still there: it is cancelled by a new connection.
        """
        if self.state == RESOLVING or not self.pending:
            return
        if self.state == PROCEEDING and self.invite and not self.cancelled:
            self._send_cancel(now)
        else:
            self.terminate()
        self.status = UNREACHABLE
        self.layer.counters.timeouts += 1
        if self.user is not None:
            self.user.on_timeout(self, now)

    def terminate(self) -> None:
        """It is over: no timer, no entry in the table, nothing kept."""
        if self.state != TERMINATED:
            self.state = TERMINATED
            self.sent = b""
            self.layer.wheel.cancel(self)
            self.layer.forget_client(self)

    def _schedule(self) -> None:
        due = self.give_up
        if self.resend and self.resend < due:
            due = self.resend
        self.layer.wheel.set(self, due)

    def _linger(self, state: int, seconds: float, now: float) -> None:
        self.state = state
        self.layer.wheel.set_loosely(self, now + seconds)

    def _provisional(self, response: Response, now: float) -> None:
        if self.state >= COMPLETED:
            return
        first = self.state != PROCEEDING
        self.state = PROCEEDING
        layer = self.layer
        if self.invite:
            if self.cancel_wanted:
                self._send_cancel(now)
            elif not self.cancelled and (first or response.status > 100):
                # 16.7 step 2: 101 to 199 restart Timer C, which the 100 started. A cancelled branch has its own end.
                self.resend = 0.0
                self.give_up = now + (self.hop.fr_inv or layer.fr_inv)
                self._schedule()
        elif first and self.resend:
            self.resend = now + layer.t2
            self._schedule()
        if response.status > 100 and self.user is not None and not self.status:
            self.user.on_response(self, response, now)

    def _final(self, response: Response, now: float) -> None:
        layer = self.layer
        assert self.listener is not None
        reliable = self.listener.reliable
        if not self.invite:
            self._linger(COMPLETED, 0.0 if reliable else layer.settle, now)
            self.sent = b""
        elif response.status < 300:
            self._linger(ACCEPTED, layer.linger, now)
            self.sent = b""
        else:
            self._linger(COMPLETED, 0.0 if reliable else layer.linger, now)
            self._acknowledge(response)
        if self.user is not None and (not self.status or response.status < 300):
            self.user.on_response(self, response, now)

    def _final_again(self, response: Response, now: float) -> None:
        """A retransmission: acknowledged, or, being a 2xx, passed on (RFC 6026 7.2); the rest ends here."""
        if self.state == ACCEPTED and response.status < 300 and self.user is not None:
            self.user.on_response(self, response, now)
            return
        self.layer.counters.retransmissions_absorbed += 1
        if self.state == COMPLETED and self.invite and response.status >= 300:
            self._acknowledge(response)

    def _acknowledge(self, response: Response) -> None:
        """The ACK of this hop (17.1.1.3); `sent` becomes that ACK, which is all that may be needed again."""
        if self.sent[:4] != b"ACK ":
            self.sent = ack(_as_request(self.sent), response)
        assert self.listener is not None
        assert self.address is not None
        self.layer.actions.sends.append((self.listener, self.address, self.sent))

    def _send_cancel(self, now: float) -> None:
        assert self.listener is not None
        assert self.address is not None
        layer = self.layer
        self.cancelled = True
        self.cancel_wanted = False
        self.resend = 0.0
        # 9.1: a final response is waited for 64*T1, then the INVITE is taken as cancelled.
        self.give_up = now + 64 * layer.t1
        self._schedule()
        hop_cancel = CancelTransaction(layer, None, self.branch, b"CANCEL", self.hop)
        hop_cancel.start(cancel(_as_request(self.sent)), self.listener, self.address, now)

    def _give_up(self, now: float) -> None:
        """Timer B, C or F, the end of the wait behind one of them, or a hop that cannot be sent to."""
        reported = not self.pending
        layer = self.layer
        late = 64 * layer.t1 - (self.hop.fr or layer.fr)
        if self.state == CALLING and not reported and late > 0:
            self.cancel_wanted = True
            self.resend = 0.0
            self.give_up = now + late
            self._schedule()
        elif self.state == PROCEEDING and self.invite and not self.cancelled:
            # 16.8: a branch that has answered provisionally is cancelled when Timer C fires.
            self._send_cancel(now)
        else:
            self.terminate()
        if not reported:
            self.layer.counters.timeouts += 1
            self.status = self.status or TIMEOUT
            if self.user is not None:
                self.user.on_timeout(self, now)


class CancelTransaction(ClientTransaction):
    """A CANCEL of ours: it has its INVITE's branch, and nobody waits for what comes of it."""

    __slots__ = ()

    def start(self, data: bytes, listener: Listener, address: Address, now: float) -> None:
        self.send(data, listener, address, now)


def _as_request(data: bytes) -> Request:
    """A request of ours taken apart again: for ACK and CANCEL, which most calls never need, nothing else is kept."""
    message = parse(data)
    if not isinstance(message, Request):
        raise ParseError("what was sent is no request")
    return message
