"""The files of sockets and FIFOs: made with safe permissions, put in the place of a leftover, taken away at the end.

What stands at a path already is a leftover of a crash if it is of the right kind and nobody is at its other end; anything else
stays as it is. Nobody but their owner can reach them before they have the permissions that they are meant to have.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
from collections.abc import Iterator


def clear_socket(path: str, kind: socket.SocketKind) -> None:
    """Take away the leftover of a unix socket. Raises OSError if what is at `path` is in use, or no socket."""
    mode = _mode(path)
    if mode is None:
        return
    if not stat.S_ISSOCK(mode):
        raise FileExistsError(errno.EEXIST, "what is there is no socket")
    with socket.socket(socket.AF_UNIX, kind) as probe:
        probe.setblocking(False)
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            os.unlink(path)
            return
        except OSError as error:
            # Its queue is full (EAGAIN), or it is of another type (EPROTOTYPE): somebody is there.
            if error.errno not in (errno.EAGAIN, errno.EPROTOTYPE):
                raise
    raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))


def make_fifo(path: str, mode: int) -> None:
    """Make a FIFO. Raises OSError if what is at `path` already is in use, or no FIFO."""
    found = _mode(path)
    if found is not None:
        if not stat.S_ISFIFO(found):
            raise FileExistsError(errno.EEXIST, "what is there is no FIFO")
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW))
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
        else:
            raise OSError(errno.EADDRINUSE, "somebody reads from it already")
        os.unlink(path)
    os.mkfifo(path, 0o600)
    os.chmod(path, mode)


@contextlib.contextmanager
def owner_only() -> Iterator[None]:
    """What is made meanwhile, nobody but its owner can open."""
    before = os.umask(0o177)
    try:
        yield
    finally:
        os.umask(before)


def identity(path: str) -> tuple[int, int] | None:
    """What tells the file at `path` from one that takes its place later; None without one."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def remove(path: str, known: tuple[int, int] | None) -> None:
    """Take the file away, if it still is the one that was `known`."""
    if known is not None and identity(path) == known:
        with contextlib.suppress(OSError):  # The folder may have gone, or be another user's now.
            os.unlink(path)


def _mode(path: str) -> int | None:
    try:
        return os.lstat(path).st_mode
    except FileNotFoundError:
        return None
