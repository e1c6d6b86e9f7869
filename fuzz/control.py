"""A table of methods for the targets of the control plane: every kind of parameter and result, and nothing that changes."""

from __future__ import annotations

from twisted.internet.task import Clock

from txdispatcher.control.pieces import Turns
from txdispatcher.control.table import Kind, Method, Methods, Parameter

_LISTED = {
    "NRSETS": 1,
    "RECORDS": [
        {"SET": {"ID": 1, "TARGETS": [{"DEST": {"URI": "sip:a", "FLAGS": "AX", "PRIORITY": 0, "ATTRS": {"BODY": "x=\udcff"}}}]}}
    ],
}

_STATE = (Parameter("state", Kind.WORD), Parameter("group", Kind.INTEGER), Parameter("address", Kind.STRING))

#: Of a clock that stands: no answer has as many pieces as need one.
TURNS = Turns(Clock())

METHODS = Methods(
    [
        Method("dispatcher.list", (), "The list", lambda: _LISTED),
        Method("dispatcher.set_state", _STATE, "A state", lambda *given: "Ok"),
        Method("dispatcher.reload", (), "A reload", lambda: "Ok"),
        Method("core.version", (), "The version", lambda: "fuzz"),
        Method(
            "echo", (Parameter("value", Kind.ANY, required=False, repeated=True),), "What is given", lambda *given: list(given)
        ),
    ]
)
