"""What a source of sets is: a list file or a database, read as a whole and away from the reactor."""

from __future__ import annotations

import gc
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from txdispatcher.balancing.destination import Record
from txdispatcher.balancing.states import TRYING
from txdispatcher.errors import LoadError

#: Lines or rows after which the collector looks at what has come of them. It walks over all that is new before it finds that it
#: stays: a little at a time, or everybody waits for it.
COLLECT_EVERY = 500

_Line = TypeVar("_Line", bound=Hashable)


@dataclass(slots=True)
class Reading:
    """What a source held when it was read: the records of the good lines or rows, in its order, an error for each other one.

    `warnings` has a line of text, which names the place, for each thing that was put right or may not mean what it once did.
    """

    records: list[Record] = field(default_factory=list)
    errors: list[LoadError] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def demand(self) -> Reading:
        """Itself, if every line or row was good; else raises the first error (`ds_load_mode` 1)."""
        if self.errors:
            raise self.errors[0]
        return self


class Source(Protocol):
    """Where sets come from."""

    @property
    def name(self) -> str:
        """What errors and logs call it. No password is in it."""

    def read(self) -> Reading:
        """Everything that it holds now. Blocks.

        Raises LoadError where it cannot be read as a whole, SourceAway where that may pass.
        """

    def stamp(self) -> object:
        """Something that differs when the content may have changed; None, always, where only reading would tell."""


#: From a line or row, and who wants to be warned, to its record; raises FieldError or another ValueError.
_Read = Callable[[_Line, Callable[[str], None]], Record]


class Known(Generic[_Line]):
    """The records of the lines or rows that a source had when it was last read: what is still there need not be read again.

    A record that nothing had to be said about is known by its line; the others are read anew, to be warned of again.
    """

    def __init__(self) -> None:
        self._before: dict[_Line, Record] = {}
        self._now: dict[_Line, Record] = {}

    def record(self, line: _Line, read: _Read[_Line], place: str, warned: list[str]) -> Record:
        """The record of `line`: as it was, or what `read` makes of it. `place` goes before what is warned of."""
        found = self._before.get(line)
        if found is None:
            said: list[str] = []
            found = read(line, said.append)
            if said:
                warned += [f"{place}: {text}" for text in said]
                return found
        self._now[line] = found
        return found

    def turn(self) -> None:
        """The source has been read to its end."""
        self._before, self._now = self._now, {}


def collect(found: Iterable[tuple[str, Record | LoadError]], warned: list[str]) -> Reading:
    """The reading that lines or rows come to, each with the words for its place; `warned` becomes its warnings."""
    reading = Reading(warnings=warned)
    trying = ""
    for number, (place, each) in enumerate(found, 1):
        if not number % COLLECT_EVERY:
            gc.collect(1)
        if isinstance(each, LoadError):
            reading.errors.append(each)
            continue
        reading.records.append(each)
        if each.flags & TRYING and not trying:
            trying = place
    if trying:
        warned.append(f"{trying}: flag 2 means trying here; older lists meant probing by it, which is 8 now")
    return reading
