"""HTTP requests that come by the connections of SIP, as by those of Kamailio's module xhttp: told apart by their first line."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from txdispatcher.proxy.hop import Address
from txdispatcher.proxy.listener import Listener
from txdispatcher.routing.script.http import HttpReply, HttpRequest, is_http, read_http

if TYPE_CHECKING:
    from txdispatcher.net.connection import Connection

#: What answers a request that came from there; None closes the connection without a word.
Answer = Callable[[HttpRequest, Address, Listener], Awaitable[HttpReply | None]]


class Web:
    """Who answers: `answer`, and each connection is closed then."""

    log = Logger()

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def rest(self, connection: Connection, messages: list[bytes]) -> list[bytes]:
        """What of the messages is no HTTP; the first that is one is answered, and what is behind it is not looked at."""
        for number, each in enumerate(messages):
            if is_http(each):
                self.take(connection, each)
                return messages[:number]
        return messages

    def take(self, connection: Connection, data: bytes) -> None:
        """Answer one."""
        answered = Deferred.fromCoroutine(self._take(connection, data))
        answered.addErrback(self._failed, connection)

    async def _take(self, connection: Connection, data: bytes) -> None:
        reply = await self._answer(read_http(data), connection.peer, connection.listener)
        if reply is not None:
            connection.send(reply.data)
        connection.close()

    def _failed(self, failure: Failure, connection: Connection) -> None:
        self.log.failure("xhttp: {peer}", failure=failure, peer=connection.peer)
        connection.close()
