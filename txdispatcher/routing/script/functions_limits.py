"""Functions of the modules ratelimit and pipelimit: how many requests pass."""

from __future__ import annotations

import random

from txdispatcher.errors import ScriptFault
from txdispatcher.routing.script.functions_transaction import t_reply
from txdispatcher.routing.script.pipes import ALGORITHMS
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.table import ANY, REQUEST, function

TRUE, FALSE = 1, -1
#: What there is no pipe of.
_NO_PIPE = -2


@function("ratelimit", ANY, "rl_check_pipe")
def rl_check(run: Run, pipe: int = -1) -> int:
    """Whether the request passes by the pipe, or by that of its method's queue; without a queue it does."""
    pipes = run.shared.modules.ratelimit
    name = str(pipe) if pipe >= 0 else pipes.queue(run.request.method)
    return TRUE if name is None or pipes.passes(name, run.now) else FALSE


@function("pipelimit")
def pl_check(run: Run, name: bytes, algorithm: bytes = b"", limit: int = 0) -> int:
    """Whether the request passes by the pipe, which gets the algorithm, TAILDROP or RED, and the limit, in requests an
    interval (`timer_interval`).

    -2, which is false too, where there is no such pipe and none is made.
    """
    pipes, plain = run.shared.modules.pipelimit, name.decode("utf-8", "replace")
    if algorithm:
        wanted = algorithm.decode("ascii", "replace").upper()
        if wanted not in ALGORITHMS:
            raise ScriptFault(f"found {wanted}; allowed: {', '.join(ALGORITHMS)}")
        pipes.set(plain, wanted, limit)
    passes = pipes.passes(plain, run.now)
    return _NO_PIPE if passes is None else TRUE if passes else FALSE


@function("pipelimit")
def pl_active(run: Run, name: bytes) -> int:
    """Whether there is such a pipe."""
    return TRUE if run.shared.modules.pipelimit.has(name.decode("utf-8", "replace")) else FALSE


@function("pipelimit", (REQUEST,))
def pl_drop(run: Run, least: int = 0, most: int = 0) -> int:
    """Answer with `reply_code` and `reply_reason`, and a Retry-After of so many seconds, or by chance between the two."""
    settings = run.shared.modules.settings.pipelimit
    if least or most:
        run.reply_headers += b"Retry-After: %d\r\n" % random.randint(least, max(least, most))
    return t_reply(run, settings.reply_code, settings.reply_reason.encode())
