"""The documents' samples, run as they are by the real server.

Each with a TOML file that moves its port and its list to the test's own; and the newer one once more with nothing beside it, in a
network where its port and its database's are free.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.routing.kamailio.samples import sample
from tests.stores.database_servers import DatabaseServer, MariaDB, kamailio_schema
from tests.wire.agent import Agent, Dialog, hop_request
from tests.wire.own_network import own_network
from tests.wire.server import PATIENCE, ScriptServer
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


class Sample(ScriptServer):
    """The server running the sample `name`, moved to a port of the test's own."""

    def __init__(self, folder: Path, name: str, lines: list[str]) -> None:
        self.name = name
        super().__init__(folder, TEXT.format(sample(name)), lines)

    def take_out(self) -> None:
        """No gateway is in service any more."""
        self.call("dispatcher.set_state", "i", 1, "all")

    def take_back(self) -> None:
        self.call("dispatcher.set_state", "a", 1, "all")


class Untouched(Sample):
    """The newer sample with nothing beside it: it listens on port 5060 everywhere, and finds its gateways in MariaDB."""

    def __init__(self, folder: Path, database: DatabaseServer, gateways: list[str]) -> None:
        self._database = database
        rows = [f"(1, '{uri}')" for uri in gateways]
        database.execute(*kamailio_schema("mysql"), f"INSERT INTO dispatcher (setid, destination) VALUES {', '.join(rows)}")
        super().__init__(folder, "sample-000.cfg", [])

    def port_for(self, host: str) -> int:
        return 5060

    def arguments(self, file: Path) -> list[str]:
        return ["--kamailio-cfg", sample(self.name)]

    def take_out(self) -> None:
        self._database.execute("UPDATE dispatcher SET flags = 1")
        self.hang_up()

    def take_back(self) -> None:
        self._database.execute("UPDATE dispatcher SET flags = 0")
        self.hang_up()


class OpenSer(MariaDB):
    """The database that the newer sample asks for."""

    database = "openser"
    user = "openser"
    password = "openserro"


Setting = tuple[Sample, Agent, tuple[Agent, Agent]]


@pytest.fixture(scope="module", params=["sample-000.cfg", "sample-002.cfg", pytest.param("untouched", marks=pytest.mark.peer)])
def setting(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setting]:
    """The server, a caller, and two gateways."""
    folder = tmp_path_factory.mktemp("sample")
    with ExitStack() as stack:
        if request.param == "untouched":
            sample("sample-000.cfg")
            stack.enter_context(own_network())
        caller, one, other = (stack.enter_context(Agent()) for _ in range(3))
        if request.param == "untouched":
            database = OpenSer(3306)
            stack.callback(database.close)
            server: Sample = Untouched(folder, database, [one.uri, other.uri])
        else:
            server = Sample(folder, request.param, [f"1 {one.uri}", f"1 {other.uri}"])
        yield stack.enter_context(server), caller, (one, other)


def whoever_got(gateways: tuple[Agent, Agent]) -> Agent:
    """The gateway that something has come to."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        for each in gateways:
            if each.waiting():
                return each
        time.sleep(0.005)
    raise AssertionError("nothing came to a gateway")


def test_a_call_and_its_end(setting: Setting) -> None:
    server, caller, gateways = setting
    caller.send(caller.request("INVITE", f"sip:1000@{server.host_port}", caller.contact), server.address)
    gateway = whoever_got(gateways)
    invite = gateway.expect("INVITE")
    assert invite.uri == f"sip:1000@{server.host_port}"
    gateway.answer(invite, "200 OK", gateway.contact)
    dialog = Dialog(caller, caller.expect("200"))
    # Without a Record-Route, the caller and the gateway are among themselves.
    wanted = [] if server.name == "sample-002.cfg" else [f"<sip:{server.host_port};lr=on>"]
    assert invite.all("record-route") == wanted
    assert dialog.target == gateway.contact.partition("<")[2].strip(">")
    way = server.address if wanted else (gateway.host_port.partition(":")[0], int(gateway.host_port.partition(":")[2]))
    caller.send(dialog.request("ACK", 1), way)
    assert gateway.expect("ACK").all("route") == []
    caller.send(dialog.request("BYE", 2), way)
    gateway.answer(gateway.expect("BYE"), "200 OK")
    caller.expect("200")
    if wanted:
        line = re.compile(r"ACC: transaction answered: .*;method=(\w+);.*;code=(\d+);.*src_user=caller;.*dst_ouser=1000;")
        server.until(lambda: len(line.findall(server.log)) > 1)
        assert line.findall(server.log) == [("INVITE", "200"), ("BYE", "200")]


def test_a_cancel_goes_where_its_invite_went(setting: Setting) -> None:
    server, caller, gateways = setting
    sent = caller.request("INVITE", f"sip:1000@{server.host_port}", caller.contact)
    caller.send(sent, server.address)
    gateway = whoever_got(gateways)
    invite = gateway.expect("INVITE")
    gateway.answer(invite, "180 Ringing")
    caller.expect("180")
    caller.send(hop_request("CANCEL", sent), server.address)
    caller.expect("200")
    gateway.answer(gateway.expect("CANCEL"), "200 OK")
    gateway.answer(invite, "487 Request Terminated")
    gateway.expect("ACK")
    final = caller.expect("487")
    caller.send(hop_request("ACK", sent, final.one("to")), server.address)
    server.hang_up()
    assert [each.pending() for each in gateways] == [[], []]


def test_silence_and_500_lead_on_as_the_script_says(setting: Setting) -> None:
    server, caller, gateways = setting
    sent = caller.request("INVITE", f"sip:1000@{server.host_port}", caller.contact)
    caller.send(sent, server.address)
    first = whoever_got(gateways)
    second = gateways[1] if first is gateways[0] else gateways[0]
    first.answer(first.expect("INVITE"), "500 Broken")
    first.expect("ACK")
    if server.name == "sample-000.cfg":
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


def test_what_the_script_answers(setting: Setting) -> None:
    server, caller, _ = setting
    uri = f"sip:1000@{server.host_port}"
    asked = [caller.request("MESSAGE", uri, max_forwards="0")]
    wanted = ["SIP/2.0 483 To Many Hops" if server.name == "sample-002.cfg" else "SIP/2.0 483 Too Many Hops"]
    if server.name == "sample-000.cfg":
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
    server.take_out()
    caller.send(caller.request("MESSAGE", uri), server.address)
    out = "500 No destination available" if server.name == "sample-002.cfg" else "404 No destination"
    assert caller.take().start == f"SIP/2.0 {out}"
    server.take_back()
