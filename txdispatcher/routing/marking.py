"""What calls tell of the destinations that they went to, where the setting `mark_failed` says so."""

from __future__ import annotations

from txdispatcher.balancing.destination import Destination
from txdispatcher.balancing.transitions import Transitions

#: What silence counts as.
_TIMEOUT = 408


class CallMarks:
    """Failures mark with `flags` (see `states.parse_mark`); any other answer ends a row of failures."""

    def __init__(self, transitions: Transitions, flags: int) -> None:
        self._transitions = transitions
        self._flags = flags

    def failed(self, destination: Destination, status: int, answered: bool, now: float) -> None:
        """A call went on from `destination` to the next: see `decision.Router.failure` for `status` and `answered`."""
        if answered:
            reason = f"a call failed with {status}"
        elif status == _TIMEOUT:
            reason = "a call was not answered at all"
        else:
            reason = "a call could not be sent there"
        self._transitions.mark(destination, self._flags, reason, now)

    def answered(self, destination: Destination, status: int, now: float) -> None:
        """`destination` gave a call an answer that is no failure of its own."""
        self._transitions.call_answered(destination, f"a call was answered with {status}", now)
