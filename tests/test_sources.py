"""Which source the settings name."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from txdispatcher.config import load_config
from txdispatcher.errors import ConfigError
from txdispatcher.sources import source_of
from txdispatcher.stores.database import Database, Table
from txdispatcher.stores.list_file import ListFile


def source(tmp_path: Path, text: str) -> ListFile | Database:
    file = tmp_path / "k.toml"
    file.write_text(f"[dispatcher]\n{text}")
    found = source_of(load_config(str(file)))
    assert isinstance(found, ListFile | Database)
    return found


def test_a_list_file(tmp_path: Path) -> None:
    found = source(tmp_path, 'list_file = "a.list"')
    assert isinstance(found, ListFile)
    assert found.name == f"{tmp_path}/a.list"


def test_a_database_goes_before_it(tmp_path: Path) -> None:
    found = source(tmp_path, 'list_file = "a.list"\ndb_url = "mysql://u:s3cret@h/d"')
    assert isinstance(found, Database)
    assert found.name == "table dispatcher of mysql://u@h/d"


def test_its_table_and_columns_are_those_of_the_settings(tmp_path: Path) -> None:
    found = source(
        tmp_path,
        'db_url = "sqlite:////d"\ntable_name = "sip.gw"\nsetid_col = "a"\ndestination_col = "b"\nflags_col = "c"\n'
        'priority_col = "d"\nattrs_col = "e"\nds_db_extra_attrs = "duid=f;weight=g"\n',
    )
    assert isinstance(found, Database)
    assert found._names == Table(
        "sip.gw",
        *("a", "b", "c", "d", "e"),
        extra_attrs=(("duid", "f"), ("weight", "g")),
        asked_for=frozenset(("setid_col", "destination_col", "flags_col", "priority_col", "attrs_col")),
    )


def test_a_url_that_is_none_is_an_error_of_the_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        source(tmp_path, 'db_url = "mysql://u:s3cret@h"')
    assert caught.value.key == "dispatcher.db_url"
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(("setting", "attributes"), [("false", ""), ("true", "none=yes")])
def test_one_without_attributes_has_none_yes_where_that_is_asked_for(tmp_path: Path, setting: str, attributes: str) -> None:
    (tmp_path / "a.list").write_text("1 sip:192.0.2.1\n1 sip:192.0.2.2 0 0 duid=a\n")
    with closing(sqlite3.connect(tmp_path / "a.db")) as database, database:
        database.execute("CREATE TABLE dispatcher (id INTEGER, setid INTEGER, destination TEXT, attrs TEXT)")
        database.execute("INSERT INTO dispatcher VALUES (1, 1, 'sip:192.0.2.1', ''), (2, 1, 'sip:192.0.2.2', 'duid=a')")
    for where in ('list_file = "a.list"', f'db_url = "sqlite:///{tmp_path}/a.db"'):
        records = source(tmp_path, f"{where}\nds_attrs_none = {setting}").read().records
        assert [record.attributes_text for record in records] == [attributes, "duid=a"]


def test_who_has_a_list_file_does_not_load_sqlalchemy() -> None:
    code = "import sys, txdispatcher.app; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0
