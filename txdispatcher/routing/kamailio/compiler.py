"""The routes of a Kamailio script, compiled once to closures over a `Run`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Any, cast

from txdispatcher.errors import FormatError, ScriptError, ScriptFault
from txdispatcher.routing.kamailio import nodes
from txdispatcher.routing.kamailio.expressions import Expressions, error
from txdispatcher.routing.kamailio.preprocessor import Place
from txdispatcher.routing.script import table
from txdispatcher.routing.script.functions import FUNCTIONS, nearest
from txdispatcher.routing.script.functions_core import LEVELS
from txdispatcher.routing.script.regexes import regex
from txdispatcher.routing.script.run import Exit, Run
from txdispatcher.routing.script.table import Function, as_bytes, as_number
from txdispatcher.routing.script.texts import compile_writer

#: What a statement says about those behind it: go on, leave the loop or switch, leave the route.
NEXT, BREAK, RETURN = range(3)
#: Routes within routes; Kamailio's max_recursive_level.
DEEPEST = 256
#: Turns of one loop; Kamailio's max_while_loops.
MOST_TURNS = 100
#: Turns of all loops in one run, so that loops within loops end as well; more only where max_while_loops is more.
MOST_TURNS_IN_ALL = 10_000

Step = Callable[[Run], int]

#: The kinds of route by the words of the table of functions; a plain route may be called from any.
_KINDS = {
    nodes.REQUEST: table.REQUEST,
    nodes.FAILURE: table.FAILURE,
    nodes.REPLY: table.REPLY,
    nodes.BRANCH: table.BRANCH,
    nodes.EVENT: table.EVENT,
    nodes.SEND: table.BRANCH,
}
_ROUTES = {word: kind for kind, word in _KINDS.items() if kind != nodes.SEND}
#: The events that there are, with their older names.
_EVENTS = {
    "dispatcher:dst-down": "dispatcher:dst-down",
    "dispatcher:dst-up": "dispatcher:dst-up",
    "dispatcher:ds-down": "dispatcher:dst-down",
    "dispatcher:ds-up": "dispatcher:dst-up",
    "htable:mod-init": "htable:mod-init",
}
#: Functions that log at a level of their own.
_LOGGING = {"xdbg": 3, "xinfo": 2, "xnotice": 1}
#: What names a route, and of which kind.
_NAMING = {"t_on_failure": nodes.FAILURE, "t_on_reply": nodes.REPLY, "t_on_branch": nodes.BRANCH}


class Program:
    """A script that can be run. `routes` are by kind and name."""

    def __init__(self, routes: Mapping[tuple[str, str], Step]) -> None:
        self.routes = routes

    def run(self, kind: str, name: str, run: Run) -> None:
        """Run a route to its end; `kind` is one of `table`. Raises ScriptFault."""
        with suppress(Exit):
            self.routes[_ROUTES[kind], name](run)

    def has_route(self, kind: str, name: str) -> bool:
        return (_ROUTES[kind], name) in self.routes


def compile_script(
    script: nodes.Script, turns: int = MOST_TURNS, tables: Collection[str] = ()
) -> tuple[Program, list[ScriptError]]:
    """The program, and each statement that is unknown or not allowed where it stands: with one of them it is not to be run.

    `tables` are the names of htable's tables.
    """
    compiler = _Compiler(script, turns, tables)
    program = compiler.program()
    return program, sorted(compiler.errors, key=lambda each: (each.file, each.line))


class _Compiler:
    def __init__(self, script: nodes.Script, turns: int, tables: Collection[str]) -> None:
        self._script = script
        self._turns = turns
        self._routes: dict[tuple[str, str], Step] = {}
        self._declared = {(route.kind, route.name): route for route in script.routes}
        self._expressions = Expressions(self.call, tables)
        self.errors: list[ScriptError] = []
        #: The kind of the route that is being compiled; "" in a plain route.
        self._kind = ""

    def program(self) -> Program:
        seen: dict[tuple[str, str], nodes.Route] = {}
        for route in self._script.routes:
            before = seen.setdefault((route.kind, route.name), route)
            if before is not route:
                shown = f"{route.kind}[{route.name}]" if route.name else route.kind
                self.wrong(route.place, f"{shown} is there already, in line {before.place.line} of {before.place.file}")
        if (nodes.REQUEST, "") not in self._declared:
            first = self._script.routes[0].place if self._script.routes else None
            self.wrong(first or Place(self._script.file, 1), "there is no request_route (or route without a name)")
        for route in self._script.routes:
            name = route.name
            if route.kind == nodes.EVENT:
                if name not in _EVENTS:
                    self.wrong(route.place, f"event_route[{name}] is never entered; allowed: {', '.join(_EVENTS)}")
                name = _EVENTS.get(name, name)
            if route.kind == nodes.SEND:
                self.wrong(route.place, "onsend_route is not there; the nearest is branch_route")
            self._kind = _KINDS.get(route.kind, "")
            self._routes[route.kind, name] = self.block(route.body)
        return Program(self._routes)

    def wrong(self, place: Place, reason: str) -> None:
        self.errors.append(error(place, reason))

    # Statements.

    def block(self, body: nodes.Block) -> Step:
        found = []
        for each in body:
            try:
                found.append(self.statement(each))
            except ScriptError as reason:
                # The others may have something to be told, too.
                self.errors.append(reason)
        steps = tuple(found)
        if len(steps) == 1:
            return steps[0]

        def run_all(run: Run) -> int:
            for step in steps:
                signal = step(run)
                if signal:
                    return signal
            return NEXT

        return run_all

    def statement(self, node: nodes.Statement) -> Step:
        if isinstance(node, nodes.If):
            return self.branch(node)
        if isinstance(node, nodes.Do):
            return self.do(node)
        if isinstance(node, nodes.Assign):
            return self.assign(node)
        if isinstance(node, nodes.Leave):
            return self.leave(node)
        if isinstance(node, nodes.While):
            return self.loop(node)
        return self.switch(node)

    def branch(self, node: nodes.If) -> Step:
        # The condition last: where it is wrong, the blocks have been looked at all the same.
        then, otherwise = self.block(node.then), self.block(node.otherwise) if node.otherwise is not None else None
        condition = self._expressions.condition(node.condition)
        if otherwise is None:
            return lambda run: then(run) if condition(run) else NEXT
        return lambda run: then(run) if condition(run) else otherwise(run)

    def do(self, node: nodes.Do) -> Step:
        if not isinstance(node.expression, nodes.Call):
            raise error(node.place, "this does nothing; allowed: a function, an assignment, if, while, switch, exit, return")
        call = self.call(node.expression)

        def done(run: Run) -> int:
            call(run)
            return NEXT

        return done

    def assign(self, node: nodes.Assign) -> Step:
        value = self._expressions.value(node.value)
        self._expressions.check_tables(node.target.text, node.place)
        try:
            write = compile_writer(node.target.text)
        except FormatError as reason:
            raise error(node.place, str(reason)) from None

        def assigned(run: Run) -> int:
            write(run, value(run))
            return NEXT

        return assigned

    def leave(self, node: nodes.Leave) -> Step:
        if node.how == "break":
            return lambda run: BREAK
        if node.how == "return":
            value = self._expressions.value(node.value) if node.value is not None else None

            def returned(run: Run) -> int:
                run.retcode = as_number(value(run)) if value is not None else 1
                if run.retcode == 0:
                    raise Exit
                return RETURN

            return returned
        drops = node.how == "drop"

        def left(run: Run) -> int:
            run.dropped = drops
            raise Exit

        return left

    def loop(self, node: nodes.While) -> Step:
        body = self.block(node.body)
        condition = self._expressions.condition(node.condition)
        turns, most, place = self._turns, max(MOST_TURNS_IN_ALL, self._turns), node.place

        def looped(run: Run) -> int:
            count = 0
            while condition(run):
                count += 1
                run.turns += 1
                if count > turns:
                    raise ScriptFault(f"{place.file}:{place.line}: more than {turns} turns of a loop (max_while_loops)")
                if run.turns > most:
                    raise ScriptFault(f"{place.file}:{place.line}: more than {most} turns of loops in all")
                signal = body(run)
                if signal == BREAK:
                    break
                if signal:
                    return signal
            return NEXT

        return looped

    def switch(self, node: nodes.Switch) -> Step:
        bodies = tuple(self.block(case.body) for case in node.cases)
        subject = self._expressions.operand(node.subject)
        tests = tuple(self._case(case) for case in node.cases)

        def switched(run: Run) -> int:
            value = subject(run)
            chosen = next((index for index, test in enumerate(tests) if test is not None and test(run, value)), None)
            if chosen is None:
                chosen = next((index for index, test in enumerate(tests) if test is None), len(tests))
            for body in bodies[chosen:]:
                signal = body(run)
                if signal == BREAK:
                    break
                if signal:
                    return signal
            return NEXT

        return switched

    def _case(self, case: nodes.Case) -> Callable[[Run, object], bool] | None:
        if case.value is None:
            return None
        if case.regex:
            assert isinstance(case.value, nodes.Literal)
            try:
                pattern = regex(str(case.value.value).encode(), re.IGNORECASE)
            except FormatError as reason:
                raise error(case.place, reason.reason) from None
            return lambda run, value: pattern.search(as_bytes(value)) is not None
        wanted = self._expressions.value(case.value)

        def equal(run: Run, value: object) -> bool:
            other = wanted(run)
            return as_number(other) == value if isinstance(value, int) else as_bytes(other) == as_bytes(value)

        return equal

    # Calls.

    def call(self, node: nodes.Call) -> Step:
        """The function's return code, which is $retcode then; 0 ends the script."""
        if node.name == "route":
            return self.subroute(node)
        function = FUNCTIONS.get(node.name)
        if function is None:
            raise error(node.place, f"{node.name}() is unknown; {nearest(node.name)}")
        self._check(node, function)
        kind = _NAMING.get(node.name)
        if kind is not None and isinstance(node.arguments[0], nodes.Literal):
            self._find(kind, str(node.arguments[0].value), node)
        for each, parameter in zip(node.arguments, function.parameters, strict=False):
            if parameter.name == "htable" and isinstance(each, nodes.Literal) and "$" not in str(each.value):
                self._expressions.check_table(str(each.value), each.place)
        arguments = tuple(
            self._expressions.argument(each, parameter.type)
            for each, parameter in zip(node.arguments, function.parameters, strict=False)
        )
        target, place = function.call, node.place
        constant: list[Any] | None = None
        if all(map(_is_constant, node.arguments)):
            # They need no run, and are the same in each.
            constant = [argument(cast(Run, None)) for argument in arguments]

        def called(run: Run) -> int:
            given = constant if constant is not None else [argument(run) for argument in arguments]
            try:
                code = target(run, *given)
            except Exception as reason:
                raise ScriptFault(f"{place.file}:{place.line}: {node.name}(): {reason}") from reason
            run.retcode = code
            if code == 0:
                raise Exit
            return code

        level = _log_level(node)
        if level is None:
            return called

        def logged(run: Run) -> int:
            if level <= run.shared.debug:
                return called(run)
            # Nobody reads it: its text is not put together.
            run.retcode = 1
            return 1

        return logged

    def subroute(self, node: nodes.Call) -> Step:
        """``route(NAME)``: what it returns, 1 without ``return``."""
        if len(node.arguments) != 1:
            raise error(node.place, f"route() takes one name, not {len(node.arguments)}")
        argument = node.arguments[0]
        routes = self._routes
        if isinstance(argument, nodes.Word) or (isinstance(argument, nodes.Literal) and ("$" not in str(argument.value))):
            name = argument.text if isinstance(argument, nodes.Word) else str(argument.value)
            self._find(nodes.ROUTE, name, node)
            return lambda run: _enter(run, routes[nodes.ROUTE, name], name)
        named = self._expressions.text(argument)

        def entered(run: Run) -> int:
            found = named(run).decode()
            body = routes.get((nodes.ROUTE, found))
            if body is None:
                raise ScriptFault(f"{node.place.file}:{node.place.line}: there is no route[{found}]")
            return _enter(run, body, found)

        return entered

    def _find(self, kind: str, name: str, node: nodes.Call) -> None:
        if (kind, name) not in self._declared:
            names = [each for (other, each) in self._declared if other == kind and each]
            near = difflib.get_close_matches(name, names, n=1)
            allowed = f"did you mean {near[0]}?" if near else f"there is: {', '.join(names) or 'none'}"
            raise error(node.place, f"there is no {kind}[{name}]; {allowed}")

    def _check(self, node: nodes.Call, function: Function) -> None:
        least = sum(not each.optional for each in function.parameters)
        most = len(function.parameters)
        if not least <= len(node.arguments) <= most:
            raise error(node.place, f"found {len(node.arguments)} arguments; allowed: {function.shown}")
        if self._kind and self._kind not in function.kinds:
            allowed = ", ".join(kind for kind, word in _KINDS.items() if word in function.kinds and kind != nodes.SEND)
            raise error(node.place, f"{node.name}() may not stand here; allowed in: {allowed}")


def _log_level(node: nodes.Call) -> int | None:
    """The level of what the function logs; None for another function, and where a variable says it."""
    if node.name == "xlog" and len(node.arguments) == 2:
        first = node.arguments[0]
        named = first.value if isinstance(first, nodes.Literal) else first.text if isinstance(first, nodes.Word) else ""
        return LEVELS.get(str(named).encode())
    return _LOGGING.get(node.name)


def _is_constant(node: nodes.Expression) -> bool:
    return isinstance(node, nodes.Literal) and "$" not in str(node.value)


def _enter(run: Run, body: Step, name: str) -> int:
    run.depth += 1
    if run.depth > DEEPEST:
        raise ScriptFault(f"route[{name}] calls itself, {DEEPEST} deep")
    run.retcode = 1
    if body(run) != RETURN:
        run.retcode = 1
    run.depth -= 1
    return run.retcode
