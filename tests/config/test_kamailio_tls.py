"""The file of tls.config."""

from __future__ import annotations

from pathlib import Path

import pytest

from txdispatcher.config import load_config
from txdispatcher.config.kamailio_tls import read_tls
from txdispatcher.errors import LoadError

FILE = """# Debian's, and more
[server:default]
method = TLSv1.2+
verify_certificate = yes
require_certificate = no
private_key = own.key
certificate = "/etc/ssl/own.pem"
server_name = a.example
[server:127.0.0.1:5062]
certificate = other.pem
require_certificate = yes
[client:default]
verify_certificate = yes   # of gateways
ca_list = ca.pem
"""


def test_it_configures_tls(tmp_path: Path) -> None:
    (tmp_path / "tls.cfg").write_text(FILE)
    cfg = tmp_path / "k.cfg"
    cfg.write_text(
        "listen=tls:127.0.0.1:5061\nlisten=tls:127.0.0.1:5062\n"
        'loadmodule "tls.so"\nmodparam("tls", "config", "tls.cfg")\nroute { exit; }'
    )
    config = load_config("", str(cfg))
    tls, folder = config.tls, str(tmp_path)
    assert (tls.certificate, tls.key, tls.ca) == (("/etc/ssl/own.pem",), (f"{folder}/own.key",), f"{folder}/ca.pem")
    assert (tls.verify, tls.client_certificates) == (True, "optional")
    [other] = tls.listener
    assert (str(other.listen), other.certificate, other.client_certificates) == (
        "tls:127.0.0.1:5062",
        (f"{folder}/other.pem",),
        "required",
    )
    assert config.kamailio is not None
    assert config.kamailio.ignored == (f"{folder}/tls.cfg:8: server_name = a.example: ignored",)


def test_without_a_word_about_gateways_their_certificates_are_not_looked_at(tmp_path: Path) -> None:
    file = tmp_path / "tls.cfg"
    file.write_text("[client:default]\ncertificate = own.pem\n")
    assert read_tls(str(file))[0] == {
        "certificate": [f"{tmp_path}/own.pem"],
        "verify": False,
        "client_certificates": "none",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("method = TLSv1\n", "1: found 'method = TLSv1'; allowed: [server:default]"),
        ("[server:default]\nmethod = TLSv1\n", "2: method: found TLSv1; allowed: TLSv1.2+"),
        ("[server:default]\nverify_certificate = maybe\n", "2: verify_certificate: found maybe; allowed: yes, no"),
        ("[server:default]\ncrl = x\n", "2: crl: is not there; known: certificate, private_key"),
        ("[client:192.0.2.1:5061]\n", "1: found [client:192.0.2.1:5061]; allowed: [server:default], [client:default]"),
    ],
)
def test_an_error_names_the_line(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "tls.cfg"
    file.write_text(text)
    with pytest.raises(LoadError) as caught:
        read_tls(str(file))
    assert f"{file}:{message}" in str(caught.value)
