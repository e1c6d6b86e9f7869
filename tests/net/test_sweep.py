from __future__ import annotations

from twisted.internet.task import Clock

from txdispatcher.balancing.destination import Destination, Record
from txdispatcher.balancing.load import MOST_AT_ONCE, CallLoad
from txdispatcher.net.sweep import SOON, Sweep


def test_old_calls_end_at_each_interval_and_many_of_them_soon_after_one_another() -> None:
    clock = Clock()
    calls = CallLoad(10.0, 100.0, lambda destination: None)
    gateway = Destination(Record(1, "sip:gw"))
    for number in range(MOST_AT_ONCE + 5):
        calls.begin(b"%d" % number, gateway, 0.0)
    sweep = Sweep(calls, 30.0, clock, clock.seconds)
    sweep.start()
    left = []
    for seconds in (29.0, 1.0, SOON, 30.0):
        clock.advance(seconds)
        left.append(gateway.load)
    assert left == [MOST_AT_ONCE + 5, 5, 0, 0]
    sweep.stop()
    assert not clock.getDelayedCalls()
