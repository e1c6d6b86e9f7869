"""Accounting, made by the settings of [acc]: what is accounted, and where its records go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from twisted.logger import Logger, LogLevel

from txdispatcher.config import Config
from txdispatcher.config.settings import Acc
from txdispatcher.errors import ConfigError, LoadError
from txdispatcher.routing.script.accounting import Accounting, Book, Event, compile_extra
from txdispatcher.stores.account_books import CsvFile
from txdispatcher.stores.accounts import Accounts

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
        extra = [name for name, _ in accounting.records.extra] if accounting is not None else []
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


def event_log(settings: Acc) -> Callable[[Event], None]:
    """What logs Kamailio's line, and its fields for who reads the log as JSON, at the level of the settings."""
    level = level_of(settings.log_level)

    def log_event(event: Event) -> None:
        _log.emit(
            level,
            "{line}",
            line=event.line,
            kind=event.kind,
            timestamp=event.timestamp,
            method=event.method,
            from_tag=event.from_tag,
            to_tag=event.to_tag,
            call_id=event.call_id,
            code=event.code,
            reason=event.reason,
            extra=dict(event.extra),
        )

    return log_event


def level_of(level: int) -> Any:
    """Twisted's level for one of Kamailio's: below 0 an error or worse, 0 a warning, 1 and 2 information, then debugging."""
    if level < 0:
        return LogLevel.error
    return LogLevel.warn if level == 0 else LogLevel.info if level < 3 else LogLevel.debug
