"""The method named tm.*: about the transactions. Of the fields of Kamailio's tm.stats it has the one that this server counts."""

from __future__ import annotations

from collections.abc import Callable

from txdispatcher.control.table import Method


def tm_methods(transactions: Callable[[], int]) -> list[Method]:
    """The entry for the table. `transactions` gives the server transactions held now, finished ones that linger included."""

    def stats() -> dict[str, object]:
        return {"current": transactions()}

    return [Method("tm.stats", (), "Show how many transactions are held", stats)]
