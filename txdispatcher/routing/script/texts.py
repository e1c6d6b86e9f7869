"""Texts with pseudo-variables as a script has them: `routing.pseudovariables`, transformations, what a run alone knows.

Besides the plain forms of `pseudovariables` there are transformations (``$(ru{uri.host})``), indexes that are variables
themselves (``$(avp(x)[$var(i)])``, ``$xavp(x[$var(i)]=>f)``), whole XAVPs (``$xavp(x)``), ``$_s(format)`` and ``$cnt($avp(x))``.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from txdispatcher.errors import FormatError, ParseError
from txdispatcher.routing.message_variables import READERS
from txdispatcher.routing.pseudovariables import FILLED, NULL, avp_name, compile_format, compile_target, unknown
from txdispatcher.routing.script import address_writers, run_variables, table_variables
from txdispatcher.routing.script.functions_core import uri_with
from txdispatcher.routing.script.header_variables import Index
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.run_variables import INDEXED, NAMED, Reader, Writer
from txdispatcher.routing.script.selects import variable_of
from txdispatcher.routing.transformations import Transformed, transformations
from txdispatcher.routing.values import as_bytes, as_number
from txdispatcher.routing.variables import Value, variables_of, written

_NAME = re.compile(r"[A-Za-z0-9_.?]+")
_XAVP = re.compile(r"([A-Za-z0-9_.-]+)(?:\[(-?[0-9]{1,6}|\*|\$.+)\])?(?:=>([A-Za-z0-9_.-]+))?")
_COUNTED = re.compile(r"\$(avp|xavp)\(([^\[\]()]+)(?:\[\*\])?\)")


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
    name, inner, index = _taken_apart(plain)
    if name in table_variables.NAMES and not index:
        return table_variables.compile_writer(name, inner, compile_text)
    if name == "shv":
        return run_variables.set_shared(inner)
    if name in ("vz", "vn") and not index:
        variable = inner if name == "vz" else run_variables.own_name(inner)
        return lambda run, value: variables_of(run.context).set_var(variable, value)
    if name == "avp" and index == "*":
        return _replace_avp(inner)
    if name == "xavp":
        writer = _xavp_writer(inner)
        if writer is not None:
            return writer
    try:
        target = compile_target(text)
    except FormatError as error:
        if name and name not in _NAMES:
            raise FormatError(text, error.column, unknown(name, _NAMES)) from None
        allowed = ", ".join(f"${name}" for name in (*_WRITERS, "sht(table=>key)", "shtex(table=>key)", "shv(name)"))
        raise FormatError(text, error.column, f"{error.reason}, {allowed}") from None
    return lambda run, value: target.assign(run.context, value)


def _joined(parts: list[bytes | Reader]) -> Callable[[Run], bytes]:
    def read(run: Run) -> bytes:
        made = []
        for part in parts:
            value = part if isinstance(part, bytes) else part(run)
            if value is None:
                # As in Kamailio: what transformations make of no value is printed as nothing.
                made.append(b"" if isinstance(part, Transformed) else NULL)
            else:
                made.append(as_bytes(value))
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
    """The variable whose "$" is at `at`, or None where `compile_format` reads it; and where to go on. Raises FormatError."""
    if text.startswith("(", at + 1):
        end = _closing(text, at + 1)
        inner = text[at + 2 : end - 1]
        brace = _brace(inner)
        plain = inner if brace < 0 else inner[:brace]
        reader = _own(plain, text, at)
        if brace < 0:
            return reader, end
        if reader is None:
            found = compile_format(f"$({plain})")
            reader = lambda run: found.value(run.context)  # noqa: E731
        return Transformed(reader, transformations(inner[brace:], text, at, compile_value)), end
    name = _NAME.match(text, at + 1)
    if name is None:
        return None, at + 1
    end = name.end()
    if text.startswith("(", end) and name[0] not in READERS and name[0] not in run_variables.READERS:
        end = _closing(text, end)
        return _own(text[at + 1 : end], text, at), end
    plain = name[0]
    while plain not in _NAMES and plain.endswith((".", "?")):
        # The end of a sentence is no part of it.
        plain = plain[:-1]
    return _own(plain, text, at), at + 1 + len(plain)


def _own(plain: str, text: str, at: int) -> Reader | None:
    """The variable `plain`, without "$"; None where `compile_format` reads it. Raises FormatError, with `text` and `at`."""
    reader = run_variables.READERS.get(plain)
    if reader is not None:
        return reader
    name, inner, index = _taken_apart(plain)
    if not name:
        lone = _NAME.match(plain)
        if lone is not None and lone[0] not in _NAMES:
            raise FormatError(text, at + 1, unknown(lone[0], _NAMES))
        return None
    if name not in _NAMES:
        raise FormatError(text, at + 1, unknown(name, _NAMES))
    if name in table_variables.NAMES and not index:
        return table_variables.compile_reader(name, inner, compile_text)
    if name in NAMED and not index:
        return NAMED[name](inner)
    if name == "_s":
        return compile_text(inner)
    if name == "sel":
        return compile_value(variable_of(inner))
    if name == "cnt":
        return _count(inner)
    if name == "xavp" and not index:
        return _xavp_reader(inner)
    if name in INDEXED and (name not in FILLED or index.startswith("$")):
        return INDEXED[name](inner, _index(index))
    if name == "avp" and index.startswith("$"):
        return _avp_at(inner, _index(index))
    return None


def _taken_apart(plain: str) -> tuple[str, str, str]:
    """Name, what is in its parentheses, and the index ("" for none) of ``name(…)[…]``; empty texts for anything else."""
    opened = plain.find("(")
    if opened <= 0:
        return "", "", ""
    try:
        end = _closing(plain, opened)
    except FormatError:
        return "", "", ""
    rest = plain[end:]
    if rest and not (rest.startswith("[") and rest.endswith("]")):
        return "", "", ""
    return plain[:opened], plain[opened + 1 : end - 1], rest[1:-1]


def _index(text: str) -> Index:
    """What an index gives: None for ``*``, 0 where there is none. Raises FormatError."""
    if text == "*":
        return lambda run: None
    if text.startswith("$"):
        reader = compile_value(text)
        return lambda run: as_number(reader(run))
    if text and not text.removeprefix("-").isdigit():
        raise FormatError(text, 1, f"has the index {text!r}; allowed: a number, a variable or *")
    number = int(text or 0)
    return lambda run: number


def _avp_at(inner: str, index: Index) -> Reader:
    name = avp_name(f"$avp({inner})")

    def read(run: Run) -> Value | None:
        variables = written(run.context)
        return variables.avp(name, index(run) or 0) if variables is not None else None

    return read


def _replace_avp(inner: str) -> Writer:
    """``$(avp(x)[*]) = …``: the new value instead of all."""
    name = avp_name(f"$avp({inner})")

    def write(run: Run, value: Value | None) -> None:
        variables = variables_of(run.context)
        variables.clear_avp(name)
        if value is not None:
            variables.push_avp(name, value)

    return write


def _xavp_reader(inner: str) -> Reader | None:
    """A whole XAVP, which is printed by its name alone, or a field by an index that is a variable; None for the plain form."""
    found = _XAVP.fullmatch(inner)
    if found is None or found[2] == "*" or (found[3] and not (found[2] or "").startswith("$")):
        return None
    name, field, index = found[1], found[3], _index(found[2] or "")
    shown = f"<<xavp:{name}>>".encode()

    def read(run: Run) -> Value | None:
        variables = written(run.context)
        fields = variables.xavp(name, index(run) or 0) if variables is not None else None
        return None if fields is None else shown if field is None else fields.get(field)

    return read


def _xavp_writer(inner: str) -> Writer | None:
    """What takes whole XAVPs away, replaces them all, or writes by an index that is a variable; None for the plain form."""
    found = _XAVP.fullmatch(inner)
    if found is None or (found[3] and found[2] != "*" and not (found[2] or "").startswith("$")):
        return None
    name, field, every = found[1], found[3], found[2] == "*"
    index = _index(found[2] or "")

    def write(run: Run, value: Value | None) -> None:
        variables = variables_of(run.context)
        if field is not None and not every:
            variables.set_field(name, index(run) or 0, field, value)
        elif value is not None and field is None:
            run.shared.log(-1, f"$xavp({inner}) takes only $null: a value is one of its fields', $xavp({name}=>field)")
        elif every:
            variables.clear_xavp(name)
            if field is not None and value is not None:
                variables.push_xavp(name, {field: value})
        else:
            variables.pop_xavp(name)

    return write


def _count(inner: str) -> Reader:
    found = _COUNTED.fullmatch(inner)
    if found is None:
        raise FormatError(f"$cnt({inner})", 6, "counts $avp(name) or $xavp(name)")
    name = found[2]
    if found[1] == "avp":
        avp = avp_name(f"$avp({name})")
        return lambda run: len(variables.avps(avp)) if (variables := written(run.context)) is not None else 0
    return lambda run: len(variables.xavps(name)) if (variables := written(run.context)) is not None else 0


def _brace(inner: str) -> int:
    """Where the transformations begin: behind every parenthesis; -1 where there are none."""
    depth = 0
    for at, letter in enumerate(inner):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "{" and depth == 0:
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


def _set_flags(run: Run, value: Value | None) -> None:
    run.flags = as_number(value)


def _set_branch_flags(run: Run, value: Value | None) -> None:
    run.branch_flags = as_number(value)


def _add_branch(run: Run, value: Value | None) -> None:
    try:
        run.branches += (run.target(as_bytes(value)),)
    except ParseError:
        run.shared.log(-1, f"{as_bytes(value).decode(errors='backslashreplace')!r} is no URI: there is no branch for it")


_WRITERS: dict[str, Writer] = {
    "ru": _set_uri,
    "rU": _set_user,
    "rd": _set_domain,
    "rp": _set_port,
    "du": _set_destination,
    "fs": run_variables.set_socket,
    "mf": _set_flags,
    "bf": _set_branch_flags,
    "br": _add_branch,
    **address_writers.WRITERS,
}

#: Every name that a "$" may stand before.
_NAMES = frozenset((*READERS, *FILLED, *run_variables.READERS, *NAMED, *INDEXED, *table_variables.NAMES, "_s", "cnt", "sel"))

#: The variables that have one name; those that take one in parentheses; those that can be assigned to, without "$".
VARIABLES = (*READERS, *run_variables.READERS)
PARENTHESES = (*NAMED, "branch", "hfl", "_s", "cnt", "sel")
WRITABLE = tuple(_WRITERS)
