"""Who a certificate is for, by RFC 5922; certificates that cannot be used; names that are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IHandshakeListener
from twisted.internet.protocol import ClientFactory, Protocol, ServerFactory, connectionDone
from twisted.logger import formatEvent, globalLogPublisher
from twisted.python.failure import Failure
from zope.interface import implementer

from tests.certificates import Authority
from tests.net.test_stream import Transport
from txdispatcher.net.tls import Certificate, Expected, Session, Settings, Tls, TlsError, mismatch


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (["sip:example.com"], "example.com"),
        (["sip:Example.COM"], "EXAMPLE.com"),
        (["example.com"], "example.com"),
        (["other.example", "sip:example.com"], "example.com"),
        (["https://example.com:8443/x", "example.com"], "example.com"),
        (["sip:alice@example.com", "example.com"], "example.com"),
        (["192.0.2.1"], "192.0.2.1"),
        (["192.0.2.2", "192.0.2.1"], "192.0.2.1"),
    ],
)
def test_a_certificate_is_for(authority: Authority, names: list[str], wanted: str) -> None:
    assert mismatch(authority.make(*names)[0], wanted) == ""


@pytest.mark.parametrize(
    ("names", "wanted", "reason"),
    [
        (["*.example.com"], "gw.example.com", "is for *.example.com, not for gw.example.com"),
        (["example.com"], "gw.example.com", "is for example.com"),
        # Its sip URI goes before what else it says.
        (["example.com", "sip:other.example"], "example.com", "is for other.example"),
        (["sip:alice@example.com"], "example.com", "is for nobody"),
        (["sips:example.com"], "example.com", "is for nobody"),
        (["example.com"], "192.0.2.1", "not for 192.0.2.1"),
        (["192.0.2.1"], "192.0.2.11", "is for 192.0.2.1"),
        # The common name is not asked.
        ([], "nobody", "is for nobody, not for nobody"),
    ],
)
def test_a_certificate_is_not_for(authority: Authority, names: list[str], wanted: str, reason: str) -> None:
    assert reason in mismatch(authority.make(*names)[0], wanted)


def tls(settings: Settings) -> Tls:
    return Tls(settings, lambda peer: Expected(peer[0]))


def test_what_is_no_certificate_names_its_file(authority: Authority, tmp_path: Path) -> None:
    good = str(authority.issue("good.pem", "example.com"))
    other = str(authority.issue("other.pem", "example.com"))
    empty = tmp_path / "empty.pem"
    empty.touch()
    for settings, file, reason in [
        (Settings((Certificate("/nowhere.pem", "/nowhere.pem"),)), "/nowhere.pem", "read from it: No such file"),
        (Settings((Certificate(good, "/nowhere.pem"),)), "/nowhere.pem", "key can be read from it: No such file"),
        (Settings((Certificate(good, str(tmp_path)),)), str(tmp_path), "key can be read from it: Is a directory"),
        (Settings((Certificate(good, good),), ca="/nowhere.pem"), "/nowhere.pem", "authority can be read from it: No such file"),
        (Settings((Certificate(str(empty), good),)), str(empty), "no certificate can be read from it"),
        (Settings((Certificate(good, other),)), other, f"it is no key of the certificate in {good}"),
        (Settings((Certificate(good, str(authority.ca)),)), str(authority.ca), "it is no key of the certificate"),
        (Settings((Certificate(good, good),), ca=str(empty)), str(empty), "no authority can be read from it"),
    ]:
        with pytest.raises(TlsError) as raised:
            tls(settings)
        assert raised.value.file == file
        assert reason in raised.value.reason


def test_a_reload_that_fails_leaves_what_was(authority: Authority) -> None:
    file = authority.issue("mine.pem", "example.com")
    mine = tls(Settings((Certificate(str(file), str(file)),)))
    before = mine.accept().get_context()
    file.write_text("no certificate")
    with pytest.raises(TlsError):
        mine.read()
    assert mine.accept().get_context() is before
    authority.issue("mine.pem", "example.com")
    shown = mine.read()
    assert mine.accept().get_context() is before
    mine.take(shown)
    assert mine.accept().get_context() is not before


@implementer(IHandshakeListener)
class End(Protocol):
    """Either end of a connection: whom it has met, or why it is lost."""

    transport: Any

    def __init__(self) -> None:
        self.session: Session | None = None
        self.met = ""
        self.refused = ""
        self.lost = ""

    def handshakeCompleted(self) -> None:
        assert self.session is not None
        certificate = self.transport.getPeerCertificate()
        self.met = certificate.to_cryptography().subject.rfc4514_string().removeprefix("CN=") if certificate else "nobody"
        self.refused = self.session.refuses(self.transport)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        assert self.session is not None
        self.lost = self.session.explain(reason)


class Ends(ServerFactory, ClientFactory):
    def buildProtocol(self, addr: Any) -> End:
        return End()


def meet(caller: Tls, callee: Tls, expected: Expected | None = None) -> tuple[End, End]:
    """Both ends of a connection, behind its handshake. `expected` is whom the caller expects, if not who is at 192.0.2.1."""
    if expected is not None:
        caller = Tls(caller.settings, lambda peer: expected)
    ends = [caller.client(Ends(), ("192.0.2.1", 5061)).buildProtocol(None), callee.server(Ends()).buildProtocol(None)]
    caller_end, callee_end = within = [end.wrappedProtocol for end in ends]
    connect(ends)
    for end, inner in zip(ends, within, strict=True):
        if not inner.met:
            end.connectionLost(Failure(ConnectionDone()))
    return caller_end, callee_end


def connect(ends: Sequence[Any]) -> None:
    """What one of two protocols writes, the other gets, until nothing more is written."""
    wires = [Transport(), Transport()]
    for end, wire in zip(ends, wires, strict=True):
        end.makeConnection(wire)
    while any(wire.value() for wire in wires):
        for wire, other in zip(wires, reversed(ends), strict=True):
            data = wire.value()
            wire.clear()
            if data:
                other.dataReceived(data)


def shows(*files: Path, ca: Path | None = None, clients: str = "none") -> Tls:
    certificates = tuple(Certificate(str(file), str(file)) for file in files)
    return tls(Settings(certificates, str(ca) if ca else "", client_certificates=clients))


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("first.example", "first.example"),
        ("second.example", "second.example"),
        ("also.example", "second.example"),
        ("Third.Example", "sip:third.example"),
        # A wildcard that we have is shown; whether it is believed is the caller's.
        ("a.fourth.example", "*.fourth.example"),
        ("a.b.fourth.example", "first.example"),
        ("other.example", "first.example"),
        # RFC 6066 3: an address is no name to ask for.
        ("192.0.2.1", "first.example"),
    ],
)
def test_each_name_has_its_certificate(authority: Authority, asked: str, shown: str) -> None:
    callee = shows(
        authority.issue("first.pem", "first.example"),
        authority.issue("second.pem", "second.example", "also.example"),
        authority.issue("third.pem", "sip:third.example"),
        authority.issue("fourth.pem", "*.fourth.example"),
    )
    caller, _ = meet(shows(ca=authority.ca), callee, Expected(asked))
    assert caller.met == shown


class TestWhatADestinationSays:
    """The attributes of one, as `transports.expectations` reads them."""

    @pytest.fixture
    def gateway(self, authority: Authority) -> Tls:
        return shows(authority.issue("gateway.pem", "gw.example"), ca=authority.ca, clients="required")

    @pytest.fixture
    def ours(self, authority: Authority) -> Tls:
        return shows(authority.issue("ours.pem", "us.example"), ca=authority.ca)

    def test_a_name(self, ours: Tls, gateway: Tls) -> None:
        caller, callee = meet(ours, gateway, Expected("gw.example"))
        assert (caller.refused, callee.met) == ("", "us.example")
        caller, _ = meet(ours, gateway, Expected("other.example"))
        assert caller.refused == "certificate 'CN=gw.example' is for gw.example, not for other.example"

    def test_a_certificate_of_its_own(self, authority: Authority, ours: Tls, gateway: Tls) -> None:
        shown = str(authority.issue("shown.pem", "trunk.example"))
        _, callee = meet(ours, gateway, Expected("gw.example", certificate=Certificate(shown, shown)))
        assert callee.met == "trunk.example"

    def test_authorities_of_its_own(self, tmp_path: Path, ours: Tls, gateway: Tls) -> None:
        others = Authority(tmp_path, "others")
        caller, _ = meet(ours, gateway, Expected("gw.example", ca=str(others.ca)))
        assert caller.met == ""
        assert caller.lost.endswith(": its chain ends in an authority that is not trusted")
        theirs = shows(others.issue("theirs.pem", "gw.example"))
        caller, _ = meet(ours, theirs, Expected("gw.example", ca=str(others.ca)))
        assert (caller.met, caller.refused) == ("gw.example", "")

    def test_no_verification_is_logged_by_name_once(self, tmp_path: Path, ours: Tls) -> None:
        said: list[str] = []

        def observe(event: dict[str, Any]) -> None:
            said.append(formatEvent(event))

        globalLogPublisher.addObserver(observe)
        try:
            stranger = shows(Authority(tmp_path, "nobody").issue("stranger.pem", "stranger.example"))
            expected = Expected("gw.example", verify=False)
            unverified = Tls(ours.settings, lambda peer: expected)
            for _ in range(2):
                caller, _ = meet(unverified, stranger)
                assert (caller.met, caller.refused) == ("stranger.example", "")
        finally:
            globalLogPublisher.removeObserver(observe)
        assert said == ["TLS: whoever answers as gw.example is believed: its verification is off"]

    def test_a_file_that_cannot_be_used(self, ours: Tls) -> None:
        for expected in (
            Expected("a", ca="/nowhere.pem"),
            Expected("a", certificate=Certificate("/nowhere.pem", "/nowhere.pem")),
        ):
            with pytest.raises(TlsError, match=r"/nowhere.pem: no (authority|certificate) can be read from it"):
                ours.opening(expected)


@pytest.mark.parametrize(
    ("asked", "shown", "met"),
    [
        ("none", "phone", "nobody"),
        ("optional", None, "nobody"),
        ("optional", "phone", "phone.example"),
        ("optional", "stranger", ""),
        ("required", None, ""),
        ("required", "phone", "phone.example"),
        ("required", "stranger", ""),
    ],
)
def test_certificates_of_callers(authority: Authority, tmp_path: Path, asked: str, shown: str | None, met: str) -> None:
    callee = shows(authority.issue("callee.pem", "192.0.2.1"), ca=authority.ca, clients=asked)
    files = {
        "phone": authority.issue("phone.pem", "phone.example"),
        "stranger": Authority(tmp_path, "stranger").issue("stranger.pem", "stranger.example"),
    }
    _, there = meet(shows(*([files[shown]] if shown else []), ca=authority.ca), callee)
    assert there.met == met


def test_a_certificate_that_has_expired(authority: Authority) -> None:
    callee = shows(authority.issue("old.pem", "192.0.2.1", days=-1))
    caller, _ = meet(shows(ca=authority.ca), callee)
    assert (caller.met, caller.lost) == ("", "certificate 'CN=192.0.2.1': it has expired")


class TestWhoIsMeant:
    """By an alias (RFC 5923) goes only what a connection of ours would bring to the same certificate."""

    @pytest.mark.parametrize(
        ("expected", "meant"),
        [
            (Expected("gw.example"), True),
            (Expected("other.example"), False),
            # That nobody is verified where we call does not mean that anybody may draw its calls to himself.
            (Expected("other.example", verify=False), False),
            # It came from an authority that this destination does not believe.
            (Expected("gw.example", ca="/other.pem"), False),
        ],
    )
    def test_a_certificate_of_the_name(self, authority: Authority, expected: Expected, meant: bool) -> None:
        ours = Tls(Settings(ca=str(authority.ca)), lambda peer: expected)
        assert ours.is_meant(("192.0.2.1", 5061), authority.make("gw.example")[0]) is meant
