"""States that survive a restart: a small JSON file, written anew soon after a state changed.

It holds only destinations whose state is another one than their own flags in the list or table say. A destination takes its
saved state back if set, URI and `socket` are the same and its own flags are still those of then: else the source has the word.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.threads import deferToThread
from twisted.logger import Logger

from txdispatcher.balancing.destination import Destination
from txdispatcher.balancing.sets import Sets
from txdispatcher.balancing.states import ALL, DRAINING
from txdispatcher.errors import LoadError

#: Seconds between a change and the file: what else changes in the meantime is written with it.
DELAY = 1.0
VERSION = 1


@dataclass(frozen=True, slots=True)
class SavedState:
    """The state `flags` of a destination whose own flags were `listed`."""

    set: int
    uri: str
    socket: str | None
    listed: int
    flags: int


def snapshot(sets: Sets) -> list[SavedState]:
    """What is worth saving."""
    return [
        _saved(destination)
        for group in sets
        for destination in group.destinations
        if (destination.flags ^ destination.loaded_flags) & (ALL | DRAINING)
    ]


def restore(sets: Sets, saved: Iterable[SavedState], reason: str, now: float) -> int:
    """Put the destinations back into the states in `saved`; how many there were."""
    found: dict[SavedState, Destination] = {}
    for group in sets:
        for destination in group.destinations:
            found.setdefault(_key(_saved(destination)), destination)
    restored = 0
    for each in saved:
        destination_or_none = found.get(_key(each))
        if destination_or_none is not None:
            sets.mark(destination_or_none, each.flags, now, reason=reason)
            if each.flags & DRAINING:
                sets.drain(destination_or_none, now=now, reason=reason)
            restored += 1
    return restored


def read_states(file: str) -> list[SavedState]:
    """What `file` holds; nothing if there is no such file. Raises LoadError."""
    try:
        with open(file, "rb") as stream:
            found = json.load(stream)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise LoadError(file, 0, error.strerror or str(error)) from None
    except (ValueError, RecursionError) as error:
        raise LoadError(file, 0, f"is no JSON: {error}") from None
    if not isinstance(found, dict) or found.get("version") != VERSION or not isinstance(found.get("states"), list):
        raise LoadError(file, 0, f"an object with version {VERSION} and a list of states is allowed")
    return [_state(file, number, each) for number, each in enumerate(found["states"], 1)]


def write_states(file: str, saved: Iterable[SavedState]) -> None:
    """Replace `file` in one step: whoever reads it finds the old one or the new one. Raises OSError."""
    states = [
        {"set": each.set, "uri": each.uri, "socket": each.socket, "listed": each.listed, "flags": each.flags} for each in saved
    ]
    folder, name = os.path.split(os.path.abspath(file))
    descriptor, temporary = tempfile.mkstemp(prefix=name + ".", dir=folder)
    try:
        with open(descriptor, "w", encoding="ascii") as stream:
            json.dump({"version": VERSION, "states": states}, stream, indent=1)
            stream.write("\n")
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, file)
    except BaseException:
        os.unlink(temporary)
        raise


class StateKeeper:
    """An observer (see `balancing.observers`) that keeps `file` up to date. That it cannot be written is logged once in a row."""

    log = Logger()

    def __init__(self, file: str, sets: Sets, reactor: Any) -> None:
        self._file = file
        self._sets = sets
        self._reactor = reactor
        self._due: Any = None
        #: Fires when what is being written now is.
        self._writing: Deferred[None] | None = None
        self._failing = False

    def __call__(self, destination: Destination, before: int, after: int, reason: str) -> None:
        self.changed()

    def changed(self) -> None:
        """A state has changed, or which destinations there are."""
        if self._due is None:
            self._due = self._reactor.callLater(DELAY, self._write)

    def stop(self) -> Deferred[None]:
        """Write what is not written yet."""
        if self._due is None:
            return self._writing or succeed(None)
        self._due.cancel()
        self._due = None
        return self._again()

    def _write(self) -> None:
        self._due = None
        self._again()

    def _again(self) -> Deferred[None]:
        """Write what holds now, behind what is being written: an older state never overtakes a newer one."""
        saved = snapshot(self._sets)
        before: Deferred[None] = self._writing or succeed(None)
        done: Deferred[None] = Deferred()
        self._writing = done

        def write(_: object) -> None:
            deferToThread(write_states, self._file, saved).addCallbacks(self._written, self._failed).addCallback(finish)

        def finish(_: object) -> None:
            if self._writing is done:
                self._writing = None
            done.callback(None)

        before.addCallback(write)
        return done

    def _written(self, _: object) -> None:
        self._failing = False

    def _failed(self, failure: Any) -> None:
        if not self._failing:
            self.log.error("saved_states: {file}: {error}", file=self._file, error=failure.value)
        self._failing = True


def _saved(destination: Destination) -> SavedState:
    record = destination.record
    return SavedState(
        record.set_id,
        record.uri,
        record.attribute("socket"),
        destination.loaded_flags & ALL,
        destination.flags & (ALL | DRAINING),
    )


def _key(saved: SavedState) -> SavedState:
    """All that must be the same."""
    return SavedState(saved.set, saved.uri, saved.socket, saved.listed, 0)


def _state(file: str, number: int, found: object) -> SavedState:
    kinds: dict[str, Any] = {"set": int, "uri": str, "socket": str | None, "listed": int, "flags": int}
    if not isinstance(found, dict) or any(not isinstance(found.get(name, 0.0), kind) for name, kind in kinds.items()):
        raise LoadError(file, 0, f"state {number}: an object with set, uri, socket, listed and flags is allowed")
    return SavedState(*(found[name] for name in kinds))
