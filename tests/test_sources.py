"""Which source the settings name, and what the sets are that they describe."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from txdispatcher.balancing.sets import Sets
from txdispatcher.balancing.states import INACTIVE, letters
from txdispatcher.config import load_config
from txdispatcher.errors import ConfigError
from txdispatcher.sources import sets_of, source_of
from txdispatcher.stores.database import Database, Table
from txdispatcher.stores.list_file import ListFile, parse_list


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


class TestSets:
    """The settings of [dispatcher] that `sets_of` hands on, each by what it does."""

    @staticmethod
    def sets(tmp_path: Path, text: str) -> Sets:
        file = tmp_path / "k.toml"
        file.write_text(f"[dispatcher]\n{text}")
        sets = sets_of(load_config(str(file)))
        sets.load(parse_list("1 sip:last\n1 sip:first\n", "test.list"))
        return sets

    @pytest.mark.parametrize(("text", "following"), [("flags = 2", ["sip:last"]), ("flags = 1", []), ("", ["sip:last"])])
    def test_flags(self, text: str, following: list[str], tmp_path: Path) -> None:
        selection = self.sets(tmp_path, text).select(1, 8)
        assert selection is not None
        assert [each.uri for each in iter(selection.next, None)] == following

    @pytest.mark.parametrize(("text", "uris"), [("use_default = true", {"sip:first"}), ("", {"sip:first", "sip:last"})])
    def test_use_default(self, text: str, uris: set[str], tmp_path: Path) -> None:
        sets = self.sets(tmp_path, text)
        assert {selection.first.uri for _ in range(4) if (selection := sets.select(1, 4)) is not None} == uris

    @pytest.mark.parametrize(("text", "state"), [('reload_state = "list"', "AX"), ("", "IX")])
    def test_reload_state(self, text: str, state: str, tmp_path: Path) -> None:
        sets = self.sets(tmp_path, text)
        sets.set_state(1, "sip:first", INACTIVE)
        sets.load(parse_list("1 sip:last\n1 sip:first\n", "test.list"))
        assert letters(sets.destination(1, "sip:first").flags) == state

    @pytest.mark.parametrize(("text", "left"), [('reload_load = "reset"', 0), ("", 1)])
    def test_reload_load(self, text: str, left: int, tmp_path: Path) -> None:
        sets = self.sets(tmp_path, text)
        sets.calls.begin(b"1@x", sets.destination(1, "sip:first"), 0.0)
        sets.load(parse_list("1 sip:last\n1 sip:first\n", "test.list"))
        assert len(sets.calls) == left

    @pytest.mark.parametrize(("text", "counted"), [("ds_hash_size = 4", True), ("", False)])
    def test_ds_hash_size(self, text: str, counted: bool, tmp_path: Path) -> None:
        selection = self.sets(tmp_path, text).select(1, 4)
        assert selection is not None
        assert selection.counted is counted

    def test_ds_hash_expire_and_ds_hash_initexpire(self, tmp_path: Path) -> None:
        sets = self.sets(tmp_path, "ds_hash_expire = 100\nds_hash_initexpire = 10")
        for call_id in (b"begun", b"confirmed"):
            sets.calls.begin(call_id, sets.destination(1, "sip:first"), 0.0)
        sets.calls.confirm(b"confirmed", 0.0)
        assert [sets.calls.sweep(now) for now in (9.0, 10.0, 99.0, 100.0)] == [0, 1, 0, 1]

    @pytest.mark.parametrize(("text", "slow"), [("slow_start = 5", True), ("", False)])
    def test_slow_start(self, text: str, slow: bool, tmp_path: Path) -> None:
        sets = self.sets(tmp_path, text)
        for flags in (INACTIVE, 0):
            sets.set_state(1, "sip:first", flags, 1.0)
        assert (sets.destination(1, "sip:first").slow_start is not None) is slow
