"""Functions of the modules counters and statistics."""

from __future__ import annotations

from txdispatcher.errors import ScriptFault
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.table import function

TRUE = 1


@function("counters")
def cnt_inc(run: Run, counter: bytes) -> int:
    """Add one to the counter ``name`` or ``group.name``."""
    return cnt_add(run, counter, 1)


@function("counters")
def cnt_add(run: Run, counter: bytes, number: int) -> int:
    """Add to the counter."""
    run.shared.modules.counters.add(counter.decode("utf-8", "replace"), number)
    return TRUE


@function("counters")
def cnt_reset(run: Run, counter: bytes) -> int:
    """Set the counter to 0."""
    run.shared.modules.counters.set(counter.decode("utf-8", "replace"), 0)
    return TRUE


@function("statistics")
def update_stat(run: Run, variable: bytes, value: bytes) -> int:
    """Add to a statistic, ``+1`` or ``-1``, or set it: ``5``."""
    text = value.strip()
    if not text[text[:1] in (b"+", b"-") :].isdigit():
        raise ScriptFault(f"found {value.decode('utf-8', 'replace')!r}; allowed: +1, -1, or a number")
    counters, name = run.shared.modules.counters, variable.decode("utf-8", "replace")
    if text.startswith((b"+", b"-")):
        counters.add(name, int(text))
    else:
        counters.set(name, int(text))
    return TRUE


@function("statistics")
def reset_stat(run: Run, variable: bytes) -> int:
    """Set a statistic to 0."""
    return cnt_reset(run, variable)
