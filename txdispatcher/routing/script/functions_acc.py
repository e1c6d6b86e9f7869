"""Functions of the module acc: what is accounted at once, whatever becomes of the request."""

from __future__ import annotations

from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.table import function

TRUE, FALSE = 1, -1


@function("acc")
def acc_log_request(run: Run, comment: bytes) -> int:
    """Account the request in the log. `comment` is a code and a reason, ``404 Not found``, or a reason alone."""
    run.shared.account(run, comment, "")
    return TRUE


@function("acc")
def acc_db_request(run: Run, comment: bytes, table: bytes) -> int:
    """The same as a record, in that table. False where no records are kept."""
    return TRUE if run.shared.account(run, comment, table.decode("utf-8", "replace") or "acc") else FALSE
