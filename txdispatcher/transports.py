"""Connections by TCP and TLS, made by the settings: whom TLS believes to be which gateway, and certificates read anew."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from txdispatcher.balancing.sets import Sets
from txdispatcher.config import Config
from txdispatcher.net.engine import Engine
from txdispatcher.net.stream import Limits, Streams
from txdispatcher.net.tls import Certificate, Expected, Settings, Tls, TlsError
from txdispatcher.proxy.hop import Address
from txdispatcher.proxy.listener import Listener

#: What the attribute `tls_verify` says for "do not".
_OFF = ("no", "off", "0", "false")


class Transports:
    """The listeners that take connections. Raises TlsError where the certificates cannot be used."""

    log = Logger()

    def __init__(self, config: Config, sets: Sets, engine: Engine, reactor: Any) -> None:
        self._streams = Streams(engine, reactor, _limits(config), time.monotonic)
        self._tls: Tls | None = None
        if any(each.transport == "tls" for each in config.sip.listen):
            settings = tls_settings(config)
            self._tls = Tls(settings, expectations(settings, sets))

    def listen(self, listener: Listener) -> None:
        """Open it. Raises CannotListenError."""
        self._streams.listen(listener, self._tls if listener.transport == "tls" else None)

    def reload_certificates(self) -> None:
        """Read the certificates anew: connections from now on have the new ones.

        On an error all stays; it is logged, and raised as TlsError.
        """
        if self._tls is None:
            return
        try:
            self._tls.load()
        except TlsError as error:
            self.log.error("tls: {error}; the certificates in force stay", error=error)
            raise
        else:
            self.log.info("tls: certificates read anew")

    def stop(self) -> Deferred[Any]:
        return self._streams.stop()


def tls_settings(config: Config) -> Settings:
    """[tls] as `net.tls` takes it."""
    tls = config.tls
    certificates = tuple(Certificate(file, key) for file, key in zip(tls.certificate, tls.key or tls.certificate, strict=True))
    return Settings(certificates, tls.ca, tls.verify, tls.client_certificates)


def expectations(settings: Settings, sets: Sets) -> Callable[[Address], Expected]:
    """Whom to expect at an address: the destination there, by its attributes; else whoever has a certificate for the address."""

    def expected(peer: Address) -> Expected:
        destination = sets.find(peer[0], peer[1], "tls")
        if destination is None:
            return Expected(peer[0], settings.verify)
        record = destination.record
        shown = record.attribute("tls_certificate")
        return Expected(
            record.attribute("tls_name") or record.host,
            settings.verify and (record.attribute("tls_verify") or "").lower() not in _OFF,
            record.attribute("tls_ca") or "",
            Certificate(shown, record.attribute("tls_key") or shown) if shown else None,
        )

    return expected


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
