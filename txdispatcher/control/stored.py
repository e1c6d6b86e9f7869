"""Answers that a request asks to have kept in a file (`store_path` of jsonrpcs), in the one folder that is allowed."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat

from txdispatcher.control.table import Fault

#: Permissions of such a file: who owns the server writes it, its group may read it.
MODE = 0o640


class StoreFolder:
    """Files directly in `folder`."""

    def __init__(self, folder: str) -> None:
        self._folder = os.path.normpath(folder)

    def name_of(self, path: object) -> str:
        """The name in the folder that `path`, a name or an absolute path, means. Raises Fault for one that is elsewhere."""
        if isinstance(path, str):
            # Compared as they are written: what goes by "..", or through another folder, is not asked where it ends.
            name = path.removeprefix(self._folder + "/")
            if name and "/" not in name and "\0" not in name and not name.startswith("."):
                return name
        raise Fault(403, f"Forbidden: store_path is a file directly in {self._folder}")

    def write(self, name: str, body: bytes) -> None:
        """Make the file, or put it in the place of one of that name. Raises OSError; what is no file stays as it is."""
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with contextlib.suppress(FileNotFoundError):
                if not stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
                    raise FileExistsError(errno.EEXIST, "what is there is no file")
            # Whoever reads it finds the old one or the new one, whole.
            began = f".{secrets.token_hex(8)}"
            file = os.open(began, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder)
            try:
                with open(file, "wb") as opened:
                    opened.write(body)
                    os.fchmod(opened.fileno(), MODE)
                os.replace(began, name, src_dir_fd=folder, dst_dir_fd=folder)
            except OSError:
                with contextlib.suppress(OSError):
                    os.unlink(began, dir_fd=folder)
                raise
        finally:
            os.close(folder)
