"""What holds a destination back that is selectable: a number of new calls each second, and the slow start of one that is back."""

from __future__ import annotations


class TokenBucket:
    """`rate` new calls a second, and after a pause as many at once as a second has (at least one).

    `now` in seconds; a time before the last one counts as that.
    """

    __slots__ = ("_at", "_depth", "_tokens", "rate")

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._depth = max(1.0, rate)
        self._tokens = self._depth
        self._at = 0.0

    def take(self, now: float) -> bool:
        """Whether one more is allowed; if so, it is counted."""
        if now > self._at:
            self._tokens = min(self._depth, self._tokens + (now - self._at) * self.rate)
            self._at = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True

    def put_back(self) -> None:
        """The call that was taken last does not come."""
        self._tokens = min(self._depth, self._tokens + 1.0)


class SlowStart:
    """The share of a destination that came back at `since`: from nothing, rising evenly, to all of it after `seconds`."""

    __slots__ = ("_credit", "_seconds", "_since", "ends")

    def __init__(self, since: float, seconds: float) -> None:
        self._since = since
        self._seconds = seconds
        self.ends = since + seconds
        self._credit = 0.0

    def share(self, now: float) -> float:
        """0.0 to 1.0, which it is at `ends`."""
        return max(0.0, min(1.0, (now - self._since) / self._seconds))

    def turn(self, now: float) -> bool:
        """Whether it takes the call that is its turn: of so many turns as many as its share says, spread evenly."""
        self._credit += self.share(now)
        if self._credit < 1.0:
            return False
        self._credit -= 1.0
        return True
