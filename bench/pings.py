"""A steady stream of OPTIONS, one each millisecond, and how long the server lets each wait.

    python bench/pings.py [--seconds 10] [--interval 0.001]

From just before a ping is sent until the kernel has its answer, by the kernel's own stamp: that this process was kept waiting
makes no difference. Prints JSON: see `load.Waits`.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import select
import sys
import time

from figures import percentile
from servers import PING
from sockets import Stamped, opened


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--interval", type=float, default=0.001)
    given = parser.parse_args()
    gc.disable()
    sock = opened(0)
    port = sock.getsockname()[1]
    pings = Stamped(sock)
    sent: list[int] = []
    answers: dict[int, int] = {}
    first = time.time_ns() // 1_000_000
    started = now = time.monotonic()
    while now < started + given.seconds or (len(answers) < len(sent) and now < started + given.seconds + 2):
        if now >= started + len(sent) * given.interval and now < started + given.seconds:
            message = PING.format(port=port, n=f"{first}-{len(sent)}").encode()
            sent.append(pings.send([message]))
        for data, stamp in pings.receive():
            at = data.find(b"Kping") + 5
            answers.setdefault(int(data[at : data.find(b";", at)].rpartition(b"-")[2]), stamp)
        wait = started + len(sent) * given.interval - time.monotonic()
        if wait > 0:
            select.select([sock], [], [], wait)
        now = time.monotonic()
    waits = [(stamp - sent[n]) / 1e6 for n, stamp in answers.items()]
    if not waits:
        raise SystemExit("no ping was answered")
    print(
        json.dumps(
            {
                "sent": len(sent),
                "answered": len(answers),
                "median": percentile(waits, 0.5),
                "p99": percentile(waits, 0.99),
                "longest": max(waits),
                "own_gap": max((b - a) / 1e6 for a, b in itertools.pairwise(sent)),
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
