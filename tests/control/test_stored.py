"""control.stored: answers in files, in one folder and nowhere else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from txdispatcher.control.stored import MODE, StoreFolder
from txdispatcher.control.table import Fault


def test_a_file_is_named_by_its_name_or_its_path(tmp_path: Path) -> None:
    folder = StoreFolder(f"{tmp_path}/")
    assert folder.name_of("list.json") == "list.json"
    assert folder.name_of(f"{tmp_path}/list.json") == "list.json"


@pytest.mark.parametrize(
    "path",
    ["..", "../list", "a/../b", "/etc/passwd", "{0}/../x", "{0}/a/b", "{0}/", "{0}", "{0}x", ".", ".a", "a\0", 5, None, ["a"]],
)
def test_a_file_elsewhere_is_refused(path: object, tmp_path: Path) -> None:
    with pytest.raises(Fault) as raised:
        StoreFolder(str(tmp_path)).name_of(path.format(tmp_path) if isinstance(path, str) else path)
    assert raised.value.code == 403
    assert str(tmp_path) in raised.value.text


def test_a_file_is_written_whole_and_replaces_the_one_before(tmp_path: Path) -> None:
    folder = StoreFolder(str(tmp_path))
    folder.write("list", b"first")
    folder.write("list", b"two")
    assert [each.name for each in tmp_path.iterdir()] == ["list"]
    assert (tmp_path / "list").read_bytes() == b"two"
    assert (tmp_path / "list").stat().st_mode & 0o777 == MODE


def test_what_is_no_file_stays_as_it_is(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"kept")
    (tmp_path / "link").symlink_to(target)
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo")
    before = sorted(each.name for each in tmp_path.iterdir())
    for name in ("link", "folder", "fifo"):
        with pytest.raises(FileExistsError):
            StoreFolder(str(tmp_path)).write(name, b"other")
    assert target.read_bytes() == b"kept"
    assert sorted(each.name for each in tmp_path.iterdir()) == before


def test_a_folder_that_has_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        StoreFolder(f"{tmp_path}/gone").write("list", b"")
