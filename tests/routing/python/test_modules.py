"""What a script imports from beside it: found, read again with it, checked like it, and named where it fails."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.routing.python.bench import SETS
from txdispatcher.errors import DispatcherError, ScriptError
from txdispatcher.scripting import reload_script
from txdispatcher.testing import Bench, request

SCRIPT = """\
{imports}
from txdispatcher.script import *

@request_route
def route(r):
    r.sl_send_reply(480, helper.reason(r))
"""
HELPER = "def reason(r):\n    return {reason}\n"


@pytest.fixture(autouse=True)
def imported() -> Iterator[None]:
    """What a test's script has imported is gone afterwards."""
    modules, path = dict(sys.modules), list(sys.path)
    yield
    for name in set(sys.modules) - set(modules):
        del sys.modules[name]
    sys.path[:] = path


def write(folder: Path, imports: str = "import helper", **helpers: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in helpers.items():
        (folder / f"{name}.py").write_text(text)
    file = folder / "route.py"
    file.write_text(SCRIPT.format(imports=imports))
    return file


def reason(bench: Bench) -> str:
    (reply,) = bench.receive(request("OPTIONS"))
    return reply.reason


def test_they_are_read_again_with_the_script(tmp_path: Path) -> None:
    bench = Bench(write(tmp_path, helper=HELPER.format(reason="'one'")), SETS)
    assert reason(bench) == "one"
    # Within the same second, and as long as it was.
    (tmp_path / "helper.py").write_text(HELPER.format(reason="'two'"))
    reload_script(bench.config, bench.router)
    assert reason(bench) == "two"
    assert not (tmp_path / "__pycache__").exists()


def test_where_one_fails_all_are_what_they_were(tmp_path: Path) -> None:
    imports = "import other, helper"
    bench = Bench(write(tmp_path, imports, helper=HELPER.format(reason="'one'"), other="STATE = []\n"), SETS)
    before = sys.modules["other"]
    (tmp_path / "helper.py").write_text("def reason(r)\n")
    with pytest.raises(DispatcherError, match=r"helper\.py:1: expected ':'"):
        reload_script(bench.config, bench.router)
    assert reason(bench) == "one"
    assert sys.modules["other"] is before


def test_each_folder_has_its_own(tmp_path: Path) -> None:
    benches = [Bench(write(tmp_path / name, helper=HELPER.format(reason=repr(name))), SETS) for name in ("a", "b")]
    assert [reason(bench) for bench in benches] == ["a", "b"]


def test_what_was_there_before_is_not_the_scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that imports the helper first can change it."""
    file = write(tmp_path, helper=HELPER.format(reason="'one'"))
    monkeypatch.syspath_prepend(str(tmp_path))
    import helper  # type: ignore[import-not-found]

    bench = Bench(file, SETS)
    monkeypatch.setattr(helper, "reason", lambda r: "changed")
    assert reason(bench) == "changed"


def test_a_script_in_a_package_imports_relatively(tmp_path: Path) -> None:
    folder = tmp_path / "outer" / "inner"
    file = write(folder, "from . import helper\nfrom ..numbers import FOUR", helper=HELPER.format(reason="'one'"))
    for each, text in (
        (tmp_path / "outer/__init__.py", ""),
        (folder / "__init__.py", ""),
        (tmp_path / "outer/numbers.py", "FOUR = 4\n"),
    ):
        each.write_text(text)
    bench = Bench(file, SETS)
    assert reason(bench) == "one"
    (folder / "helper.py").write_text(HELPER.format(reason="'two'"))
    reload_script(bench.config, bench.router)
    assert reason(bench) == "two"


@pytest.mark.parametrize(
    ("imports", "helper", "message"),
    [
        (
            "from . import helper",
            "",
            r"route\.py:1: ImportError: attempted relative import .*; allowed: import NAME, or an __init__",
        ),
        ("import helper", "1 / 0", r"helper\.py:1: ZeroDivisionError: division by zero"),
        ("import helper", "import KSR\ndef reason(r):\n    return KSR.pv.got('x')", r"helper\.py:3: KSR\.pv\.got is not there"),
        ("import helper", "def reason(r):\n    return r['$nothing']", r"helper\.py:2: .*\$nothing is unknown"),
    ],
)
def test_what_is_wrong_with_one_is_an_error_with_its_line(tmp_path: Path, imports: str, helper: str, message: str) -> None:
    with pytest.raises(ScriptError, match=message):
        load(write(tmp_path, imports, helper=helper))


def load(file: Path) -> None:
    from txdispatcher.routing.python.loading import load_script

    load_script(str(file))


ELSEWHERE = """\
from txdispatcher.script import *
@failure_route
def again(r):
    r.t_reply(480, "from elsewhere")
"""


def test_routes_may_stand_in_them(tmp_path: Path) -> None:
    file = write(tmp_path, elsewhere=ELSEWHERE)
    file.write_text(
        "import elsewhere\nfrom txdispatcher.script import *\n@request_route\ndef route(r):\n"
        "    r.ds_select_dst(1, 8)\n    r.t_on_failure(elsewhere.again)\n    r.t_relay()\n"
    )
    bench = Bench(file, SETS)
    assert bench.answer(bench.receive(request())[-1], 503)[-1].reason == "from elsewhere"
    file.write_text(file.read_text() + "@failure_route\ndef again(r): pass\n")
    with pytest.raises(ScriptError, match=r"elsewhere\.py:2: there is a failure route again already"):
        load(file)


def test_a_fault_in_one_is_named_there(tmp_path: Path) -> None:
    bench = Bench(write(tmp_path, helper=HELPER.format(reason="r.none")), SETS)
    with pytest.raises(AssertionError, match=r"helper\.py:2: AttributeError"):
        bench.receive(request("OPTIONS"))
