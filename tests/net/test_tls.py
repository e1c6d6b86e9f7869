"""Who a certificate is for, by RFC 5922; certificates that cannot be used; names that are asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.certificates import Authority
from txdispatcher.net.tls import Certificate, Expected, Settings, Tls, TlsError, mismatch


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
        (Settings((Certificate("/nowhere.pem", "/nowhere.pem"),)), "/nowhere.pem", "no certificate can be read from it"),
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
        mine.load()
    assert mine.accept().get_context() is before
    authority.issue("mine.pem", "example.com")
    mine.load()
    assert mine.accept().get_context() is not before
