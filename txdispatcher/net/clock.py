"""Who calls later: a reactor, or a test's `task.Clock`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet.base import DelayedCall


class Clock(Protocol):
    """What both have in common."""

    def callLater(self, delay: float, callable: Callable[..., Any], *args: Any) -> DelayedCall: ...
