"""The hash that picks a slot, and the keys that it is taken over.

A node beside a Kamailio must send a call where that one would, so this is the dispatcher module's own hash, wrap-around,
signed bytes and all (`kamcmd dispatcher.hash` prints it).
"""

from __future__ import annotations

_MASK = 0xFFFFFFFF
#: The sign bits of the three lower bytes of a word. The highest byte's sign is beyond 32 bits.
_SIGNS = 0x00808080

_SIP_PORT = 5060
_SIPS_PORT = 5061


def ds_hash(x: bytes, y: bytes = b"") -> int:
    """The hash of keys `x` and `y`: 1 … 2**32-1. An empty key is the same as none."""
    h = (_words(x) + _words(y)) & _MASK
    h = (h + (h >> 11) + (h >> 13) + (h >> 23)) & _MASK
    return h or 1


def uri_keys(user: bytes, host: bytes, port: int, secure: bool, user_only: bool) -> tuple[bytes, bytes]:
    """The keys of a URI for algorithms 1, 2 and 3: its user, and its host with its port where that is not the usual one.

    `user` and `host` are taken as they are written: no unescaping, no change of case, an IPv6 reference in its brackets, the
    password not part of the user. `port` is 0 where the URI names none; `secure` tells sips (whose usual port is 5061) from
    sip (5060). `user_only` is bit 1 of the parameter `flags`: the second key is empty then.
    """
    if user_only:
        return user, b""
    if port and port != (_SIPS_PORT if secure else _SIP_PORT):
        return user, b"%b:%d" % (host, port)
    return user, host


def _words(key: bytes) -> int:
    """The sum over the big-endian 4-byte words of `key`, the last one being what is left over."""
    total = 0
    for at in range(0, len(key), 4):
        word = int.from_bytes(key[at : at + 4], "big")
        # Kamailio adds signed chars: a byte from 128 up takes one from the byte above it.
        v = (word - ((word & _SIGNS) << 1)) & _MASK
        total += v ^ (v >> 3)
    return total
