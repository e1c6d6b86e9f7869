"""The table of functions that a routing script may call: what each is called, takes and may be called from.

A function takes the `Run` first. The types of its further parameters say what a script gives: ``int``; ``bytes``, a string whose
pseudo-variables are already replaced; ``Regex``; ``Substitution``, sed's ``/regex/replacement/flags``; ``Variable``, one to
write to; ``Readable``, text or a variable. Those with a default may be left out. It returns as in Kamailio: above 0 is true,
below is false, 0 ends the script.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from txdispatcher.errors import ScriptFault
from txdispatcher.routing.script.elsewhere import ELSEWHERE

#: What a route is for, and so what may be called from it.
REQUEST, FAILURE, REPLY, BRANCH, EVENT = "request", "failure", "reply", "branch", "event"
#: A route that is entered by another, or by a timer.
PLAIN = "route"
ANY = (REQUEST, FAILURE, REPLY, BRANCH, EVENT)
REQUESTS = (REQUEST, FAILURE)
FORWARDING = (REQUEST, FAILURE, BRANCH)
MESSAGES = (REQUEST, FAILURE, REPLY, BRANCH)

NUMBER, STRING, REGEX, SUBSTITUTION, VARIABLE, READABLE = "number", "string", "regex", "substitution", "variable", "readable"
#: The types of parameters by their annotations.
TYPES = {
    "int": NUMBER,
    "bytes": STRING,
    "Regex": REGEX,
    "Substitution": SUBSTITUTION,
    "Variable": VARIABLE,
    "Variable | None": VARIABLE,
    "Readable": READABLE,
}


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable that a script has named, of the request at hand. To write None takes the value away."""

    read: Callable[[], Any]
    write: Callable[[Any], None]


def _unwritable(value: Any) -> None:
    raise ScriptFault("this cannot be written; allowed: a variable that can")


@dataclass(frozen=True, slots=True)
class Readable(Variable):
    """Text, or a variable: to write to it raises ScriptFault where it is none that can be written."""

    write: Callable[[Any], None] = _unwritable


@dataclass(frozen=True, slots=True)
class Parameter:
    """`type`: as a script's author knows it, one of `TYPES`' values. `optional`: it may be left out."""

    name: str
    type: str
    optional: bool

    @property
    def number(self) -> bool:
        return self.type == NUMBER


@dataclass(frozen=True, slots=True)
class Function:
    """`module` is Kamailio's, which a script loads to have it; "" for the core. `kinds`: what it may be called from.

    `about` says what it does and returns, in Markdown; what it does not say returns true. `alias_of` is the name of the function
    that this is another name for, "" where it is itself.
    """

    name: str
    module: str
    kinds: frozenset[str]
    parameters: tuple[Parameter, ...]
    call: Callable[..., int]
    about: str
    alias_of: str = ""

    @property
    def shown(self) -> str:
        """How it is called: ``ds_select_dst(set_id, algorithm, [limit])``."""
        return f"{self.name}({', '.join(f'[{each.name}]' if each.optional else each.name for each in self.parameters)})"


FUNCTIONS: dict[str, Function] = {}


def function(module: str, kinds: tuple[str, ...] = ANY, *aliases: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Put a function into the table, under its own name and `aliases`."""

    def put(call: Callable[..., int]) -> Callable[..., int]:
        parameters = tuple(
            Parameter(each.name, TYPES[each.annotation], each.default is not inspect.Parameter.empty)
            for each in list(inspect.signature(call).parameters.values())[1:]
        )
        for name in (call.__name__, *aliases):
            alias_of = call.__name__ if name != call.__name__ else ""
            FUNCTIONS[name] = Function(name, module, frozenset(kinds), parameters, call, inspect.getdoc(call) or "", alias_of)
        return call

    return put


#: What does here what another function does there.
_INSTEAD = {
    "set_advertised_address": "listen = … advertise ADDRESS:PORT is the nearest",
    "set_advertised_port": "listen = … advertise ADDRESS:PORT is the nearest",
    "udp_mtu_try_proto": "the settings udp_mtu and udp_mtu_try_proto are the nearest",
    "setavpflag": "$avp(name) is the nearest",
    "resetavpflag": "$avp(name) is the nearest",
    "isavpflagset": "$avp(name) is the nearest",
    "exec": "a Python script is the nearest",
    "cfg_select": "cfg.set by kamcmd is the nearest",
}


def nearest(name: str) -> str:
    """What an unknown function may have been meant to be, for the reader of an error."""
    if name in _INSTEAD:
        return _INSTEAD[name]
    if name in ELSEWHERE:
        module, near_it = ELSEWHERE[name]
        return f"it is of the module {module}: {near_it}"
    near = most_like(name, FUNCTIONS)
    return f"did you mean {near}?" if near else "docs/script-reference.md lists what there is"


def most_like(name: str, names: Iterable[str], cutoff: float = 0.6) -> str:
    """Which of `names` is most like `name`, one of the same letters before all others; "" for none."""
    near = difflib.get_close_matches(name, list(names), n=3, cutoff=cutoff)
    return min(near, key=lambda each: sorted(each) != sorted(name), default="")
