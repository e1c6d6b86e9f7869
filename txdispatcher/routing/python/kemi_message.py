"""What a KEMI route is given as ``msg``. Most scripts never look at it: KSR knows the request."""

from __future__ import annotations

from txdispatcher.errors import ParseError, ScriptFault
from txdispatcher.routing.message_variables import header_values
from txdispatcher.routing.python.calling import decoded, encoded
from txdispatcher.routing.python.kemi_core import modf
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.table import REPLY
from txdispatcher.routing.variables import variables_of


class Message:
    """The attributes and methods that Kamailio's object has."""

    __slots__ = ("_run",)

    def __init__(self, run: Run) -> None:
        self._run = run

    @property
    def Type(self) -> str:
        return "SIP_REPLY" if self._run.kind == REPLY else "SIP_REQUEST"

    @property
    def Method(self) -> str:
        return self._run.request.method.decode("ascii")

    @property
    def Status(self) -> str | None:
        return str(self._run.status) if self._run.status else None

    @property
    def RURI(self) -> str | int | None:
        return decoded(self._run.context.uri_bytes)

    @property
    def src_address(self) -> tuple[str, int]:
        return self._run.context.source

    @property
    def dst_address(self) -> tuple[str, int]:
        listener = self._run.context.listener
        return listener.host, listener.port

    def getHeader(self, name: str) -> str | int | None:
        """The value of the first such header field; None without one."""
        values = header_values(self._run.context, encoded(name.lower()))
        return decoded(values[0]) if values else None

    def call_function(self, name: str, *arguments: str) -> int:
        """Call a function of Kamailio scripts by its name, with its arguments as text."""
        return modf(self._run, name, *arguments)

    def rewrite_ruri(self, uri: str) -> None:
        try:
            self._run.context.rewrite(encoded(uri))
        except ParseError as error:
            raise ScriptFault(f"rewrite_ruri({uri!r}): {error}") from None

    def set_dst_uri(self, uri: str) -> None:
        variables_of(self._run.context).dst_uri = encoded(uri)
