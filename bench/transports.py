"""Calls by TCP and TLS: the addresses that all are at, and the tunnels that Debian's SIPp, which is built without TLS, needs."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TRANSPORTS = ("udp", "tcp", "tls")
HOST = "127.0.0.1"
#: Where a server listens, by its transport.
SERVER_PORTS = {"udp": 5060, "tcp": 5060, "tls": 5061}
#: Where SIPp, which speaks TCP, finds a tunnel to a server's TLS.
CALLER_TUNNEL = 6061
_PATIENCE = 20.0


def gateway_place(port: int, transport: str) -> str:
    """HOST:PORT;parameters of the gateway that SIPp is on `port`: by TLS, its tunnel is on the next port."""
    return f"{HOST}:{port + 1 if transport == 'tls' else port}" + (f";transport={transport}" if transport != "udp" else "")


def make_certificate(folder: Path) -> Path:
    """A file with a certificate, its own authority, and its key: who calls whom is not verified, as that costs but once."""
    file = folder / "certificate.pem"
    if not file.exists():
        made = f"req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={HOST}".split()
        command = [_program("openssl"), *made, "-keyout", str(folder / "key.pem"), "-out", str(folder / "own.pem")]
        subprocess.run(command, check=True, capture_output=True)
        file.write_text((folder / "own.pem").read_text() + (folder / "key.pem").read_text())
    return file


@contextmanager
def tunnels(folder: Path, gateways: tuple[int, ...], prefix: tuple[str, ...] = ()) -> Iterator[None]:
    """From SIPp as the caller to a server's TLS, and from TLS to SIPp as each of the gateways, as long as the block runs."""
    certificate = make_certificate(folder)
    parts = [f"[caller]\nclient = yes\naccept = {HOST}:{CALLER_TUNNEL}\nconnect = {HOST}:{SERVER_PORTS['tls']}\n"]
    parts += [
        f"[gateway{port}]\naccept = {HOST}:{port + 1}\nconnect = {HOST}:{port}\ncert = {certificate}\n" for port in gateways
    ]
    config = folder / "stunnel.conf"
    # Nagle's waiting would be measured as ours.
    common = "foreground = yes\npid =\nsyslog = no\ndebug = err\nsocket = l:TCP_NODELAY=1\nsocket = r:TCP_NODELAY=1\n"
    config.write_text(common + "".join(parts))
    with (folder / "stunnel.log").open("wb") as log:
        process = subprocess.Popen([*prefix, _program("stunnel4"), str(config)], stdout=log, stderr=log)
    try:
        for port in (CALLER_TUNNEL, *(port + 1 for port in gateways)):
            _wait_for(port, process, folder / "stunnel.log")
        yield
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    give_up = time.monotonic() + _PATIENCE
    # The table of sockets, as a connection would be passed on.
    while f":{port:04X} 00000000:0000 0A" not in Path("/proc/net/tcp").read_text():
        if process.poll() is not None or time.monotonic() > give_up:
            raise SystemExit(f"stunnel4 does not listen on {HOST}:{port}:\n{log.read_text()}")
        time.sleep(0.02)


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise SystemExit(f"{name} is not installed (Debian: apt-get install {name})")
    return found
