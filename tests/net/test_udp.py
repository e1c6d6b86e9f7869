"""One UDP listener between a fake transport and an engine that remembers."""

from __future__ import annotations

import pytest

from txdispatcher.net.udp import SipDatagrams
from txdispatcher.proxy.listener import Listener


class Engine:
    def __init__(self) -> None:
        self.transports: dict[Listener, object] = {}
        self.taken: list[tuple[bytes, tuple[str, int], Listener]] = []

    def datagram(self, data: bytes, source: tuple[str, int], listener: Listener) -> None:
        self.taken.append((data, source, listener))


@pytest.fixture
def engine():
    return Engine()


def test_its_transport_is_the_way_back(engine):
    here = Listener("udp", "127.0.0.1", 5060)
    protocol = SipDatagrams(engine, here)
    transport = object()
    protocol.makeConnection(transport)
    assert engine.transports == {here: transport}


def test_an_ipv6_source_is_host_and_port(engine):
    here = Listener("udp", "::1", 5060)
    SipDatagrams(engine, here).datagramReceived(b"INVITE", ("2001:db8::1", 5070, 7, 3))
    assert engine.taken == [(b"INVITE", ("2001:db8::1", 5070), here)]
