"""The sets that the settings describe, still empty, and which source they name: a database, or else the list file."""

from __future__ import annotations

from txdispatcher.balancing.sets import Sets
from txdispatcher.config import Config
from txdispatcher.errors import ConfigError
from txdispatcher.stores.list_file import ListFile
from txdispatcher.stores.source import Source


def source_of(config: Config) -> Source:
    """The source; nothing is read yet. Raises ConfigError."""
    settings = config.dispatcher
    if not settings.db_url:
        return ListFile(settings.list_file, attrs_none=settings.ds_attrs_none)
    # SQLAlchemy costs time and memory that who has a list file need not spend.
    from txdispatcher.stores.database import Database, Table

    table = Table(
        settings.table_name,
        settings.setid_col,
        settings.destination_col,
        settings.flags_col,
        settings.priority_col,
        settings.attrs_col,
        settings.ds_db_extra_attrs,
    )
    try:
        return Database(settings.db_url, table, attrs_none=settings.ds_attrs_none)
    except ValueError as error:
        raise ConfigError(config.file, "dispatcher.db_url", str(error)) from None


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
