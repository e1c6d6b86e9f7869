"""control.tm: what the server says about its transactions."""

from __future__ import annotations

from tests.control.fixtures import make_methods


def test_the_transactions_held_are_counted() -> None:
    assert make_methods().call("tm.stats") == {"current": 7}
