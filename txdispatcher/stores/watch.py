"""Watching a source that has a stamp: a look each second, no dependency on the system's own ways to be told."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import ensureDeferred
from twisted.internet.task import LoopingCall

from txdispatcher.stores.loading import Loader, was_logged
from txdispatcher.stores.source import Source

#: Seconds between two looks.
INTERVAL = 1.0


class Watch:
    """Has `loader` reload when the stamp of `source` is no longer that of the last reading, and the same at two looks.

    So a file that is being written is left alone, and what cannot be loaded is reported once, until it changes again. `clock` is
    the reactor.
    """

    def __init__(self, source: Source, loader: Loader, clock: Any) -> None:
        self._source = source
        self._loader = loader
        self._seen = loader.stamp
        self._reloading = False
        self._looking = LoopingCall(self._look)
        self._looking.clock = clock

    def start(self) -> None:
        """Begin to look."""
        self._looking.start(INTERVAL, now=False)

    def stop(self) -> None:
        """Look no more."""
        if self._looking.running:
            self._looking.stop()

    def _look(self) -> None:
        stamp = self._source.stamp()
        settled, self._seen = stamp == self._seen, stamp
        if not settled or stamp == self._loader.stamp or self._reloading:
            return
        self._reloading = True
        ensureDeferred(self._loader.reload()).addErrback(was_logged).addBoth(self._reloaded)

    def _reloaded(self, _: object) -> None:
        self._reloading = False
