"""What a Kamailio configuration file says, taken apart: plain frozen values, each with its place."""

from __future__ import annotations

from dataclasses import dataclass

from txdispatcher.routing.kamailio.preprocessor import Place

#: Kinds of route, by today's names (``route`` without a name is ``request_route``).
REQUEST, FAILURE, REPLY, BRANCH, EVENT, SEND, ROUTE = (
    "request_route",
    "failure_route",
    "onreply_route",
    "branch_route",
    "event_route",
    "onsend_route",
    "route",
)


#: The end of a route behind a function: its code is what the route returns.
END = "end"


@dataclass(frozen=True, slots=True)
class Setting:
    """``name = value``: the value as it is written, quotes taken off if they stand around all of it."""

    place: Place
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class LoadModule:
    """``loadmodule "tm.so"``: `name` is ``tm``."""

    place: Place
    name: str


@dataclass(frozen=True, slots=True)
class Modparam:
    """``modparam("modules", "name", value)``: `modules` are those of the first argument, separated by | there."""

    place: Place
    modules: tuple[str, ...]
    name: str
    value: str | int


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, or a string whose escapes are resolved and whose pseudo-variables are not."""

    place: Place
    value: str | int


@dataclass(frozen=True, slots=True)
class Variable:
    """A pseudo-variable, as it is written: ``$avp(x)``."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Word:
    """A bare word: ``uri``, ``method``, ``myself``, a route's name, a flag's."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments."""

    place: Place
    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Unary:
    """`operator` is one of ``! - ~``, or the type of a cast: ``int``, ``str``; or ``defined``, ``strlen``, ``strempty``."""

    place: Place
    operator: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary:
    """`operator` is one of ``|| && == != =~ !~ < <= > >= + - * / % & | ^ << >>``."""

    place: Place
    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Assign:
    """``target = value;``"""

    place: Place
    target: Variable
    value: Expression


@dataclass(frozen=True, slots=True)
class If:
    place: Place
    condition: Expression
    then: Block
    otherwise: Block | None


@dataclass(frozen=True, slots=True)
class While:
    place: Place
    condition: Expression
    body: Block


@dataclass(frozen=True, slots=True)
class Case:
    """``case value:``; `value` None is ``default:``, `regex` says that it is a regular expression (``case /^sip/:``)."""

    place: Place
    value: Expression | None
    regex: bool
    body: Block


@dataclass(frozen=True, slots=True)
class Switch:
    place: Place
    subject: Expression
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Leave:
    """``return``, ``exit``, ``drop`` or ``break`` (`how`), with the value of the first three; or `END`."""

    place: Place
    how: str
    value: Expression | None


@dataclass(frozen=True, slots=True)
class Do:
    """An expression as a statement: what it gives does not matter."""

    place: Place
    expression: Expression


Expression = Literal | Variable | Word | Call | Unary | Binary
Statement = Assign | If | While | Switch | Leave | Do
Block = tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """A route: `kind` as above, `name` "" for the one that has none."""

    place: Place
    kind: str
    name: str
    body: Block


@dataclass(frozen=True, slots=True)
class Script:
    """A whole file, with what it includes."""

    file: str
    settings: tuple[Setting, ...]
    modules: tuple[LoadModule, ...]
    modparams: tuple[Modparam, ...]
    routes: tuple[Route, ...]
