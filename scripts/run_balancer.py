"""The second half of scripts/run, inside the venv: start the server, place calls through it, stay up until Ctrl-C."""

from __future__ import annotations

import argparse
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from ipaddress import ip_address
from pathlib import Path
from types import FrameType

from txdispatcher.build import running_build
from txdispatcher.check import examine
from txdispatcher.config import Address, Config
from txdispatcher.errors import DispatcherError
from txdispatcher.net.test_caller import Caller

ROOT = Path(__file__).resolve().parent.parent
CALLS = 10
#: Seconds until a server that does not say that it runs is given up. It starts in less than two.
PATIENCE = 30.0
#: How the line of its log begins that says so.
STARTED = f"{running_build()}: ".encode()


class Stopped(Exception):
    """Ctrl-C, or a signal that means the same."""


def main() -> int:
    arguments = argparse.ArgumentParser(prog="scripts/run", description=__doc__)
    arguments.add_argument("--config", default=str(ROOT / "conf/kdispatcher.toml"), metavar="FILE")
    file = arguments.parse_args().config
    found = examine(file)
    for error in found.errors:
        print(error, file=sys.stderr)
    config = found.config
    if found.errors or config is None:
        return 1
    if taken := taken_port(config):
        print(taken, file=sys.stderr)
        return 1
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    # A group of its own, so that Ctrl-C stops it once and in order: through us.
    server = subprocess.Popen(
        [ROOT / ".venv/bin/twistd", "-n", "--pidfile=", "kdispatcher", "--config", file],
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    started = threading.Event()
    log = threading.Thread(target=pass_on, args=(server, started), daemon=True)
    log.start()
    try:
        return serve(server, config, started)
    except Stopped:
        return 0
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        log.join(1.0)


def serve(server: subprocess.Popen[bytes], config: Config, started: threading.Event) -> int:
    """Wait for the server, place the calls, say what to do next, and wait for its end. Raises Stopped."""
    give_up = time.monotonic() + PATIENCE
    while not started.wait(0.1):
        if server.poll() is not None:
            print("The server has not started; it has said why.", file=sys.stderr)
            return 1
        if time.monotonic() > give_up:
            print(f"The server has not started in {PATIENCE:g} seconds.", file=sys.stderr)
            return 1
    print(f"The balancer listens on {', '.join(map(str, config.sip.listen))}.")
    address = reachable(config.sip.listen[0])
    if why_not := no_calls(config, address):
        print(f"No calls are placed: {why_not}.")
    else:
        try:
            place_calls(address)
        except DispatcherError as error:
            print(f"A call failed: {error}", file=sys.stderr)
            return 1
    print(advice(config, address), flush=True)
    status = server.wait()
    print(f"The server has ended by itself, with status {status}.", file=sys.stderr)
    return 1


def pass_on(server: subprocess.Popen[bytes], started: threading.Event) -> None:
    """Print the server's log as it comes; `started` is set when it says that it runs."""
    assert server.stdout is not None
    for line in server.stdout:
        sys.stderr.buffer.write(line)
        sys.stderr.buffer.flush()
        if STARTED in line:
            started.set()


def no_calls(config: Config, address: tuple[str, int]) -> str:
    """Why no calls are placed; "" if they are. Without test gateways they would reach somebody."""
    if not config.test.gateways:
        return "there are no test gateways in this configuration"
    here = ip_address(own_address(address))
    if not any(here in network for network in config.access.callers):
        return f"access.callers leaves out {here}"
    return ""


def place_calls(address: tuple[str, int]) -> None:
    with Caller(address) as caller:
        answered = Counter(caller.call(f"call-{number}").gateway for number in range(1, CALLS + 1))
    print(f"{CALLS} calls through it, answered by:")
    for gateway, count in sorted(answered.items()):
        print(f"  {gateway}  {count}")


def advice(config: Config, address: tuple[str, int]) -> str:
    """What a newcomer may type next, from any directory."""
    lines = ["", "To try next, from another terminal:"]
    tcp = next(filter(None, map(tcp_address, config.control.jsonrpc)), None)
    if tcp:
        host, port = reachable(Address(*tcp))
        where = f" -s http://{host_port(host, port)}/RPC" if (host, port) != ("127.0.0.1", 8060) else ""
        lines.append(f"  {shlex.quote(str(ROOT / 'scripts/kamcmd-compat'))}{where} dispatcher.list")
    lines += [
        f"  sipp -sf {shlex.quote(str(ROOT / 'scripts/uac.xml'))} -i {own_address(address)} -r 50 -m 500 {host_port(*address)}",
        "SIPp is in the package sip-tester (apt-get install sip-tester).",
        "",
        "Ctrl-C stops it.",
    ]
    return "\n".join(lines)


def taken_port(config: Config) -> str:
    """One line about the first address of `config` that cannot be listened on; "" if all can."""
    wanted = [("sip.listen", socket.SOCK_DGRAM, one.host, one.port) for one in config.sip.listen]
    wanted += [("test.gateways", socket.SOCK_DGRAM, one.host, one.port) for one in config.test.gateways]
    wanted += [("control.jsonrpc", socket.SOCK_STREAM, *tcp) for tcp in map(tcp_address, config.control.jsonrpc) if tcp]
    for key, kind, host, port in wanted:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                name = "udp" if kind == socket.SOCK_DGRAM else "tcp"
                return f"{config.file}: {key}: {name} {host_port(host, port)} cannot be used: {error.strerror}"
    return ""


def tcp_address(endpoint: str) -> tuple[str, int] | None:
    """The address of a Twisted endpoint string for TCP; None for one of another kind."""
    found = re.fullmatch(r"tcp:(?:port=)?(\d+)(.*)", endpoint)
    if not found:
        return None
    interface = re.search(r":interface=((?:[^:\\]|\\.)*)", found[2])
    return (interface[1].replace("\\", "") if interface else "0.0.0.0"), int(found[1])


def reachable(address: Address) -> tuple[str, int]:
    """Where to reach a listener: the loopback address if it listens on all."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address.host, address.host), address.port


def own_address(address: tuple[str, int]) -> str:
    """The address of this machine that calls to `address` come from: the caller is bound to loopback."""
    return "::1" if ":" in address[0] else "127.0.0.1"


def host_port(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


if __name__ == "__main__":
    sys.exit(main())
