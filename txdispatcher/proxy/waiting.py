"""A request whose decision the router has put off (`decision.Wait`), and what is needed to act on it later."""

from __future__ import annotations

from txdispatcher.proxy.client import ClientTransaction
from txdispatcher.proxy.context import Context
from txdispatcher.proxy.decision import Wait
from txdispatcher.proxy.server import ServerTransaction

#: Decisions put off at once: past that, requests are refused with a 503.
MAX_WAITING = 10_000


class Pending:
    """`server` is the request's transaction, None for an ACK; `failed` the branch whose failure is to be decided about, None
    where it is the request itself. `mark` is what tells a loop.
    """

    __slots__ = ("context", "failed", "mark", "server", "wait")

    def __init__(
        self,
        wait: Wait,
        context: Context,
        mark: bytes,
        server: ServerTransaction | None,
        failed: ClientTransaction | None = None,
    ) -> None:
        self.wait = wait
        self.context = context
        self.mark = mark
        self.server = server
        self.failed = failed

    @property
    def wanted(self) -> bool:
        """Whether what was put off may still be decided."""
        return self.server is None or self.server.waiting is self.wait
