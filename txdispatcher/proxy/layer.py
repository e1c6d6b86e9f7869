"""The transaction layer (RFC 3261 17): the transactions that are under way, their wheel and the values of their timers."""

from __future__ import annotations

from typing import Any, Protocol

from txdispatcher.proxy.actions import Actions, Counters
from txdispatcher.proxy.hop import Address
from txdispatcher.proxy.timers import TICK, Timers, Wheel


class Remembered(Protocol):
    """A client transaction, as far as the tables know it."""

    branch: bytes
    method: bytes


class TransactionLayer:
    """The tables, and what every transaction needs of them. The timers' values are in seconds (see `Timers`).

    `core` is the proxy core above (section 16; see `server.Core`). What stands in the tables is not looked into here.
    """

    __slots__ = (
        "actions",
        "cancels",
        "clients",
        "core",
        "counters",
        "fr",
        "fr_inv",
        "hides_503",
        "linger",
        "servers",
        "settle",
        "slow",
        "t1",
        "t2",
        "wheel",
    )

    def __init__(self, core: Any, actions: Actions, counters: Counters, timers: Timers, now: float) -> None:
        self.core = core
        self.actions = actions
        self.counters = counters
        self.wheel = Wheel(now)
        #: By the key of 17.2.3.
        self.servers: dict[bytes, Any] = {}
        #: By branch (17.1.3). A CANCEL has the branch of its INVITE (9.1), so it has a table of its own.
        self.clients: dict[bytes, Any] = {}
        self.cancels: dict[bytes, Any] = {}
        #: Whether the 503 of a branch is a 500 to the caller (16.7 step 6).
        self.hides_503 = True
        self.t1 = timers.t1
        self.t2 = timers.t2
        self.fr = timers.fr
        self.fr_inv = timers.fr_inv
        self.linger = timers.linger
        self.settle = timers.settle
        #: How long it takes until Timer E is T2: T1, doubled each time. Turns of the wheel add to that, they never take from it.
        self.slow = timers.t1
        while self.slow < timers.t2:
            self.slow = 2 * self.slow
        self.slow -= timers.t1 + TICK

    def remember_client(self, client: Remembered) -> None:
        """Its request is on its way, responses may come."""
        table = self.cancels if client.method == b"CANCEL" else self.clients
        table[client.branch] = client

    def forget_client(self, client: Remembered) -> None:
        """Its transaction is over."""
        table = self.cancels if client.method == b"CANCEL" else self.clients
        table.pop(client.branch, None)

    def disconnected(self, lost: set[tuple[Any, Address]], now: float) -> None:
        """Each of the connections in `lost`, a listener and its peer's address, is gone or could not be made (18.4)."""
        for table in (self.clients, self.cancels):
            for client in [each for each in table.values() if (each.listener, each.address) in lost]:
                client.disconnected(now)

    def client(self, branch: bytes, method: bytes) -> Any:
        """The client transaction that a response with that branch and that CSeq method belongs to (17.1.3), or None."""
        table = self.cancels if method == b"CANCEL" else self.clients
        found = table.get(branch)
        return found if found is not None and found.method == method else None
