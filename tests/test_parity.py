"""docs/kamailio-parity.md: every row names a test that exists, and nothing is missing that the server or a document has."""

from __future__ import annotations

import ast
import gzip
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TABLE = ROOT / "docs" / "kamailio-parity.md"
PACKAGE = ROOT / "txdispatcher"
#: The two documents that describe the system, beside the checkout.
SEEDS = ROOT.parent / "shared" / "seeds"
GUIDE = "000_6957e80b78be275c.txt"
README = "002_98ca0856294c7af9.txt"
#: The guide of Kamailio 5.6, as Debian's package installs it.
GUIDE_5_6 = Path("/usr/share/doc/kamailio/modules/README.dispatcher.gz")

SAID = {"000", "002", "5.6", "6", "ours"}
#: What looks like a name of the dispatcher's in the documents, and is a file or an example's own.
NOT_NAMES = {"$Id"}


@dataclass(frozen=True)
class Row:
    """`names` are what stands in backticks in the first column, `tests` in the last one."""

    line: int
    names: tuple[str, ...]
    said: frozenset[str]
    here: str
    tests: tuple[str, ...]


def quoted(cell: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`([^`]+)`", cell))


def rows() -> list[Row]:
    found = []
    for number, line in enumerate(TABLE.read_text().splitlines(), 1):
        if not line.startswith("| ") or line.startswith("| name |"):
            continue
        name, said, here, tests = (cell.strip() for cell in line.strip("|").split(" | "))
        found.append(Row(number, quoted(name), frozenset(said.split()), here, quoted(tests)))
    return found


ROWS = rows()
NAMED = {name for row in ROWS for name in row.names}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"line {row.line}")
def test_a_row_says_where_it_is_from_and_what_proves_it(row: Row) -> None:
    assert row.said
    assert row.said <= SAID
    assert row.here
    assert row.tests
    for test in row.tests:
        path, _, name = test.partition("::")
        assert (ROOT / path).is_file(), test
        assert not name or name in names_of_tests(ROOT / path), test


def test_every_parameter_has_a_row() -> None:
    assert {*fields("config/dispatcher.py", "Dispatcher"), *aliases()} - NAMED == set()


def test_every_function_has_a_row() -> None:
    assert {name for name in members("routing/dispatching.py", "Dispatched") if name.startswith("ds_")} - NAMED == set()


def test_every_attribute_has_a_row() -> None:
    # What a ping goes by besides is in the docstring of who reads it.
    pings = re.findall(r"^    (ping_\w+) ", (PACKAGE / "net/ping_plan.py").read_text(), re.MULTILINE)
    assert {*fields("balancing/attributes.py", "Attributes"), *pings} - NAMED == set()


def test_every_command_has_a_row() -> None:
    commands = set(methods())
    assert "dispatcher.list" in commands
    assert commands - NAMED == set()


def test_every_variable_has_a_row() -> None:
    text = (PACKAGE / "routing/message_variables.py").read_text()
    [readers] = [each for each in ast.walk(ast.parse(text)) if isinstance(each, ast.Dict) and len(each.keys) > 10]
    names = {f"${key.value}" for key in readers.keys if isinstance(key, ast.Constant)}
    assert "$ci" in names
    assert names - NAMED == set()


@pytest.mark.parametrize("document", [GUIDE, README])
def test_every_name_of_the_documents_has_a_row(document: str) -> None:
    if not (SEEDS / document).is_file():
        pytest.skip(f"{document} is not beside the checkout (shared/seeds)")
    text = (SEEDS / document).read_text(errors="replace")
    names = set(named_in(text))
    assert {"list_file", "ds_select_dst", "dispatcher.set_state", "ds_set_state", "$avp"} <= names
    assert names - NAMED - NOT_NAMES == set()
    said = document.partition("_")[0]
    for row in ROWS:
        named = [name for name in row.names if re.fullmatch(r"\$?[a-zA-Z_]+", name)]
        if said in row.said and named:
            assert any(name in text for name in named), f"line {row.line}: {said} does not name it"


def test_every_section_of_the_guide_of_kamailio_5_6_has_a_row() -> None:
    if not GUIDE_5_6.is_file():
        pytest.skip(f"{GUIDE_5_6} is not installed (package kamailio)")
    text = gzip.decompress(GUIDE_5_6.read_bytes()).decode()
    # Parameters, functions, commands and events are sections of their own; attributes are items of one.
    names = set(re.findall(r"^[3457]\.\d+\. +([a-z_.:-]+)", text, re.MULTILINE))
    assert {"ds_dns_ttl", "ds_select_routes", "dispatcher.set_duid_state", "dispatcher:dst-up"} <= names
    [attributes] = re.findall(r"^6\.1\.1\. Special Attributes$(.*?)^6\.1\.2\.", text, re.MULTILINE | re.DOTALL)
    names |= set(re.findall(r"\* [^\w\s]([a-z_]+)[^\w\s] - ", attributes))
    assert {"duid", "rweight", "latency"} <= names
    assert names - NAMED == set()


def named_in(text: str) -> Iterator[str]:
    """The parameters, functions, commands, events and variables that one of the documents names."""
    yield from re.findall(r"^([a-z_]+)\n\((?:string|str|int)\)$", text, re.MULTILINE)
    yield from re.findall(r"\b\d+\.\d+\. ([a-z_]+) ?\((?:string|str|int)\)", text)
    yield from re.findall(r'modparam\("dispatcher", "(\w+)"', text)
    yield from re.findall(r"\bds_[a-z_]+[a-z](?!\.[ch]\b)\b", text)
    yield from re.findall(r"\bdispatcher\.(?:[a-z]+_[a-z]+|list\b(?! file| example|\"|”)|reload)", text)
    yield from re.findall(r"\bdispatcher:(?:ds|dst)-(?:up|down)\b", text)
    yield from re.findall(r"\$[A-Za-z]+", text)


def methods() -> Iterator[str]:
    """The names of the methods in the control table."""
    for path in (PACKAGE / "control").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = node.args[0].value
                if isinstance(node.func, ast.Name) and node.func.id in ("Method", "setter") and isinstance(name, str):
                    yield name


def aliases() -> Iterable[str]:
    """The older spellings of parameters."""
    for node in ast.parse((PACKAGE / "config/dispatcher.py").read_text()).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "ALIASES":
            assert node.value is not None
            found: dict[str, str] = ast.literal_eval(node.value)
            return found
    raise AssertionError("config/dispatcher.py has no ALIASES")


def fields(path: str, name: str) -> list[str]:
    """The annotated attributes of a class in the package."""
    found = class_in(path, name)
    return [each.target.id for each in found.body if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)]


def members(path: str, name: str) -> Iterator[str]:
    """The methods of a class in the package, and their other names."""
    for each in class_in(path, name).body:
        if isinstance(each, ast.FunctionDef):
            yield each.name
        elif isinstance(each, ast.Assign):
            yield from (target.id for target in each.targets if isinstance(target, ast.Name))


def class_in(path: str, name: str) -> ast.ClassDef:
    [found] = [
        each for each in ast.parse((PACKAGE / path).read_text()).body if isinstance(each, ast.ClassDef) and each.name == name
    ]
    return found


@cache
def names_of_tests(path: Path) -> frozenset[str]:
    """The tests, and the classes of tests, of a file, as pytest names them behind the path."""
    found: set[str] = set()

    def look(body: list[ast.stmt], within: str) -> None:
        for each in body:
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and each.name.startswith("test"):
                found.add(within + each.name)
            elif isinstance(each, ast.ClassDef):
                found.add(within + each.name)
                look(each.body, f"{within}{each.name}::")
            elif isinstance(each, ast.Assign):  # A state machine of hypothesis: TestCalls = Calls.TestCase
                found.update(
                    target.id for target in each.targets if isinstance(target, ast.Name) and target.id.startswith("Test")
                )

    look(ast.parse(path.read_text()).body, "")
    return frozenset(found)
