"""scripts/kamcmd-compat: against our server; and beside the real kamcmd, which asks a real Kamailio with the same list."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.balancing.kamailio_peer import KamailioPeer
from tests.control.server import ROOT, ControlServer
from tests.peers import free_port, require_peer
from txdispatcher.control.kamcmd import main

SCRIPT = ROOT / "scripts" / "kamcmd-compat"

LIST = """\
# Kamailio and ours read the same file.
2 sip:127.0.0.1:5080
1 sip:127.0.0.1:5081 0 10 duid=abc;maxload=20;weight=50;socket=udp:127.0.0.1:SOCKET
1 sip:127.0.0.1:5082 8 20 weight=30;cc=1
1 sip:127.0.0.1:5083 1
1 sip:127.0.0.1:5084 9 0 rweight=30;weight=20;

3 sip:127.0.0.1:5085 4 0 ping_from=sip:a@b
3 sip:127.0.0.1:5086 2 7
10 sip:127.0.0.1:5087;transport=udp 0 1 duid=é;obproxy=sip:127.0.0.1:5099
7 sips:127.0.0.1 0 0 maxload=-3
10 sip:127.0.0.1:5088 8 1
"""


@pytest.fixture
def list_file(tmp_path: Path) -> Path:
    path = tmp_path / "ours.list"
    path.write_text(LIST.replace("SOCKET", "5060"))
    return path


@pytest.fixture
def server(list_file: Path) -> Iterator[ControlServer]:
    server = ControlServer(list_file)
    yield server
    server.close()


def kamcmd_compat(*words: str, cwd: Path, script: Path = SCRIPT, **variables: str) -> subprocess.CompletedProcess[str]:
    # -I: what the script imports, it must find by itself.
    return subprocess.run(
        [sys.executable, "-I", str(script), *words],
        cwd=cwd,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=30,
        check=False,
    )


def printed(capture: pytest.CaptureFixture[bytes], *words: str) -> tuple[int, str]:
    """Exit status and output of a command line, without a process of its own; on stderr there is nothing."""
    status = main(words)
    out, err = capture.readouterr()
    assert err == b""
    return status, out.decode("utf-8")


def test_the_address_comes_from_the_option_or_the_environment(server: ControlServer, tmp_path: Path) -> None:
    nowhere = f"http://127.0.0.1:{free_port(kind=socket.SOCK_STREAM)}"
    by_option = kamcmd_compat("-s", server.address, "ver", cwd=tmp_path, KDISPATCHER_RPC=nowhere)
    by_environment = kamcmd_compat("ver", cwd=tmp_path, KDISPATCHER_RPC=server.address)
    for done in (by_option, by_environment):
        assert (done.returncode, done.stdout, done.stderr) == (0, "txdispatcher test\n", "")


def test_a_state_that_was_set_is_listed_until_a_reload(server: ControlServer, tmp_path: Path) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return kamcmd_compat("-s", server.address, *words, cwd=tmp_path)

    assert "FLAGS: AX\n" in run("dispatcher.list").stdout.partition("ID: 2\n")[2]
    done = run("dispatcher.set_state", "ip", "2", "sip:127.0.0.1:5080")
    assert (done.returncode, done.stdout) == (0, "Ok. Dispatcher state updated.\n")
    assert "FLAGS: IP\n" in run("dispatcher.list").stdout.partition("ID: 2\n")[2]
    done = run("dispatcher.reload")
    assert (done.returncode, done.stdout) == (0, "Ok. Dispatcher successfully reloaded.\n")
    assert "FLAGS: AX\n" in run("dispatcher.list").stdout.partition("ID: 2\n")[2]


def test_a_list_that_is_broken_changes_nothing(server: ControlServer, list_file: Path, tmp_path: Path) -> None:
    before = kamcmd_compat("-s", server.address, "dispatcher.list", cwd=tmp_path).stdout
    list_file.write_text("1 sip:127.0.0.1:5081 zero\n")
    done = kamcmd_compat("-s", server.address, "dispatcher.reload", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "error: 500 - Reload Failed\n")
    assert kamcmd_compat("-s", server.address, "dispatcher.list", cwd=tmp_path).stdout == before


def test_it_runs_through_a_link_in_a_folder_with_a_blank(server: ControlServer, tmp_path: Path) -> None:
    folder = tmp_path / "my tools"
    folder.mkdir()
    link = folder / "kamcmd"
    link.symlink_to(SCRIPT)
    done = kamcmd_compat("-s", server.address, "ver", cwd=folder, script=link)
    assert (done.returncode, done.stdout) == (0, "txdispatcher test\n")


def test_a_reader_that_stops_early_is_no_error(server: ControlServer, tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "-s", server.address, "dispatcher.list"],
        stdout=writer,
        stderr=subprocess.PIPE,
        timeout=30,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


COMMANDS = [
    "dispatcher.list",
    "dispatcher.list short",
    "dispatcher.list SHORT",
    "dispatcher.list s:short",
    "dispatcher.list 5",
    "dispatcher.set_state ip 1 sip:127.0.0.1:5081",
    "dispatcher.list",
    "dispatcher.set_state 1 1 sip:127.0.0.1:5081",
    "dispatcher.set_state s:0 1 SIP:127.0.0.1:5083",
    "dispatcher.set_state dp 2 all",
    "dispatcher.set_state tp 3 all",
    "dispatcher.list",
    "dispatcher.set_state 2 2 all",
    "dispatcher.set_state 3p 3 all",
    "dispatcher.list",
    "dispatcher.set_state ax 1 all",
    "dispatcher.set_state IPX 4294967303 all",
    "dispatcher.list",
    "dispatcher.set_state ip 99 all",
    "dispatcher.set_state ip 99 sip:127.0.0.1:5081",
    "dispatcher.set_state ip 2147483648 sip:127.0.0.1:5081",
    "dispatcher.set_state ip 99999999999999999999 all",
    "dispatcher.set_state ip 1 sip:127.0.0.1:1",
    "dispatcher.set_state ip 1 ALL",
    "dispatcher.set_state ip 1 5",
    "dispatcher.set_state zz 1 sip:127.0.0.1:5081",
    "dispatcher.set_state 4 1 sip:127.0.0.1:5081",
    "dispatcher.set_state s: 1 sip:127.0.0.1:5081",
    "dispatcher.set_state ip s:1 sip:127.0.0.1:5081",
    "dispatcher.set_state ip i:1 sip:127.0.0.1:5081",
    "dispatcher.set_state ip 1x sip:127.0.0.1:5081",
    "dispatcher.set_state ip 1.5 sip:127.0.0.1:5081",
    "dispatcher.set_state ip 1",
    "dispatcher.set_state ip",
    "dispatcher.set_state",
    "dispatcher.set_state ap 1 sip:127.0.0.1:5081 extra",
    "dispatcher.list",
    "dispatcher.list full",
    "dispatcher.list FULLx",
    "dispatcher.set_duid_state ip 1 abc",
    "dispatcher.set_duid_state ip 1 ABC",
    "dispatcher.set_duid_state 1 10 s:é",
    "dispatcher.set_duid_state tp 3 all",
    "dispatcher.list",
    "dispatcher.set_duid_state ip 1 nope",
    "dispatcher.set_duid_state ip 99 abc",
    "dispatcher.set_duid_state zz 1 abc",
    "dispatcher.set_duid_state s: 1 abc",
    "dispatcher.set_duid_state ip x abc",
    "dispatcher.set_duid_state ip 1",
    "dispatcher.hash 4 alice server.com",
    "dispatcher.hash 4 alice",
    "dispatcher.hash 0 alice",
    "dispatcher.hash 7 é s:1",
    "dispatcher.hash 4 s: s:",
    "dispatcher.hash 4 12",
    "dispatcher.hash 4 alice 5",
    "dispatcher.hash x y",
    "dispatcher.hash 4",
    "dispatcher.hash",
    "dispatcher.add 5 sip:127.0.0.1:5090",
    "dispatcher.add 5 sip:127.0.0.1:5091 2",
    "dispatcher.add 5 sip:127.0.0.1:5092 2 3 weight=5;duid=q",
    "dispatcher.add 1 sip:127.0.0.1:5093 8 15",
    "dispatcher.list",
    "dispatcher.add 5",
    "dispatcher.add x sip:127.0.0.1",
    "dispatcher.add 5 5",
    "dispatcher.add 5 sip:127.0.0.1:5093 2 s:duid=z",
    "dispatcher.remove 5 sip:127.0.0.1:5091",
    "dispatcher.remove 5 sip:127.0.0.1:5091",
    "dispatcher.remove 99 sip:127.0.0.1:5091",
    "dispatcher.remove 2 sip:127.0.0.1:5080",
    "dispatcher.remove 5 all",
    "dispatcher.remove 5",
    "dispatcher.remove 5 7",
    "dispatcher.list",
    "dispatcher.ping_active",
    "dispatcher.ping_active 0",
    "dispatcher.ping_active",
    "dispatcher.ping_active 1",
    "cfg.list dispatcher",
    "cfg.list nope",
    "cfg.get dispatcher",
    "cfg.get dispatcher probing_threshold",
    "cfg.get dispatcher nope",
    "cfg.get nope nope",
    "cfg.get",
    "cfg.help dispatcher nope",
    "cfg.set_now_int dispatcher probing_threshold 3",
    "cfg.seti dispatcher inactive_threshold 2",
    "cfg.set_now_string dispatcher ping_reply_codes class=2;code=404",
    "cfg.get dispatcher",
    "cfg.set_now_int dispatcher nope 3",
    "cfg.set_now_string dispatcher probing_threshold s:x",
    "stats.get_statistics",
    "stats.fetch",
    "stats.fetch nope",
    "dispatcher.reload",
    "dispatcher.list",
    "dispatcher.reload extra",
    "dispatcher.nope",
    "nope 1 2",
    "system.methodHelp",
    "system.methodHelp nope",
    "help nope",
]


@pytest.mark.peer
def test_the_output_is_kamcmds_byte_for_byte(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    # The attribute `socket` must name one of Kamailio's own: it gets another list once its port is known.
    peer = KamailioPeer(tmp_path, "1 sip:127.0.0.1:5081\n", flags=2, use_default=False)
    try:
        port = re.search(r"port: ([0-9]+)", peer.command("core.sockets_list"))
        assert port is not None
        text = LIST.replace("SOCKET", port[1])
        peer.load(text)
        list_file = tmp_path / "ours.list"
        list_file.write_text(text)
        server = ControlServer(list_file)
        try:
            for command in COMMANDS:
                theirs = peer.command(*command.split())
                status, ours = printed(capsysbinary, "-s", server.address, *command.split())
                assert (command, ours) == (command, theirs)
                assert (command, status) == (command, int(theirs.startswith("error:")))
        finally:
            server.close()
    finally:
        peer.close()


FORMATS = ["%v\\n", "[%v]", "abc", "", "a\\\\b\\td\\ve%v", "%v-%v;", "%%v", "%v%v%v\\n"]


@pytest.mark.peer
def test_a_real_kamailio_is_asked_by_binrpc_and_printed_alike(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """Without a server of ours: what stands between both is kamcmd-compat alone."""
    peer = KamailioPeer(tmp_path, "1 sip:127.0.0.1:5081 0 0 weight=50\n2 sip:127.0.0.1:5082\n", flags=2, use_default=False)
    try:
        for address in (f"unix:{peer.control}", f"unixd:{peer.control}.dgram"):
            for command in (
                "dispatcher.list",
                "core.version",
                "ps",
                "tm.stats",
                "ls",
                "nope",
                "dispatcher.set_state ip 9 sip:x",
                "-v ver",
            ):
                words = command.split()
                ours = kamcmd_compat("-s", address, *words, cwd=tmp_path)
                assert (command, ours.stdout, ours.stderr) == (command, peer.command(*words), "")
        for format in FORMATS:
            for command in (
                "core.version",
                "core.psx",
                "dispatcher.list",
                "nope",
                "cfg.set_now_int dispatcher probing_threshold 2",
            ):
                words = ["-f", format, *command.split()]
                assert (words, kamcmd_compat("-s", address, *words, cwd=tmp_path).stdout) == (words, peer.command(*words))
    finally:
        peer.close()


def test_a_reply_as_json(server: ControlServer, tmp_path: Path) -> None:
    done = kamcmd_compat("-s", server.address, "--json", "dispatcher.hash", "4", "alice", cwd=tmp_path)
    assert (done.returncode, json.loads(done.stdout)) == (0, {"hashid": 1834153949, "slot": 1})


def test_commands_from_a_file(server: ControlServer, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "-s", server.address],
        input="ver\n\ndispatcher.set_state ip 9 sip:x\ncore.version\nquit\nps\n",
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    expected = "txdispatcher test\nerror: 500 - State Update Failed\ntxdispatcher test\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, expected, "")


def in_bash(line: str, server: ControlServer, folder: Path) -> list[str]:
    """What bash offers at the end of `line`."""
    link = folder / "kamcmd-compat"
    if not link.exists():
        link.symlink_to(SCRIPT)
    program = f"""source "{ROOT}/conf/completion/kamcmd-compat.bash"
COMP_LINE='{line}' COMP_POINT=${{#COMP_LINE}}
_kamcmd_compat
printf '%s\\n' "${{COMPREPLY[@]}}\""""
    path = f"{folder}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "KDISPATCHER_RPC": server.address}
    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True, env=environment, timeout=30, check=True)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("kamcmd-compat dispatcher.set_", ["dispatcher.set_duid_state", "dispatcher.set_state"]),
        ("kamcmd-compat dispatcher.set_state ip 2 ", ["all", "sip:127.0.0.1:5080"]),
        # Behind a colon, bash wants the rest alone.
        ("kamcmd-compat dispatcher.set_state ip 2 sip:127", ["127.0.0.1:5080"]),
        ("kamcmd-compat -f %v dispatcher.list s", ["short"]),
    ],
)
def test_bash_completes(line: str, offered: list[str], server: ControlServer, tmp_path: Path) -> None:
    assert in_bash(line, server, tmp_path) == offered


@pytest.mark.peer
def test_the_completion_for_zsh_is_a_program(tmp_path: Path) -> None:
    program = f"""compadd() {{ shift; print -l -- "$@"; }}
kamcmd-compat() {{ [[ $1 == --complete ]] && print -l -- "$@" ""; }}
words=(kamcmd-compat dispatcher.set_state ip "") CURRENT=4
source "{ROOT}/conf/completion/_kamcmd-compat" """
    done = subprocess.run([require_peer("zsh"), "-fc", program], capture_output=True, text=True, timeout=30, check=True)
    assert (done.stdout.split(), done.stderr) == (["--complete", "dispatcher.set_state", "ip"], "")


@pytest.mark.peer
def test_a_list_that_cannot_be_loaded_has_kamailios_words(tmp_path: Path) -> None:
    peer = KamailioPeer(tmp_path, "1 sip:127.0.0.1:5081\n", flags=2, use_default=False)
    try:
        list_file = tmp_path / "ours.list"
        list_file.write_text("1 sip:127.0.0.1:5081\n")
        server = ControlServer(list_file)
        try:
            for file in (list_file, tmp_path / "dispatcher.list"):
                file.unlink()
            for command in ("dispatcher.reload", "dispatcher.list"):
                assert kamcmd_compat("-s", server.address, command, cwd=tmp_path).stdout == peer.command(command)
            for file in (list_file, tmp_path / "dispatcher.list"):
                file.write_text("# nothing\n")
            for command in ("dispatcher.reload", "dispatcher.list"):
                assert kamcmd_compat("-s", server.address, command, cwd=tmp_path).stdout == peer.command(command)
        finally:
            server.close()
    finally:
        peer.close()
