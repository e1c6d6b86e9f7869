"""The events dst-down and dst-up (guide, 7): a destination is inactive or disabled, or is neither any more.

And one of our own, dst-drained: one that gets no new calls has seen its last one end.

Whoever caused it: a ping, traffic, a reload, a command. (Kamailio is silent about commands.) Each event goes to the log first,
then to the subscribers in the order in which they came: in order, once each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

from twisted.logger import Logger

from txdispatcher.balancing.destination import Destination
from txdispatcher.balancing.probing import PingReason
from txdispatcher.balancing.states import DISABLED, INACTIVE, letters

DOWN = "dst-down"
UP = "dst-up"
DRAINED = "dst-drained"

_OUT = INACTIVE | DISABLED


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to the destination `uri` of the set `set_id`: `name` is DOWN, UP or DRAINED.

    `time` is seconds since the epoch; `before` and `after` are states in letters ("AX"); `reason` is for people. What a ping led
    to has the `code` and the `phrase` of the answer: 408 and None where there was none. `code` 0: it was no ping.
    """

    name: str
    time: float
    set_id: int
    uri: str
    before: str
    after: str
    reason: str
    code: int = 0
    phrase: str | None = None

    def as_dict(self) -> dict[str, object]:
        """Its fields by name, of JSON's types."""
        return asdict(self)


Subscriber = Callable[[Event], object]


class Events:
    """An observer (see `balancing.observers`) that makes events of changes. `clock` gives seconds since the epoch."""

    log = Logger()

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._subscribers: list[Subscriber] = []

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call `subscriber` with each event from now on. What it raises is logged. Returns what ends that."""
        self._subscribers.append(subscriber)

        def unsubscribe() -> None:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)

        return unsubscribe

    def __call__(self, destination: Destination, before: int, after: int, reason: str) -> None:
        was, is_now = not before & _OUT, not after & _OUT
        if was == is_now:
            return
        record = destination.record
        name = UP if is_now else DOWN
        code, phrase = (reason.code, reason.phrase) if isinstance(reason, PingReason) else (0, None)
        states = letters(before), letters(after)
        self.publish(Event(name, self._clock(), record.set_id, record.uri, *states, str(reason), code, phrase))

    def drained(self, destination: Destination) -> None:
        """It was to be drained, and has no call left that is counted."""
        record, state = destination.record, letters(destination.flags)
        self.publish(Event(DRAINED, self._clock(), record.set_id, record.uri, state, state, "no counted call is left"))

    def publish(self, event: Event) -> None:
        """Log it and tell the subscribers."""
        log = self.log.warn if event.name == DOWN else self.log.info
        log("{name}: set {set_id}: {uri} is {after}, was {before}: {reason}", **event.as_dict())
        for subscriber in tuple(self._subscribers):
            try:
                subscriber(event)
            except Exception:
                self.log.failure("a subscriber failed over {event!r}", event=event)
