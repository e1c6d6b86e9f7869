"""Counters of a script's own (Kamailio's modules counters and statistics), which stats.get_statistics shows."""

from __future__ import annotations

from txdispatcher.errors import ScriptFault

#: The group of a counter that names none.
SCRIPT = "script"


class ScriptCounters:
    """Counters by group and name; all are declared before a script runs."""

    def __init__(self) -> None:
        self._groups: dict[str, dict[str, int]] = {}

    def groups(self) -> dict[str, dict[str, int]]:
        """All of them, by group."""
        return {group: dict(counted) for group, counted in self._groups.items()}

    def declare(self, name: str, group: str = SCRIPT) -> None:
        """There is a counter ``name``, or ``group.name``."""
        group, name = _parts(name, group)
        self._groups.setdefault(group, {}).setdefault(name, 0)

    def add(self, name: str, number: int) -> None:
        """Add to it. Raises ScriptFault where there is none."""
        group, name = self._found(name)
        self._groups[group][name] += number

    def set(self, name: str, number: int) -> None:
        """Let it be that. Raises ScriptFault where there is none."""
        group, name = self._found(name)
        self._groups[group][name] = number

    def get(self, name: str) -> int | None:
        """What it counts; None where there is none."""
        group, name = _parts(name, SCRIPT)
        return self._groups.get(group, {}).get(name)

    def _found(self, name: str) -> tuple[str, str]:
        group, plain = _parts(name, SCRIPT)
        if plain not in self._groups.get(group, {}):
            there = ", ".join(f"{group}.{each}" for group, counted in self._groups.items() for each in counted)
            raise ScriptFault(
                f"there is no counter {name}; there is: {there or 'none'}"
                ' (modparam("counters", "script_counter", NAME), modparam("statistics", "variable", NAME))'
            )
        return group, plain


def _parts(name: str, group: str) -> tuple[str, str]:
    before, dot, behind = name.partition(".")
    return (before, behind) if dot else (group, name)
