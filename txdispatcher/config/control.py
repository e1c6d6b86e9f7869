"""Readers of the addresses of [control], in the form of Kamailio's modules ctl and jsonrpcs.

Whoever can send to them can do everything, and they ask for no password: a unix socket has its permissions for that, and other
addresses are those of loopback alone.
"""

from __future__ import annotations

import ipaddress
import os
import re

from txdispatcher.config.address import ControlAddress
from txdispatcher.config.values import Reader, refused

#: sun_path of Linux, less the NUL at its end.
_LONGEST_PATH = 107
_PROTOCOL = re.compile(r"(unixs|unixd|unix|tcp|udp):")
_HOST_PORT = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^:\[\]/]*)):(\d{1,5})")


def binrpc(base: str) -> Reader[ControlAddress]:
    """``unix:PATH`` (or unixs), ``unixd:PATH``, ``tcp:HOST:PORT``, ``udp:HOST:PORT``; bare, a path is unix and HOST:PORT udp."""
    allowed = '"unix:PATH", "unixd:PATH", "tcp:ADDRESS:PORT" or "udp:ADDRESS:PORT", the address one of loopback'

    def read(value: object) -> ControlAddress:
        protocol, rest = _parts(value, allowed)
        if protocol in ("tcp", "udp"):
            return _host_port(value, protocol, rest, allowed)
        return _path(value, "unix_dgram" if protocol == "unixd" else "unix_stream", base, rest, allowed)

    return read


def datagram(base: str) -> Reader[ControlAddress]:
    """``unix:PATH`` and ``udp:HOST:PORT``; bare, a path is unix and HOST:PORT udp."""
    allowed = '"unix:PATH" or "udp:ADDRESS:PORT", the address one of loopback'

    def read(value: object) -> ControlAddress:
        protocol, rest = _parts(value, allowed)
        if protocol in ("tcp", "unixs"):
            raise refused(value, allowed)
        return (
            _host_port(value, protocol, rest, allowed) if protocol == "udp" else _path(value, "unix_dgram", base, rest, allowed)
        )

    return read


def _parts(value: object, allowed: str) -> tuple[str, str]:
    """The protocol, written or meant, and the rest."""
    if not isinstance(value, str) or not value or "\0" in value:
        raise refused(value, allowed)
    if found := _PROTOCOL.match(value):
        return found[1], value[found.end() :]
    # As ctl does: what looks like a path is one.
    return ("unix", value) if "/" in value else ("udp", value)


def _host_port(value: object, transport: str, text: str, allowed: str) -> ControlAddress:
    found = _HOST_PORT.fullmatch(text)
    if found is None or not 1 <= int(found[3]) <= 65535:
        raise refused(value, allowed)
    host = "127.0.0.1" if found[2] == "localhost" else found[1] or found[2]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        raise refused(value, allowed) from None
    if not address.is_loopback:
        raise refused(value, allowed + " (it asks for no password)")
    return ControlAddress(transport, str(address), int(found[3]))


def _path(value: object, transport: str, base: str, text: str, allowed: str) -> ControlAddress:
    path = os.path.join(base, text)
    if not text or len(os.fsencode(path)) > _LONGEST_PATH:
        raise refused(value, f"{allowed}; a path has {_LONGEST_PATH} bytes at most")
    return ControlAddress(transport, path=path)
