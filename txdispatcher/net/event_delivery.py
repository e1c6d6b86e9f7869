"""Events for other programs: each runs a command, or is posted as JSON. One after the other, in order, from a bounded queue."""

# mypy: disallow-untyped-calls=False
# (twisted.web has few annotations.)

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from io import BytesIO
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, ensureDeferred
from twisted.internet.error import ProcessDone, ProcessExitedAlready
from twisted.internet.protocol import ProcessProtocol, Protocol
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.client import Agent, FileBodyProducer, HTTPConnectionPool
from twisted.web.http_headers import Headers

from txdispatcher.net.events import Event

#: Events that wait for those before them. Where a set of hundreds goes down at once, they all fit.
MOST_WAITING = 1000
#: Seconds that a command may run, and a POST may take.
PATIENCE = 10.0
#: Seconds before the second try of one that failed, before the third, …; then the event is given up.
PAUSES = (1.0, 5.0)
#: Bytes of what a command complains about that are logged.
_MOST_COMPLAINT = 500

_log = Logger()


class DeliveryError(Exception):
    """It did not get there. The text says why."""


class Delivery:
    """A subscriber of events that hands each to `deliver`, after the one before it is through.

    `deliver` returns a Deferred that fails with DeliveryError; `name` is what the log calls it. Full, it drops the new events.
    """

    def __init__(self, name: str, deliver: Callable[[Event], Deferred[None]], reactor: Any) -> None:
        #: Events that never got there.
        self.lost = 0
        self._name = name
        self._deliver = deliver
        self._reactor = reactor
        self._waiting: deque[Event] = deque()
        self._running: Deferred[None] | None = None

    def __call__(self, event: Event) -> None:
        if len(self._waiting) >= MOST_WAITING:
            self._lose(event, f"{MOST_WAITING} events wait already")
            return
        self._waiting.append(event)
        if self._running is None:
            self._running = ensureDeferred(self._work())
            self._running.addErrback(_end)

    def stop(self) -> None:
        """Nothing more is delivered."""
        self._waiting.clear()
        if self._running is not None:
            self._running.cancel()

    async def _work(self) -> None:
        try:
            while self._waiting:
                await self._deliver_one(self._waiting.popleft())
        finally:
            self._running = None

    async def _deliver_one(self, event: Event) -> None:
        for pause in (*PAUSES, None):
            try:
                await self._deliver(event)
                return
            except DeliveryError as error:
                if pause is None:
                    self._lose(event, str(error))
                    return
            await deferLater(self._reactor, pause)

    def _lose(self, event: Event, why: str) -> None:
        self.lost += 1
        if self.lost == 1 or not self.lost % MOST_WAITING:
            _log.error(
                "{name}: {event} of {uri} is lost ({lost} so far): {why}",
                name=self._name,
                event=event.name,
                uri=event.uri,
                lost=self.lost,
                why=why,
            )


def command_delivery(argv: Sequence[str], reactor: Any) -> Delivery:
    """Each event runs `argv`, no shell in between, with the event in its environment: DISPATCHER_EVENT, _SET, _URI, _TIME, …

    One that exits with another status than 0, or runs longer than PATIENCE, has failed.
    """

    def run(event: Event) -> Deferred[None]:
        command = _Command()
        environment = {**os.environ, **_variables(event)}
        try:
            command.start(reactor, argv, environment)
        except Exception as error:
            command.done.errback(DeliveryError(f"{argv[0]} cannot be run: {error}"))
        return command.done

    return Delivery("event_command", run, reactor)


def post_delivery(url: str, reactor: Any) -> Delivery:
    """Each event is posted to `url` as a JSON object of its fields.

    An answer other than 2xx is a failure, and so is none within PATIENCE.
    """
    agent = Agent(reactor, connectTimeout=PATIENCE, pool=_QuietPool(reactor, persistent=False))

    async def post(event: Event) -> None:
        body: Any = FileBodyProducer(BytesIO(json.dumps(event.as_dict()).encode("ascii")))
        headers = Headers({b"Content-Type": [b"application/json"], b"User-Agent": [b"txdispatcher"]})
        asked: Deferred[Any] = agent.request(b"POST", url.encode("ascii"), headers, body)
        try:
            response = await asked.addTimeout(PATIENCE, reactor)
        except CancelledError:
            raise
        except Exception as error:
            raise DeliveryError(f"{url}: {' '.join(str(error).split()) or type(error).__name__}") from None
        response.deliverBody(_Dropped())
        if not 200 <= response.code < 300:
            raise DeliveryError(f"{url} answered {response.code}")

    return Delivery("event_url", lambda event: ensureDeferred(post(event)), reactor)


def _end(failure: Failure) -> None:
    failure.trap(CancelledError)


def _variables(event: Event) -> Mapping[str, str]:
    fields = {
        "EVENT": event.name,
        "TIME": f"{event.time:.3f}",
        "SET": str(event.set_id),
        "URI": event.uri,
        "BEFORE": event.before,
        "AFTER": event.after,
        "REASON": event.reason,
        "CODE": str(event.code),
        "PHRASE": event.phrase or "",
    }
    return {f"DISPATCHER_{name}": value for name, value in fields.items()}


class _Command(ProcessProtocol):
    """One run of the command. `done` fires at its end."""

    def __init__(self) -> None:
        self.done: Deferred[None] = Deferred(lambda _: self._kill())
        self._complaint = b""
        self._late = False
        self._timeout: Any = None

    def start(self, reactor: Any, argv: Sequence[str], environment: Mapping[str, str]) -> None:
        reactor.spawnProcess(self, argv[0], list(argv), env=dict(environment))
        self._timeout = reactor.callLater(PATIENCE, self._give_up)

    def connectionMade(self) -> None:
        transport: Any = self.transport
        transport.closeStdin()

    def outReceived(self, data: bytes) -> None:
        """Nobody reads it."""

    def errReceived(self, data: bytes) -> None:
        self._complaint = (self._complaint + data)[-_MOST_COMPLAINT:]

    def processEnded(self, reason: Failure) -> None:
        if self._timeout is not None and self._timeout.active():
            self._timeout.cancel()
        if self.done.called:
            return
        if reason.check(ProcessDone):
            self.done.callback(None)
            return
        said = self._complaint.decode("utf-8", "replace").strip().rpartition("\n")[2]
        why = f"still running after {PATIENCE:g} s" if self._late else str(reason.value)
        self.done.errback(DeliveryError(f"{why} {said}".strip()))

    def _give_up(self) -> None:
        self._late = True
        self._kill()

    def _kill(self) -> None:
        transport: Any = self.transport
        with suppress(ProcessExitedAlready):
            transport.signalProcess("KILL")


class _QuietPool(HTTPConnectionPool):
    """Connections that do not log that they start and stop."""

    def getConnection(self, key: Any, endpoint: Any) -> Any:
        quiet: Any = _QuietEndpoint(endpoint)
        return super().getConnection(key, quiet)


class _QuietEndpoint:
    def __init__(self, endpoint: Any) -> None:
        self._endpoint = endpoint

    def connect(self, factory: Any) -> Any:
        factory.noisy = False
        return self._endpoint.connect(factory)


class _Dropped(Protocol):
    """The body of an answer, which nobody reads."""

    def connectionMade(self) -> None:
        transport: Any = self.transport
        transport.loseConnection()
