"""KEMI's functions for pseudo-variables: KSR.pv and KSR.pvx."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from txdispatcher.errors import FormatError, ScriptFault
from txdispatcher.routing.python.calling import decoded, reader, value_of, writer
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.variables import written

FUNCTIONS: dict[str, Callable[..., Any]] = {}

TRUE, FALSE = 1, -1

#: What a variable gives: text, a number, or None for none.
KemiValue = str | int | None


def get(run: Run, name: str) -> KemiValue:
    """The variable's value: text, a number or None."""
    try:
        return decoded(reader(name)(run))
    except FormatError as error:
        raise ScriptFault(str(error)) from None


def gete(run: Run, name: str) -> KemiValue:
    """The variable's value; "" for none."""
    return getvs(run, name, "")


def getw(run: Run, name: str) -> KemiValue:
    """The variable's value; "<null>" for none."""
    return getvs(run, name, "<null>")


def geti(run: Run, name: str) -> KemiValue:
    """The variable's value; 0 for none."""
    return getvn(run, name, 0)


def getvs(run: Run, name: str, default: str) -> KemiValue:
    """The variable's value; `default` for none."""
    found = get(run, name)
    return default if found is None else found


def getvn(run: Run, name: str, default: int) -> KemiValue:
    """The variable's value; `default` for none."""
    found = get(run, name)
    return default if found is None else found


def put(run: Run, name: str, value: str | int | None) -> bool:
    """Assign to the variable; None takes the value away."""
    try:
        writer(name)(run, value_of(value))
    except FormatError as error:
        raise ScriptFault(str(error)) from None
    return True


def unset(run: Run, name: str) -> bool:
    """Take the variable's value away."""
    return put(run, name, None)


def is_null(run: Run, name: str) -> bool:
    """Whether the variable has no value."""
    return get(run, name) is None


for _function in (get, gete, getw, geti, getvs, getvn, unset, is_null):
    FUNCTIONS[f"pv.{_function.__name__}"] = _function
FUNCTIONS["pv.sets"] = FUNCTIONS["pv.seti"] = put


def _named(form: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of pvx: the variable is in its name, and it is given the rest of it."""
    fields = form.count("%s")

    def called(run: Run, *arguments: Any) -> Any:
        return function(run, form % arguments[:fields], *arguments[fields:])

    called.__doc__ = function.__doc__
    return called


def _number(function: Callable[..., Any]) -> Callable[..., int]:
    """What pv answers with True or False, pvx answers with 1 or -1."""
    return lambda *arguments: TRUE if function(*arguments) else FALSE


for _kind, _form in (("var", "$var(%s)"), ("avp", "$avp(%s)"), ("xavp_child", "$xavp(%s=>%s)")):
    FUNCTIONS[f"pvx.{_kind}_get"] = _named(_form, get)
    FUNCTIONS[f"pvx.{_kind}_seti"] = FUNCTIONS[f"pvx.{_kind}_sets"] = _named(_form, _number(put))
    if _kind != "var":  # A script variable is never null.
        FUNCTIONS[f"pvx.{_kind}_gete"] = _named(_form, gete)
        FUNCTIONS[f"pvx.{_kind}_getw"] = _named(_form, getw)
        FUNCTIONS[f"pvx.{_kind}_is_null"] = _named(_form, _number(is_null))
        FUNCTIONS[f"pvx.{_kind}_rm"] = _named(_form, _number(unset))


def _put_child(run: Run, name: str, field: str, value: str | int) -> int:
    """Set a field of the newest XAVP of that name; there is one then."""
    variables = written(run.context)
    there = variables is not None and variables.xavp(name) is not None
    return TRUE if put(run, f"$xavp({name}[0]=>{field})" if there else f"$xavp({name}=>{field})", value) else FALSE


FUNCTIONS["pvx.xavp_child_seti"] = FUNCTIONS["pvx.xavp_child_sets"] = _put_child
