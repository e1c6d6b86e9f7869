"""The key behind the tokens of dialogs: from access.key_file, or made for this start."""

from __future__ import annotations

import secrets

from txdispatcher.config.settings import Config
from txdispatcher.errors import ConfigError

#: The fewest bytes that a key file may hold.
SHORTEST_KEY = 16


def read_key(config: Config) -> bytes:
    """The key, at least SHORTEST_KEY bytes, without the blanks around it in the file. Raises ConfigError."""
    file = config.access.key_file
    if not file:
        return secrets.token_bytes(32)
    try:
        with open(file, "rb") as opened:
            key = opened.read().strip()
    except OSError as error:
        raise ConfigError(config.file, "access.key_file", f"{file} cannot be read: {error.strerror}") from None
    if len(key) < SHORTEST_KEY:
        raise ConfigError(config.file, "access.key_file", f"{file} holds {len(key)} bytes, {SHORTEST_KEY} are the least")
    return key
