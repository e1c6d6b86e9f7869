"""Readers of single values: each takes a TOML value and returns the setting, or raises Refused with the reason."""

from __future__ import annotations

import dataclasses
import ipaddress
import json
import os
import re
from collections.abc import Callable
from typing import TypeVar

from twisted.internet.endpoints import serverFromString

from txdispatcher.config.address import Address
from txdispatcher.config.settings import ALGORITHMS, Failover, Network
from txdispatcher.sip.uri import canonical_host

_T = TypeVar("_T")
Reader = Callable[[object], _T]
#: 24 days, what fits 31 bits: a longer time is a slip of the unit.
LONGEST = 2**31 - 1
#: RFC 3261 25.1: token.
_TOKEN = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+")
#: The port of a Twisted endpoint string: its first word without a name, or the one named so.
_ENDPOINT_PORT = re.compile(r"(?:tcp6?|ssl):(?:[a-zA-Z]+=(?:[^:\\]|\\.)*:)*?(?:port=)?(-?[0-9]{1,9})(?::|$)")
#: What stands behind an address in sip.listen: what is advertised instead of it, and its name.
_LISTEN = re.compile(
    r"(\S+)(?:\s+advertise\s+(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(?::(\d{1,5}))?)?(?:\s+name\s+(\"?)([A-Za-z0-9_.-]+)\4)?"
)
#: The transports that can be listened on, each with the port that holds where none is named.
TRANSPORTS = {"udp": 5060, "tcp": 5060, "tls": 5061, "ws": 80, "wss": 443}
_METHODS = frozenset(
    ["INVITE", "BYE", "OPTIONS", "REGISTER", "MESSAGE", "SUBSCRIBE", "NOTIFY", "PUBLISH", "REFER", "INFO", "UPDATE", "PRACK"]
)
#: The algorithms that may give a retransmission another destination than they gave the request.
CHANGING = {
    4: "round-robin",
    5: "hash-auth",
    6: "random",
    9: "weight",
    10: "call-load",
    11: "relative-weight",
    12: "parallel",
    13: "latency",
    14: "round-robin-or-serial",
    15: "srv",
    64: "overload",
}


class RefusedError(Exception):
    """The reason why a value is not taken."""


def refused(value: object, allowed: str) -> RefusedError:
    """The error of a value that is not allowed: what was found, as the file would spell it, and what is allowed."""
    found = json.dumps(value, default=str, ensure_ascii=False)
    return RefusedError(f"found {found if len(found) <= 80 else found[:77] + '...'}; allowed: {allowed}")


def integer(low: int, high: int, allowed: str = "") -> Reader[int]:
    def read(value: object) -> int:
        if type(value) is not int or not low <= value <= high:
            raise refused(value, allowed or f"a whole number from {low} to {high}")
        return value

    return read


milliseconds = integer(1, LONGEST, "a number of milliseconds, 1 or more")


def boolean(value: object) -> bool:
    if type(value) is not bool:
        raise refused(value, "true or false")
    return value


def switch(value: object) -> bool:
    # Kamailio's modparam writes 0 and 1 where TOML has false and true.
    if type(value) not in (bool, int) or value not in (0, 1):
        raise refused(value, "true or false (or 1 or 0)")
    return bool(value)


def choice(*words: str) -> Reader[str]:
    def read(value: object) -> str:
        if not isinstance(value, str) or value not in words:
            raise refused(value, " or ".join(f'"{word}"' for word in words))
        return value

    return read


def text(value: object) -> str:
    """A line for a header or a reason phrase: no control characters, which could end the header."""
    if not isinstance(value, str) or any(ord(char) < 32 or ord(char) == 127 for char in value):
        raise refused(value, "text on one line")
    return value


def matching(pattern: re.Pattern[str], allowed: str) -> Reader[str]:
    def read(value: object) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise refused(value, allowed)
        return value

    return read


prefix = matching(re.compile(r"[^\s@<>\"]+"), "the first characters of a user part")


def token(value: object) -> str:
    """A method's name."""
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        raise refused(value, 'a method, such as "INVITE"')
    if value not in _METHODS and value.upper() in _METHODS:
        raise refused(value, f'"{value.upper()}" (methods are case-sensitive)')
    return value


def method(value: object) -> str:
    """The method of a rule."""
    if token(value).upper() in ("ACK", "CANCEL"):
        raise refused(value, "methods of initial requests (ACK and CANCEL follow their INVITE and meet no rule)")
    return str(value)


def domain(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\]", value):
        raise refused(value, 'a host without a port: "example.com", "192.0.2.1" or "[2001:db8::1]"')
    # As `sip.uri` compares it: an IPv6 address in its one form.
    return canonical_host(value.encode("ascii")).strip(b"[]").decode("ascii")


def optional(read: Reader[str]) -> Reader[str]:
    """The same, or empty text for "not set"."""
    return lambda value: "" if value == "" else read(value)


def file(base: str) -> Reader[str]:
    def read(value: object) -> str:
        if not isinstance(value, str) or not value or "\0" in value:
            raise refused(value, "the path of a file")
        return os.path.join(base, value)

    return read


def origin(value: object) -> str:
    """Where a page comes from, as a browser says it (RFC 6454 6.2): no path, and no port where it is the scheme's own."""
    allowed = '"https://HOST" or "https://HOST:PORT", http for https where pages come so, or "*" for every page'
    if not isinstance(value, str) or not re.fullmatch(r"\*|https?://(?:[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?", value):
        raise refused(value, allowed)
    found = value.lower()
    scheme, colon, port = found.rpartition(":")
    return scheme if colon and (scheme.partition(":")[0], port) in (("https", "443"), ("http", "80")) else found


def list_of(read: Reader[_T], least: int = 0) -> Reader[tuple[_T, ...]]:
    """A list, or one value that needs no list around it."""

    def read_all(value: object) -> tuple[_T, ...]:
        items = value if isinstance(value, list) else [value]
        if len(items) < least:
            raise refused(value, "a list of at least one")
        return tuple(read(item) for item in items)

    return read_all


def network(value: object) -> Network:
    allowed = 'a network or an address: "10.0.0.0/8", "192.0.2.7", "2001:db8::/32"'
    if not isinstance(value, str):
        raise refused(value, allowed)
    try:
        return ipaddress.ip_network(value)
    except ValueError:
        try:
            whole = ipaddress.ip_network(value, strict=False)
        except ValueError:
            raise refused(value, allowed) from None
        raise refused(value, f'"{whole}" for the network, "{value.partition("/")[0]}" for the address') from None


def source(value: object) -> Network | int:
    """Where a request of a rule comes from: a network, or the number of a set."""
    if isinstance(value, str) and (found := re.fullmatch(r"set:(\d{1,9})", value)):
        return int(found[1])
    try:
        return network(value)
    except RefusedError as error:
        raise RefusedError(f'{error}; or "set:N" for the destinations of set N') from None


def address(value: object, allowed: str, *, transport: bool = False) -> Address:
    """HOST:PORT, after one of TRANSPORTS and a colon where that is asked for; the host is a literal address."""
    head = f"({'|'.join(TRANSPORTS)}):" if transport else "()"
    found = re.fullmatch(head + r"(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+))(?::(\d{1,5}))?", value) if isinstance(value, str) else None
    if not found:
        raise refused(value, allowed)
    by = found[1] or "udp"
    port = int(found[4] or TRANSPORTS[by])
    if not 1 <= port <= 65535:
        raise refused(value, allowed)
    try:
        host = ipaddress.IPv6Address(found[2]) if found[2] else ipaddress.IPv4Address(found[3])
    except ValueError:
        raise refused(value, allowed) from None
    return Address(str(host), port, by)


def listen(value: object) -> Address:
    """A socket, as Kamailio spells it: ``udp:10.0.0.1:5060 advertise 192.0.2.1:5060 name "sock1"``."""
    allowed = (
        '"udp:ADDRESS:PORT", or tcp, tls, ws or wss instead of udp, an IPv6 address in brackets ("udp:127.0.0.1:5060", '
        '"tls:[::1]:5061 name sock1", "tcp:10.0.0.1:5060 advertise 192.0.2.1:5060")'
    )
    found = _LISTEN.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise refused(value, allowed)
    try:
        bound = address(found[1], allowed, transport=True)
    except RefusedError:
        raise refused(value, allowed) from None
    advertise = None
    if found[2]:
        port = int(found[3] or bound.port)
        if not 1 <= port <= 65535:
            raise refused(value, allowed)
        advertise = domain(found[2]), port
    return dataclasses.replace(bound, name=found[5] or "", advertise=advertise)


def socket(value: object) -> Address | None:
    """One of the sockets that are listened on; empty for none."""
    if value == "":
        return None
    allowed = '"udp:ADDRESS:PORT" as in sip.listen, or "" for none'
    return address(value, allowed, transport=True)


def tls_socket(value: object) -> Address:
    """One of the sockets that are listened on by TLS."""
    allowed = '"tls:ADDRESS:PORT" as in sip.listen, or "wss:ADDRESS:PORT"'
    found = address(value, allowed, transport=True)
    if found.transport not in ("tls", "wss"):
        raise refused(value, allowed)
    return found


def resolver(value: object) -> Address:
    """A DNS server; port 53 where none is named."""
    found = address(value, '"ADDRESS" or "ADDRESS:PORT" of a DNS server ("192.0.2.53", "[2001:db8::53]:5353")')
    named = isinstance(value, str) and re.search(r"[0-9\]]:\d+$", value) and (value.startswith("[") or "." in value)
    return found if named else dataclasses.replace(found, port=53)


def gateway(value: object) -> Address:
    # They answer whatever they are sent, so nobody outside may reach them.
    allowed = '"ADDRESS:PORT" on loopback ("127.0.0.1:5080", "[::1]:5080")'
    found = address(value, allowed)
    if not ipaddress.ip_address(found.host).is_loopback:
        raise refused(value, allowed)
    return found


def endpoint(value: object) -> str:
    allowed = 'a Twisted endpoint string, such as "tcp:8060:interface=127.0.0.1"'
    if not isinstance(value, str) or ":" not in value:
        raise refused(value, allowed)
    try:
        # Only the text is judged: an endpoint does nothing with its reactor until it listens.
        serverFromString(None, value)  # type: ignore[no-untyped-call]
    except Exception as error:  # a parser of endpoints may be a plugin, which raises what it likes
        raise RefusedError(f"{refused(value, allowed)} ({error or type(error).__name__})") from None
    if (port := _ENDPOINT_PORT.match(value)) and not 1 <= int(port[1]) <= 65535:
        raise refused(value, f"{allowed}, with a port from 1 to 65535")
    return value


def is_local(endpoint: str) -> bool:
    """Whether only this machine can reach it: a unix socket, or an interface of loopback."""
    kind, *words = re.split(r"(?<!\\):", endpoint)
    if kind == "unix":
        return True
    named = dict(word.split("=", 1) for word in words if "=" in word)
    positional = [word for word in words if "=" not in word]
    host = named.get("interface", positional[1] if kind in ("tcp", "tcp6") and len(positional) > 1 else "")
    try:
        return ipaddress.ip_address(host.replace("\\", "")).is_loopback
    except ValueError:
        return False


def unknown_method(value: object) -> int:
    if type(value) is not int or value not in (500, 404, -32601):
        raise refused(value, "500 (Kamailio's), 404 or -32601 (that of JSON-RPC)")
    return value


def algorithm(value: object) -> int:
    names = ", ".join(f'"{name}"' for name in ALGORITHMS)
    if isinstance(value, str) and value in ALGORITHMS:
        return ALGORITHMS[value]
    if type(value) is not int or not 0 <= value <= LONGEST:
        raise refused(value, f"a number of Kamailio's or one of {names}")
    return value


def failover(value: object) -> Failover:
    allowed = 'a list of "timeout" and status codes from 300 to 699'
    if not isinstance(value, list):
        raise refused(value, allowed)
    for item in value:
        if item != "timeout" and (type(item) is not int or not 300 <= item <= 699):
            raise refused(item, allowed)
    return Failover("timeout" in value, frozenset(item for item in value if type(item) is int))


set_number = integer(0, LONGEST, "the number of a set, 0 or more")
