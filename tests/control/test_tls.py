"""control.tls: certificates read again."""

from __future__ import annotations

import pytest

from txdispatcher.control.table import Fault, Methods
from txdispatcher.control.tls import tls_methods
from txdispatcher.errors import DispatcherError


def test_certificates_are_read_again() -> None:
    read: list[bool] = []
    assert Methods(tls_methods(lambda: read.append(True))).call("tls.reload") == "Ok. TLS configuration reloaded."
    assert read == [True]


def test_a_file_that_cannot_be_used_is_a_fault_that_names_it() -> None:
    def reload() -> None:
        raise DispatcherError("mine.pem: no certificate")

    with pytest.raises(Fault) as raised:
        Methods(tls_methods(reload)).call("tls.reload")
    assert (raised.value.code, raised.value.text) == (500, "mine.pem: no certificate")
