"""Many datagrams at a time over real sockets: the plain loop and, where it is compiled, recvmmsg and sendmmsg alike."""

from __future__ import annotations

import importlib
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from txdispatcher.net.datagrams import BATCH, MAX_DATAGRAM
from txdispatcher.proxy.listener import Listener

HERE = Listener("udp", "127.0.0.1", 5060)


@pytest.fixture(params=["datagrams", "mmsg"])
def make(request: pytest.FixtureRequest) -> Any:
    """The class, in either build."""
    try:
        return importlib.import_module(f"txdispatcher.net.{request.param}").Datagrams
    except ImportError:
        pytest.skip("this is the pure build")


@pytest.fixture(params=["127.0.0.1", "::1"])
def pair(request: pytest.FixtureRequest) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two non-blocking sockets on one loopback address."""
    family = socket.AF_INET6 if ":" in request.param else socket.AF_INET
    sockets = [socket.socket(family, socket.SOCK_DGRAM) for _ in range(2)]
    try:
        for each in sockets:
            try:
                each.bind((request.param, 0))
            except OSError:
                pytest.skip("this machine has no IPv6 loopback")
            each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
            each.setblocking(False)
        yield sockets[0], sockets[1]
    finally:
        for each in sockets:
            each.close()


def name(of: socket.socket) -> tuple[str, int]:
    host, port = of.getsockname()[:2]
    return host, port


def test_nothing_has_come(make, pair):
    assert make(pair[0]).receive() == []


def test_what_was_sent_comes_in_order_with_its_source(make, pair):
    here, there = pair
    sent = [bytes([number % 256]) * (number + 1) for number in range(BATCH + 30)]
    sends = [(HERE, name(there), data) for data in sent]
    assert make(here).send(sends, 0) == len(sends)
    receiving = make(there)
    first, second = receiving.receive(), receiving.receive()
    assert (len(first), len(second)) == (BATCH, 30)
    assert first + second == [(data, name(here)) for data in sent]
    assert receiving.receive() == []


def test_sending_goes_on_from_an_index(make, pair):
    here, there = pair
    sends = [(HERE, name(there), data) for data in (b"one", b"two", b"three")]
    assert make(here).send(sends, 2) == 3
    assert [data for data, _ in make(there).receive()] == [b"three"]


def test_the_largest_datagram(make, pair):
    here, there = pair
    data = b"x" * (65_507 if here.family == socket.AF_INET else 65_487)
    assert len(data) <= MAX_DATAGRAM
    assert make(here).send([(HERE, name(there), data)], 0) == 1
    assert make(there).receive() == [(data, name(here))]


def test_what_cannot_be_sent_is_counted_and_the_rest_goes_out(make, pair):
    here, there = pair
    other = "::1" if here.family == socket.AF_INET else "127.0.0.1"
    bad = [
        (HERE, (other, 5060), b"wrong family"),
        (HERE, ("no.address", 5060), b"a name"),
        (HERE, (name(there)[0], 70_000), b"no port"),
        (HERE, name(there), b"x" * 70_000),
    ]
    good = [(HERE, name(there), data) for data in (b"one", b"two", b"three", b"four", b"five")]
    sends = [each for two in zip(good, bad, strict=False) for each in two] + good[4:]
    sending = make(here)
    assert sending.send(sends, 0) == len(sends)
    assert sending.refused == len(bad)
    assert [data for data, _ in make(there).receive()] == [b"one", b"two", b"three", b"four", b"five"]
