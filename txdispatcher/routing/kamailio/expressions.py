"""Expressions of a Kamailio script, compiled to closures over a `Run`.

A value is bytes, a number, or None for what has none. As in Kamailio, the type of the left side says how two are compared:
beside a number the right side is read as one; $null is equal to what has no value, and to nothing else.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Collection
from typing import Any, TypeVar

from txdispatcher.errors import FormatError, ScriptError, ScriptFault
from txdispatcher.routing.kamailio import nodes
from txdispatcher.routing.kamailio.preprocessor import Place
from txdispatcher.routing.regexes import Regex, Substitution, regex, substitution
from txdispatcher.routing.script import table
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.table import Variable
from txdispatcher.routing.script.table_variables import TABLES
from txdispatcher.routing.script.texts import compile_text, compile_value, compile_writer
from txdispatcher.routing.values import as_bytes, as_number, same
from txdispatcher.routing.variables import Value

_T = TypeVar("_T")
Reader = Callable[[Run], Value | None]
Condition = Callable[[Run], bool]
#: Compiles a call; what it gives is the function's return code.
CallCompiler = Callable[[nodes.Call], Callable[[Run], int]]

_WORDS: dict[str, Reader] = {
    "uri": lambda run: run.context.uri_bytes,
    "method": lambda run: run.request.method,
    "status": lambda run: run.status,
    "src_ip": lambda run: run.context.source[0].encode(),
    "src_port": lambda run: run.context.source[1],
    "dst_ip": lambda run: run.context.listener.host.encode(),
    "dst_port": lambda run: run.context.listener.port,
    "proto": lambda run: run.context.listener.transport.upper().encode(),
    "snd_ip": lambda run: run.context.near.host.encode(),
    "snd_port": lambda run: run.context.near.port,
    "af": lambda run: b"INET6" if run.context.listener.ipv6 else b"INET",
    "from_uri": compile_value("$fu"),
    "to_uri": compile_value("$tu"),
    "uri:host": lambda run: run.context.uri.host,
    "uri:port": lambda run: run.context.uri.port,
    "msg:len": lambda run: len(run.request.data),
    "max_len": lambda run: 65_535,
}
#: What is a variable and nothing else.
_LONE = re.compile(r"\$[A-Za-z]\w*(?:\(.*\))?|\$\(.+\)", re.DOTALL)
_NUMBERS = {"yes": 1, "on": 1, "true": 1, "no": 0, "off": 0, "false": 0}
_COMPARED: dict[str, Callable[[int, int], bool]] = {
    "<": int.__lt__,
    "<=": int.__le__,
    ">": int.__gt__,
    ">=": int.__ge__,
}
_COUNTED: dict[str, Callable[[int, int], int]] = {
    "-": lambda left, right: _bounded(left - right),
    "*": lambda left, right: _bounded(left * right),
    "&": int.__and__,
    "|": int.__or__,
    "^": int.__xor__,
    "<<": lambda left, right: _bounded(left << min(right, 64)) if right >= 0 else 0,
    ">>": lambda left, right: left >> right if right >= 0 else 0,
}


class Expressions:
    """Compiles expressions. `call` compiles the calls in them; `tables` are the names of the tables that there are (htable)."""

    def __init__(self, call: CallCompiler, tables: Collection[str] = ()) -> None:
        self._call = call
        self._tables = tables

    def check_tables(self, text: str, place: Place) -> None:
        """Raise ScriptError where a variable in `text` is of a table that there is not."""
        for name in TABLES.findall(text) if "$" in text else ():
            self.check_table(name, place)

    def check_table(self, name: str, place: Place) -> None:
        if name not in self._tables:
            raise error(
                place,
                f"there is no htable {name}; there is: {', '.join(self._tables) or 'none'}"
                f' (modparam("htable", "htable", "{name}=>size=8;") makes it)',
            )

    def value(self, node: nodes.Expression) -> Reader:
        """What the expression gives. Raises ScriptError."""
        if isinstance(node, nodes.Literal):
            # A "$" in it is itself, as in Kamailio: $_s(format) puts values in.
            constant = node.value if isinstance(node.value, int) else node.value.encode("utf-8", "surrogateescape")
            return lambda run: constant
        if isinstance(node, nodes.Variable):
            self.check_tables(node.text, node.place)
            return formatted(compile_value, node.text, node.place)
        if isinstance(node, nodes.Word):
            return self._word(node)
        if isinstance(node, nodes.Call):
            return self._call(node)
        if isinstance(node, nodes.Unary):
            return self._unary(node)
        if node.operator in _CONDITIONS:
            condition = self.condition(node)
            return lambda run: 1 if condition(run) else 0
        return self._arithmetic(node)

    def condition(self, node: nodes.Expression, within: bool = False) -> Condition:
        """Whether the expression holds: what it gives, read as a number, is above 0. A string that is none is not.

        `within` an operator (``!``, ``&&``, ``||``), a number below 0 holds as well, as in Kamailio; a function's is false there.
        """
        if isinstance(node, nodes.Call):
            call = self._call(node)
            return lambda run: call(run) > 0
        if isinstance(node, nodes.Unary) and node.operator == "!":
            operand = self.condition(node.operand, True)
            return lambda run: not operand(run)
        if isinstance(node, nodes.Binary) and node.operator in _CONDITIONS:
            if node.operator in ("&&", "||"):
                left, right = self.condition(node.left, True), self.condition(node.right, True)
                if node.operator == "&&":
                    return lambda run: left(run) and right(run)
                return lambda run: left(run) or right(run)
            return self._comparison(node)
        value = self.value(node)
        return (lambda run: _number(value(run)) != 0) if within else (lambda run: _number(value(run)) > 0)

    def operand(self, node: nodes.Expression) -> Reader:
        """What the expression gives to an operator: as in Kamailio, a function there is 1 where it is true, else 0."""
        if isinstance(node, nodes.Call):
            call = self._call(node)
            return lambda run: 1 if call(run) > 0 else 0
        return self.value(node)

    def text(self, node: nodes.Expression) -> Callable[[Run], bytes]:
        """The expression as a string."""
        if isinstance(node, nodes.Literal) and isinstance(node.value, str):
            self.check_tables(node.value, node.place)
            return formatted(compile_text, node.value, node.place)
        if isinstance(node, nodes.Word) and node.text not in _WORDS:
            word = node.text.encode()
            return lambda run: word
        value = self.value(node)
        return lambda run: as_bytes(value(run))

    def number(self, node: nodes.Expression) -> Callable[[Run], int]:
        """The expression as a number: ``1``, ``"1"`` or ``"$var(a)"``."""
        if isinstance(node, nodes.Literal) and isinstance(node.value, str) and "$" not in node.value:
            try:
                number = int(node.value, 0)
            except ValueError:
                raise error(node.place, f'found "{node.value}"; allowed: a number, or a variable that holds one') from None
            return lambda run: number
        if isinstance(node, nodes.Literal) and isinstance(node.value, str):
            text = self.text(node)
            return lambda run: as_number(text(run))
        if isinstance(node, nodes.Word) and node.text not in _WORDS and node.text not in _NUMBERS:
            raise error(node.place, f"found {node.text}, which is not defined; allowed: a number, or a variable that holds one")
        value = self.value(node)
        return lambda run: as_number(value(run))

    def argument(self, node: nodes.Expression, kind: str) -> Callable[[Run], Any]:
        """The expression as an argument of that type, one of `table.TYPES`' values."""
        if kind == table.NUMBER:
            return self.number(node)
        if kind == table.REGEX:
            return self.regex(node)
        if kind == table.SUBSTITUTION:
            return self._substitution(node)
        if kind == table.VARIABLE:
            return self._variable(node)
        if kind == table.READABLE:
            return self._readable(node)
        return self.text(node)

    def regex(self, node: nodes.Expression) -> Callable[[Run], Regex]:
        """The expression as a regular one. In a string, a "$" is the end of the text, but where it begins a lone variable."""
        if isinstance(node, nodes.Literal) and not _LONE.fullmatch(str(node.value)):
            found = formatted(_constant_regex, str(node.value), node.place)
            return lambda run: found
        text = self.text(node)
        return lambda run: regex(text(run))

    def _substitution(self, node: nodes.Expression) -> Callable[[Run], Substitution]:
        if not isinstance(node, nodes.Literal):
            raise error(node.place, "allowed: a string, /regex/replacement/flags")
        found = formatted(lambda text: substitution(text, compile_text), str(node.value), node.place)
        return lambda run: found

    def _variable(self, node: nodes.Expression) -> Callable[[Run], Variable]:
        if isinstance(node, nodes.Variable):
            text = node.text
        elif isinstance(node, nodes.Literal):
            text = str(node.value)
        else:
            raise error(node.place, "allowed: a variable that can be written")
        read = formatted(compile_value, text, node.place)
        write = formatted(compile_writer, text, node.place)
        return lambda run: Variable(lambda: read(run), lambda value: write(run, value))

    def _readable(self, node: nodes.Expression) -> Callable[[Run], Variable]:
        try:
            return self._variable(node)
        except ScriptError:
            read = self.text(node)
            return lambda run: table.Readable(lambda: read(run))

    def _word(self, node: nodes.Word) -> Reader:
        reader = _WORDS.get(node.text)
        if reader is not None:
            return reader
        if node.text in _NUMBERS:
            number = _NUMBERS[node.text]
            return lambda run: number
        if node.text.isupper():
            # ``method == INVITE``, ``proto == UDP``
            word = node.text.encode()
            return lambda run: word
        raise error(node.place, f"{node.text} is unknown; allowed: {', '.join(_WORDS)}, a variable, a function with parentheses")

    def _unary(self, node: nodes.Unary) -> Reader:
        operand = self.operand(node.operand)
        if node.operator == "!":
            condition = self.condition(node.operand, True)
            return lambda run: 0 if condition(run) else 1
        if node.operator == "-":
            return lambda run: -as_number(operand(run))
        if node.operator == "~":
            return lambda run: ~as_number(operand(run))
        if node.operator == "int":
            return lambda run: as_number(operand(run))
        if node.operator == "str":
            return lambda run: as_bytes(operand(run))
        if node.operator == "defined":
            return lambda run: 1 if operand(run) is not None else 0
        if node.operator == "strlen":
            return lambda run: len(as_bytes(operand(run)))
        return lambda run: 0 if as_bytes(operand(run)) else 1

    def _arithmetic(self, node: nodes.Binary) -> Reader:
        if node.operator in ("/", "%") and isinstance(node.right, nodes.Literal) and node.right.value in (0, "0"):
            raise error(node.place, f"{node.operator} {node.right.value}: division by zero")
        left, right = self.operand(node.left), self.operand(node.right)
        if node.operator == "+":

            def add(run: Run) -> Value:
                first, second = left(run), right(run)
                # As in Kamailio, the left side says whether it is a sum or a joining.
                if isinstance(first, int):
                    return _bounded(first + as_number(second))
                return as_bytes(first) + as_bytes(second)

            return add
        if node.operator in ("/", "%"):
            place = node.place

            def divide(run: Run) -> int:
                first, second = as_number(left(run)), as_number(right(run))
                if second == 0:
                    raise ScriptFault(f"{place}: division by zero")
                quotient = abs(first) // abs(second) * (1 if (first < 0) == (second < 0) else -1)
                return quotient if node.operator == "/" else first - quotient * second

            return divide
        count = _COUNTED[node.operator]
        return lambda run: count(as_number(left(run)), as_number(right(run)))

    def _comparison(self, node: nodes.Binary) -> Condition:
        operator = node.operator
        if operator in ("=~", "!~"):
            return self._match(node)
        if operator in _COMPARED:
            compare = _COMPARED[operator]
            lower, upper = self.operand(node.left), self.operand(node.right)
            return lambda run: compare(as_number(lower(run)), as_number(upper(run)))
        equal = self._equality(node)
        return equal if operator == "==" else lambda run: not equal(run)

    def _equality(self, node: nodes.Binary) -> Condition:
        for one, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(one, nodes.Word) and one.text == "myself":
                return self._myself(other)
            if isinstance(one, nodes.Variable) and one.text in ("$null", "$(null)"):
                value = self.value(other)
                return lambda run: value(run) is None
        if isinstance(node.left, nodes.Word) and node.left.text in ("src_ip", "dst_ip") and isinstance(node.right, nodes.Literal):
            return self._network(node.left, node.right)
        left, right = self.operand(node.left), self.operand(node.right)
        return lambda run: same(left(run), right(run))

    def _match(self, node: nodes.Binary) -> Condition:
        left = self.value(node.left)
        if isinstance(node.right, nodes.Literal):
            # A "$" in it is the end of the text, so no variable is looked for.
            found = formatted(_constant_regex, str(node.right.value), node.right.place)
            positive = node.operator == "=~"
            return lambda run: (found.search(as_bytes(left(run))) is not None) is positive
        right = self.text(node.right)
        if node.operator == "=~":
            return lambda run: run.matches(right(run), as_bytes(left(run)))
        return lambda run: not run.matches(right(run), as_bytes(left(run)))

    def _myself(self, node: nodes.Expression) -> Condition:
        """Whether a URI, or the address of a source, is one of ours."""
        if isinstance(node, nodes.Word) and node.text in ("src_ip", "dst_ip"):
            address = self.value(node)
            return lambda run: any(each.host.encode() == address(run) for each in run.shared.listeners.all)
        if isinstance(node, nodes.Word) and node.text == "uri":
            return lambda run: run.shared.listeners.at(run.context.uri.place) is not None
        value = self.value(node)
        return lambda run: run.is_ours(as_bytes(value(run)))

    def _network(self, left: nodes.Word, right: nodes.Literal) -> Condition:
        try:
            network = ipaddress.ip_network(str(right.value), strict=False)
        except ValueError:
            raise error(right.place, f'found "{right.value}"; allowed: an IP address, or a network such as 10.0.0.0/8') from None
        address = self.value(left)
        return lambda run: ipaddress.ip_address(as_bytes(address(run)).decode()) in network


def formatted(compiler: Callable[[str], _T], text: str, place: Place) -> _T:
    """`text`, compiled. Raises ScriptError instead of FormatError."""
    try:
        return compiler(text)
    except FormatError as reason:
        raise error(place, str(reason)) from None


def _bounded(number: int) -> int:
    """What of a number 64 bits hold: one that grows in a loop would take all time and memory."""
    return number if -_MOST <= number < _MOST else (number + _MOST) % (2 * _MOST) - _MOST


def _number(value: Value | None) -> int:
    """The number that a condition is. In a string, only digits make one."""
    if isinstance(value, bytes):
        return as_number(value) if value.lstrip(b"+-").isdigit() else 0
    return value or 0


def _constant_regex(text: str) -> Regex:
    return regex(text.encode("utf-8", "surrogateescape"))


def error(place: Place, reason: str) -> ScriptError:
    return ScriptError(place.file, place.line, reason)


_MOST = 2**63
_CONDITIONS = frozenset(("&&", "||", "==", "!=", "=~", "!~", "<", "<=", ">", ">="))
