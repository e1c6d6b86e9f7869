"""Time in the proxy: the values of RFC 3261's timers, and one wheel that holds every running one.

Times are seconds on a monotonic clock that the caller reads; `Wheel.advance` is the only place where time passes.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Seconds a tick; a timer fires up to one tick late. T1 is 500 ms, so 10 ms is 2 % of the shortest timer.
TICK = 0.01
#: Ticks in one turn of the wheel (a power of two): 41 s, so that with the usual settings no timer is passed over more than once.
SLOTS = 4096


@dataclass(frozen=True, slots=True)
class Timers:
    """Seconds. `fr` is Timers B and F, `fr_inv` Timer C; `wt` is how long a finished transaction is kept (D, I, J, K, L, M)."""

    t1: float = 0.5
    t2: float = 4.0
    t4: float = 5.0
    fr: float = 2.0
    fr_inv: float = 40.0
    #: 0 stands for the RFC's own: 64*T1, and T4 for Timers I and K.
    wt: float = 5.0

    @property
    def linger(self) -> float:
        """Timers D, J, L and M (17.1.1.2, 17.2.2; RFC 6026 8.5, 8.6)."""
        return self.wt or 64 * self.t1

    @property
    def settle(self) -> float:
        """Timers I and K (17.2.1, 17.1.2.2)."""
        return self.wt or self.t4


#: Ticks by which what need not be exact may be late (a power of two): the ends of transactions then come many at a time.
LOOSE = 8
#: Ticks that `Wheel.due` looks ahead.
AHEAD = 10

# The same for the wheel, which is compiled: C numbers.
_TICK = TICK
_MASK = SLOTS - 1
_LOOSE = LOOSE - 1
_AHEAD = AHEAD


class Timer:
    """What can stand in the wheel, once at a time: a node of its slot's ring. Subclasses say in `fire` what happens."""

    __slots__ = ("_after", "_before", "_tick")

    def __init__(self) -> None:
        self._before: Timer | None = None
        self._after: Timer | None = None
        self._tick = 0

    def fire(self, now: float) -> None:
        raise NotImplementedError


class Wheel:
    """Every running timer, in a ring for each tick: O(1) to set, to cancel and to fire; a tick allocates nothing."""

    __slots__ = ("_due", "_rings", "_soonest", "_start", "_tick", "running")

    def __init__(self, now: float) -> None:
        self._start = now
        self._tick = 0
        self._rings = [_ring() for _ in range(SLOTS)]
        self._due = _ring()
        #: The earliest tick that may have something to fire, as far as is known.
        self._soonest = AHEAD
        #: How many timers are set.
        self.running = 0

    def set(self, timer: Timer, at: float) -> None:
        """Let `timer` fire at `at`, or at the next tick if that is past. One that is set already is moved."""
        self._put(timer, int((at - self._start) / _TICK) + 1)

    def set_loosely(self, timer: Timer, at: float) -> None:
        """The same for what may fire up to LOOSE ticks late."""
        self._put(timer, (int((at - self._start) / _TICK) + 1 + _LOOSE) & ~_LOOSE)

    @property
    def due(self) -> float:
        """When `advance` is to be called again, at the latest: then something may be due, or AHEAD ticks are over."""
        return self._start + self._soonest * _TICK

    def _put(self, timer: Timer, tick: int) -> None:
        if timer._before is not None:
            self.cancel(timer)
        if tick <= self._tick:
            tick = self._tick + 1
        if tick < self._soonest:
            self._soonest = tick
        timer._tick = tick
        _link(self._rings[tick & _MASK], timer)
        self.running += 1

    def cancel(self, timer: Timer) -> None:
        """Take `timer` out; nothing happens where it is not set."""
        before, after = timer._before, timer._after
        if before is None or after is None:
            return
        before._after = after
        after._before = before
        timer._before = timer._after = None
        self.running -= 1

    def advance(self, now: float) -> None:
        """Fire whatever is due. A timer may set and cancel any, itself included, while it fires."""
        last = int((now - self._start) / _TICK)
        due = self._due
        while self._tick < last:
            self._tick += 1
            tick = self._tick
            ring = self._rings[tick & _MASK]
            node = ring._after
            while node is not ring:
                assert node is not None
                following = node._after
                if node._tick <= tick:
                    self.cancel(node)
                    _link(due, node)
                    self.running += 1
                node = following
            # What fires may cancel what is due in the same tick: it is taken from the ring one by one.
            while due._after is not due:
                first = due._after
                assert first is not None
                self.cancel(first)
                first.fire(now)
        tick = self._tick + 1
        end = self._tick + _AHEAD
        while tick < end:
            ring = self._rings[tick & _MASK]
            if ring._after is not ring:
                break
            tick += 1
        self._soonest = tick


def _ring() -> Timer:
    head = Timer()
    head._before = head._after = head
    return head


def _link(ring: Timer, timer: Timer) -> None:
    last = ring._before
    assert last is not None
    timer._before = last
    timer._after = ring
    last._after = timer
    ring._before = timer
