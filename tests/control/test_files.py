"""control.files: what stands at a path already, and what is made there."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from txdispatcher.control.files import clear_socket, identity, make_fifo, owner_only, remove


def clear_stream(path: str) -> None:
    clear_socket(path, socket.SOCK_STREAM)


def clear_datagram(path: str) -> None:
    clear_socket(path, socket.SOCK_DGRAM)


def fifo(path: str) -> None:
    make_fifo(path, 0o660)


def permissions(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_a_fifo_is_made_with_its_permissions_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        fifo(str(tmp_path / "fifo"))
    finally:
        os.umask(before)
    assert stat.S_ISFIFO((tmp_path / "fifo").lstat().st_mode)
    assert permissions(tmp_path / "fifo") == 0o660


def test_a_leftover_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path, 0o666)
    os.link(path, tmp_path / "old")
    fifo(str(path))
    assert identity(str(path)) != identity(str(tmp_path / "old"))
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_UNIX, kind) as crashed:
            crashed.bind(str(tmp_path / "socket"))
        clear_socket(str(tmp_path / "socket"), kind)
        assert not (tmp_path / "socket").exists()


@pytest.mark.parametrize("make", [clear_stream, clear_datagram, fifo])
def test_what_is_of_another_kind_stays(make: Callable[[str], None], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("kept")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "file")
    for name in ("file", "folder", "link"):
        with pytest.raises(FileExistsError, match=r"no (socket|FIFO)"):
            make(str(tmp_path / name))
    assert (tmp_path / "file").read_text() == "kept"
    assert (tmp_path / "link").is_symlink()


@pytest.mark.parametrize("make", [clear_stream, clear_datagram])
@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_socket_that_somebody_listens_on_stays(make: Callable[[str], None], kind: socket.SocketKind, tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX, kind) as other:
        other.bind(str(path))
        if kind is socket.SOCK_STREAM:
            other.listen()
        with pytest.raises(OSError, match="in use"):
            make(str(path))
    assert path.is_socket()


def test_a_fifo_that_somebody_reads_stays(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with pytest.raises(OSError, match="reads from it"):
            fifo(str(path))
        assert identity(str(path)) == (os.fstat(reader).st_dev, os.fstat(reader).st_ino)
    finally:
        os.close(reader)


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        fifo(str(tmp_path / "none" / "fifo"))
    clear_stream(str(tmp_path / "none" / "socket"))  # Nothing to clear; who binds finds out.


def test_what_is_made_meanwhile_is_its_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with owner_only():
            (tmp_path / "file").touch()
        (tmp_path / "later").touch()
    finally:
        os.umask(before)
    assert permissions(tmp_path / "file") == 0o600
    assert permissions(tmp_path / "later") == 0o666


def test_only_the_file_that_was_known_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    known = identity(str(path))
    os.link(path, tmp_path / "kept")  # So that the next file has another inode.
    path.unlink()
    remove(str(path), known)
    path.touch()
    remove(str(path), known)
    assert path.exists()
    remove(str(path), identity(str(path)))
    assert not path.exists()
    remove(str(path), None)
