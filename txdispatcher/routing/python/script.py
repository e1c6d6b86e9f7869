"""A loaded Python script. What a route does wrong is a ScriptFault that names its line; it never costs more than its request."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from txdispatcher.errors import ScriptFault
from txdispatcher.routing.python.modules import beside
from txdispatcher.routing.script.run import Exit, Run
from txdispatcher.routing.script.suspended import Suspended
from txdispatcher.routing.script.table import FAILURE, REQUEST

#: A route as it is run: it may return what can be awaited.
Entry = Callable[[Run], object]
#: The kinds of route that may wait.
WAITING = (REQUEST, FAILURE)


#: How many times as long as a route a script may take to load, while calls wait.
LOOKS_AT_LOAD = 20


class Runaway(BaseException):
    """Raised in the midst of a route that runs without end. No ``except Exception`` of a script holds it up."""


class Leave(SystemExit):
    """What KSR.x.exit() raises: a SystemExit, so that no ``except Exception`` of a script holds it up."""


class Stretch:
    """What runs between two waits. `serial` counts them, `running` says whether one is under way: whoever looks at both now and
    then knows when one does not end, and raises Runaway in it. `looks`: at how many looks it may be under way still.
    """

    __slots__ = ("looks", "running", "serial")

    def __init__(self) -> None:
        self.running = False
        self.serial = 0
        self.looks = 1

    @contextmanager
    def loading(self) -> Iterator[None]:
        """A script is being loaded, which takes longer than a route."""
        self.serial += 1
        self.looks = LOOKS_AT_LOAD
        self.running = True
        try:
            yield
        finally:
            self.running = False
            self.looks = 1


#: What is under way in this process, whatever the script.
STRETCH = Stretch()


class PythonScript:
    """The `Script` of a file. `routes` are by kind and name. `current` is told which run is under way (KSR asks for it).

    `exits`: ``sys.exit()`` ends a route, as in Kamailio; else it is a fault like any exception. `python` is what python_exec()
    calls.
    """

    def __init__(
        self,
        file: str,
        routes: Mapping[tuple[str, str], Entry],
        current: Callable[[Run | None], None],
        *,
        exits: bool = False,
        python: Callable[[Run, str, bytes | None], int] | None = None,
    ) -> None:
        self.file = file
        self.routes = routes
        self.current = current
        self.python = python
        self._exits = exits

    def has_route(self, kind: str, name: str) -> bool:
        return (kind, name) in self.routes

    def run(self, kind: str, name: str, run: Run) -> Suspended | None:
        """Run a route to its end or its first ``await``. Raises ScriptFault."""
        entry = self.routes.get((kind, name))
        if entry is None:
            raise ScriptFault(f"{self.file}: there is no {kind} route {name}")
        return self._stretch(run, self._enter, entry)

    def _stretch(self, run: Run, step: Callable[..., Suspended | None], *arguments: object) -> Suspended | None:
        """Run what is between two waits: `step`."""
        try:
            try:
                STRETCH.serial += 1
                STRETCH.running = True
                self.current(run)
                return step(run, *arguments)
            finally:
                STRETCH.running = False
                self.current(None)
        except (Exit, Leave):
            pass
        except BaseException as error:
            # KeyboardInterrupt and asyncio's CancelledError too: past here they would take a listener with them.
            if isinstance(error, SystemExit) and self._exits and not error.code:
                return None
            raise fault_of(self.file, error) from error
        return None

    def _enter(self, run: Run, entry: Entry) -> Suspended | None:
        made = entry(run)
        if made is None or isinstance(made, int):
            # Nearly always; to ask whether it is a Coroutine takes longer.
            return None
        return self._step(run, made, None, None) if isinstance(made, Coroutine) else None

    def _step(
        self, run: Run, coroutine: Coroutine[Any, Any, object], value: object, error: BaseException | None
    ) -> Suspended | None:
        try:
            awaited = coroutine.send(value) if error is None else coroutine.throw(error)
        except StopIteration:
            return None
        if run.kind not in WAITING:
            coroutine.close()
            raise ScriptFault(f"a {run.kind} route may not wait; allowed: request and failure routes")
        return _Suspended(self, run, coroutine, awaited)


class _Suspended:
    """A route of `script` in the midst of an ``await``."""

    __slots__ = ("_coroutine", "_run", "_script", "awaited")

    def __init__(self, script: PythonScript, run: Run, coroutine: Coroutine[Any, Any, object], awaited: object) -> None:
        self._script = script
        self._run = run
        self._coroutine = coroutine
        self.awaited = awaited

    def resume(self, value: object, error: BaseException | None) -> Suspended | None:
        script, run, coroutine = self._script, self._run, self._coroutine
        return script._stretch(run, script._step, coroutine, value, error)

    def close(self) -> None:
        """End it where it stands. Raises ScriptFault where it does not end without a fault of its own."""
        self._script._stretch(self._run, self._close)

    def _close(self, run: Run) -> None:
        self._coroutine.close()


def fault_of(file: str, error: BaseException) -> ScriptFault:
    """What the script `file` has done wrong, with file and line."""
    name, line = place_of(file, error)
    place = f"{name}:{line}" if line else name
    if isinstance(error, Runaway):
        said = "it ran on without end, and was stopped"
    elif isinstance(error, ScriptFault):
        said = str(error)
    else:
        said = f"{type(error).__name__}: {error}"
    if isinstance(error, SystemExit):
        said += " (a route ends with return, request.exit() or KSR.x.exit())"
    return ScriptFault(f"{place}: {said}")


def place_of(file: str, error: BaseException) -> tuple[str, int]:
    """File and line of an error: the innermost place that is in the script `file`, or in a module beside it; else line 0."""
    folder = os.path.dirname(file)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if beside(frame.filename, folder)]
    return (frames[-1].filename, frames[-1].lineno or 0) if frames else (file, 0)
