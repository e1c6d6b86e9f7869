"""The cost of one selection and the first three steps of its failover list, by the size of the set. Under 10 calls are counted.

python bench/selection.py [--seconds 0.2]
"""

from __future__ import annotations

import argparse
import time

from txdispatcher.balancing.sets import FAILOVER, Sets
from txdispatcher.balancing.states import INACTIVE
from txdispatcher.stores.list_file import parse_list

#: 12, which gives all of them at once, and 100, which scores each, grow with the set: that is what they are.
ALGORITHMS = (0, 1, 4, 6, 8, 9, 10, 11, 12, 13, 14, 15, 64, 100)
#: Measured at a time.
CALLS = 50
SIZES = (10, 100, 1000, 10_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=0.2, help="how long each figure is measured")
    seconds = parser.parse_args().seconds
    print("µs for a selection and three next destinations; growth from the smallest set to the largest")
    for inactive in (False, True):
        print("half inactive" if inactive else "all active")
        several = [filled(size, inactive) for size in SIZES]
        for algorithm in ALGORITHMS:
            costs = [cost(sets, algorithm, seconds) for sets in several]
            shown = "  ".join(f"{size}: {each:5.2f}" for size, each in zip(SIZES, costs, strict=True))
            print(f"  algorithm {algorithm:2}  {shown}   x{costs[-1] / costs[0]:.2f}")


def filled(size: int, inactive: bool = False) -> Sets:
    """Set 1 with so many destinations, half of them inactive if that is wanted."""
    sets = Sets(flags=FAILOVER)
    w = 100 // min(size, 100)
    lines = (f"1 sip:10.{n >> 16}.{n >> 8 & 255}.{n & 255} 0 9 weight={w};rweight={w}" for n in range(size))
    sets.load(parse_list("\n".join(lines), "bench"))
    if inactive:
        for destination in sets[1].destinations[: size // 2]:
            sets.mark(destination, INACTIVE)
    return sets


def cost(sets: Sets, algorithm: int, seconds: float) -> float:
    """Microseconds for a selection from set 1 and three next destinations."""
    best = float("inf")
    number = 0
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        keys = [b"%d-call" % (number + n) for n in range(CALLS)]
        number += CALLS
        started = time.process_time()
        for key in keys:
            selection = sets.select(1, algorithm, key, b"example.org")
            assert selection is not None
            if selection.counted:
                sets.calls.begin(key, selection.first, 0.0)
            selection.next()
            selection.next()
            selection.next()
        best = min(best, (time.process_time() - started) / CALLS)
    return best * 1e6


if __name__ == "__main__":
    main()
