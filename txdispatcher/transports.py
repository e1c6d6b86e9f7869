"""Connections by TCP, TLS and WebSocket, made by the settings: whom TLS believes to be which gateway, certificates read anew."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from txdispatcher.balancing.destination import Record
from txdispatcher.balancing.sets import Sets
from txdispatcher.config import Address as Socket
from txdispatcher.config import Config
from txdispatcher.config.settings import TlsListener
from txdispatcher.net.engine import Engine
from txdispatcher.net.stream import Accept, Limits, Streams
from txdispatcher.net.tls import Certificate, Expected, Settings, Tls, TlsError
from txdispatcher.net.web import Answer, Web
from txdispatcher.open_files import allow
from txdispatcher.proxy.hop import Address
from txdispatcher.proxy.listener import Listener

#: What the attribute `tls_verify` says for "do not".
_OFF = ("no", "off", "0", "false")


class Transports:
    """The listeners that take connections. Raises TlsError where the certificates cannot be used."""

    log = Logger()

    def __init__(self, config: Config, sets: Sets, engine: Engine, reactor: Any) -> None:
        allow(config)
        wait = config.sip.batch_wait / 1_000_000
        self._streams = Streams(engine, reactor, _limits(config), time.monotonic, wait=wait)
        #: By the socket that they are for, in the order of sip.listen.
        self._tls: dict[Socket, Tls] = {}
        for socket, settings in tls_settings(config).items():
            self._tls[socket] = Tls(settings, expectations(settings, sets))
        self._accept_websocket: Accept | None = None
        if any(each.transport in ("ws", "wss") for each in config.sip.listen):
            # Only who listens for browsers needs its library.
            from txdispatcher.net.websocket import WebSockets

            shared = WebSockets(config.websocket.origins, config.websocket.ping_interval / 1000, reactor)
            self._accept_websocket = shared.accept

    def listen(self, listener: Listener) -> None:
        """Open it. Raises CannotListenError."""
        security = None
        if listener.secure:
            here = Socket(listener.host, listener.port, listener.transport)
            # A wildcard stands for several listeners.
            security = next(tls for socket, tls in self._tls.items() if socket.overlaps(here))
        self._streams.listen(listener, security, None if listener.dials else self._accept_websocket)

    def reload_certificates(self) -> None:
        """Read the certificates anew: connections from now on have the new ones.

        On an error all stays; it is logged, and raised as TlsError.
        """
        if not self._tls:
            return
        try:
            read = [(tls, tls.read()) for tls in self._tls.values()]
        except TlsError as error:
            self.log.error("tls: {error}; the certificates in force stay", error=error)
            raise
        for tls, shown in read:
            tls.take(shown)
        self.log.info("tls: certificates read anew")

    def answer_http(self, answer: Answer) -> None:
        """Let `answer` answer HTTP that comes by the connections."""
        self._streams.web = Web(answer)

    def statistics(self) -> dict[str, int]:
        """What became of connections so far."""
        return self._streams.statistics()

    def stop(self) -> Deferred[Any]:
        return self._streams.stop()


def tls_settings(config: Config) -> dict[Socket, Settings]:
    """What each tls and wss socket of sip.listen has: [tls], but for what its [[tls.listener]] says otherwise."""
    tls = config.tls
    own = {each.listen: each for each in tls.listener}
    found = {}
    for socket in config.sip.listen:
        if socket.transport in ("tls", "wss"):
            here = own.get(socket, TlsListener(socket))
            found[socket] = Settings(
                _certificates(tls.certificate, tls.key)
                if here.certificate is None
                else _certificates(here.certificate, here.key),
                tls.ca if here.ca is None else here.ca,
                tls.verify,
                here.client_certificates or tls.client_certificates,
            )
    return found


def _certificates(files: tuple[str, ...], keys: tuple[str, ...]) -> tuple[Certificate, ...]:
    return tuple(Certificate(file, key) for file, key in zip(files, keys or files, strict=True))


def expectations(settings: Settings, sets: Sets) -> Callable[[Address], Expected]:
    """Whom to expect at an address: the destination there, by its attributes; else whoever has a certificate for the address."""

    def expected(peer: Address) -> Expected:
        destination = sets.find(peer[0], peer[1], "tls")
        return Expected(peer[0], settings.verify) if destination is None else expected_at(destination.record, settings.verify)

    return expected


def expected_at(record: Record, verify: bool) -> Expected:
    """Whom the destination's host and its attributes `tls_name`, `tls_verify`, `tls_ca`, `tls_certificate`, `tls_key` mean."""
    shown = record.attribute("tls_certificate")
    return Expected(
        record.attribute("tls_name") or record.host,
        verify and (record.attribute("tls_verify") or "").lower() not in _OFF,
        record.attribute("tls_ca") or "",
        Certificate(shown, record.attribute("tls_key") or shown) if shown else None,
    )


def _limits(config: Config) -> Limits:
    stream = config.stream
    return Limits(
        connections=stream.connections,
        connections_per_address=stream.connections_per_address,
        connect_timeout=stream.connect_timeout / 1000,
        message_timeout=stream.message_timeout / 1000,
        idle_timeout=stream.idle_timeout / 1000,
        write_timeout=stream.write_timeout / 1000,
        write_buffer=stream.write_buffer,
    )
