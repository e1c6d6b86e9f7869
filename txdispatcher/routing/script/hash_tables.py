"""Tables that a script keeps in memory (Kamailio's module htable): items by name, each a value with an end or without."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator

from txdispatcher.errors import FormatError, ScriptFault
from txdispatcher.routing.regexes import regex
from txdispatcher.routing.values import as_bytes, as_number
from txdispatcher.routing.variables import Value

#: Items of one table. Callers can make names up: beyond this, those that would end next go. About 150 MB.
MOST_ITEMS = 500_000
#: Items that each write looks at to see whether they are over: more than it adds, so that what is over goes.
_LOOK = 3


class HashTable:
    """One table. Times are in seconds; `now` as for the whole of `routing`.

    `expire` is after how long an item ends that is not written again, 0 for never; `renew`: to write it puts its end off.
    `initial` is what a name without an item reads as, None for $null. `dbtable` is the database's table that it begins with.
    """

    def __init__(self, name: str, *, expire: int = 0, initial: int | None = None, renew: bool = True, dbtable: str = "") -> None:
        self.name = name
        self.expire = expire
        self.initial = initial
        self.renew = renew
        self.dbtable = dbtable
        #: Value and end (0: none); the items that were written first stand first.
        self._items: OrderedDict[bytes, tuple[Value, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._items)

    def get(self, key: bytes, now: float) -> Value | None:
        """The value; `initial` where there is none."""
        found = self._item(key, now)
        return found[0] if found is not None else self.initial

    def left(self, key: bytes, now: float) -> int | None:
        """How many seconds the item has left, 0 where it has no end; None without an item."""
        found = self._item(key, now)
        return None if found is None else round(found[1] - now) if found[1] else 0

    def set(self, key: bytes, value: Value | None, now: float, expire: int | None = None) -> None:
        """Write an item; None takes it away. `expire` is an end of its own, in seconds from now, 0 for none."""
        found = self._item(key, now)
        if value is None:
            self._items.pop(key, None)
            return
        if expire is not None:
            end = now + expire if expire > 0 else 0.0
        elif found is not None and not self.renew:
            end = found[1]
        else:
            end = now + self.expire if self.expire else 0.0
        self._items[key] = value, end
        if self.renew:
            self._items.move_to_end(key)
        self._sweep(now)

    def set_end(self, key: bytes, seconds: int, now: float) -> None:
        """Let the item end in so many seconds; 0: never."""
        found = self._item(key, now)
        if found is not None:
            self._items[key] = found[0], now + seconds if seconds > 0 else 0.0

    def add(self, key: bytes, number: int, now: float) -> int | None:
        """Add to the item's number, and what it is then; None where there is neither item nor `initial`."""
        value = self.get(key, now)
        if value is None:
            return None
        made = as_number(value) + number
        self.set(key, made, now)
        return made

    def clear(self) -> None:
        self._items.clear()

    def items(self, now: float) -> Iterator[tuple[bytes, Value]]:
        """Names and values, of what is there now."""
        for key, (value, end) in list(self._items.items()):
            if not end or end > now:
                yield key, value

    def names(self, test: Callable[[bytes], bool], now: float) -> list[bytes]:
        """The names of the items for which `test` holds."""
        return [key for key, _ in self.items(now) if test(key)]

    def values(self, test: Callable[[bytes], bool], now: float) -> list[bytes]:
        """The names of the items for whose value, as text, `test` holds."""
        return [key for key, value in self.items(now) if test(as_bytes(value))]

    def _item(self, key: bytes, now: float) -> tuple[Value, float] | None:
        found = self._items.get(key)
        if found is not None and found[1] and found[1] <= now:
            del self._items[key]
            return None
        return found

    def _sweep(self, now: float) -> None:
        items = self._items
        for _ in range(_LOOK):
            key, (_, end) = next(iter(items.items()))
            if (end and end <= now) or len(items) > MOST_ITEMS:
                del items[key]
            elif end or len(items) == 1:
                return
            else:
                # It never ends: out of the way of those that do.
                items.move_to_end(key)


def matching(operator: bytes, text: bytes) -> Callable[[bytes], bool]:
    """The test that a function names: ``eq``, ``ne``, ``re`` or ``sw`` (starts with). Raises ScriptFault for another."""
    if operator == b"re":
        try:
            pattern = regex(text)
        except FormatError as error:
            raise ScriptFault(error.reason) from None
        return lambda found: pattern.search(found) is not None
    if operator == b"sw":
        return lambda found: found.startswith(text)
    if operator == b"eq":
        return lambda found: found == text
    if operator == b"ne":
        return lambda found: found != text
    raise ScriptFault(f"found the operator {operator.decode('utf-8', 'replace')!r}; allowed: eq, ne, re, sw")


def counting(text: bytes) -> Callable[[bytes], bool]:
    """The test of $shtcn and $shtcv: ``~~regex``, ``~%beginning``, ``==text``, ``**`` for all; else a regular expression."""
    if text.startswith(b"~%"):
        return matching(b"sw", text[2:])
    if text.startswith(b"=="):
        return matching(b"eq", text[2:])
    if text.startswith(b"**"):
        return lambda found: True
    return matching(b"re", text.removeprefix(b"~~"))
