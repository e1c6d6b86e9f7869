"""The methods named cfg.*: the parameters that may be changed while the server runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from txdispatcher.balancing.probing import Probing
from txdispatcher.control.table import Fault, Kind, Method, Parameter
from txdispatcher.sip.reply_codes import parse_reply_codes


@dataclass(frozen=True, slots=True)
class Variable:
    """One parameter. `set` takes a value of `type`, and raises ValueError, which says what is allowed."""

    group: str
    name: str
    type: type[int] | type[str]
    doc: str
    get: Callable[[], int | str | None]
    set: Callable[[int | str], None]


def cfg_methods(variables: list[Variable]) -> list[Method]:
    """The entries for the table."""
    by_name = {(each.group, each.name): each for each in variables}

    def list_variables(group: str = "") -> list[object]:
        return [f"{each.group}: {each.name}" for each in variables if group in ("", each.group)]

    def get(group: str, name: str = "") -> object:
        if name:
            return _found(group, name, "Failed to get the variable").get()
        values = {each.name: each.get() for each in variables if each.group == group}
        if not values:
            raise Fault(400, "Failed to get the group")
        return values

    def help_of(group: str, name: str) -> list[object]:
        variable = _found(group, name, "Failed to get the variable description")
        kind = "integer" if variable.type is int else "string"
        return [variable.doc, f"(parameter type is {kind})"]

    def put(group: str, name: str, value: object) -> list[object]:
        variable = _found(group, name, _NOT_SET)
        if variable.type is str and isinstance(value, int):
            value = str(value)
        if isinstance(value, bool) or not isinstance(value, variable.type):
            raise Fault(400, _NOT_SET)
        try:
            variable.set(value)
        except ValueError as error:
            raise Fault(400, f"{_NOT_SET}: {error}") from None
        # Nothing to show, by every listener.
        return []

    def _found(group: str, name: str, otherwise: str) -> Variable:
        variable = by_name.get((group, name))
        if variable is None:
            raise Fault(400, otherwise)
        return variable

    group, name = Parameter("group", Kind.STRING), Parameter("name", Kind.STRING)

    def setter(method: str, kind: Kind, what: str, example: object) -> Method:
        where = ("dispatcher", "probing_threshold" if isinstance(example, int) else "ping_reply_codes", example)
        parameters = (group, name, Parameter("value", kind))
        doc = f"Set a parameter to {what}, at once"
        return Method(method, parameters, doc, put, (400, _NOT_SET), changes=True, example=where)

    return [
        Method(
            "cfg.list",
            (Parameter("group", Kind.STRING, required=False),),
            "List the parameters that may be changed while the server runs",
            list_variables,
        ),
        Method(
            "cfg.get",
            (group, Parameter("name", Kind.STRING, required=False)),
            "Show the value of a parameter, or those of a group",
            get,
            misuse=(500, "Failed to get the parameters"),
            example=("dispatcher", "probing_threshold"),
        ),
        Method(
            "cfg.help",
            (group, name),
            "Show what a parameter means",
            help_of,
            misuse=(400, "Failed to get the variable description"),
            example=("dispatcher", "probing_threshold"),
        ),
        setter("cfg.set", Kind.ANY, "a value", 2),
        setter("cfg.seti", Kind.INTEGER, "a number", 2),
        setter("cfg.sets", Kind.STRING, "a string", "class=2;code=404"),
        setter("cfg.set_now_int", Kind.INTEGER, "a number", 2),
        setter("cfg.set_now_string", Kind.STRING, "a string", "class=2;code=404"),
    ]


def probing_variables(probing: Probing, reply_codes: str) -> list[Variable]:
    """The parameters of probing. `reply_codes` is the text that its reply codes were read from, "" for none."""
    text: str | None = reply_codes or None

    def set_reply_codes(value: int | str) -> None:
        nonlocal text
        probing.reply_codes = parse_reply_codes(str(value))
        text = str(value)

    def threshold(name: str, doc: str) -> Variable:
        def put(value: int | str) -> None:
            if int(value) < 1:
                raise ValueError(f"found {value}; allowed: 1 or more")
            setattr(probing, name, value)

        return Variable("dispatcher", name, int, doc, lambda: int(getattr(probing, name)), put)

    return [
        threshold("probing_threshold", "How many failures in a row make a destination inactive"),
        threshold("inactive_threshold", "How many good answers in a row make an inactive destination active again"),
        Variable(
            "dispatcher",
            "ping_reply_codes",
            str,
            "Which answers to a ping are good, beside 2xx: class=N and code=NNN, semicolons between",
            lambda: text,
            set_reply_codes,
        ),
    ]


_NOT_SET = "Failed to set the variable"
