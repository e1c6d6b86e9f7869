"""Other people's programs on either side: user agents, proxies and tools that have their own idea of SIP."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.certificates import Authority
from tests.peers import require_peer
from tests.wire.agent import Agent, Dialog
from tests.wire.baresip import Baresip
from tests.wire.kamailio_relay import KamailioRelay
from tests.wire.server import Server, settings

pytestmark = pytest.mark.peer


def with_tls(authority: Authority, **more: str) -> str:
    mine = authority.issue("mine.pem", "127.0.0.1")
    return settings(**more) + f'[tls]\ncertificate = "{mine}"\nca = "{authority.ca}"\n'


@pytest.mark.parametrize("who", ["caller", "callee"])
def test_baresip_places_and_takes_a_call_through_tls(tmp_path: Path, who: str) -> None:
    """Both sides verify us, and we verify the one that is a gateway; `who` hangs up."""
    authority = Authority(tmp_path)
    phone = authority.issue("phone.pem", "127.0.0.1")
    with Baresip(tmp_path / "callee", phone, authority.ca) as callee:
        lines = [f"1 sip:{callee.place};transport=tls"]
        with Server(tmp_path / "server", with_tls(authority), lines, transports=("udp", "tls")) as server:
            proxy = f"sip:127.0.0.1:{server.ports['tls']};transport=tls"
            with Baresip(tmp_path / "caller", phone, authority.ca, proxy) as caller:
                caller.tell("dial", "sip:phone@127.0.0.1;transport=tls")
                callee.expect("CALL_INCOMING")
                caller.expect("CALL_RINGING")
                callee.tell("accept")
                for each in (caller, callee):
                    each.expect("CALL_ESTABLISHED")
                first, other = (caller, callee) if who == "caller" else (callee, caller)
                first.tell("hangup")
                other.expect("CALL_CLOSED")
            counted = server.finish()
    # INVITE, ACK and BYE; nothing was refused, nothing lost.
    assert (counted["relayed"], counted["answered_2xx"]) == (3, 2)
    assert not {"answered_4xx", "answered_5xx", "timeouts", "unsent"} & counted.keys()


def test_a_dialog_through_a_kamailio_in_front_and_one_behind(tmp_path: Path) -> None:
    """UDP to the first, TCP from there to us, TLS to the second, UDP to the gateway; either side speaks within the dialog."""
    authority = Authority(tmp_path)
    (tmp_path / "server").mkdir()
    with Agent() as caller, Agent() as gateway:
        theirs = authority.issue("theirs.pem", "127.0.0.1")
        with KamailioRelay(tmp_path / "behind", gateway.uri, "tls", theirs) as behind:
            lines = [f"1 sip:127.0.0.1:{behind.ports['tls']};transport=tls"]
            with Server(tmp_path / "server", with_tls(authority), lines, transports=("udp", "tcp", "tls")) as server:
                target = f"sip:127.0.0.1:{server.ports['tcp']};transport=tcp"
                with KamailioRelay(tmp_path / "front", target, "tcp") as front:
                    _dialog(caller, gateway, front)
                counted = server.finish()
    # INVITE, ACK, INFO, BYE: no message was sent twice, or lost and sent again.
    assert (counted["relayed"], counted["answered_2xx"]) == (4, 3)
    assert not {"retransmissions_sent", "retransmissions_absorbed", "timeouts", "unsent"} & counted.keys()


def _dialog(caller: Agent, gateway: Agent, front: KamailioRelay) -> None:
    caller.send(caller.request("INVITE", "sip:1000@example.com", caller.contact), front.address)
    invite = gateway.expect("INVITE")
    assert [each.split()[0] for each in invite.all("via")] == ["SIP/2.0/UDP", "SIP/2.0/TLS", "SIP/2.0/TCP", "SIP/2.0/UDP"]
    gateway.answer(invite, "180 Ringing", gateway.contact)
    caller.expect("180")
    gateway.answer(invite, "200 OK", gateway.contact)
    final = caller.expect("200")
    dialog = Dialog(caller, final)
    # Three proxies, and both sides of each that changes the transport (RFC 5658).
    assert len(dialog.routes) == 6
    caller.send(dialog.request("ACK", 1), front.address)
    assert gateway.expect("ACK").uri == gateway.uri.replace("sip:", "sip:agent@")
    caller.send(dialog.request("INFO", 2), front.address)
    info = gateway.expect("INFO")
    assert info.all("route") == []
    gateway.answer(info, "200 OK")
    assert caller.expect("200").one("cseq") == "2 INFO"
    # The callee hangs up, by the same way back.
    routes = [f"Route: {route}" for route in invite.all("record-route")]
    bye = gateway.request(
        "BYE",
        caller.uri.replace("sip:", "sip:agent@"),
        *routes,
        to=invite.one("from"),
        from_=f"{invite.one('to')};tag={final.tag('to')}",
        call_id=invite.one("call-id"),
        cseq="7",
    )
    gateway.send(bye, invite.source)
    ending = caller.expect("BYE")
    assert (ending.all("route"), ending.one("cseq")) == ([], "7 BYE")
    caller.answer(ending, "200 OK")
    assert gateway.expect("200").one("cseq") == "7 BYE"


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_sipsak_through_us(tmp_path: Path, transport: str) -> None:
    """Of a port of five digits it writes four into its Request-URI, so what it asks us ourselves is for somebody else."""
    with Agent() as gateway, Server(tmp_path, settings(), [f"1 {gateway.uri}"], transports=("udp", "tcp")) as server:
        command = [require_peer("sipsak"), "-v", "-E", transport, "-H", "127.0.0.1", "-s", f"sip:1000@{server.host_port}"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as asking:
            try:
                gateway.answer(gateway.expect("OPTIONS"), "200 OK", gateway.contact)
                said, _ = asking.communicate(timeout=20)
            finally:
                asking.kill()
        # Nothing else than a 200 is a success to it.
        assert asking.returncode == 0, said


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        (["-tls1_2", "-servername", "other.example"], "CN = other.example"),
        (["-tls1_3", "-servername", "127.0.0.1"], "CN = 127.0.0.1"),
        (["-noservername"], "CN = 127.0.0.1"),
        (["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], ""),
        # No forward secrecy, no authenticated encryption.
        (["-tls1_2", "-cipher", "AES128-SHA"], ""),
        (["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"], ""),
    ],
)
def test_openssl_s_client(tmp_path: Path, options: list[str], shown: str) -> None:
    authority = Authority(tmp_path)
    mine, other = authority.issue("mine.pem", "127.0.0.1"), authority.issue("other.pem", "other.example")
    text = settings() + f'[tls]\ncertificate = ["{mine}", "{other}"]\n'
    with Agent() as agent, Server(tmp_path, text, ["1 sip:127.0.0.1:9"], transports=("udp", "tls")) as server:
        command = [
            require_peer("openssl"),
            "s_client",
            "-connect",
            f"127.0.0.1:{server.ports['tls']}",
            "-CAfile",
            str(authority.ca),
        ]
        with subprocess.Popen(
            [*command, "-verify_return_error", "-ign_eof", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as client:
            assert client.stdin is not None
            assert client.stdout is not None
            request = agent.request("OPTIONS", f"sip:{server.host_port}", via=f"SIP/2.0/TLS {agent.host_port};branch=z9hG4bKs")
            client.stdin.write(request)
            client.stdin.flush()
            try:
                lines = []
                for line in client.stdout:
                    lines.append(line.strip())
                    if line.startswith("SIP/2.0 "):
                        break
            finally:
                client.kill()
    said = "\n".join(lines)
    assert ("SIP/2.0 200 OK" in lines) == bool(shown), said
    assert f"subject={shown}" in said or not shown
