"""The second half of scripts/run, inside the venv: start the server, place calls through it, stay up until Ctrl-C."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from types import FrameType

from txdispatcher.config import Address, Config, check_config, load_config
from txdispatcher.errors import DispatcherError
from txdispatcher.net.test_caller import Caller, CallError

ROOT = Path(__file__).resolve().parent.parent
CALLS = 10
#: Seconds until a server that does not answer is given up. It starts in less than two.
PATIENCE = 30.0


class Stopped(Exception):
    """Ctrl-C, or a signal that means the same."""


def main() -> int:
    arguments = argparse.ArgumentParser(prog="scripts/run", description=__doc__)
    arguments.add_argument("--config", default=str(ROOT / "conf/kdispatcher.toml"), metavar="FILE")
    file = arguments.parse_args().config
    if errors := check_config(file):
        for error in errors:
            print(error, file=sys.stderr)
        return 1
    config = load_config(file)
    if taken := taken_port(config):
        print(taken, file=sys.stderr)
        return 1
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    # A group of its own, so that Ctrl-C stops it once and in order: through us.
    server = subprocess.Popen(
        [ROOT / ".venv/bin/twistd", "-n", "--pidfile=", "kdispatcher", "--config", file],
        stdout=sys.stderr,
        start_new_session=True,
    )
    try:
        return serve(server, config)
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


def serve(server: subprocess.Popen[bytes], config: Config) -> int:
    """Wait for the server, place the calls, say what to do next, and wait for its end. Raises Stopped."""
    address = reachable(config.sip.listen[0])
    with Caller(address) as caller:
        give_up = time.monotonic() + PATIENCE
        while True:
            if server.poll() is not None:
                print("The server has not started; the reason stands above.", file=sys.stderr)
                return 1
            try:
                caller.ping(0.4)
                break
            except CallError as error:
                if time.monotonic() > give_up:
                    print(f"The server does not answer: {error}", file=sys.stderr)
                    return 1
        print(f"The balancer listens on {', '.join(map(str, config.sip.listen))}.")
        if config.test.gateways:
            try:
                place_calls(caller)
            except DispatcherError as error:
                print(f"A call failed: {error}", file=sys.stderr)
                return 1
        else:
            print("There are no test gateways in this configuration, so no calls are placed.")
    print(advice(config, address), flush=True)
    status = server.wait()
    print(f"The server has ended by itself, with status {status}.", file=sys.stderr)
    return 1


def place_calls(caller: Caller) -> None:
    answered = Counter(caller.call(f"call-{number}").gateway for number in range(1, CALLS + 1))
    print(f"{CALLS} calls through it, answered by:")
    for gateway, count in sorted(answered.items()):
        print(f"  {gateway}  {count}")


def advice(config: Config, address: tuple[str, int]) -> str:
    """What a newcomer may type next, as it works from the current directory."""
    here = os.path.relpath(ROOT / "scripts")
    kamcmd = shlex.quote(f"{here}/kamcmd-compat")
    tcp = next(filter(None, map(tcp_address, config.control.jsonrpc)), None)
    if tcp and tcp != ("127.0.0.1", 8060):
        kamcmd += f" -s http://{host_port(*tcp)}/RPC"
    return f"""
To try next, from another terminal:
  {kamcmd} dispatcher.list
  sipp -sf {shlex.quote(f"{here}/uac.xml")} -i {address[0]} -r 50 -m 500 {host_port(*address)}

Ctrl-C stops it."""


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


def host_port(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


if __name__ == "__main__":
    sys.exit(main())
