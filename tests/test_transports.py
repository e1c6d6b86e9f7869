"""What of the settings and of a destination's attributes TLS goes by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.internet.testing import MemoryReactorClock

from tests.certificates import Authority
from tests.net.test_engine import ScriptedProxy
from tests.net.test_tls import Ends, connect
from txdispatcher.balancing.destination import Record
from txdispatcher.balancing.sets import Sets
from txdispatcher.config import Address, load_config
from txdispatcher.net.engine import Engine
from txdispatcher.net.tls import Certificate, Expected, Settings, Tls, TlsError
from txdispatcher.proxy.listener import Listener
from txdispatcher.stores.list_file import load_list
from txdispatcher.transports import Transports, expectations, expected_at, tls_settings


def settings_of(folder: Path, text: str) -> dict[str, Settings]:
    file = folder / "k.toml"
    file.write_text(text)
    return {str(socket): settings for socket, settings in tls_settings(load_config(str(file))).items()}


def test_each_listener_has_what_is_its_own_and_the_rest_of_all(tmp_path: Path) -> None:
    found = settings_of(
        tmp_path,
        """
        [sip]
        listen = ["udp:127.0.0.1", "tls:127.0.0.1", "tls:127.0.0.2", "tls:0.0.0.0:5071", "tls:[::1]"]
        [tls]
        certificate = ["/a.pem", "/b.pem"]
        key = ["/a.key", "/b.key"]
        ca = "/ca.pem"
        verify = false
        [[tls.listener]]
        listen = "tls:127.0.0.2:5061"
        certificate = "/phones.pem"
        [[tls.listener]]
        listen = "tls:0.0.0.0:5071"
        client_certificates = "required"
        ca = "/phones-ca.pem"
        [[tls.listener]]
        listen = "tls:[::1]"
        certificate = "/six.pem"
        key = "/six.key"
        ca = ""
        """,
    )
    common = (Certificate("/a.pem", "/a.key"), Certificate("/b.pem", "/b.key"))
    assert found == {
        "tls:127.0.0.1:5061": Settings(common, "/ca.pem", False),
        "tls:127.0.0.2:5061": Settings((Certificate("/phones.pem", "/phones.pem"),), "/ca.pem", False),
        "tls:0.0.0.0:5071": Settings(common, "/phones-ca.pem", False, "required"),
        "tls:[::1]:5061": Settings((Certificate("/six.pem", "/six.key"),), "", False),
    }


def test_a_listener_shows_its_own_until_all_can_be_read_anew(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    for name in ("common", "phones"):
        authority.issue(f"{name}.pem", f"{name}.example")
    file = tmp_path / "k.toml"
    file.write_text(
        "sip.listen = ['tls:0.0.0.0', 'tls:127.0.0.2:5071']\ntls.certificate = 'common.pem'\n"
        "[[tls.listener]]\nlisten = 'tls:127.0.0.2:5071'\ncertificate = 'phones.pem'\n"
    )
    reactor: Any = MemoryReactorClock()
    engine = Engine(ScriptedProxy(), reactor, None, reactor.seconds)  # type: ignore[arg-type]
    transports = Transports(load_config(str(file)), Sets(), engine, reactor)
    for host, port in (("127.0.0.1", 5061), ("127.0.0.2", 5071)):
        transports.listen(Listener("tls", host, port))

    def shown() -> list[str]:
        trusting = Tls(Settings(ca=str(authority.ca)), lambda peer: Expected("any", verify=False))
        found = []
        for _, factory, *_ in reactor.tcpServers:
            phone = trusting.client(Ends(), ("127.0.0.1", 5061)).buildProtocol(None)
            connect([phone, factory.buildProtocol(IPv4Address("TCP", "127.0.0.9", 40_000))])
            found.append(phone.wrappedProtocol.met)
        return found

    assert shown() == ["common.example", "phones.example"]
    authority.issue("common.pem", "renewed.example")
    (tmp_path / "phones.pem").write_text("no certificate")
    with pytest.raises(TlsError):
        transports.reload_certificates()
    assert shown() == ["common.example", "phones.example"]
    authority.issue("phones.pem", "other.example")
    transports.reload_certificates()
    assert shown() == ["renewed.example", "other.example"]
    transports.stop()


def test_without_a_listener_for_tls_there_is_nothing_to_show(tmp_path: Path) -> None:
    assert settings_of(tmp_path, 'tls.certificate = "/a.pem"') == {}


def record(folder: Path, attributes: str) -> Record:
    file = folder / "dispatcher.list"
    file.write_text(f"1 sip:gw.example:5061;transport=tls 0 0 {attributes}\n")
    [found] = load_list(str(file))
    return found


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("", Expected("gw.example")),
        ("tls_name=other.example", Expected("other.example")),
        ("tls_verify=no", Expected("gw.example", verify=False)),
        ("tls_verify=Off", Expected("gw.example", verify=False)),
        ("tls_verify=yes", Expected("gw.example")),
        ("tls_ca=/ca.pem", Expected("gw.example", ca="/ca.pem")),
        ("tls_certificate=/c.pem", Expected("gw.example", certificate=Certificate("/c.pem", "/c.pem"))),
        ("tls_certificate=/c.pem;tls_key=/c.key", Expected("gw.example", certificate=Certificate("/c.pem", "/c.key"))),
    ],
)
def test_a_destination_says_whom_to_expect(tmp_path: Path, attributes: str, expected: Expected) -> None:
    assert expected_at(record(tmp_path, attributes), True) == expected


def test_where_no_destination_is_the_address_is_expected(tmp_path: Path) -> None:
    sets = Sets()
    sets.load([record(tmp_path, "tls_name=other.example")])
    destination = sets.find("gw.example", 5061, "tls")
    assert destination is not None
    sets.locate([(destination, ["192.0.2.1"])])
    expected = expectations(Settings(verify=True), sets)
    assert expected(("192.0.2.1", 5061)) == Expected("other.example")
    assert expected(("192.0.2.1", 5062)) == Expected("192.0.2.1")
    assert expectations(Settings(verify=False), sets)(("192.0.2.2", 5061)) == Expected("192.0.2.2", verify=False)


def test_a_socket_is_what_sip_listen_says(tmp_path: Path) -> None:
    file = tmp_path / "k.toml"
    file.write_text('sip.listen = "tls:127.0.0.1"\n[[tls.listener]]\nlisten = "tls:127.0.0.1"\ncertificate = "/a.pem"\n')
    assert list(tls_settings(load_config(str(file)))) == [Address("127.0.0.1", 5061, "tls")]
