"""Calls message by message: what the gateway gets, and what comes back to the caller."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.wire.agent import Agent, Dialog, Message, has_ipv6, hop_request
from tests.wire.server import Server, settings

MODES = {"stateful": "algorithm = 8", "stateless": "algorithm = 0"}


@pytest.fixture(scope="module")
def gateways() -> Iterator[tuple[Agent, Agent]]:
    """The second one is the first in the order of selection."""
    with Agent() as first, Agent() as second:
        yield first, second


def run(mode: str, gateways: tuple[Agent, Agent], factory: pytest.TempPathFactory, route: str = "") -> Server:
    lines = [f"1 {gateway.uri}" for gateway in gateways]
    return Server(factory.mktemp(mode), settings(mode=mode, route=f"{MODES[mode]}\n{route}"), lines)


@pytest.fixture(scope="module")
def stateful(gateways: tuple[Agent, Agent], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with run("stateful", gateways, tmp_path_factory) as server:
        yield server


@pytest.fixture(scope="module")
def stateless(gateways: tuple[Agent, Agent], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with run("stateless", gateways, tmp_path_factory) as server:
        yield server


@pytest.fixture(params=MODES)
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def caller(gateways: tuple[Agent, Agent]) -> Iterator[Agent]:
    """A caller; at the end nothing is left that it or a gateway did not look for."""
    with Agent() as agent:
        yield agent
        assert [message.start for each in (agent, *gateways) for message in each.pending()] == []


def whoever_got(server: Server, gateways: tuple[Agent, Agent]) -> tuple[Agent, Message]:
    """The one message that reached a gateway, and which one."""
    server.settle()
    [found] = [(gateway, message) for gateway in gateways for message in gateway.pending()]
    return found


def test_a_call_with_a_re_invite(server: Server, gateways: tuple[Agent, Agent], caller: Agent) -> None:
    body = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\n"
    uri = f"sip:1000@{server.host_port};user=phone"
    caller.send(caller.request("INVITE", uri, caller.contact, "X-Odd :  kept\t as it is ", body=body), server.address)
    gateway, invite = whoever_got(server, gateways)
    ours, theirs = invite.all("via")
    assert ours.startswith(f"SIP/2.0/UDP {server.host_port};branch=z9hG4bK")
    assert theirs.endswith(f";rport={caller.host_port.rpartition(':')[2]};received=127.0.0.1")
    assert re.fullmatch(rf"<sip:{server.host_port};lr;kd=[0-9a-f]{{16}}>", invite.one("record-route"))
    assert (invite.uri, invite.one("max-forwards"), invite.body.decode()) == (uri, "69", body)
    assert b"\r\nX-Odd :  kept\t as it is \r\n" in invite.data
    gateway.answer(invite, "180 Ringing", gateway.contact)
    assert caller.expect("180").all("via") == [theirs]
    gateway.answer(invite, "200 OK", gateway.contact)
    dialog = Dialog(caller, caller.expect("200"))
    caller.send(dialog.request("ACK", 1), server.address)
    ack = gateway.expect("ACK")
    assert (ack.uri, ack.all("route"), ack.all("record-route")) == (dialog.target, [], [])
    caller.send(dialog.request("INVITE", 2, caller.contact), server.address)
    again = gateway.expect("INVITE")
    assert (again.uri, again.all("route"), again.tag("to")) == (dialog.target, [], "g1")
    gateway.answer(again, "200 OK", gateway.contact)
    caller.expect("200")
    caller.send(dialog.request("ACK", 2), server.address)
    assert gateway.expect("ACK").one("cseq") == "2 ACK"
    caller.send(dialog.request("BYE", 3), server.address)
    gateway.answer(gateway.expect("BYE"), "200 OK")
    assert caller.expect("200").one("cseq") == "3 BYE"


def test_the_callee_hangs_up(server: Server, gateways: tuple[Agent, Agent], caller: Agent) -> None:
    """A request of the gateway's inside the dialog goes to the caller, by our Route."""
    invite = caller.request("INVITE", f"sip:1000@{server.host_port}", caller.contact)
    caller.send(invite, server.address)
    gateway, received = whoever_got(server, gateways)
    gateway.answer(received, "200 OK", gateway.contact)
    final = caller.expect("200")
    caller.send(Dialog(caller, final).request("ACK", 1), server.address)
    gateway.expect("ACK")
    route = f"Route: {received.one('record-route')}"
    ends = {"from_": final.one("to"), "to": final.one("from"), "call_id": final.one("call-id")}
    gateway.send(gateway.request("BYE", f"sip:agent@{caller.host_port}", route, **ends), server.address)
    caller.answer(caller.expect("BYE"), "200 OK")
    gateway.expect("200")


def test_a_retransmitted_invite_reaches_the_gateway_once(stateful: Server, gateways: tuple[Agent, Agent], caller: Agent) -> None:
    invite = caller.request("INVITE", f"sip:1000@{stateful.host_port}", caller.contact)
    for _ in range(3):
        caller.send(invite, stateful.address)
    assert [caller.take().kind for _ in range(3)] == ["100"] * 3
    gateway, received = whoever_got(stateful, gateways)
    gateway.answer(received, "180 Ringing")
    caller.expect("180")
    caller.send(invite, stateful.address)
    caller.expect("180")
    gateway.answer(received, "486 Busy Here")
    busy = caller.expect("486")
    caller.send(hop_request("ACK", invite, busy.one("to")), stateful.address)
    assert gateway.expect("ACK").branch == received.branch
    stateful.settle()


def test_every_retransmission_of_a_2xx_is_passed_on(stateful: Server, gateways: tuple[Agent, Agent], caller: Agent) -> None:
    caller.send(caller.request("INVITE", f"sip:1000@{stateful.host_port}", caller.contact), stateful.address)
    gateway, received = whoever_got(stateful, gateways)
    for _ in range(2):
        gateway.answer(received, "200 OK", gateway.contact)
        dialog = Dialog(caller, caller.expect("200"))
        caller.send(dialog.request("ACK", 1), stateful.address)
        gateway.expect("ACK")


def test_a_ringing_call_is_cancelled_at_the_gateway(stateful: Server, gateways: tuple[Agent, Agent], caller: Agent) -> None:
    invite = caller.request("INVITE", f"sip:1000@{stateful.host_port}", caller.contact)
    caller.send(invite, stateful.address)
    gateway, received = whoever_got(stateful, gateways)
    gateway.answer(received, "180 Ringing")
    caller.expect("180")
    caller.send(hop_request("CANCEL", invite), stateful.address)
    assert caller.expect("200").one("cseq") == "1 CANCEL"
    cancel = gateway.expect("CANCEL")
    assert (cancel.uri, cancel.all("via")) == (received.uri, received.all("via")[:1])
    gateway.answer(cancel, "200 OK")
    gateway.answer(received, "487 Request Terminated")
    ack = gateway.expect("ACK")
    assert (ack.all("via"), ack.tag("to"), ack.one("cseq")) == (received.all("via")[:1], "g1", "1 ACK")
    ended = caller.expect("487")
    assert ended.one("cseq") == "1 INVITE"
    caller.send(hop_request("ACK", invite, ended.one("to")), stateful.address)
    stateful.settle()


def test_a_cancel_waits_for_the_gateways_first_answer(stateful: Server, gateways: tuple[Agent, Agent], caller: Agent) -> None:
    invite = caller.request("INVITE", f"sip:1000@{stateful.host_port}", caller.contact)
    caller.send(invite, stateful.address)
    gateway, received = whoever_got(stateful, gateways)
    caller.send(hop_request("CANCEL", invite), stateful.address)
    caller.expect("200")
    stateful.settle()
    assert [message.kind for message in gateway.pending()] == []  # RFC 3261 9.1
    gateway.answer(received, "100 Trying")
    gateway.answer(gateway.expect("CANCEL"), "200 OK")
    gateway.answer(received, "487 Request Terminated")
    gateway.expect("ACK")
    ended = caller.expect("487")
    caller.send(hop_request("ACK", invite, ended.one("to")), stateful.address)
    stateful.settle()


def test_a_cancel_of_nothing_gets_481(stateful: Server, caller: Agent) -> None:
    caller.send(caller.request("CANCEL", f"sip:1000@{stateful.host_port}"), stateful.address)
    caller.expect("481")


def test_a_refused_call_goes_to_the_next_gateway(stateful: Server, gateways: tuple[Agent, Agent], caller: Agent) -> None:
    last, first = gateways
    invite = caller.request("INVITE", f"sip:1000@{stateful.host_port}", caller.contact)
    caller.send(invite, stateful.address)
    received = first.expect("INVITE")
    first.answer(received, "503 Service Unavailable", tag="no")
    assert first.expect("ACK").tag("to") == "no"
    second = last.expect("INVITE")
    assert second.branch != received.branch
    assert second.all("via")[1:] == received.all("via")[1:]
    assert second.one("max-forwards") == "69"
    last.answer(second, "500 Server Internal Error")
    last.expect("ACK")
    # None is left: never a 503 of a gateway's (RFC 3261 16.7 step 6).
    refused = caller.expect("500")
    caller.send(hop_request("ACK", invite, refused.one("to")), stateful.address)
    stateful.settle()


def test_without_transactions_ack_and_cancel_go_where_the_invite_went(
    stateless: Server, gateways: tuple[Agent, Agent], caller: Agent
) -> None:
    reached = set()
    for _ in range(12):
        invite = caller.request("INVITE", f"sip:1000@{stateless.host_port}", caller.contact)
        caller.send(invite, stateless.address)
        gateway, received = whoever_got(stateless, gateways)
        caller.send(invite, stateless.address)
        assert gateway.expect("INVITE").data == received.data
        gateway.answer(received, "180 Ringing")
        caller.expect("180")
        caller.send(hop_request("CANCEL", invite), stateless.address)
        cancel = gateway.expect("CANCEL")
        assert cancel.branch == received.branch
        gateway.answer(cancel, "200 OK")
        assert caller.expect("200").one("cseq") == "1 CANCEL"
        gateway.answer(received, "487 Request Terminated")
        ended = caller.expect("487")
        caller.send(hop_request("ACK", invite, ended.one("to")), stateless.address)
        ack = gateway.expect("ACK")
        assert (ack.branch, ack.tag("to")) == (received.branch, "g1")
        reached.add(gateway)
    assert len(reached) == 2


def test_calls_with_one_call_id_reach_one_gateway(stateless: Server, gateways: tuple[Agent, Agent], caller: Agent) -> None:
    for call_id in ("a@b", "c@d", "e@f", "g@h"):
        reached = set()
        for _ in range(4):
            caller.send(caller.request("INVITE", f"sip:1000@{stateless.host_port}", call_id=call_id), stateless.address)
            gateway, _ = whoever_got(stateless, gateways)
            reached.add(gateway)
        assert len(reached) == 1


def test_rewrite_puts_the_gateways_host_into_the_request_uri(
    gateways: tuple[Agent, Agent], caller: Agent, tmp_path_factory: pytest.TempPathFactory
) -> None:
    last, first = gateways
    with run("stateful", gateways, tmp_path_factory, 'rewrite = "domain"') as server:
        invite = caller.request("INVITE", "sip:1000@example.com:5070;user=phone", to="<sip:1000@example.com>")
        caller.send(invite, server.address)
        received = first.expect("INVITE")
        assert received.uri == f"sip:1000@{first.host_port};user=phone"
        first.answer(received, "503 Service Unavailable")
        first.expect("ACK")
        again = last.expect("INVITE")
        assert again.uri == f"sip:1000@{last.host_port};user=phone"
        last.answer(again, "486 Busy Here")
        last.expect("ACK")
        busy = caller.expect("486")
        caller.send(hop_request("ACK", invite, busy.one("to")), server.address)
        server.settle()


@pytest.mark.skipif(not has_ipv6(), reason="there is no IPv6 loopback here")
def test_a_call_over_ipv6(tmp_path_factory: pytest.TempPathFactory) -> None:
    with (
        Agent("::1") as caller,
        Agent("::1") as gateway,
        Server(tmp_path_factory.mktemp("ipv6"), settings(), [f"1 {gateway.uri}"], host="::1") as server,
    ):
        caller.send(caller.request("INVITE", f"sip:1000@{server.host_port}", caller.contact), server.address)
        invite = gateway.expect("INVITE")
        assert invite.all("via")[0].startswith(f"SIP/2.0/UDP {server.host_port};branch=")
        assert invite.all("via")[1].endswith(";received=::1")
        gateway.answer(invite, "200 OK", gateway.contact)
        dialog = Dialog(caller, caller.expect("200"))
        caller.send(dialog.request("ACK", 1), server.address)
        assert gateway.expect("ACK").uri == dialog.target
        caller.send(dialog.request("BYE", 2), server.address)
        gateway.answer(gateway.expect("BYE"), "200 OK")
        assert caller.expect("200").one("cseq") == "2 BYE"
