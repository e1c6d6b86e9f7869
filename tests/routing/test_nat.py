"""Who cannot be reached where its Contact says."""

from __future__ import annotations

import pytest

from tests.routing.requests import context, request
from txdispatcher.routing.nat import is_behind_nat


@pytest.mark.parametrize(
    ("contact", "source", "hidden"),
    [
        ("<sip:a@192.168.1.20:5062>", "203.0.113.7", True),
        ("<sip:a@100.64.3.4>", "203.0.113.7", True),
        ("<sip:a@[fd00::7]>", "2001:db8::7", True),
        ('"A" <sip:a@10.0.0.9;transport=udp>;expires=60', "203.0.113.7", True),
        ("sip:a@10.0.0.9", "203.0.113.7", True),
        ("<sip:a@8.8.8.8>", "203.0.113.7", False),
        ("<sip:a@10.0.0.9>", "10.0.0.9", False),
        ("<sip:a@[FD00:0::9]>", "fd00::9", False),
        ("<sip:a@[fe80::9]>", "fe80::9%eth0", False),
        ("<sip:a@phone.example.com>", "203.0.113.7", False),
        ("<sip:a@df7jal23ls0d.Invalid>", "203.0.113.7", True),
        ("<sip:a@8.8.8.8;ob>", "203.0.113.7", True),
        ("*", "203.0.113.7", False),
        ("<sip:a@10.0.0.9", "203.0.113.7", False),
        ("<tel:+1234>", "203.0.113.7", False),
    ],
)
def test_a_contact_that_leads_nowhere(contact: str, source: str, hidden: bool) -> None:
    for name in ("Contact", "m"):
        found = context(request(headers=[f"{name}: {contact}"]), (source, 5070))
        assert is_behind_nat(found) is hidden


def test_without_a_contact_nothing_is_known() -> None:
    assert not is_behind_nat(context(request(), ("203.0.113.7", 5070)))
