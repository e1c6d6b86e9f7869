"""The variables of the module htable, $sht(table=>key) and its like, whose key may hold variables, and $dlg_var(name)."""

from __future__ import annotations

import re
from collections.abc import Callable

from txdispatcher.errors import FormatError
from txdispatcher.routing.script.functions_dialog import WAITING, dialog_of
from txdispatcher.routing.script.hash_tables import HashTable, counting
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.values import as_number
from txdispatcher.routing.variables import Value, note, noted

Reader = Callable[[Run], Value | None]
Writer = Callable[[Run, Value | None], None]
Text = Callable[[Run], bytes]

#: What stands before the parenthesis.
NAMES = ("sht", "shtex", "shtinc", "shtdec", "shtcn", "shtcv", "shtitkey", "shtitval", "dlg_var")
#: The tables that a text names.
TABLES = re.compile(r"\$\(?(?:sht|shtex|shtinc|shtdec|shtcn|shtcv)\(([A-Za-z0-9_-]+)=>")

_ITEM = re.compile(r"([A-Za-z0-9_-]+)=>(.+)", re.DOTALL)
_READ: dict[str, Callable[[HashTable, bytes, float], Value | None]] = {
    "sht": HashTable.get,
    "shtex": HashTable.left,
    "shtinc": lambda table, key, now: table.add(key, 1, now),
    "shtdec": lambda table, key, now: table.add(key, -1, now),
    "shtcn": lambda table, key, now: len(table.names(counting(key), now)),
    "shtcv": lambda table, key, now: len(table.values(counting(key), now)),
}


def compile_reader(name: str, inner: str, compile_text: Callable[[str], Text]) -> Reader:
    """What reads the variable `name` with `inner` in its parentheses. Raises FormatError."""
    if name in ("shtitkey", "shtitval"):
        return _of_iterator(inner.strip().encode(), 0 if name == "shtitkey" else 1)
    if name == "dlg_var":
        return _of_dialog(_dialog_name(inner))
    table, key = _item(name, inner, compile_text)
    read = _READ[name]
    return lambda run: read(run.shared.modules.table(table), key(run), run.now)


def compile_writer(name: str, inner: str, compile_text: Callable[[str], Text]) -> Writer:
    """What writes it. Raises FormatError."""
    if name == "dlg_var":
        return _to_dialog(_dialog_name(inner))
    if name not in ("sht", "shtex"):
        allowed = "$sht(table=>key), $shtex(table=>key), $dlg_var(name)"
        raise FormatError(f"${name}({inner})", 1, f"${name} cannot be written; allowed: {allowed}")
    table, key = _item(name, inner, compile_text)
    if name == "sht":
        return lambda run, value: run.shared.modules.table(table).set(key(run), value, run.now)
    return lambda run, value: run.shared.modules.table(table).set_end(key(run), as_number(value), run.now)


def _item(name: str, inner: str, compile_text: Callable[[str], Text]) -> tuple[str, Text]:
    found = _ITEM.fullmatch(inner)
    if found is None:
        raise FormatError(f"${name}({inner})", 1, f"needs a table and a key: ${name}(table=>key)")
    return found[1], compile_text(found[2])


def _dialog_name(inner: str) -> str:
    if not inner.strip():
        raise FormatError("$dlg_var()", 1, "needs a name: $dlg_var(name)")
    return inner.strip()


def _of_dialog(name: str) -> Reader:
    def read(run: Run) -> Value | None:
        dialog = dialog_of(run)
        found = dialog.variables if dialog is not None else noted(run.context, WAITING)
        return found.get(name) if isinstance(found, dict) else None

    return read


def _to_dialog(name: str) -> Writer:
    """Before dlg_manage() the value waits for it, with the request."""

    def write(run: Run, value: Value | None) -> None:
        dialog = dialog_of(run)
        waiting = noted(run.context, WAITING)
        if dialog is not None:
            variables = dialog.variables
        elif isinstance(waiting, dict):
            variables = waiting
        else:
            variables = {}
            note(run.context, WAITING, variables)
        if value is None:
            variables.pop(name, None)
        else:
            variables[name] = value

    return write


def _of_iterator(name: bytes, part: int) -> Reader:
    def read(run: Run) -> Value | None:
        found = run.iterators.get(name)
        return found[2][part] if found is not None and found[2] is not None else None

    return read
