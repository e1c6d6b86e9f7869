"""Call load: which destination has which calls, by Call-ID (guide, algorithm 10).

The law: a call is counted once, at one destination, from `begin` until `end` or until it is too old. Who ends it twice, or
ends what never began, changes nothing.

The law of its cost: each step takes the same time however many calls there are. Calls that were not confirmed, and those that
were, each live equally long, so the order of their last change is that in which they grow too old.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from txdispatcher.balancing.destination import Destination

#: How many calls one `sweep` removes at most: what is left waits for the next.
MOST_AT_ONCE = 2_000


class _Call:
    __slots__ = ("changed", "destination")

    def __init__(self, destination: Destination, now: float) -> None:
        self.destination = destination
        self.changed = now


class CallLoad:
    """The calls under way.

    `initexpire` and `expire` are the seconds that a call lives which is not confirmed, or is (parameters `ds_hash_initexpire`,
    `ds_hash_expire`). `changed` is told each destination whose `load` has changed. Times in seconds, never going back.
    """

    def __init__(self, initexpire: float, expire: float, changed: Callable[[Destination], None]) -> None:
        self._initexpire = initexpire
        self._expire = expire
        self._changed = changed
        #: Whether a call was ever counted: who asks about every message may ask this first.
        self.used = False
        #: Those that are not confirmed and those that are, each the one that changed longest ago first.
        self._begun: OrderedDict[bytes, _Call] = OrderedDict()
        self._confirmed: OrderedDict[bytes, _Call] = OrderedDict()

    def __len__(self) -> int:
        return len(self._begun) + len(self._confirmed)

    def destination(self, call_id: bytes) -> Destination | None:
        """Where the call is counted."""
        call = self._begun.get(call_id) or self._confirmed.get(call_id)
        return call.destination if call is not None else None

    def begin(self, call_id: bytes, destination: Destination, now: float) -> None:
        """Count the call at `destination`; one that is counted already only moves there."""
        if not self.move(call_id, destination, now):
            self.used = True
            self._begun[call_id] = _Call(destination, now)
            self._count(destination, 1)

    def move(self, call_id: bytes, destination: Destination, now: float) -> bool:
        """The call is tried at `destination` next. False: it is not counted, because it has ended meanwhile, and still is not."""
        calls = self._begun
        call = calls.get(call_id)
        if call is None:
            calls = self._confirmed
            call = calls.get(call_id)
            if call is None:
                return False
        call.changed = now
        calls.move_to_end(call_id)
        left = call.destination
        if left is not destination:
            call.destination = destination
            self._count(destination, 1)
            self._count(left, -1)
        return True

    def confirm(self, call_id: bytes, now: float) -> bool:
        """There was a 2xx to an INVITE of the call, its first or one inside its dialog. False: it is not counted."""
        call = self._begun.pop(call_id, None) or self._confirmed.pop(call_id, None)
        if call is None:
            return False
        call.changed = now
        self._confirmed[call_id] = call
        return True

    def end(self, call_id: bytes) -> bool:
        """There was a BYE or a CANCEL, or no destination took the call. False: it is not counted."""
        call = self._begun.pop(call_id, None) or self._confirmed.pop(call_id, None)
        if call is None:
            return False
        self._count(call.destination, -1)
        return True

    def sweep(self, now: float, most: int = MOST_AT_ONCE) -> int:
        """End the calls that are too old, at most `most` of them, the oldest first. How many that were."""
        swept = 0
        for calls, seconds in ((self._begun, self._initexpire), (self._confirmed, self._expire)):
            while calls and swept < most:
                call_id, call = next(iter(calls.items()))
                if now - call.changed < seconds:
                    break
                self.end(call_id)
                swept += 1
        return swept

    def clear(self) -> None:
        """Forget all calls: counting starts from zero."""
        gone = [*self._begun.values(), *self._confirmed.values()]
        self._begun.clear()
        self._confirmed.clear()
        for call in gone:
            self._count(call.destination, -1)

    def _count(self, destination: Destination, by: int) -> None:
        destination.load += by
        self._changed(destination)
