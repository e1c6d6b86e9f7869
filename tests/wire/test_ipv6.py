"""IPv6 from end to end, alone and beside IPv4."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.peers import free_port
from tests.wire.agent import Agent, Dialog, has_ipv6, hop_request
from tests.wire.server import Server, settings
from tests.wire.sipp import CROSSING, RATE, Gateway, place_calls

pytestmark = pytest.mark.skipif(not has_ipv6(), reason="there is no IPv6 loopback here")

ROUTES = {"stateful": "algorithm = 8", "stateless": "algorithm = 0"}


class DualStack(Server):
    """A server that listens on 127.0.0.1, which is `address`, and on ::1, which is `six`."""

    def __init__(self, folder: Path, text: str, lines: list[str]) -> None:
        port = free_port("::1")
        self.six = ("::1", port)
        super().__init__(folder, text.replace("[LISTEN]", f'[LISTEN, "udp:[::1]:{port}"]'), lines)


@pytest.fixture
def agents() -> Iterator[dict[str, Agent]]:
    with ExitStack() as stack:
        yield {host: stack.enter_context(Agent(host)) for host in ("127.0.0.1", "::1")}


@pytest.mark.parametrize("mode", ROUTES)
@pytest.mark.parametrize("near", ["127.0.0.1", "::1"])
def test_a_call_from_one_family_to_the_other(agents: dict[str, Agent], tmp_path: Path, near: str, mode: str) -> None:
    caller = agents.pop(near)
    [(far, gateway)] = agents.items()
    with DualStack(tmp_path, settings(mode=mode, route=ROUTES[mode]), [f"1 {gateway.uri}"]) as server:
        four, six = f"127.0.0.1:{server.address[1]}", f"[::1]:{server.six[1]}"
        at_caller, at_gateway = (four, six) if near == "127.0.0.1" else (six, four)
        to_server = server.address if near == "127.0.0.1" else server.six
        caller.send(caller.request("INVITE", f"sip:1000@{at_caller}", caller.contact), to_server)
        invite = gateway.expect("INVITE")
        assert invite.all("via")[0].startswith(f"SIP/2.0/UDP {at_gateway};branch=")
        assert invite.all("via")[1].endswith(f";received={near}")
        # RFC 5658: the leaving side on top, so that either end finds the address of its own family first.
        assert [route.partition(";")[0] for route in invite.all("record-route")] == [f"<sip:{at_gateway}", f"<sip:{at_caller}"]
        gateway.answer(invite, "200 OK", gateway.contact)
        dialog = Dialog(caller, caller.expect("200"))
        caller.send(dialog.request("ACK", 1), to_server)
        assert gateway.expect("ACK").source == (far, int(at_gateway.rpartition(":")[2]))
        # The callee hangs up: its Route set is the other way round.
        routes = [f"Route: {route}" for route in invite.all("record-route")]
        to, from_ = invite.one("from"), f"{invite.one('to')};tag=g1"
        bye = gateway.request("BYE", caller.uri, *routes, to=to, from_=from_, call_id=invite.one("call-id"), cseq="1")
        gateway.send(bye, invite.source)
        ending = caller.expect("BYE")
        assert ending.all("via")[0].startswith(f"SIP/2.0/UDP {at_caller};branch=")
        assert ending.all("route") == []
        caller.answer(ending, "200 OK")
        assert gateway.expect("200").one("cseq") == "1 BYE"


@pytest.mark.peer
def test_calls_by_ipv6_alone(tmp_path: Path) -> None:
    with (
        Gateway(tmp_path, host="::1") as gateway,
        Server(tmp_path, settings().replace("[tm]", "shed_after = 0\n[tm]"), [f"1 {gateway.uri}"], host="::1") as server,
    ):
        place_calls(tmp_path, server, CROSSING, RATE)
        assert gateway.finish() == CROSSING


def test_a_list_may_spell_an_address_in_any_way_and_mix_families(agents: dict[str, Agent], tmp_path: Path) -> None:
    four, six = agents["127.0.0.1"], agents["::1"]
    port = six.host_port.rpartition(":")[2]
    with DualStack(tmp_path, settings(), [f"1 {four.uri}", f"1 sip:[0:0:0::0:0001]:{port}"]) as server, Agent() as caller:
        # The last line is the first: it is refused there, and the other family takes it.
        invite = caller.request("INVITE", "sip:1000@example.com")
        caller.send(invite, server.address)
        six.answer(six.expect("INVITE"), "503 Service Unavailable")
        six.expect("ACK")
        four.answer(four.expect("INVITE"), "486 Busy Here")
        four.expect("ACK")
        busy = caller.expect("486")
        caller.send(hop_request("ACK", invite, busy.one("to")), server.address)
        # A call of its own is a destination's, whatever the list writes.
        six.send(six.request("INVITE", "sip:1000@example.com"), server.six)
        six.expect("403")


def test_a_cancel_over_ipv6_without_rport(agents: dict[str, Agent], tmp_path: Path) -> None:
    gateway = agents["127.0.0.1"]
    with DualStack(tmp_path, settings(), [f"1 {gateway.uri}"]) as server, Agent("::1") as caller:
        # In another spelling of its own address: the response goes to where it came from.
        via = f"SIP/2.0/UDP [0::1]:{caller.host_port.rpartition(':')[2]};branch=z9hG4bKsix"
        invite = caller.request("INVITE", "sip:1000@[0:0::1]", via=via)
        caller.send(invite, server.six)
        received = gateway.expect("INVITE")
        gateway.answer(received, "180 Ringing")
        assert caller.expect("180").all("via") == [f"{via};received=::1"]
        caller.send(hop_request("CANCEL", invite), server.six)
        assert caller.expect("200").one("cseq") == "1 CANCEL"
        gateway.answer(gateway.expect("CANCEL"), "200 OK")
        gateway.answer(received, "487 Request Terminated")
        gateway.expect("ACK")
        ended = caller.expect("487")
        caller.send(hop_request("ACK", invite, ended.one("to")), server.six)
        server.settle()
        assert caller.pending() == []


def test_a_ping_over_ipv6(agents: dict[str, Agent], tmp_path: Path) -> None:
    gateway = agents["::1"]
    text = settings(dispatcher="ds_ping_interval = 1\nds_probing_mode = 1")
    with DualStack(tmp_path, text, [f"1 {gateway.uri}"]) as server:
        ping = gateway.expect("OPTIONS")
        assert ping.source == server.six
        assert ping.all("via")[0].startswith(f"SIP/2.0/UDP [::1]:{server.six[1]};branch=")
        gateway.answer(ping, "200 OK")
        assert server.states() == {gateway.uri: "AP"}
