"""Which servers are asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from twisted.internet.task import Clock
from twisted.names import client, dns

from txdispatcher.net.resolver import LOCAL, Resolver, name_servers


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The servers of each question."""
    servers: list[Any] = []
    monkeypatch.setattr(client.Resolver, "query", lambda resolver, query, timeout: servers.append(resolver.servers))
    return servers


def test_name_servers_of_a_resolv_conf() -> None:
    text = "# nameserver 192.0.2.1\nsearch example.com\nnameserver 192.0.2.2\n nameserver  2001:db8::1 \nnameserver\nnameserver x"
    assert name_servers(text) == [("192.0.2.2", 53), ("2001:db8::1", 53)]


def test_the_settings_go_before_the_file(tmp_path: Path, asked: list[Any]) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text("nameserver 192.0.2.2\n")
    Resolver(Clock(), [("192.0.2.9", 5353)], str(file)).query(dns.Query(b"x"), (1,))
    assert asked == [[("192.0.2.9", 5353)]]


def test_a_changed_file_is_read_anew(tmp_path: Path, asked: list[Any]) -> None:
    file = tmp_path / "resolv.conf"
    resolver = Resolver(Clock(), path=str(file))
    resolver.query(dns.Query(b"x"), (1,))
    for text in ("nameserver 192.0.2.2\n", "nameserver 192.0.2.33\n", "# none\n"):
        file.write_text(text)
        resolver.query(dns.Query(b"x"), (1,))
    file.unlink()
    resolver.query(dns.Query(b"x"), (1,))
    assert asked == [[LOCAL], [("192.0.2.2", 53)], [("192.0.2.33", 53)], [LOCAL], [LOCAL]]


def test_it_leaves_no_timer_behind() -> None:
    clock = Clock()
    Resolver(clock)
    assert clock.getDelayedCalls() == []
