"""The method named tm.*: about the transactions, with the fields of Kamailio's tm.stats."""

from __future__ import annotations

from collections.abc import Callable

from txdispatcher.control.table import Method
from txdispatcher.proxy.actions import Counters


def tm_methods(counters: Counters, transactions: Callable[[], int]) -> list[Method]:
    """The entry for the table. `transactions` gives the server transactions held now, finished ones that linger included."""

    def stats() -> dict[str, object]:
        current = transactions()
        return {
            "current": current,
            "waiting": waiting(counters, current),
            "total": counters.transactions,
            # Pings are no transactions of this kind, and there are no others of our own.
            "total_local": 0,
            "rpl_received": counters.received_responses,
            "rpl_generated": counters.replied,
            "rpl_sent": counters.responses_sent,
            "6xx": counters.answered_6xx,
            "5xx": counters.answered_5xx,
            "4xx": counters.answered_4xx,
            "3xx": counters.answered_3xx,
            "2xx": counters.answered_2xx,
            "created": counters.transactions,
            "freed": counters.transactions - current,
            # What ends is freed at once.
            "delayed_free": 0,
        }

    return [Method("tm.stats", (), "Show how many transactions there are and were, and what became of them", stats)]


def waiting(counters: Counters, current: int) -> int:
    """How many of the `current` transactions are finished, and only absorb retransmissions."""
    finished = (
        counters.answered_2xx + counters.answered_3xx + counters.answered_4xx + counters.answered_5xx + counters.answered_6xx
    )
    return current - (counters.transactions - finished)
