"""What the proxy wants done, and what it has seen.

The proxy performs nothing: it appends to `Actions`, and its caller (`net`) does it and empties the lists.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias

from txdispatcher.proxy.hop import Address, Hop
from txdispatcher.proxy.listener import Listener

#: Send `bytes` from `Listener` to `Address`. A plain tuple: there is one for every message.
Send: TypeAlias = tuple[Listener, Address, bytes]


#: Where a name leads: (transport, IP address, port).
Target: TypeAlias = tuple[str, str, int]


class Waiting(Protocol):
    """What cannot be sent yet: its hop has a name and no address."""

    hop: Hop


class Resolve:
    """Look up where `waiting.hop` is (RFC 3263), then call the proxy's `resolved` with this and the targets, in their order.

    None found, or an error: call it with an empty list. Where chance decides, `key` decides instead: it is the same for all
    requests of a call.
    """

    __slots__ = ("key", "waiting")

    def __init__(self, waiting: Waiting, key: int = 0) -> None:
        self.waiting = waiting
        self.key = key


class Actions:
    """The actions of one or more messages, in order. `waits` are of `waiting.Pending`: each is told to `resumed` in the end."""

    __slots__ = ("resolves", "sends", "waits")

    def __init__(self) -> None:
        self.sends: list[Send] = []
        self.resolves: list[Resolve] = []
        self.waits: list[Any] = []


class Counters:
    """What happened since the start. Every one only grows."""

    __slots__ = (
        "answered_2xx",
        "answered_3xx",
        "answered_4xx",
        "answered_5xx",
        "answered_6xx",
        "cancelled",
        "dropped_responses",
        "failovers",
        "outsiders",
        "overloaded",
        "received_keepalives",
        "received_malformed",
        "received_requests",
        "received_responses",
        "relayed",
        "replied",
        "responses_sent",
        "retransmissions_absorbed",
        "retransmissions_sent",
        "stray_acks",
        "stray_responses",
        "timeouts",
        "transactions",
        "unanswered",
    )

    def __init__(self) -> None:
        #: Messages that came in, by kind; a malformed one counts as that alone.
        self.received_requests = 0
        self.received_responses = 0
        self.received_malformed = 0
        self.received_keepalives = 0
        #: Responses whose topmost Via is not ours or that nobody waits for (RFC 6026 7.3), and ACKs that belong to nothing.
        self.stray_responses = 0
        self.stray_acks = 0
        #: Responses that a script has dropped as they came.
        self.dropped_responses = 0
        self.retransmissions_absorbed = 0
        self.retransmissions_sent = 0
        #: Requests that were relayed (a branch each), and answered by ourselves.
        self.relayed = 0
        self.replied = 0
        #: Server transactions that began; their responses that were sent once, provisional ones too; and how each one ended, by
        #: the class of its final response, a 408 that is not sent (RFC 4320) among them.
        self.transactions = 0
        self.responses_sent = 0
        self.answered_2xx = 0
        self.answered_3xx = 0
        self.answered_4xx = 0
        self.answered_5xx = 0
        self.answered_6xx = 0
        #: Initial requests from outside `callers`.
        self.outsiders = 0
        #: Requests that met a full transaction table.
        self.overloaded = 0
        self.cancelled = 0
        #: Branches given up, silent ones and ones that could not be sent, and next destinations tried.
        self.timeouts = 0
        self.failovers = 0
        #: Requests that a script neither relayed nor answered.
        self.unanswered = 0

    def answered(self, status: int) -> None:
        """A server transaction ended with that final response."""
        if status < 300:
            self.answered_2xx += 1
        elif status < 400:
            self.answered_3xx += 1
        elif status < 500:
            self.answered_4xx += 1
        elif status < 600:
            self.answered_5xx += 1
        else:
            self.answered_6xx += 1

    def as_dict(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in self.__slots__}
