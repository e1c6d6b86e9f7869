"""Stops a Python script that runs on without end, and with it everything else."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType

from txdispatcher.routing.python.script import Runaway, Stretch

#: Seconds until it looks again where it found one of our own functions at work: that one is not to be broken off.
_SOON = 0.002

#: Our own code. A script may live anywhere else.
_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


class Watchdog:
    """Raises Runaway in a stretch of a script that takes longer than `limit` seconds, twice that at the latest.

    It looks each `limit` seconds, by a signal (SIGALRM), so a request costs nothing. Signals come in the main thread alone:
    elsewhere it does nothing.
    """

    def __init__(self, stretch: Stretch, limit: float) -> None:
        self._stretch = stretch
        self._limit = limit
        #: The stretch that was under way at the last look.
        self._seen = -1
        #: How often it may be seen again.
        self._left = 0
        self._before: object = None

    def start(self) -> None:
        if self._limit and threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGALRM, self._look)
            # What the signal breaks off in C code is taken up again by itself.
            signal.siginterrupt(signal.SIGALRM, False)
            signal.setitimer(signal.ITIMER_REAL, self._limit, self._limit)

    def stop(self) -> None:
        if self._before is not None:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._before)  # type: ignore[arg-type]
            self._before = None

    def _look(self, number: int, frame: FrameType | None) -> None:
        stretch = self._stretch
        if not stretch.running:
            self._seen = -1
        elif stretch.serial != self._seen:
            self._seen = stretch.serial
            self._left = stretch.looks
        elif self._left > 1:
            self._left -= 1
        elif frame is not None and frame.f_code.co_filename.startswith(_OURS):
            signal.setitimer(signal.ITIMER_REAL, _SOON, self._limit)
        else:
            raise Runaway
