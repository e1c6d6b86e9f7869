"""Probing, events and saved states of the real server, with gateways that go down and come back."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.wire.agent import Agent, Message
from tests.wire.server import Server, settings
from tests.wire.sipp import Gateway

#: A configuration with quick pings: [dispatcher] is the last section that `settings` leaves open for more.
PROBING = "ds_ping_interval = 1\nds_ping_fr_timer = 300\nds_probing_mode = {mode}\n"


def configured(mode: int, more: str = "", *, proxy: str = "stateful") -> str:
    route = "algorithm = 8" if proxy == "stateful" else 'algorithm = "hash-callid"'
    text = settings(mode=proxy, route=route)
    return text.replace("[dispatcher]\n", "[dispatcher]\n" + PROBING.format(mode=mode) + more)


@pytest.mark.peer
@pytest.mark.parametrize("proxy", ["stateful", "stateless"])
def test_a_gateway_goes_down_and_comes_back(tmp_path: Path, proxy: str) -> None:
    """SIPp answers the pings until it is killed; then another one has its port."""
    gateway = Gateway(tmp_path, "gateway_options.xml")
    with Server(tmp_path / "server", configured(1, proxy=proxy), [f"1 {gateway.uri}"]) as server:
        server.until(lambda: server.states() == {gateway.uri: "AP"})
        gateway.kill()
        server.until(lambda: server.states() == {gateway.uri: "IP"})
        assert f"dst-down: set 1: {gateway.uri} is IP, was AP: ping not answered in 0.3 s" in server.log
        again = Gateway(tmp_path, "gateway_options.xml", port=gateway.port)
        server.until(lambda: server.states() == {gateway.uri: "AP"})
        assert f"dst-up: set 1: {gateway.uri} is AP, was IP: ping answered 200" in server.log
        again.kill()
        why = server.call("dispatcher.why", 1, gateway.uri)
        changes = [(each["CHANGE"]["BEFORE"], each["CHANGE"]["AFTER"]) for each in why["CHANGES"]]
        assert changes[:3] == [("AX", "AP"), ("AP", "IP"), ("IP", "AP")]


def test_a_ping_is_what_the_settings_say(tmp_path: Path) -> None:
    more = 'ds_ping_method = "INFO"\nds_ping_from = "sip:prober@example.com"\nds_ping_latency_stats = true\n'
    with Agent() as agent, Server(tmp_path, configured(0, more), [f"1 {agent.uri} 8"]) as server:
        ping = agent.expect("INFO")
        assert ping.uri == agent.uri
        assert ping.one("from").startswith("<sip:prober@example.com>;tag=")
        assert ping.one("to") == f"<{agent.uri}>"
        assert ping.source == server.address
        agent.answer(ping, "200 OK")
        server.until(lambda: server.states()[agent.uri] == "AX")
        shown = server.call("dispatcher.list")["RECORDS"][0]["SET"]["TARGETS"][0]["DEST"]["LATENCY"]
        assert list(shown) == ["AVG", "STD", "EST", "MAX", "TIMEOUT"]
        assert 0 < shown["AVG"] < 1000


class Posts(BaseHTTPRequestHandler):
    """Keeps what is posted."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted.append(json.loads(body))  # type: ignore[attr-defined]
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def listener() -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), Posts) as served:
        served.posted = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=served.serve_forever)
        thread.start()
        yield served
        served.shutdown()
        thread.join()


def test_events_run_a_command_and_are_posted_in_order(tmp_path: Path, listener: HTTPServer) -> None:
    written = tmp_path / "events.txt"
    program = tmp_path / "program.py"
    program.write_text(
        "import os, sys\n"
        "names = ('EVENT', 'SET', 'URI', 'BEFORE', 'AFTER', 'REASON')\n"
        "with open(sys.argv[1], 'a') as out:\n"
        "    print(*(os.environ['DISPATCHER_' + name] for name in names), sep='|', file=out)\n"
    )
    command = json.dumps([sys.executable, str(program), str(written)])
    url = f"http://127.0.0.1:{listener.server_port}/events"
    uri = "sip:127.0.0.1:9"
    with Server(tmp_path / "s", configured(0, f'event_command = {command}\nevent_url = "{url}"\n'), [f"1 {uri}"]) as server:
        for state in ("i", "d", "a", "ip", "tp"):
            server.call("dispatcher.set_state", state, 1, uri)
        posted = listener.posted  # type: ignore[attr-defined]
        server.until(lambda: len(posted) == 4 and written.exists() and written.read_text().count("\n") == 4)
    expected = [
        ("dst-down", "AX", "IX", "i"),
        ("dst-up", "DX", "AX", "a"),
        ("dst-down", "AX", "IP", "ip"),
        ("dst-up", "IP", "TP", "tp"),
    ]
    assert [(each["name"], each["before"], each["after"], each["reason"]) for each in posted] == [
        (name, before, after, f"dispatcher.set_state {state}") for name, before, after, state in expected
    ]
    assert written.read_text().splitlines() == [
        f"{name}|1|{uri}|{before}|{after}|dispatcher.set_state {state}" for name, before, after, state in expected
    ]


def test_states_survive_a_restart_unless_the_list_says_something_new(tmp_path: Path) -> None:
    text = configured(0, f'saved_states = "{tmp_path}/states.json"\n')
    lines = ["1 sip:127.0.0.1:9", "1 sip:127.0.0.1:10", "1 sip:127.0.0.1:11"]
    with Server(tmp_path / "s", text, lines) as server:
        server.call("dispatcher.set_state", "d", 1, "sip:127.0.0.1:9")
        server.call("dispatcher.set_state", "ip", 1, "sip:127.0.0.1:10")
    with Server(tmp_path / "s", text, [lines[0], "1 sip:127.0.0.1:10 8", lines[2]]) as server:
        states = server.states()
        assert "dst-down" not in server.log
        assert (states["sip:127.0.0.1:9"], states["sip:127.0.0.1:11"]) == ("DX", "AX")
        assert states["sip:127.0.0.1:10"] in ("AP", "IP")  # Its own flags, and what a ping has said since.
        why = server.call("dispatcher.why", 1, "sip:127.0.0.1:9")
        assert [each["CHANGE"]["REASON"] for each in why["CHANGES"]] == ["saved before the restart"]
    (tmp_path / "states.json").write_text("{")
    with Server(tmp_path / "s", text, lines) as server:
        assert server.states()["sip:127.0.0.1:9"] == "AX"
        assert "states.json: is no JSON" in server.log


def test_a_reload_keeps_what_was_counted(tmp_path: Path) -> None:
    """Two failures of three, a reload, and the third."""
    with Agent() as agent:
        lines = [f"1 {agent.uri} 8"]
        with Server(tmp_path, configured(3, "ds_probing_threshold = 3\n"), lines) as server:
            for _ in range(2):
                refuse(agent, agent.expect("OPTIONS"))
            server.until(lambda: server.states() == {agent.uri: "TP"})
            server.hang_up()
            assert server.states() == {agent.uri: "TP"}
            refuse(agent, agent.expect("OPTIONS"))
            server.until(lambda: server.states() == {agent.uri: "IP"})


def refuse(agent: Agent, ping: Message) -> None:
    agent.answer(ping, "500 Server Error")
