"""What a Kamailio script's modules begin with, from SQLite files with Kamailio's own tables."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pytest

from tests.proxy.bench import request, words
from tests.routing.kamailio.script_bench import ScriptBench
from txdispatcher.errors import LoadError
from txdispatcher.script_tables import fill, load_addresses, load_tables, read_items

SCHEMA = """
CREATE TABLE address (id INTEGER PRIMARY KEY, grp INTEGER, ip_addr VARCHAR(50), mask INTEGER, port INTEGER, tag VARCHAR(64));
INSERT INTO address VALUES (1, 1, '192.0.2.1', 32, 0, 'alice'), (2, 2, '10.0.0.0', 8, 5060, NULL);
CREATE TABLE trusted (id INTEGER PRIMARY KEY, src_ip VARCHAR(50), proto VARCHAR(4), from_pattern VARCHAR(64),
  ruri_pattern VARCHAR(64), tag VARCHAR(64), priority INTEGER);
INSERT INTO trusted VALUES (1, '192.0.2.1', 'any', NULL, NULL, 'low', 0), (2, '192.0.2.1', 'udp', '^sip:alice@', NULL, 'high', 5),
  (3, 'any', 'udp', '^sip:carol@', '^sip:[0-9]+@', 'c', 1);
CREATE TABLE htable (id INTEGER PRIMARY KEY, key_name VARCHAR(64), key_type INTEGER, value_type INTEGER, key_value VARCHAR(128),
  expires INTEGER);
INSERT INTO htable VALUES (1, 'a', 0, 0, 'text', 0), (2, 'n', 0, 1, '7', 0), (3, 'l', 1, 0, 'x', 0), (4, 'l', 1, 0, 'y', 0);
"""
PARAMETERS = """modparam("htable|permissions", "db_url", "sqlite:///{file}")
modparam("htable", "htable", "t=>size=8;dbtable=htable;")
modparam("htable", "htable", "memory=>size=8;")
modparam("permissions", "peer_tag_avp", "$avp(tag)")
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    file = tmp_path / "kamailio.db"
    with sqlite3.connect(file) as connection:
        connection.executescript(SCHEMA)
    return file


def bench(database: Path, text: str, more: str = "") -> ScriptBench:
    cfg = database.parent / "k.cfg"
    cfg.write_text(f"{PARAMETERS.format(file=database)}{more}\nrequest_route {{ {text} }}")
    made = ScriptBench(cfg)
    load_tables(made.script.modules, made.now)
    return made


def said(made: ScriptBench, data: bytes) -> list[str]:
    made.logged.clear()
    made.receive(data)
    return [text for _, text in made.logged]


def test_addresses_and_items_are_there_when_the_script_runs(database: Path) -> None:
    text = 'if (allow_source_address(1)) xlog("$avp(tag)"); if (allow_address(2, "10.9.9.9", 5060)) xlog("net");'
    made = bench(database, text + 'xlog("$sht(t=>a) $sht(t=>l[1]) $sht(t=>l::size)"); $var(n) = $sht(t=>n) + 1; xlog("$var(n)");')
    assert said(made, request()) == ["alice", "net", "text y 2", "8"]


def test_the_trusted_are_known_by_source_transport_and_uris_the_higher_priority_first(database: Path) -> None:
    made = bench(database, 'if (allow_trusted()) xlog("$avp(tag)"); else xlog("no");')
    assert said(made, request()) == ["high"]
    made = bench(
        database,
        'allow_trusted("192.0.2.7", "udp", "sip:carol@a"); xlog("$rc"); allow_trusted("192.0.2.1", "tcp"); xlog("$avp(tag)");',
    )
    assert said(made, request()) == ["-1", "low"]
    made = bench(database, '$ru = "sip:123@b"; if (allow_trusted("192.0.2.7", "udp", "sip:carol@a")) xlog("$avp(tag)");')
    assert said(made, request()) == ["c"]


def test_they_are_read_again(database: Path) -> None:
    made = bench(database, 'allow_source_address(3); xlog("$rc $sht(t=>a) $sht(t=>b)");')
    assert said(made, request()) == ["-1 text <null>"]
    with sqlite3.connect(database) as connection:
        connection.execute("INSERT INTO address VALUES (3, 3, '192.0.2.1', 32, 0, '')")
        connection.execute("UPDATE htable SET key_name = 'b' WHERE key_name = 'a'")
    load_addresses(made.script.modules)
    fill(made.script.modules.tables["t"], read_items(made.script.modules, "t"), made.now)
    assert said(made, request(call_id=b"2", branch=b";branch=z9hG4bK2")) == ["1 <null> text"]


def test_items_end_when_the_database_says_so(database: Path) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE htable SET expires = ? WHERE key_name = 'a'", (int(time.time()) + 100,))
        connection.execute("UPDATE htable SET expires = 5 WHERE key_name = 'n'")
    made = bench(database, "exit;", 'modparam("htable", "db_expires", 1)')
    table = made.script.modules.tables["t"]
    assert 90 < (table.left(b"a", made.now) or 0) <= 100
    assert table.left(b"n", made.now) is None


def test_only_what_load_backends_names_is_read(database: Path) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute("DROP TABLE trusted")
    made = bench(database, "exit;", 'modparam("permissions", "load_backends", 1)')
    assert made.script.modules.addresses is not None
    with pytest.raises(LoadError, match=r"table trusted of sqlite://.*: there is no such table"):
        bench(database, "exit;")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("UPDATE address SET ip_addr = 'nowhere' WHERE id = 1", "table address: found '1 nowhere 32 0 alice': 'nowhere/32'"),
        (
            "UPDATE trusted SET proto = 'ipx' WHERE id = 1",
            "table trusted: found '192.0.2.1 ipx   low': the transport ipx; allowed: any",
        ),
        ("UPDATE trusted SET from_pattern = '[' WHERE id = 1", r"\[ is no regular expression"),
        ("UPDATE htable SET key_value = 'x' WHERE key_name = 'n'", "table htable: n: found 'x'; allowed: a number"),
        ("ALTER TABLE htable RENAME COLUMN key_value TO v", "there is no column key_value; there are id, key_name"),
    ],
)
def test_what_is_wrong_is_named(database: Path, change: str, message: str) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute(change)
    with pytest.raises(LoadError, match=message):
        bench(database, "exit;")


def test_a_table_without_a_database_cannot_be_filled_again(database: Path) -> None:
    with pytest.raises(LoadError, match="htable memory: has no table in a database"):
        read_items(bench(database, "exit;").script.modules, "memory")


def test_who_is_no_trusted_source_is_refused(database: Path) -> None:
    made = bench(database, 'if (!allow_trusted()) { sl_send_reply("403", "No"); exit; }')
    assert words(made.receive(request(), ("192.0.2.9", 5060))) == [b"403"]
