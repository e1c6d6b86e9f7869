"""config.control: addresses in the form of Kamailio's modules."""

from __future__ import annotations

from pathlib import Path

import pytest

from txdispatcher.config.address import ControlAddress


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("unix:/run/ctl", ControlAddress("unix_stream", path="/run/ctl")),
        ("unixs:/run/ctl", ControlAddress("unix_stream", path="/run/ctl")),
        ("/run/ctl", ControlAddress("unix_stream", path="/run/ctl")),
        ("unixd:/run/ctl", ControlAddress("unix_dgram", path="/run/ctl")),
        ("tcp:localhost:2049", ControlAddress("tcp", "127.0.0.1", 2049)),
        ("udp:127.0.0.2:2049", ControlAddress("udp", "127.0.0.2", 2049)),
        ("localhost:3000", ControlAddress("udp", "127.0.0.1", 3000)),
        ("tcp:[::1]:2049", ControlAddress("tcp", "::1", 2049)),
    ],
)
def test_binrpc_takes_what_ctl_takes(load, text, address):
    assert load(f"control.binrpc = '{text}'").control.binrpc == (address,)
    assert load(f"control.binrpc = '{address}'").control.binrpc == (address,)


@pytest.mark.parametrize("key", ["jsonrpc_datagram", "mi_datagram"])
@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("unix:/run/rpc", ControlAddress("unix_dgram", path="/run/rpc")),
        ("/run/rpc", ControlAddress("unix_dgram", path="/run/rpc")),
        ("udp:127.0.0.1:8090", ControlAddress("udp", "127.0.0.1", 8090)),
        ("127.0.0.1:8090", ControlAddress("udp", "127.0.0.1", 8090)),
    ],
)
def test_datagrams_come_by_unix_sockets_and_udp(load, key, text, address):
    assert getattr(load(f"control.{key} = '{text}'").control, key) == (address,)


def test_paths_are_relative_to_the_file(load, tmp_path: Path):
    control = load("control.binrpc = 'unix:ctl'\ncontrol.mi_fifo = 'fifo'\ncontrol.fifo_reply_dir = 'replies'").control
    assert control.binrpc[0].path == str(tmp_path / "ctl")
    assert control.mi_fifo == (str(tmp_path / "fifo"),)
    assert control.fifo_reply_dir == str(tmp_path / "replies")


@pytest.mark.parametrize("key", ["binrpc", "jsonrpc_datagram", "mi_datagram"])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "unix:",
        "udp:8090",
        "udp:127.0.0.1",
        "udp:127.0.0.1:0",
        "udp:127.0.0.1:70000",
        "udp:example.com:1",
        "unix:/" + "x" * 107,
    ],
)
def test_what_is_no_address(errors, key, text):
    [(found, reason)] = errors(f"control.{key} = '{text}'")
    assert found == f"control.{key}"
    assert "allowed: " in reason


@pytest.mark.parametrize("text", ["udp:0.0.0.0:8090", "udp:192.0.2.1:8090", "udp:[::]:8090", "udp:*:8090", "udp::8090"])
def test_only_loopback_goes_without_a_password(errors, text):
    [(key, reason)] = errors(f"control.mi_datagram = '{text}'")
    assert key == "control.mi_datagram"
    assert "loopback" in reason


@pytest.mark.parametrize("text", ["tcp:127.0.0.1:8090", "unixs:/run/rpc"])
def test_datagrams_do_not_come_by_connections(errors, text):
    assert [key for key, _ in errors(f"control.jsonrpc_datagram = '{text}'")] == ["control.jsonrpc_datagram"]


@pytest.mark.parametrize(
    "text",
    [
        "binrpc = ['unix:/run/a', 'unixd:/run/a']",
        "binrpc = '/run/a'\nmi_fifo = '/run/a'",
        "jsonrpc_datagram = 'udp:127.0.0.1:1'\nmi_datagram = 'udp:127.0.0.1:1'",
    ],
)
def test_an_address_or_path_is_taken_once(errors, text):
    [(_, reason)] = errors(f"[control]\n{text}")
    assert "twice" in reason


def test_tcp_and_udp_have_ports_of_their_own(errors):
    assert errors("control.binrpc = ['tcp:127.0.0.1:2049', 'udp:127.0.0.1:2049']") == []
