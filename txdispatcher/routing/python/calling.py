"""One call of a function of the table, with the values of Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from txdispatcher.errors import FormatError, ScriptFault
from txdispatcher.routing.regexes import Regex, Substitution, regex, substitution
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.run_variables import Reader, Writer
from txdispatcher.routing.script.table import (
    NUMBER,
    READABLE,
    REGEX,
    STRING,
    SUBSTITUTION,
    VARIABLE,
    Function,
    Parameter,
    Readable,
    Variable,
)
from txdispatcher.routing.script.texts import compile_text, compile_value, compile_writer
from txdispatcher.routing.values import as_bytes
from txdispatcher.routing.variables import Value

#: What a function takes.
_Argument = int | bytes | Regex | Substitution | Variable
#: What is kept of the texts that a script has made: they need not be compiled again.
_KEPT = 4096


#: One call: the run, the arguments by position and by name; it gives Kamailio's return code.
Invoke = Callable[[Run, tuple[Any, ...], Mapping[str, Any]], int]


def prepared(function: Function) -> Invoke:
    """What calls the function. It raises ScriptFault where that may not be called here, or not like this."""
    kinds, target, types = function.kinds, function.call, [each.type for each in function.parameters]
    least = sum(not each.optional for each in function.parameters)
    most = len(types)
    # Their texts have pseudo-variables in them, as in Kamailio.
    expands = function.module == "xlog"

    def invoke(run: Run, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> int:
        if run.kind not in kinds:
            allowed = ", ".join(sorted(kinds))
            raise ScriptFault(f"{function.name}() may not be called in a {run.kind} route; allowed in: {allowed}")
        if not arguments and not named and not least:
            return target(run)
        if not named and not expands and least <= len(arguments) <= most:
            given: list[int | bytes] = []
            for kind, each in zip(types, arguments, strict=False):
                if kind == NUMBER and type(each) is int:
                    given.append(each)
                elif kind == STRING and type(each) is str:
                    given.append(each.encode("utf-8", "surrogateescape"))
                else:
                    break
            else:
                return target(run, *given)
        # Whatever is not as it mostly is.
        return _bound_call(function, run, arguments, named, expands)

    return invoke


def _bound_call(function: Function, run: Run, arguments: tuple[Any, ...], named: Mapping[str, Any], expands: bool) -> int:
    given, by_name = bound(function, run, arguments, named)
    if expands:
        given = [as_bytes(text(each)(run)) if isinstance(each, bytes) else each for each in given]
    return function.call(run, *given, **by_name)


def call(function: Function, run: Run, *arguments: Any) -> int:
    """One call of a function that is only known now."""
    return prepared(function)(run, arguments, {})


def bound(
    function: Function, run: Run, arguments: tuple[Any, ...], named: Mapping[str, Any]
) -> tuple[list[_Argument], dict[str, _Argument]]:
    """The arguments in the function's types, by position and by name. Raises ScriptFault."""
    parameters = function.parameters
    if len(arguments) > len(parameters):
        raise ScriptFault(f"found {len(arguments)} arguments; allowed: {function.shown}")
    given = [_value(function, run, parameter, each) for parameter, each in zip(parameters, arguments, strict=False)]
    by_name = {}
    for parameter in parameters[len(arguments) :]:
        if parameter.name in named:
            by_name[parameter.name] = _value(function, run, parameter, named[parameter.name])
        elif not parameter.optional:
            raise ScriptFault(f"{parameter.name} is missing; allowed: {function.shown}")
    if len(by_name) < len(named):
        raise ScriptFault(f"found {', '.join(set(named) - set(by_name))}; allowed: {function.shown}")
    return given, by_name


def _value(function: Function, run: Run, parameter: Parameter, value: Any) -> _Argument:
    if parameter.type == NUMBER:
        if isinstance(value, int):
            return value
        raise ScriptFault(f"{parameter.name} is {value!r}; allowed: a number, as in {function.shown}")
    found = _text(function, parameter, value)
    try:
        if parameter.type == REGEX:
            return regex(found)
        if parameter.type == SUBSTITUTION:
            return _substitution(found)
        if parameter.type == READABLE and not found.startswith(b"$"):
            return Readable(lambda: found)
        if parameter.type in (VARIABLE, READABLE):
            name = str(decoded(found))
            read, write = reader(name), writer(name)
            return Variable(lambda: read(run), lambda value: write(run, value))
    except FormatError as error:
        raise ScriptFault(str(error)) from None
    return found


def _text(function: Function, parameter: Parameter, value: Any) -> bytes:
    if isinstance(value, str):
        return encoded(value)
    if isinstance(value, bytes):
        return value
    if isinstance(value, int):
        return b"%d" % value
    if callable(value) and hasattr(value, "__name__"):
        # t_on_failure(route): a route is known by its name.
        return encoded(value.__name__)
    raise ScriptFault(f"{parameter.name} is {value!r}; allowed: text, as in {function.shown}")


def encoded(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape")


def decoded(value: Value | None) -> str | int | None:
    """A value as Python has it: what is no UTF-8 comes back as it was (surrogates)."""
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value


def value_of(value: str | int | bytes | None) -> Value | None:
    return encoded(value) if isinstance(value, str) else value


@lru_cache(_KEPT)
def reader(name: str) -> Reader:
    """What reads the pseudo-variable, or a text with such. Raises FormatError."""
    return compile_value(name)


@lru_cache(_KEPT)
def writer(name: str) -> Writer:
    """What assigns to it. Raises FormatError."""
    return compile_writer(name)


@lru_cache(_KEPT)
def _substitution(found: bytes) -> Substitution:
    return substitution(found.decode("utf-8", "surrogateescape"), compile_text)


@lru_cache(_KEPT)
def text(source: bytes) -> Reader:
    """What replaces the pseudo-variables in a text. Raises FormatError."""
    return compile_text(source.decode("utf-8", "surrogateescape"))
