"""Where a Kamailio configuration file listens: its globals `listen`, `port`, `disable_tcp` and `advertised_…`."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterator

import ifaddr

from txdispatcher.config import values as value

_LISTEN = re.compile(
    r"""(?:(?P<transport>[a-z]+):)?(?P<host>\[[^\]]+\]|[^:\s]+)(?::(?P<port>\d+))?
    (?P<advertise>\s+advertise\s+(?:\[[^\]]+\]|[^:\s]+)(?::\d+)?)?(?P<name>\s+name\s+\S+)?""",
    re.IGNORECASE | re.VERBOSE,
)


def sockets(text: str, port: int, tcp: bool, advertised: tuple[str, int]) -> Iterator[str]:
    """What ``listen = text`` says, each a socket as `sip.listen` spells it: every transport where none is named, every address
    of an interface.

    `port` is the one where none is named. `tcp` is False for ``disable_tcp``, and leaves out what comes by connections.
    `advertised` are the host and port that are told where the socket has none of its own, "" and 0 for neither. Raises
    RefusedError.
    """
    found = _LISTEN.fullmatch(text)
    if found is None:
        yield _checked(text)
        return
    transport = (found["transport"] or "").lower()
    transports = [transport] if transport else ["udp", "tcp"]
    # `port` is not TLS's.
    at = found["port"] or str(5061 if transport == "tls" else port)
    for host in _addresses(found["host"]):
        told = found["advertise"] or ""
        if not told and any(advertised):
            told = f" advertise {advertised[0] or host}:{advertised[1] or at}"
        for each in transports:
            if tcp or each == "udp":
                yield _checked(f"{each}:{host}:{at}{told}{found['name'] or ''}")


def _checked(text: str) -> str:
    value.listen(text)
    return text


def _addresses(host: str) -> list[str]:
    """`host`, an address, the name of an interface or of a host, as addresses; as it is where it is none of them."""
    try:
        ipaddress.ip_address(host.strip("[]"))
        return [host]
    except ValueError:
        pass
    for adapter in ifaddr.get_adapters():
        if adapter.nice_name == host:
            return [each.ip for each in adapter.ips if isinstance(each.ip, str)]
    try:
        return [str(socket.getaddrinfo(host, None, socket.AF_INET)[0][4][0])]
    except OSError:
        return [host]
