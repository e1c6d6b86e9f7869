"""Tables of a database that a script's modules begin with: rows by the names of their columns, whatever the table is for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import column, create_engine, inspect, select, table
from sqlalchemy.exc import NoSuchModuleError, NoSuchTableError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from txdispatcher.errors import LoadError
from txdispatcher.stores.database import patience, reason_of
from txdispatcher.stores.database_url import extra_for, parse_url, shown


def read_rows(url: str, name: str, wanted: Sequence[str], *, optional: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Every row of the table: the columns `wanted`, and those of `optional` that it has, in the order of `id` where it has one.

    Raises LoadError.
    """
    try:
        where = f"table {name} of {shown(url)}"
        parsed = parse_url(url)
    except ValueError as error:
        raise LoadError(f"table {name}", 0, str(error)) from None
    try:
        engine = create_engine(parsed, poolclass=NullPool, connect_args=patience(parsed), hide_parameters=True)
    except NoSuchModuleError:
        raise LoadError(where, 0, f"SQLAlchemy knows no {parsed.drivername}") from None
    except ImportError:
        extra = extra_for(parsed)
        hint = f': pip install "txdispatcher[{extra}]"' if extra else ""
        raise LoadError(where, 0, f"the driver {parsed.get_driver_name()} is not installed{hint}") from None
    schema, _, plain = name.rpartition(".")
    try:
        with engine.connect() as connection:
            there = {each["name"].lower(): each["name"] for each in inspect(connection).get_columns(plain, schema or None)}
            missing = [each for each in wanted if each.lower() not in there]
            if missing:
                raise LoadError(where, 0, f"there is no column {missing[0]}; there are {', '.join(there.values())}")
            taken = [*wanted, *(each for each in optional if each.lower() in there)]
            asked: Any = select(*[column(there[each.lower()]) for each in taken]).select_from(table(plain, schema=schema or None))
            if "id" in there:
                asked = asked.order_by(column(there["id"]))
            return [dict(zip(taken, row, strict=True)) for row in connection.execute(asked)]
    except NoSuchTableError:
        raise LoadError(where, 0, "there is no such table") from None
    except (SQLAlchemyError, OSError, RuntimeError, ValueError) as error:  # What a driver raises beside its own.
        raise LoadError(where, 0, f"cannot be read: {reason_of(error, parsed)}") from None
    finally:
        engine.dispose()
