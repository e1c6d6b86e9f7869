"""kamcmd, kamctl and kamcli of Debian's packages: what they print of our server is what they print of a real Kamailio."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import random
import re
import select
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers import free_port, require_peer
from tests.wire.kamailio_tools import PATIENCE, Kamailio, Tools
from tests.wire.server import ROOT, Server, settings
from txdispatcher.control.binrpc import Type, packet, read_header

#: Priorities, attributes, states, a text that is no ASCII.
DESTINATIONS = [
    "2 sip:127.0.0.1:5080",
    "1 sip:127.0.0.1:5081 0 10 duid=abc;maxload=20;weight=50",
    "1 sip:127.0.0.1:5082 8 20 weight=30;cc=1",
    "7 sips:127.0.0.1 0 0 maxload=-3",
    "10 sip:127.0.0.1:5087;transport=udp 4 1 duid=é;obproxy=sip:127.0.0.1:5099",
]
MANY = [
    f"{1 + number % 7} sip:127.0.0.1:{6000 + number} 0 {number % 3} duid=d{number};weight={number % 50}" for number in range(300)
]


def control(folder: Path, tcp: int, udp: int) -> str:
    """A configuration with a listener of every kind, with its file in `folder`."""
    return settings().replace(
        "jsonrpc = RPC",
        f"""jsonrpc = RPC
binrpc = ["unix:{folder}/ctl", "unixd:{folder}/ctld", "tcp:127.0.0.1:{tcp}", "udp:127.0.0.1:{tcp}"]
jsonrpc_fifo = "{folder}/rpc.fifo"
jsonrpc_datagram = ["unix:{folder}/rpc.sock", "udp:127.0.0.1:{udp}"]
mi_fifo = "{folder}/mi.fifo"
mi_datagram = "unix:{folder}/mi.sock"
store_dir = "{folder}"
""",
    )


class Ours:
    """Our server, its tools, and where it listens."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.tools = Tools(folder)
        self.tcp = free_port(kind=socket.SOCK_STREAM)
        self.udp = free_port()
        self.server = Server(folder, control(folder, self.tcp, self.udp), DESTINATIONS)

    @property
    def addresses(self) -> list[str]:
        """Where kamcmd finds it."""
        return [f"unix:{self.folder}/ctl", f"unixd:{self.folder}/ctld", f"tcp:127.0.0.1:{self.tcp}", f"udp:127.0.0.1:{self.tcp}"]


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ours]:
    ours = Ours(tmp_path_factory.mktemp("ours"))
    with ours.server:
        yield ours


@pytest.fixture(scope="module")
def kamailio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kamailio]:
    kamailio = Kamailio(tmp_path_factory.mktemp("theirs") / "kamailio", DESTINATIONS)
    yield kamailio
    kamailio.close()


#: Run one after the other on both; the last ones put things back.
COMMANDS = [
    ("dispatcher.list",),
    ("dispatcher.list", "short"),
    ("dispatcher.list", "full"),
    ("dispatcher.set_state", "ip", "2", "sip:127.0.0.1:5080"),
    ("dispatcher.list",),
    ("dispatcher.set_state", "1", "2", "sip:127.0.0.1:5080"),
    ("dispatcher.set_state", "tx", "1", "all"),
    ("dispatcher.list",),
    ("dispatcher.set_state", "a", "9", "sip:127.0.0.1:5080"),
    ("dispatcher.set_state", "a", "9", "all"),
    ("dispatcher.set_state", "zz", "2", "sip:127.0.0.1:5080"),
    ("dispatcher.set_state",),
    ("dispatcher.set_state", "a", "two", "sip:127.0.0.1:5080"),
    ("dispatcher.set_duid_state", "dx", "1", "abc"),
    ("dispatcher.list",),
    ("dispatcher.set_duid_state", "i", "1", "nope"),
    ("dispatcher.ping_active",),
    ("dispatcher.ping_active", "0"),
    ("dispatcher.ping_active", "1"),
    ("dispatcher.hash", "4", "alice", "server.com"),
    ("no.such_method",),
    ("system.methodHelp", "no.such_method"),
    ("-f", "[%v]\n", "dispatcher.list"),
    # Not listed before the reload: with each of these Kamailio turns the order of equal priorities around, ours keeps it.
    ("dispatcher.add", "9", "sip:127.0.0.1:5091", "8"),
    ("dispatcher.add", "2", "sip:127.0.0.1:5092"),
    ("dispatcher.remove", "9", "sip:127.0.0.1:5091"),
    ("dispatcher.remove", "9", "sip:127.0.0.1:5091"),
    ("dispatcher.reload",),
    ("dispatcher.set_state", "a", "1", "all"),
    ("dispatcher.set_state", "ap", "1", "sip:127.0.0.1:5082"),
    ("dispatcher.list",),
]


@pytest.mark.parametrize("way", range(4), ids=["unix", "unixd", "tcp", "udp"])
def test_kamcmd_prints_what_it_prints_of_kamailio(ours: Ours, kamailio: Kamailio, way: int) -> None:
    for command in COMMANDS:
        assert ours.tools.kamcmd(*command, address=ours.addresses[way]) == kamailio.kamcmd(*command), command


def test_kamctl_prints_what_it_prints_of_kamailio(ours: Ours, kamailio: Kamailio) -> None:
    # jsonrpcs takes every text for the number 0, where ours says what is wrong.
    plain = [each for each in COMMANDS if each[0] != "-f" and "two" not in each]
    for command in [("dispatcher", "dump"), ("dispatcher", "reload"), *[("rpc", *each) for each in plain]]:
        assert ours.tools.kamctl(*command) == kamailio.kamctl(*command), command


def test_kamcli_prints_what_it_prints_of_kamailio(ours: Ours, kamailio: Kamailio) -> None:
    for command in [
        ("dispatcher", "list"),
        ("jsonrpc", "dispatcher.set_state", "ip", "i:2", "sip:127.0.0.1:5080"),
        ("dispatcher", "list"),
        # The requests that memadd and memrm of newer ones send.
        ("jsonrpc", "dispatcher.add", "i:9", "sip:127.0.0.1:5091", "i:0"),
        ("jsonrpc", "dispatcher.remove", "i:9", "sip:127.0.0.1:5091"),
        ("jsonrpc", "dispatcher.set_state", "ip"),
        ("jsonrpc", "no.such_method"),
        ("jsonrpc", "dispatcher.set_state", "a", "i:2", "sip:127.0.0.1:5080"),
        ("dispatcher", "reload"),
    ]:
        shown = ours.tools.kamcli(*command)
        assert shown == kamailio.kamcli(*command), command
        assert '"id": ID' in shown


def test_a_list_of_300_destinations_is_printed_whole(ours: Ours, kamailio: Kamailio) -> None:
    ours.server.write_list(MANY)
    kamailio.write_list(MANY)
    try:
        for tools in (ours.tools, kamailio):
            assert tools.kamcmd("dispatcher.reload") == "Ok. Dispatcher successfully reloaded.\n"
        shown = kamailio.kamcmd("dispatcher.list")
        assert shown.count("URI: ") == 300
        assert ours.tools.kamcmd("dispatcher.list") == shown
        assert ours.tools.kamcmd("dispatcher.list", address=ours.addresses[2]) == shown
        assert ours.tools.kamctl("dispatcher", "dump") == kamailio.kamctl("dispatcher", "dump")
    finally:
        ours.server.write_list(DESTINATIONS)
        kamailio.write_list(DESTINATIONS)
        for tools in (ours.tools, kamailio):
            tools.kamcmd("dispatcher.reload")


def compat(address: str, *words: str) -> str:
    """What kamcmd-compat prints."""
    command = [sys.executable, ROOT / "scripts/kamcmd-compat", "-s", address, *words]
    return subprocess.run(command, capture_output=True, check=True, timeout=PATIENCE).stdout.decode()


def test_a_longer_list_is_printed_whole_by_kamcmd_compat(ours: Ours, kamailio: Kamailio) -> None:
    # Too long for the real kamcmd, which stops at 128 KiB.
    destinations = [
        f"{1 + number % 3} sip:127.0.{number >> 8}.{number & 255} 0 {number % 9} duid=d{number}" for number in range(1_000)
    ]
    ours.server.write_list(destinations)
    kamailio.write_list(destinations)
    try:
        for tools in (ours.tools, kamailio):
            tools.kamcmd("dispatcher.reload")
        shown = compat(f"unix:{kamailio.folder}/ctl", "dispatcher.list")
        assert shown.count("URI: ") == 1_000
        for address in (f"http://127.0.0.1:{ours.server.rpc_port}", ours.addresses[0], ours.addresses[2]):
            assert compat(address, "dispatcher.list") == shown
    finally:
        ours.server.write_list(DESTINATIONS)
        kamailio.write_list(DESTINATIONS)
        for tools in (ours.tools, kamailio):
            tools.kamcmd("dispatcher.reload")


def mi(ours: Ours, command: str) -> str:
    """What MI answers by datagram."""
    return datagram(ours, "mi.sock", command)


def datagram(ours: Ours, name: str, text: str) -> str:
    """What is answered to `text` at the unix datagram socket `name`."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
        client.settimeout(PATIENCE)
        client.bind("")  # A name of Linux's choosing.
        client.sendto(text.encode(), f"{ours.folder}/{name}")
        return client.recv(200_000).decode()


def test_a_state_set_by_one_is_seen_by_all(ours: Ours) -> None:
    uri = "sip:127.0.0.1:5080"
    setters = {
        "IX": lambda: ours.tools.kamcmd("dispatcher.set_state", "i", "2", uri),
        "TX": lambda: ours.tools.kamctl("rpc", "dispatcher.set_state", "t", "2", uri),
        "DX": lambda: ours.tools.kamcli("jsonrpc", "dispatcher.set_state", "d", "i:2", uri),
        "IP": lambda: mi(ours, f":ds_set_state:\nip\n2\n{uri}\n\n"),
        "AP": lambda: ours.server.call("dispatcher.set_state", "ap", 2, uri),
        "TP": lambda: compat(ours.addresses[2], "dispatcher.set_state", "tp", "2", uri),
        "AX": lambda: mi_by_fifo(ours, f":ds_set_state:REPLY\na\n2\n{uri}\n\n"),
    }
    for letters, set_state in setters.items():
        set_state()
        assert ours.server.states()[uri] == letters
        for printed in (ours.tools.kamcmd("dispatcher.list"), compat(ours.addresses[0], "dispatcher.list")):
            assert re.search(rf"URI: {uri}\n\s+FLAGS: {letters}\n", printed)
        for printed in (ours.tools.kamctl("dispatcher", "dump"), ours.tools.kamcli("dispatcher", "list")):
            assert re.search(rf'"URI":\s+"{uri}",\s+"FLAGS":\s+"{letters}"', printed)
        assert f"\tURI:: {uri} flags={letters} " in mi(ours, ":ds_list:\n\n")


def mi_by_fifo(ours: Ours, command: str) -> str:
    """What MI answers in a FIFO; REPLY stands for its name."""
    name = f"kdispatcher_test_{os.getpid()}"
    path = Path("/tmp") / name  # Where every client of Kamailio's has it.
    os.mkfifo(path)
    try:
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        Path(ours.folder, "mi.fifo").write_text(command.replace("REPLY", name))
        assert select.select([reader], [], [], PATIENCE)[0]
        with open(reader, closefd=True) as opened:
            os.set_blocking(reader, True)
            return opened.read()
    finally:
        path.unlink()


def test_an_answer_is_kept_in_the_folder_for_that(ours: Ours) -> None:
    request = {"jsonrpc": "2.0", "method": "core.version", "id": 4, "store_path": f"{ours.folder}/kept"}
    stored = json.loads(datagram(ours, "rpc.sock", json.dumps(request)))
    assert stored == {"jsonrpc": "2.0", "result": "Stored", "id": 4}
    assert json.loads((ours.folder / "kept").read_bytes())["result"] == ours.server.call("core.version")


def test_mi_answers_in_its_fifo(ours: Ours) -> None:
    assert mi_by_fifo(ours, ":ds_reload:REPLY\n\n") == "200 OK\n\n"
    lines = mi_by_fifo(ours, ":ds_list:REPLY\n\n").splitlines()
    assert lines[:2] == ["200 OK", "SET_NO:: 4"]
    assert "\tURI:: sip:127.0.0.1:5082 flags=AP priority=20 attrs=weight=30;cc=1" in lines
    assert lines[-1] == ""


def test_kamcmd_completes_methods_when_it_is_talked_to(ours: Ours) -> None:
    with talk(require_peer("kamcmd"), "-s", ours.addresses[0]) as say:
        say("", "kamcmd> $")
        assert "dispatcher.list" in say("dispatcher.li\t", "dispatcher.list $")
        assert "NRSETS: 4" in say("short\n", "kamcmd> $")
        assert "error: 500 - command nope not found" in say("nope\n", "kamcmd> $")
        assert "unix_stream: <anonymous unix socket>" in say("who\n", "kamcmd> $")


@contextlib.contextmanager
def talk(*command: str) -> Iterator[object]:
    """A program at a terminal, and a function that types a text and gives what is shown until a pattern."""
    process, terminal = pty.fork()
    if process == 0:
        os.execvpe(command[0], command, {**os.environ, "TERM": "dumb"})

    def say(text: str, until: str) -> str:
        os.write(terminal, text.encode())
        shown = ""
        give_up = time.monotonic() + PATIENCE
        while not re.search(until, shown):
            assert select.select([terminal], [], [], max(0, give_up - time.monotonic()))[0], shown
            shown += os.read(terminal, 65_536).decode()
        return shown

    try:
        yield say
    finally:
        os.close(terminal)  # Its end of file.
        os.waitpid(process, 0)


GARBAGE = [
    b"\0",
    b"\xff" * 3000,
    b"{" * 10_000,
    b"[" * 10_000 + b"]" * 10_000,
    b"POST /RPC HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 20000\r\n\r\n" + b"[" * 20_000,
    b"GET / HTTP/1.1\r\n" + b"X: \xff\r\n" * 2000,
    b'{"jsonrpc": "2.0", "id": ',
    b":ds_set_state:\n\xff\n\n",
    b":" * 5000,
    packet(Type.REQUEST, 1, ["dispatcher.list"])[:-3],
    packet(Type.REQUEST, 1, [b"\x03" * 10_000]),
    random.Random(1).randbytes(30_000),
]


def test_garbage_on_every_listener_and_the_next_client_is_served(ours: Ours) -> None:
    for garbage in GARBAGE:
        for family, place in (
            (socket.AF_UNIX, f"{ours.folder}/ctl"),
            (socket.AF_INET, ("127.0.0.1", ours.tcp)),
            (socket.AF_INET, ("127.0.0.1", ours.server.rpc_port)),
        ):
            with socket.socket(family) as client, contextlib.suppress(ConnectionError):
                client.connect(place)
                client.sendall(garbage)
        for name in ("ctld", "rpc.sock", "mi.sock"):
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
                client.sendto(garbage, f"{ours.folder}/{name}")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.sendto(garbage, ("127.0.0.1", ours.tcp))
            client.sendto(garbage, ("127.0.0.1", ours.udp))
        for name in ("rpc.fifo", "mi.fifo"):
            Path(ours.folder, name).write_bytes(garbage)
    for address in ours.addresses:
        assert "NRSETS: 4" in ours.tools.kamcmd("dispatcher.list", "short", address=address)
    assert '"NRSETS":' in ours.tools.kamctl("dispatcher", "dump")
    assert '"NRSETS":' in ours.tools.kamcli("dispatcher", "list")
    assert ours.server.call("dispatcher.list")["NRSETS"] == 4
    assert "SET_NO:: 4" in mi(ours, ":ds_list:\n.")
    assert "SET_NO:: 4" in mi_by_fifo(ours, ":ds_list:REPLY\n\n")


def test_clients_that_never_read_hold_nobody_up(ours: Ours) -> None:
    request = packet(Type.REQUEST, 1, ["dispatcher.list"])
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            client = stack.enter_context(socket.socket(socket.AF_UNIX))
            client.setblocking(False)
            client.connect(f"{ours.folder}/ctl")
            client.send(request * 50)
        deaf = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        deaf.setblocking(False)
        deaf.bind("")
        with contextlib.suppress(BlockingIOError):
            for _ in range(200):
                deaf.sendto(b":ds_list:\n\n", f"{ours.folder}/mi.sock")
        assert "NRSETS: 4" in ours.tools.kamcmd("dispatcher.list", "short")
        assert '"NRSETS":' in ours.tools.kamctl("dispatcher", "dump")


def test_files_are_private_go_at_the_end_and_leftovers_are_replaced(tmp_path: Path) -> None:
    files = {"ctl": 0o600, "ctld": 0o600, "rpc.fifo": 0o660, "rpc.sock": 0o660, "mi.fifo": 0o660, "mi.sock": 0o660}
    for _ in range(2):  # The second finds what the first, which is killed, has left.
        crashed = Ours(tmp_path / "ours")
        assert {name: (crashed.folder / name).stat().st_mode & 0o777 for name in files} == files
        crashed.server.process.kill()
        crashed.server.process.wait()
        assert all((crashed.folder / name).exists() for name in files)
    with Ours(tmp_path / "ours").server as server:
        server.finish()
    assert not any((tmp_path / "ours" / name).exists() for name in files)


def test_kamcli_and_kamctl_change_the_table_that_the_server_reads(tmp_path: Path) -> None:
    folder = tmp_path / "ours"
    folder.mkdir()
    database = folder / "kamailio.db"
    connection = sqlite3.connect(database)
    with connection:
        connection.execute(_TABLE)
        connection.execute("INSERT INTO dispatcher VALUES (1, 1, 'sip:127.0.0.1:5080', 0, 0, '', '')")
    connection.close()
    tools = Tools(folder)
    text = control(folder, free_port(kind=socket.SOCK_STREAM), free_port())
    with Server(folder, text.replace("[dispatcher]", f"[dispatcher]\ndb_url = 'sqlite:///{database}'"), []) as server:
        tools.kamcli("dispatcher", "add", "--priority", "5", "--attrs", "duid=a", "2", "sip:127.0.0.1:5081")
        assert "sip:127.0.0.1:5081" in tools.kamcli("dispatcher", "showdb", "-F", "json")
        assert set(server.states()) == {"sip:127.0.0.1:5080"}
        assert "successfully reloaded" in tools.kamcli("dispatcher", "reload")
        assert set(server.states()) == {"sip:127.0.0.1:5080", "sip:127.0.0.1:5081"}
        assert '"BODY": "duid=a"' in tools.kamcli("dispatcher", "list")
        tools.kamcli("dispatcher", "rm", "2", "sip:127.0.0.1:5081")
        tools.kamctl("dispatcher", "add", "3", "sip:127.0.0.1:5082", "0", "7")
        assert "sip:127.0.0.1:5082" in tools.kamctl("dispatcher", "show")
        assert "successfully reloaded" in tools.kamctl("dispatcher", "reload")
        assert set(server.states()) == {"sip:127.0.0.1:5080", "sip:127.0.0.1:5082"}
        tools.kamctl("dispatcher", "rm", "1")
        tools.kamctl("dispatcher", "reload")
        assert set(server.states()) == {"sip:127.0.0.1:5082"}


#: As kamdbctl makes it.
_TABLE = (
    "CREATE TABLE dispatcher (id INTEGER PRIMARY KEY NOT NULL, setid INTEGER DEFAULT 0 NOT NULL,"
    " destination VARCHAR(192) DEFAULT '' NOT NULL, flags INTEGER DEFAULT 0 NOT NULL, priority INTEGER DEFAULT 0 NOT NULL,"
    " attrs VARCHAR(128) DEFAULT '' NOT NULL, description VARCHAR(64) DEFAULT '' NOT NULL)"
)


def test_a_client_of_binrpc_reads_the_same_bytes(ours: Ours, kamailio: Kamailio) -> None:
    # What an exporter of metrics asks for, as the bytes that it reads.
    request = packet(Type.REQUEST, 0x12345678, ["dispatcher.list"])
    answers = []
    for folder in (ours.folder, kamailio.folder):
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(PATIENCE)
            client.connect(f"{folder}/ctl")
            client.sendall(request)
            first = client.recv(65_536)
            header = read_header(first)  # All of it is in the first piece.
            while len(first) < header.end:
                first += client.recv(65_536)
            answers.append(first)
    assert answers[0] == answers[1]
