"""The highest rate that a server takes."""

from __future__ import annotations

import sys

import load
import servers

#: Of a core: past that the generator is the limit, not the server.
BUSY = 0.97
#: How much longer than asked placing the calls may take.
PACE = 1.02
#: A rate that is not held may be the machine's fault, which has other things to do.
TRIES = 2


def highest_rate(
    start: servers.Start, first: float, most: float, seconds: float, precision: float, prefix: tuple[str, ...]
) -> tuple[str, float]:
    """The server's name, and its highest rate, in calls a second: one that it held at one of TRIES tries.

    From `first` up by quarters, at most to `most`, then by halves until the two sides are as close as `precision`, a share. Ends
    with one line if not even a hundredth of `first` is held.
    """
    held, failed, rate = 0.0, 0.0, first
    while not failed or failed - held > precision * held:
        for _ in range(TRIES):
            name, clean = holds(start, rate, seconds, prefix)
            if clean:
                break
        if clean:
            held = rate
        else:
            failed = rate
        if held >= most:
            print(f"  {name}: {held:,.0f} calls/s held, and no more was tried", file=sys.stderr)
            return name, held
        if not held and rate < first / 100:
            raise SystemExit(f"{name} does not hold {rate:,.0f} calls/s")
        rate = min(held * 1.25, most) if not failed else (held + failed) / 2 if held else failed / 2
    return name, held


def holds(start: servers.Start, rate: float, seconds: float, prefix: tuple[str, ...]) -> tuple[str, bool]:
    """The server's name, and whether a fresh one can take `rate` calls a second."""
    with start() as server:
        load.generate(rate / 4, int(rate / 4), prefix=prefix)  # warm
        result = load.generate(rate, int(rate * seconds), "--patience", "3", prefix=prefix)
        server.require_alive()
        in_pace = result.seconds <= PACE * seconds
        if not in_pace or (not result.clean and result.cpu > BUSY * result.seconds):
            print(f"  {server.name}, {rate:,.0f} calls/s: the load itself is at its limit", file=sys.stderr)
        return server.name, result.clean and in_pace
