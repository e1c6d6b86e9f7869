"""The system's table of hosts (hosts(5)): names that no resolver is asked for."""

from __future__ import annotations

import os
from ipaddress import ip_address


class Hosts:
    """What the file at `path` says now: it is read anew when it has changed. One that cannot be read says nothing."""

    def __init__(self, path: str = "/etc/hosts") -> None:
        self._path = path
        self._read_at: tuple[int, int] | None = None
        self._known: dict[str, list[str]] = {}

    def find(self, name: str) -> list[str]:
        """The addresses of `name`, in the file's order."""
        try:
            status = os.stat(self._path)
            if (status.st_mtime_ns, status.st_size) != self._read_at:
                with open(self._path, encoding="utf-8", errors="replace") as file:
                    self._known = _read(file.read())
                self._read_at = (status.st_mtime_ns, status.st_size)
        except OSError:
            self._known = {}
            self._read_at = None
        return self._known.get(name.lower().rstrip("."), [])


def _read(text: str) -> dict[str, list[str]]:
    known: dict[str, list[str]] = {}
    for line in text.splitlines():
        address, *names = line.partition("#")[0].split() or [""]
        try:
            host = str(ip_address(address))
        except ValueError:
            continue
        for name in names:
            found = known.setdefault(name.lower(), [])
            if host not in found:
                found.append(host)
    return known
