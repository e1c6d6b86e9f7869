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
from tests.wire.server import PATIENCE, Server, settings
from tests.wire.sipp import Gateway, place_calls

pytestmark = pytest.mark.peer

CALLS = 500
RATE = 250


@pytest.mark.parametrize(("caller", "gateway"), [("tcp", "udp"), ("udp", "tcp"), ("tcp", "tcp")])
def test_calls_cross_transports(tmp_path: Path, caller: str, gateway: str) -> None:
    with (
        Gateway(tmp_path, transport=gateway) as peer,
        Server(tmp_path, settings(), [f"1 {peer.uri} 0 0"], transports=("udp", "tcp")) as server,
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
            tmp_path, settings(route="algorithm = 4"), [f"1 {first.uri} 0 0", f"1 {second.uri} 0 0"], transports=("udp", "tcp")
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

    def __enter__(self) -> Socat:
        return self

    def __exit__(self, *_: object) -> None:
        # Its children too: each has a connection.
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait()


def towards_tls(port: int, server: Server, ca: Path) -> Socat:
    """For a caller that speaks TCP with `port`."""
    return Socat(port, f"TCP-LISTEN:{port}", f"OPENSSL:127.0.0.1:{server.ports['tls']},cafile={ca},verify=1")


def from_tls(port: int, gateway: Gateway, certificate: Path) -> Socat:
    """In front of a gateway that speaks TCP."""
    return Socat(port, f"OPENSSL-LISTEN:{port},cert={certificate},verify=0", f"TCP:127.0.0.1:{gateway.port}")


def tls_settings(certificate: Path, authority: Authority, **more: str) -> str:
    return settings(**more) + f'[tls]\ncertificate = "{certificate}"\nca = "{authority.ca}"\n'


def tcp_port() -> int:
    return free_port(kind=socket.SOCK_STREAM)


def test_calls_from_tls_to_udp(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    text = tls_settings(authority.issue("mine.pem", "127.0.0.1"), authority)
    port = tcp_port()
    with (
        Gateway(tmp_path) as gateway,
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
        assert f"{mine}: no certificate can be read from it" in server.log
