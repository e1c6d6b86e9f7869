"""Who is told when a destination's state changes: in order, once each, nobody where nothing changed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from txdispatcher.balancing.destination import Destination

#: Called with the destination, its flags before and after (see `states`), and the reason.
Observer = Callable[[Destination, int, int, str], None]


class Observers:
    """An observer may change states itself: everybody is told of the first change before anybody of the next."""

    def __init__(self) -> None:
        self._observers: list[Observer] = []
        self._changes: deque[tuple[Destination, int, int, str]] = deque()
        self._telling = False

    def add(self, observer: Observer) -> None:
        """From now on `observer` is told, after those that were added before. It raises nothing."""
        self._observers.append(observer)

    def tell(self, destination: Destination, before: int, after: int, reason: str) -> None:
        """`destination` has gone from `before` to `after`, which differ."""
        self._changes.append((destination, before, after, reason))
        if self._telling:
            return
        self._telling = True
        try:
            while self._changes:
                change = self._changes.popleft()
                for observer in self._observers:
                    observer(*change)
        finally:
            self._telling = False
