"""control.tm: what the server says about its transactions."""

from __future__ import annotations

from tests.control.fixtures import make_methods
from txdispatcher.proxy.actions import Counters


def test_the_transactions_held_are_counted() -> None:
    counters = Counters()
    counters.transactions = 9
    for _ in range(3):
        counters.answered(200)
    stats = make_methods(counters=counters, transactions=7).call("tm.stats")
    assert isinstance(stats, dict)
    assert {name: stats[name] for name in ("current", "waiting", "total", "freed")} == {
        "current": 7,
        "waiting": 1,
        "total": 9,
        "freed": 2,
    }
