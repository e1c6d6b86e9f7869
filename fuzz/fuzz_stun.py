"""Fuzz target: a STUN message, as it comes by datagram. Allowed: ParseError.

python fuzz/fuzz_stun.py [COUNT [SEED]]
"""

from __future__ import annotations

from mutation import run

from txdispatcher.errors import ParseError
from txdispatcher.sip.stun import stun_answer

_HEAD = bytes.fromhex("2112a442b7e7a701bc34d686fa87dfae")
_CORPUS = [
    b"\0\x01\0\0" + _HEAD,
    b"\0\x11\0\0" + _HEAD,
    b"\0\x01\0\x0c" + _HEAD + b"\x80\x22\0\x05phone\0\0\0",
    b"\0\x01\0\x10" + _HEAD + b"\0\x24\0\x04abcd\0\x06\0\x03bob\0",
]


def entry(data: bytes) -> None:
    """An answer has the transaction's id of its request, and says how long it is."""
    answer = stun_answer(data, ("192.0.2.1", 5060))
    if answer:
        assert answer[4:20] == data[4:20], "the transaction's id"
        assert int.from_bytes(answer[2:4], "big") == len(answer) - 20, "the length"


if __name__ == "__main__":
    run(entry, _CORPUS, ParseError)
