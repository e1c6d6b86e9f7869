"""The databases that tests read: a SQLite file, and a server of each other kind, started once and only if it is asked for."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stores.database_servers import DatabaseServer, MariaDB, PostgreSQL


class SQLiteFile:
    """A file of SQLite's, with the same face as a server."""

    kind = "db_sqlite"

    def __init__(self, file: Path) -> None:
        self.file = file
        self.url = self.escaped_url = f"sqlite:///{file}"

    def execute(self, *statements: str) -> None:
        connection = sqlite3.connect(self.file)
        with connection:
            for each in statements:
                connection.execute(each)
        connection.close()


@pytest.fixture
def sqlite(tmp_path: Path) -> SQLiteFile:
    return SQLiteFile(tmp_path / "some #1?.db")


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariaDB]:
    server = MariaDB()
    yield server
    server.close()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgreSQL]:
    server = PostgreSQL()
    yield server
    server.close()


@pytest.fixture
def mariadb(mariadb_server: MariaDB) -> MariaDB:
    mariadb_server.clear()
    return mariadb_server


@pytest.fixture
def postgresql(postgresql_server: PostgreSQL) -> PostgreSQL:
    postgresql_server.clear()
    return postgresql_server


@pytest.fixture(params=["mariadb", "postgresql"])
def server(request: pytest.FixtureRequest) -> DatabaseServer:
    found: DatabaseServer = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=["sqlite", "mariadb", "postgresql"])
def database(request: pytest.FixtureRequest) -> SQLiteFile | DatabaseServer:
    found: SQLiteFile | DatabaseServer = request.getfixturevalue(request.param)
    return found
