"""The URL of a database, in Kamailio's form or in SQLAlchemy's: ``dialect[+driver]://[user[:password]@][host[:port]]/database``.

Kamailio's says ``postgres``, and gives a SQLite file as ``sqlite:////path`` or ``sqlite:///path``, absolute both times. What
stands behind the last "@" is the host, so a password may hold any character; one that is written as %XX is decoded.
"""

from __future__ import annotations

from urllib.parse import quote, unquote

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

#: For each dialect as it may be written: SQLAlchemy's name, the driver where none is named, the extra that brings it.
_DIALECTS = {
    "mysql": ("mysql", "pymysql", "mysql"),
    "mariadb": ("mariadb", "pymysql", "mysql"),
    "postgres": ("postgresql", "psycopg", "postgresql"),
    "postgresql": ("postgresql", "psycopg", "postgresql"),
    "sqlite": ("sqlite", "pysqlite", ""),
}
_ALLOWED = "mysql://USER:PASSWORD@HOST/DATABASE, postgres://… or sqlite:////PATH is allowed"


def parse_url(text: str) -> URL:
    """SQLAlchemy's URL for `text`. Raises ValueError, whose text has no part of a password in it."""
    scheme, slashes, rest = text.partition("://")
    dialect, _, driver = scheme.partition("+")
    if not slashes:
        raise ValueError(f"no URL; {_ALLOWED}")
    if dialect not in _DIALECTS:
        raise ValueError(f"a URL of {scheme}://; {_ALLOWED}")
    name, usual, _ = _DIALECTS[dialect]
    name = f"{name}+{driver or usual}"
    if dialect == "sqlite":
        return _sqlite(name, rest)
    credentials, at, place = rest.rpartition("@")
    try:
        url = make_url(f"{name}://{place}")
    except (ArgumentError, ValueError):
        raise ValueError(f"no host, port and database that can be made out; {_ALLOWED}") from None
    if not url.database:
        raise ValueError(f"no database is named; {_ALLOWED}")
    if not at:
        return url
    user, colon, password = credentials.partition(":")
    return url.set(username=unquote(user), password=unquote(password) if colon else None)


def shown(text: str) -> str:
    """`text` as it may be seen: without password, driver and query. Raises ValueError."""
    url = parse_url(text)
    dialect = text.partition("://")[0].partition("+")[0]
    if dialect == "sqlite":
        return text
    user = f"{quote(url.username)}@" if url.username else ""
    host = url.host or ""
    host = f"[{host}]" if ":" in host else host
    port = f":{url.port}" if url.port else ""
    return f"{dialect}://{user}{host}{port}/{url.database}"


def extra_for(url: URL) -> str:
    """The extra of this package that brings the driver of `url`; "" where it has none."""
    _, usual, extra = _DIALECTS[url.get_backend_name()]
    return extra if url.get_driver_name() == usual else ""


def secrets(url: URL) -> list[str]:
    """What of `url` must be seen nowhere, as it is and as it may have been written."""
    found = [url.password, *(url.query.get(key) for key in ("password", "passwd"))]
    return [form for each in found if each for form in (str(each), quote(str(each), safe=""))]


def _sqlite(name: str, rest: str) -> URL:
    if not rest.startswith("/"):
        raise ValueError("sqlite:// without an absolute path; sqlite:////PATH is allowed")
    # Read only: SQLite would make a database that is not there.
    path = quote("/" + rest.lstrip("/"))
    return URL.create(name, database=f"file:{path}", query={"mode": "ro", "uri": "true"})
