"""What a wildcard address stands for, on machines of the test's making."""

from __future__ import annotations

import ifaddr
import pytest

from txdispatcher.net.interfaces import expand


def ip(address: str | tuple[str, int, int]) -> ifaddr.IP:
    return ifaddr.IP(address, 24, "eth0")


@pytest.fixture
def machine(monkeypatch):
    """machine(address, …): what the interfaces of this machine are from now on."""

    def machine(*addresses: str | tuple[str, int, int]) -> None:
        adapters = [ifaddr.Adapter(f"eth{at}", f"eth{at}", [ip(address)]) for at, address in enumerate(addresses)]
        monkeypatch.setattr(ifaddr, "get_adapters", lambda: adapters)

    return machine


def test_an_address_stands_for_itself(machine):
    machine()
    assert expand("192.0.2.1") == ["192.0.2.1"]
    assert expand("::1") == ["::1"]


def test_a_wildcard_stands_for_every_address_of_its_family(machine):
    machine("127.0.0.1", ("::1", 0, 0), "192.0.2.1", ("2001:db8::1", 0, 0))
    assert expand("0.0.0.0") == ["127.0.0.1", "192.0.2.1"]
    assert expand("::") == ["::1", "2001:db8::1"]


def test_link_local_ipv6_is_left_out(machine):
    machine("169.254.1.1", ("fe80::1", 0, 2), ("2001:db8::1", 0, 0))
    assert expand("0.0.0.0") == ["169.254.1.1"]
    assert expand("::") == ["2001:db8::1"]


def test_an_address_that_two_interfaces_have_is_one(machine):
    machine("192.0.2.1", "192.0.2.1")
    assert expand("0.0.0.0") == ["192.0.2.1"]


def test_a_family_that_is_not_there_stands_for_nothing(machine):
    machine("127.0.0.1")
    assert expand("::") == []


def test_this_machine_has_a_loopback_address():
    assert "127.0.0.1" in expand("0.0.0.0")
