"""The parameters of states and probing, which may change while the server runs; and whom a mode probes."""

from __future__ import annotations

from collections.abc import Container
from typing import Self

from txdispatcher.balancing.states import DISABLED, INACTIVE, NO_PING, PROBING

#: ds_probing_mode (guide, 3.25).
FLAGGED = 0  # those with the mark P, until they answer
EVERY = 1
ONLY_INACTIVE = 2  # the inactive with the mark P
ALWAYS_FLAGGED = 3  # those with the mark P, which nobody takes away

#: What counts as a good answer besides 2xx where nothing else is said.
_ONLY_2XX = range(200, 300)


class PingReason(str):
    """What a ping found out, in words for people; and the answer: its status `code` and its `phrase`.

    Without an answer `code` is 408, as silence counts, and `phrase` None.
    """

    code: int
    phrase: str | None

    def __new__(cls, text: str, code: int = 408, phrase: str | None = None) -> Self:
        made = super().__new__(cls, text)
        made.code = code
        made.phrase = phrase
        return made


class Probing:
    """One object for the whole server: whoever sets an attribute changes what holds from then on.

    `mode` is ds_probing_mode, `probing_threshold` and `inactive_threshold` are failures until a destination is inactive and
    good answers until it is active again, 1 or more. `reply_codes` are the status codes that count as a good answer.
    `active` is what dispatcher.ping_active sets: 0 sends no pings.
    """

    __slots__ = ("active", "inactive_threshold", "mode", "probing_threshold", "reply_codes")

    def __init__(
        self,
        *,
        mode: int = FLAGGED,
        probing_threshold: int = 1,
        inactive_threshold: int = 1,
        reply_codes: Container[int] = _ONLY_2XX,
    ) -> None:
        self.mode = mode
        self.probing_threshold = probing_threshold
        self.inactive_threshold = inactive_threshold
        self.reply_codes = reply_codes
        self.active = 1

    def wants(self, flags: int) -> bool:
        """Whether a destination with these flags is pinged: by the mode, never a disabled one, nor one with flag 32."""
        if flags & (DISABLED | NO_PING):
            return False
        if self.mode == EVERY:
            return True
        if self.mode == ONLY_INACTIVE:
            return flags & (INACTIVE | PROBING) == INACTIVE | PROBING
        return bool(flags & PROBING)
