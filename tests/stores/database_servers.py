"""Private MariaDB and PostgreSQL servers on free ports, with data folders of their own, and Kamailio's table in them."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pymysql

from tests.peers import free_port, missing, require_peer

#: Seconds within which a server has started or stopped, or never will.
PATIENCE = 60.0
USER = "kamailio"
#: Every character that means something in a URL.
PASSWORD = "s3:cr/e@t?#%"


def kamailio_schema(kind: str) -> list[str]:
    """The statements by which kamdbctl makes the tables `version` and `dispatcher`."""
    statements = []
    for name in ("standard", "dispatcher"):
        file = Path("/usr/share/kamailio", kind, f"{name}-create.sql")
        if not file.exists():
            missing(f"{file} is not installed")
        statements += [each for each in re.split(r";\s*\n", file.read_text()) if each.strip()]
    return statements


class DatabaseServer(ABC):
    """A server that runs until `close`, with a database that belongs to `user`, empty."""

    #: Of Kamailio's URL.
    scheme: str
    #: Kamailio's folder of SQL scripts.
    kind: str
    database: str
    user = USER
    password = PASSWORD

    def __init__(self, port: int = 0) -> None:
        self.port = port or free_port(kind=socket.SOCK_STREAM)
        self.folder = Path(tempfile.mkdtemp(prefix="database-"))
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._make()
            self.start()
        except BaseException:
            self.close()
            raise

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.user}:{self.password}@127.0.0.1:{self.port}/{self.database}"

    @property
    def escaped_url(self) -> str:
        """The same as SQLAlchemy wants it."""
        return f"{self.scheme}://{self.user}:{quote(self.password, safe='')}@127.0.0.1:{self.port}/{self.database}"

    def start(self) -> None:
        """Start it, or start it again."""
        with open(self.folder / "log", "ab") as log:
            self._process = subprocess.Popen(self._command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self._as())
        give_up = time.monotonic() + PATIENCE
        while True:
            try:
                self._connect().close()
                return
            except (pymysql.err.OperationalError, psycopg.OperationalError):
                if self._process.poll() is not None or time.monotonic() > give_up:
                    raise AssertionError((self.folder / "log").read_text()) from None
                time.sleep(0.05)

    def stop(self) -> None:
        """Stop it; its data stay."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(self._end)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def execute(self, *statements: str) -> None:
        """Each of them, as the one to whom the database belongs."""
        with self._connect() as connection:
            for each in statements:
                connection.cursor().execute(each)
            connection.commit()

    def clear(self) -> None:
        """No table is there any more."""
        self.execute("DROP TABLE IF EXISTS dispatcher", "DROP TABLE IF EXISTS version", "DROP TABLE IF EXISTS gateways")

    _end = signal.SIGTERM

    @abstractmethod
    def _make(self) -> None:
        """Fill the folder."""

    @abstractmethod
    def _command(self) -> list[str]: ...

    @abstractmethod
    def _connect(self) -> Any:
        """A connection of the owner's."""

    def _as(self) -> dict[str, Any]:
        """As whom the server's programs are run."""
        return {}


class MariaDB(DatabaseServer):
    """MariaDB."""

    scheme = "mysql"
    kind = "mysql"

    database = "sip"

    def _make(self) -> None:
        install = require_peer("mariadb-install-db")
        options = [*self._options(), "--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run([install, *options], stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=PATIENCE)
        (self.folder / "init.sql").write_text(
            f"CREATE DATABASE IF NOT EXISTS {self.database};\n"
            f"CREATE USER IF NOT EXISTS {self.user}@'127.0.0.1' IDENTIFIED BY '{self.password}';\n"
            f"GRANT ALL ON {self.database}.* TO {self.user}@'127.0.0.1';\n"
        )

    def _command(self) -> list[str]:
        return [
            require_peer("mariadbd"),
            *self._options(),
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            f"--socket={self.folder}/socket",
            f"--pid-file={self.folder}/pid",
            f"--init-file={self.folder}/init.sql",
            "--skip-name-resolve",
        ]

    def _options(self) -> list[str]:
        options = ["--no-defaults", f"--datadir={self.folder}/data", "--innodb-log-file-size=4M", "--innodb-buffer-pool-size=8M"]
        return [*options, "--user=root"] if os.geteuid() == 0 else options

    def _connect(self) -> Any:
        return pymysql.connect(host="127.0.0.1", port=self.port, user=self.user, password=self.password, database=self.database)


class PostgreSQL(DatabaseServer):
    """PostgreSQL, which refuses to run as root: then it is run as the user that Debian's package made for it."""

    scheme = "postgres"
    kind = "postgres"
    database = "postgres"
    _end = signal.SIGINT  # Fast shutdown: whoever is connected is sent away.

    def _make(self) -> None:
        initdb = require_peer("initdb")
        (self.folder / "password").write_text(PASSWORD)
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
            shutil.chown(self.folder / "password", "postgres")
        command = [initdb, "--no-sync", "--auth=scram-sha-256", f"--username={USER}", f"--pwfile={self.folder}/password"]
        command += ["--encoding=UTF8", "--locale=C", "--pgdata", str(self.folder / "data")]
        subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            timeout=PATIENCE,
            cwd=self.folder,
            **_as_postgres(),
        )

    def _command(self) -> list[str]:
        options = [f"port={self.port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={self.folder}", "fsync=off"]
        return [require_peer("postgres"), "-D", f"{self.folder}/data", *(word for each in options for word in ("-c", each))]

    def _as(self) -> dict[str, Any]:
        return {"cwd": self.folder, **_as_postgres()}

    def _connect(self) -> Any:
        return psycopg.connect(host="127.0.0.1", port=self.port, user=USER, password=PASSWORD, dbname=self.database)


def _as_postgres() -> dict[str, Any]:
    return {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
