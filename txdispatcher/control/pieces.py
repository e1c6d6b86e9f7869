"""Results that may be long: made, and turned into bytes, a piece at a time, so that calls go on meanwhile.

A list of thousands of destinations takes tens of milliseconds. A method gives `Pieces` in place of such a list; a listener makes
texts of them one by one, and `Turns` gives the reactor its turn in between.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from twisted.internet.task import Cooperator
from twisted.logger import Logger

from txdispatcher.control.table import Fault

#: Pieces made in one turn of the reactor, of all answers that are being made: about a millisecond's work.
STEPS = 50


class Pieces:
    """A list in a result, of values of JSON's types; if it is `nested`, with Pieces in them.

    What it is made of is asked for when it is shown, so that each element shows how things are when it is its turn.
    """

    __slots__ = ("_make", "nested")

    def __init__(self, make: Callable[[], Iterable[object]], *, nested: bool = False) -> None:
        self._make = make
        self.nested = nested

    def __iter__(self) -> Iterator[object]:
        return iter(self._make())


def whole(value: object) -> Any:
    """`value` with lists in place of Pieces."""
    if isinstance(value, Pieces):
        return [whole(each) for each in value]
    if isinstance(value, dict) and is_long(value):
        return {name: whole(each) for name, each in value.items()}
    return value


def is_long(value: object) -> bool:
    """Whether there are Pieces in it. (Nobody puts them into a list.)"""
    if isinstance(value, dict):
        return any(is_long(each) for each in value.values() if isinstance(each, dict | Pieces))
    return isinstance(value, Pieces)


def json_pieces(value: object) -> Iterator[str]:
    """`value` as JSON without blanks. Raises ValueError, TypeError where it is none of JSON's."""
    if isinstance(value, Pieces):
        before = "["
        for each in value:
            if value.nested:
                yield before
                yield from json_pieces(each)
            else:
                yield before + _compact(each)
            before = ","
        yield "]" if before == "," else "[]"
    elif isinstance(value, dict) and is_long(value):
        before = "{"
        for name, each in value.items():
            yield f"{before}{_compact(name)}:"
            yield from json_pieces(each)
            before = ","
        yield "}"
    else:
        yield _compact(value)


class Turns:
    """Puts pieces together in turns of `clock`, a reactor or what stands for one. Answers take their steps in turn.

    Its methods raise Fault where a piece cannot be made, and log why.
    """

    def __init__(self, clock: Any) -> None:
        self._cooperator = Cooperator(
            terminationPredicateFactory=_Enough,
            scheduler=lambda tick: clock.callLater(0, tick),
        )

    async def texts(self, pieces: Iterator[str]) -> str:
        """All of them as one. What fewer than STEPS are, is made at once."""
        return "".join(await self._gather(pieces))

    async def octets(self, pieces: Iterator[bytes]) -> bytes:
        """The same for bytes."""
        return b"".join(await self._gather(pieces))

    async def _gather(self, pieces: Iterator[Any]) -> list[Any]:
        try:
            found = list(islice(pieces, STEPS))
            if len(found) == STEPS:
                await self._cooperator.cooperate(map(found.append, pieces)).whenDone()
        except Exception:
            _log.failure("what a method gave cannot be shown")
            raise Fault(500, "Internal Server Error") from None
        return found


class _Enough:
    """Whether a turn has had its steps."""

    def __init__(self) -> None:
        self._left = STEPS

    def __call__(self) -> bool:
        self._left -= 1
        return self._left <= 0


_log = Logger()

#: Made once: json.dumps() would make one for every piece.
_compact = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
