"""Overload: how much of the new calls is refused, so that those under way, and as many new ones as fit, get through.

The sign of overload is the delay that the queue in front of us adds to every message: at 500 ms (T1) peers send again what is
only late, and that is the collapse. A queue that is long for a moment, or never empty, is none yet: a pause of ours ends, and
what has waited is read. So while messages have waited for longer than `allowed` seconds, at one step as at the one before, the
share that is refused grows by STEP_UP each INTERVAL; else it shrinks by STEP_DOWN: quick to let go of the load, slow to take
it back.
"""

from __future__ import annotations

#: Seconds between two steps: long enough for one to show in the queue.
INTERVAL = 0.1
STEP_UP = 0.1
STEP_DOWN = 0.02
#: The share that is refused at the most. A few are let in: by them it is seen that the load is gone.
MOST = 0.95


class Shedding:
    """`share` of the new calls is to be refused, 0.0 to MOST. `allowed` 0: never any."""

    def __init__(self, allowed: float) -> None:
        self.share = 0.0
        self._allowed = allowed
        self._next = 0.0
        #: Whether messages had waited for too long at the last step.
        self._late = False

    def observe(self, behind: float, now: float) -> float:
        """The share, now that what comes has waited for `behind` seconds."""
        if now >= self._next and self._allowed:
            self._next = now + INTERVAL
            was_late, self._late = self._late, behind > self._allowed
            if self._late and was_late:
                self.share = min(MOST, self.share + STEP_UP)
            elif self.share and not self._late:
                self.share = max(0.0, self.share - STEP_DOWN)
        return self.share
