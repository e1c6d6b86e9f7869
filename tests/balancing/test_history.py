"""balancing.history: what is kept of a destination's changes."""

from __future__ import annotations

from txdispatcher.balancing.destination import Record
from txdispatcher.balancing.history import Change, History
from txdispatcher.balancing.sets import Sets
from txdispatcher.balancing.states import DISABLED, INACTIVE

URI = "sip:127.0.0.1:1"


def test_the_last_changes_are_kept_with_time_and_reason_over_a_reload() -> None:
    sets = Sets()
    sets.load([Record(1, URI)])
    times = iter((10.0, 20.0, 30.0))
    sets.observers.add(History(2, lambda: next(times)))
    sets.set_state(1, URI, INACTIVE, reason="one")
    sets.set_state(1, URI, 0, reason="two")
    sets.load([Record(1, URI)])
    sets.set_state(1, URI, DISABLED, reason="three")
    changes = sets.destination(1, URI).changes
    assert changes is not None
    assert list(changes) == [Change(20.0, INACTIVE, 0, "two"), Change(30.0, 0, DISABLED, "three")]
