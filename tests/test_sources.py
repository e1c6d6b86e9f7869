"""Which source the settings name."""

from __future__ import annotations

import subprocess
import sys
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
    assert found._names == Table("sip.gw", "a", "b", "c", "d", "e", (("duid", "f"), ("weight", "g")))


def test_a_url_that_is_none_is_an_error_of_the_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        source(tmp_path, 'db_url = "mysql://u:s3cret@h"')
    assert caught.value.key == "dispatcher.db_url"
    assert "s3cret" not in str(caught.value)


def test_who_has_a_list_file_does_not_load_sqlalchemy() -> None:
    code = "import sys, txdispatcher.app; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0
