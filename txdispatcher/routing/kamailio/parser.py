"""The text of a Kamailio configuration file -> `nodes.Script`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from importlib import resources
from typing import Any

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from txdispatcher.errors import FormatError, ScriptError
from txdispatcher.routing.kamailio import nodes
from txdispatcher.routing.kamailio.own_parameters import OwnParameters
from txdispatcher.routing.kamailio.preprocessor import Place, Source, read_source
from txdispatcher.routing.script.selects import variable_of

#: Older names of the kinds of route.
_KINDS = {"reply_route": nodes.REPLY}
#: Older names of functions, as the core has them.
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "0": "\0", '"': '"', "\\": "\\"}
_OPERATORS = {"or": "||", "and": "&&", "not": "!", "eq": "==", "ne": "!=", "mod": "%"}
_SWITCHES = {"yes": 1, "on": 1, "true": 1, "no": 0, "off": 0, "false": 0}
#: How the reader knows what the lexer calls by name.
_SHOWN = {
    "NAME": "a name",
    "ROUTE_NAME": "a route's name",
    "ROUTE_KIND": "route",
    "NUMBER": "a number",
    "STRING": "a string",
    "VARIABLE": "a variable",
    "RAW": "a value",
    "LEAVE": "exit, drop, return or break",
    "SEMICOLON": ";",
    "LBRACE": "{",
    "RBRACE": "}",
    "LPAR": "(",
    "RPAR": ")",
    "LSQB": "[",
    "RSQB": "]",
    "COMMA": ",",
    "COLON": ":",
    "EQUAL": "=",
    "$END": "the end of the file",
}
#: Operators, which are allowed nearly everywhere: told last.
_QUIET = (
    "BIT_",
    "SHIFT",
    "TILDE",
    "PREDICATE",
    "CAST",
    "PRODUCT",
    "PLUS",
    "MINUS",
    "ORDER",
    "EQUALITY",
    "OR",
    "AND",
    "NOT",
    "REGEX",
)
#: Functions whose first argument is the number of a flag.
_WITH_FLAG = frozenset(
    f"{verb}{kind}flag{end}" for verb, end in (("set", ""), ("reset", ""), ("is", "set")) for kind in ("", "b", "branch", "s")
)
_FILE_VARIABLE = re.compile(r"(?<!\$)\$\(?(cfg|def|defn)\(([A-Za-z_]\w*)\)")
_KEYWORDS = ("if", "else", "while", "switch", "case", "default", "exit", "drop", "return", "break")
_TOP = ("loadmodule", "modparam", "route", "request_route", "failure_route", "onreply_route", "branch_route", "event_route")
#: Lines that begin what stands outside of routes, and those that begin a statement.
_OUTSIDE = re.compile(r"\s*(?:(?:(?:\w+_)?route)\s*(?:\[[^\]]*\]\s*)?\{|(?:modparam|loadmodule)\b|(?:\w+_)?route\s*\[)")
_INSIDE = re.compile(r"\s*(?:\$|(?:if|while|switch|exit|drop|return)\b|(?!modparam)\w+\s*\()")


def parse_script(path: str, defined: Iterable[str] = ()) -> nodes.Script:
    """The file at `path`, with all that it includes. Raises ScriptError."""
    source = read_source(path, defined)
    try:
        tree = _grammar().parse(source.text)
    except UnexpectedInput as error:
        raise _explained(error, source) from None
    return _Reader(source).script(path, tree)


@lru_cache(1)
def _grammar() -> Lark:
    text = resources.files(__package__).joinpath("grammar.lark").read_text("utf-8")
    return Lark(text, parser="lalr", propagate_positions=True, maybe_placeholders=False)


def _explained(error: UnexpectedInput, source: Source) -> ScriptError:
    """What was found, and what could have stood there."""
    line = error.line if isinstance(error.line, int) else -1
    if isinstance(error, UnexpectedToken):
        found = error.token
        wanted = set(error.accepts or error.expected)
        if found.type == "$END":
            place = source.place(len(source.places))
            opened = _opened(error, source)
            why = f"the {{ {opened} has no }}" if opened else f"allowed: {_allowed(wanted)}"
            return ScriptError(place.file, place.line, f"the file ends too early; {why}")
        text = str(found)
        line = found.line or line
        unpaired = _unpaired(error, source, line)
        if unpaired:
            place = source.place(line)
            return ScriptError(place.file, place.line, unpaired)
    else:
        wanted = set(error.allowed) if isinstance(error, UnexpectedCharacters) and error.allowed else set()
        at = error.pos_in_stream or 0
        word = re.compile(r"\w+|.", re.DOTALL).match(source.text, at)
        text = word[0] if word else ""
    place = source.place(line)
    near = difflib.get_close_matches(text, _KEYWORDS if "RBRACE" in wanted else _TOP, n=1, cutoff=0.75)
    hint = f"did you mean {near[0]}?" if near and near[0] != text else f"allowed: {_allowed(wanted)}"
    return ScriptError(place.file, place.line, f"found {text[:40]!r}; {hint}")


def _opened(error: UnexpectedToken, source: Source) -> str:
    """Where the outermost block begins that is open at the error; "" for none."""
    parser = error.interactive_parser
    stack = parser.parser_state.value_stack if parser is not None else ()
    for each in stack:
        if isinstance(each, Token) and each.type == "LBRACE":
            return f"of line {source.place(each.line or -1).line}"
    return ""


def _unpaired(error: UnexpectedToken, source: Source, line: int) -> str:
    """What is to be said where a brace is missing further up, or is one too many; "" where it is something else."""
    lines = source.text.split("\n")
    text = lines[line - 1] if 0 < line <= len(lines) else ""
    opened = _opened(error, source)
    if opened and _OUTSIDE.match(text):
        return f"found {text.strip()[:40]!r} within the block {opened}: a }} is missing further up"
    if not opened and error.interactive_parser is not None and _INSIDE.match(text):
        return f"found {text.strip()[:40]!r} outside of a route: a }} is one too many further up"
    return ""


def _allowed(wanted: set[str]) -> str:
    shown = sorted(_SHOWN.get(each, each.lower()) for each in wanted if not each.startswith(_QUIET))
    return ", ".join(shown) or "an operator"


class _Reader:
    """From lark's tree to nodes."""

    def __init__(self, source: Source) -> None:
        self.source = source
        #: The flags that the file declares by name.
        self.flags: dict[str, int] = {}
        #: The route that is being read, as ``$cfg(route)`` gives it.
        self.within = ""
        self.own = OwnParameters(())
        self.expressions: dict[str, Callable[[Tree[Token]], nodes.Expression]] = {
            "literal": self.literal,
            "variable": self.variable,
            "word": lambda tree: nodes.Word(self.place(tree), str(tree.children[0])),
            "call": self.call,
            "bare": self.call,
            "unary": self.unary,
            "negative": self.unary,
            "binary": self.binary,
            "select": self.select,
        }

    def script(self, path: str, tree: Tree[Token]) -> nodes.Script:
        items: dict[type, list[Any]] = {nodes.Setting: [], nodes.LoadModule: [], nodes.Modparam: [], nodes.Route: []}
        readers = {
            "setting": self.setting,
            "loadpath": self.setting,
            "loadmodule": self.loadmodule,
            "modparam": self.modparam,
            "route": self.route,
        }
        self.own = OwnParameters(self.setting(each) for each in _trees(tree) if each.data == "setting")
        for each in _trees(tree):
            if each.data == "flags":
                self.declare(each)
                continue
            item = readers[each.data](each)
            items[type(item)].append(item)
        return nodes.Script(path, *(tuple(found) for found in items.values()))

    def place(self, tree: Tree[Token]) -> Place:
        return self.source.place(tree.meta.line)

    # Top level.

    def declare(self, tree: Tree[Token]) -> None:
        """``flags NAME:1, OTHER``: one without a number gets the lowest that is free."""
        if not isinstance(tree.children[0], Token):
            self.declare(tree.children[0])
        elif tree.children[0] == "avpflags":
            place = self.place(tree)
            raise ScriptError(place.file, place.line, "avpflags are not there; the nearest is $avp(name)")
        flag = _trees(tree)[-1]
        name, *number = (str(each) for each in flag.children)
        place = self.place(flag)
        given = int(number[0], 0) if number else next(each for each in range(33) if each not in self.flags.values())
        if given > 31 or self.flags.get(name, given) != given:
            known = f"{name} is declared already" if name in self.flags else f"{name} is {given}"
            raise ScriptError(place.file, place.line, f"{known}; allowed: each name once, 0 to 31")
        self.flags[name] = given

    def setting(self, tree: Tree[Token]) -> nodes.Setting:
        name, raw = (str(each) for each in tree.children)
        value = raw.strip()
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" and value.count(value[0]) == 2:
            value = value[1:-1]
        return nodes.Setting(self.place(tree), name, value)

    def loadmodule(self, tree: Tree[Token]) -> nodes.LoadModule:
        name = unquoted(str(tree.children[0])).rpartition("/")[2]
        return nodes.LoadModule(self.place(tree), name.removesuffix(".so"))

    def modparam(self, tree: Tree[Token]) -> nodes.Modparam:
        modules, name, *rest = (str(each) for each in tree.children)
        value: str | int
        if rest[0][0] in "\"'":
            value = "".join(map(unquoted, rest))
        elif rest[0] in _SWITCHES:
            value = _SWITCHES[rest[0]]
        elif rest[0][0].isalpha():
            place = self.place(tree)
            raise ScriptError(place.file, place.line, f"found {rest[0]}; allowed: a number, a string, {', '.join(_SWITCHES)}")
        else:
            value = _number(rest[-1]) * (-1 if len(rest) > 1 else 1)
        return nodes.Modparam(self.place(tree), tuple(unquoted(modules).split("|")), unquoted(name), value)

    def route(self, tree: Tree[Token]) -> nodes.Route:
        written = str(tree.children[0])
        named = [str(each) for each in tree.children[1:] if isinstance(each, Token)]
        name = unquoted(named[0]) if named and named[0][0] in "\"'" else named[0] if named else ""
        kind = _KINDS.get(written, written)
        if kind == nodes.ROUTE and name in ("", "0"):
            kind, name = nodes.REQUEST, ""
        self.within = name or ("DEFAULT_ROUTE" if kind == nodes.REQUEST else kind)
        body = self.block(_trees(tree)[0])
        return nodes.Route(self.place(tree), kind, name, _ended(body) if kind == nodes.ROUTE else body)

    # Statements.

    def block(self, tree: Tree[Token]) -> nodes.Block:
        """The statements of a block, or of a body that is one statement; blocks within are no blocks of their own."""
        made: list[nodes.Statement] = []
        for each in _trees(tree):
            if each.data == "block":
                made += self.block(each)
            else:
                made.append(self.statement(each))
        return tuple(made)

    def statement(self, tree: Tree[Token]) -> nodes.Statement:
        place = self.place(tree)
        parts = _trees(tree)
        if tree.data == "if":
            otherwise = self.block(parts[2]) if len(parts) > 2 else None
            return nodes.If(place, self.expression(parts[0]), self.block(parts[1]), otherwise)
        if tree.data == "while":
            return nodes.While(place, self.expression(parts[0]), self.block(parts[1]))
        if tree.data == "switch":
            return nodes.Switch(place, self.expression(parts[0]), tuple(map(self.case, parts[1:])))
        if tree.data == "leave":
            return nodes.Leave(place, str(tree.children[0]), self.expression(parts[0]) if parts else None)
        if tree.data == "assign":
            return nodes.Assign(place, nodes.Variable(place, str(tree.children[0])), self.expression(parts[0]))
        return nodes.Do(place, self.expression(parts[0]))

    def case(self, tree: Tree[Token]) -> nodes.Case:
        place = self.place(tree)
        children = list(tree.children)
        value: nodes.Expression | None = None
        regex = False
        first = children.pop(0)
        if isinstance(first, Tree):
            value = self.expression(first)
        elif first.type == "REGEX":
            written = str(first)[1:].strip()
            value, regex = nodes.Literal(place, unquoted(written) if written.startswith('"') else str(first)[1:-1]), True
        return nodes.Case(place, value, regex, self.block(Tree("body", children)))

    # Expressions.

    def expression(self, tree: Tree[Token]) -> nodes.Expression:
        return self.expressions[tree.data](tree)

    def literal(self, tree: Tree[Token]) -> nodes.Literal:
        first = tree.children[0]
        if isinstance(first, Token) and first.type == "NUMBER":
            return nodes.Literal(self.place(tree), _number(first))
        if isinstance(first, Token) and first.type == "SOCKET":
            return nodes.Literal(self.place(tree), str(first))
        if isinstance(first, Token) and first.type == "ADDRESS":
            return nodes.Literal(self.place(tree), str(first).replace("[", "").replace("]", ""))
        return nodes.Literal(self.place(tree), "".join(unquoted(str(each)) for each in tree.children))

    def variable(self, tree: Tree[Token]) -> nodes.Expression:
        text = str(tree.children[0])
        own = self.own.selected(text, self.place(tree))
        if own is not None:
            return nodes.Literal(self.place(tree), own)
        known = _FILE_VARIABLE.fullmatch(text)
        if known is None:
            return nodes.Variable(self.place(tree), text)
        value = self.known(known, tree)
        return nodes.Variable(self.place(tree), "$null") if value is None else nodes.Literal(self.place(tree), value)

    def argument(self, tree: Tree[Token]) -> nodes.Expression:
        """What a function is given: the values of the file's own variables, in strings too, where "$" stands for others."""
        node = self.expression(tree)
        if not isinstance(node, nodes.Literal) or not isinstance(node.value, str):
            return node
        settled = self.settled(node.value, tree) if tree.data == "literal" else node.value.replace("$", "$$")
        return nodes.Literal(node.place, settled)

    def settled(self, text: str, tree: Tree[Token]) -> str:
        """A string in which the variables of the file itself have their values."""

        def put(found: re.Match[str]) -> str:
            value = self.known(found, tree)
            return "<null>" if value is None else str(value).replace("$", "$$")

        return self.own.within(_FILE_VARIABLE.sub(put, text), self.place(tree)) if "$" in text else text

    def known(self, found: re.Match[str], tree: Tree[Token]) -> str | int | None:
        """``$cfg(line)`` and its like, ``$def(NAME)``: what the file says, whatever the request."""
        variable, name, place = found[1], found[2], self.place(tree)
        if variable == "cfg":
            values: dict[str, str | int] = {"line": place.line, "name": place.file, "file": place.file, "route": self.within}
            if name in values:
                return values[name]
            raise ScriptError(place.file, place.line, f"$cfg({name}) is unknown; allowed: {', '.join(values)}")
        value = self.source.names.get(name)
        if variable == "def":
            return value
        return int(value, 0) if value is not None and re.fullmatch(r"-?(0[xX][0-9a-fA-F]+|[1-9][0-9]*|0)", value) else 0

    def select(self, tree: Tree[Token]) -> nodes.Expression:
        place = self.place(tree)
        own = self.own.selected(str(tree.children[0]), place)
        if own is not None:
            return nodes.Literal(place, own)
        try:
            return nodes.Variable(place, variable_of(str(tree.children[0])[1:]))
        except FormatError as error:
            raise ScriptError(place.file, place.line, error.reason) from None

    def call(self, tree: Tree[Token]) -> nodes.Call:
        name, arguments = str(tree.children[0]), _trees(tree)
        if name in _WITH_FLAG and arguments and arguments[0].data in ("word", "literal"):
            # The name of a flag that the file declares stands for its number.
            number = self.flags.get(str(arguments[0].children[0]).strip('"'))
            if number is not None:
                return nodes.Call(self.place(tree), name, (nodes.Literal(self.place(tree), number),))
        return nodes.Call(self.place(tree), name, tuple(map(self.argument, arguments)))

    def unary(self, tree: Tree[Token]) -> nodes.Expression:
        operator = _OPERATORS.get(str(tree.children[0]), str(tree.children[0]))
        operand = self.expression(_trees(tree)[0])
        if operator == "-" and isinstance(operand, nodes.Literal) and isinstance(operand.value, int):
            return nodes.Literal(operand.place, -operand.value)
        return nodes.Unary(self.place(tree), operator, operand)

    def binary(self, tree: Tree[Token]) -> nodes.Binary:
        left, right = _trees(tree)
        operator = str(tree.children[1])
        return nodes.Binary(self.place(tree), _OPERATORS.get(operator, operator), self.expression(left), self.expression(right))


def unquoted(text: str) -> str:
    """A string without its quotes, its escapes resolved: none in single quotes. A backslash before another letter stays."""
    inner = text[1:-1]
    if text[0] == "'":
        return inner
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[0]), inner, flags=re.DOTALL)


def _number(text: str) -> int:
    """A number as Kamailio reads it: 0x1F, 010 for eight."""
    if text.lower().startswith("0x"):
        return int(text, 16)
    return int(text, 8 if re.fullmatch(r"0[0-7]+", text) else 10)


def _ended(body: nodes.Block) -> nodes.Block:
    """A route that ends with a function, if in an ``if``, returns what that has returned."""
    last = body[-1] if body else None
    if isinstance(last, nodes.Do):
        return (*body, nodes.Leave(last.place, nodes.END, None))
    if isinstance(last, nodes.If):
        otherwise = _ended(last.otherwise) if last.otherwise is not None else None
        return (*body[:-1], nodes.If(last.place, last.condition, _ended(last.then), otherwise))
    return body


def _trees(tree: Tree[Token]) -> list[Tree[Token]]:
    return [each for each in tree.children if isinstance(each, Tree)]
