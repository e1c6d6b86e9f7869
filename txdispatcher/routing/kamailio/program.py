"""A Kamailio script that can be run: its routes as Python functions, and where in the script a fault of them is."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from types import CodeType, TracebackType

from txdispatcher.errors import ScriptFault
from txdispatcher.routing.kamailio import nodes
from txdispatcher.routing.kamailio.preprocessor import Place
from txdispatcher.routing.script import table
from txdispatcher.routing.script.run import Exit, Run
from txdispatcher.routing.script.suspended import Suspended

#: The kinds of route by the words of the table of functions; a plain route may be called from any.
KINDS = {
    nodes.REQUEST: table.REQUEST,
    nodes.FAILURE: table.FAILURE,
    nodes.REPLY: table.REPLY,
    nodes.BRANCH: table.BRANCH,
    nodes.EVENT: table.EVENT,
    nodes.SEND: table.BRANCH,
}

#: What the code of a script says that its file is.
_FILE = "<Kamailio script>"


class Program:
    """A script that can be run.

    `code` defines the functions that `entries` names, by the kind of the route (one of `table`) and its name; each takes a `Run`.
    `names` are what the code uses. A line number n of the code stands for the place, and the function called there if any,
    of `places[n - 1]`.
    """

    def __init__(
        self,
        code: CodeType,
        names: dict[str, object],
        entries: Mapping[tuple[str, str], str],
        places: Sequence[tuple[Place, str]],
    ) -> None:
        # The code is what `compiler` has made of the script, with nothing of its text but constants.
        exec(code, names)
        self._routes = {key: names[name] for key, name in entries.items()}
        self._places = places
        #: What python_exec() calls; None without a Python script beside this one.
        self.python: Callable[[Run, str, bytes | None], int] | None = None

    def run(self, kind: str, name: str, run: Run) -> Suspended | None:
        """Run a route to its end; `kind` is one of `table`. Raises ScriptFault."""
        route = self._routes.get((kind, name))
        if route is None:
            raise ScriptFault(f"there is no {kind} route {name}")
        try:
            route(run)  # type: ignore[operator]
        except Exit:
            pass
        except Exception as error:
            raise ScriptFault(self._located(error)) from error
        return None

    def has_route(self, kind: str, name: str) -> bool:
        return (kind, name) in self._routes

    def _located(self, error: Exception) -> str:
        """What has gone wrong, with the place in the script."""
        line = 0
        trace: TracebackType | None = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == _FILE:
                line = trace.tb_lineno
            trace = trace.tb_next
        place, function = self._places[line - 1]
        if function:
            return f"{place}: {function}(): {error}"
        if not isinstance(error, ScriptFault):
            return f"{place}: {type(error).__name__}: {error}"
        # Some of those of expressions and loops say it themselves.
        reason = str(error)
        return reason if reason.startswith(f"{place.file}:") else f"{place}: {reason}"


def compiled(body: list[ast.stmt]) -> CodeType:
    """The code of a module of these statements. Raises SyntaxError where loops are too deep in each other for Python."""
    return compile(ast.fix_missing_locations(ast.Module(body, [])), _FILE, "exec")
