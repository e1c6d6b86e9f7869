"""What python_exec() calls: methods of the object that a script's mod_init() returned."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from txdispatcher.errors import ScriptFault
from txdispatcher.routing.python.calling import decoded
from txdispatcher.routing.python.kemi_message import Message
from txdispatcher.routing.python.script import STRETCH, Leave, Runaway, fault_of
from txdispatcher.routing.script.run import Exit, Run

FALSE = -1


class Methods:
    """Those of `made`, from the script `file`. `current` is told which run is under way, as in `PythonScript`.

    `bare`: they are given no message.
    """

    def __init__(self, file: str, made: object, current: Callable[[Run | None], None], bare: bool = False) -> None:
        self._file = file
        self._made = made
        self._current = current
        self._bare = bare

    def __call__(self, run: Run, name: str, argument: bytes | None) -> int:
        """What the method returns, which is given the message and the argument, if there is one.

        -1 where it returns no number, ends with ``sys.exit()``, fails or is not there: the fault is logged, and the route that
        called it goes on, as in Kamailio.
        """
        method = getattr(self._made, name, None)
        if not callable(method):
            run.shared.fault(ScriptFault(f"{self._file}: python_exec(): there is no method {name}"), run.now)
            return FALSE
        # From a Python route, that one is under way already.
        nested = STRETCH.running
        try:
            try:
                if not nested:
                    STRETCH.serial += 1
                    STRETCH.running = True
                    self._current(run)
                given = () if argument is None else (decoded(argument),)
                found = method(*given) if self._bare else method(Message(run), *given)
                if inspect.iscoroutine(found):
                    found.close()
                    raise ScriptFault(f"{name}() may not wait when python_exec() calls it; allowed: def, without async")
            finally:
                if not nested:
                    STRETCH.running = False
                    self._current(None)
        except Exit:
            raise
        except Runaway as error:
            if nested:
                raise
            raise fault_of(self._file, error) from None
        except BaseException as error:
            if not isinstance(error, Leave) and not (isinstance(error, SystemExit) and not error.code):
                run.shared.fault(fault_of(self._file, error), run.now)
            return FALSE
        if isinstance(found, bool):
            return 1 if found else FALSE
        return found if isinstance(found, int) else FALSE
