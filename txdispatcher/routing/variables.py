# cython: boundscheck=True, wraparound=True
"""What a script or a routing function writes down with a request: AVPs, XAVPs, script variables, the destination.

Kept with the request's `Context`, and made when something is first written: a request that uses none pays nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from txdispatcher.proxy.context import Context

#: What a variable holds.
Value = bytes | int
#: The name of an AVP: a number for ``$avp(i:273)``, else text. ``$avp(273)`` is text.
AvpName = str | int


class Variables:
    """The variables of one request. Reading one that nobody has written gives None; a script variable is 0 then.

    A list goes from the newest to the oldest.
    """

    __slots__ = ("_avps", "_fill", "_vars", "_xavps", "dst_uri", "event", "group", "notes")

    def __init__(self) -> None:
        #: ``$du``: where the request is to be sent, whatever its Request-URI says.
        self.dst_uri: bytes | None = None
        #: ``$dsg``: what ds_dsg_fetch() has counted.
        self.group: Mapping[str, int] = {}
        #: ``$dsv``: what led to the event whose route this is.
        self.event: Mapping[str, Value] = {}
        #: What functions of scripts note down for each other, each under a name of its own.
        self.notes: dict[str, object] | None = None
        # Each list here goes the other way: the newest at its end.
        self._avps: dict[AvpName, list[Value]] = {}
        self._xavps: dict[str, list[dict[str, Value]]] = {}
        self._vars: dict[str, Value] = {}
        self._fill: Callable[[Variables], None] | None = None

    def fill_later(self, fill: Callable[[Variables], None]) -> None:
        """Let `fill` write AVPs and XAVPs, but not before somebody asks for one: most requests end without."""
        self._settle()
        self._fill = fill

    def _settle(self) -> None:
        fill, self._fill = self._fill, None
        if fill is not None:
            fill(self)

    def avp(self, name: AvpName, index: int = 0) -> Value | None:
        """A value of the AVP: the newest, or the one that `index` newer ones hide."""
        self._settle()
        values = self._avps.get(name, ())
        return values[-1 - index] if 0 <= index < len(values) else None

    def avps(self, name: AvpName) -> list[Value]:
        self._settle()
        return self._avps.get(name, [])[::-1]

    def push_avp(self, name: AvpName, value: Value) -> None:
        """Give the AVP one more value, which hides the earlier ones."""
        self._settle()
        self._avps.setdefault(name, []).append(value)

    def pop_avp(self, name: AvpName) -> Value | None:
        """Take away the newest value of the AVP."""
        self._settle()
        values = self._avps.get(name)
        return values.pop() if values else None

    def clear_avp(self, name: AvpName) -> None:
        self._settle()
        self._avps.pop(name, None)

    def xavp(self, name: str, index: int = 0) -> Mapping[str, Value] | None:
        """The fields of the newest XAVP of that name, or of another; negative indexes count from the oldest."""
        self._settle()
        values = self._xavps.get(name, ())
        return values[-1 - index] if -len(values) <= index < len(values) else None

    def xavps(self, name: str) -> list[Mapping[str, Value]]:
        self._settle()
        return list(self._xavps.get(name, ())[::-1])

    def all_xavps(self) -> list[tuple[str, Mapping[str, Value]]]:
        """Every XAVP with its name, the newest of a name first."""
        self._settle()
        return [(name, fields) for name, found in self._xavps.items() for fields in reversed(found)]

    def push_xavp(self, name: str, fields: Mapping[str, Value]) -> None:
        """Add an XAVP, which hides the earlier ones of its name."""
        self._settle()
        self._xavps.setdefault(name, []).append(dict(fields))

    def pop_xavp(self, name: str) -> Mapping[str, Value] | None:
        """Take away the newest XAVP of that name."""
        self._settle()
        values = self._xavps.get(name)
        return values.pop() if values else None

    def clear_xavp(self, name: str) -> None:
        self._settle()
        self._xavps.pop(name, None)

    def set_field(self, name: str, index: int, field: str, value: Value | None) -> bool:
        """Set the field of an XAVP, or, with None, take it out. False where there is no such XAVP."""
        self._settle()
        values = self._xavps.get(name, ())
        if not -len(values) <= index < len(values):
            return False
        if value is None:
            values[-1 - index].pop(field, None)
        else:
            values[-1 - index][field] = value
        return True

    def var(self, name: str) -> Value:
        return self._vars.get(name, 0)

    def find_var(self, name: str) -> Value | None:
        """The script variable, None where nobody has written it."""
        return self._vars.get(name)

    def set_var(self, name: str, value: Value | None) -> None:
        """Set a script variable, or, with None, put it back to 0."""
        if value is None:
            self._vars.pop(name, None)
        else:
            self._vars[name] = value


def note(context: Context, name: str, value: object) -> None:
    """Note something down with the request, for `noted`."""
    variables = variables_of(context)
    if variables.notes is None:
        variables.notes = {}
    variables.notes[name] = value


def noted(context: Context, name: str) -> object:
    """What was noted down under the name; None without."""
    variables = written(context)
    return variables.notes.get(name) if variables is not None and variables.notes is not None else None


def variables_of(context: Context) -> Variables:
    """The variables of the request, to be written to."""
    found = context.variables
    if not isinstance(found, Variables):
        found = context.variables = Variables()
    return found


def written(context: Context) -> Variables | None:
    """The variables of the request, if there are any yet."""
    found = context.variables
    return found if isinstance(found, Variables) else None
