"""Overload control as RFC 7339 has it, by loss: which calls to keep away from a destination that reports overload."""

from __future__ import annotations

from txdispatcher.balancing.attributes import Attributes

#: RFC 7339 4.3: how long a report is in force that does not say, in seconds.
DEFAULT_VALIDITY = 0.5

_PER_CENT = 100


class Overload:
    """Of one destination. Without a report in force the attribute `ocrate` is the rate."""

    __slots__ = ("_attributes", "_credit", "_rate", "_sequence", "_until")

    def __init__(self, attributes: Attributes) -> None:
        self._attributes = attributes
        self._rate = 0
        self._until: float | None = None
        self._sequence: float | None = None
        self._credit = 0

    def report(self, rate: int, validity: float, sequence: float, now: float) -> bool:
        """What the parameters of a Via say (RFC 7339 4.1 to 4.4): `rate` per cent fewer, for `validity` seconds from `now`.

        False, and nothing is changed, for one whose `sequence` is not above that of the last one. The rate is kept within
        `ocmin` and `ocmax`; a validity of 0 ends the control.
        """
        if self._sequence is not None and sequence <= self._sequence:
            return False
        self._sequence = sequence
        self._rate = max(self._attributes.ocmin, min(self._attributes.ocmax, rate))
        self._until = now + validity
        return True

    @property
    def sequence(self) -> float:
        """That of the last report, 0.0 before the first one."""
        return self._sequence or 0.0

    @property
    def until(self) -> float | None:
        """When the last report ends to be in force, on the clock of `now`; None before the first one."""
        return self._until

    @property
    def place(self) -> int:
        """How far the next hundred per cent have come, 0 to 99: a call is kept away each time that they are full."""
        return self._credit

    def rate(self, now: float) -> int:
        """The per cent of calls that are kept away now."""
        if self._until is not None and now < self._until:
            return self._rate
        return self._attributes.ocrate

    def sheds(self, now: float) -> bool:
        """Whether to keep the next call away: of each hundred as many as the rate says, spread evenly."""
        self._credit += self.rate(now)
        if self._credit < _PER_CENT:
            return False
        self._credit -= _PER_CENT
        return True
