"""docs/embedding.md: its program, with its settings and its list, runs as it stands, over real gateways."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.peers import free_port
from tests.wire.server import PATIENCE, Server, settings

DOCUMENT = Path(__file__).parent.parent / "docs" / "embedding.md"


def blocks() -> list[str]:
    """Program, settings, list, and what is printed; as the document has them."""
    return re.findall(r"```\w*\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)


def test_the_program_is_short() -> None:
    assert sum(1 for line in blocks()[0].splitlines() if line.strip()) < 25


def test_the_program_of_the_document_runs(tmp_path: Path) -> None:
    ports = {each: str(free_port()) for each in ("5064", "5080", "5081")}
    program, configuration, destinations, printed = (
        re.sub("5064|5080|5081", lambda found: ports[found[0]], block) for block in blocks()
    )
    (tmp_path / "program.py").write_text(program)
    (tmp_path / "k.toml").write_text(configuration)
    (tmp_path / "dispatcher.list").write_text(destinations)
    gateways = ", ".join(f'"127.0.0.1:{ports[each]}"' for each in ("5080", "5081"))
    with Server(tmp_path / "gateways", f"{settings()}[test]\ngateways = [{gateways}]", ["1 sip:127.0.0.1"]):
        run = subprocess.run(
            [sys.executable, "program.py", "k.toml"], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE
        )
    assert run.stderr == ""
    assert run.stdout == printed


RELOADING = """
import sys
from pathlib import Path
from twisted.internet import reactor
from txdispatcher.config import load_config
from txdispatcher.embedding import Dispatcher

dispatcher = Dispatcher(load_config(sys.argv[1]), reactor)

def reload(_=None):
    return dispatcher.reload().addCallbacks(lambda _: print(len(dispatcher.sets)), lambda failure: print(failure.value))

def change(_, text):
    Path("dispatcher.list").write_text(text)

def run():
    done = reload()
    done.addCallback(change, "1 sip:127.0.0.1\\n2 sip:127.0.0.1\\n").addCallback(reload)
    done.addCallback(change, "1 nonsense:\\n").addCallback(reload)
    done.addCallback(lambda _: dispatcher.stop()).addCallback(lambda _: reactor.stop())

dispatcher.start()
reactor.callWhenRunning(run)
reactor.run()
"""


def test_a_reload_takes_over_all_or_nothing_and_a_stop_lets_the_program_end(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(RELOADING)
    (tmp_path / "k.toml").write_text(
        f'[sip]\nlisten = "udp:127.0.0.1:{free_port()}"\n[dispatcher]\nlist_file = "dispatcher.list"'
    )
    (tmp_path / "dispatcher.list").write_text("1 sip:127.0.0.1\n")
    run = subprocess.run([sys.executable, "program.py", "k.toml"], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE)
    assert run.stderr == ""
    first, second, third = run.stdout.splitlines()
    assert (first, second) == ("1", "2")
    assert "dispatcher.list:1: " in third
