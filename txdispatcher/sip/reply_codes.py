"""Which status codes count as a good answer to a ping: ``class=2;code=403`` (guide, "ds_ping_reply_codes")."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ITEM = re.compile(r"(?:class=([1-6])(?:00)?|code=([1-6][0-9]{2}))")
_ALLOWED = '"class=N" (1 to 6) and "code=NNN" (100 to 699), a semicolon between'


@dataclass(frozen=True, slots=True)
class ReplyCodes:
    """A set of status codes. Every 2xx is in it, as in Kamailio, whatever the text says."""

    classes: frozenset[int] = frozenset((2,))
    codes: frozenset[int] = frozenset()

    def __contains__(self, status: object) -> bool:
        return isinstance(status, int) and (status // 100 in self.classes or status in self.codes)


def parse_reply_codes(text: str) -> ReplyCodes:
    """The codes that `text` names; "" names none but every 2xx. Raises ValueError, which says what is allowed.

    A class may be written as its first code too (``class=400``), as Kamailio's guide does once.
    """
    classes = {2}
    codes = set()
    for item in text.split(";"):
        stripped = item.strip()
        if not stripped:
            continue
        found = _ITEM.fullmatch(stripped)
        if found is None:
            raise ValueError(f"{stripped!r} is no reply code; allowed: {_ALLOWED}")
        if found[1]:
            classes.add(int(found[1]))
        else:
            codes.add(int(found[2]))
    return ReplyCodes(frozenset(classes), frozenset(codes))
