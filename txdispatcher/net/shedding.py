"""Overload: how much of the new calls is refused, so that those under way, and as many new ones as fit, get through.

The sign of overload is a socket that is never empty: its queue then adds a delay to every message, until peers send again what
is only late, and that is the collapse. While the queue stands for longer than `allowed` seconds, the share that is refused
grows by STEP_UP each INTERVAL, else it shrinks by STEP_DOWN: quick to let go of the load, slow to take it back.
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

    def observe(self, behind: float, now: float) -> float:
        """The share, now that the socket has not been empty for `behind` seconds."""
        if now >= self._next and self._allowed:
            self._next = now + INTERVAL
            if behind > self._allowed:
                self.share = min(MOST, self.share + STEP_UP)
            elif self.share:
                self.share = max(0.0, self.share - STEP_DOWN)
        return self.share
