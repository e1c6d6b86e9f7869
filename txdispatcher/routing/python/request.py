"""What a route is given: a request, and Kamailio's functions as its methods."""

from __future__ import annotations

from typing import NoReturn

from txdispatcher.errors import FormatError, ScriptFault
from txdispatcher.routing.python.calling import decoded, encoded, reader, text, value_of, writer
from txdispatcher.routing.python.functions import Functions
from txdispatcher.routing.script.run import Exit


class Request(Functions):
    """A request in a route. Its methods are Kamailio's functions, its items pseudo-variables: ``request["$rU"]``.

    In a failure, reply or branch route it is still the request; ``status`` and ``$rs`` are the response's.
    """

    __slots__ = ()

    @property
    def method(self) -> str:
        """``INVITE``, ``BYE``, …"""
        return self._run.request.method.decode("ascii")

    @property
    def status(self) -> int:
        """In a failure or reply route: the response's status, 408 for none in time. Else 0."""
        return self._run.status

    @property
    def source(self) -> tuple[str, int]:
        """Address and port that it came from."""
        return self._run.context.source

    def __getitem__(self, name: str) -> str | int | None:
        """A pseudo-variable, or a text with some in it: ``request["$du"]``; None is what has no value."""
        try:
            return decoded(reader(name)(self._run))
        except FormatError as error:
            raise ScriptFault(str(error)) from None

    def __setitem__(self, name: str, value: str | int | None) -> None:
        """Assign: ``request["$rU"] = "100"``. None takes the value away."""
        try:
            writer(name)(self._run, value_of(value))
        except FormatError as error:
            raise ScriptFault(str(error)) from None

    def text(self, source: str) -> str:
        """`source` with the pseudo-variables in it replaced: ``request.text("$si:$sp")``."""
        try:
            found = decoded(text(encoded(source))(self._run))
        except FormatError as error:
            raise ScriptFault(str(error)) from None
        return str(found)

    def is_myself(self, uri: str) -> bool:
        """Whether the URI names this server."""
        return self._run.is_ours(encoded(uri))

    def exit(self) -> NoReturn:
        """End the script for this request, from however deep within."""
        raise Exit

    def drop(self) -> NoReturn:
        """The same; in a branch route the branch is not sent, in a reply route the response goes no further."""
        self._run.dropped = True
        raise Exit
