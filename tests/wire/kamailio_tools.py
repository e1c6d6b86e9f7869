"""A private Kamailio that listens to kamcmd, kamctl and kamcli; and these tools, asking it or a server of ours."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from tests.kamailio import KamailioProcess
from tests.peers import require_peer

_CONFIG = """\
loadmodule "jsonrpcs.so"
modparam("ctl", "binrpc_max_body_size", 512)
modparam("ctl", "binrpc_struct_max_body_size", 512)
modparam("jsonrpcs", "transport", 6)
modparam("jsonrpcs", "fifo_name", "{folder}/rpc.fifo")
modparam("jsonrpcs", "dgram_socket", "{folder}/rpc.sock")
request_route {{ exit; }}
"""

#: Seconds: on a busy machine, a tool may take many to start.
PATIENCE = 60.0


class Tools:
    """The tools of Debian's packages, for the server whose socket, FIFO and datagram socket are in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def kamcmd(self, *words: str, address: str = "") -> str:
        """What kamcmd prints."""
        return self._run([require_peer("kamcmd"), "-s", address or f"unix:{self.folder}/ctl", *words])

    def kamctl(self, *words: str) -> str:
        """What kamctl prints, by the FIFO; the request's id, which is a process's, as ID."""
        (self.folder / ".kamctlrc").write_text(
            f'CTLENGINE="RPCFIFO"\nRPCFIFOPATH="{self.folder}/rpc.fifo"\nDBENGINE=SQLITE\nDB_PATH="{self.folder}/kamailio.db"\n'
        )
        return _without_id(self._run([require_peer("kamctl"), *words]))

    def kamcli(self, *words: str) -> str:
        """What kamcli prints, by the datagram socket; the request's id, which is drawn by lot, as ID."""
        config = self.folder / "kamcli.ini"
        database = f"sqlite:///{self.folder}/kamailio.db"
        config.write_text(
            f"[main]\n[db]\ntype=sqlite\nrwurl={database}\nrourl={database}\n[jsonrpc]\ntransport=socket\noutformat=json\n"
            f"srvaddr={self.folder}/rpc.sock\nrcvaddr={self.folder}/reply\n"
        )
        return _without_id(self._run([require_peer("kamcli"), "--no-default-configs", "-c", str(config), *words]))

    def _run(self, command: list[str]) -> str:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self.folder,
            env={**os.environ, "HOME": str(self.folder)},
            timeout=PATIENCE,
            check=False,
        )
        return done.stdout.decode("utf-8", "surrogateescape")


class Kamailio(Tools):
    """A real one with the given list; `close` ends it.

    With `script` (see KamailioProcess) kamcmd alone can ask it; without, all of the tools can, and nothing is passed on.
    """

    def __init__(
        self, folder: Path, destinations: list[str], script: Path | None = None, defined: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(folder)
        folder.mkdir()
        self.write_list(destinations)
        self._process = KamailioProcess(folder, _CONFIG.format(folder=folder), megabytes=16, script=script, defined=defined)
        give_up = time.monotonic() + PATIENCE
        # ctl's process is forked before those of jsonrpcs, whose socket is the last.
        while "kamailio" not in self.kamcmd("core.version") or not (script or (folder / "rpc.sock").exists()):
            if self._process.ended or time.monotonic() > give_up:
                self.close()
                raise AssertionError(self._process.log)
            time.sleep(0.05)

    @property
    def log(self) -> str:
        return self._process.log

    @property
    def port(self) -> int:
        return self._process.port

    def write_list(self, destinations: list[str]) -> None:
        (self.folder / "dispatcher.list").write_text("".join(f"{line}\n" for line in destinations))

    def close(self) -> None:
        self._process.close()


def _without_id(text: str) -> str:
    return re.sub(r'"id":\s*\d+', '"id": ID', text)
