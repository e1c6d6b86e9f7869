"""The listeners for operators, by the settings of [control]."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from OpenSSL import SSL
from twisted.internet.endpoints import SSL4ServerEndpoint, serverFromString
from twisted.internet.error import CannotListenError
from twisted.logger import Logger
from twisted.python.failure import Failure

from txdispatcher.config import Config
from txdispatcher.control.credentials import Credentials, read_credentials
from txdispatcher.control.ctl import Listening, Register
from txdispatcher.control.guard import place_of
from txdispatcher.control.jsonrpc import make_site
from txdispatcher.control.listeners import Opener
from txdispatcher.control.methods import Methods
from txdispatcher.control.stored import StoreFolder
from txdispatcher.errors import ConfigError, LoadError

log = Logger()

_MODE = re.compile(r"(?:^|:)mode=")


class Operators:
    """What operators call `methods` by. Raises ConfigError where a file that the settings name cannot be used."""

    def __init__(self, config: Config, methods: Methods, register: Register, reactor: Any) -> None:
        self._config = config
        self._methods = methods
        self._register = register
        self._reactor = reactor
        self._credentials = credentials(config)
        self._certificates: list[_Certificates] = []
        self._jsonrpc = [(text, self._endpoint(text)) for text in config.control.jsonrpc]

    def open(self, opened: Callable[[Any], None], running: Callable[[], int]) -> None:
        """Listen everywhere; `opened` is told of each port. Raises SystemExit for the first one that cannot be had.

        `running` says whether that would come too late: an endpoint of a plug-in may take its time.
        """
        for text, endpoint in self._jsonrpc:
            self._open_jsonrpc(text, endpoint, opened, running)

    def open_local(self, opened: Callable[[Any], None]) -> None:
        """The same for what asks for no credentials, as the user that the process goes on as: FIFOs are opened often."""
        control = self._config.control
        opener = Opener(
            self._reactor,
            self._methods,
            self._register,
            control.fifo_reply_dir,
            store=StoreFolder(control.store_dir) if control.store_dir else None,
            unknown_method=control.unknown_method,
        )
        ways: list[tuple[str, Callable[[Any], Any], tuple[Any, ...]]] = [
            ("binrpc", opener.binrpc, control.binrpc),
            ("jsonrpc_fifo", opener.jsonrpc_fifo, control.jsonrpc_fifo),
            ("jsonrpc_datagram", opener.jsonrpc_datagram, control.jsonrpc_datagram),
            ("mi_fifo", opener.mi_fifo, control.mi_fifo),
            ("mi_datagram", opener.mi_datagram, control.mi_datagram),
        ]
        made = []
        for key, listen, places in ways:
            for place in places:
                try:
                    made.append(listen(place))
                except (OSError, CannotListenError) as error:
                    for each in made:  # Their files, which nobody else would take away.
                        each.stopListening()
                    raise SystemExit(f"kdispatcher: control.{key}: cannot listen on {place}: {reason_of(error)}") from None
                opened(made[-1])

    def reload(self) -> None:
        """Read credentials and certificates anew: they hold for requests, and for connections, from now on.

        Each on its own: one that cannot be read stays as it was, which is logged, and raised as ConfigError in the end.
        """
        failed: list[ConfigError] = []
        for load in (self._load_credentials, *(each.load for each in self._certificates)):
            try:
                load()
            except ConfigError as error:
                log.error("{error}; what is in force stays", error=error)
                failed.append(error)
        if failed:
            raise failed[0]

    def _load_credentials(self) -> None:
        found = credentials(self._config)
        if found is not None and self._credentials is not None:
            self._credentials.replace(found)
            log.info("control.credentials: {number} read anew", number=len(found))

    def _endpoint(self, text: str) -> Any:
        made = serverFromString(self._reactor, private(text))  # type: ignore[no-untyped-call]
        if isinstance(made, SSL4ServerEndpoint):
            # The endpoint's text knows no key for what we ask of clients, and its certificates are read once.
            made._sslContextFactory = _Certificates(self._config, text, made._sslContextFactory)
            self._certificates.append(made._sslContextFactory)
        return made

    def _open_jsonrpc(self, text: str, endpoint: Any, opened: Callable[[Any], None], running: Callable[[], int]) -> None:
        site = make_site(
            self._methods,
            self._register,
            self._reactor,
            credentials=self._credentials,
            unknown_method=self._config.control.unknown_method,
        )
        refused: list[str] = []

        def listening(port: Any) -> None:
            transport, place = place_of(port.getHost())
            self._register.listening.append(Listening("jsonrpc", transport, place))
            opened(port)

        def failed(failure: Failure) -> None:
            # Raised from here, SystemExit would end in the Deferred, not in the process.
            refused.append(f"control.jsonrpc: cannot listen on {text}: {reason_of(failure.value)}")
            if running():
                log.critical("{refused}", refused=refused[0])

        endpoint.listen(site).addCallbacks(listening, failed)
        if refused:
            raise SystemExit(f"kdispatcher: {refused[0]}")


def credentials(config: Config) -> Credentials | None:
    """Those that the settings name. Raises ConfigError."""
    file = config.control.credentials
    if not file:
        return None
    try:
        return read_credentials(file)
    except LoadError as error:
        raise ConfigError(config.file, "control.credentials", str(error)) from None


def private(endpoint: str) -> str:
    """The endpoint, of a unix socket with a mode that lets only owner and group in, unless it says another one."""
    if endpoint.startswith("unix:") and not _MODE.search(endpoint):
        return endpoint + ":mode=660"
    return endpoint


def reason_of(error: object) -> str:
    """Why an address cannot be listened on, in the system's words."""
    cause = error.socketError if isinstance(error, CannotListenError) else error
    return getattr(cause, "strerror", None) or str(cause)


class _Certificates:
    """What an endpoint of TLS makes connections with, as OpenSSL's contexts. Raises ConfigError, as does `load`."""

    def __init__(self, config: Config, text: str, made: Any) -> None:
        self._config = config
        self._text = text
        self._context = self._asking(made.getContext())

    def getContext(self) -> SSL.Context:
        """That of the next connection."""
        return self._context

    def load(self) -> None:
        """Read the files that the endpoint's text names anew."""
        try:
            made = serverFromString(None, self._text)._sslContextFactory.getContext()  # type: ignore[no-untyped-call]
        except Exception as error:  # What it raises depends on which file is wrong, and how.
            raise ConfigError(self._config.file, "control.jsonrpc", f"{self._text}: {_said(error)}") from None
        self._context = self._asking(made)
        log.info("control.jsonrpc: the certificates of {text} are read anew", text=self._text)

    def _asking(self, context: SSL.Context) -> SSL.Context:
        """The same, letting in only who has a certificate that `client_ca` signed, if it is set."""
        file = self._config.control.client_ca
        if not file:
            return context
        try:
            context.load_verify_locations(file)
        except SSL.Error:
            reason = f"{file} cannot be read as certificates (PEM)"
            raise ConfigError(self._config.file, "control.client_ca", reason) from None
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, _verified)
        # Without it, a client that comes again with what it got before could not be told from another.
        context.set_session_id(b"kdispatcher")
        return context


def _verified(connection: SSL.Connection, certificate: object, errno: int, depth: int, correct: int) -> bool:
    return bool(correct)


def _said(error: Exception) -> str:
    """Why a certificate or key cannot be used: OpenSSL's last word, or that of the system."""
    entries = error.args[0] if error.args and isinstance(error.args[0], list) else []
    return entries[-1][-1] if entries else str(error) or type(error).__name__
