"""Groups of addresses (Kamailio's module permissions): who may call, by a file of lines ``group address [mask [port [tag]]]``."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from txdispatcher.errors import LoadError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: `port` 0 is any, `tag` "" none."""

    group: int
    network: Network
    port: int
    tag: str


class Addresses:
    """The entries of a file, in its order."""

    def __init__(self, entries: list[Entry]) -> None:
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
                entries.append(_entry(words))
            except ValueError as error:
                reason = f"found {' '.join(words)!r}: {error}; allowed: GROUP ADDRESS [MASK [PORT [TAG]]]"
                raise LoadError(file, number, reason) from None
    return Addresses(entries)


def _entry(words: list[str]) -> Entry:
    """Raises ValueError."""
    if not 2 <= len(words) <= 5:
        raise ValueError(f"{len(words)} words")
    group, address, mask, port, tag = (*words, *("", "", "")[: 5 - len(words)]) if len(words) < 5 else tuple(words)
    if not group.isdigit():
        raise ValueError(f"the group {group} is no number")
    if "/" in address and mask:
        address, _, _ = address.partition("/")
    network = ipaddress.ip_network(address.strip("[]") + (f"/{mask}" if mask else ""), strict=False)
    if port and not (port.isdigit() and int(port) <= 65_535):
        raise ValueError(f"the port {port} is no number up to 65535")
    return Entry(int(group), network, int(port or 0), tag)
