"""How long a destination takes to answer pings (guide, "ds_ping_latency_stats"). Milliseconds."""

from __future__ import annotations

import math

#: From this many samples on the average forgets old ones. Kamailio's: 24 days of a ping each second.
_MOST_SAMPLES = 2**21
#: The attribute `latency` weighs as much as this many samples. Kamailio's.
_GIVEN_SAMPLES = 10_000
#: Up to here the estimate is the average: there is nothing to smooth yet.
_FEW_SAMPLES = 10


class Latency:
    """What the answers to one destination's pings say.

    `last` and `maximum` of the samples, their `average` and the standard `deviation`; `estimate` follows recent ones (an
    exponentially weighted moving average); `count` of samples, `timeouts` of pings without an answer.
    """

    __slots__ = ("_squares", "average", "count", "estimate", "last", "maximum", "timeouts")

    def __init__(self, given: float = 0.0) -> None:
        """`given`: what the attribute `latency` of the destination says, 0 without one."""
        self.last = self.maximum = self.average = self.estimate = given
        self.count = _GIVEN_SAMPLES if given else 0
        self.timeouts = 0
        #: The sum of squared differences from the average.
        self._squares = 0.0

    @property
    def deviation(self) -> float:
        return math.sqrt(self._squares / self.count) if self.count else 0.0

    def sample(self, milliseconds: float, alpha: float) -> None:
        """An answer took so long. `alpha`, 0 to 1, is how much of the estimate so far stays in it."""
        if self.count < _MOST_SAMPLES:
            self.count += 1
        else:
            self._squares -= self._squares / self.count
        self.last = milliseconds
        self.maximum = max(self.maximum, milliseconds)
        # Welford's way: one pass, and no difference of large sums.
        difference = milliseconds - self.average
        self.average += difference / self.count
        self._squares += difference * (milliseconds - self.average)
        if self.count < _FEW_SAMPLES:
            self.estimate = self.average
        else:
            self.estimate = self.estimate * alpha + milliseconds * (1 - alpha)

    def timeout(self) -> None:
        """A ping got no answer."""
        self.timeouts += 1
