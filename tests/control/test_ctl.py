"""control.ctl: what is open, in the order of Kamailio's rows."""

from __future__ import annotations

from tests.control.fixtures import make_methods
from txdispatcher.control.ctl import ANONYMOUS, Connection, Listening, Place, Register


def test_listeners_and_connections_are_listed_while_they_are_there() -> None:
    register = Register()
    methods = make_methods(register=register)
    tcp = Listening("binrpc", "tcp", Place("127.0.0.1", "2049"))
    register.listening += [tcp, Listening("binrpc", "unix_stream", Place("/run/ctl"))]
    register.connections.append(Connection("binrpc", "unix_stream", Place(ANONYMOUS), Place("/run/ctl")))
    assert methods.call("ctl.listen") == ["binrpc", "tcp", "127.0.0.1", "2049", "binrpc", "unix_stream", "/run/ctl", ""]
    assert methods.call("ctl.who") == ["binrpc", "unix_stream", ANONYMOUS, "", "/run/ctl", ""]
    register.listening.remove(tcp)
    register.connections.clear()
    assert methods.call("ctl.listen") == ["binrpc", "unix_stream", "/run/ctl", ""]
    assert methods.call("ctl.who") == []
