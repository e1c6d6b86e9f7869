"""Accounting, made by the settings of [acc]: what is accounted, and where its records go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from twisted.logger import Logger, LogLevel

from txdispatcher.config import Config
from txdispatcher.config.settings import Acc
from txdispatcher.errors import ConfigError, LoadError
from txdispatcher.routing.script.accounting import Accounting, Book, Event, compile_extra, event_line
from txdispatcher.stores.account_books import CsvFile
from txdispatcher.stores.accounts import Accounts

#: Seconds that an event may wait for others before it is in the log. An entry costs Twisted ten times what a line in it does.
MOMENT = 0.02

_log = Logger(namespace="txdispatcher.acc")


def accounting_of(settings: Acc) -> Accounting | None:
    """What is accounted; None for nothing."""
    logged = Book(settings.log_flag, settings.log_missed_flag, compile_extra(settings.log_extra))
    recorded = logged
    if settings.db_flag or settings.db_missed_flag:
        recorded = Book(settings.db_flag, settings.db_missed_flag, compile_extra(settings.db_extra))
    elif settings.db_extra:
        recorded = Book(logged.flag, logged.missed_flag, compile_extra(settings.db_extra))
    if not (logged or recorded):
        return None
    return Accounting(
        logged, recorded, settings.failed_transaction_flag, frozenset(settings.failed_filter), settings.reason_from_hf
    )


def accounts_of(config: Config, reactor: Any, in_thread: Callable[..., Deferred[Any]] = deferToThread) -> Accounts | None:
    """Where records go; None where none are kept. Raises ConfigError."""
    settings = config.acc
    if settings.csv_file:
        accounting = accounting_of(settings)
        extra = list(accounting.records.extra.names) if accounting is not None else []
        return Accounts(CsvFile(settings.csv_file, extra), reactor, kept=settings.kept, in_thread=in_thread)
    if not settings.db_url:
        return None
    # SQLAlchemy costs time and memory that who has no database need not spend.
    from txdispatcher.stores.account_tables import AccountTables, Names

    names = Names(
        settings.db_table_acc,
        settings.db_table_missed_calls,
        settings.acc_method_column,
        settings.acc_from_tag_column,
        settings.acc_to_tag_column,
        settings.acc_callid_column,
        settings.acc_sip_code_column,
        settings.acc_sip_reason_column,
        settings.acc_time_column,
    )
    try:
        return Accounts(AccountTables(settings.db_url, names), reactor, kept=settings.kept, in_thread=in_thread)
    except (ValueError, LoadError) as error:
        raise ConfigError(config.file, "acc.db_url", str(error)) from None


class EventLog:
    """Writes events to the log, in their order: those of a moment in one entry, and not in the way of a call.

    `clock` is the reactor, `level` one of Kamailio's.
    """

    def __init__(self, clock: Any, level: int) -> None:
        self._clock = clock
        self._level = level
        self._waiting: list[Event] = []

    def add(self, event: Event) -> None:
        if not self._waiting:
            self._clock.callLater(MOMENT, self.write)
        self._waiting.append(event)

    def write(self) -> None:
        """Write what waits."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            write_events(waiting, self._level)


def write_events(events: Sequence[Event], level: int) -> None:
    """One entry: Kamailio's line of each, and for who reads the log as JSON their fields, a dictionary for each, as `events`."""
    lines, shown = [], []
    for event in events:
        fields, extra = event.fields, event.extra
        lines.append(event_line(event, fields, extra))
        shown.append({"kind": event.kind, "timestamp": event.timestamp, **fields, "extra": extra})
    _log.emit(level_of(level), "{lines}", lines="\n".join(lines), events=shown)


def level_of(level: int) -> Any:
    """Twisted's level for one of Kamailio's: below 0 an error or worse, 0 a warning, 1 and 2 information, then debugging."""
    if level < 0:
        return LogLevel.error
    return LogLevel.warn if level == 0 else LogLevel.info if level < 3 else LogLevel.debug
