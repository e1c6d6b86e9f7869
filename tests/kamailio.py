"""A private Kamailio of Debian's: how its configuration begins, its start and its end."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.peers import free_port, require_peer

#: What every configuration begins with; `ctl` and `dispatcher` are there, and the list is `dispatcher.list` in the folder.
_BEGINNING = """#!KAMAILIO
debug=0
log_stderror=yes
children=1
disable_tcp=yes
auto_aliases=no
dns=no
rev_dns=no
listen=udp:127.0.0.1:{port}
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "ctl.so"
loadmodule "dispatcher.so"
modparam("ctl", "binrpc", "unix:{folder}/ctl")
modparam("dispatcher", "list_file", "{folder}/dispatcher.list")
modparam("dispatcher", "reload_delta", 0)
"""


class KamailioProcess:
    """One with the rest of its configuration, in an existing folder of its own, at 127.0.0.1:`port`. `close()` ends it.

    `script` is a whole configuration instead, whose defined names LISTEN and DISPATCHER_LIST say where it listens and which list
    it reads; `defined` are further names.
    """

    def __init__(
        self,
        folder: Path,
        rest: str = "",
        *,
        megabytes: int = 8,
        script: Path | None = None,
        defined: Mapping[str, str] | None = None,
    ) -> None:
        program = require_peer("kamailio")
        self.port = free_port()
        self._log = folder / "kamailio.log"
        config = script or folder / "kamailio.cfg"
        options = []
        if script is None:
            config.write_text(_BEGINNING.format(port=self.port, folder=folder) + rest)
        else:
            options = ["-A", f"LISTEN=udp:127.0.0.1:{self.port}", "-A", f'DISPATCHER_LIST="{folder}/dispatcher.list"']
            for name, value in (defined or {}).items():
                options += ["-A", f"{name}={value}"]
            options += ["--loadmodule=ctl", f"--modparam=ctl:binrpc:s:unix:{folder}/ctl"]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [program, "-DD", "-E", "-f", config, *options, "-m", "64", "-M", str(megabytes), "-Y", folder, "-w", folder],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    @property
    def log(self) -> str:
        """What it has said."""
        return self._log.read_text()

    def close(self) -> None:
        if not self.ended:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
