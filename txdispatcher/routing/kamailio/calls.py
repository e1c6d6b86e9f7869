"""Calls of a Kamailio script: what may be called where with what, and the code of it."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import cast

from txdispatcher.errors import MisplacedError, ScriptFault
from txdispatcher.routing.kamailio import code, nodes
from txdispatcher.routing.kamailio.expressions import Expressions, error
from txdispatcher.routing.kamailio.program import KINDS
from txdispatcher.routing.script.functions import FUNCTIONS, nearest
from txdispatcher.routing.script.functions_core import LAST_FLAG, LEVELS
from txdispatcher.routing.script.run import Exit, Run
from txdispatcher.routing.script.table import Function
from txdispatcher.routing.values import as_number

#: Routes within routes; Kamailio's max_recursive_level.
DEEPEST = 256

#: Functions that log at a level of their own.
_LOGGING = {"xdbg": 3, "xinfo": 2, "xnotice": 1}
#: What names a route, and of which kind.
_NAMING = {"t_on_failure": nodes.FAILURE, "t_on_reply": nodes.REPLY, "t_on_branch": nodes.BRANCH}
#: What takes the route away instead.
_NO_ROUTE = ("", "0")
#: What reads the last return code.
_RETURN_CODE = re.compile(r"\$\(?(?:rc\b|retcode\b|\?)")


class Calls:
    """The calls of `script`. `kind` is that of the route whose calls are compiled, one of `table`; "" for a plain route.

    `routes` are the names of the routes' functions, by kind and name.
    """

    def __init__(self, script: nodes.Script, names: code.Names, expressions: Expressions) -> None:
        self._names = names
        self._expressions = expressions
        self.kind = ""
        self.routes = {(route.kind, route.name): names.new("route") for route in script.routes}
        self._recursive = _recursive(script)
        #: Whether a function's return code must be there to be read afterwards.
        self._kept = any(
            isinstance(each, (nodes.Literal, nodes.Variable)) and _RETURN_CODE.search(_text(each)) for each in _within(script)
        )

    def entered(self) -> list[ast.stmt]:
        """What a route begins with."""
        return [ast.Expr(self._keep(ast.Constant(1)))] if self._kept else []

    def within(self, node: nodes.Call) -> ast.expr:
        """The return code, in an expression: 0 ends the script. Raises ScriptError."""
        return ast.BoolOp(ast.Or(), [self.call(node), code.plain_call(self._names.of(_leave, "leave"))])

    def call(self, node: nodes.Call) -> ast.expr:
        """The return code, which is $retcode then; 0 is to end the script. Raises ScriptError."""
        if node.name == "route":
            return self._keep(self._subroute(node))
        if node.name in ("route_if_exists", "check_route_exists"):
            return self._keep(self._if_there(node))
        function = FUNCTIONS.get(node.name)
        if function is None:
            raise error(node.place, f"{node.name}() is unknown; {nearest(node.name)}")
        self._check(node, function)
        kind = _NAMING.get(node.name)
        if kind is not None and isinstance(node.arguments[0], nodes.Literal) and str(node.arguments[0].value) not in _NO_ROUTE:
            self._find(kind, str(node.arguments[0].value), node)
        arguments = []
        for each, parameter in zip(node.arguments, function.parameters, strict=False):
            constant = isinstance(each, nodes.Literal) and "$" not in str(each.value)
            if constant and parameter.name == "htable":
                self._expressions.check_table(_text(each), each.place)
            argument = self._expressions.argument(each, parameter.type)
            if constant:
                # It needs no run, and is the same in each.
                arguments.append(self._names.constant(argument(cast(Run, None))))
            else:
                arguments.append(self._names.at(code.call(self._names.of(argument, "argument")), each.place))
        called = self._names.at(code.call(self._names.of(function.call, node.name), *arguments), node.place, node.name)
        level = _log_level(node)
        if level is not None:
            # Where nobody reads it, its text is not put together.
            read = code.plain_call(self._names.of(_READ[level], "is_read"), code.load("run"))
            called = ast.IfExp(read, called, ast.Constant(1))
        return self._keep(called)

    def _keep(self, called: ast.expr) -> ast.expr:
        return code.call(self._names.of(_keep, "keep"), called) if self._kept else called

    def _subroute(self, node: nodes.Call) -> ast.expr:
        """``route(NAME)``: what it returns, 1 without ``return``."""
        if len(node.arguments) != 1:
            raise error(node.place, f"route() takes one name, not {len(node.arguments)}")
        argument = node.arguments[0]
        if isinstance(argument, nodes.Word) or (isinstance(argument, nodes.Literal) and "$" not in str(argument.value)):
            name = _text(argument)
            self._find(nodes.ROUTE, name, node)
            route = code.load(self.routes[nodes.ROUTE, name])
            if name not in self._recursive:
                return self._names.at(code.call(route), node.place)
            return self._names.at(code.call(self._names.of(_enter, "enter"), route, ast.Constant(name)), node.place)
        objects, routes, named = self._names.objects, self.routes, self._expressions.text(argument)

        def enter(run: Run) -> int:
            found = named(run).decode(errors="backslashreplace")
            route = routes.get((nodes.ROUTE, found))
            if route is None:
                raise ScriptFault(f"{node.place}: there is no route[{found}]")
            return _enter(run, objects[route], found)

        return self._names.at(code.call(self._names.of(enter, "enter")), node.place)

    def _if_there(self, node: nodes.Call) -> ast.expr:
        """``route_if_exists(NAME)``: what the route returns, -1 where there is none; ``check_route_exists``: 1 where there is."""
        if len(node.arguments) != 1:
            raise error(node.place, f"{node.name}() takes one name, not {len(node.arguments)}")
        objects, routes, enters = self._names.objects, self.routes, node.name == "route_if_exists"
        named = self._expressions.text(node.arguments[0])

        def enter(run: Run) -> int:
            found = named(run).decode("utf-8", "replace")
            route = routes.get((nodes.ROUTE, found))
            if route is not None and enters:
                return _enter(run, objects[route], found)
            return -1 if route is None else 1

        return self._names.at(code.call(self._names.of(enter, "enter")), node.place)

    def _find(self, kind: str, name: str, node: nodes.Call) -> None:
        if (kind, name) not in self.routes:
            names = [each for (other, each) in self.routes if other == kind and each]
            near = difflib.get_close_matches(name, names, n=1)
            allowed = f"did you mean {near[0]}?" if near else f"there is: {', '.join(names) or 'none'}"
            raise error(node.place, f"there is no {kind}[{name}]; {allowed}")

    def _check(self, node: nodes.Call, function: Function) -> None:
        least = sum(not each.optional for each in function.parameters)
        most = len(function.parameters)
        if not least <= len(node.arguments) <= most:
            raise error(node.place, f"found {len(node.arguments)} arguments; allowed: {function.shown}")
        if self.kind and self.kind not in function.kinds:
            allowed = ", ".join(kind for kind, word in KINDS.items() if word in function.kinds and kind != nodes.SEND)
            place = node.place
            raise MisplacedError(place.file, place.line, f"{node.name}() may not stand here; allowed in: {allowed}")
        for parameter, argument in zip(function.parameters, node.arguments, strict=False):
            flag = argument.value if parameter.name == "flag" and isinstance(argument, nodes.Literal) else 0
            if not 0 <= as_number(flag.encode() if isinstance(flag, str) else flag) <= LAST_FLAG:
                raise error(node.place, f"found {flag}; allowed: a flag, 0 to {LAST_FLAG}")


def _log_level(node: nodes.Call) -> int | None:
    """The level of what the function logs; None for another function, and where a variable says it."""
    if node.name == "xlog" and len(node.arguments) == 2:
        named = _text(node.arguments[0])
        if named.startswith("L_") and named.encode() not in LEVELS:
            raise error(node.place, f"found {named}; allowed: {', '.join(each.decode() for each in LEVELS)}")
        return LEVELS.get(named.encode())
    return _LOGGING.get(node.name)


def _text(node: nodes.Expression) -> str:
    """What a string, a variable or a word says; empty for what is more."""
    if isinstance(node, nodes.Literal):
        return str(node.value)
    return node.text if isinstance(node, (nodes.Word, nodes.Variable)) else ""


def _within(node: object) -> Iterator[object]:
    """The nodes in a node, and itself."""
    if isinstance(node, tuple):
        for each in node:
            yield from _within(each)
    elif is_dataclass(node):
        yield node
        for field in fields(node):
            yield from _within(getattr(node, field.name))


def _recursive(script: nodes.Script) -> set[str]:
    """The names of the routes that lead to themselves by route(NAME)."""
    leads = {
        route.name: {
            _text(each.arguments[0])
            for each in _within(route.body)
            if isinstance(each, nodes.Call) and each.name == "route" and each.arguments
        }
        for route in script.routes
        if route.kind == nodes.ROUTE
    }

    def reached(name: str) -> set[str]:
        found: set[str] = set()
        todo = list(leads[name])
        while todo:
            each = todo.pop()
            if each not in found:
                found.add(each)
                todo += leads.get(each, ())
        return found

    return {name for name in leads if name in reached(name)}


# What the code of a script calls.


def _leave() -> int:
    raise Exit


def _keep(run: Run, code: int) -> int:
    run.retcode = code
    return code


def _enter(run: Run, route: object, name: str) -> int:
    run.depth += 1
    if run.depth > DEEPEST:
        raise ScriptFault(f"route[{name}] calls itself, {DEEPEST} deep")
    found: int = route(run)  # type: ignore[operator]
    run.depth -= 1
    return found


def _reads(level: int) -> object:
    return lambda run: level <= run.shared.debug


_READ = {level: _reads(level) for level in LEVELS.values()}
