"""Requests of our own: pings, each a client transaction (RFC 3261 17.1.2) of a layer that no call shares.

The layer is theirs so that both proxies can have pings, the stateless one too, and that their timers are their own. Responses
come by way of the proxy, which asks here when nothing of its own waits for one.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from txdispatcher.proxy.actions import Actions, Counters
from txdispatcher.proxy.client import ClientTransaction, ClientUser
from txdispatcher.proxy.hop import Address, Hop
from txdispatcher.proxy.layer import TransactionLayer
from txdispatcher.proxy.listener import Listener
from txdispatcher.proxy.timers import Timer, Timers
from txdispatcher.sip.message import Response
from txdispatcher.sip.via import MAGIC_COOKIE, Via


class Ping:
    """What is asked of whom: `method` and the Request-URI `uri`, by `sending`, in the name of the URI `from_uri`."""

    __slots__ = ("from_uri", "method", "sending", "uri")

    def __init__(self, method: bytes, uri: bytes, from_uri: bytes, sending: Listener) -> None:
        self.method = method
        self.uri = uri
        self.from_uri = from_uri
        self.sending = sending


class Pings:
    """The pings under way. What is to be sent stands in `actions`, which are those of the proxy.

    `timers` are theirs: only T1, T2, T4 and `wt` count. Call `advance` often.
    """

    def __init__(self, actions: Actions, timers: Timers, now: float) -> None:
        self.counters = Counters()
        #: What makes of a request what is sent: it is told of the request, by which listener it goes, and where to.
        self.edit: Callable[[bytes, Listener, Address, float], bytes] | None = None
        self._layer = TransactionLayer(None, actions, self.counters, timers, now)

    @property
    def under_way(self) -> int:
        """Transactions, answered ones that still absorb retransmissions included."""
        return len(self._layer.clients)

    @property
    def due(self) -> float:
        """When `advance` may have something to do next."""
        return self._layer.wheel.due

    def send(self, user: ClientUser, ping: Ping, hop: Hop, address: Address, timeout: float, now: float) -> ClientTransaction:
        """Send `ping` to `address`, which `hop` led to.

        `user` hears of its response, or, `timeout` seconds from `now`, that there was none.
        """
        branch = MAGIC_COOKIE + secrets.token_hex(8).encode("ascii")
        client = ClientTransaction(self._layer, user, branch, ping.method, hop)
        made = request(ping, branch)
        if self.edit is not None:
            made = self.edit(made, ping.sending, address, now)
        client.send(made, ping.sending, address, now)
        client.give_up = now + timeout
        self._layer.wheel.set(client, min(client.resend or client.give_up, client.give_up))
        return client

    def wake(self, timer: Timer, at: float, *, loosely: bool = False) -> None:
        """Let `timer` fire at `at`; `loosely`: where it may be a few ticks late."""
        wheel = self._layer.wheel
        (wheel.set_loosely if loosely else wheel.set)(timer, at)

    def forget(self, timer: Timer) -> None:
        """Let `timer` not fire."""
        self._layer.wheel.cancel(timer)

    def take(self, response: Response, via: Via, now: float) -> bool:
        """Whether `response`, whose topmost Via is `via`, answers one of them. It is dealt with then."""
        client = self._layer.client(via.branch, response.cseq_method) if via.branch is not None else None
        if client is None:
            return False
        client.receive(response, now)
        return True

    def disconnected(self, lost: set[tuple[Listener, Address]], now: float) -> None:
        """Connections that are gone or could not be made: what was asked by them is not answered."""
        self._layer.disconnected(lost, now)

    def advance(self, now: float) -> None:
        """Let the timers fire that are due."""
        self._layer.wheel.advance(now)


def request(ping: Ping, branch: bytes) -> bytes:
    """The bytes of a ping: a request outside any dialog (RFC 3261 8.1.1), with a Call-ID and From tag of its own."""
    sending = ping.sending
    return (
        b"%b %b SIP/2.0\r\nVia: %b%b\r\nMax-Forwards: 70\r\nFrom: <%b>;tag=%b\r\nTo: <%b>\r\nCall-ID: %b@%b\r\n"
        b"CSeq: 1 %b\r\nContent-Length: 0\r\n\r\n"
        % (
            ping.method,
            ping.uri,
            sending.via,
            branch,
            ping.from_uri,
            secrets.token_hex(4).encode("ascii"),
            ping.uri,
            secrets.token_hex(8).encode("ascii"),
            sending.host.encode("ascii"),
            ping.method,
        )
    )
