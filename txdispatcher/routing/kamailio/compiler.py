"""The routes of a Kamailio script, compiled once to Python functions of a `Run`.

A route's function returns 0 where the script ends (``exit``, ``drop``, ``return 0``), else the route's return code. What stands
within a condition raises Exit instead. Where only Python's statements would do less well than a function, one from
`expressions` is called: for variables, comparisons, texts.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection

from txdispatcher.errors import FormatError, ScriptError, ScriptFault
from txdispatcher.routing.kamailio import code, nodes
from txdispatcher.routing.kamailio.calls import Calls
from txdispatcher.routing.kamailio.expressions import Expressions, error
from txdispatcher.routing.kamailio.preprocessor import Place
from txdispatcher.routing.kamailio.program import KINDS, Program, compiled
from txdispatcher.routing.regexes import regex
from txdispatcher.routing.script import table
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.texts import compile_writer
from txdispatcher.routing.values import as_bytes, as_number, same

#: Turns of one loop; Kamailio's max_while_loops.
MOST_TURNS = 100
#: Turns of all loops in one run, so that loops within loops end as well; more only where max_while_loops is more.
MOST_TURNS_IN_ALL = 10_000

#: The events that there are, with their older names.
_EVENTS = {
    "dispatcher:dst-down": "dispatcher:dst-down",
    "dispatcher:dst-up": "dispatcher:dst-up",
    "dispatcher:ds-down": "dispatcher:dst-down",
    "dispatcher:ds-up": "dispatcher:dst-up",
    "htable:mod-init": "htable:mod-init",
    "tm:local-request": "tm:local-request",
    "xhttp:request": "xhttp:request",
    "dialog:start": "dialog:start",
    "dialog:end": "dialog:end",
    "dialog:failed": "dialog:failed",
}
#: What may be called in a route of an event that is about a message.
_EVENT_KINDS = {"tm:local-request": table.BRANCH, "xhttp:request": table.REQUEST}


def compile_script(
    script: nodes.Script, turns: int = MOST_TURNS, tables: Collection[str] = ()
) -> tuple[Program, list[ScriptError]]:
    """The program, and each statement that is unknown or not allowed where it stands: with one of them it has no route.

    `tables` are the names of htable's tables.
    """
    compiler = _Compiler(script, turns, tables)
    program = compiler.program()
    return program, sorted(compiler.errors, key=lambda each: (each.file, each.line))


class _Compiler:
    def __init__(self, script: nodes.Script, turns: int, tables: Collection[str]) -> None:
        self._script = script
        self._turns = turns
        self._names = code.Names()
        self._expressions = Expressions(self._callable, tables)
        self._calls = Calls(script, self._names, self._expressions)
        #: Functions that stand before the routes: expressions which other expressions call.
        self._before: list[ast.stmt] = []
        #: How many loops and switches the statement that is being compiled stands in.
        self._loops = 0
        self.errors: list[ScriptError] = []

    def program(self) -> Program:
        self._check_names()
        functions = []
        entries = {}
        for route in self._script.routes:
            name = route.name
            if route.kind == nodes.EVENT:
                if name not in _EVENTS:
                    self.wrong(route.place, f"event_route[{name}] is never entered; allowed: {', '.join(_EVENTS)}")
                name = _EVENTS.get(name, name)
            if route.kind == nodes.SEND:
                self.wrong(route.place, "onsend_route is not there; the nearest is branch_route")
            kind = KINDS.get(route.kind, "")
            self._calls.kind = _EVENT_KINDS.get(name, kind) if kind == table.EVENT else kind
            function = self._calls.routes[route.kind, route.name]
            entries[kind or table.PLAIN, name] = function
            functions.append(code.function(function, [*self._calls.entered(), *self.block(route.body), code.leave(1)]))
        if not self.errors:
            try:
                made = compiled([*self._before, *functions])
                return Program(made, self._names.objects, entries, self._names.places)
            except (SyntaxError, RecursionError) as reason:
                self.wrong(Place(self._script.file, 1), f"its statements stand too deep within each other: {reason}")
        return Program(compiled([]), {}, {}, ())

    def wrong(self, place: Place, reason: str) -> None:
        self.errors.append(error(place, reason))

    def _check_names(self) -> None:
        seen: dict[tuple[str, str], nodes.Route] = {}
        for route in self._script.routes:
            before = seen.setdefault((route.kind, route.name), route)
            if before is not route:
                shown = f"{route.kind}[{route.name}]" if route.name else route.kind
                self.wrong(route.place, f"{shown} is there already, in line {before.place.line} of {before.place.file}")
        if (nodes.REQUEST, "") not in seen:
            first = self._script.routes[0].place if self._script.routes else None
            self.wrong(first or Place(self._script.file, 1), "there is no request_route (or route without a name)")

    # Statements.

    def block(self, body: nodes.Block) -> list[ast.stmt]:
        found: list[ast.stmt] = []
        for each in body:
            try:
                if isinstance(each, nodes.Leave) and each.how == nodes.END:
                    found[-1:] = [_returned(last) for last in found[-1:]]
                else:
                    found += self.statement(each)
            except ScriptError as reason:
                # The others may have something to be told, too.
                self.errors.append(reason)
        return found

    def statement(self, node: nodes.Statement) -> list[ast.stmt]:
        if isinstance(node, nodes.If):
            return self.branch(node)
        if isinstance(node, nodes.Do):
            return self.do(node)
        if isinstance(node, nodes.Assign):
            return [self.assign(node)]
        if isinstance(node, nodes.Leave):
            return self.leave(node)
        if isinstance(node, nodes.While):
            return self.loop(node)
        return self.switch(node)

    def branch(self, node: nodes.If) -> list[ast.stmt]:
        # The condition last: where it is wrong, the blocks have been looked at all the same.
        then, otherwise = self.block(node.then), self.block(node.otherwise) if node.otherwise is not None else []
        return [ast.If(self.condition(node.condition), then or [ast.Pass()], otherwise)]

    def do(self, node: nodes.Do) -> list[ast.stmt]:
        if not isinstance(node.expression, nodes.Call):
            raise error(node.place, "this does nothing; allowed: a function, an assignment, if, while, switch, exit, return")
        return [ast.If(ast.UnaryOp(ast.Not(), self._calls.call(node.expression)), [code.leave(0)], [])]

    def assign(self, node: nodes.Assign) -> ast.stmt:
        value = self.value(node.value)
        self._expressions.check_tables(node.target.text, node.place)
        try:
            write = compile_writer(node.target.text)
        except FormatError as reason:
            raise error(node.place, str(reason)) from None
        return ast.Expr(self._names.at(code.call(self._names.of(write, "write"), value), node.place))

    def leave(self, node: nodes.Leave) -> list[ast.stmt]:
        if node.how == "break":
            return [ast.Break() if self._loops else code.leave(1)]
        if node.how == "return":
            if node.value is None:
                return [code.leave(1)]
            return [ast.Return(code.plain_call(self._names.of(as_number, "as_number"), self.value(node.value)))]
        if node.how == "drop":
            return [ast.Expr(code.call(self._names.of(_drop, "drop"))), code.leave(0)]
        return [code.leave(0)]

    def loop(self, node: nodes.While) -> list[ast.stmt]:
        self._loops += 1
        body = self.block(node.body)
        self._loops -= 1
        condition = self.condition(node.condition)
        turns = self._names.new("turns")
        counted = code.call(self._names.of(_counter(node.place, self._turns), "count"), code.load(turns))
        return [
            code.store(turns, ast.Constant(0)),
            ast.While(condition, [code.store(turns, self._names.at(counted, node.place)), *body], []),
        ]

    def switch(self, node: nodes.Switch) -> list[ast.stmt]:
        self._loops += 1
        bodies = [self.block(case.body) for case in node.cases]
        self._loops -= 1
        subject = self._expressions.operand(node.subject)
        tests = tuple(self._case(case) for case in node.cases)

        def choose(run: Run) -> int:
            value = subject(run)
            chosen = next((index for index, test in enumerate(tests) if test is not None and test(run, value)), None)
            return next((index for index, test in enumerate(tests) if test is None), len(tests)) if chosen is None else chosen

        chosen = self._names.new("chosen")
        # It is a loop of one turn, so that break leaves it; who comes to the end of a case goes on with the next.
        cases: list[ast.stmt] = [
            ast.If(code.compare(code.load(chosen), ast.LtE(), index), body, []) for index, body in enumerate(bodies) if body
        ]
        choosing = self._names.at(code.call(self._names.of(choose, "choose")), node.place)
        return [code.store(chosen, choosing), ast.While(ast.Constant(True), [*cases, ast.Break()], [])]

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
            return same(value, wanted(run))

        return equal

    # Expressions.

    def condition(self, node: nodes.Expression, within: bool = False) -> ast.expr:
        """Whether it holds: see `Expressions.condition`."""
        if isinstance(node, nodes.Call):
            return code.compare(self._calls.within(node), ast.Gt(), 0)
        if isinstance(node, nodes.Unary) and node.operator == "!":
            return ast.UnaryOp(ast.Not(), self.condition(node.operand, True))
        if isinstance(node, nodes.Binary) and node.operator in ("&&", "||"):
            both = ast.And() if node.operator == "&&" else ast.Or()
            return ast.BoolOp(both, [self.condition(node.left, True), self.condition(node.right, True)])
        holds = self._expressions.condition(node, within)
        return self._names.at(code.call(self._names.of(holds, "holds")), node.place)

    def value(self, node: nodes.Expression) -> ast.expr:
        """What it gives: see `Expressions.value`."""
        if isinstance(node, nodes.Call):
            return self._calls.within(node)
        if isinstance(node, nodes.Literal) and isinstance(node.value, int):
            return ast.Constant(node.value)
        value = self._expressions.value(node)
        return self._names.at(code.call(self._names.of(value, "value")), node.place)

    def _callable(self, node: nodes.Call) -> Callable[[Run], int]:
        """The call as a function, for expressions that are no code."""
        name = self._names.new("called")
        self._before.append(code.function(name, [ast.Return(self._calls.within(node))]))
        objects = self._names.objects
        return lambda run: objects[name](run)  # type: ignore[operator]


def _returned(statement: ast.stmt) -> ast.stmt:
    """What `_Compiler.do` has made of a call, as the end of a route, which returns what the function does."""
    if isinstance(statement, ast.If) and isinstance(statement.test, ast.UnaryOp):
        return ast.Return(statement.test.operand)
    return statement


def _drop(run: Run) -> None:
    run.dropped = True


def _counter(place: Place, turns: int) -> Callable[[Run, int], int]:
    most = max(MOST_TURNS_IN_ALL, turns)

    def count(run: Run, turn: int) -> int:
        """One more turn of a loop."""
        run.turns += 1
        if turn >= turns:
            raise ScriptFault(f"{place}: more than {turns} turns of a loop (max_while_loops)")
        if run.turns > most:
            raise ScriptFault(f"{place}: more than {most} turns of loops in all")
        return turn + 1

    return count
