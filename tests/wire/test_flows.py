"""Callers that nobody can call: requests for them go back by their connection, or to where they sent from (RFC 5626, 3327)."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.certificates import Authority
from tests.wire.agent import Agent, BrowserAgent, Dialog, Message, StreamAgent
from tests.wire.server import Server, settings

#: Of a page that may connect by WebSocket.
PAGE = "https://phone.example.com"


class HiddenAgent(Agent):
    """One on UDP behind a NAT: what it says of itself leads nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self.uri = "sip:phone@192.168.178.20:5062"
        self.contact = f"Contact: <{self.uri}>"


@pytest.fixture(params=["udp", "tcp", "tls", "ws", "wss"])
def scene(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Server, Agent, Agent]]:
    """The server, a phone behind a NAT, or with a connection to it, or a browser, and a gateway on UDP."""
    authority = Authority(tmp_path)
    text = (
        settings(route='algorithm = 8\nudp_flows = "private"')
        + f"""
[tls]
certificate = "{authority.issue("mine.pem", "127.0.0.1")}"
[websocket]
origins = "{PAGE}"
"""
    )
    transport = request.param
    with (
        Agent() as gateway,
        Server(tmp_path, text, [f"1 {gateway.uri} 0 0"], transports=("udp", "tcp", "tls", "ws", "wss")) as server,
    ):
        context = ssl.create_default_context(cafile=str(authority.ca)) if transport in ("tls", "wss") else None
        place = "127.0.0.1", server.ports[transport]
        if transport == "udp":
            made: Agent = HiddenAgent()
        else:
            made = BrowserAgent(place, context, PAGE) if "ws" in transport else StreamAgent(place, context)
        with made as phone:
            yield server, phone, gateway


def called_back(gateway: Agent, invite: Message, target: str, method: str) -> str:
    """A request of the gateway's inside the dialog of `invite`, which it was sent."""
    routes = [f"Route: {route}" for route in invite.all("record-route")]
    swapped = {"from_": invite.one("to") + ";tag=g1", "to": invite.one("from"), "call_id": invite.one("call-id")}
    return gateway.request(method, target, *routes, cseq="1", **swapped)


def test_a_bye_finds_the_caller_by_its_connection(scene: tuple[Server, Agent, Agent]) -> None:
    server, phone, gateway = scene
    phone.send(phone.request("INVITE", f"sip:1000@{server.host_port}", phone.contact), server.address)
    invite = gateway.expect("INVITE")
    assert len(invite.all("record-route")) == 2
    gateway.answer(invite, "200 OK", gateway.contact)
    dialog = Dialog(phone, phone.expect("200"))
    phone.send(dialog.request("ACK", 1), server.address)
    gateway.expect("ACK")
    # Its own requests go the other way.
    phone.send(dialog.request("INFO", 2), server.address)
    info = gateway.expect("INFO")
    gateway.answer(info, "200 OK")
    phone.expect("200")
    gateway.send(called_back(gateway, invite, phone.uri, "BYE"), server.address)
    bye = phone.expect("BYE")
    assert bye.uri == phone.uri
    phone.answer(bye, "200 OK")
    gateway.expect("200")


@pytest.mark.parametrize("scene", ["udp", "tcp"], indirect=True)
def test_a_flow_that_was_not_written_here_leads_nowhere(scene: tuple[Server, Agent, Agent]) -> None:
    """The token of one dialog is good for no other, and the address in it cannot be another."""
    server, phone, gateway = scene
    phone.send(phone.request("INVITE", f"sip:1000@{server.host_port}", phone.contact), server.address)
    invite = gateway.expect("INVITE")
    gateway.answer(invite, "486 Busy Here")
    gateway.expect("ACK")
    phone.expect("486")
    call = called_back(gateway, invite, gateway.uri, "BYE")
    gateway.send(call.replace(";fl=7f000001", ";fl=7f000002"), server.address)
    gateway.expect("403")


@pytest.mark.parametrize("scene", ["ws"], indirect=True)
def test_a_connection_that_is_gone_is_a_430(scene: tuple[Server, Agent, Agent]) -> None:
    server, phone, gateway = scene
    phone.send(phone.request("INVITE", f"sip:1000@{server.host_port}", phone.contact), server.address)
    invite = gateway.expect("INVITE")
    gateway.answer(invite, "200 OK", gateway.contact)
    phone.expect("200")
    phone.close()
    gateway.send(called_back(gateway, invite, phone.uri, "BYE"), server.address)
    gateway.expect("430")


@pytest.mark.parametrize("scene", ["udp", "tcp", "wss"], indirect=True)
def test_who_registered_is_called_by_the_connection_of_then(scene: tuple[Server, Agent, Agent]) -> None:
    server, phone, gateway = scene
    phone.send(phone.request("REGISTER", f"sip:{server.host_port}", phone.contact), server.address)
    register = gateway.expect("REGISTER")
    path = register.one("path")
    gateway.answer(register, "200 OK")
    phone.expect("200")
    gateway.send(gateway.request("INVITE", phone.uri, f"Route: {path}", gateway.contact), server.address)
    invite = phone.expect("INVITE")
    assert (invite.uri, invite.all("route")) == (phone.uri, [])
    phone.answer(invite, "200 OK", phone.contact)
    final = gateway.expect("200")
    dialog = Dialog(gateway, final)
    gateway.send(dialog.request("ACK", 1), server.address)
    phone.expect("ACK")
    gateway.send(dialog.request("BYE", 2), server.address)
    bye = phone.expect("BYE")
    phone.answer(bye, "200 OK")
    gateway.expect("200")


@pytest.mark.parametrize("scene", ["tcp"], indirect=True)
def test_a_gateway_without_a_path_of_ours_calls_nobody(scene: tuple[Server, Agent, Agent]) -> None:
    server, phone, gateway = scene
    route = f"Route: <sip:127.0.0.1:{server.address[1]};transport=tcp;lr;fl=7f0000010001{'0' * 16}>"
    gateway.send(gateway.request("INVITE", phone.uri, route, gateway.contact), server.address)
    gateway.expect("403")
