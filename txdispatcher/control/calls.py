"""A call of a method, run to its end: a result or a Fault, and nothing else."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence

from twisted.logger import Logger

from txdispatcher.control.table import Fault, Methods

_log = Logger()


async def call(
    methods: Methods, name: str, given: Sequence[object] | Mapping[str, object] = (), *, read_only: bool = False
) -> object:
    """The result of the method. Raises Fault; whatever else goes wrong inside it is logged and is a Fault too.

    `read_only`: the caller may not change anything.
    """
    try:
        result = methods.call(name, given, read_only=read_only)
        return await result if inspect.isawaitable(result) else result
    except Fault:
        raise
    except Exception:
        _log.failure("{method!r} failed", method=name)
        raise Fault(500, "Internal Server Error") from None
