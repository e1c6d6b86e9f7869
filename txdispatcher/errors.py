"""Every error that the package raises on purpose.

    DispatcherError
     ├── ConfigError          a setting: file, key, reason
     ├── LoadError            a line of a list file or a row of a table: source, line, reason
     │    ├── CredentialsError    a line of the file of credentials
     │    └── SourceAway          a database that cannot be reached now, or that answers too late
     ├── FormatError          text with pseudo-variables: text, column, reason
     ├── ScriptError          a routing script that cannot be loaded: file, line, reason
     ├── ScriptFault          one that failed in the midst of a request
     ├── ParseError           bytes from the network: the status to answer with, reason
     ├── CallsUnderWay        a reload was refused, because calls are counted
     └── StateError           a state that cannot be set
          ├── UnknownState        the word for the state is not one
          └── UnknownDestination  no such set, or no such destination in it

The text of each is for the person who reads it: where, what was found, what is allowed.
"""

from __future__ import annotations


class DispatcherError(Exception):
    """The root: catching it catches whatever the package raises on purpose, and no programming error."""


class ConfigError(DispatcherError):
    """A setting is unknown, of the wrong type or of a value that is not allowed.

    `file` is the path as it was given, `key` the dotted key (``sip.listen``) or "" where the whole file is meant.
    """

    def __init__(self, file: str, key: str, reason: str) -> None:
        super().__init__(f"{file}: {key}: {reason}" if key else f"{file}: {reason}")
        self.file = file
        self.key = key
        self.reason = reason


class LoadError(DispatcherError):
    """A line of a list file, or a row of a table, cannot be loaded.

    `line` counts from 1; 0 means the source as a whole, or a row, which `reason` names.
    """

    def __init__(self, source: str, line: int, reason: str) -> None:
        super().__init__(f"{source}:{line}: {reason}" if line else f"{source}: {reason}")
        self.source = source
        self.line = line
        self.reason = reason


class CredentialsError(LoadError):
    """The file of credentials, or a line of it, cannot be used."""


class SourceAway(LoadError):
    """The source cannot be reached now, or does not answer in time: the same may work later."""


class FormatError(DispatcherError):
    """A text with pseudo-variables cannot be compiled. `column` counts from 1."""

    def __init__(self, text: str, column: int, reason: str) -> None:
        super().__init__(f"{text!r}, column {column}: {reason}")
        self.text = text
        self.column = column
        self.reason = reason


class ScriptError(DispatcherError):
    """A routing script cannot be loaded. `line` counts from 1; 0 means the file as a whole."""

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(f"{file}:{line}: {reason}" if line else f"{file}: {reason}")
        self.file = file
        self.line = line
        self.reason = reason


class MisplacedError(ScriptError):
    """A function stands in a route of a type that its guide forbids."""


class ScriptFault(DispatcherError):
    """A routing script went wrong while it ran: a loop without end, a value that cannot be."""


class ParseError(DispatcherError):
    """Bytes from the network are not the SIP message that they claim to be.

    `status` is the response code to answer a request with (400, 505, 416, …). It is the only exception that may leave `sip`.
    """

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class CallsUnderWay(DispatcherError):
    """The sets are not loaded anew while calls are counted (setting `reload_load = "refuse"`)."""


class StateError(DispatcherError):
    """A destination's state cannot be set as asked."""


class UnknownState(StateError):
    """The word for a state is not one."""


class UnknownDestination(StateError):
    """There is no such set, or no such destination in it."""
