"""One UDP listener between a fake transport and an engine that remembers."""

from __future__ import annotations

import pytest

from txdispatcher.net.udp import SipDatagrams
from txdispatcher.proxy.listener import Listener

PEER = ("127.0.0.1", 5070)


class Engine:
    def __init__(self) -> None:
        self.outlets: dict[Listener, SipDatagrams] = {}
        self.taken: list[tuple[list[tuple[bytes, tuple[str, int]]], Listener]] = []

    def datagrams(self, batch: list[tuple[bytes, tuple[str, int]]], listener: Listener) -> None:
        self.taken.append((batch, listener))


class Transport:
    """What `reactor.listenUDP` gives; it cannot reach port 9."""

    def __init__(self) -> None:
        self.written: list[tuple[bytes, tuple[str, int]]] = []

    def write(self, datagram: bytes, addr: tuple[str, int]) -> None:
        if addr[1] == 9:
            raise OSError(101, "Network is unreachable")
        self.written.append((datagram, addr))


@pytest.fixture
def engine():
    return Engine()


def test_under_a_plain_transport_it_is_the_way_out_itself(engine):
    here = Listener("udp", "127.0.0.1", 5060)
    protocol = SipDatagrams(engine, here)
    transport = Transport()
    protocol.makeConnection(transport)
    engine.outlets[here].send_all([(here, PEER, b"one"), (here, ("127.0.0.1", 9), b"no"), (here, PEER, b"two")])
    assert transport.written == [(b"one", PEER), (b"two", PEER)]
    assert engine.outlets[here].unsent == 1


def test_an_ipv6_source_is_host_and_port(engine):
    here = Listener("udp", "::1", 5060)
    SipDatagrams(engine, here).datagramReceived(b"INVITE", ("2001:db8::1", 5070, 7, 3))
    assert engine.taken == [([(b"INVITE", ("2001:db8::1", 5070))], here)]


def test_a_batch_stays_one(engine):
    here = Listener("udp", "127.0.0.1", 5060)
    batch = [(b"INVITE", PEER), (b"BYE", PEER)]
    SipDatagrams(engine, here).datagramsReceived(batch)
    assert engine.taken == [(batch, here)]
