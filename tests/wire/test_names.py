"""Destinations and dialogs by name, over a real DNS server: SRV, failover to the next address, a resolver that falls silent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.name_server import NameServer, Zone
from tests.wire.agent import Agent, hop_request
from tests.wire.server import Server, settings


@pytest.fixture
def names() -> Iterator[NameServer]:
    with NameServer(Zone()) as server:
        yield server


@pytest.fixture
def gateways() -> Iterator[tuple[Agent, Agent]]:
    with Agent("127.0.0.2") as first, Agent("127.0.0.3") as second:
        yield first, second


@pytest.fixture
def caller() -> Iterator[Agent]:
    with Agent() as agent:
        yield agent


def configured(names: NameServer, *, mode: str = "stateful", dispatcher: str = "") -> str:
    host, port = names.address
    route = "algorithm = 8" if mode == "stateful" else "algorithm = 0"
    return settings(mode=mode, route=route, dispatcher=dispatcher).replace("[sip]", f'[sip]\nresolvers = "{host}:{port}"')


def port_of(agent: Agent) -> int:
    return int(agent.host_port.rpartition(":")[2])


def service(names: NameServer, *gateways: Agent) -> None:
    """_sip._udp.trunk.example: the gateways by priority."""
    for number, gateway in enumerate(gateways, 1):
        names.zone.srv("_sip._udp.trunk.example", f"gw{number}.trunk.example", port_of(gateway), priority=number)
        names.zone.host(f"gw{number}.trunk.example", gateway.host_port.rpartition(":")[0])


@pytest.mark.parametrize("mode", ["stateful", "stateless"])
def test_a_call_goes_where_srv_says(
    names: NameServer, gateways: tuple[Agent, Agent], caller: Agent, tmp_path: Path, mode: str
) -> None:
    service(names, *gateways)
    with Server(tmp_path, configured(names, mode=mode), ["1 sip:trunk.example"]) as server:
        invite = caller.request("INVITE", "sip:1000@example.com")
        caller.send(invite, server.address)
        received = gateways[0].expect("INVITE")
        gateways[0].answer(received, "486 Busy Here")
        busy = caller.expect("486")
        caller.send(hop_request("ACK", invite, busy.one("to")), server.address)
        gateways[0].expect("ACK")


def test_a_503_of_the_first_address_is_not_the_callers(
    names: NameServer, gateways: tuple[Agent, Agent], caller: Agent, tmp_path: Path
) -> None:
    service(names, *gateways)
    with Server(tmp_path, configured(names), ["1 sip:trunk.example"]) as server:
        caller.send(caller.request("INVITE", "sip:1000@example.com"), server.address)
        gateways[0].answer(gateways[0].expect("INVITE"), "503 Service Unavailable")
        gateways[0].expect("ACK")
        gateways[1].answer(gateways[1].expect("INVITE"), "200 OK", gateways[1].contact)
        caller.expect("200")


def test_a_silent_resolver_takes_nothing_away(
    names: NameServer, gateways: tuple[Agent, Agent], caller: Agent, tmp_path: Path
) -> None:
    gateway = gateways[0]
    names.zone.host("gw.trunk.example", "127.0.0.2", ttl=1)
    with Server(tmp_path, configured(names), [f"1 sip:gw.trunk.example:{port_of(gateway)}"]) as server:
        for number in range(2):
            caller.send(caller.request("OPTIONS", f"sip:{number}@example.com"), server.address)
            gateway.answer(gateway.expect("OPTIONS"), "200 OK")
            caller.expect("200")
            names.zone.silent = True


@pytest.mark.parametrize("mode", [1, 9])
def test_a_request_from_an_address_of_a_destinations_name_is_known_as_its(
    names: NameServer, gateways: tuple[Agent, Agent], tmp_path: Path, mode: int
) -> None:
    # A call from a gateway that no rule names is refused: then it was recognised.
    gateway = gateways[1]
    if mode == 9:
        service(names, *gateways)
    else:
        names.zone.host("trunk.example", "127.0.0.3")
    with Server(tmp_path, configured(names, dispatcher=f"ds_dns_mode = {mode}"), ["1 sip:trunk.example"]) as server:
        # Until the names are known, it is a caller like any other.
        for _ in range(500):
            gateway.send(gateway.request("INVITE", "sip:1000@example.com"), server.address)
            if (answer := gateway.take()).kind != "100":
                break
        assert answer.kind == "403"
