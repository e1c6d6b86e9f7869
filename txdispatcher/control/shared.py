"""The methods pv.*: the variables ``$shv(name)`` that all requests of a script share."""

from __future__ import annotations

from collections.abc import MutableMapping

from txdispatcher.control.table import Fault, Kind, Method, Parameter

_MISSING = 500, "Missing parameter type (Parameters: varname type value)"


def shared_methods(variables: MutableMapping[str, bytes | int]) -> list[Method]:
    """The entries for the table. One that is written is made where there is none: Kamailio makes those that a script names."""

    def shown(name: str) -> dict[str, object]:
        value = variables.get(name)
        if value is None:
            raise Fault(404, "Variable not found")
        text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
        return {"name": name, "type": "int" if isinstance(value, int) else "string", "value": text}

    def get(name: str = "") -> object:
        return shown(name) if name else {"items": [{"shv": shown(each)} for each in variables]}

    def put(name: str, kind: str, value: object) -> str:
        if kind not in ("int", "str"):
            raise Fault(500, "Unknown parameter type (Types: int or str)")
        if kind == "str":
            variables[name] = str(value).encode()
            return "Ok. Variable set to new value."
        try:
            variables[name] = int(str(value))
        except ValueError:
            raise Fault(500, "Missing integer parameter value (Parameters: varname type value)") from None
        return "Ok. Variable set to new value."

    name = Parameter("name", Kind.STRING, doc="the variable, NAME of $shv(NAME)")
    return [
        Method(
            "pv.shvGet",
            (Parameter("name", Kind.STRING, required=False, doc="one variable; without it all of them"),),
            "Show the variables that all requests of a script share",
            get,
            _MISSING,
        ),
        Method(
            "pv.shvSet",
            (name, Parameter("type", Kind.STRING, doc="int or str"), Parameter("value", Kind.ANY, doc="the new value")),
            "Give one of them another value",
            put,
            _MISSING,
            changes=True,
            example=("maintenance", "int", 1),
        ),
    ]
