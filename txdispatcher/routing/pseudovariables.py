"""Pseudo-variables: text such as ``$fU@$fd:$hdr(X-Key)``, compiled once and evaluated for each request.

    format    = *( literal / "$$" / variable )
    variable  = "$" plain / "$(" plain [ "[" index "]" ] *( "{" transformation "}" ) ")"
    plain     = name / "hdr(" token ")" / "avp(" [ "s:" ] word ")" / "avp(i:" digits ")" / "var(" word ")"
              / "dsg(" word ")" / "dsv(" word ")" / "xavp(" word [ "[" integer "]" ] "=>" word ")"
    name      = ci, fu, … (`message_variables.READERS`); it is as long as it can be, so ``$fUx`` is no ``$fU``
    index     = integer / "*"                   of hdr and avp alone; "*" is all of them

What has no value is printed as ``<null>``, as Kamailio does it. Names that are variables themselves are not there.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from txdispatcher.errors import FormatError
from txdispatcher.proxy.context import Context
from txdispatcher.routing.message_variables import READERS, Reader, header_values
from txdispatcher.routing.transformations import Transformed, transformations
from txdispatcher.routing.variables import AvpName, Value, variables_of, written

#: The names that have parentheses here.
FILLED = ("hdr", "avp", "var", "xavp", "dsg", "dsv")
#: How what has no value is printed.
NULL = b"<null>"

_ALLOWED = (
    "$"
    + " $".join(READERS)
    + " $hdr(name) $avp(name) $avp(s:name) $avp(i:number) $var(name) $xavp(name=>field) $dsg(key) $dsv(key) and $$"
)
_NAME = re.compile(r"[A-Za-z0-9_.?]+")
_WORD = re.compile(r"[A-Za-z0-9_.:-]+")
_TOKEN = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+")
_INTEGER = re.compile(r"-?[0-9]{1,6}")
_AVP = re.compile(r"(?:(i):([0-9]{1,9})|(?:s:)?([A-Za-z0-9_-]+))")
_XAVP = re.compile(r"([A-Za-z0-9_.-]+)(?:\[(-?[0-9]{1,6})\])?=>([A-Za-z0-9_.-]+)")


class Format:
    """A compiled format text. `names` are those of its variables: ``fU``, ``hdr``, …"""

    __slots__ = ("_parts", "names", "source")

    def __init__(self, source: str, parts: list[bytes | Reader], names: frozenset[str]) -> None:
        self.source = source
        self.names = names
        self._parts = tuple(parts)

    def text(self, context: Context) -> bytes:
        """What it says for the request."""
        printed = []
        for part in self._parts:
            value = part if isinstance(part, bytes) else part(context)
            if value is None:
                printed.append(b"" if isinstance(part, Transformed) else NULL)
            else:
                printed.append(value if isinstance(value, bytes) else b"%d" % value)
        return b"".join(printed)

    @property
    def lone(self) -> Reader | None:
        """What reads the variable that it is, None where it is more than one or other text."""
        only = self._parts[0] if len(self._parts) == 1 else b""
        return None if isinstance(only, bytes) else only

    def value(self, context: Context) -> Value | None:
        """The same, but for a lone variable its own value: a number remains one, and None is what has no value."""
        if len(self._parts) == 1:
            only = self._parts[0]
            return only if isinstance(only, bytes) else only(context)
        return self.text(context)


@dataclass(frozen=True, slots=True)
class Target:
    """A variable that can be written: ``$avp(…)``, ``$var(…)`` or ``$xavp(…=>…)``. `kind` says which of them."""

    source: str
    kind: str
    _assign: Callable[[Context, Value | None], None]

    def assign(self, context: Context, value: Value | None) -> None:
        """Give it a value. An AVP gets one more, an XAVP without an index too; None takes away the newest."""
        self._assign(context, value)


def compile_format(text: str) -> Format:
    """Raises FormatError for a variable that is unknown or malformed."""
    parts: list[bytes | Reader] = []
    names = set()
    literal = ""
    at = 0
    while at < len(text):
        dollar = text.find("$", at)
        if dollar < 0:
            dollar = len(text)
        literal += text[at:dollar]
        if dollar == len(text):
            break
        if text.startswith("$$", dollar):
            literal += "$"
            at = dollar + 2
            continue
        if literal:
            parts.append(literal.encode())
            literal = ""
        found, at = _variable(text, dollar)
        parts.append(found.reader())
        names.add(found.name)
    if literal or not parts:
        parts.append(literal.encode())
    return Format(text, parts, frozenset(names))


def compile_target(text: str) -> Target:
    """The variable that `text` names, to be written. Raises FormatError."""
    if not text.startswith("$"):
        raise FormatError(text, 1, "no variable; allowed: $avp(name), $var(name) or $xavp(name=>field)")
    found, end = _variable(text, 0)
    if end != len(text):
        raise FormatError(text, end + 1, f"{text[end:]!r} behind the variable; allowed: the variable alone")
    return Target(text, found.name, found.writer())


def avp_name(text: str) -> AvpName:
    """The name in ``$avp(name)``. Raises FormatError."""
    return _variable(text, 0)[0]._avp_name()


def unknown(name: str, known: Iterable[str]) -> str:
    """What to say of a variable of a name that is none of those."""
    names = sorted(known)
    same = [each for each in names if each.lower() == name.lower()]
    near = same or difflib.get_close_matches(name, names, n=3, cutoff=0.6)
    hint = f"did you mean {' or '.join(f'${each}' for each in near)}?" if near else "docs/script-reference.md lists what there is"
    return f"${name} is unknown; {hint}"


@dataclass(frozen=True, slots=True)
class _Found:
    """A variable in a text: where it begins, its name, what stands in its parentheses, and the index ("" for none)."""

    text: str
    at: int
    name: str
    inner: str | None
    index: str
    braces: str = ""

    def reader(self) -> Reader:
        plain = self._plain()
        if not self.braces:
            return plain
        return Transformed(plain, transformations(self.braces, self.text, self.at, _compile_value))

    def _plain(self) -> Reader:
        if self.name == "hdr":
            return self._header()
        if self.name == "avp":
            return self._avp()
        if self.index:
            raise self._error("takes no index")
        if self.name == "var":
            word = self._word()
            return lambda context: variables.var(word) if (variables := written(context)) is not None else 0
        if self.name == "dsg":
            key = self._word()
            return lambda context: variables.group.get(key) if (variables := written(context)) is not None else None
        if self.name == "dsv":
            key = self._word()
            return lambda context: variables.event.get(key) if (variables := written(context)) is not None else None
        if self.name == "xavp":
            return self._xavp()
        reader = READERS.get(self.name)
        if reader is None:
            raise FormatError(self.text, self.at + 1, unknown(self.name, (*READERS, *FILLED)))
        if self.inner is not None:
            raise self._error("takes no name in parentheses")
        return reader

    def writer(self) -> Callable[[Context, Value | None], None]:
        if self.index or self.braces:
            raise self._error("is written without an index and transformations")
        if self.name == "var":
            word = self._word()
            return lambda context, value: variables_of(context).set_var(word, value)
        if self.name == "avp":
            avp = self._avp_name()

            def assign_avp(context: Context, value: Value | None) -> None:
                if value is None:
                    variables_of(context).pop_avp(avp)
                else:
                    variables_of(context).push_avp(avp, value)

            return assign_avp
        if self.name == "xavp":
            name, index, field = self._xavp_parts()

            def assign_xavp(context: Context, value: Value | None) -> None:
                variables = variables_of(context)
                if index is not None or value is None:
                    variables.set_field(name, index or 0, field, value)
                else:
                    variables.push_xavp(name, {field: value})

            return assign_xavp
        raise self._error("cannot be written; allowed: $avp(name), $var(name) or $xavp(name=>field)")

    def _header(self) -> Reader:
        if self.inner is None or not _TOKEN.fullmatch(self.inner):
            raise self._error("needs the name of a header field: $hdr(name)")
        name = self.inner.lower().encode("ascii")
        if self.index == "*":
            return lambda context: _joined(values) if (values := header_values(context, name)) else None
        index = self._integer()

        def read(context: Context) -> bytes | None:
            values = header_values(context, name)
            return values[index] if -len(values) <= index < len(values) else None

        return read

    def _avp(self) -> Reader:
        name = self._avp_name()
        if self.index == "*":

            def read_all(context: Context) -> bytes | None:
                variables = written(context)
                values = variables.avps(name) if variables is not None else []
                return b", ".join(each if isinstance(each, bytes) else b"%d" % each for each in values) if values else None

            return read_all
        index = self._integer()
        if index < 0:
            raise self._error("takes an index of 0 or more, or *")
        return lambda context: variables.avp(name, index) if (variables := written(context)) is not None else None

    def _avp_name(self) -> AvpName:
        found = _AVP.fullmatch(self.inner.strip('"')) if self.inner is not None else None
        if found is None:
            raise self._error("needs a name: $avp(name), $avp(s:name) or $avp(i:number)")
        return int(found[2]) if found[1] else found[3]

    def _xavp(self) -> Reader:
        name, index, field = self._xavp_parts()

        def read(context: Context) -> Value | None:
            variables = written(context)
            fields = variables.xavp(name, index or 0) if variables is not None else None
            return fields.get(field) if fields is not None else None

        return read

    def _xavp_parts(self) -> tuple[str, int | None, str]:
        found = _XAVP.fullmatch(self.inner) if self.inner is not None else None
        if found is None:
            raise self._error("needs a name and a field: $xavp(name=>field) or $xavp(name[0]=>field)")
        return found[1], int(found[2]) if found[2] else None, found[3]

    def _word(self) -> str:
        if self.inner is None or not _WORD.fullmatch(self.inner):
            raise self._error(f"needs a name of letters, digits and _ . : -; ${self.name}(name)")
        return self.inner

    def _integer(self) -> int:
        if not self.index:
            return 0
        if not _INTEGER.fullmatch(self.index):
            raise self._error(f"has the index {self.index!r}; allowed: a number or *")
        return int(self.index)

    def _error(self, reason: str) -> FormatError:
        return FormatError(self.text, self.at + 1, f"${self.name} {reason}")


def _variable(text: str, at: int) -> tuple[_Found, int]:
    """The variable whose "$" is at `at`, and where it ends. Raises FormatError."""
    enclosed = text.startswith("(", at + 1)
    begins = at + 2 if enclosed else at + 1
    name = _NAME.match(text, begins)
    if name is None:
        raise FormatError(text, at + 1, f"a $ without a name; allowed: {_ALLOWED}")
    end = name.end()
    inner = None
    if text.startswith("(", end):
        inner, end = _until(text, at, end, ")")
    index = braces = ""
    if enclosed:
        if text.startswith("[", end):
            index, end = _until(text, at, end, "]")
        if text.startswith("{", end):
            braces, end = _braces(text, at, end)
        if not text.startswith(")", end):
            raise FormatError(text, end + 1, f"$({name[0]} has no end; allowed: )")
        end += 1
    elif inner is not None and name[0] in READERS:
        # Only what takes a name has parentheses of its own; Kamailio refuses the others too.
        raise FormatError(text, at + 1, f"${name[0]} takes no name in parentheses; allowed: $({name[0]}) and then the text")
    return _Found(text, at, name[0], inner, index, braces), end


def _braces(text: str, at: int, begins: int) -> tuple[str, int]:
    """The transformations that begin at `begins`, and the place behind them."""
    depth = 0
    for end in range(begins, len(text)):
        if depth == 0 and text[end] != "{":
            return text[begins:end], end
        depth += {"{": 1, "}": -1}.get(text[end], 0)
    raise FormatError(text, at + 1, f"{text[at:begins]} has no end; allowed: )")


def _compile_value(text: str) -> Reader:
    return compile_format(text).value


def _joined(values: Sequence[bytes]) -> bytes:
    """All lines of a header as one, with Kamailio's oddity: a comma stands only behind something."""
    joined = b""
    for value in values:
        joined = joined + b"," + value if joined else value
    return joined


def _until(text: str, at: int, opened: int, closing: str) -> tuple[str, int]:
    """What stands between `opened` and the next `closing`, and the place behind that."""
    closed = text.find(closing, opened)
    if closed < 0:
        raise FormatError(text, opened + 1, f"{text[at : opened + 1]} has no {closing}")
    return text[opened + 1 : closed], closed + 1
