"""Why a destination is in its state: the last changes of each, with time and reason."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from txdispatcher.balancing.destination import Destination


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `time` is seconds since the epoch; `before` and `after` are flags (see `states`)."""

    time: float
    before: int
    after: int
    reason: str


class History:
    """An observer (see `observers`) that keeps the last `size` changes of each destination with it; 0 keeps none."""

    def __init__(self, size: int, clock: Callable[[], float]) -> None:
        self._size = size
        self._clock = clock

    def __call__(self, destination: Destination, before: int, after: int, reason: str) -> None:
        if destination.changes is None:
            destination.changes = deque(maxlen=self._size)
        destination.changes.append(Change(self._clock(), before, after, str(reason)))
