"""docs/python-scripts.md: each of its snippets runs, and does what stands there."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from txdispatcher.testing import Bench, Sent, request

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs/python-scripts.md").read_text(encoding="utf-8")
GATEWAYS = {1: ["sip:192.0.2.1", "sip:192.0.2.2"]}


def snippets(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


ROUTE, WAITING, TEST = snippets("python")


def final(sent: list[Sent]) -> list[str]:
    return [each.reason for each in sent if each.status > 100]


def test_the_settings_name_the_first_script(tmp_path: Path) -> None:
    (settings,) = snippets("toml")
    (tmp_path / "k.toml").write_text(settings)
    (tmp_path / "route.py").write_text(ROUTE)
    bench = Bench(tmp_path / "k.toml", GATEWAYS)
    assert final(bench.receive(request(headers=["Max-Forwards: 0"]))) == ["Too Many Hops"]
    first = bench.receive(request(call_id="call"))[-1]
    ack, second = bench.answer(first, 503)
    assert (ack.method, {first.address[0], second.address[0]}) == ("ACK", {"192.0.2.1", "192.0.2.2"})
    bench.answer(second, 200)
    route = f"Route: {second.header('Record-Route')}"
    bye = request("BYE", "sip:192.0.2.9", to_tag="callee", call_id="call", cseq=2, headers=[route])
    assert [each.address[0] for each in bench.receive(bye)] == ["192.0.2.9"]
    for uri in GATEWAYS[1]:
        bench.set_state(1, uri, "i")
    assert final(bench.receive(request())) == ["No destination"]


def test_a_configuration_file_names_a_kemi_script(tmp_path: Path) -> None:
    (settings,) = snippets("c")
    (tmp_path / "k.cfg").write_text(settings + 'modparam("htable", "htable", "callers=>size=8;")\n')
    shutil.copy(ROOT / "conf/kemi.py", tmp_path)
    assert Bench(tmp_path / "k.cfg", GATEWAYS).receive(request())[-1].header("X-Calls") == "1"


@pytest.fixture
def directory() -> Iterator[int]:
    """An HTTP server that knows everybody's gateway; its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"192.0.2.7\n" if self.path == "/gateway?number=bob" else b"")

        def log_message(self, *arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_route_waits_for_an_http_server(tmp_path: Path, directory: int) -> None:
    assert "127.0.0.1:8080" in WAITING
    (tmp_path / "route.py").write_text(WAITING.replace("127.0.0.1:8080", f"127.0.0.1:{directory}"))
    assert Bench(tmp_path / "route.py", GATEWAYS).receive(request())[-1].address == ("192.0.2.7", 5060)


def test_the_test_of_a_route_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "route.py").write_text(ROUTE)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(compile(TEST, "docs/python-scripts.md", "exec"), names)
    tests = [each for name, each in names.items() if name.startswith("test_") and callable(each)]
    for each in tests:
        each()
    assert len(tests) == 1


def test_every_snippet_is_run_here() -> None:
    assert len(re.findall(r"^```\w", TEXT, re.MULTILINE)) == len(snippets("toml")) + len(snippets("c")) + 3


#: Functions and methods that the text names.
NAMED = re.findall(r"`(?:request\.)?(\w+)\(", TEXT)


def test_it_names_what_there_is() -> None:
    import txdispatcher.script as script
    from txdispatcher.routing.python.kemi import NAMES

    known = {*dir(script), *dir(script.Request), *(name.rpartition(".")[2] for name in NAMES), *dir(Bench)}
    own = {"mod_init", "child_init", "ksr_request_route", "ksr_reply_route", "ksr_dispatcher_event", "header"}
    assert set(NAMED) - known - own == set()
    listed = {name for name in re.findall(r"`KSR\.([\w.]+)[`(]", TEXT) if name not in NAMES}
    assert listed == set()
