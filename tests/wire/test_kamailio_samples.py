"""The documents' samples, run as they are by the real server; a TOML file moves the port and the list to the test's own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.routing.kamailio.samples import sample
from tests.wire.agent import Agent, Dialog, hop_request
from tests.wire.server import PATIENCE, Server
from tests.wire.sipp import Gateway, place_calls

TEXT = """
[sip]
listen = [LISTEN]
[tm]
fr_timer = 500
[dispatcher]
db_url = ""
list_file = LIST
[control]
jsonrpc = RPC
mi_fifo = []
[route]
kamailio_cfg = "{}"
"""


class ScriptServer(Server):
    """A server that may pass on whatever it is asked: its log says that it is up."""

    def _wait(self) -> None:
        give_up = time.monotonic() + PATIENCE
        while "stateful on udp:" not in self.log:
            assert self.process.poll() is None, self.log
            assert time.monotonic() < give_up, self.log
            time.sleep(0.02)


@pytest.mark.peer
def test_calls_of_sipp_are_split_evenly_by_the_newer_sample(tmp_path: Path) -> None:
    text = TEXT.format(sample("sample-000.cfg"))
    with (
        Gateway(tmp_path) as first,
        Gateway(tmp_path) as second,
        ScriptServer(tmp_path, text, [f"1 {first.uri} 0 0", f"1 {second.uri} 0 0"]) as server,
    ):
        place_calls(tmp_path, server, 200, 100)
        assert (first.finish(), second.finish()) == (100, 100)


@pytest.fixture(scope="module", params=["sample-000.cfg", "sample-002.cfg"])
def setting(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Server, Agent, tuple[Agent, Agent]]]:
    """Which sample, the server, a caller, and two gateways."""
    text = TEXT.format(sample(request.param))
    with Agent() as caller, Agent() as one, Agent() as other:
        lines = [f"1 {one.uri}", f"1 {other.uri}"]
        with ScriptServer(tmp_path_factory.mktemp("sample"), text, lines) as server:
            yield request.param, server, caller, (one, other)


def whoever_got(gateways: tuple[Agent, Agent]) -> Agent:
    """The gateway that something has come to."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        for each in gateways:
            if each.waiting():
                return each
        time.sleep(0.005)
    raise AssertionError("nothing came to a gateway")


def test_a_call_and_its_end(setting: tuple[str, Server, Agent, tuple[Agent, Agent]]) -> None:
    name, server, caller, gateways = setting
    caller.send(caller.request("INVITE", f"sip:1000@{server.host_port}", caller.contact), server.address)
    gateway = whoever_got(gateways)
    invite = gateway.expect("INVITE")
    assert invite.uri == f"sip:1000@{server.host_port}"
    gateway.answer(invite, "200 OK", gateway.contact)
    dialog = Dialog(caller, caller.expect("200"))
    # Without a Record-Route, the caller and the gateway are among themselves.
    wanted = [] if name == "sample-002.cfg" else [f"<sip:{server.host_port};lr=on>"]
    assert invite.all("record-route") == wanted
    if wanted:
        caller.send(dialog.request("ACK", 1), server.address)
        assert gateway.expect("ACK").all("route") == []
        caller.send(dialog.request("BYE", 2), server.address)
        gateway.answer(gateway.expect("BYE"), "200 OK")
        caller.expect("200")


def test_silence_and_500_lead_on_as_the_script_says(setting: tuple[str, Server, Agent, tuple[Agent, Agent]]) -> None:
    name, server, caller, gateways = setting
    sent = caller.request("INVITE", f"sip:1000@{server.host_port}", caller.contact)
    caller.send(sent, server.address)
    first = whoever_got(gateways)
    second = gateways[1] if first is gateways[0] else gateways[0]
    first.answer(first.expect("INVITE"), "500 Broken")
    first.expect("ACK")
    if name == "sample-000.cfg":
        second.answer(second.expect("INVITE"), "404 Nobody")
        second.expect("ACK")
        final = caller.expect("404")
    else:
        final = caller.expect("500")
    caller.send(hop_request("ACK", sent, final.one("to")), server.address)
    # The next one is the other gateway's turn; it stays silent.
    sent = caller.request("INVITE", f"sip:1000@{server.host_port}", caller.contact)
    caller.send(sent, server.address)
    silent = whoever_got(gateways)
    silent.expect("INVITE")
    other = gateways[1] if silent is gateways[0] else gateways[0]
    other.answer(other.expect("INVITE"), "486 Busy")
    other.expect("ACK")
    final = caller.expect("486")
    caller.send(hop_request("ACK", sent, final.one("to")), server.address)
    server.hang_up()
    silent.pending()


def test_what_the_script_answers(setting: tuple[str, Server, Agent, tuple[Agent, Agent]]) -> None:
    name, server, caller, _ = setting
    uri = f"sip:1000@{server.host_port}"
    asked = [caller.request("MESSAGE", uri, max_forwards="0")]
    wanted = ["SIP/2.0 483 To Many Hops" if name == "sample-002.cfg" else "SIP/2.0 483 Too Many Hops"]
    if name == "sample-000.cfg":
        asked += [
            caller.request("INVITE", f"sip:{server.host_port}"),
            caller.request("REGISTER", uri),
            caller.request("PUBLISH", uri),
        ]
        wanted += ["SIP/2.0 484 Address Incomplete", "SIP/2.0 404 No registrar", "SIP/2.0 404 Not here"]
    found = []
    for each in asked:
        caller.send(each, server.address)
        found.append(caller.take().start)
    assert found == wanted
    server.call("dispatcher.set_state", "i", 1, "all")
    caller.send(caller.request("MESSAGE", uri), server.address)
    assert caller.take().start in ("SIP/2.0 404 No destination", "SIP/2.0 500 No destination available")
    server.call("dispatcher.set_state", "a", 1, "all")
