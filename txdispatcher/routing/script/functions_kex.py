"""Functions of the module kex, and those of the core about connections."""

from __future__ import annotations

from txdispatcher.routing.script.functions_core import bit
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.table import ANY, FORWARDING, MESSAGES, Variable, function
from txdispatcher.routing.variables import note, noted, written

TRUE, FALSE = 1, -1
#: What the flags of the script are noted under: the kind of the route that they were set in, and their bits.
_FLAGS = "kex"


@function("kex")
def setsflag(run: Run, flag: int) -> int:
    """Set a flag of the script, which is gone when the route and those that it calls have ended."""
    return _write(run, _flags(run) | bit(flag))


@function("kex")
def resetsflag(run: Run, flag: int) -> int:
    """Take it back."""
    return _write(run, _flags(run) & ~bit(flag))


@function("kex")
def issflagset(run: Run, flag: int) -> int:
    """Whether it is set."""
    return TRUE if _flags(run) & bit(flag) else FALSE


@function("kex", ANY, "isdsturi")
def isdsturiset(run: Run) -> int:
    """Whether $du is set."""
    variables = written(run.context)
    return TRUE if variables is not None and variables.dst_uri is not None else FALSE


@function("kex")
def pv_printf(run: Run, variable: Variable, text: bytes) -> int:
    """Write the text to the variable."""
    variable.write(text)
    return TRUE


@function("", FORWARDING)
def set_forward_no_connect(run: Run) -> int:
    """The connection that there is to where the request goes is used; where there is none, one is made all the same: true."""
    return TRUE


@function("", MESSAGES, "set_forward_close")
def set_reply_close(run: Run) -> int:
    """Connections stay open after a message: true."""
    return TRUE


def _flags(run: Run) -> int:
    found = noted(run.context, _FLAGS)
    return found[1] if isinstance(found, tuple) and found[0] == run.kind else 0


def _write(run: Run, bits: int) -> int:
    note(run.context, _FLAGS, (run.kind, bits))
    return TRUE
