"""A file becomes a script, or an error that names its line."""

from __future__ import annotations

import ast
import importlib
import inspect
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from txdispatcher.errors import ScriptError
from txdispatcher.routing.python import kemi
from txdispatcher.routing.python.checking import check
from txdispatcher.routing.python.methods import Methods
from txdispatcher.routing.python.modules import Home, beside, read_anew
from txdispatcher.routing.python.request import Request
from txdispatcher.routing.python.routes import MARK, Route
from txdispatcher.routing.python.script import STRETCH, WAITING, Entry, PythonScript, Runaway, place_of
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.table import EVENT, REQUEST

#: The events that there are.
EVENTS = ("dispatcher:dst-down", "dispatcher:dst-up", "dispatcher:dst-drained", "tm:local-request")

#: Routes of KEMI's that are entered by their names, and with what.
_EVENT = ("msg", "evname")
_ENTERED = (("ksr_request_route", ("msg",)), ("ksr_reply_route", ("msg",)), ("ksr_dispatcher_event", _EVENT))

_Routes = dict[tuple[str, str], Entry]


@dataclass(frozen=True, slots=True)
class AppPython:
    """What the parameters of Kamailio's app_python3 say of a script. `event`: the method that events of the dispatcher enter, ""
    for ksr_dispatcher_event alone. `routes`: it decides about requests (`cfgengine "python"`); else python_exec() calls it.
    `bare`: it is one for app_python3s, whose routes are functions of the module that are given no message.
    """

    mod_init: str = "mod_init"
    child_init: str = "child_init"
    event: str = ""
    routes: bool = True
    bare: bool = False


def load_script(path: str, app: AppPython | None = None) -> PythonScript:
    """Run the file at `path` as a module, and take its routes. Raises ScriptError.

    A script with ``mod_init`` or a function ``ksr_request_route``, or with an `app`, is one for KEMI; in any other the
    decorators of `routes` say what is a route. Other modules that it imports are found beside it; these are read anew, and are
    what they were where the script fails.
    """
    file = os.path.abspath(path)
    home = Home.of(file)
    tree = _parsed(file)
    kemi.install()
    methods = None
    with STRETCH.loading(), read_anew(home):
        module = _executed(file, tree, home)
        app = app or _app(module)
        if app is not None:
            routes, methods = _of_kemi(file, tree, module, app)
        else:
            routes = _of_decorators(file, [module, *home.modules().values()])

        def has_route(kind: str, name: str) -> bool:
            return (kind, name) in routes

        check(tree, file, has_route, kemi.NAMES)
        for each in home.modules().values():
            if each is not module and each.__file__:
                check(_parsed(each.__file__), each.__file__, has_route, kemi.NAMES)
    return PythonScript(file, routes, kemi.enter, exits=app is not None, python=methods)


def _app(module: ModuleType) -> AppPython | None:
    """What a script is that nothing is said of: None where it is none for KEMI."""
    if callable(getattr(module, "mod_init", None)):
        return AppPython()
    return AppPython(bare=True) if callable(getattr(module, "ksr_request_route", None)) else None


def _of_kemi(file: str, tree: ast.Module, module: ModuleType, app: AppPython) -> tuple[_Routes, Methods]:
    made = module if app.bare else _made(file, module, app)
    routes: _Routes = {(kind, name): entry for kind, name, entry in kemi.routes_of(made, app.event, app.bare)}
    for name, arguments in (*_ENTERED, (app.event, _EVENT)):
        _check_method(made, name, arguments[app.bare :])
    if app.routes and (REQUEST, "") not in routes:
        where = "the script" if app.bare else f"what {app.mod_init}() returns"
        raise ScriptError(file, _line(tree, app.mod_init), f"{where} has no ksr_request_route()")
    return routes, Methods(file, made, kemi.enter, app.bare)


def _of_decorators(file: str, modules: Iterable[ModuleType]) -> _Routes:
    routes: _Routes = {}
    for kind, name, function in _marked(modules):
        _check_route(kind, name, function, routes)
        routes[kind, name] = _entry(function)
    if (REQUEST, "") not in routes:
        raise ScriptError(file, 1, "there is no request route; allowed: a function under @request_route, or KEMI's mod_init()")
    return routes


def _parsed(file: str) -> ast.Module:
    try:
        return ast.parse(Path(file).read_bytes(), file)
    except OSError as error:
        raise ScriptError(file, 0, f"cannot be read: {error.strerror}") from None
    except (SyntaxError, ValueError) as error:
        raise ScriptError(file, getattr(error, "lineno", 0) or 0, getattr(error, "msg", str(error))) from None


def _executed(file: str, tree: ast.Module, home: Home) -> ModuleType:
    name = f"{home.package}.{Path(file).stem}" if home.package else f"txdispatcher_script_{Path(file).stem}"
    if home.package:
        _guarded(file, lambda: importlib.import_module(home.package))
    module = ModuleType(name)
    module.__file__ = file
    module.__package__ = home.package
    # Dataclasses and their like look their module up while it is made.
    sys.modules[name] = module
    code = compile(tree, file, "exec")
    _guarded(file, lambda: exec(code, module.__dict__))
    return module


def _made(file: str, module: ModuleType, app: AppPython) -> object:
    """What mod_init() returned, child_init() called once, as for Kamailio's first worker."""
    mod_init = getattr(module, app.mod_init, None)
    if not callable(mod_init):
        raise ScriptError(file, 1, f"there is no {app.mod_init}(); allowed: one that returns an object whose methods are routes")
    made = _guarded(file, mod_init)
    child_init = getattr(made, app.child_init, None)
    if callable(child_init):
        _guarded(file, lambda: child_init(1))
    return made


def _guarded(file: str, call: Callable[[], object]) -> object:
    """What `call` returns, its errors as those of the script's line, or of that of a module beside it."""
    try:
        return call()
    except Runaway as error:
        raise ScriptError(*place_of(file, error), "it ran on without end, and was stopped") from None
    except (Exception, SystemExit) as error:
        if isinstance(error, SyntaxError) and error.filename and beside(error.filename, os.path.dirname(file)):
            raise ScriptError(error.filename, error.lineno or 0, error.msg) from None
        said = f"{type(error).__name__}: {error}"
        if isinstance(error, ImportError) and "relative import" in said:
            said += "; allowed: import NAME, or an __init__.py beside the script, which makes the folder a package"
        raise ScriptError(*place_of(file, error), said) from error


def _marked(modules: Iterable[ModuleType]) -> Iterator[tuple[str, str, Route]]:
    """The routes among the functions of the modules, in the order in which they stand there."""
    seen: set[int] = set()
    for function in [each for module in modules for each in vars(module).values()]:
        if id(function) not in seen and inspect.isfunction(function):
            seen.add(id(function))
            for kind, name in getattr(function, MARK, ()):
                yield kind, name, function


def _check_route(kind: str, name: str, function: Route, routes: _Routes) -> None:
    file, line = _place(function)
    if (kind, name) in routes:
        raise ScriptError(file, line, f"there is a {kind} route{' ' + name if name else ''} already")
    if kind == EVENT and name not in EVENTS:
        raise ScriptError(file, line, f"the event {name} never comes; allowed: {', '.join(EVENTS)}")
    if kind not in WAITING and inspect.iscoroutinefunction(function):
        raise ScriptError(file, line, f"a {kind} route may not wait; allowed: def, without async")
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise ScriptError(file, line, "a route may not yield; allowed: await, in an async def")
    try:
        inspect.signature(function).bind(None)
    except TypeError:
        raise ScriptError(file, line, "a route takes one argument, the request") from None


def _check_method(made: object, name: str, arguments: tuple[str, ...]) -> None:
    """That a route of KEMI's, if it is there, takes these arguments."""
    method = getattr(made, name, None)
    if inspect.ismethod(method) or inspect.isfunction(method):
        try:
            inspect.signature(method).bind(*arguments)
        except TypeError:
            given = ", ".join(("self", *arguments) if inspect.ismethod(method) else arguments)
            raise ScriptError(*_place(method), f"{name}() is called with other arguments; allowed: {name}({given})") from None


def _place(function: Callable[..., object]) -> tuple[str, int]:
    code = inspect.unwrap(function).__code__
    return code.co_filename, code.co_firstlineno


def _entry(function: Route) -> Entry:
    def enter(run: Run) -> object:
        return function(Request(run))

    return enter


def _line(tree: ast.Module, name: str) -> int:
    """Where a function of that name stands."""
    found = [node.lineno for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name]
    return found[0] if found else 1
