"""Selection from one set as one would write it without a thought for its cost: what the tables of `sets` are held against."""

from __future__ import annotations

from txdispatcher.balancing.hashing import ds_hash

_SKIPPED = 1 | 4


class SlowSet:
    """`lines`: (number of the gateway, flags, priority), in file order."""

    def __init__(self, lines: list[tuple[int, int, int]], use_default: bool) -> None:
        placed = sorted(enumerate(lines), key=lambda pair: (-pair[1][2], -pair[0]))
        self._names = [str(line[0]) for _, line in placed]
        self._flags = [line[1] for _, line in placed]
        self._use_default = use_default
        self._last = 0

    def mark(self, name: int, flags: int) -> bool:
        """False: there is no such gateway."""
        if str(name) not in self._names:
            return False
        self._flags[self._names.index(str(name))] = flags
        return True

    def mark_all(self, flags: int) -> None:
        self._flags = [flags] * len(self._flags)

    def select(self, algorithm: int, x: bytes) -> list[str]:
        size = len(self._names)
        default = size - 1 if self._use_default else None
        pool = [index for index in range(size) if index != default] or [0]
        in_turn = algorithm == 4 or (algorithm == 5 and not x)
        slot = self._last if in_turn else ds_hash(x) if algorithm in (0, 5) else 0
        start = slot % len(pool)
        chosen = [index for index in pool[start:] + pool[:start] if self._selectable(index)][:1]
        if not chosen and default is not None and self._selectable(default):
            chosen = [default]
        if not chosen:
            if in_turn:
                self._last = (self._last + 1) % size
            return []
        first = chosen[0]
        if in_turn:
            self._last = (first + 1) % size
        rest = [index for index in (*range(first + 1, size), *range(first)) if index != default and self._selectable(index)]
        if default is not None and first != default:
            rest.append(default)
        return [self._names[index] for index in (first, *rest)]

    def _selectable(self, index: int) -> bool:
        return not self._flags[index] & _SKIPPED
