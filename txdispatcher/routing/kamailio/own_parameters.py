"""Parameters of a script's own, which stand among its globals: ``group.name = value desc "what it is for"``.

``$sel(cfg_get.group.name)`` and ``@cfg_get.group.name`` are their values, alone and within strings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from txdispatcher.errors import ScriptError
from txdispatcher.routing.kamailio import nodes
from txdispatcher.routing.kamailio.preprocessor import Place

_VALUE = re.compile(
    r"""("(?:[^"\\]|\\.)*"|'[^']*'|[+-]?[0-9]+)(?:\s*(?:desc|description)\s*(?:"[^"]*"|'[^']*'))?\s*""", re.DOTALL
)
_NAME = r"cfg_get\.([A-Za-z_]\w*\.\w+)"
_VARIABLE = re.compile(rf"\$sel\({_NAME}\)|\$\(sel\({_NAME}\)\)")
_SELECT = re.compile(rf"@{_NAME}")


def own_value(setting: nodes.Setting) -> str | None:
    """What the parameter stands for, None where its value is no string and no number."""
    found = _VALUE.fullmatch(setting.value)
    if found is None:
        # One string and nothing else has lost its quotes.
        return setting.value if not set(setting.value) & set("\"'") else None
    return found[1][1:-1] if found[1][0] in "\"'" else found[1]


class OwnParameters:
    """The parameters by ``group.name``."""

    def __init__(self, settings: Iterable[nodes.Setting]) -> None:
        self._values = {each.name: own_value(each) or "" for each in settings if "." in each.name}

    def selected(self, text: str, place: Place) -> str | None:
        """What all of `text`, a variable or a select, stands for; None where it is no parameter. Raises ScriptError."""
        found = _VARIABLE.fullmatch(text) or _SELECT.fullmatch(text)
        return self._value(found, place) if found is not None else None

    def within(self, text: str, place: Place) -> str:
        """`text`, a string with pseudo-variables, with the values in it. Raises ScriptError."""
        if "cfg_get." not in text:
            return text
        return _VARIABLE.sub(lambda found: self._value(found, place).replace("$", "$$"), text)

    def _value(self, found: re.Match[str], place: Place) -> str:
        name = next(each for each in found.groups() if each)
        if name not in self._values:
            there = ", ".join(self._values) or "none"
            raise ScriptError(
                place.file, place.line, f'{found[0]}: there is no {name}; there is: {there} ({name} = "VALUE" makes it)'
            )
        return self._values[name]
