"""Where records end: CSV files, and tables of real databases."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from tests.stores.conftest import SQLiteFile
from tests.stores.database_servers import DatabaseServer
from txdispatcher.errors import LoadError
from txdispatcher.routing.script.accounting import ANSWERED, MISSED, REQUEST, Event
from txdispatcher.stores.account_books import CsvFile
from txdispatcher.stores.account_tables import AccountTables, Names
from txdispatcher.stores.database_url import parse_url

TIME = 1_700_000_000.25


def read(database: SQLiteFile | DatabaseServer, query: str) -> list[tuple[Any, ...]]:
    """The rows that a query gives."""
    engine = create_engine(parse_url(database.url))
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(query))]
    engine.dispose()
    return found


def event(call_id: str = "1@x", kind: str = ANSWERED, table: str = "", **extra: str) -> Event:
    values = ("INVITE", "from", "to", call_id, "200", "OK", *extra.values())
    return Event(kind, TIME, tuple(each.encode() for each in values), tuple(extra), table)


def rows(path: Path) -> list[list[str]]:
    with path.open(newline="") as file:
        return list(csv.reader(file))


class TestCsv:
    HEADER = ["kind", "time", "method", "from_tag", "to_tag", "call_id", "code", "reason", "user"]

    def test_a_header_and_a_line_for_each(self, tmp_path: Path) -> None:
        path = tmp_path / "acc.csv"
        book = CsvFile(str(path), ["user"])
        assert book.write([event(user='a,"b"\r\n=c')]) == (1, 0)
        assert book.write([event("2@x", MISSED)]) == (1, 0)
        assert rows(path) == [
            self.HEADER,
            [ANSWERED, "2023-11-14T22:13:20.250+00:00", "INVITE", "from", "to", "1@x", "200", "OK", 'a,"b"\r\n=c'],
            [MISSED, "2023-11-14T22:13:20.250+00:00", "INVITE", "from", "to", "2@x", "200", "OK", ""],
        ]

    def test_it_may_be_moved_away(self, tmp_path: Path) -> None:
        path = tmp_path / "acc.csv"
        book = CsvFile(str(path), [])
        book.write([event()])
        path.rename(tmp_path / "old.csv")
        book.write([event("2@x")])
        assert [len(rows(each)) for each in (path, tmp_path / "old.csv")] == [2, 2]

    def test_one_with_other_columns_is_put_aside(self, tmp_path: Path) -> None:
        path = tmp_path / "acc.csv"
        (tmp_path / "acc.csv.1").write_text("an older one")
        CsvFile(str(path), []).write([event()])
        CsvFile(str(path), ["user"]).write([event(user="bob")])
        assert rows(path)[0] == self.HEADER
        assert rows(tmp_path / "acc.csv.2")[0] == self.HEADER[:-1]

    def test_where_it_cannot_be_written(self, tmp_path: Path) -> None:
        with pytest.raises(LoadError, match=r"none/acc\.csv: cannot be written: No such file or directory"):
            CsvFile(str(tmp_path / "none" / "acc.csv"), []).write([event()])


TABLE = """CREATE TABLE {} (method VARCHAR(16) NOT NULL, from_tag VARCHAR(128), to_tag VARCHAR(128), callid VARCHAR(20),
    sip_code VARCHAR(3), sip_reason VARCHAR(128), time TIMESTAMP, src_user VARCHAR(64))"""
EXTRA = {"src_user": "bob"}


class TestTables:
    @pytest.fixture
    def tables(self, database: SQLiteFile | DatabaseServer) -> AccountTables:
        for name in ("acc", "missed_calls"):
            database.execute(f"DROP TABLE IF EXISTS {name}")
            database.execute(TABLE.format(name))
        return AccountTables(database.url, Names())

    def test_records_go_where_their_kind_goes(self, tables: AccountTables, database: SQLiteFile | DatabaseServer) -> None:
        events = [event("1@x", **EXTRA), event("2@x", MISSED, **EXTRA), event("3@x", REQUEST, "missed_calls", **EXTRA)]
        assert tables.write(events) == (3, 0)
        shown = "method, from_tag, to_tag, callid, sip_code, sip_reason, src_user"
        (found,) = read(database, f"SELECT {shown} FROM acc")
        assert found == ("INVITE", "from", "to", "1@x", "200", "OK", "bob")
        assert read(database, "SELECT callid FROM missed_calls ORDER BY callid") == [("2@x",), ("3@x",)]
        ((time,),) = read(database, "SELECT time FROM acc")
        assert str(time).startswith(str(datetime.fromtimestamp(int(TIME))))
        tables.close()

    def test_a_table_that_is_not_there_may_come(self, tables: AccountTables, database: SQLiteFile | DatabaseServer) -> None:
        database.execute("DROP TABLE acc")
        with pytest.raises(LoadError, match=r"cannot be written: .*acc"):
            tables.write([event("1@x", **EXTRA)])
        database.execute(TABLE.format("acc"))
        assert tables.write([event("1@x", **EXTRA)]) == (1, 0)
        tables.close()


def test_a_record_that_is_refused_does_not_keep_the_others(server: DatabaseServer) -> None:
    server.execute("DROP TABLE IF EXISTS acc")
    server.execute(TABLE.format("acc"))
    tables = AccountTables(server.url, Names())
    assert tables.write([event("1@x", **EXTRA), event("too long for the column" * 9, **EXTRA), event("3@x", **EXTRA)]) == (3, 1)
    assert read(server, "SELECT callid FROM acc ORDER BY callid") == [("1@x",), ("3@x",)]
    tables.close()


def test_a_database_that_is_away(tmp_path: Path) -> None:
    tables = AccountTables(f"sqlite:///{tmp_path}/none.db", Names())
    with pytest.raises(LoadError, match=r"accounting in sqlite:.*cannot be written"):
        tables.write([event()])
