"""Calls by TCP and TLS on the caller's side, the gateway's, or both; and what comes of connections that break."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import time
from pathlib import Path

import pytest

from tests.certificates import Authority
from tests.peers import free_port, require_peer
from tests.wire.agent import Agent, Message, StreamAgent
from tests.wire.server import PATIENCE, Fault, Server, settings
from tests.wire.sipp import CROSSING, RATE, SCENARIOS, Gateway, place_calls
from txdispatcher.net.framing import Framing

pytestmark = pytest.mark.peer

CALLS = CROSSING


@pytest.mark.parametrize(("caller", "gateway"), [("tcp", "udp"), ("udp", "tcp"), ("tcp", "tcp")])
def test_calls_cross_transports(tmp_path: Path, caller: str, gateway: str) -> None:
    with (
        Gateway(tmp_path, transport=gateway, repeats=False) as peer,
        Server(tmp_path, calm(), [f"1 {peer.uri} 0 0"], transports=("udp", "tcp")) as server,
    ):
        place_calls(tmp_path, server, CALLS, RATE, transport=caller)
        assert peer.finish() == CALLS
        counted = server.finish()
    # Nothing is sent twice where nothing is lost, and whatever is relayed is one of INVITE, ACK and BYE.
    assert counted["relayed"] == 3 * CALLS
    assert "unsent" not in counted


def test_a_gateway_killed_under_load_costs_no_new_call(tmp_path: Path) -> None:
    """Half of the calls meet it, refused from then on: each goes to the other one at once, long before any timer."""
    with (
        Gateway(tmp_path, transport="tcp") as first,
        Gateway(tmp_path, transport="tcp") as second,
        Server(
            tmp_path, calm(route="algorithm = 4"), [f"1 {first.uri} 0 0", f"1 {second.uri} 0 0"], transports=("udp", "tcp")
        ) as server,
    ):
        second.kill()
        seconds = place_calls(tmp_path, server, CALLS, RATE)
        assert first.finish() == CALLS
        assert server.finish()["failovers"] == CALLS // 2
    assert max(seconds) < 60, "fr_timer is 60 s here"


class Socat:
    """TLS in front of what speaks TCP: Debian's SIPp is built without it. Use it in a `with`."""

    def __init__(self, port: int, listen: str, connect: str) -> None:
        command = [require_peer("socat"), f"{listen},fork,reuseaddr,bind=127.0.0.1", connect]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
        give_up = time.monotonic() + PATIENCE
        while f":{port:04X} " not in Path("/proc/net/tcp").read_text():
            assert self._process.poll() is None
            assert time.monotonic() < give_up
            time.sleep(0.02)

    def close(self) -> None:
        # Its children too: each has a connection.
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait()

    def __enter__(self) -> Socat:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def towards_tls(port: int, server: Server, ca: Path) -> Socat:
    """For a caller that speaks TCP with `port`."""
    return Socat(port, f"TCP-LISTEN:{port}", f"OPENSSL:127.0.0.1:{server.ports['tls']},cafile={ca},verify=1")


def from_tls(port: int, gateway: Gateway, certificate: Path) -> Socat:
    """In front of a gateway that speaks TCP."""
    return Socat(port, f"OPENSSL-LISTEN:{port},cert={certificate},verify=0", f"TCP:127.0.0.1:{gateway.port}")


def calm(**more: str) -> str:
    """Settings that refuse no call, however slow the machine is."""
    return settings(**more).replace("[tm]", "shed_after = 0\n[tm]")


def tls_settings(certificate: Path, authority: Authority, **more: str) -> str:
    return calm(**more) + f'[tls]\ncertificate = "{certificate}"\nca = "{authority.ca}"\n'


def tcp_port() -> int:
    return free_port(kind=socket.SOCK_STREAM)


def test_calls_from_tls_to_udp(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    text = tls_settings(authority.issue("mine.pem", "127.0.0.1"), authority)
    port = tcp_port()
    with (
        Gateway(tmp_path, repeats=False) as gateway,
        Server(tmp_path, text, [f"1 {gateway.uri} 0 0"], transports=("udp", "tls")) as server,
        towards_tls(port, server, authority.ca),
    ):
        place_calls(tmp_path, server, CALLS, RATE, transport="tcp", by=f"127.0.0.1:{port}")
        assert gateway.finish() == CALLS


def test_calls_from_udp_to_tls_and_none_lost_where_a_certificate_is_anothers(tmp_path: Path) -> None:
    """Of three gateways one has the certificate of a fourth, and one is known by its name alone."""
    authority = Authority(tmp_path)
    mine = authority.issue("mine.pem", "127.0.0.1")
    ports = [tcp_port() for _ in range(3)]
    named = authority.issue("named.pem", "sip:gw.example.com")
    places = [f"127.0.0.1:{port};transport=tls" for port in ports]
    with (
        Gateway(tmp_path, transport="tcp", contact=places[0]) as plain,
        Gateway(tmp_path, transport="tcp", contact=places[1]) as known,
        Gateway(tmp_path, transport="tcp", contact=places[2]) as false,
        from_tls(ports[0], plain, mine),
        from_tls(ports[1], known, named),
        from_tls(ports[2], false, named),
        Server(
            tmp_path,
            tls_settings(mine, authority, route="algorithm = 4"),
            [f"1 sip:{places[0]} 0 0", f"1 sip:{places[1]} 0 0 tls_name=gw.example.com", f"1 sip:{places[2]} 0 0"],
            transports=("udp", "tls"),
        ) as server,
    ):
        place_calls(tmp_path, server, CALLS, RATE)
        assert plain.finish() + known.finish() == CALLS
        assert false.finish() == 0
        log = server.log
    assert "certificate 'CN=sip:gw.example.com' is for gw.example.com, not for 127.0.0.1" in log


def test_a_tls_gateway_killed_in_mid_load_costs_no_new_call(tmp_path: Path) -> None:
    """Those that it has not answered yet, and all that would have met it, go to the other one."""
    authority = Authority(tmp_path)
    mine = authority.issue("mine.pem", "127.0.0.1")
    ports = [tcp_port() for _ in range(2)]
    places = [f"127.0.0.1:{port};transport=tls" for port in ports]
    with (
        Gateway(tmp_path, transport="tcp", contact=places[0], repeats=False) as staying,
        Gateway(tmp_path, transport="tcp", contact=places[1], repeats=False) as dying,
        from_tls(ports[0], staying, mine),
        from_tls(ports[1], dying, mine) as tunnel,
        Server(
            tmp_path,
            tls_settings(mine, authority, route="algorithm = 4"),
            [f"1 sip:{place} 0 0" for place in places],
            transports=("udp", "tls"),
        ) as server,
    ):

        def kill() -> None:
            give_up = time.monotonic() + PATIENCE + CALLS / RATE
            while server.call("tm.stats")["total"] < CALLS // 3:
                assert time.monotonic() < give_up
                time.sleep(0.01)
            tunnel.close()
            dying.kill()

        place_calls(tmp_path, server, CALLS, RATE, once=kill, scenario=SCENARIOS / "caller_stays.xml")
        counted = server.finish()
    assert counted["answered_2xx"] == CALLS
    assert CALLS // 4 < counted["failovers"] <= CALLS // 2


def test_hangup_shows_a_new_certificate_and_keeps_connections(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    mine = authority.issue("mine.pem", "127.0.0.1")
    context = ssl.create_default_context(cafile=str(authority.ca))
    with Server(tmp_path, tls_settings(mine, authority), ["1 sip:127.0.0.1:9 0 0"], transports=("udp", "tls")) as server:
        place = ("127.0.0.1", server.ports["tls"])

        def connected() -> ssl.SSLSocket:
            return context.wrap_socket(socket.create_connection(place, PATIENCE), server_hostname="127.0.0.1")

        with connected() as before:
            authority.issue("mine.pem", "127.0.0.1", "renewed.example")
            server.hang_up()
            with connected() as after:
                assert ("DNS", "renewed.example") in after.getpeercert()["subjectAltName"]
            mine.write_text("no certificate")
            server.hang_up()
            with connected() as after:
                assert ("DNS", "renewed.example") in after.getpeercert()["subjectAltName"]
            before.sendall(b"\r\n\r\n")
            assert before.recv(10) == b"\r\n"
            with pytest.raises(Fault, match=f"500 {mine}: no certificate can be read from it"):
                server.call("tls.reload")
            authority.issue("mine.pem", "127.0.0.1", "again.example")
            assert server.call("tls.reload") == "Ok. TLS configuration reloaded."
            with connected() as after:
                assert ("DNS", "again.example") in after.getpeercert()["subjectAltName"]
        assert f"tls: {mine}: no certificate can be read from it: " in server.log


@pytest.mark.parametrize("answered", ["", "100 Trying", "180 Ringing"], ids=["silent", "trying", "ringing"])
def test_a_call_under_way_goes_on_where_its_gateway_breaks_the_connection(tmp_path: Path, answered: str) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as breaking,
        Agent() as caller,
        Agent() as other,
        Server(
            tmp_path,
            settings(),
            [f"1 sip:127.0.0.1:{breaking.getsockname()[1]};transport=tcp 0 9", f"1 {other.uri} 0 0"],
            transports=("udp", "tcp"),
        ) as server,
    ):
        breaking.settimeout(PATIENCE)
        caller.send(caller.request("INVITE", f"sip:1000@{server.host_port}"), server.address)
        connection, _ = breaking.accept()
        with connection:
            connection.settimeout(PATIENCE)
            [data] = Framing().feed(connection.recv(65_536)).messages
            if answered:
                invite = Message(data, server.address)
                kept = [f"{name}: {value}" for name, value in invite.headers if name in ("via", "from", "to", "call-id", "cseq")]
                answer = "\r\n".join([f"SIP/2.0 {answered}", *kept, "Content-Length: 0", "", ""])
                connection.sendall(answer.encode())
            if answered == "180 Ringing":
                caller.expect("180")
        assert other.expect("INVITE").tag("to") == ""


def test_a_keepalive_is_answered_and_a_message_without_a_length_ends_the_connection(tmp_path: Path) -> None:
    with Server(tmp_path, settings(), ["1 sip:127.0.0.1:9 0 0"], transports=("udp", "tcp")) as server:
        with socket.create_connection(server.address, PATIENCE) as connection:
            connection.sendall(b"\r\n\r\n")
            assert connection.recv(10) == b"\r\n"
            with Agent() as agent:
                request = agent.request("OPTIONS", f"sip:{server.host_port}").replace("Content-Length: 0\r\n", "")
            connection.sendall(request.encode())
            answer = connection.recv(65_536)
            assert answer.startswith(b"SIP/2.0 400 Bad Request - Content-Length is missing")
            assert connection.recv(10) == b""
        # Nobody else is troubled.
        with StreamAgent(server.address) as agent:
            agent.send(agent.request("OPTIONS", f"sip:{server.host_port}"))
            agent.expect("200")


@pytest.mark.parametrize("greeting", [b"", b"INVITE sip:a SIP/2.0\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"x" * 1000])
def test_who_never_finishes_a_handshake_is_cut_off(tmp_path: Path, greeting: bytes) -> None:
    authority = Authority(tmp_path)
    text = tls_settings(authority.issue("mine.pem", "127.0.0.1"), authority) + "[stream]\nmessage_timeout = 1000\n"
    with Server(tmp_path, text, ["1 sip:127.0.0.1:9 0 0"], transports=("udp", "tls")) as server:
        with socket.create_connection(("127.0.0.1", server.ports["tls"]), PATIENCE) as connection:
            connection.sendall(greeting)
            try:
                while connection.recv(1000):
                    pass
            except ConnectionResetError:
                pass
        context = ssl.create_default_context(cafile=str(authority.ca))
        with StreamAgent(("127.0.0.1", server.ports["tls"]), context) as agent:
            agent.send(agent.request("OPTIONS", f"sip:{server.host_port}"))
            agent.expect("200")


def test_clients_without_a_certificate_of_our_authority_are_refused_where_one_is_required(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    stranger = Authority(tmp_path, "strangers")
    text = tls_settings(authority.issue("mine.pem", "127.0.0.1"), authority) + 'client_certificates = "required"\n'
    with Server(tmp_path, text, ["1 sip:127.0.0.1:9 0 0"], transports=("udp", "tls")) as server:
        context = ssl.create_default_context(cafile=str(authority.ca))
        assert not is_served(server, context)
        context.load_cert_chain(stranger.issue("stranger.pem", "phone"))
        assert not is_served(server, context)
        context.load_cert_chain(authority.issue("phone.pem", "phone"))
        assert is_served(server, context)
        assert "peer did not return a certificate" in server.log


def is_served(server: Server, context: ssl.SSLContext) -> bool:
    """Whether an OPTIONS by TLS is answered, and not the connection cut off."""
    try:
        with StreamAgent(("127.0.0.1", server.ports["tls"]), context) as agent:
            agent.send(agent.request("OPTIONS", f"sip:{server.host_port}"))
            return agent.take().kind == "200"
    except (OSError, AssertionError):
        return False
