"""`twistd kdispatcher`: what it says before it runs, what it opens, and that it lets go of all of it."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.peers import free_port
from tests.routing.requests import context, request
from tests.wire.agent import Agent
from tests.wire.server import Fault, Server, settings
from txdispatcher import app, listening
from txdispatcher.balancing.states import letters
from txdispatcher.build import running_build
from txdispatcher.config import load_config
from txdispatcher.control.pieces import whole
from txdispatcher.control.table import Fault as ControlFault
from txdispatcher.proxy.decision import Relay, Reply
from txdispatcher.routing.default import DefaultRoute

ROOT = Path(__file__).parent.parent
TWISTD = [sys.executable, "-c", "from twisted.scripts.twistd import run; run()", "-n", "--pidfile="]


def twistd(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """`twistd -n kdispatcher …` to its end."""
    command = [*TWISTD, "kdispatcher", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """write(toml, list): a configuration file with that list beside it; {LISTEN}, {RPC} and {GATEWAY} are free ports."""

    def write(text: str = "", destinations: str = "1 sip:127.0.0.1:5080\n") -> Path:
        (tmp_path / "dispatcher.list").write_text(destinations)
        file = tmp_path / "k.toml"
        head = '[dispatcher]\nlist_file = "dispatcher.list"\n'
        if "[sip]" not in text:
            head += f'[sip]\nlisten = ["udp:127.0.0.1:{free_port()}"]\n'
        if "[control]" not in text:
            head += f'[control]\njsonrpc = "tcp:{free_port(kind=socket.SOCK_STREAM)}:interface=127.0.0.1"\n'
        file.write_text(head + text)
        return file

    return write


def options(file: Path) -> app.Options:
    found = app.Options()
    found.parseOptions(["--config", str(file)])
    return found


def test_check_says_what_would_run(tmp_path: Path, write: Callable[..., Path]) -> None:
    file = write(
        '[sip]\nlisten = ["udp:127.0.0.1:5060", "udp:[::1]:5060"]\nmode = "stateless"\n'
        '[control]\njsonrpc = ["tcp:8060:interface=127.0.0.1", "unix:/tmp/k"]\n'
        '[route]\nset = 7\nalgorithm = "hash-callid"\nfailover = []\n[[route.rule]]\nprefix = "00"\nset = 1\n',
        "1 sip:127.0.0.1:5080\n1 sip:127.0.0.1:5081\n7 127.0.0.2\n",
    )
    checked = twistd("--check", "--config", file)
    assert checked.returncode == 0
    warning, *lines = checked.stdout.splitlines()
    assert warning.startswith("warning: ")
    assert "dispatcher.list:3" in warning
    assert lines == [
        f"{file}: correct",
        "stateless on udp:127.0.0.1:5060, udp:[::1]:5060",
        f"3 destinations in 2 sets from {tmp_path}/dispatcher.list",
        "set 7 by algorithm 0, 1 rule before it",
        "JSON-RPC on tcp:8060:interface=127.0.0.1, unix:/tmp/k",
    ]


def test_check_opens_nothing(write: Callable[..., Path]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        file = write(f'[sip]\nlisten = ["udp:127.0.0.1:{taken.getsockname()[1]}"]\n')
        assert twistd("--check", "--config", file).returncode == 0


def test_check_prints_every_wrong_key_and_exits_1(write: Callable[..., Path]) -> None:
    checked = twistd("--check", "--config", write('[sip]\nlisten = "nowhere"\n[tm]\nfr_timr = 5\n'))
    assert checked.returncode == 1
    first, second = checked.stdout.splitlines()
    assert re.match(r".*/k\.toml: sip\.listen: found ", first)
    assert re.match(r".*/k\.toml: tm\.fr_timr: .*fr_timer", second)


def test_check_names_the_line_of_the_list_and_exits_1(write: Callable[..., Path]) -> None:
    checked = twistd("--check", "--config", write("", "1 sip:127.0.0.1\n\nx sip:127.0.0.1\n"))
    assert checked.returncode == 1
    assert re.fullmatch(r".*/dispatcher\.list:3: .*\n", checked.stdout)


def test_check_prints_errors_of_configuration_and_list_and_what_was_put_right(write: Callable[..., Path]) -> None:
    checked = twistd("--check", "--config", write("[tm]\nfr_timr = 5\n", "1 127.0.0.1\n1\nx sip:a\n"))
    assert checked.returncode == 1
    places = re.findall(r"^(?:warning: )?/.*?/(k\.toml|dispatcher\.list:\d): ", checked.stdout, flags=re.MULTILINE)
    assert places == ["dispatcher.list:1", "k.toml", "dispatcher.list:2", "dispatcher.list:3"]


def test_check_finds_a_wildcard_of_a_family_that_is_not_there(
    write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(listening, "expand", lambda host: [])
    assert app.check(str(write('[sip]\nlisten = "udp:0.0.0.0:5060"\n'))) == 1
    assert "sip.listen: udp:0.0.0.0:5060 stands for no address" in capsys.readouterr().out


def test_what_cannot_work_is_said_and_no_error(write: Callable[..., Path]) -> None:
    checked = twistd("--check", "--config", write("[route]\nset = 9\n"))
    assert checked.returncode == 0
    first, second, *_ = checked.stdout.splitlines()
    assert re.fullmatch(r"warning: .*/k\.toml: route\.set: there is no set 9 in .*", first)
    assert second.endswith("/k.toml: correct")


def test_what_cannot_work_is_logged_at_the_start_and_at_a_reload(tmp_path: Path) -> None:
    with Server(tmp_path, settings(route="set = 9"), ["1 sip:127.0.0.1:9"]) as server:
        assert server.log.count("there is no set 9 in") == 1
        server.hang_up()
        assert server.log.count("there is no set 9 in") == 2
        server.write_list(["9 sip:127.0.0.1:9"])
        server.hang_up()
    assert server.log.count("there is no set 9 in") == 2


def test_a_reload_that_fails_is_one_line_of_the_log(tmp_path: Path) -> None:
    with Server(tmp_path, settings(), ["1 sip:127.0.0.1:9"]) as server:
        server.write_list(["1"])
        with pytest.raises(Fault, match="Reload Failed"):
            server.call("dispatcher.reload")
    assert len([line for line in server.log.splitlines() if "dispatcher.list:1:" in line]) == 1


def test_core_version_names_the_build(tmp_path: Path) -> None:
    with Server(tmp_path, settings(), ["1 sip:127.0.0.1:9"]) as server:
        assert server.call("core.version") == running_build()


@pytest.mark.parametrize(
    ("text", "destinations", "expected"),
    [
        ("[sip]\nlisten = 5060\n", "", r".*/k\.toml: sip\.listen: found 5060; .*"),
        ("", "1 sip:127.0.0.1\n1 sip:\n", r".*/dispatcher\.list:2: .*"),
        (
            '[access]\nkey_file = "none"\n',
            "1 sip:127.0.0.1",
            r".*/k\.toml: access\.key_file: .*/none cannot be read: No such file.*",
        ),
        ('[access]\nkey_file = "."\n', "1 sip:127.0.0.1", r".*/k\.toml: access\.key_file: .* cannot be read: Is a directory"),
        (
            '[access]\nkey_file = "dispatcher.list"\n',
            "1 sip:a",
            r".*/k\.toml: access\.key_file: .* holds 7 bytes, 16 are the least",
        ),
    ],
)
def test_what_cannot_run_is_one_line(text: str, destinations: str, expected: str, write: Callable[..., Path]) -> None:
    with pytest.raises(SystemExit) as ended:
        app.makeService(options(write(text, destinations)))
    assert re.fullmatch("kdispatcher: " + expected, str(ended.value))


def test_a_configuration_that_is_not_there_is_one_line_and_status_1(tmp_path: Path) -> None:
    ended = twistd("--config", tmp_path / "none.toml")
    assert ended.returncode == 1
    assert re.fullmatch(r"kdispatcher: .*/none\.toml: .*\n", ended.stderr)


def test_a_wildcard_of_a_family_that_is_not_there_is_one_line(
    write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "expand", lambda host: [])
    with pytest.raises(SystemExit, match=r"sip\.listen: udp:0\.0\.0\.0:5060 stands for no address"):
        app.makeService(options(write('[sip]\nlisten = ["udp:0.0.0.0:5060"]\n')))


@pytest.mark.parametrize("key", ["sip.listen", "test.gateways", "control.jsonrpc"])
def test_a_taken_port_is_one_line_and_status_1(key: str, write: Callable[..., Path]) -> None:
    kind = socket.SOCK_STREAM if key == "control.jsonrpc" else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        port = taken.getsockname()[1]
        texts = {
            "sip.listen": (f'[sip]\nlisten = ["udp:127.0.0.1:{port}"]\n', f"udp:127.0.0.1:{port}"),
            "test.gateways": (f'[test]\ngateways = ["127.0.0.1:{port}"]\n', f"udp:127.0.0.1:{port}"),
            "control.jsonrpc": (f'[control]\njsonrpc = "tcp:{port}:interface=127.0.0.1"\n', f"tcp:{port}:interface=127.0.0.1"),
        }
        text, place = texts[key]
        ended = twistd("--config", write(text))
    assert ended.returncode == 1
    said = [line for line in (ended.stdout + ended.stderr).splitlines() if "cannot" in line]
    assert [line.partition("kdispatcher: ")[2] for line in said] == [f"{key}: cannot listen on {place}: Address already in use"]
    assert "Traceback" not in ended.stdout + ended.stderr


_STOP_AND_BIND_AGAIN = """
import socket, sys
from twisted.internet import reactor
from txdispatcher import app, listening

options = app.Options()
options.parseOptions(["--config", sys.argv[1]])
service = app.makeService(options)

def bind_again(_):
    for place in sys.argv[2:]:
        kind, port = place.split(":")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM) as probe:
            probe.bind(("127.0.0.1", int(port)))
    print("free again", reactor.getDelayedCalls())
    reactor.stop()

def start():
    service.privilegedStartService()
    service.startService()
    reactor.callLater(0.05, stop)

def stop():
    service.stopService().addCallback(bind_again).addErrback(lambda failure: (print(failure), reactor.stop()))

reactor.callWhenRunning(start)
reactor.run()
"""


def test_stopping_lets_go_of_every_port_and_of_time(write: Callable[..., Path]) -> None:
    sip, first, second, rpc = free_port(), free_port(), free_port(), free_port(kind=socket.SOCK_STREAM)
    file = write(
        f'[sip]\nlisten = ["udp:127.0.0.1:{sip}"]\n[control]\njsonrpc = "tcp:{rpc}:interface=127.0.0.1"\n'
        f'[test]\ngateways = ["127.0.0.1:{first}", "127.0.0.1:{second}"]\n'
    )
    places = [f"udp:{sip}", f"udp:{first}", f"udp:{second}", f"tcp:{rpc}"]
    ended = subprocess.run(
        [sys.executable, "-c", _STOP_AND_BIND_AGAIN, str(file), *places], cwd=ROOT, capture_output=True, text=True, timeout=30
    )
    assert (ended.stdout, ended.stderr) == ("free again []\n", "")


def test_its_log_is_readable(tmp_path: Path) -> None:
    """Each line is a fact about a socket, the server's own, or Twisted's about itself: no object's address."""
    with Server(tmp_path, settings(), ["1 sip:127.0.0.1:9"]) as server:
        port = server.address[1]
    lines = [line.partition("] ")[2] for line in server.log.splitlines()]
    assert f"SIP (udp:127.0.0.1:{port}) starting on {port}" in lines
    assert f"JSON-RPC starting on {server.rpc_port}" in lines
    own = [line for line in lines if line.startswith("txdispatcher ")]
    assert own == [f"{running_build()}: stateful on udp:127.0.0.1:{port}; 1 destination in 1 set from {tmp_path}/dispatcher.list"]
    assert " object at 0x" not in server.log
    assert "_Site" not in server.log


def test_it_says_at_its_end_what_it_counted(tmp_path: Path) -> None:
    with Agent() as caller, Server(tmp_path, settings(), ["1 sip:127.0.0.1:9"]) as server:
        caller.send(b"no message of SIP's", server.address)
        caller.send(caller.request("OPTIONS", f"sip:{server.host_port}"), server.address)
        assert caller.take().kind == "200"
    (last,) = (line for line in server.log.splitlines() if "counted since the start" in line)
    counted = dict(each.rsplit(" ", 1) for each in last.partition("start: ")[2].split(", "))
    # The server's own readiness may have been asked for by an OPTIONS too.
    assert counted["received_malformed"] == "1"
    assert int(counted["received_requests"]) == int(counted["replied"]) >= 1
    assert "faults" not in counted


def test_a_destination_with_a_name_is_known_by_its_address(tmp_path: Path) -> None:
    """A gateway that starts a call is refused; as a caller it would be dispatched."""
    with Agent() as gateway, Server(tmp_path, settings(), [f"1 sip:localhost:{gateway.host_port.rpartition(':')[2]}"]) as server:
        for _ in range(100):  # The look-up may still be under way.
            gateway.send(gateway.request("MESSAGE", f"sip:1000@{server.host_port}"), server.address)
            if (answer := gateway.take()).kind == "403":
                break
            assert answer.kind == "MESSAGE"
        else:
            pytest.fail("never recognised")


def test_a_destination_whose_name_has_no_address_is_reported(tmp_path: Path) -> None:
    uri = f"sip:{'x' * 64}.example.com"
    with Server(tmp_path, settings(), [f"3 {uri}", "1 sip:127.0.0.1:9"]) as server:
        pass
    assert f"set 3: {uri}: its host has no address" in server.log


def test_each_part_has_the_values_of_the_settings(write: Callable[..., Path]) -> None:
    """Those whose effect only shows after a while, or by an error: the parts' own tests say what they do."""
    file = write()
    text = file.read_text().replace(
        "[dispatcher]\n",
        "[dispatcher]\nds_hash_check_interval = 7\nds_load_mode = 0\nds_attrs_none = true\ndb_retry = 3\nreload_delta = 4\n"
        "force_dst = false\nds_hash_size = 1\nds_ping_reply_codes = 'code=403'\n",
    )
    file.write_text(f"{text}[route]\nmark_failed = 'ip'\n")
    config = load_config(str(file))
    server = app.Server(config)
    assert server._sweep._interval == 7
    assert (server._loader._strict, server._loader._attrs_none, server._loader._retry) == (False, True, 3)
    router = server._engine.proxy.router
    assert isinstance(router, DefaultRoute)
    gateway = server._sets.destination(1, "sip:127.0.0.1:5080")
    calling = context(request(headers=["Route: <sip:192.0.2.99;lr>"]), ("127.0.0.1", 9))
    assert isinstance(router.request(calling, 0.0), Reply)  # for want of force_dst
    calling = context(request(), ("127.0.0.1", 9))
    relay = router.request(calling, 0.0)
    assert isinstance(relay, Relay)
    router.failure(relay, relay.hops[0], 503, True, 0.0)
    assert letters(gateway.flags) == "IP"  # by mark_failed
    assert "'RUNTIME': {'DLGLOAD': 1}" in str(whole(server._methods.call("dispatcher.list")))
    assert server._methods.call("cfg.get", ["dispatcher", "ping_reply_codes"]) == "code=403"
    assert server._methods.call("dispatcher.remove", [1, "sip:127.0.0.1:1"])
    with pytest.raises(ControlFault, match="Ongoing reload"):
        server._methods.call("dispatcher.remove", [1, "sip:127.0.0.1:1"])
