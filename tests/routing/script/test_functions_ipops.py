"""ipops: what Kamailio 5.6.3 says of the same addresses."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proxy.bench import request
from tests.routing.kamailio.script_bench import script


def said(folder: Path, text: str) -> list[str]:
    """What the script prints about a request."""
    bench = script(folder, text)
    bench.receive(request())
    return [line for _, line in bench.logged]


@pytest.mark.parametrize(
    ("ip", "codes"),
    [
        ("10.1.2.3", "1 1 1 -1 -1 1 1"),
        ("1.2.3.4", "1 1 1 -1 -1 1 -1"),
        ("::1", "1 1 -1 1 -1 2 -1"),
        ("[::1]", "1 -1 -1 -1 1 3 -1"),
        ("[1.2.3.4]", "-1 -1 -1 -1 -1 -1 -1"),
        ("256.1.1.1", "-1 -1 -1 -1 -1 -1 -1"),
        ("fe80::1%lo", "-1 -1 -1 -1 -1 -1 -1"),
    ],
)
def test_what_an_address_is(tmp_path: Path, ip: str, codes: str) -> None:
    names = ("is_ip", "is_pure_ip", "is_ipv4", "is_ipv6", "is_ipv6_reference", "ip_type", "is_ip_rfc1918")
    text = "".join(f'{name}("$var(ip)"); xlog("$rc");' for name in names)
    assert " ".join(said(tmp_path, f'$var(ip) = "{ip}"; {text}')) == codes


@pytest.mark.parametrize(
    ("ip", "kind"),
    [
        ("0.0.0.1", "PRIVATE"),
        ("172.31.0.1", "PRIVATE"),
        ("172.32.0.1", "PUBLIC"),
        ("100.64.1.1", "SHARED"),
        ("192.88.99.1", "6TO4-RELAY"),
        ("255.255.255.255", "BROADCAST"),
        ("::ffff:1.2.3.4", "IPV4MAP"),
        ("2001::1", "TEREDO"),
        ("[2001:8d8::1]", "GLOBAL-UNICAST"),
        ("fe80::1", "LINK-LOCAL-UNICAST"),
        ("e000::1", "RESERVED"),
        ("no", "0"),
    ],
)
def test_what_kind_of_address_it_is(tmp_path: Path, ip: str, kind: str) -> None:
    assert said(tmp_path, f'detailed_ip_type("{ip}", "$var(kind)"); xlog("$var(kind)");') == [kind]


@pytest.mark.parametrize(
    ("call", "holds"),
    [
        ('compare_ips("1080:0:0:0:8:800:200C:417A", "[1080::8:800:200c:417a]")', True),
        ('compare_pure_ips("1080:0:0:0:8:800:200C:417A", "[1080::8:800:200c:417a]")', False),
        ('compare_ips("no", "no")', False),
        ('is_in_subnet("10.0.124.123", "10.0.123.1/24, 10.0.124.0/24")', True),
        ('is_in_subnet("10.0.124.123", "2001:db8::/32,10.0.124.123")', True),
        ('is_in_subnet("no", "0.0.0.0/0")', False),
        ('detailed_ipv4_type("::1", "$var(kind)")', False),
        ('detailed_ipv6_type("[::1]", "$var(kind)")', True),
    ],
)
def test_whether_addresses_are_the_same_or_in_a_network(tmp_path: Path, call: str, holds: bool) -> None:
    assert said(tmp_path, f'if ({call}) xlog("yes"); else xlog("no");') == ["yes" if holds else "no"]
