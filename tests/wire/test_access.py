"""Not an open relay: who may have what relayed. Callers here are 127.0.0.1 alone, so 127.0.0.9 is a stranger."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.wire.agent import Agent, Dialog, Message, hop_request
from tests.wire.server import Server, settings

CALLERS = 'callers = ["127.0.0.1/32"]'


@pytest.fixture(scope="module")
def gateway() -> Iterator[Agent]:
    with Agent() as agent:
        yield agent


@pytest.fixture(scope="module")
def trunk() -> Iterator[Agent]:
    """The gateway of set 2."""
    with Agent() as agent:
        yield agent


@pytest.fixture(scope="module")
def server(gateway: Agent, trunk: Agent, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    lines = [f"1 {gateway.uri}", f"2 {trunk.uri}"]
    with Server(tmp_path_factory.mktemp("drop"), settings(access=CALLERS), lines) as running:
        yield running


@pytest.fixture(scope="module")
def rejecting(gateway: Agent, trunk: Agent, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One that answers strangers, and sends what the gateway of set 1 starts to set 2."""
    text = settings(access=f'{CALLERS}\noutsiders = "reject"', route='[[route.rule]]\nfrom = "set:1"\nset = 2')
    with Server(tmp_path_factory.mktemp("reject"), text, [f"1 {gateway.uri}", f"2 {trunk.uri}"]) as running:
        yield running


@pytest.fixture
def stranger(server: Server, rejecting: Server, gateway: Agent, trunk: Agent) -> Iterator[Agent]:
    """Outside `callers`; at the end nothing is left that it or a gateway did not look for."""
    with Agent("127.0.0.9") as agent:
        yield agent
        server.settle()
        rejecting.settle()
        assert [message.start for each in (agent, gateway, trunk) for message in each.pending()] == []


def establish(server: Server, caller: Agent, gateway: Agent) -> tuple[Dialog, Message]:
    """A call that stands: the caller's side of it, and the INVITE as the gateway got it."""
    caller.send(caller.request("INVITE", f"sip:1000@{server.host_port}", caller.contact), server.address)
    received = gateway.expect("INVITE")
    gateway.answer(received, "200 OK", gateway.contact)
    dialog = Dialog(caller, caller.expect("200"))
    caller.send(dialog.request("ACK", 1), server.address)
    gateway.expect("ACK")
    return dialog, received


@pytest.mark.parametrize("method", ["INVITE", "REGISTER", "OPTIONS", "MESSAGE"])
def test_a_scanner_is_not_answered(method: str, server: Server, stranger: Agent) -> None:
    stranger.send(stranger.request(method, f"sip:100@{server.host_port}", stranger.contact), server.address)


def test_a_scanner_gets_403_where_that_is_set(rejecting: Server, stranger: Agent) -> None:
    invite = stranger.request("INVITE", f"sip:100@{rejecting.host_port}", stranger.contact)
    stranger.send(invite, rejecting.address)
    stranger.send(hop_request("ACK", invite, stranger.expect("403").one("to")), rejecting.address)


@pytest.mark.parametrize("method", ["INVITE", "BYE", "MESSAGE"])
def test_a_forged_to_tag_with_a_route_gets_403(method: str, server: Server, gateway: Agent, stranger: Agent) -> None:
    for route in (f"<sip:{server.host_port};lr>", f"<sip:{server.host_port};lr;kd=0123456789abcdef>"):
        forged = stranger.request(method, gateway.uri, f"Route: {route}", to=f"<{gateway.uri}>;tag=forged")
        stranger.send(forged, server.address)
        stranger.expect("403")


def test_an_ack_of_a_strangers_is_dropped(server: Server, gateway: Agent, stranger: Agent) -> None:
    for route in ([], [f"Route: <sip:{server.host_port};lr;kd=0123456789abcdef>"]):
        stranger.send(stranger.request("ACK", gateway.uri, *route, to=f"<{gateway.uri}>;tag=forged"), server.address)


def test_the_token_of_one_call_does_not_serve_another(server: Server, gateway: Agent, stranger: Agent) -> None:
    with Agent() as caller:
        dialog, _ = establish(server, caller, gateway)
        caller.send(dialog.request("BYE", 2), server.address)
        gateway.answer(gateway.expect("BYE"), "200 OK")
        caller.expect("200")
    stolen = stranger.request("INVITE", gateway.uri, *dialog.routes, to=f"<{gateway.uri}>;tag=forged")
    stranger.send(stolen, server.address)
    stranger.expect("403")


def test_whoever_has_the_token_may_go_on_from_another_address(server: Server, gateway: Agent, stranger: Agent) -> None:
    """A caller whose address changes in mid-call keeps its call."""
    with Agent() as caller:
        dialog, _ = establish(server, caller, gateway)
    stranger.send(dialog.request("BYE", 2, via=f"SIP/2.0/UDP {stranger.host_port};branch=z9hG4bKmoved"), server.address)
    gateway.answer(gateway.expect("BYE"), "200 OK")
    stranger.expect("200")


def test_a_call_that_a_gateway_starts_gets_403(server: Server, gateway: Agent, stranger: Agent) -> None:
    invite = gateway.request("INVITE", f"sip:100@{server.host_port}", gateway.contact)
    gateway.send(invite, server.address)
    gateway.send(hop_request("ACK", invite, gateway.expect("403").one("to")), server.address)


def test_a_rule_that_names_its_set_sends_it_to_another(rejecting: Server, gateway: Agent, trunk: Agent, stranger: Agent) -> None:
    invite = gateway.request("INVITE", f"sip:100@{rejecting.host_port}", gateway.contact)
    gateway.send(invite, rejecting.address)
    received = trunk.expect("INVITE")
    trunk.answer(received, "486 Busy Here")
    trunk.expect("ACK")
    gateway.send(hop_request("ACK", invite, gateway.expect("486").one("to")), rejecting.address)
    # The rule is for set 1: what the gateway of set 2 starts goes nowhere.
    back = trunk.request("INVITE", f"sip:100@{rejecting.host_port}", trunk.contact)
    trunk.send(back, rejecting.address)
    trunk.send(hop_request("ACK", back, trunk.expect("403").one("to")), rejecting.address)
