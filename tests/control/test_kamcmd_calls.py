"""control.kamcmd_calls: addresses, and servers of every kind, good and bad."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from txdispatcher.control import binrpc
from txdispatcher.control.kamcmd_calls import Address, BadReplyError, FaultReply, call, parse_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("http://127.0.0.1:8060/RPC", Address("http", "127.0.0.1", 8060)),
        ("http://lb1.example.net", Address("http", "lb1.example.net", 8060)),
        ("http://[::1]:81/", Address("http", "::1", 81, "/")),
        ("https://admin:a:b@lb1/x", Address("https", "lb1", 8060, "/x", "admin:a:b")),
        ("http+unix:/run/rpc.http", Address("http+unix", "/run/rpc.http")),
        ("unix:/run/ctl", Address("unixs", "/run/ctl")),
        ("unixs:/run/ctl", Address("unixs", "/run/ctl")),
        ("/run/ctl", Address("unixs", "/run/ctl")),
        ("unixd:/run/ctl", Address("unixd", "/run/ctl")),
        ("tcp:localhost", Address("tcp", "localhost", 2049)),
        ("udp:[::1]:2047", Address("udp", "::1", 2047)),
    ],
)
def test_addresses(text: str, address: Address) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "127.0.0.1",
        "ftp://a",
        "http://",
        "http://a:x",
        "http://a:65536",
        "http://a/b c",
        "http://a/\r\n",
        "unix:ctl",
        "tcp:a:b",
    ],
)
def test_other_addresses(text: str) -> None:
    with pytest.raises(ValueError, match=r"http://host:port/RPC"):
        parse_address(text)


@contextmanager
def answering(kind: str, folder: Path, answer: Callable[[bytes], bytes]) -> Iterator[str]:
    """The address of a server of that kind that answers one request."""
    stream = kind in ("tcp", "unixs")
    family = socket.AF_UNIX if kind.startswith("unix") else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM if stream else socket.SOCK_DGRAM) as listener:
        listener.settimeout(10)
        listener.bind(str(folder / "ctl") if family == socket.AF_UNIX else ("127.0.0.1", 0))
        if stream:
            listener.listen()

        def serve() -> None:
            if stream:
                connection, _ = listener.accept()
                with connection:
                    reply = answer(connection.recv(65_536))
                    # In two pieces, which need not come together; who gets nonsense does not wait for the second.
                    connection.sendall(reply[:3])
                    with suppress(BrokenPipeError, ConnectionResetError):
                        connection.sendall(reply[3:])
            else:
                data, sender = listener.recvfrom(65_536)
                listener.sendto(answer(data), sender)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        place = listener.getsockname()
        yield f"{kind}:{place if family == socket.AF_UNIX else f'127.0.0.1:{place[1]}'}"
        thread.join(10)


def echo(request: bytes) -> bytes:
    header = binrpc.read_header(request)
    return binrpc.packet(binrpc.Type.REPLY, header.cookie, binrpc.read_body(request[header.start : header.end]))


KINDS = ["tcp", "udp", "unixs", "unixd"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_call_by_binrpc(kind: str, tmp_path: Path) -> None:
    with answering(kind, tmp_path, echo) as address:
        result = call(parse_address(address), "core.echo", ["a", 1, -1], str(tmp_path))
    assert result == ["core.echo", "a", 1, -1]
    # The socket for the reply is gone.
    assert {each.name for each in os.scandir(tmp_path)} <= {"ctl"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_by_binrpc(kind: str, tmp_path: Path) -> None:
    def refuse(request: bytes) -> bytes:
        return binrpc.fault(binrpc.read_header(request).cookie, 500, "command x not found")

    with answering(kind, tmp_path, refuse) as address, pytest.raises(FaultReply) as caught:
        call(parse_address(address), "x", [])
    assert str(caught.value) == "500 - command x not found"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reply", [b"SSH-2.0-x\r\n", b"\xa1\x10\x7f\x01x", b"\xa1\x10\x01\x00\xff"])
def test_a_server_of_another_kind(kind: str, reply: bytes, tmp_path: Path) -> None:
    with answering(kind, tmp_path, lambda request: reply) as address, pytest.raises(BadReplyError):
        call(parse_address(address), "x", [])


def test_a_reply_to_another_request_is_none(tmp_path: Path) -> None:
    def mistaken(request: bytes) -> bytes:
        return binrpc.packet(binrpc.Type.REPLY, binrpc.read_header(request).cookie ^ 1, ["Ok"])

    with answering("unixs", tmp_path, mistaken) as address, pytest.raises(BadReplyError):
        call(parse_address(address), "x", [])


@pytest.mark.parametrize("token", ["", "0123456789abcdef"])
def test_credentials_are_shown(token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def answer(request: bytes) -> bytes:
        seen.append(request)
        return b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"result": 5}'

    monkeypatch.setenv("KDISPATCHER_TOKEN", token)
    with answering("tcp", tmp_path, answer) as address:
        user = "" if token else "admin:correct-horse@"
        assert call(parse_address(f"http://{user}{address.removeprefix('tcp:')}"), "x", []) == 5
    shown = b"Bearer 0123456789abcdef" if token else b"Basic YWRtaW46Y29ycmVjdC1ob3JzZQ=="
    assert b"\r\nAuthorization: " + shown + b"\r\n" in seen[0]
