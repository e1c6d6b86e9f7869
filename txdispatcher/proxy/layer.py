"""The transaction layer (RFC 3261 17): the transactions that are under way, their wheel and the values of their timers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from txdispatcher.proxy.actions import Actions, Counters
from txdispatcher.proxy.timers import Timers, Wheel

if TYPE_CHECKING:
    from txdispatcher.proxy.client import ClientTransaction
    from txdispatcher.proxy.server import ServerTransaction


class Core(Protocol):
    """The proxy core (section 16) above the layer: what a server transaction asks of it."""

    def local_response(self, server: ServerTransaction, status: int) -> bytes:
        """A response of our own to its request."""

    def next_branch(self, server: ServerTransaction, failed: ClientTransaction, status: int, now: float) -> bool:
        """Try the next destination after `failed`, if the router names one."""


class TransactionLayer:
    """The tables, and what every transaction needs of them. The timers' values are in seconds (see `Timers`)."""

    __slots__ = (
        "actions",
        "cancels",
        "clients",
        "core",
        "counters",
        "fr",
        "fr_inv",
        "linger",
        "servers",
        "settle",
        "t1",
        "t2",
        "wheel",
    )

    def __init__(self, core: Core, actions: Actions, counters: Counters, timers: Timers, now: float) -> None:
        self.core = core
        self.actions = actions
        self.counters = counters
        self.wheel = Wheel(now)
        #: By the key of 17.2.3.
        self.servers: dict[bytes, ServerTransaction] = {}
        #: By branch (17.1.3). A CANCEL has the branch of its INVITE (9.1), so it has a table of its own.
        self.clients: dict[bytes, ClientTransaction] = {}
        self.cancels: dict[bytes, ClientTransaction] = {}
        self.t1 = timers.t1
        self.t2 = timers.t2
        self.fr = timers.fr
        self.fr_inv = timers.fr_inv
        self.linger = timers.linger
        self.settle = timers.settle

    def remember_client(self, client: ClientTransaction) -> None:
        """Its request is on its way, responses may come."""
        table = self.cancels if client.method == b"CANCEL" else self.clients
        table[client.branch] = client

    def forget_client(self, client: ClientTransaction) -> None:
        """Its transaction is over."""
        table = self.cancels if client.method == b"CANCEL" else self.clients
        table.pop(client.branch, None)

    def client(self, branch: bytes, method: bytes) -> ClientTransaction | None:
        """The transaction that a response with that branch and that CSeq method belongs to (17.1.3)."""
        table = self.cancels if method == b"CANCEL" else self.clients
        found = table.get(branch)
        return found if found is not None and found.method == method else None
