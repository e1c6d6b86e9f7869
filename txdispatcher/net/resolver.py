"""Who is asked about DNS: the servers of the settings, or those that resolv.conf(5) names now."""

from __future__ import annotations

import os
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

from twisted.internet.defer import Deferred
from twisted.names import client, dns

#: Where a system without a resolv.conf has its resolver (resolv.conf(5)).
LOCAL = ("127.0.0.1", dns.PORT)


class Resolver:
    """Asks `servers` (host, port) in turn; without any those of the file at `path`, which is read anew when it has changed.

    `twisted.names` could read that file too, by a timer that nothing stops.
    """

    def __init__(self, reactor: Any, servers: Sequence[tuple[str, int]] = (), path: str = "/etc/resolv.conf") -> None:
        self._reactor = reactor
        self._path = "" if servers else path
        self._read_at: tuple[int, int] | None = None
        self._asked = self._asking(list(servers) or [LOCAL])

    def query(self, query: dns.Query, timeout: Sequence[int]) -> Deferred[Any]:
        """Fires with (answers, authority, additional), or fails with an error of `twisted.names.error`, or a timeout."""
        if self._path:
            self._read()
        answer: Deferred[Any] = self._asked.query(query, timeout)
        return answer

    def _read(self) -> None:
        try:
            status = os.stat(self._path)
            if (status.st_mtime_ns, status.st_size) == self._read_at:
                return
            with open(self._path, encoding="utf-8", errors="replace") as file:
                servers = name_servers(file.read())
        except OSError:
            return  # What was read last holds.
        self._read_at = (status.st_mtime_ns, status.st_size)
        self._asked = self._asking(servers or [LOCAL])

    def _asking(self, servers: list[tuple[str, int]]) -> Any:
        return client.Resolver(servers=servers, reactor=self._reactor)  # type: ignore[no-untyped-call]


def name_servers(text: str) -> list[tuple[str, int]]:
    """The servers that the text of a resolv.conf names. A line that names none that can be asked is skipped."""
    found = []
    for line in text.splitlines():
        words = line.split()
        if len(words) > 1 and words[0] == "nameserver":
            try:
                found.append((str(ip_address(words[1])), dns.PORT))
            except ValueError:
                continue
    return found
