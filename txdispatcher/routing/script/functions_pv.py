"""Functions of the module pv: what a variable has, and XAVPs as lists of parameters."""

from __future__ import annotations

import re

from txdispatcher.errors import FormatError, ScriptFault
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.table import Variable, function
from txdispatcher.routing.values import as_bytes
from txdispatcher.routing.variables import Value, Variables, variables_of

TRUE, FALSE = 1, -1

_TYPES = {b"int": int, b"str": bytes, b"null": type(None)}
# name [ "=" ( quoted / value ) ]
_PARAMETER = re.compile(rb'\s*([^=;\s"]+)\s*(?:=\s*(?:"([^"]*)"|([^;]*)))?(?:;|$)')


@function("pv")
def pv_isset(run: Run, variable: Variable) -> int:
    """Whether the variable has a value."""
    return TRUE if variable.read() is not None else FALSE


@function("pv")
def not_empty(run: Run, variable: Variable) -> int:
    """Whether it has one that is no empty text."""
    return TRUE if variable.read() not in (None, b"") else FALSE


@function("pv")
def is_int(run: Run, variable: Variable) -> int:
    """Whether it has a number."""
    return TRUE if isinstance(variable.read(), int) else FALSE


@function("pv")
def pv_unset(run: Run, variable: Variable) -> int:
    """Take its value away."""
    variable.write(None)
    return TRUE


@function("pv")
def typeof(run: Run, variable: Variable, vtype: bytes) -> int:
    """Whether the variable has a number (``int``), a text (``str``) or no value (``null``)."""
    kind = _TYPES.get(vtype)
    if kind is None:
        raise ScriptFault(f"typeof(): found {vtype.decode(errors='replace')}; allowed: int, str, null")
    return TRUE if isinstance(variable.read(), kind) else FALSE


@function("pv")
def xavp_params_explode(run: Run, sparams: bytes, xname: bytes) -> int:
    """A new XAVP `xname` with a field for each parameter of ``a=1;b=2``. False where there is none."""
    fields: dict[str, Value] = {}
    at = 0
    while at < len(sparams):
        found = _PARAMETER.match(sparams, at)
        if found is None:
            return FALSE
        value = found[2] if found[2] is not None else (found[3] or b"").strip()
        fields[found[1].decode("utf-8", "replace")] = value
        at = found.end()
    if not fields:
        return FALSE
    _variables(run).push_xavp(_name(xname), fields)
    return TRUE


@function("pv")
def xavp_params_implode(run: Run, xname: bytes, variable: Variable) -> int:
    """The newest XAVP `xname` as ``a=1;b=2;``, into the variable. False where there is none."""
    fields = _variables(run).xavp(_name(xname))
    if not fields:
        return FALSE
    variable.write(b"".join(b"%b=%b;" % (name.encode(), as_bytes(value)) for name, value in fields.items()))
    return TRUE


@function("pv")
def xavp_child_seti(run: Run, rname: bytes, cname: bytes, value: int) -> int:
    """A number for the field `cname` of the newest XAVP `rname`, which is made where there is none."""
    return _set(run, rname, cname, value)


@function("pv")
def xavp_child_sets(run: Run, rname: bytes, cname: bytes, value: bytes) -> int:
    """The same with a text."""
    return _set(run, rname, cname, value)


@function("pv")
def xavp_rm(run: Run, rname: bytes) -> int:
    """Take the newest XAVP `rname` away."""
    _variables(run).pop_xavp(_name(rname))
    return TRUE


@function("pv")
def xavp_child_rm(run: Run, rname: bytes, cname: bytes) -> int:
    """Take a field of it away."""
    _variables(run).set_field(_name(rname), 0, _name(cname), None)
    return TRUE


@function("pv")
def xavp_copy(run: Run, source: bytes, index: int, destination: bytes, position: int = -1) -> int:
    """Copy the XAVP `source` at `index`: a new `destination`, or what is at `position` of it. False where there is none."""
    variables = _variables(run)
    fields = variables.xavp(_name(source), index)
    if fields is None:
        return FALSE
    if position < 0:
        variables.push_xavp(_name(destination), fields)
        return TRUE
    copied = [variables.set_field(_name(destination), position, name, value) for name, value in fields.items()]
    return TRUE if all(copied) else FALSE


@function("pv")
def pv_xavp_print(run: Run) -> int:
    """Print every XAVP, at L_INFO."""
    for name, fields in _variables(run).all_xavps():
        shown = "; ".join(f"{field}={as_bytes(value).decode('utf-8', 'replace')}" for field, value in fields.items())
        run.shared.log(2, f"XAVP {name}: {shown}")
    return TRUE


@function("pv")
def pv_evalx(run: Run, variable: Variable, fmt: bytes) -> int:
    """Replace the variables in what `fmt` gives once more, into the variable. False where one of them is unknown."""
    from txdispatcher.routing.script.texts import compile_text

    try:
        variable.write(compile_text(fmt.decode("utf-8", "surrogateescape"))(run))
    except FormatError as error:
        run.shared.log(-1, f"pv_evalx(): {error}")
        return FALSE
    return TRUE


def _set(run: Run, rname: bytes, cname: bytes, value: Value) -> int:
    variables = _variables(run)
    if not variables.set_field(_name(rname), 0, _name(cname), value):
        variables.push_xavp(_name(rname), {_name(cname): value})
    return TRUE


def _variables(run: Run) -> Variables:
    return variables_of(run.context)


def _name(text: bytes) -> str:
    return text.decode("utf-8", "replace")
