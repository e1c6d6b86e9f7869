"""The calls that a script wants to be known as long as they last (Kamailio's module dialog): kept by Call-ID, in memory.

A call begins with dlg_manage() on its INVITE, is confirmed by its 2xx, and ends with its BYE, with a failure, or when it has been
known for too long. Nobody is sent a BYE then.
"""

from __future__ import annotations

from collections import OrderedDict
from itertools import islice

from txdispatcher.errors import ScriptFault
from txdispatcher.routing.variables import Value

#: Calls at once. Callers can make Call-IDs up: beyond this the oldest are forgotten. About 400 MB.
MOST_DIALOGS = 500_000
#: Calls that each new one looks at to see whether they are too old: more than it adds.
_LOOK = 3
#: States, by Kamailio's numbers.
UNCONFIRMED, EARLY, CONFIRMED = 1, 2, 4


class Dialog:
    """One call: `until` when it is known, what a script notes down with it, and the profiles that it is counted in."""

    __slots__ = ("flags", "profiles", "started", "state", "until", "variables")

    def __init__(self, started: float, until: float) -> None:
        self.state = UNCONFIRMED
        self.started = started
        self.until = until
        self.flags = 0
        self.variables: dict[str, Value] = {}
        self.profiles: set[tuple[str, bytes]] = set()


class Dialogs:
    """All of them. `profiles` are names, and whether calls are counted there by a value; times are in seconds."""

    def __init__(self) -> None:
        self.timeout = 43_200.0
        self.profiles: dict[str, bool] = {}
        #: Counted since the start: those that began, that failed, and that were known for too long.
        self.processed = 0
        self.failed = 0
        self.expired = 0
        #: Now: those whose INVITE has been sent on, and those of them that were answered.
        self.active = 0
        self.confirmed = 0
        self._by_id: OrderedDict[bytes, Dialog] = OrderedDict()
        self._sizes: dict[tuple[str, bytes], int] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def statistics(self) -> dict[str, int]:
        """By Kamailio's names of group dialog."""
        return {
            "active_dialogs": self.active,
            "early_dialogs": self.active - self.confirmed,
            "expired_dialogs": self.expired,
            "failed_dialogs": self.failed,
            "processed_dialogs": self.processed,
        }

    def begin(self, call_id: bytes, now: float) -> Dialog:
        """The call, known from now on if it was not."""
        found = self.find(call_id, now)
        if found is None:
            found = self._by_id[call_id] = Dialog(now, now + self.timeout)
            self.processed += 1
            self._sweep(now)
        return found

    def find(self, call_id: bytes, now: float) -> Dialog | None:
        """The call, if it is known."""
        found = self._by_id.get(call_id)
        if found is not None and found.until <= now:
            self.expired += 1
            self.end(call_id)
            return None
        return found

    def relayed(self, call_id: bytes, now: float) -> None:
        """Its INVITE is sent on."""
        found = self.find(call_id, now)
        if found is not None and found.state == UNCONFIRMED:
            found.state = EARLY
            self.active += 1

    def confirm(self, call_id: bytes, now: float) -> bool:
        """It was answered. Whether that is new."""
        self.relayed(call_id, now)
        found = self.find(call_id, now)
        if found is None or found.state == CONFIRMED:
            return False
        found.state = CONFIRMED
        found.started = now
        self.confirmed += 1
        return True

    def end(self, call_id: bytes) -> bool:
        """It is over. Whether it was known."""
        found = self._by_id.pop(call_id, None)
        if found is None:
            return False
        self.active -= found.state != UNCONFIRMED
        self.confirmed -= found.state == CONFIRMED
        for each in found.profiles:
            self._count(each, -1)
        return True

    def fail(self, call_id: bytes, now: float) -> bool:
        """It was not answered. Whether it was known, and had not been before."""
        found = self.find(call_id, now)
        if found is None or found.state == CONFIRMED:
            return False
        self.failed += 1
        return self.end(call_id)

    def join(self, dialog: Dialog, name: str, value: bytes) -> None:
        """Count the call in a profile. Raises ScriptFault where there is no such."""
        key = self._key(name, value)
        if key not in dialog.profiles:
            dialog.profiles.add(key)
            self._count(key, 1)

    def leave(self, dialog: Dialog, name: str, value: bytes) -> bool:
        """Count it there no more. Whether it was."""
        key = self._key(name, value)
        if key not in dialog.profiles:
            return False
        dialog.profiles.discard(key)
        self._count(key, -1)
        return True

    def is_in(self, dialog: Dialog, name: str, value: bytes) -> bool:
        """Whether it is counted there."""
        return self._key(name, value) in dialog.profiles

    def size(self, name: str, value: bytes) -> int:
        """How many calls are counted there."""
        return self._sizes.get(self._key(name, value), 0)

    def lacks_value(self, name: str, value: bytes) -> bool:
        """Whether calls are counted by a value there, and this is none."""
        return not value and self.profiles.get(name, False)

    def _key(self, name: str, value: bytes) -> tuple[str, bytes]:
        if name not in self.profiles:
            there = ", ".join(self.profiles) or "none"
            raise ScriptFault(f"there is no profile {name}; there is: {there} (profiles_with_value, profiles_no_value)")
        return name, value if self.profiles[name] else b""

    def _count(self, key: tuple[str, bytes], number: int) -> None:
        left = self._sizes.get(key, 0) + number
        if left:
            self._sizes[key] = left
        else:
            self._sizes.pop(key, None)

    def _sweep(self, now: float) -> None:
        """Look at a few, all in turn; where there are too many, end the one of these that has the least time left."""
        looked = []
        for call_id, dialog in list(islice(self._by_id.items(), _LOOK)):
            if dialog.until <= now:
                self.expired += 1
                self.end(call_id)
            else:
                self._by_id.move_to_end(call_id)
                looked.append((dialog.until, call_id))
        if len(self._by_id) > MOST_DIALOGS and looked:
            self.expired += 1
            self.end(min(looked)[1])
