"""How many messages come a second, and whether a moment of waiting would make fuller batches of them."""

from __future__ import annotations

#: A wait pays only if it makes a batch of at least so many.
WORTH_WAITING = 4
#: How much the newest measurement of the rate counts.
_NEWEST = 0.2
#: Seconds that are measured over, at the least.
_MEASURED = 0.01


class Load:
    """What a wake-up costs is shared by more messages if it comes a moment later: `longest` is that moment, in seconds; 0: none.

    Whoever reads adds to `counted` what has come.
    """

    __slots__ = ("_longest", "_rate", "_since", "counted")

    def __init__(self, longest: float) -> None:
        self._longest = longest
        #: Messages a second, as measured lately.
        self._rate = 0.0
        self._since = 0.0
        self.counted = 0

    @property
    def is_high(self) -> bool:
        """Whether waiting pays."""
        return self._longest > 0 and self._rate * self._longest >= WORTH_WAITING

    def measure(self, now: float) -> None:
        """Bring the rate up to date, each hundredth of a second at the most. Behind a pause it begins anew."""
        past = now - self._since
        if past >= _MEASURED:
            self._rate += _NEWEST * (self.counted / past - self._rate) if past < 1 else -self._rate
            self._since = now
            self.counted = 0
