"""Pieces of Python code, as trees, for what a script's routes are compiled to."""

from __future__ import annotations

import ast

from txdispatcher.routing.kamailio.preprocessor import Place


class Names:
    """What the code of one script uses: objects under names of their own, and the places that its lines stand for."""

    def __init__(self) -> None:
        self.objects: dict[str, object] = {}
        #: See `program.Program`.
        self.places: list[tuple[Place, str]] = []
        self._known: dict[int, str] = {}
        self._made = 0

    def new(self, kind: str) -> str:
        """A name that nothing has yet."""
        self._made += 1
        return f"{kind}_{self._made}"

    def of(self, thing: object, kind: str) -> ast.expr:
        """The name under which the code finds `thing`, always the same for the same one."""
        name = self._known.get(id(thing))
        if name is None:
            name = self._known[id(thing)] = self.new(kind)
            self.objects[name] = thing
        return load(name)

    def constant(self, value: object) -> ast.expr:
        return ast.Constant(value) if isinstance(value, (bytes, int)) else self.of(value, "constant")

    def at(self, tree: ast.expr, place: Place, function: str = "") -> ast.expr:
        """`tree`, which stands for what is at `place`: a call of `function`, if that is what it is."""
        self.places.append((place, function))
        tree.lineno = tree.end_lineno = len(self.places)
        tree.col_offset = tree.end_col_offset = 0
        return tree


def load(name: str) -> ast.expr:
    return ast.Name(name, ast.Load())


def store(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([ast.Name(name, ast.Store())], value)


def call(function: ast.expr, *arguments: ast.expr) -> ast.expr:
    """``function(run, …)``"""
    return ast.Call(function, [load("run"), *arguments], [])


def plain_call(function: ast.expr, *arguments: ast.expr) -> ast.expr:
    """``function(…)``"""
    return ast.Call(function, list(arguments), [])


def compare(left: ast.expr, operator: ast.cmpop, right: int) -> ast.expr:
    return ast.Compare(left, [operator], [ast.Constant(right)])


def leave(code: int) -> ast.stmt:
    """Leave the route; with 0 the whole script."""
    return ast.Return(ast.Constant(code))


def function(name: str, body: list[ast.stmt]) -> ast.stmt:
    """``def name(run): …``"""
    arguments = ast.arguments(posonlyargs=[], args=[ast.arg("run")], kwonlyargs=[], kw_defaults=[], defaults=[])
    return ast.FunctionDef(name, arguments, body, [])
