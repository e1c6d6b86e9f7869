"""Records of what is accounted in Kamailio's tables `acc` and `missed_calls`, or in ones with columns of other names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, TableClause, column, create_engine, table
from sqlalchemy.exc import DataError, IntegrityError, NoSuchModuleError, SQLAlchemyError

from txdispatcher.errors import LoadError
from txdispatcher.routing.script.accounting import MISSED, Event
from txdispatcher.stores.database import patience, reason_of
from txdispatcher.stores.database_url import extra_for, parse_url, shown

#: What a database says of one record, which it will never take.
_REFUSALS = (DataError, IntegrityError, ValueError)
#: What it, or its driver, says of everything else: a connection, a table, a column.
_TROUBLE = (SQLAlchemyError, OSError, RuntimeError)


@dataclass(frozen=True, slots=True)
class Names:
    """The parameters of acc that name tables and columns."""

    acc: str = "acc"
    missed_calls: str = "missed_calls"
    method: str = "method"
    from_tag: str = "from_tag"
    to_tag: str = "to_tag"
    callid: str = "callid"
    sip_code: str = "sip_code"
    sip_reason: str = "sip_reason"
    time: str = "time"


class AccountTables:
    """The tables at `url`. Raises ValueError where that is none, and LoadError where its driver is not there."""

    def __init__(self, url: str, names: Names) -> None:
        self._url = parse_url(url)
        self._names = names
        self.name = f"accounting in {shown(url)}"
        if self._url.get_backend_name() == "sqlite":
            self._url = self._url.update_query_dict({"mode": "rw"})
        self._engine = self._made()

    def write(self, events: Sequence[Event]) -> tuple[int, int]:
        """See `accounts.Book`. All in one transaction; where one of them is refused, each in one of its own."""
        try:
            with self._engine.begin() as connection:
                for each in events:
                    self._insert(connection, each)
        except _REFUSALS:
            return self._write_singly(events)
        except _TROUBLE as error:
            raise self._away(error) from None
        return len(events), 0

    def close(self) -> None:
        self._engine.dispose()

    def _write_singly(self, events: Sequence[Event]) -> tuple[int, int]:
        refused = 0
        for number, each in enumerate(events):
            try:
                with self._engine.begin() as connection:
                    self._insert(connection, each)
            except _REFUSALS:
                refused += 1
            except _TROUBLE as error:
                if not number:
                    raise self._away(error) from None
                return number, refused
        return len(events), refused

    def _away(self, error: Exception) -> LoadError:
        return LoadError(self.name, 0, f"cannot be written: {reason_of(error, self._url)}")

    def _insert(self, connection: Connection, event: Event) -> None:
        names, told = self._names, event.fields
        values = {
            names.method: told["method"],
            names.from_tag: told["from_tag"],
            names.to_tag: told["to_tag"],
            names.callid: told["call_id"],
            names.sip_code: told["code"],
            names.sip_reason: told["reason"],
            # In local time, as Kamailio writes it.
            names.time: datetime.fromtimestamp(int(event.timestamp)),
            **event.extra,
        }
        wanted = event.table or (names.missed_calls if event.kind == MISSED else names.acc)
        connection.execute(_table(wanted, tuple(values)).insert(), values)

    def _made(self) -> Engine:
        try:
            return create_engine(
                self._url, pool_size=1, pool_pre_ping=True, connect_args=patience(self._url), hide_parameters=True
            )
        except NoSuchModuleError:
            raise LoadError(self.name, 0, f"SQLAlchemy knows no {self._url.drivername}") from None
        except ImportError:
            extra = extra_for(self._url)
            hint = f': pip install "txdispatcher[{extra}]"' if extra else ""
            raise LoadError(self.name, 0, f"the driver {self._url.get_driver_name()} is not installed{hint}") from None


def _table(name: str, columns: tuple[str, ...]) -> TableClause:
    schema, _, plain = name.rpartition(".")
    return table(plain, *(column(each) for each in columns), schema=schema or None)
