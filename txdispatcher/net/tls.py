"""TLS for connections: certificates, and whom we believe to be who.

A gateway's certificate has to come from an authority that we trust and to name the domain of its URI, as RFC 5922 has it for
SIP: by a sip URI, or, where it has none, by a DNS name; wildcards name nobody. Certificates are read anew by `read` and `take`:
connections made after that have the new ones, those that are there stay.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from cryptography import x509
from OpenSSL import SSL
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator, IOpenSSLServerConnectionCreator
from twisted.internet.protocol import ClientFactory, ServerFactory
from twisted.logger import Logger
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure
from zope.interface import implementer

from txdispatcher.errors import DispatcherError
from txdispatcher.proxy.hop import Address

#: Forward secrecy and authenticated encryption for TLS 1.2; those of 1.3 are all of that kind.
CIPHERS = b"ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20"
#: What OpenSSL says of a chain that it does not accept, the frequent ones.
_REASONS = {
    9: "it is not valid yet",
    10: "it has expired",
    18: "it is self-signed and not trusted",
    19: "its chain ends in an authority that is not trusted",
    20: "its issuer is not known",
    21: "its issuer is not known",
    23: "it was revoked",
    26: "it is not for this purpose",
}


class TlsError(DispatcherError):
    """A certificate, a key or a list of authorities cannot be used. `file` is the one at fault."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.file = file
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Certificate:
    """PEM files: `file` holds the certificate and its chain, `key` the key; the two may be one."""

    file: str
    key: str


@dataclass(frozen=True, slots=True)
class Expected:
    """Whom a connection of ours should meet. `name` is the domain or IP address that the certificate has to have.

    `ca` is a file of authorities, "" for those of the settings; `certificate` what we show, None for that of the settings.
    """

    name: str
    verify: bool = True
    ca: str = ""
    certificate: Certificate | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """`certificates`: the first is ours where no other is asked for by name. `ca` is "" for the system's authorities.

    `client_certificates` is "none", "optional" or "required".
    """

    certificates: tuple[Certificate, ...] = ()
    ca: str = ""
    verify: bool = True
    client_certificates: str = "none"


class Session:
    """One connection's TLS. `reason` says, in the end, why its peer is not believed."""

    def __init__(self, expected: Expected | None) -> None:
        self.reason = ""
        self._expected = expected

    def refuses(self, transport: Any) -> str:
        """Why the peer that the handshake was completed with is not the one meant; empty: it is."""
        expected = self._expected
        if expected is not None and expected.verify:
            self.reason = mismatch(transport.getPeerCertificate().to_cryptography(), expected.name)
        return self.reason

    def explain(self, failure: Failure) -> str:
        """Why it failed, in words: what is wrong with the peer's certificate, or OpenSSL's own last word."""
        error = failure.value
        return self.reason or (_why(error) if isinstance(error, SSL.Error) else failure.getErrorMessage())

    def judge(self, certificate: Any, error: int, depth: int) -> None:
        """OpenSSL does not accept a certificate of the chain; `depth` 0 is the peer's own."""
        subject = certificate.to_cryptography().subject.rfc4514_string()
        reason = _REASONS.get(error, f"OpenSSL's verification error {error}")
        self.reason = f"certificate {subject!r}{f' (number {depth} of its chain)' if depth else ''}: {reason}"


@dataclass(frozen=True, slots=True)
class Shown:
    """What callers are shown: `own`, None where they are shown nothing, unless they ask for a name in `named`.

    A name there may be that of a wildcard certificate, ``*.example.com``.
    """

    own: SSL.Context | None
    named: dict[str, SSL.Context]


class Tls:
    """What every TLS connection needs (see `stream.Security`). `expected` says whom a peer's address stands for.

    Raises TlsError where the certificates cannot be used.
    """

    log = Logger()

    def __init__(self, settings: Settings, expected: Callable[[Address], Expected]) -> None:
        self.settings = settings
        self._expected = expected
        self._contexts: dict[Expected, SSL.Context] = {}
        self._shown = self.read()

    def read(self) -> Shown:
        """What the files say now; it is in force once it is handed to `take`. Raises TlsError."""
        settings = self.settings
        own: list[SSL.Context] = []
        named: dict[str, SSL.Context] = {}
        for certificate in settings.certificates:
            context = self._accepting(certificate)
            own.append(context)
            for name in _names(certificate):
                named.setdefault(name, context)
        if settings.ca:
            _trust(_context(), settings.ca)
        return Shown(own[0] if own else None, named)

    def take(self, shown: Shown) -> None:
        """From now on, connections have what `read` has found."""
        self._shown = shown
        self._contexts = {}

    def server(self, factory: ServerFactory) -> Any:
        """`factory` within TLS, for connections that others open."""
        creator: Any = _Accepting(self)
        within: Any = factory
        return TLSMemoryBIOFactory(creator, False, within)

    def client(self, factory: ClientFactory, peer: Address) -> Any:
        """`factory` within TLS, for a connection of ours to `peer`. Raises TlsError."""
        expected = self._expected(peer)
        creator: Any = _Opening(self.opening(expected), expected)
        within: Any = factory
        return TLSMemoryBIOFactory(creator, True, within)

    def is_meant(self, peer: Address, certificate: x509.Certificate) -> bool:
        """Whether who connected to us, and has shown that certificate, is whom we would expect at `peer`.

        It came from an authority in `ca`, which another one's attribute `tls_ca` does not believe.
        """
        expected = self._expected(peer)
        return expected.ca in ("", self.settings.ca) and not mismatch(certificate, expected.name)

    def choose(self, connection: SSL.Connection) -> None:
        """Show the certificate that the peer asks for by name (RFC 6066 3), if there is one."""
        asked = connection.get_servername()
        if not asked:
            return
        name = asked.decode("ascii", "replace").lower()
        named = self._shown.named
        context = named.get(name) or named.get("*." + name.partition(".")[2])
        if context is not None:
            connection.set_context(context)

    def accept(self) -> SSL.Connection:
        """One more connection that another opens."""
        assert self._shown.own is not None
        return SSL.Connection(self._shown.own, None)

    def opening(self, expected: Expected) -> SSL.Context:
        """For a connection of ours to whom we expect. Raises TlsError."""
        context = self._contexts.get(expected)
        if context is None:
            settings = self.settings
            context = _context()
            certificate = expected.certificate or next(iter(settings.certificates), None)
            if certificate is not None:
                _show(context, certificate)
            if expected.verify:
                _trust(context, expected.ca or settings.ca)
                context.set_verify(SSL.VERIFY_PEER, _verdict)
            else:
                self.log.warn("TLS: whoever answers as {name} is believed: its verification is off", name=expected.name)
            self._contexts[expected] = context
        return context

    def _accepting(self, certificate: Certificate) -> SSL.Context:
        context = _context()
        _show(context, certificate)
        context.set_tlsext_servername_callback(self.choose)
        # Sessions are resumed only under the settings that they were made under.
        context.set_session_id(b"txdispatcher")
        asked = self.settings.client_certificates
        if asked != "none":
            _trust(context, self.settings.ca)
            required = SSL.VERIFY_FAIL_IF_NO_PEER_CERT if asked == "required" else 0
            context.set_verify(SSL.VERIFY_PEER | required, _verdict)
        return context


def mismatch(certificate: x509.Certificate, name: str) -> str:
    """Why `certificate` is not that of `name`, a domain or an IP address; empty if it is (RFC 5922 7.1, 7.2)."""
    try:
        uris, names, addresses = _identities(certificate)
    except ValueError as error:
        return f"certificate that cannot be read: {error}"
    names = uris or names
    try:
        wanted = str(ip_address(name))
        held = addresses
    except ValueError:
        wanted = name.rstrip(".").lower()
        held = names
    if wanted in held:
        return ""
    shown = ", ".join([*names, *addresses]) or "nobody"
    return f"certificate {certificate.subject.rfc4514_string()!r} is for {shown}, not for {wanted}"


def _identities(certificate: x509.Certificate) -> tuple[list[str], list[str], list[str]]:
    """The domains of its sip URIs (one with a user names a person), its DNS names, its IP addresses. Raises ValueError."""
    try:
        held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return [], [], []
    uris = [each.lower() for each in held.get_values_for_type(x509.UniformResourceIdentifier)]
    return (
        [each[4:].partition(";")[0].partition(":")[0] for each in uris if each.startswith("sip:") and "@" not in each],
        [each.lower() for each in held.get_values_for_type(x509.DNSName)],
        [str(each) for each in held.get_values_for_type(x509.IPAddress)],
    )


@implementer(IOpenSSLServerConnectionCreator)
class _Accepting:
    def __init__(self, tls: Tls) -> None:
        self._tls = tls

    def serverConnectionForTLS(self, protocol: Any) -> SSL.Connection:
        return _start(self._tls.accept(), protocol, Session(None))


@implementer(IOpenSSLClientConnectionCreator)
class _Opening:
    def __init__(self, context: SSL.Context, expected: Expected) -> None:
        self._context = context
        self._expected = expected

    def clientConnectionForTLS(self, protocol: Any) -> SSL.Connection:
        connection = SSL.Connection(self._context, None)
        try:
            ip_address(self._expected.name)
        except ValueError:
            # RFC 6066 3: an address is no name to ask for.
            connection.set_tlsext_host_name(self._expected.name.encode("idna"))
        return _start(connection, protocol, Session(self._expected))


def _start(connection: SSL.Connection, protocol: Any, session: Session) -> SSL.Connection:
    protocol.wrappedProtocol.session = session
    return connection


def _verdict(connection: SSL.Connection, certificate: Any, error: int, depth: int, accepted: int) -> bool:
    if not accepted:
        # Twisted keeps its own protocol there, which wraps ours.
        connection.get_app_data().wrappedProtocol.session.judge(certificate, error, depth)
    return bool(accepted)


def _context() -> SSL.Context:
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION | SSL.OP_CIPHER_SERVER_PREFERENCE)
    context.set_cipher_list(CIPHERS)
    return context


def _show(context: SSL.Context, certificate: Certificate) -> None:
    _open(certificate.file, "no certificate can be read from it")
    _open(certificate.key, "no key can be read from it")
    try:
        context.use_certificate_chain_file(certificate.file)
    except SSL.Error as error:
        raise TlsError(certificate.file, f"no certificate can be read from it: {_why(error)}") from None
    try:
        context.use_privatekey_file(certificate.key)
        context.check_privatekey()
    except SSL.Error as error:
        raise TlsError(certificate.key, f"it is no key of the certificate in {certificate.file}: {_why(error)}") from None


def _trust(context: SSL.Context, ca: str) -> None:
    if not ca:
        context.set_default_verify_paths()
        return
    _open(ca, "no authority can be read from it")
    try:
        context.load_verify_locations(ca)
    except SSL.Error as error:
        raise TlsError(ca, f"no authority can be read from it: {_why(error)}") from None


def _open(file: str, otherwise: str) -> None:
    """OpenSSL does not say that a file is not there, or that its key is for root alone. Raises TlsError."""
    try:
        open(file, "rb").close()
    except OSError as error:
        raise TlsError(file, f"{otherwise}: {error.strerror}") from None


def _names(certificate: Certificate) -> list[str]:
    """The names that a certificate of ours is shown for."""
    try:
        with open(certificate.file, "rb") as file:
            uris, names, _ = _identities(x509.load_pem_x509_certificate(file.read()))
    except (OSError, ValueError) as error:
        raise TlsError(certificate.file, f"no certificate can be read from it: {error}") from None
    return [*uris, *names]


def _why(error: SSL.Error) -> str:
    """OpenSSL's last word."""
    entries = error.args[0] if error.args and isinstance(error.args[0], list) else []
    return entries[-1][2] if entries and entries[-1][2] else "OpenSSL says no more"
