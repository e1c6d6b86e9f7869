"""How a destination's state changes by what is found out about it. docs/states.md draws it.

Failures and good answers come from pings and from traffic (ds_mark_dst) alike, and are counted in a row: a failure of an
inactive destination ends a row of good answers, a good answer of another one a row of failures. Marks of ds_mark_dst go through
the same table; only the mark P is theirs to set. `Sets.set_state`, which asks nobody, is the one way out of "disabled".
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from txdispatcher.balancing.destination import Destination
from txdispatcher.balancing.probing import ALWAYS_FLAGGED, EVERY, FLAGGED, Probing
from txdispatcher.balancing.sets import Sets
from txdispatcher.balancing.states import DISABLED, INACTIVE, PROBING, TRYING

ACTIVE = 0

#: What may be found out: an answer that counts or one that does not (or none); or somebody says it.
ANSWERED = "answered"
FAILED = "failed"
PUT_INACTIVE = "put inactive"
PUT_DISABLED = "put disabled"

#: State and finding -> the state then, and the state where that makes a row as long as its threshold.
TABLE: Mapping[tuple[int, str], tuple[int, int]] = MappingProxyType(
    {
        (ACTIVE, ANSWERED): (ACTIVE, ACTIVE),
        (ACTIVE, FAILED): (TRYING, INACTIVE),
        (ACTIVE, PUT_INACTIVE): (INACTIVE, INACTIVE),
        (ACTIVE, PUT_DISABLED): (DISABLED, DISABLED),
        (TRYING, ANSWERED): (ACTIVE, ACTIVE),
        (TRYING, FAILED): (TRYING, INACTIVE),
        (TRYING, PUT_INACTIVE): (INACTIVE, INACTIVE),
        (TRYING, PUT_DISABLED): (DISABLED, DISABLED),
        (INACTIVE, ANSWERED): (INACTIVE, ACTIVE),
        (INACTIVE, FAILED): (INACTIVE, INACTIVE),
        (INACTIVE, PUT_INACTIVE): (INACTIVE, INACTIVE),
        (INACTIVE, PUT_DISABLED): (DISABLED, DISABLED),
        (DISABLED, ANSWERED): (DISABLED, DISABLED),
        (DISABLED, FAILED): (DISABLED, DISABLED),
        (DISABLED, PUT_INACTIVE): (DISABLED, DISABLED),
        (DISABLED, PUT_DISABLED): (DISABLED, DISABLED),
    }
)


class Transitions:
    """The table over `sets`, by the thresholds and the mode in `probing`. `reason` is for people; `now` is monotonic seconds."""

    def __init__(self, sets: Sets, probing: Probing) -> None:
        self.sets = sets
        self.probing = probing

    def ping_answered(self, destination: Destination, reason: str, now: float) -> None:
        """A ping got an answer that counts. It takes the mark P away in modes 0 and 2, unless the destination stays inactive."""
        state, row = self._step(destination, ANSWERED)
        mode = self.probing.mode
        keeps = mode == ALWAYS_FLAGGED or state == INACTIVE
        probing = PROBING if mode == EVERY else destination.flags & PROBING if keeps else 0
        self._enter(destination, state | probing, row, reason, now)

    def ping_failed(self, destination: Destination, reason: str, now: float) -> None:
        """A ping got no answer, or one that does not count. It sets the mark P; in mode 0 it leaves the mark alone."""
        state, row = self._step(destination, FAILED)
        probing = destination.flags & PROBING if self.probing.mode == FLAGGED else PROBING
        self._enter(destination, state | probing, row, reason, now)

    def call_answered(self, destination: Destination, reason: str, now: float) -> None:
        """A call got an answer: a row of failures ends, as by a ping. One that is out stays out, whatever its last calls say."""
        if _state(destination.flags) == TRYING:
            self.ping_answered(destination, reason, now)

    def mark(self, destination: Destination, flags: int | None, reason: str, now: float) -> None:
        """What ds_mark_dst() says (guide, 4.5): `flags` as `states.parse_mark` gives them.

        None, no state was given: inactive, and in mode 1 probing too.
        """
        if flags is None:
            flags = INACTIVE | PROBING if self.probing.mode == EVERY else INACTIVE
        if flags & DISABLED:
            finding = PUT_DISABLED
        elif flags & INACTIVE:
            finding = PUT_INACTIVE
        elif flags & TRYING:
            finding = FAILED
        else:
            finding = ANSWERED
        state, row = self._step(destination, finding)
        probing = flags & PROBING
        if finding == ANSWERED and state == INACTIVE:
            probing |= destination.flags & PROBING
        self._enter(destination, state | probing, row, reason, now)

    def _step(self, destination: Destination, finding: str) -> tuple[int, int]:
        """The state after `finding`, and how long the row is then."""
        state = _state(destination.flags)
        follows, reached = TABLE[state, finding]
        if finding == FAILED and state in (ACTIVE, TRYING):
            threshold = self.probing.probing_threshold
        elif finding == ANSWERED and state == INACTIVE:
            threshold = self.probing.inactive_threshold
        else:
            return follows, 0
        row = destination.row + 1
        return (follows, row) if row < threshold else (reached, 0)

    def _enter(self, destination: Destination, flags: int, row: int, reason: str, now: float) -> None:
        if destination.flags & DISABLED:
            # An operator's word: calls that were under way have nothing to say against it.
            return
        self.sets.mark(destination, flags, now, reason=reason)
        destination.row = row


def _state(flags: int) -> int:
    """The one state that counts where bits of several are set: what the letters show."""
    for state in (DISABLED, INACTIVE, TRYING):
        if flags & state:
            return state
    return ACTIVE
