"""control.kamcmd: arguments and output as kamcmd has them. (tests/test_kamcmd_compat.py compares with the real one.)"""

from __future__ import annotations

import socket
import subprocess
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.peers import free_port
from txdispatcher.control import kamcmd


@pytest.mark.parametrize(
    ("words", "name", "parameters"),
    [
        (["dispatcher.list"], "dispatcher.list", []),
        (["a.b", "ip", "1", "sip:127.0.0.1"], "a.b", ["ip", 1, "sip:127.0.0.1"]),
        (["a.b", "s:1", "s:ip", "s:s:x", "s:"], "a.b", ["1", "ip", "s:x", ""]),
        (["a.b", "01", "+1", " 1", "-1", ""], "a.b", [1, 1, 1, -1, 0]),
        (["a.b", "1 ", "1x", "0x1", "1.5", "-", " ", "i:1"], "a.b", ["1 ", "1x", "0x1", "1.5", "-", " ", "i:1"]),
        (["a.b", "2147483648", "4294967297", "-4294967295"], "a.b", [-2147483648, 1, 1]),
        (["a.b", "9" * 20, "9" * 5000, "-" + "9" * 20, "0" * 30 + "7"], "a.b", [-1, -1, 0, 7]),
        (["ls"], "system.listMethods", []),
        (["list"], "system.listMethods", []),
        (["ver"], "core.version", []),
        (["ps"], "core.ps", []),
        (["help"], "system.listMethods", []),
        (["?", "a.b"], "system.methodHelp", ["a.b"]),
    ],
)
def test_what_the_words_of_a_command_mean(words: list[str], name: str, parameters: list[object]) -> None:
    assert kamcmd.command(words) == (name, parameters)


@given(st.text(max_size=30))
def test_a_parameter_is_a_32_bit_number_or_the_text(word: str) -> None:
    (value,) = kamcmd.command(["a.b", word])[1]
    if isinstance(value, int):
        assert -(2**31) <= value < 2**31
    else:
        assert value == word.removeprefix("s:")


@pytest.mark.parametrize("address", ["", "127.0.0.1", "ftp://127.0.0.1/RPC", "http://a/\r\n"])
def test_other_addresses_are_refused_with_what_is_allowed(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert kamcmd.main(["-s", address or " ", "ls"]) == kamcmd.EXIT_USAGE
    complaint = capsys.readouterr().err
    assert "http://host:port/RPC" in complaint
    assert complaint.count("\n") == 1


def test_an_option_that_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert kamcmd.main(["-x", "ls"]) == kamcmd.EXIT_USAGE
    assert capsys.readouterr().err == "kamcmd-compat: option -x not recognized\n"


def test_a_negative_number_stands_behind_two_dashes(capsys: pytest.CaptureFixture[str]) -> None:
    # kamcmd too says: Unknown option `-1'.
    assert kamcmd.main(["dispatcher.ping_active", "-1"]) == kamcmd.EXIT_USAGE
    assert capsys.readouterr().err == "kamcmd-compat: option -1 not recognized; behind -- nothing is an option\n"


@pytest.mark.parametrize("arguments", [["-h"], ["--help"], ["core.ps", "--help"]])
def test_help(arguments: list[str], capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert kamcmd.main(arguments) == 0
    assert capsysbinary.readouterr().out.startswith(b"Usage: kamcmd-compat ")


def test_a_server_that_is_not_there_is_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"http://127.0.0.1:{free_port(kind=socket.SOCK_STREAM)}/RPC"
    monkeypatch.setenv(kamcmd.ADDRESS_VARIABLE, address)
    assert kamcmd.main(["ls"]) == 1
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", f"kamcmd-compat: {address}: Connection refused\n")


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"SSH-2.0-x\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n<html>",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[1,2,3,4]",
        b"\xff" * 100,
    ],
)
def test_a_server_of_another_kind_is_one_line(reply: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(reply)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/RPC"
        assert kamcmd.main(["-s", address, "ls"]) == 1
        thread.join(10)
    assert capsys.readouterr().err == f"kamcmd-compat: {address}: what answered is no JSON-RPC server\n"


def test_it_starts_with_few_modules() -> None:
    # Each of these takes longer to load than the rest together.
    program = (
        "import sys; from txdispatcher.control import kamcmd; "
        "slow = {'twisted', 'zope', 'asyncio', 'ssl', 'readline', 'email', 'http.client', 'urllib', 'logging'}; "
        "print(sorted(slow & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_password_in_the_address_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port(kind=socket.SOCK_STREAM)
    assert kamcmd.main(["-s", f"http://admin:secret@127.0.0.1:{port}/RPC", "ls"]) == 1
    assert capsys.readouterr().err == f"kamcmd-compat: http://127.0.0.1:{port}/RPC: Connection refused\n"
