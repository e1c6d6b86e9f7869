"""A routing script that asks a database which set of gateways a number belongs to: `[route] script = "lookup.py"`.

The question is asked in a thread, so that only its own request waits for the answer. The table is
``numbers(prefix TEXT PRIMARY KEY, setid INTEGER)`` in numbers.sqlite beside this file; NUMBERS in the environment names another.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from txdispatcher.script import Request, failure_route, in_thread, request_route

DATABASE = os.environ.get("NUMBERS", str(Path(__file__).parent / "numbers.sqlite"))
ROUND_ROBIN = 4


@request_route
async def route(request: Request) -> None:
    if request.has_totag():
        if request.loose_route():
            request.t_relay()
        return
    try:
        found = await in_thread(set_of, str(request["$rU"] or ""))
    except (sqlite3.Error, TimeoutError) as error:
        request.xerr(f"no answer from the table of numbers: {error}")
        request.sl_send_reply(503, "Try Again Later")
        return
    if found is None:
        request.sl_send_reply(404, "No Such Number")
        return
    request.record_route()
    request.t_on_failure(next_gateway)
    if not (request.ds_select_dst(found, ROUND_ROBIN) and request.t_relay()):
        request.sl_send_reply(503, "No Gateway")


@failure_route
def next_gateway(request: Request) -> None:
    if request.t_check_status("408|50[0-4]") and request.ds_next_dst():
        request.t_on_failure(next_gateway)
        request.t_relay()


def set_of(number: str) -> int | None:
    """The set of the longest prefix of the number; None without one. Runs in a thread: it is given no request."""
    with closing(sqlite3.connect(f"file:{DATABASE}?mode=ro", uri=True, timeout=2.0)) as database:
        rows = database.execute(
            "SELECT setid FROM numbers WHERE substr(?, 1, length(prefix)) = prefix ORDER BY length(prefix) DESC LIMIT 1", [number]
        )
        row: tuple[int] | None = rows.fetchone()
    return row[0] if row is not None else None
