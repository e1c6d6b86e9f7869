"""Fuzz target: MI commands as a FIFO brings them, in two pieces, and as a datagram. Allowed: nothing, for all are answered.

python fuzz/fuzz_mi.py [COUNT [SEED]]
"""

from __future__ import annotations

import asyncio

from control import METHODS, TURNS
from mutation import run

from txdispatcher.control.documents import Commands
from txdispatcher.control.mi import answer, answer_datagram
from txdispatcher.errors import ParseError

_CORPUS = [
    b":ds_set_state:reply_fifo\nip\n2\nsip:127.0.0.1:5080\n\n",
    b":ds_list:reply_fifo\n\n:ds_reload:\n.",
    b':ds_set_state:\r\n"ip"\r\n2\r\nsip:\xff@127.0.0.1\r\n\r\n',
    b":which:r\n\n:version:r\n\n:nope:r\n\n",
]
_LONGEST = 1000


def entry(data: bytes) -> None:
    """What comes out of a stream is within the bounds; each answer has a code, and an empty line at its end."""
    splitter = Commands(_LONGEST)
    half = len(data) // 2
    for command in splitter.feed(data[:half]) + splitter.feed(data[half:]):
        assert len(command) <= _LONGEST, "the longest command"
        _check(asyncio.run(answer(METHODS, TURNS, command)).body)
    splitter.end()
    assert not splitter.waiting, "what is forgotten"
    _check(asyncio.run(answer_datagram(METHODS, TURNS, data)))


def _check(body: bytes) -> None:
    assert body[:3] in (b"200", b"400", b"404", b"500"), "the code"
    assert body.endswith(b"\n\n"), "the end"


if __name__ == "__main__":
    run(entry, _CORPUS, ParseError)
