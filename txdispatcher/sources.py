"""Which source of sets the settings name: a database, or else the list file."""

from __future__ import annotations

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
