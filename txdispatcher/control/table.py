"""One table of methods: what can be called, with what, and what it says about itself.

A listener is a thin translation over it: it turns its own bytes into a name and parameters, has them called here, and turns
the result, or the Fault, into bytes again. Adding a method is one entry.
"""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from txdispatcher.errors import DispatcherError


class Fault(DispatcherError):
    """What the caller is told instead of a result: `code` (over HTTP it is the status too) and `text`, both Kamailio's."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code} - {text}")
        self.code = code
        self.text = text


class UnknownMethod(Fault):
    """There is no method `name`. Code and text are those of jsonrpcs; a listener with other ones puts them in their place."""

    def __init__(self, name: str) -> None:
        super().__init__(500, "Method Not Found")
        self.name = name


class Kind(enum.Enum):
    """What a parameter takes, and what the function is given for it."""

    #: A whole number. JSON's true and fractions count as numbers and are cut, as by Kamailio; its strings never do.
    INTEGER = "integer"
    #: A string and nothing else.
    STRING = "string"
    #: A string, or a number that stands for its digits.
    WORD = "word"
    #: Whatever comes: the function looks at it.
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. Those that are not `required` come last, and the function has defaults for them.

    `doc` says in a few words what it means. One that is `repeated` is the last, and may be given any number of times.
    """

    name: str
    kind: Kind
    required: bool = True
    doc: str = ""
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Method:
    """One entry of the table.

    `function` is called with one positional argument for each parameter that was given. It returns a value of JSON's types,
    dicts in the order that is shown, long lists as `pieces.Pieces`; or an awaitable of one. It raises Fault. `misuse` is code
    and text of the fault for parameters that are missing or of the wrong kind. `doc` is what system.methodHelp shows: one line.
    One that `changes` something is refused to callers who may only read. `example` are the parameters of a call that the
    reference shows.
    """

    name: str
    parameters: tuple[Parameter, ...]
    doc: str
    function: Callable[..., object | Awaitable[object]]
    misuse: tuple[int, str] = (500, "Invalid Parameters")
    changes: bool = False
    example: tuple[object, ...] = ()

    def bind(self, given: Sequence[object] | Mapping[str, object]) -> list[object]:
        """The arguments for `function`, from parameters by position or by name. Raises Fault: `misuse`.

        Parameters beyond those of the method are ignored, as by Kamailio. So are names of which one is unknown: the values
        then count in the order in which they came.
        """
        values = self._by_name(given) if isinstance(given, Mapping) else list(given)
        if len(values) < sum(parameter.required for parameter in self.parameters):
            raise Fault(*self.misuse)
        expected = list(self.parameters)
        if expected and expected[-1].repeated:
            expected += expected[-1:] * (len(values) - len(expected))
        return [self._convert(parameter, value) for parameter, value in zip(expected, values, strict=False)]

    def _by_name(self, given: Mapping[str, object]) -> list[object]:
        names = [parameter.name for parameter in self.parameters]
        if not set(given) <= set(names):
            return list(given.values())
        present = [name for name in names if name in given]
        if present != names[: len(present)]:  # One is left out before another that is there.
            raise Fault(*self.misuse)
        return [given[name] for name in present]

    def _convert(self, parameter: Parameter, value: object) -> object:
        if parameter.kind is Kind.INTEGER:
            if isinstance(value, int | float):
                try:
                    return int(value)
                except (ValueError, OverflowError):  # Not a number, or infinite.
                    raise Fault(*self.misuse) from None
        elif isinstance(value, str) or parameter.kind is Kind.ANY:
            return value
        elif parameter.kind is Kind.WORD and isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        raise Fault(*self.misuse)


class Methods:
    """The table. Iterating gives the methods sorted by name."""

    def __init__(self, methods: Iterable[Method]) -> None:
        self._by_name: dict[str, Method] = {}
        for method in sorted(methods, key=lambda method: method.name):
            if method.name in self._by_name:
                raise ValueError(f"two methods are named {method.name}")
            self._by_name[method.name] = method

    def __iter__(self) -> Iterator[Method]:
        return iter(self._by_name.values())

    def get(self, name: str) -> Method | None:
        return self._by_name.get(name)

    def call(
        self, name: str, given: Sequence[object] | Mapping[str, object] = (), *, read_only: bool = False
    ) -> object | Awaitable[object]:
        """The result of the method, or an awaitable of it. Raises Fault, and whatever the function raises by mistake.

        `read_only`: the caller may not change anything.
        """
        method = self._by_name.get(name)
        if method is None:
            raise UnknownMethod(name)
        if read_only and method.changes:
            raise Fault(403, f"Forbidden: {name} changes something, and these credentials may only read")
        return method.function(*method.bind(given))
