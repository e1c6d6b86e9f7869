"""Functions of the module ipops: what an IP address is, and whether two are the same."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.table import MESSAGES, Variable, function

TRUE, FALSE = 1, -1
#: What ip_type() returns.
_IPV4, _IPV6, _REFERENCE = 1, 2, 3

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_RFC1918 = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
#: What detailed_ipv4_type() and detailed_ipv6_type() call the addresses of a network, the smallest network first.
_IPV4_KINDS = """255.255.255.255/32 BROADCAST, 192.0.0.0/24 RESERVED, 192.0.2.0/24 TEST-NET, 192.88.99.0/24 6TO4-RELAY,
198.51.100.0/24 TEST-NET, 203.0.113.0/24 TEST-NET, 169.254.0.0/16 LINK-LOCAL, 192.168.0.0/16 PRIVATE, 198.18.0.0/15 RESERVED,
172.16.0.0/12 PRIVATE, 100.64.0.0/10 SHARED, 0.0.0.0/8 PRIVATE, 10.0.0.0/8 PRIVATE, 127.0.0.0/8 LOOPBACK, 224.0.0.0/4 MULTICAST,
240.0.0.0/4 RESERVED, 0.0.0.0/0 PUBLIC"""
_IPV6_KINDS = """::/128 UNSPECIFIED, ::1/128 LOOPBACK, ::ffff:0:0/96 IPV4MAP, ::/8 RESERVED, 100::/64 DISCARD, 100::/8 RESERVED,
200::/7 RESERVED, 400::/6 RESERVED, 800::/5 RESERVED, 1000::/4 RESERVED, 2001::/32 TEREDO, 2001:2::/48 BMWG,
2001:db8::/32 DOCUMENTATION, 2001:10::/28 ORCHID, 2002::/16 6TO4, 2000::/3 GLOBAL-UNICAST, fc00::/7 UNIQUE-LOCAL-UNICAST,
fe80::/10 LINK-LOCAL-UNICAST, fec0::/10 RESERVED, ff00::/8 MULTICAST, ::/0 RESERVED"""


@function("ipops", MESSAGES)
def is_ip(run: Run, ip: bytes) -> int:
    """Whether it is an IPv4 or IPv6 address, the latter in brackets or without."""
    return TRUE if _address(ip) is not None else FALSE


@function("ipops", MESSAGES)
def is_pure_ip(run: Run, ip: bytes) -> int:
    """Whether it is an IPv4 or IPv6 address without brackets."""
    return TRUE if _kind(ip) in (_IPV4, _IPV6) else FALSE


@function("ipops", MESSAGES)
def is_ipv4(run: Run, ip: bytes) -> int:
    """Whether it is an IPv4 address."""
    return TRUE if _kind(ip) == _IPV4 else FALSE


@function("ipops", MESSAGES)
def is_ipv6(run: Run, ip: bytes) -> int:
    """Whether it is an IPv6 address without brackets."""
    return TRUE if _kind(ip) == _IPV6 else FALSE


@function("ipops", MESSAGES)
def is_ipv6_reference(run: Run, ip: bytes) -> int:
    """Whether it is an IPv6 address in brackets."""
    return TRUE if _kind(ip) == _REFERENCE else FALSE


@function("ipops", MESSAGES)
def ip_type(run: Run, ip: bytes) -> int:
    """1 for an IPv4 address, 2 for an IPv6 address, 3 for one in brackets, -1 for none."""
    return _kind(ip)


@function("ipops")
def detailed_ip_type(run: Run, ip: bytes, result: Variable) -> int:
    """Write what kind of address it is: ``PRIVATE``, ``PUBLIC``, ``LOOPBACK``, … False where it is none."""
    return _detail(ip, result, (_IPV4, _IPV6, _REFERENCE))


@function("ipops")
def detailed_ipv4_type(run: Run, ip: bytes, result: Variable) -> int:
    """The same for an IPv4 address alone."""
    return _detail(ip, result, (_IPV4,))


@function("ipops")
def detailed_ipv6_type(run: Run, ip: bytes, result: Variable) -> int:
    """The same for an IPv6 address alone, in brackets or without."""
    return _detail(ip, result, (_IPV6, _REFERENCE))


@function("ipops", MESSAGES)
def compare_ips(run: Run, one: bytes, other: bytes) -> int:
    """Whether both are the same address; brackets do not matter."""
    found = _address(one)
    return TRUE if found is not None and found == _address(other) else FALSE


@function("ipops", MESSAGES)
def compare_pure_ips(run: Run, one: bytes, other: bytes) -> int:
    """Whether both are the same address, without brackets."""
    return compare_ips(run, one, other) if _REFERENCE not in (_kind(one), _kind(other)) else FALSE


@function("ipops", MESSAGES)
def is_ip_rfc1918(run: Run, ip: bytes) -> int:
    """Whether it is a private IPv4 address."""
    found = _address(ip)
    return TRUE if found is not None and any(found in network for network in _RFC1918) else FALSE


@function("ipops", MESSAGES)
def is_in_subnet(run: Run, ip: bytes, subnets: bytes) -> int:
    """Whether the address is in one of the networks: ``10.0.0.0/16,2001:db8::/32``."""
    found = _address(ip)
    return TRUE if found is not None and any(found in network for network in _networks(subnets)) else FALSE


def _kind(ip: bytes) -> int:
    found = _address(ip)
    if found is None:
        return FALSE
    return _REFERENCE if ip.startswith(b"[") else _IPV4 if found.version == 4 else _IPV6


@lru_cache(1000)
def _address(ip: bytes) -> _Address | None:
    enclosed = ip.startswith(b"[") and ip.endswith(b"]")
    try:
        found = ipaddress.ip_address((ip[1:-1] if enclosed else ip).decode("ascii"))
    except ValueError:
        return None
    return None if (enclosed and found.version == 4) or "%" in str(found) else found


@lru_cache(1000)
def _networks(subnets: bytes) -> tuple[_Network, ...]:
    found = []
    for each in subnets.split(b","):
        try:
            found.append(ipaddress.ip_network(each.strip().decode("ascii"), strict=False))
        except ValueError:
            continue
    return tuple(found)


def _detail(ip: bytes, result: Variable, kinds: tuple[int, ...]) -> int:
    found = _address(ip)
    if found is None or _kind(ip) not in kinds:
        return FALSE
    result.write(_detail_of(found))
    return TRUE


def _detail_of(address: _Address) -> bytes:
    return next(kind for network, kind in _KINDS[address.version] if address in network)


def _table(text: str) -> tuple[tuple[_Network, bytes], ...]:
    pairs = (each.split() for each in text.split(","))
    return tuple((ipaddress.ip_network(network), kind.encode()) for network, kind in pairs)


_KINDS = {4: _table(_IPV4_KINDS), 6: _table(_IPV6_KINDS)}
