"""The sets that the settings describe, still empty, and which source they name: a database, or else the list file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from txdispatcher.balancing.sets import Sets
from txdispatcher.config import Config
from txdispatcher.config.dispatcher import Dispatcher
from txdispatcher.errors import ConfigError
from txdispatcher.stores.list_file import ListFile
from txdispatcher.stores.source import Source

if TYPE_CHECKING:
    from txdispatcher.stores.database import Table


def source_of(config: Config) -> Source:
    """The source; nothing is read yet. Raises ConfigError."""
    settings = config.dispatcher
    if not settings.db_url:
        return ListFile(settings.list_file, attrs_none=settings.ds_attrs_none)
    # SQLAlchemy costs time and memory that who has a list file need not spend.
    from txdispatcher.stores.database import Database

    try:
        return Database(settings.db_url, table_of(settings), attrs_none=settings.ds_attrs_none)
    except ValueError as error:
        raise ConfigError(config.file, "dispatcher.db_url", str(error)) from None


def table_of(settings: Dispatcher) -> Table:
    """The table that the settings name."""
    from txdispatcher.stores.database import COLUMNS, Table

    usual = Dispatcher()
    columns = {name: getattr(settings, name) for name in COLUMNS}
    return Table(
        table_name=settings.table_name,
        extra_attrs=settings.ds_db_extra_attrs,
        asked_for=frozenset(name for name, column in columns.items() if column != getattr(usual, name)),
        **columns,
    )


def sets_of(config: Config) -> Sets:
    """The sets, still empty."""
    settings = config.dispatcher
    return Sets(
        flags=settings.flags,
        use_default=settings.use_default,
        reload_state=settings.reload_state,
        reload_load=settings.reload_load,
        count_calls=settings.ds_hash_size > 0,
        initexpire=settings.ds_hash_initexpire,
        expire=settings.ds_hash_expire,
        slow_start=settings.slow_start,
    )
