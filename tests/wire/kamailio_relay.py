"""A private Kamailio that relays: a proxy with Record-Route in front of us, or behind."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from tests.peers import free_port, require_peer
from txdispatcher.net.test_caller import Caller, CallError

_PATIENCE = 20.0
_CONFIG = """#!KAMAILIO
debug=0
log_stderror=yes
children=1
auto_aliases=no
dns=no
rev_dns=no
{listen}
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "siputils.so"
loadmodule "textops.so"
{tls}
request_route {{
    if (is_method("OPTIONS")) {{ sl_send_reply("200", "OK"); exit; }}
    if (is_method("CANCEL")) {{ if (t_check_trans()) t_relay(); exit; }}
    if (has_totag()) {{
        if (loose_route()) {{ t_relay(); exit; }}
        if (is_method("ACK")) {{ if (t_check_trans()) t_relay(); exit; }}
        sl_send_reply("404", "Not here");
        exit;
    }}
    record_route();
    $du = "{target}";
    t_relay();
}}
"""


class KamailioRelay:
    """It sends what is new to the URI `target`. `ports` says where it listens, by transport: UDP, and `transport`.

    `certificate` is the file that it shows by TLS. Use it in a `with`.
    """

    def __init__(self, folder: Path, target: str, transport: str = "udp", certificate: Path | None = None) -> None:
        program = require_peer("kamailio")
        folder.mkdir()
        self.address = ("127.0.0.1", free_port())
        self.ports = {each: free_port() for each in (transport,)}
        self.ports["udp"] = self.address[1]
        config = folder / "kamailio.cfg"
        tls = ""
        if certificate is not None:
            values = {"certificate": certificate, "private_key": certificate, "tls_method": "TLSv1.2+"}
            tls = 'loadmodule "tls.so"\n' + "".join(f'modparam("tls", "{name}", "{value}")\n' for name, value in values.items())
        listen = "".join(f"listen={each}:127.0.0.1:{port}\n" for each, port in self.ports.items())
        enabled = "enable_tls=yes\n" if tls else ""
        config.write_text(_CONFIG.format(listen=f"tcp_children=1\n{enabled}{listen}", tls=tls, target=target))
        self._log = folder / "kamailio.log"
        with self._log.open("wb") as log:
            command = [program, "-DD", "-E", "-f", str(config), "-m", "64", "-M", "16", "-Y", str(folder), "-w", str(folder)]
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            self._wait()
        except BaseException:
            self.close()
            raise

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _wait(self) -> None:
        give_up = time.monotonic() + _PATIENCE
        with Caller(self.address) as caller:
            while True:
                try:
                    caller.ping(0.2)
                    return
                except CallError:
                    assert self._process.poll() is None, self.log
                    assert time.monotonic() < give_up, self.log

    def __enter__(self) -> KamailioRelay:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
