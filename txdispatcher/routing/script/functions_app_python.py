"""Functions of the module app_python3: Python from within another script."""

from __future__ import annotations

from txdispatcher.errors import ScriptFault
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.table import ANY, function

#: This object: no parameter, where an empty one would be given to the method.
_LEFT_OUT = b"left out"


@function("app_python3", ANY, "app_python3s_exec")
def python_exec(run: Run, method: bytes, parameter: bytes = _LEFT_OUT) -> int:
    """Call a method of what `mod_init()` of the Python script returned: `method(msg)`, or `method(msg, parameter)`.

    Gives the number that it returns; false where that is none, and where the method fails, which is logged. 0 ends the script.
    """
    python = run.script.python
    if python is None:
        raise ScriptFault('there is no Python script; allowed: modparam("app_python3", "load", "FILE.py")')
    given = None if parameter is _LEFT_OUT else parameter
    return python(run, method.decode("utf-8", "surrogateescape"), given)
