"""A table of destinations in SQLite, MySQL, MariaDB or PostgreSQL: Kamailio's own, or one with columns of other names.

Kamailio's version of the table, in its row of the table `version`, says which columns there are: 1 set id and destination,
2 flags too, 3 priority, 4 attributes. Where there is no such row, the columns themselves do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine, Inspector, column, create_engine, inspect, select, table, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, InterfaceError, NoSuchModuleError, NoSuchTableError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from txdispatcher.balancing.destination import Record
from txdispatcher.errors import LoadError, SourceAway
from txdispatcher.stores.database_url import extra_for, parse_url, secrets, shown
from txdispatcher.stores.record import FieldError, make_record, parse_number
from txdispatcher.stores.source import Known, Reading, collect

#: The newest version of Kamailio's table, and the oldest that has each column that not all have.
NEWEST = 4
_SINCE = {"flags_col": 2, "priority_col": 3, "attrs_col": 4}

#: Seconds that a connection may take, and an answer.
CONNECT_WITHIN = 5
ANSWER_WITHIN = 10

_ID = "id"


@dataclass(frozen=True, slots=True)
class Table:
    """The parameters that name a table and its columns. `extra_attrs` are pairs of an attribute and its column.

    `table_name` may have a schema and a dot before it. `asked_for` are the parameters whose columns there must be, in a table of
    whatever version: somebody has named them.
    """

    table_name: str
    setid_col: str
    destination_col: str
    flags_col: str
    priority_col: str
    attrs_col: str
    extra_attrs: tuple[tuple[str, str], ...] = ()
    asked_for: frozenset[str] = frozenset()


_Row = tuple[Any, ...]
#: The parameter that names the column of each attribute of `Record`.
_PARAMETERS = {
    "set_id": "setid_col",
    "uri": "destination_col",
    "flags": "flags_col",
    "priority": "priority_col",
    "attributes": "attrs_col",
}
#: The parameters that name columns.
COLUMNS = tuple(_PARAMETERS.values())


class Database:
    """The table `names` of the database at `url`, as a source. Raises ValueError where `url` is none.

    A row that it had when it was last read is the same record, the object itself. `attrs_none`: see `record.make_record`.
    """

    def __init__(self, url: str, names: Table, *, attrs_none: bool = False) -> None:
        self._attrs_none = attrs_none
        self._url = parse_url(url)
        self._names = names
        self._known: Known[_Row] = Known()
        self.name = f"table {names.table_name} of {shown(url)}"

    def read(self) -> Reading:
        """See `Source`. Rows come in the order of the column `id`, where there is one."""
        engine = self._engine()
        try:
            with engine.connect() as connection:
                columns, rows = self._rows(connection)
        except NoSuchTableError:
            raise LoadError(self.name, 0, "there is no such table") from None
        except (OperationalError, InterfaceError) as error:
            raise SourceAway(self.name, 0, f"cannot be read now: {reason_of(error, self._url)}") from None
        except (SQLAlchemyError, OSError, RuntimeError, ValueError) as error:  # What a driver raises beside its own.
            raise LoadError(self.name, 0, f"cannot be read: {reason_of(error, self._url)}") from None
        finally:
            engine.dispose()
        warned: list[str] = []
        return collect(self._records(columns, rows, warned), warned)

    def stamp(self) -> object:
        """See `Source`: a table has none."""
        return None

    def _engine(self) -> Engine:
        try:
            return create_engine(self._url, poolclass=NullPool, connect_args=patience(self._url), hide_parameters=True)
        except NoSuchModuleError:
            raise LoadError(self.name, 0, f"SQLAlchemy knows no {self._url.drivername}") from None
        except ImportError:
            extra = extra_for(self._url)
            hint = f': pip install "txdispatcher[{extra}]"' if extra else ""
            raise LoadError(self.name, 0, f"the driver {self._url.get_driver_name()} is not installed{hint}") from None

    def _rows(self, connection: Connection) -> tuple[list[str], list[_Row]]:
        """What each column that is read is for, and the rows.

        That is a key of _PARAMETERS, "=" and an extra attribute, or, in the end, _ID.
        """
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SET LOCAL statement_timeout = {ANSWER_WITHIN * 1000}"))
        schema, _, name = self._names.table_name.rpartition(".")
        inspector = inspect(connection)
        there = {each["name"].lower(): each["name"] for each in inspector.get_columns(name, schema or None)}
        wanted = self._wanted(there, self._version(connection, inspector, name))
        if _ID in there:
            wanted[_ID] = there[_ID]
        chosen: Any = select(*[column(each) for each in wanted.values()]).select_from(table(name, schema=schema or None))
        if _ID in there:
            chosen = chosen.order_by(column(there[_ID]))
        return list(wanted), [tuple(row) for row in connection.execute(chosen)]

    def _version(self, connection: Connection, inspector: Inspector, name: str) -> int | None:
        """What Kamailio's table of versions says of the table; None without one, or without a word about it."""
        if not inspector.has_table("version"):
            return None
        if not {"table_name", "table_version"} <= {each["name"].lower() for each in inspector.get_columns("version")}:
            return None
        asked: Any = select(column("table_version")).select_from(table("version")).where(column("table_name") == name)
        version = connection.execute(asked).scalar()
        if version is not None and version not in range(1, NEWEST + 1):
            raise LoadError(self.name, 0, f"the table version says version {version} of it: 1 to {NEWEST} is allowed")
        return version

    def _wanted(self, there: Mapping[str, str], version: int | None) -> dict[str, str]:
        """What to read, as the columns are spelt. Raises LoadError, which names the one that is not there."""
        wanted = {}
        for use, parameter in _PARAMETERS.items():
            named = getattr(self._names, parameter)
            since = _SINCE.get(parameter, 1)
            if version is not None and version < since:
                continue
            if named.lower() in there:
                wanted[use] = there[named.lower()]
            elif version is not None or since == 1 or parameter in self._names.asked_for:
                raise self._no_column(named, parameter, there)
        for attribute, named in self._names.extra_attrs:
            if named.lower() not in there:
                raise self._no_column(named, "ds_db_extra_attrs", there)
            wanted[f"={attribute}"] = there[named.lower()]
        return wanted

    def _no_column(self, named: str, parameter: str, there: Mapping[str, str]) -> LoadError:
        return LoadError(self.name, 0, f"there is no column {named} ({parameter}); there are {', '.join(there.values())}")

    def _records(self, columns: list[str], rows: Iterable[_Row], warned: list[str]) -> Iterator[tuple[str, Record | LoadError]]:
        ids = columns[-1:] == [_ID]

        def read(row: _Row, warn: Callable[[str], None]) -> Record:
            return _record(dict(zip(columns, row, strict=True)), self._attrs_none, warn)

        for number, row in enumerate(rows, 1):
            where = f"id {row[-1]}" if ids else f"row {number}"
            place = f"{self.name}: {where}"
            try:
                yield place, self._known.record(row, read, place, warned)
            except FieldError as error:
                named = getattr(self._names, _PARAMETERS[error.field])
                yield place, LoadError(self.name, 0, f"{where}, column {named}: {error}")
        self._known.turn()


def reason_of(error: Exception, url: URL) -> str:
    """What a driver says, on one line, without the password that `url` has."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    # MySQL's have a number before the text.
    said = str(cause.args[1]) if len(cause.args) == 2 and isinstance(cause.args[0], int) else str(cause)
    for secret in secrets(url):
        said = said.replace(secret, "***")
    return " ".join(said.split()) or type(cause).__name__


def patience(url: URL) -> dict[str, Any]:
    """The drivers' own settings for how long to wait, unless the URL has them."""
    within = {
        "pymysql": {"connect_timeout": CONNECT_WITHIN, "read_timeout": ANSWER_WITHIN, "write_timeout": ANSWER_WITHIN},
        "mysqldb": {"connect_timeout": CONNECT_WITHIN, "read_timeout": ANSWER_WITHIN, "write_timeout": ANSWER_WITHIN},
        "psycopg": {"connect_timeout": CONNECT_WITHIN},
        "psycopg2": {"connect_timeout": CONNECT_WITHIN},
        "pysqlite": {"timeout": ANSWER_WITHIN},
    }.get(url.get_driver_name(), {})
    return {key: value for key, value in within.items() if key not in url.query}


def _record(row: Mapping[str, Any], attrs_none: bool, warn: Callable[[str], None]) -> Record:
    """The record of a row, NULL being what a list line leaves out. Raises FieldError."""
    if row["set_id"] is None:
        raise FieldError("set_id", "set id NULL: a number is allowed")
    attributes = _text("attributes", row.get("attributes")).removesuffix(";")
    for use, value in row.items():
        if use[0] == "=" and (found := _text("attributes", value)):
            attributes += f"{';' if attributes else ''}{use[1:]}={found}"
    return make_record(
        _number("set_id", "set id", row["set_id"]),
        _text("uri", row["uri"]),
        _number("flags", "flags", row.get("flags")),
        _number("priority", "priority", row.get("priority")),
        attributes,
        warn,
        attrs_none=attrs_none,
    )


def _number(field: str, name: str, value: object) -> int:
    if value is None:
        return 0
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float | Decimal) and value == value // 1:
        return int(value)
    if isinstance(value, str | bytes):
        return parse_number(field, name, _text(field, value))
    raise FieldError(field, f"{name} {value!r}: a whole number is allowed")


def _text(field: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes):
        try:
            value = value.decode()
        except UnicodeDecodeError:
            raise FieldError(field, f"{value!r}: only printable characters in UTF-8 are allowed") from None
    # A column of the type CHAR has blanks behind its text.
    return str(value).strip()
