"""What can be said of a script before it runs: names of functions, routes and variables that are written out in it, and how
functions are called.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from txdispatcher.errors import FormatError, ScriptError
from txdispatcher.routing.python.calling import reader, writer
from txdispatcher.routing.python.request import Request
from txdispatcher.routing.regexes import regex
from txdispatcher.routing.script.functions import FUNCTIONS, nearest
from txdispatcher.routing.script.table import (
    BRANCH,
    EVENT,
    FAILURE,
    NUMBER,
    REGEX,
    REPLY,
    REQUEST,
    VARIABLE,
    Function,
    Parameter,
    most_like,
)

#: What names a route, and of which kind.
_NAMING = {"t_on_failure": FAILURE, "t_on_reply": REPLY, "t_on_branch": BRANCH}
_WRITING = ("seti", "sets", "unset")
_DECORATORS = {
    "request_route": REQUEST,
    "failure_route": FAILURE,
    "reply_route": REPLY,
    "branch_route": BRANCH,
    "event_route": EVENT,
}
_LIBRARY = "a library of Python's does that, and where it blocks: await in_thread(…)"
#: Modules of Kamailio whose work a Python script does better by itself.
_IN_PYTHON = {
    "asynk": "a route that is async def may await, and goes on by itself",
    "http_async_client": _LIBRARY,
    "http_client": _LIBRARY,
    "jansson": _LIBRARY,
    "ndb_mongodb": _LIBRARY,
    "ndb_redis": _LIBRARY,
    "sqlops": _LIBRARY,
    "utils": _LIBRARY,
}
#: KSR's names: see `kemi.NAMES`.
Names = Mapping[str, Function | Callable[..., Any] | None]
_Def = ast.FunctionDef | ast.AsyncFunctionDef


def check(tree: ast.Module, file: str, has_route: Callable[[str, str], bool], kemi: Names) -> None:
    """Raise ScriptError for what the script of that file, or a module beside it, can only have meant otherwise."""
    known_as = set(_names_of_ksr(tree))
    functions = {each.name for each in tree.body if isinstance(each, _Def)}
    awaited = set(_names_to_await(tree))
    requests = _requests(tree)
    # In the order of their lines, so that the first error is the first in the file.
    for node in sorted(ast.walk(tree), key=lambda each: getattr(each, "lineno", 0)):
        reason = None
        if isinstance(node, ast.Call):
            reason = _wrong_route(node, functions, has_route) or _wrong_call(node, requests, known_as, kemi)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            called = node.value.func
            if isinstance(called, ast.Name) and called.id in awaited:
                reason = f"{called.id}(…) does nothing by itself; allowed: await {called.id}(…)"
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and id(node.value) in requests:
            reason = _wrong_variable(_text(node.slice), isinstance(node.ctx, ast.Store))
        elif isinstance(node, ast.Attribute):
            reason = _wrong_ksr(node, known_as, kemi) or _wrong_attribute(node, requests)
        if reason is not None:
            raise ScriptError(file, getattr(node, "lineno", 0), reason)


def _names_of_ksr(tree: ast.Module) -> Iterator[str]:
    """By which names the script has the module KSR."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.asname or each.name for each in node.names if each.name == "KSR")


def _names_to_await(tree: ast.Module) -> Iterator[str]:
    """By which names the script has what must be awaited."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "txdispatcher.script":
            yield from (each.asname or each.name for each in node.names if each.name in ("sleep", "in_thread"))


# A request, by the name of a parameter.


def _requests(tree: ast.Module) -> dict[int, frozenset[str] | None]:
    """Where a name stands that may be a request: by the node's id, the kinds of route that it is in, where it is one for sure.

    It is the argument of a route, or is annotated ``Request``, of whichever kind; other parameters only may be one (None).
    """
    found: dict[int, frozenset[str] | None] = {}
    annotations = set(_names_of_request(tree))
    for function in ast.walk(tree):
        if not isinstance(function, _Def):
            continue
        kinds = frozenset(_kinds(function))
        named: dict[str, frozenset[str] | None] = {}
        for index, each in enumerate([*function.args.posonlyargs, *function.args.args]):
            if kinds and index == 0:
                named[each.arg] = kinds
            elif each.annotation is None:
                named[each.arg] = None
            elif ast.unparse(each.annotation).strip("'\"") in annotations:
                named[each.arg] = frozenset(_DECORATORS.values())
        for node in ast.walk(function):
            if isinstance(node, ast.Name) and node.id in named:
                found[id(node)] = named[node.id]
    return found


def _names_of_request(tree: ast.Module) -> Iterator[str]:
    """How the script may write the class of requests; others have one of that name, too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "txdispatcher.script":
            yield from (each.asname or "Request" for each in node.names if each.name in ("Request", "*"))
        elif isinstance(node, ast.ImportFrom) and node.module == "txdispatcher":
            yield from (f"{each.asname or each.name}.Request" for each in node.names if each.name == "script")
        elif isinstance(node, ast.Import):
            yield from (f"{each.asname or each.name}.Request" for each in node.names if each.name == "txdispatcher.script")


def _kinds(function: _Def) -> Iterator[str]:
    """The kinds of route that its decorators make it."""
    for each in function.decorator_list:
        named = each.func if isinstance(each, ast.Call) else each
        name = named.id if isinstance(named, ast.Name) else named.attr if isinstance(named, ast.Attribute) else ""
        if name in _DECORATORS:
            yield _DECORATORS[name]


def _wrong_attribute(node: ast.Attribute, requests: Mapping[int, frozenset[str] | None]) -> str | None:
    """``request.name``"""
    if not isinstance(node.value, ast.Name) or not requests.get(id(node.value)) or hasattr(Request, node.attr):
        return None
    near = most_like(node.attr, (each for each in dir(Request) if not each.startswith("_")))
    hint = f"did you mean {node.value.id}.{near}?" if near else nearest(node.attr)
    return f"{node.value.id}.{node.attr} is unknown; {hint}"


# KSR.


def _wrong_ksr(node: ast.Attribute, known_as: set[str], kemi: Names) -> str | None:
    """``KSR.name`` and ``KSR.module.name``: both are looked at on their own, the module first."""
    path = _path(node)
    if path is None or path[0] not in known_as or len(path) > 3:
        return None
    name = ".".join(path[1:])
    if name in kemi:
        return None
    near = most_like(name, kemi, 0.75)
    hint = f"did you mean KSR.{near}?" if near else ""
    told = nearest(path[-1])
    if len(path) > 2 and not told.startswith(("did you mean", "docs/")):
        # Something is known of the function itself.
        hint = told
    if path[1] in _IN_PYTHON:
        hint = _IN_PYTHON[path[1]]
    elif not hint and path[1] not in kemi:
        hint = f"this server has nothing of the module {path[1]}: the script must do without, or another server do it"
    return f"KSR.{name} is not there; {hint or 'docs/python-scripts.md lists what there is'}"


# Calls.


def _wrong_route(node: ast.Call, functions: set[str], has_route: Callable[[str, str], bool]) -> str | None:
    """``t_on_failure(route)``, or with its name. `functions` are those of the module."""
    if not isinstance(node.func, ast.Attribute) or not node.args:
        return None
    kind = _NAMING.get(node.func.attr)
    first = node.args[0]
    name = _text(first) or (first.id if isinstance(first, ast.Name) and first.id in functions else None)
    if kind is None or not name or has_route(kind, name):
        return None
    hint = f"; allowed: @{kind}_route over the function" if name in functions else ""
    return f"{node.func.attr}: there is no {kind} route {name}{hint}"


def _wrong_call(node: ast.Call, requests: Mapping[int, frozenset[str] | None], known_as: set[str], kemi: Names) -> str | None:
    if not isinstance(node.func, ast.Attribute):
        return None
    value = node.func.value
    if isinstance(value, ast.Name) and (kinds := requests.get(id(value))):
        function = FUNCTIONS.get(node.func.attr)
        return _wrong_arguments(node, function, kinds) if function is not None else None
    path = _path(node.func)
    if path is None or path[0] not in known_as:
        return None
    called = kemi.get(".".join(path[1:]))
    if isinstance(called, Function):
        return _wrong_arguments(node, called, called.kinds)
    if called is None or _is_open(node):
        return None
    try:
        inspect.signature(called).bind(None, *node.args)
    except TypeError:
        return f"found {len(node.args)} arguments; allowed: {'.'.join(path)}{_shown(called)}"
    return _wrong_variable(_text(node.args[0]), path[2] in _WRITING) if path[1:2] == ["pv"] else None


def _shown(called: Callable[..., Any]) -> str:
    parameters = list(inspect.signature(called).parameters.values())[1:]
    return f"({', '.join(each.name for each in parameters)})"


def _is_open(node: ast.Call) -> bool:
    """Whether how many arguments there are is only known when it runs."""
    return any(isinstance(each, ast.Starred) for each in node.args) or any(each.arg is None for each in node.keywords)


def _wrong_arguments(node: ast.Call, function: Function, kinds: frozenset[str]) -> str | None:
    if not kinds & function.kinds:
        allowed = ", ".join(sorted(function.kinds))
        return f"{function.name}() may not be called in a {min(kinds)} route; allowed in: {allowed}"
    if _is_open(node):
        return None
    parameters = function.parameters
    if len(node.args) > len(parameters):
        return f"found {len(node.args)} arguments; allowed: {function.shown}"
    by_name = {each.arg: each.value for each in node.keywords}
    rest = parameters[len(node.args) :]
    unknown = set(by_name) - {each.name for each in rest}
    if unknown:
        return f"found {', '.join(map(str, sorted(unknown, key=str)))}; allowed: {function.shown}"
    for each in rest:
        if each.name not in by_name and not each.optional:
            return f"{each.name} is missing; allowed: {function.shown}"
    given = [*zip(parameters, node.args, strict=False), *((each, by_name[each.name]) for each in rest if each.name in by_name)]
    for parameter, value in given:
        if isinstance(value, ast.Constant) and (reason := _wrong_value(function, parameter, value.value)):
            return reason
    return None


def _wrong_value(function: Function, parameter: Parameter, value: object) -> str | None:
    if parameter.type == NUMBER:
        if not isinstance(value, int):
            return f"{parameter.name} is {value!r}; allowed: a number, as in {function.shown}"
        return None
    if not isinstance(value, str | bytes | int):
        return f"{parameter.name} is {value!r}; allowed: text, as in {function.shown}"
    try:
        if parameter.type == REGEX and isinstance(value, str):
            regex(value.encode())
        elif parameter.type == VARIABLE:
            reader(str(value))
            writer(str(value))
    except FormatError as error:
        return f"{parameter.name}: {error.reason if parameter.type == REGEX else error}"
    return None


def _wrong_variable(name: str | None, written: bool) -> str | None:
    """``request["$ru"]``, ``KSR.pv.get("$ru")``"""
    if name is None or not name.startswith("$"):
        return None
    try:
        (writer if written else reader)(name)
    except FormatError as error:
        return str(error)
    return None


def _path(node: ast.expr) -> list[str] | None:
    """``["KSR", "pv", "get"]``"""
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute):
        before = _path(node.value)
        return [*before, node.attr] if before is not None else None
    return None


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
