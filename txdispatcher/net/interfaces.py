"""A listener on every interface is one listener for each address: Via and Record-Route need one that peers can send to."""

from __future__ import annotations

from ipaddress import ip_address

import ifaddr


def expand(host: str) -> list[str]:
    """The addresses that `host` stands for: itself, or, for 0.0.0.0 and ::, every address of that family on this machine.

    Link-local IPv6 addresses are left out: they mean nothing without their interface.
    """
    address = ip_address(host)
    if not address.is_unspecified:
        return [host]
    found = []
    for adapter in ifaddr.get_adapters():
        for each in adapter.ips:
            text = each.ip if isinstance(each.ip, str) else each.ip[0]
            candidate = ip_address(text)
            if candidate.version == address.version and not (candidate.version == 6 and candidate.is_link_local):
                found.append(candidate.compressed)
    return list(dict.fromkeys(found))
