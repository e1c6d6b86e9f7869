"""operators: endpoints by the settings: TLS with certificates of clients, unix sockets, credentials."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.peers import free_port
from tests.wire.server import Server, settings

CALL = json.dumps({"jsonrpc": "2.0", "method": "system.methodHelp", "params": ["core.ps"], "id": 1}).encode()
CHANGE = json.dumps({"jsonrpc": "2.0", "method": "dispatcher.reload", "id": 1}).encode()

READER, ADMIN, LATER = (
    f"Authorization: {each}"
    for each in ("Bearer 0123456789abcdef", "Basic YWRtaW46Y29ycmVjdC1ob3JzZQ==", "Bearer fedcba9876543210")
)
TLS_RELOAD = b'{"jsonrpc":"2.0","method":"tls.reload","id":1}'


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the PEM files of an authority (ca) and two others, each with its key (NAME.key): server, client."""
    folder = tmp_path_factory.mktemp("certificates")
    make_certificates(folder)
    return folder


def make_certificates(folder: Path, *names: str) -> None:
    """Those of `names` anew; all of them without any."""
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    for name in names or ("ca", "server", "client"):
        more = ["-CA", "ca.pem", "-CAkey", "ca.key"] if name != "ca" else []
        subject = ["-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1"]
        command = [*make, *subject, "-keyout", f"{name}.key", "-out", f"{name}.pem", *more]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def tls_port() -> int:
    return free_port(kind=socket.SOCK_STREAM)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, certificates: Path, tls_port: int) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("operators")
    (folder / "users").write_text("basic admin:correct-horse\nbearer 0123456789abcdef read-only\n")
    endpoint = f"ssl:{tls_port}:interface=127.0.0.1:privateKey={certificates}/server.key:certKey={certificates}/server.pem"
    control = f"""jsonrpc = [RPC, "{endpoint}", "unix:{folder}/rpc.http"]
credentials = "users"
client_ca = "{certificates}/ca.pem"
jsonrpc_datagram = "{folder}/rpc.sock"
unknown_method = -32601"""
    with Server(folder, settings().replace("jsonrpc = RPC", control), ["1 sip:127.0.0.1:5080"]) as server:
        yield server


def ask(connection: socket.socket, body: bytes, *headers: str) -> tuple[int, dict[str, object]]:
    """Status and content of the answer to a POST."""
    lines = ["POST /RPC HTTP/1.1", "Host: localhost", "Connection: close", f"Content-Length: {len(body)}", *headers]
    connection.sendall("\r\n".join([*lines, "Content-Type: application/json", "", ""]).encode() + body)
    received = b"".join(iter(lambda: connection.recv(65_536), b""))
    head, _, content = received.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(content)


class HTTPConnection(http.client.HTTPConnection):
    """One connection for several requests."""

    def __enter__(self) -> HTTPConnection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def post(self, body: bytes, header: str) -> int:
        """The status of the answer."""
        before = self.sock
        name, _, value = header.partition(": ")
        self.request("POST", "/RPC", body, {"Content-Type": "application/json", name: value})
        answer = self.getresponse()
        answer.read()
        assert before in (None, self.sock), "it was closed meanwhile"
        return answer.status


def by_tcp(server: Server, body: bytes, *headers: str) -> tuple[int, dict[str, object]]:
    with socket.create_connection(("127.0.0.1", server.rpc_port), 10) as connection:
        return ask(connection, body, *headers)


def test_a_certificate_of_the_authority_lets_in(server: Server, certificates: Path, tls_port: int) -> None:
    context = ssl.create_default_context(cafile=certificates / "ca.pem")
    context.load_cert_chain(certificates / "client.pem", certificates / "client.key")
    with context.wrap_socket(socket.create_connection(("127.0.0.1", tls_port), 10), server_hostname="127.0.0.1") as connection:
        status, content = ask(connection, CALL, READER)
    assert (status, content["id"]) == (200, 1)


def test_nobody_else_is_let_in(server: Server, certificates: Path, tls_port: int) -> None:
    context = ssl.create_default_context(cafile=certificates / "ca.pem")
    plain = socket.create_connection(("127.0.0.1", tls_port), 10)
    # In which words depends on the version of TLS, and on who is faster.
    with plain, pytest.raises(OSError, match=r"(?i)certificate required|reset|EOF|broken pipe"):
        ask(context.wrap_socket(plain, server_hostname="127.0.0.1"), CALL)


def test_credentials_over_tcp(server: Server) -> None:
    assert by_tcp(server, CALL)[0] == 401
    assert by_tcp(server, CALL, READER)[0] == 200
    assert by_tcp(server, CHANGE, READER)[0] == 403
    assert by_tcp(server, CHANGE, ADMIN)[0] == 200


def test_the_code_for_an_unknown_method_is_a_setting(server: Server) -> None:
    unknown = b'{"jsonrpc":"2.0","method":"no.such","id":1}'
    status, content = by_tcp(server, unknown, READER)
    assert (status, content["error"]) == (400, {"code": -32601, "message": "Method Not Found"})
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
        client.settimeout(10)
        client.bind("")  # A name of Linux's choosing.
        client.sendto(unknown, f"{server.folder}/rpc.sock")
        assert json.loads(client.recv(65_536))["error"] == content["error"]


def test_a_unix_socket_is_for_owner_and_group(server: Server, tmp_path: Path) -> None:
    path = server.folder / "rpc.http"
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(str(path))
        assert ask(connection, CHANGE)[0] == 200


def test_ctl_says_where_it_listens_and_who_is_there(server: Server, tls_port: int) -> None:
    listen = b'{"jsonrpc":"2.0","method":"ctl.listen","id":1}'
    path = str(server.folder / "rpc.http")
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(path)
        rows = ask(connection, listen)[1]["result"]
    assert rows == [
        *("jsonrpc", "tcp", "127.0.0.1", str(server.rpc_port)),
        *("jsonrpc", "tcp", "127.0.0.1", str(tls_port)),
        *("jsonrpc", "unix_stream", path, ""),
        *("jsonrpc", "unix_dgram", f"{server.folder}/rpc.sock", ""),
    ]
    who = by_tcp(server, b'{"jsonrpc":"2.0","method":"ctl.who","id":1}', READER)[1]["result"]
    assert isinstance(who, list)
    assert who[:3] == ["jsonrpc", "tcp", "127.0.0.1"]
    assert who[4:6] == ["127.0.0.1", str(server.rpc_port)]


def test_the_socket_is_gone_with_the_server(tmp_path: Path) -> None:
    control = f'jsonrpc = ["unix:{tmp_path}/rpc.http"]'
    with Server(tmp_path, settings().replace("jsonrpc = RPC", control), ["1 sip:127.0.0.1:5080"]):
        assert (tmp_path / "rpc.http").is_socket()
    assert not (tmp_path / "rpc.http").exists()


def by_method(server: Server) -> None:
    assert by_tcp(server, TLS_RELOAD, ADMIN)[0] == 200


def by_signal(server: Server) -> None:
    server.hang_up()


@pytest.mark.parametrize("reload", [by_signal, by_method])
def test_credentials_are_read_anew_and_no_connection_is_dropped(server: Server, reload: Callable[[Server], None]) -> None:
    users = server.folder / "users"
    before = users.read_text()
    with HTTPConnection("127.0.0.1", server.rpc_port, 10) as open_before:
        assert open_before.post(CALL, LATER) == 401
        try:
            users.write_text("basic admin:correct-horse\nbearer fedcba9876543210\n")
            reload(server)
            assert open_before.post(CALL, LATER) == 200
            assert open_before.post(CALL, READER) == 401
        finally:
            users.write_text(before)
            by_method(server)
        assert open_before.post(CALL, READER) == 200


def test_credentials_that_cannot_be_read_stay(server: Server) -> None:
    users = server.folder / "users"
    before = users.read_text()
    try:
        users.write_text("basic admin\n")
        status, content = by_tcp(server, TLS_RELOAD, ADMIN)
    finally:
        users.write_text(before)
    assert status == 500
    assert "users:1: " in content["error"]["message"]
    assert by_tcp(server, CALL, READER)[0] == 200
    assert by_tcp(server, TLS_RELOAD, READER)[0] == 403


def shown_certificate(certificates: Path, port: int) -> bytes:
    """That of the endpoint, as whoever comes now sees it."""
    context = ssl.create_default_context(cafile=certificates / "ca.pem")
    context.load_cert_chain(certificates / "client.pem", certificates / "client.key")
    with context.wrap_socket(socket.create_connection(("127.0.0.1", port), 10), server_hostname="127.0.0.1") as connection:
        assert ask(connection, CALL, READER)[0] == 200
        return connection.getpeercert(binary_form=True) or b""


def test_certificates_are_read_anew(server: Server, certificates: Path, tls_port: int) -> None:
    before = shown_certificate(certificates, tls_port)
    make_certificates(certificates, "server")
    assert shown_certificate(certificates, tls_port) == before
    by_method(server)
    after = shown_certificate(certificates, tls_port)
    assert after != before
    good = (certificates / "server.pem").read_bytes()
    try:
        (certificates / "server.pem").write_bytes(b"no certificate")
        status, content = by_tcp(server, TLS_RELOAD, ADMIN)
    finally:
        (certificates / "server.pem").write_bytes(good)
    assert status == 500
    assert "control.jsonrpc" in content["error"]["message"]
    assert shown_certificate(certificates, tls_port) == after
