"""Fuzz target: JSON-RPC as a FIFO brings it, in two pieces, and as a datagram. Allowed: nothing, for every answer is JSON.

python fuzz/fuzz_jsonrpcs.py [COUNT [SEED]]
"""

from __future__ import annotations

import asyncio
import json

from control import METHODS, TURNS
from mutation import run

from txdispatcher.control.documents import Documents
from txdispatcher.control.jsonrpcs import answer, answer_datagram
from txdispatcher.control.request_object import Caller
from txdispatcher.errors import ParseError

_CORPUS = [
    b'{"jsonrpc": "2.0", "method": "dispatcher.list", "reply_name": "kamailio_receiver_1", "id": 1}\n',
    b'{"jsonrpc": "2.0", "method": "dispatcher.set_state", "params": ["ip", 2, "sip:127.0.0.1:5080"], "id": "\xc3\xa9\\u00e9"}\n',
    b'{\n  "jsonrpc": "2.0",\n  "method": "echo",\n  "params": {"a": [1.5, null, -1e3], "b": {"c": "\\"}{"}},\n  "id": 1.5\n}\n',
    b'[{"jsonrpc": "2.0", "method": "echo", "params": [[[]]], "id": null}, {"jsonrpc": "2.0", "method": "nope"}]',
]
_LONGEST = 1000
_CALLER = Caller(METHODS)


def entry(data: bytes) -> None:
    """What comes out of a stream is within the bounds; each answer is JSON, with a result or an error."""
    splitter = Documents(_LONGEST)
    half = len(data) // 2
    for document in splitter.feed(data[:half]) + splitter.feed(data[half:]):
        assert len(document) <= _LONGEST, "the longest document"
        _check(asyncio.run(answer(_CALLER, TURNS, document)).body)
    splitter.end()
    assert not splitter.waiting, "what is forgotten"
    _check(asyncio.run(answer_datagram(_CALLER, TURNS, data)))


def _check(body: bytes) -> None:
    found = json.loads(body)
    for each in found if isinstance(found, list) else [found]:
        assert ("result" in each) != ("error" in each), "a result or an error"


if __name__ == "__main__":
    run(entry, _CORPUS, ParseError)
