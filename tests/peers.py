"""Real peers for tests: found, or the test is skipped with the reason said (failed under REQUIRE_PEERS=1)."""

from __future__ import annotations

import glob
import os
import shutil
import socket

import pytest

#: Where Debian puts servers that an ordinary user's PATH leaves out.
_MORE_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/sbin", *glob.glob("/usr/lib/postgresql/*/bin"))


def require_peer(name: str) -> str:
    """The path of the program `name`; without it the calling test is skipped, or failed where peers are required."""
    path = shutil.which(name) or shutil.which(name, path=os.pathsep.join(_MORE_FOLDERS))
    if path is None:
        missing(f"{name} is not installed")
    return path


def missing(reason: str) -> None:
    """Skip the calling test for want of a peer; fail it where peers are required."""
    if os.environ.get("REQUIRE_PEERS") == "1":
        pytest.fail(f"{reason}, and REQUIRE_PEERS=1")
    pytest.skip(reason)


def free_port(host: str = "127.0.0.1", kind: int = socket.SOCK_DGRAM) -> int:
    """A port that nothing is bound to just now, neither by UDP nor by TCP; `kind` is which of them is asked for one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    other = socket.SOCK_STREAM if kind == socket.SOCK_DGRAM else socket.SOCK_DGRAM
    while True:
        with socket.socket(family, kind) as probe, socket.socket(family, other) as beside:
            probe.bind((host, 0))
            port: int = probe.getsockname()[1]
            try:
                beside.bind((host, port))
            except OSError:
                continue
            return port
