"""Tables of destinations: in a SQLite file, and in real servers of the other kinds."""

from __future__ import annotations

import sqlite3
import sys
from dataclasses import replace
from typing import Any

import pytest

from tests.stores.conftest import SQLiteFile
from tests.stores.database_servers import PASSWORD, USER, DatabaseServer, kamailio_schema
from txdispatcher.config.dispatcher import Dispatcher
from txdispatcher.errors import LoadError, SourceAway
from txdispatcher.sources import table_of
from txdispatcher.stores import database as module
from txdispatcher.stores.database import Database
from txdispatcher.stores.list_file import parse_list

OLDEST = "CREATE TABLE dispatcher (id INTEGER PRIMARY KEY, setid INTEGER, destination VARCHAR(192), flags INTEGER)"
FULL = OLDEST.removesuffix(")") + ", priority INTEGER, attrs VARCHAR(128))"
VERSION = "CREATE TABLE version (table_name VARCHAR(32), table_version INTEGER)"


def source(url: str, **names: Any) -> Database:
    """The database at `url`, with the names of table and columns that are usual, or those of these settings."""
    return Database(url, table_of(replace(Dispatcher(), **names)))


def read(database: SQLiteFile | DatabaseServer, **names: Any) -> list[tuple[int, str, int, int, str]]:
    """What every row comes to, of a table that nothing has to be said about."""
    reading = source(database.url, **names).read()
    assert (reading.errors, reading.warnings) == ([], [])
    return [(each.set_id, each.uri, each.flags, each.priority, each.attributes_text) for each in reading.records]


def refused(database: SQLiteFile | DatabaseServer, **names: Any) -> str:
    """Why it cannot be read as a whole, without the source's name."""
    found = source(database.url, **names)
    with pytest.raises(LoadError) as caught:
        found.read()
    assert str(caught.value).startswith(f"{found.name}: ")
    assert not isinstance(caught.value, SourceAway)
    return caught.value.reason


def test_kamailios_own_table(database: SQLiteFile | DatabaseServer) -> None:
    """Each row is the record that the same list line would be, in the order of the ids."""
    database.execute(
        *kamailio_schema(database.kind),
        "INSERT INTO dispatcher (id, setid, destination, flags, priority, attrs, description) VALUES"
        " (7, 2, 'sip:[2001:db8::1]:5080;transport=tcp', 8, 0, '', 'the last')",
        "INSERT INTO dispatcher (id, setid, destination, flags, priority, attrs) VALUES"
        " (3, 1, 'sip:gw.example.com', 0, 10, 'duid=abc;socket=udp:192.0.2.1:5060;my=xyz')",
        "INSERT INTO dispatcher (id, setid, destination) VALUES (5, 1, 'sip:192.0.2.2')",
    )
    assert source(database.url).read().records == parse_list(
        "1 sip:gw.example.com 0 10 duid=abc;socket=udp:192.0.2.1:5060;my=xyz\n"
        "1 sip:192.0.2.2\n"
        "2 sip:[2001:db8::1]:5080;transport=tcp 8 0\n",
        "list",
    )
    assert source(database.escaped_url).read().records == source(database.url).read().records


def test_columns_of_other_names_null_and_more_attributes(database: SQLiteFile | DatabaseServer) -> None:
    quote = "`" if database.kind == "mysql" else '"'
    database.execute(
        f"CREATE TABLE gateways ({quote}group{quote} CHAR(3), {quote}Uri{quote} CHAR(50), {quote}order{quote} INTEGER,"
        " prio DECIMAL(5, 1), more VARCHAR(99), sock VARCHAR(99), rate INTEGER)",
        "INSERT INTO gateways VALUES ('0x1', 'sip:a', NULL, NULL, NULL, NULL, NULL)",
        "INSERT INTO gateways VALUES ('2', 'sip:b', 9, 3.0, 'duid=x;', 'udp:192.0.2.1:5060', 50)",
        "INSERT INTO gateways VALUES ('3', 'sip:c', 0, 0, '', '', 7)",
    )
    found = read(
        database,
        table_name="gateways",
        setid_col="group",
        destination_col="uri",
        flags_col="order",
        priority_col="prio",
        attrs_col="more",
        ds_db_extra_attrs=(("socket", "sock"), ("weight", "rate")),
    )
    assert found == [
        (1, "sip:a", 0, 0, ""),
        (2, "sip:b", 9, 3, "duid=x;socket=udp:192.0.2.1:5060;weight=50"),
        (3, "sip:c", 0, 0, "weight=7"),
    ]


ROW = "INSERT INTO dispatcher VALUES (1, 4, 'sip:a', 8, 5, 'duid=x')"


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        (1, (4, "sip:a", 0, 0, "")),
        (2, (4, "sip:a", 8, 0, "")),
        (3, (4, "sip:a", 8, 5, "")),
        (4, (4, "sip:a", 8, 5, "duid=x")),
    ],
)
def test_the_version_says_which_columns_count(version: int, expected: object, sqlite: SQLiteFile) -> None:
    sqlite.execute(FULL, ROW, VERSION, f"INSERT INTO version VALUES ('dispatcher', {version}), ('other', 9)")
    assert read(sqlite) == [expected]


@pytest.mark.parametrize("version", [0, 5])
def test_a_version_that_is_not_known_is_named(version: int, database: SQLiteFile | DatabaseServer) -> None:
    database.execute(FULL, ROW, VERSION, f"INSERT INTO version VALUES ('dispatcher', {version})")
    assert refused(database) == f"the table version says version {version} of it: 1 to 4 is allowed"


@pytest.mark.parametrize("other", [[], [VERSION], ["CREATE TABLE version (number INTEGER)"]])
def test_without_a_word_about_its_version_the_columns_count(other: list[str], sqlite: SQLiteFile) -> None:
    sqlite.execute(OLDEST, *other, "INSERT INTO dispatcher VALUES (1, 4, 'sip:a', 8)")
    assert read(sqlite) == [(4, "sip:a", 8, 0, "")]


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ({"setid_col": "grp"}, "there is no column grp (setid_col); there are id, setid, destination, flags"),
        ({"attrs_col": "atrs"}, "there is no column atrs (attrs_col); there are id, setid, destination, flags"),
        (
            {"ds_db_extra_attrs": (("a", "b"),)},
            "there is no column b (ds_db_extra_attrs); there are id, setid, destination, flags",
        ),
        ({"table_name": "nowhere"}, "there is no such table"),
    ],
)
def test_what_is_not_there_is_named(names: dict[str, Any], reason: str, database: SQLiteFile | DatabaseServer) -> None:
    database.execute(OLDEST)
    assert refused(database, **names) == reason


def test_a_column_that_its_version_promises_is_missed(sqlite: SQLiteFile) -> None:
    sqlite.execute(OLDEST, VERSION, "INSERT INTO version VALUES ('dispatcher', 3)")
    assert refused(sqlite).startswith("there is no column priority (priority_col); ")


def test_a_table_in_a_schema(postgresql: DatabaseServer) -> None:
    try:
        postgresql.execute("CREATE SCHEMA sip", FULL.replace("dispatcher", "sip.dispatcher"), ROW.replace("INTO ", "INTO sip."))
        assert read(postgresql, table_name="sip.dispatcher") == [(4, "sip:a", 8, 5, "duid=x")]
        assert refused(postgresql) == "there is no such table"
    finally:
        postgresql.execute("DROP SCHEMA sip CASCADE")


@pytest.mark.parametrize(
    ("values", "column", "reason"),
    [
        ("NULL, 'sip:a', 0, 0, ''", "setid", "set id NULL: a number is allowed"),
        ("-1, 'sip:a', 0, 0, ''", "setid", "set id -1: 0 to 2147483647 is allowed"),
        ("'x', 'sip:a', 0, 0, ''", "setid", "set id 'x': a number is allowed, decimal"),
        ("1.5, 'sip:a', 0, 0, ''", "setid", "set id 1.5: a whole number is allowed"),
        ("1, NULL, 0, 0, ''", "destination", "destination '': sip:host"),
        ("1, 'tel:+1', 0, 0, ''", "destination", "destination 'tel:+1': sip:host"),
        ("1, 'sip:a' || char(7), 0, 0, ''", "destination", "'sip:a\\x07': only printable characters"),
        ("1, 'sip:a;transport=x', 0, 0, ''", "destination", "transport 'x': "),
        ("1, 'sip:1.2.3', 0, 0, ''", "destination", "host '1.2.3': neither"),
        ("1, 'sip:a', 64, 0, ''", "flags", "flags 64: a sum of 1"),
        ("1, 'sip:a', '', 0, ''", "flags", "flags '': a number is allowed"),
        ("1, 'sip:a', 0, -1, ''", "priority", "priority -1: 0 to"),
        ("1, 'sip:a', 0, 0, '=1'", "attrs", "attribute '=1': name=value"),
        ("1, 'sip:a', 0, 0, x'ff'", "attrs", "b'\\xff': only printable characters"),
    ],
)
def test_a_bad_row_is_named_with_its_column(values: str, column: str, reason: str, sqlite: SQLiteFile) -> None:
    sqlite.execute(
        FULL, ROW, f"INSERT INTO dispatcher VALUES (77, {values})", "INSERT INTO dispatcher VALUES (78, 1, 'b', 2, 0, '')"
    )
    found = source(sqlite.url)
    reading = found.read()
    [error] = reading.errors
    assert str(error).startswith(f"{found.name}: id 77, column {column}: {reason}")
    assert [each.uri for each in reading.records] == ["sip:a", "sip:b"]
    assert [line.removeprefix(found.name) for line in reading.warnings] == [
        ": id 78: destination b has no scheme: sip:b is taken",
        ": id 78: flag 2 means trying here; older lists meant probing by it, which is 8 now",
    ]


def test_a_bad_row_without_an_id_is_counted(sqlite: SQLiteFile) -> None:
    sqlite.execute("CREATE TABLE dispatcher (setid, destination)", "INSERT INTO dispatcher VALUES (1, 'sip:a'), (1, 'a b')")
    [error] = source(sqlite.url).read().errors
    assert error.reason.startswith("row 2, column destination: ")


def away(database: SQLiteFile | DatabaseServer) -> str:
    found = source(database.url)
    with pytest.raises(SourceAway) as caught:
        found.read()
    assert str(caught.value).startswith(f"{found.name}: cannot be read now: ")
    assert "\n" not in str(caught.value)
    assert PASSWORD not in str(caught.value)
    return caught.value.reason


def test_a_server_that_is_away_and_comes_back(server: DatabaseServer) -> None:
    server.execute(FULL, ROW)
    server.stop()
    try:
        assert "refused" in away(server)
    finally:
        server.start()
    assert len(read(server)) == 1


def test_a_wrong_password_is_not_shown(server: DatabaseServer) -> None:
    wrong = f"{server.scheme}://{USER}:wr0ng/@127.0.0.1:{server.port}/{server.database}"
    with pytest.raises(SourceAway) as caught:
        source(wrong).read()
    assert USER in str(caught.value)
    assert "wr0ng" not in str(caught.value)


def test_a_password_that_a_driver_repeats_is_not_shown(server: DatabaseServer) -> None:
    """A user of that name is not there, which servers say."""
    secret = "Sh0wn"
    with pytest.raises(SourceAway) as caught:
        source(f"{server.scheme}://{secret}:{secret}@127.0.0.1:{server.port}/{server.database}").read()
    assert secret not in caught.value.reason


def test_a_table_that_is_locked_is_not_waited_for_without_end(
    database: SQLiteFile | DatabaseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ANSWER_WITHIN", 1)
    database.execute(FULL, ROW)
    if isinstance(database, SQLiteFile):
        holder: Any = sqlite3.connect(database.file)
        holder.execute("BEGIN EXCLUSIVE")
    else:
        holder = database._connect()
        lock = "LOCK TABLES dispatcher WRITE" if database.kind == "mysql" else "LOCK TABLE dispatcher"
        holder.cursor().execute(lock)
    try:
        away(database)
    finally:
        holder.close()
    assert len(read(database)) == 1


def test_a_file_that_is_not_there_is_not_made(sqlite: SQLiteFile) -> None:
    assert "unable to open" in away(sqlite)
    assert not sqlite.file.exists()


def test_a_file_that_is_no_database(sqlite: SQLiteFile) -> None:
    sqlite.file.write_text("1 sip:a\n" * 100)
    assert refused(sqlite) == "cannot be read: file is not a database"


@pytest.mark.parametrize(
    ("url", "driver", "hint"),
    [
        ("mysql://u:s3cret@h/d", "pymysql", ': pip install "txdispatcher[mysql]"'),
        ("postgres://u:s3cret@h/d", "psycopg", ': pip install "txdispatcher[postgresql]"'),
        ("mysql+mysqldb://u:s3cret@h/d", "mysqldb", ""),
    ],
)
def test_a_driver_that_is_not_installed(url: str, driver: str, hint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for each in ("pymysql", "psycopg", "MySQLdb"):
        monkeypatch.setitem(sys.modules, each, None)
    with pytest.raises(LoadError) as caught:
        source(url).read()
    assert caught.value.reason == f"the driver {driver} is not installed{hint}"


def test_a_driver_that_nobody_knows() -> None:
    with pytest.raises(LoadError) as caught:
        source("mysql+nosuch://u:s3cret@h/d").read()
    assert caught.value.reason == "SQLAlchemy knows no mysql+nosuch"


def test_a_row_that_stays_is_the_same_record(sqlite: SQLiteFile) -> None:
    sqlite.execute(FULL, ROW, "INSERT INTO dispatcher VALUES (2, 4, 'sip:b', 0, 0, '')")
    found = source(sqlite.url)
    first, second = found.read().records
    sqlite.execute("UPDATE dispatcher SET flags = 0 WHERE id = 1")
    changed, same = found.read().records
    assert same is second
    assert (changed.flags, first.flags) == (0, 8)


def test_it_has_no_stamp(sqlite: SQLiteFile) -> None:
    assert source(sqlite.url).stamp() is None
