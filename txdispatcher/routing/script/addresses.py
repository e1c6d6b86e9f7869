"""Groups of addresses (Kamailio's module permissions): who may call, by a file of lines ``group address [mask [port [tag]]]``."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from txdispatcher.errors import FormatError, LoadError
from txdispatcher.routing.regexes import Regex, regex

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: `port` 0 is any, `tag` "" none."""

    group: int
    network: Network
    port: int
    tag: str


class Addresses:
    """The `entries` of a file or a table, in its order."""

    def __init__(self, entries: list[Entry]) -> None:
        self.entries = tuple(entries)
        self._single: dict[tuple[int, str], list[Entry]] = {}
        self._networks: list[Entry] = []
        for each in entries:
            if each.network.num_addresses == 1:
                self._single.setdefault((each.group, str(each.network.network_address)), []).append(each)
            else:
                self._networks.append(each)
        self._groups = sorted({each.group for each in entries})

    def find(self, group: int, address: str, port: int) -> Entry | None:
        """The entry of the group that has the address and the port; None for what is no address too."""
        try:
            parsed = ipaddress.ip_address(address.strip("[]").partition("%")[0])
        except ValueError:
            return None
        for each in self._single.get((group, str(parsed)), ()):
            if each.port in (0, port):
                return each
        for each in self._networks:
            if each.group == group and each.port in (0, port) and parsed in each.network:
                return each
        return None

    def group_of(self, address: str, port: int) -> Entry | None:
        """The entry of whatever group has them, the one with the lowest number first."""
        return next((found for group in self._groups if (found := self.find(group, address, port)) is not None), None)


@dataclass(frozen=True, slots=True)
class Trusted:
    """Who may call by allow_trusted(): `source` and `proto` None for any, the patterns of From and of the Request-URI too."""

    source: str | None
    proto: str | None
    caller: Regex | None
    ruri: Regex | None
    tag: str
    priority: int

    def matches(self, source: str, proto: str, caller: bytes, ruri: bytes) -> bool:
        """Whether a request is meant that comes from there, by that transport, with these URIs."""
        return (
            self.source in (None, source)
            and self.proto in (None, proto)
            and (self.caller is None or self.caller.search(caller) is not None)
            and (self.ruri is None or self.ruri.search(ruri) is not None)
        )


#: What the column of a transport may say.
_PROTOS = ("any", "udp", "tcp", "tls", "ws", "wss", "none")


def make_trusted(source: str, proto: str, caller: str, ruri: str, tag: str, priority: int) -> Trusted:
    """The row of a table `trusted`; empty patterns are none. Raises ValueError."""
    if not source:
        raise ValueError("there is no source")
    if proto.lower() not in _PROTOS:
        raise ValueError(f"the transport {proto}; allowed: {', '.join(_PROTOS)}")
    try:
        patterns = [regex(each.encode()) if each else None for each in (caller, ruri)]
    except FormatError as error:
        raise ValueError(error.reason) from None
    found = None if source.lower() == "any" else str(ipaddress.ip_address(source.strip("[]")))
    return Trusted(found, None if proto.lower() == "any" else proto.lower(), patterns[0], patterns[1], tag, priority)


def read_addresses(file: str) -> Addresses:
    """The file's entries. Raises LoadError, which names the line."""
    try:
        with open(file, encoding="utf-8") as opened:
            lines = opened.read().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise LoadError(file, 0, f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    entries = []
    for number, line in enumerate(lines, 1):
        words = line.partition("#")[0].split()
        if words:
            try:
                if not 2 <= len(words) <= 5:
                    raise ValueError(f"{len(words)} words")
                entries.append(make_entry(*words))
            except ValueError as error:
                reason = f"found {' '.join(words)!r}: {error}; allowed: GROUP ADDRESS [MASK [PORT [TAG]]]"
                raise LoadError(file, number, reason) from None
    return Addresses(entries)


def make_entry(group: str, address: str, mask: str = "", port: str = "", tag: str = "") -> Entry:
    """The entry of a line's words, or of a row's columns. Raises ValueError."""
    if not group.isdigit():
        raise ValueError(f"the group {group} is no number")
    if not address:
        raise ValueError("there is no address")
    if "/" in address and mask:
        address, _, _ = address.partition("/")
    network = ipaddress.ip_network(address.strip("[]") + (f"/{mask}" if mask else ""), strict=False)
    if port and not (port.isdigit() and int(port) <= 65_535):
        raise ValueError(f"the port {port} is no number up to 65535")
    return Entry(int(group), network, int(port or 0), tag)
