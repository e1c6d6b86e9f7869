"""A server that has nothing but its control port: ``python -m tests.control.server LIST`` prints the port and serves."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]


class ControlServer:
    """Such a server as a process of its own. `close()` ends it."""

    def __init__(self, list_file: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.control.server", str(list_file)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        port = self._process.stdout.readline().strip()
        assert port, "the server did not start"
        self.address = f"http://127.0.0.1:{port}/RPC"

    def close(self) -> None:
        self._process.terminate()
        self._process.communicate(timeout=10)


def serve(list_file: str) -> None:
    """Serve the sets of `list_file` on a free port of loopback, until killed."""
    from twisted.internet import reactor
    from twisted.internet.endpoints import TCP4ServerEndpoint
    from twisted.internet.interfaces import IListeningPort

    from txdispatcher.balancing.probing import Probing
    from txdispatcher.balancing.sets import Sets
    from txdispatcher.control.counting import Counting
    from txdispatcher.control.ctl import Register
    from txdispatcher.control.jsonrpc import make_site
    from txdispatcher.control.methods import build_methods
    from txdispatcher.proxy.actions import Counters
    from txdispatcher.stores.list_file import ListFile
    from txdispatcher.stores.loading import Loader

    sets = Sets(reload_state="list")
    loader = Loader(ListFile(list_file), sets, reactor)
    loader.begin()

    def listening(port: IListeningPort) -> None:
        print(port.getHost().port, flush=True)  # noqa: T201  # Its reader is waiting for it.

    register = Register()
    methods = build_methods(
        sets,
        Probing(),
        loader,
        started=time.time(),
        version="txdispatcher test",
        register=register,
        counting=Counting(),
        counters=Counters(),
        transactions=lambda: 0,
        reload_certificates=lambda: None,
        reload_script=lambda: "",
        shared={},
    )
    TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(make_site(methods, register, reactor)).addCallback(listening)
    reactor.run()  # type: ignore[attr-defined]


if __name__ == "__main__":
    serve(sys.argv[1])
