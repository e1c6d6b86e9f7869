"""The dispatcher's functions: what `routing.dispatching` does, by its names."""

from __future__ import annotations

from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.table import ANY, REQUESTS, function


@function("dispatcher", REQUESTS)
def ds_select_dst(run: Run, set_id: int, algorithm: int, limit: int = 0) -> int:
    """Select from a set, and put the destination into $du."""
    return run.dispatched.ds_select_dst(set_id, algorithm, limit) or -1


@function("dispatcher", REQUESTS)
def ds_select_domain(run: Run, set_id: int, algorithm: int, limit: int = 0) -> int:
    """Select from a set, and put the destination's host and port into the Request-URI."""
    return run.dispatched.ds_select_domain(set_id, algorithm, limit) or -1


@function("dispatcher", REQUESTS)
def ds_select(run: Run, set_id: int, algorithm: int, limit: int = 0) -> int:
    """Select from a set, and change neither $du nor the Request-URI."""
    return run.dispatched.ds_select(set_id, algorithm, limit)


@function("dispatcher", REQUESTS)
def ds_select_routes(run: Run, rules: bytes, mode: bytes, limit: int = 0) -> int:
    """Select by ``set=algorithm;set=algorithm…``, all on one list."""
    return run.dispatched.ds_select_routes(rules.decode(), mode.decode(), limit)


@function("dispatcher", REQUESTS)
def ds_next_dst(run: Run) -> int:
    """The next destination of the list, in $du."""
    return run.dispatched.ds_next_dst()


@function("dispatcher", REQUESTS)
def ds_next_domain(run: Run) -> int:
    """The next destination of the list, in the Request-URI."""
    return run.dispatched.ds_next_domain()


@function("dispatcher", REQUESTS)
def ds_set_dst(run: Run) -> int:
    """The current destination into $du."""
    return run.dispatched.ds_set_dst()


@function("dispatcher", REQUESTS)
def ds_set_domain(run: Run) -> int:
    """The current destination's host and port into the Request-URI."""
    return run.dispatched.ds_set_domain()


@function("dispatcher", (*REQUESTS, "event"))
def ds_mark_dst(run: Run, state: bytes = b"") -> int:
    """Mark the current destination; without a state inactive."""
    return run.dispatched.ds_mark_dst(state.decode())


@function("dispatcher", ANY)
def ds_mark_addr(run: Run, state: bytes, set_id: int, uri: bytes) -> int:
    """Mark the destination with that URI; set -1: in every set."""
    return run.dispatched.ds_mark_addr(state.decode(), set_id, uri.decode())


@function("dispatcher", ANY, "ds_list_exist")
def ds_list_exists(run: Run, set_id: int) -> int:
    """Whether there is such a set."""
    return run.dispatched.ds_list_exists(set_id)


@function("dispatcher", ANY)
def ds_dsg_fetch(run: Run, set_id: int) -> int:
    """Count for $dsg(…) how many destinations of the set are in which state."""
    return run.dispatched.ds_dsg_fetch(set_id)


@function("dispatcher", ANY)
def ds_dsg_fetch_uri(run: Run, set_id: int, uri: bytes) -> int:
    """The same for the destination with that URI."""
    return run.dispatched.ds_dsg_fetch_uri(set_id, uri.decode())


@function("dispatcher", ANY)
def ds_is_from_list(run: Run, set_id: int = -1, mode: int = -1, uri: bytes = b"") -> int:
    """Whether the request comes from a destination, or `uri` is one."""
    return run.dispatched.ds_is_from_list(set_id, None if mode < 0 else mode, uri.decode())


@function("dispatcher", ANY)
def ds_is_active(run: Run, set_id: int, uri: bytes = b"") -> int:
    """Whether a destination of the set, or the one with that URI, may be selected."""
    return run.dispatched.ds_is_active(set_id, uri.decode())


@function("dispatcher", (*REQUESTS, "reply", "branch"))
def ds_load_update(run: Run) -> int:
    """A message of a counted call passes."""
    return run.dispatched.ds_load_update()


@function("dispatcher", (*REQUESTS, "reply", "branch"))
def ds_load_unset(run: Run) -> int:
    """The call is counted no more."""
    return run.dispatched.ds_load_unset()


@function("dispatcher", ANY)
def ds_reload(run: Run) -> int:
    """Start a reload of the source."""
    return run.dispatched.ds_reload()
