"""Every example of docs/control-api.md is answered by the server, by every listener that takes it."""

from __future__ import annotations

import json
import os
import re
import select
import shlex
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers import free_port
from tests.test_script_tables import SCHEMA
from tests.wire.server import PATIENCE, ROOT, Server, settings
from txdispatcher.control.kamcmd import command
from txdispatcher.control.kamcmd_calls import call, parse_address
from txdispatcher.control.mi import COMMAND_OF

DOCUMENT = (ROOT / "docs/control-api.md").read_text()
EXAMPLES = [json.loads(text) for text in re.findall(r"^```json\n(.*)\n```$", DOCUMENT, flags=re.MULTILINE)]
COMMANDS = [shlex.split(text) for text in re.findall(r"^```sh\nkamcmd (.*)\n```$", DOCUMENT, flags=re.MULTILINE)]
MI = re.findall(r"^```mi\n(.*?\n\n)```$", DOCUMENT, flags=re.MULTILINE | re.DOTALL)

#: What the examples speak of.
LIST = ["1 sip:127.0.0.1:5081 0 0 duid=abc", "2 sip:127.0.0.1:5080"]
SCRIPT = """modparam("htable|permissions", "db_url", "sqlite:///{database}")
modparam("htable", "htable", "ipban=>size=8")
modparam("htable", "htable", "routes=>size=8;dbtable=htable")
request_route {{ sl_send_reply("200", "OK"); }}
"""


class Everywhere:
    """A server with a listener of every kind, and where they are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, other = free_port(kind=socket.SOCK_STREAM), free_port()
        with sqlite3.connect(folder / "kamailio.db") as database:
            database.executescript(SCHEMA)
        (folder / "k.cfg").write_text(SCRIPT.format(database=folder / "kamailio.db"))
        text = settings(route='kamailio_cfg = "k.cfg"', dispatcher="flags = 2").replace(
            "jsonrpc = RPC",
            f"""jsonrpc = [RPC, "unix:{folder}/http"]
binrpc = ["unix:{folder}/ctl", "unixd:{folder}/ctld", "tcp:127.0.0.1:{self.port}", "udp:127.0.0.1:{self.port}"]
jsonrpc_fifo = "{folder}/rpc.fifo"
jsonrpc_datagram = ["unix:{folder}/rpc.sock", "udp:127.0.0.1:{other}"]
mi_fifo = "{folder}/mi.fifo"
mi_datagram = "unix:{folder}/mi.sock"
fifo_reply_dir = "{folder}"
""",
        )
        self.server = Server(folder, text, LIST)

    def prepare(self) -> None:
        """Have the item of which examples speak: it is not there at first, and some take it out."""
        self.server.call("htable.sets", "ipban", "192.0.2.1", "yes")

    def by_datagram(self, name: str, text: str) -> str:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
            client.settimeout(PATIENCE)
            client.bind("")  # A name of Linux's choosing.
            client.sendto(text.encode(), str(self.folder / name))
            return client.recv(200_000).decode()

    def by_fifo(self, name: str, text: str) -> str:
        """`text` names reply_fifo."""
        path = self.folder / "reply_fifo"
        if not path.exists():
            os.mkfifo(path)
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        (self.folder / name).write_text(text)
        assert select.select([reader], [], [], PATIENCE)[0]
        os.set_blocking(reader, True)
        with open(reader, encoding="utf-8") as opened:
            return opened.read()


@pytest.fixture(scope="module")
def everywhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Everywhere]:
    found = Everywhere(tmp_path_factory.mktemp("api"))
    with found.server:
        yield found


@pytest.mark.parametrize("example", EXAMPLES, ids=[example["method"] for example in EXAMPLES])
def test_an_example_is_answered_by_http(example: dict[str, object], everywhere: Everywhere) -> None:
    params = example.get("params", [])
    assert isinstance(params, list)
    everywhere.prepare()
    # A fault would be raised.
    everywhere.server.call(str(example["method"]), *params)


@pytest.mark.parametrize("example", EXAMPLES, ids=[example["method"] for example in EXAMPLES])
def test_an_example_is_answered_by_datagram_and_fifo(example: dict[str, object], everywhere: Everywhere) -> None:
    everywhere.prepare()
    assert "result" in json.loads(everywhere.by_datagram("rpc.sock", json.dumps(example)))
    everywhere.prepare()
    assert "result" in json.loads(everywhere.by_fifo("rpc.fifo", json.dumps({**example, "reply_name": "reply_fifo"})))


@pytest.mark.parametrize("words", COMMANDS, ids=[words[0] for words in COMMANDS])
def test_a_command_is_answered_by_every_address(words: list[str], everywhere: Everywhere) -> None:
    folder, port = everywhere.folder, everywhere.port
    for address in (
        f"http+unix:{folder}/http",
        f"unix:{folder}/ctl",
        f"unixd:{folder}/ctld",
        f"tcp:127.0.0.1:{port}",
        f"udp:127.0.0.1:{port}",
    ):
        everywhere.prepare()
        # A fault would be raised.
        call(parse_address(address), *command(words), str(folder))


@pytest.mark.parametrize("example", MI, ids=[example.split(":")[1] for example in MI])
def test_a_command_of_mi_is_answered(example: str, everywhere: Everywhere) -> None:
    assert everywhere.by_fifo("mi.fifo", example).startswith("200 OK\n")
    assert everywhere.by_datagram("mi.sock", example.replace("reply_fifo", "")).startswith("200 OK\n")


def test_every_method_has_an_example(everywhere: Everywhere) -> None:
    methods = everywhere.server.call("system.listMethods")
    assert [example["method"] for example in EXAMPLES] == methods
    assert [command(words)[0] for words in COMMANDS] == methods
    assert len(MI) == len(COMMAND_OF)
