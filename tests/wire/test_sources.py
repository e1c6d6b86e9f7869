"""Where the sets come from, with calls going on: a database, one that is away, a watched file, skipped lines."""

from __future__ import annotations

import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests.test_app import twistd
from tests.wire.agent import Agent
from tests.wire.server import Fault, Server, settings

TABLE = "CREATE TABLE dispatcher (id INTEGER PRIMARY KEY, setid, destination, flags, priority, attrs)"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "sip.db"


def execute(file: Path, *statements: str) -> None:
    connection = sqlite3.connect(file)
    with connection:
        for each in statements:
            connection.execute(each)
    connection.close()


def taker(server: Server, *gateways: Agent) -> Agent:
    """The gateway that gets a call, which it refuses."""
    with Agent() as caller:
        caller.send(caller.request("INVITE", f"sip:1000@{server.host_port}"), server.address)
        server.settle()
        [(gateway, received)] = [(each, got) for each in gateways for got in each.pending() if got.kind == "INVITE"]
        gateway.answer(received, "486 Busy Here")
        gateway.expect("ACK")
        caller.expect("486")
        return gateway


def test_a_table_that_is_changed_and_reloaded(tmp_path: Path, file: Path) -> None:
    with Agent() as first, Agent() as second:
        execute(
            file,
            TABLE,
            f"INSERT INTO dispatcher VALUES (1, 1, '{first.uri}', 0, 5, 'duid=a')",
            f"INSERT INTO dispatcher VALUES (2, 1, '{second.uri}', 8, 1, NULL)",
        )
        with Server(tmp_path, settings(dispatcher=f"db_url = 'sqlite:///{file}'"), ["not read"]) as server:
            assert taker(server, first, second) is first
            server.call("dispatcher.set_state", "tp", 1, second.uri)
            execute(file, "UPDATE dispatcher SET priority = 9 WHERE id = 2")
            assert taker(server, first, second) is first
            server.call("dispatcher.reload")
            assert taker(server, first, second) is second
            assert server.states() == {second.uri: "TP", first.uri: "AX"}

            execute(file, "UPDATE dispatcher SET destination = 'no uri' WHERE id = 1")
            with pytest.raises(Fault, match="500 Reload Failed"):
                server.call("dispatcher.reload")
            file.rename(tmp_path / "away.db")
            server.hang_up()
            assert taker(server, first, second) is second
    name = f"table dispatcher of sqlite:///{file}"
    errors = [line.partition("reload: ")[2] for line in server.log.splitlines() if "the list in force stays" in line]
    assert errors[0].startswith(f"{name}: id 1, column destination: destination 'no uri': ")
    assert errors[1:] == [f"{name}: cannot be read now: unable to open database file; the list in force stays"]


def test_a_start_without_its_database_is_one_line_and_status_1(tmp_path: Path, file: Path) -> None:
    config = tmp_path / "k.toml"
    config.write_text(f"[dispatcher]\ndb_url = 'sqlite:///{file}'\n")
    ended: subprocess.CompletedProcess[str] = twistd("--config", config)
    said = f"table dispatcher of sqlite:///{file}: cannot be read now: unable to open database file\n"
    assert (ended.returncode, ended.stderr) == (1, f"kdispatcher: {said}")
    checked = twistd("--check", "--config", config)
    assert (checked.returncode, checked.stdout) == (1, said)


def test_a_start_without_its_database_waits_for_it_if_it_is_to_be_tried_again(tmp_path: Path, file: Path) -> None:
    with Agent() as gateway, Server(tmp_path, settings(dispatcher=f"db_url = 'sqlite:///{file}'\ndb_retry = 1"), []) as server:
        with pytest.raises(Fault, match="500 No Destination Sets"):
            server.call("dispatcher.list")
        execute(tmp_path / "new.db", TABLE, f"INSERT INTO dispatcher VALUES (1, 1, '{gateway.uri}', 0, 0, '')")
        (tmp_path / "new.db").rename(file)
        server.until(lambda: "reload: 1 destination in 1 set from" in server.log)
        assert taker(server, gateway) is gateway
    assert "there are no sets yet; next attempt in 1 s" in server.log


def test_a_watched_list(tmp_path: Path) -> None:
    text = settings(dispatcher="watch_list = true")
    with Agent() as first, Agent() as second, Server(tmp_path, text, [f"1 {first.uri}"]) as server:
        server.write_list([f"1 {second.uri}", "broken"])
        server.until(lambda: "dispatcher.list:2: " in server.log)
        assert taker(server, first, second) is first
        server.write_list([f"1 {second.uri}"])
        server.until(lambda: "reload: 1 destination" in server.log)
        assert taker(server, first, second) is second
    assert server.log.count("dispatcher.list:2: ") == 1


def test_a_bad_line_is_skipped_if_that_is_what_ds_load_mode_says(tmp_path: Path) -> None:
    with Agent() as gateway, Server(tmp_path, settings(dispatcher="ds_load_mode = 0"), ["broken", f"1 {gateway.uri}"]) as server:
        assert server.states() == {gateway.uri: "AX"}
    [line] = [line for line in server.log.splitlines() if "dispatcher.list:1: " in line]
    assert line.endswith(": skipped")


def test_reload_delta_is_for_rpc_and_not_for_a_signal(tmp_path: Path) -> None:
    with Server(tmp_path, settings(dispatcher="reload_delta = 1000"), ["1 sip:127.0.0.1:9"]) as server:
        server.hang_up()
        server.call("dispatcher.reload")
        with pytest.raises(Fault, match="500 Ongoing reload"):
            server.call("dispatcher.reload")
        server.hang_up()
    assert server.log.count("reload: 1 destination in 1 set") == 3
