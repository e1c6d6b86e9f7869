"""The real server as a process of its own, on free loopback ports, with a configuration and a list of the test's."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tests.peers import free_port
from txdispatcher.net.test_caller import Caller, CallError

ROOT = Path(__file__).parent.parent.parent
#: Seconds within which the server has started, answered or stopped, or never will.
PATIENCE = 20.0

_TWISTD = [sys.executable, "-c", "from twisted.scripts.twistd import run; run()", "-n", "--pidfile="]


def settings(*, mode: str = "stateful", route: str = "algorithm = 8", access: str = "", dispatcher: str = "") -> str:
    """A configuration: lines of sections as given, failover on silence, 500 and 503 where there are transactions.

    Its timers are long: on a slow machine too, nothing is sent again or given up while a test looks at it.
    """
    failover = '["timeout", 500, 503]' if mode == "stateful" else "[]"
    return f"""
[sip]
listen = [LISTEN]
mode = "{mode}"
[tm]
fr_timer = 60000
timer_t1 = 20000
timer_t2 = 20000
[dispatcher]
list_file = LIST
{dispatcher}
[access]
{access}
[control]
jsonrpc = RPC
[route]
failover = {failover}
{route}
"""


class Fault(Exception):
    """What the server answered a call of a method with instead of a result: code and text."""


class Server:
    """`twistd -n kdispatcher`, up and answering. `text` is its configuration, where LISTEN, RPC and LIST stand for what it gets.

    Each of `destinations` is a line of the list. Use it in a `with`: its end stops the process, and fails where the log holds a
    traceback or a fault of the server's own. `transports` are those that it listens by, UDP among them.
    """

    def __init__(
        self,
        folder: Path,
        text: str,
        destinations: Iterable[str],
        host: str = "127.0.0.1",
        transports: tuple[str, ...] = ("udp",),
    ) -> None:
        folder.mkdir(exist_ok=True)
        self._ended = False
        self.address = host, self.port_for(host)
        self.rpc_port = free_port(kind=socket.SOCK_STREAM)
        self.folder = folder
        self._list = folder / "dispatcher.list"
        self._log = folder / "server.log"
        self.write_list(destinations)
        name = f"[{host}]" if ":" in host else host
        self.host_port = f"{name}:{self.address[1]}"
        #: The port of each transport: that of the address for UDP and TCP.
        self.ports = {
            each: self.address[1] if each in ("udp", "tcp") else free_port(host, socket.SOCK_STREAM) for each in transports
        }
        words = {
            "LISTEN": ", ".join(f'"{transport}:{name}:{port}"' for transport, port in self.ports.items()),
            "RPC": f'"tcp:{self.rpc_port}:interface=127.0.0.1"',
            "LIST": f'"{self._list}"',
        }
        file = folder / "kdispatcher.toml"
        file.write_text(re.sub("LISTEN|RPC|LIST", lambda found: words[found[0]], text))
        with self._log.open("w") as log:
            command = [*_TWISTD, "kdispatcher", *self.arguments(file)]
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT)
        try:
            self._wait()
        except BaseException:
            self._end()
            raise

    def port_for(self, host: str) -> int:
        """Where it listens."""
        return free_port(host)

    def arguments(self, file: Path) -> list[str]:
        """What it is started with; its configuration is in `file`."""
        return ["--config", str(file)]

    @property
    def log(self) -> str:
        return self._log.read_text()

    def write_list(self, lines: Iterable[str]) -> None:
        """What the list file says from now on; the server learns of it by a reload."""
        self._list.write_text("".join(f"{line}\n" for line in lines))

    def remove_list(self) -> None:
        self._list.unlink()

    def call(self, method: str, *params: Any) -> Any:
        """The result of a method by JSON-RPC. Raises Fault."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        url = f"http://127.0.0.1:{self.rpc_port}/RPC"
        posted = urllib.request.Request(url, body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(posted, timeout=PATIENCE) as answer:
                return json.load(answer)["result"]
        except urllib.error.HTTPError as error:
            fault = json.load(error)["error"]
            raise Fault(f"{fault['code']} {fault['message']}") from None

    def states(self) -> dict[str, str]:
        """The letters of each destination's state, by its URI."""
        sets = self.call("dispatcher.list")["RECORDS"]
        return {one["DEST"]["URI"]: one["DEST"]["FLAGS"] for each in sets for one in each["SET"]["TARGETS"]}

    def settle(self) -> None:
        """Until everything sent to it so far has been acted on: it takes datagrams in their order, and this is one more."""
        with Caller(self.address) as caller:
            caller.ping(PATIENCE)

    def until(self, true: Callable[[], bool]) -> None:
        """Until it is so, for as long as that may take."""
        give_up = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < give_up, self.log
            time.sleep(0.02)

    def hang_up(self) -> None:
        """SIGHUP, and until the log has a line about what came of it."""
        # The list is read in a thread, the certificates before that.
        before = self.log.count("reload: ")
        self.process.send_signal(signal.SIGHUP)
        self.until(lambda: self.log.count("reload: ") > before)

    def finish(self) -> dict[str, int]:
        """Stop it, and what it says that it counted."""
        assert self.process.poll() is None, self.log
        self._end()
        return {
            name: int(number) for name, number in re.findall(r"(\w+) (\d+)", self.log.partition("counted since the start: ")[2])
        }

    def __enter__(self) -> Server:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        died = self.process.poll() if not self._ended else None
        self._end()
        if kind is None:
            assert died is None, self.log
            for word in ("Traceback", "#critical", "Unhandled"):
                assert word not in self.log, self.log

    def _wait(self) -> None:
        give_up = time.monotonic() + PATIENCE
        with Caller(self.address) as caller:
            while True:
                try:
                    caller.ping(0.2)
                    return
                except CallError:
                    assert self.process.poll() is None, self.log
                    assert time.monotonic() < give_up, self.log

    def _end(self) -> None:
        self._ended = True
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class ScriptServer(Server):
    """A server that may pass on whatever it is asked: its log says that it is up."""

    def _wait(self) -> None:
        give_up = time.monotonic() + PATIENCE
        while "stateful on udp:" not in self.log:
            assert self.process.poll() is None, self.log
            assert time.monotonic() < give_up, self.log
            time.sleep(0.02)
