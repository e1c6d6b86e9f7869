"""Texts with pseudo-variables as a script has them: `routing.pseudovariables`, transformations, what a run alone knows."""

from __future__ import annotations

from collections.abc import Callable

from txdispatcher.errors import FormatError, ParseError
from txdispatcher.routing.message_variables import READERS
from txdispatcher.routing.pseudovariables import NULL, compile_format, compile_target
from txdispatcher.routing.script import run_variables, table_variables
from txdispatcher.routing.script.functions_core import uri_with
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.run_variables import Reader, Writer
from txdispatcher.routing.script.table import as_bytes
from txdispatcher.routing.script.transformations import Transformation, transformation
from txdispatcher.routing.variables import Value, variables_of


def compile_value(text: str) -> Reader:
    """What `text` gives: the value of a lone variable, else text. Raises FormatError."""
    parts = _parts(text)
    if len(parts) == 1:
        only = parts[0]
        return (lambda run: only) if isinstance(only, bytes) else only
    return _joined(parts)


def compile_text(text: str) -> Callable[[Run], bytes]:
    """The same as text always. Raises FormatError."""
    parts = _parts(text)
    if len(parts) == 1 and isinstance(parts[0], bytes):
        constant = parts[0]
        return lambda run: constant
    return _joined(parts)


def compile_writer(text: str) -> Writer:
    """What assigns to the variable `text`. Raises FormatError."""
    special = _WRITERS.get(text.strip("$()"))
    if special is not None:
        return special
    plain = text[2:-1] if text.startswith("$(") and text.endswith(")") else text[1:]
    name, inner = _table_variable(plain)
    if name:
        return table_variables.compile_writer(name, inner, compile_text)
    try:
        target = compile_target(text)
    except FormatError as error:
        allowed = ", ".join(f"${name}" for name in (*_WRITERS, "sht(table=>key)", "shtex(table=>key)"))
        raise FormatError(text, error.column, f"{error.reason}, {allowed}") from None
    return lambda run, value: target.assign(run.context, value)


def _joined(parts: list[bytes | Reader]) -> Callable[[Run], bytes]:
    def read(run: Run) -> bytes:
        made = []
        for part in parts:
            value = part if isinstance(part, bytes) else part(run)
            made.append(NULL if value is None else as_bytes(value))
        return b"".join(made)

    return read


def _parts(text: str) -> list[bytes | Reader]:
    """Literals and variables, in order."""
    parts: list[bytes | Reader] = []
    plain = ""
    at = 0

    def flush() -> None:
        nonlocal plain
        if not plain:
            return
        found = compile_format(plain)
        lone = found.lone
        if lone is not None:
            parts.append(lambda run: lone(run.context))
        elif "$" in plain:
            parts.append(lambda run: found.value(run.context))
        else:
            parts.append(plain.encode("utf-8", "surrogateescape"))
        plain = ""

    while at < len(text):
        if text[at] != "$" or text.startswith("$$", at):
            step = 2 if text.startswith("$$", at) else 1
            plain += text[at : at + step]
            at += step
            continue
        special, end = _special(text, at)
        if special is None:
            plain += text[at:end]
        else:
            flush()
            parts.append(special)
        at = end
    flush()
    return parts or [b""]


def _special(text: str, at: int) -> tuple[Reader | None, int]:
    """A variable of a run or with transformations whose "$" is at `at`, or None; and where to go on."""
    if text.startswith("(", at + 1):
        end = _closing(text, at + 1)
        inner = text[at + 2 : end - 1]
        brace = _brace(inner)
        name = inner if brace < 0 else inner[:brace]
        table_name, key = _table_variable(name)
        timed = run_variables.time_reader(name[5:-1]) if name.startswith("time(") and name.endswith(")") else None
        if brace < 0 and name not in run_variables.READERS and not table_name and timed is None:
            return None, end
        reader = timed or run_variables.READERS.get(name)
        if table_name:
            reader = table_variables.compile_reader(table_name, key, compile_text)
        elif reader is None:
            found = compile_format(f"$({name})")
            reader = lambda run: found.value(run.context)  # noqa: E731
        return _transformed(reader, inner[brace:] if brace >= 0 else "", text, at), end
    if text.startswith(("sht", "dlg_var"), at + 1) and "(" in text[at:]:
        opened = text.index("(", at)
        if text[at + 1 : opened] in table_variables.NAMES:
            end = _closing(text, opened)
            return table_variables.compile_reader(text[at + 1 : opened], text[opened + 1 : end - 1], compile_text), end
    if text.startswith("time(", at + 1):
        end = _closing(text, at + 5)
        return run_variables.time_reader(text[at + 6 : end - 1]), end
    for name, reader in run_variables.READERS.items():
        if text.startswith(name, at + 1):
            behind = text[at + 1 + len(name) : at + 2 + len(name)]
            if not (behind.isalnum() or behind in ("_", "(")):
                return reader, at + 1 + len(name)
    return None, _name_end(text, at)


def _name_end(text: str, at: int) -> int:
    """Where to go on behind a variable that `compile_format` reads: behind its name."""
    end = at + 1
    while end < len(text) and (text[end].isalnum() or text[end] in "_."):
        end += 1
    return max(end, at + 1)


def _table_variable(plain: str) -> tuple[str, str]:
    """Name and what is in the parentheses of ``sht(table=>key)``; two empty texts for anything else."""
    name, _, inner = plain.partition("(")
    return (name, inner[:-1]) if name in table_variables.NAMES and inner.endswith(")") else ("", "")


def _brace(inner: str) -> int:
    """Where the transformations begin: behind every parenthesis; -1 where there are none."""
    depth = 0
    for at, letter in enumerate(inner):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "{" and depth == 0:
            return at
    return -1


def _brace_end(braces: str) -> int:
    """Where the first transformation ends, whose regular expression may have braces of its own; -1 where it does not."""
    depth = 0
    for at, letter in enumerate(braces):
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if depth == 0:
            return at
    return -1


def _closing(text: str, opened: int) -> int:
    """The place behind the parenthesis that closes the one at `opened`."""
    depth = 0
    for at in range(opened, len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return at + 1
    raise FormatError(text, opened + 1, "this ( has no )")


def _transformed(reader: Reader, braces: str, text: str, at: int) -> Reader:
    chain: list[Transformation] = []
    while braces:
        end = _brace_end(braces)
        if not braces.startswith("{") or end < 0:
            raise FormatError(text, at + 1, f"{braces} is no transformation in braces")
        try:
            chain.append(transformation(braces[1:end]))
        except ValueError as error:
            raise FormatError(text, at + 1, str(error)) from None
        braces = braces[end + 1 :]

    def read(run: Run) -> Value | None:
        value = reader(run)
        for each in chain:
            value = each(value)
        return value

    return read if chain else reader


def _set_uri(run: Run, value: Value | None) -> None:
    _rewrite(run, as_bytes(value))


def _set_user(run: Run, value: Value | None) -> None:
    _rewrite(run, uri_with(run.context.uri, user=as_bytes(value)))


def _set_domain(run: Run, value: Value | None) -> None:
    uri = run.context.uri
    _rewrite(run, uri_with(uri, place=b"%b:%d" % (as_bytes(value), uri.port) if uri.port else as_bytes(value)))


def _set_port(run: Run, value: Value | None) -> None:
    uri = run.context.uri
    _rewrite(run, uri_with(uri, place=b"%b:%b" % (uri.host, as_bytes(value)) if value else uri.host))


def _set_destination(run: Run, value: Value | None) -> None:
    variables_of(run.context).dst_uri = None if value is None else as_bytes(value)


def _rewrite(run: Run, uri: bytes) -> None:
    """What cannot be read leaves the Request-URI as it is, as in Kamailio."""
    try:
        run.context.rewrite(uri)
    except ParseError:
        run.shared.log(-1, f"{uri.decode(errors='backslashreplace')!r} is no URI: the Request-URI stays as it is")


_WRITERS: dict[str, Writer] = {
    "ru": _set_uri,
    "rU": _set_user,
    "rd": _set_domain,
    "rp": _set_port,
    "du": _set_destination,
    "fs": run_variables.set_socket,
}

#: The variables that have one name, and those that can be assigned to, without "$".
VARIABLES = (*READERS, *run_variables.READERS)
WRITABLE = tuple(_WRITERS)
