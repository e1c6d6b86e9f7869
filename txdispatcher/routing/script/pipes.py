"""How many requests pass in an interval (Kamailio's modules ratelimit and pipelimit): pipes, each with a limit of its own.

TAILDROP    what comes when the interval's share is used up is refused
RED         of what comes, as many are refused as came too many in the interval before, evenly
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

TAILDROP, RED = "TAILDROP", "RED"
ALGORITHMS = (TAILDROP, RED)

#: Pipes that scripts make up by names of what comes; beyond this the one that was asked for longest ago goes. About 20 MB.
MOST_PIPES = 100_000


@dataclass(slots=True)
class Pipe:
    """`at` is the interval that `counter` is of."""

    algorithm: str
    limit: int
    at: int = 0
    counter: int = 0
    last: int = 0
    load: int = 0

    def passes(self, at: int, share: int) -> bool:
        """Count a request in the interval `at`, and say whether it passes, where so many are to."""
        if at != self.at:
            self.last = self.counter if at == self.at + 1 else 0
            self.load = self.last // share if share else 0
            self.counter = 0
            self.at = at
        self.counter += 1
        if self.algorithm == RED:
            return not self.load or not self.counter % self.load
        return self.counter <= share


class Pipes:
    """The pipes of one module, by name; `interval` in seconds. A limit is for a second (`by_second`), else for an interval."""

    def __init__(self, *, by_second: bool = False) -> None:
        self.interval = 10.0
        self._by_second = by_second
        #: Of ratelimit: the pipe that each method goes by, ``*`` for the others, in their order.
        self.queues: list[tuple[bytes, str]] = []
        self._pipes: OrderedDict[str, Pipe] = OrderedDict()

    def __len__(self) -> int:
        return len(self._pipes)

    def set(self, name: str, algorithm: str, limit: int) -> Pipe:
        """The pipe of that name, with these from now on."""
        pipe = self._pipes.get(name)
        if pipe is None:
            if len(self._pipes) >= MOST_PIPES:
                self._pipes.popitem(last=False)
            pipe = self._pipes[name] = Pipe(algorithm, limit)
        pipe.algorithm, pipe.limit = algorithm, limit
        return pipe

    def passes(self, name: str, now: float) -> bool | None:
        """Whether one more request passes; None where there is no such pipe."""
        pipe = self._pipes.get(name)
        if pipe is None:
            return None
        self._pipes.move_to_end(name)
        share = int(pipe.limit * self.interval) if self._by_second else pipe.limit
        return pipe.passes(int(now / self.interval), share)

    def has(self, name: str) -> bool:
        return name in self._pipes

    def queue(self, method: bytes) -> str | None:
        """The pipe of the method's queue, None where it has none."""
        return next((pipe for wanted, pipe in self.queues if wanted in (method, b"*")), None)
