"""What stands for Twisted's threads in the tests of loading."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred


class Threads:
    """Stands for deferToThread: what is begun in a thread runs, and ends, when the test says so."""

    def __init__(self) -> None:
        self.begun: list[tuple[Callable[[], Any], Deferred[Any]]] = []

    def __call__(self, run: Callable[[], Any]) -> Deferred[Any]:
        ended: Deferred[Any] = Deferred()
        self.begun.append((run, ended))
        return ended

    @property
    def pending(self) -> list[int]:
        """The numbers of those that have not ended."""
        return [number for number, (_, ended) in enumerate(self.begun) if not ended.called]

    def finish(self, number: int) -> None:
        """Run what was begun as the `number`th, from 0, and has not ended."""
        run, ended = self.begun[number]
        try:
            result = run()
        except Exception as error:
            ended.errback(error)
        else:
            ended.callback(result)
