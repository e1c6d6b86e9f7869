"""baresip as a phone on TLS, told what to do by its control socket, and telling what happens to its calls."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

from tests.peers import free_port, require_peer

_PATIENCE = 20.0
_CONFIG = """sip_listen 127.0.0.1:{port}
sip_certificate {certificate}
sip_cafile {ca}
net_interface 127.0.0.1
module_path /usr/lib/baresip/modules
module g711.so
module aubridge.so
module_app account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control}
audio_source aubridge,nothing
audio_player aubridge,nothing
audio_alert aubridge,nothing
rtp_ports {rtp}-{rtp_end}
"""


class Baresip:
    """One of them, with its files in `folder`. Use it in a `with`.

    Its certificate is in `certificate`; it believes who has one of `ca`. `proxy` is the URI that it places its calls by.
    `place` is where it takes calls by TLS: HOST:PORT.
    """

    def __init__(self, folder: Path, certificate: Path, ca: Path, proxy: str = "") -> None:
        program = require_peer("baresip")
        folder.mkdir()
        port = _two_free_ports()
        rtp = port + 10 & ~1
        control = free_port(kind=socket.SOCK_STREAM)
        self.place = f"127.0.0.1:{port + 1}"
        config = _CONFIG.format(port=port, certificate=certificate, ca=ca, control=control, rtp=rtp, rtp_end=rtp + 40)
        (folder / "config").write_text(config)
        outbound = f';outbound="{proxy}"' if proxy else ""
        (folder / "accounts").write_text(f"<sip:phone@127.0.0.1;transport=tls>;regint=0{outbound}\n")
        (folder / "contacts").write_text("")
        self._log = folder / "baresip.log"
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [program, "-4", "-f", str(folder)], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder
            )
        self._data = b""
        self._events: list[dict[str, Any]] = []
        give_up = time.monotonic() + _PATIENCE
        while True:
            try:
                self._control = socket.create_connection(("127.0.0.1", control), 1)
                break
            except OSError:
                assert self._process.poll() is None, self.log
                assert time.monotonic() < give_up, self.log
                time.sleep(0.05)

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def tell(self, command: str, params: str = "") -> None:
        """Have it do something, such as "dial"."""
        text = json.dumps({"command": command, "params": params})
        self._control.sendall(f"{len(text)}:{text},".encode())

    def expect(self, kind: str) -> dict[str, Any]:
        """The next event of that type, such as "CALL_ESTABLISHED"; others before it are passed over."""
        give_up = time.monotonic() + _PATIENCE
        while True:
            while self._events:
                event = self._events.pop(0)
                if event.get("type") == kind:
                    return event
            self._control.settimeout(max(give_up - time.monotonic(), 0.01))
            try:
                came = self._control.recv(65_536)
            except TimeoutError:
                raise AssertionError(f"no {kind}: {self.log}") from None
            assert came, self.log
            self._data += came
            self._read()

    def _read(self) -> None:
        while (colon := self._data.find(b":")) > 0:
            end = colon + 1 + int(self._data[:colon])
            if len(self._data) <= end:
                return
            self._events.append(json.loads(self._data[colon + 1 : end]))
            self._data = self._data[end + 1 :]

    def __enter__(self) -> Baresip:
        return self

    def __exit__(self, *_: object) -> None:
        self._control.close()
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _two_free_ports() -> int:
    """A port that is free, as is the next one, where baresip listens for TLS."""
    while True:
        port = free_port(kind=socket.SOCK_STREAM)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
