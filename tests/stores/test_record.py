from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from txdispatcher.balancing.destination import Record
from txdispatcher.stores.record import LARGEST, FieldError, make_record, parse_attributes


def made(uri: str, flags: int = 0, attributes: str = "", *, set_id: int = 1, priority: int = 0) -> Record:
    """A record that nothing had to be said about."""
    return make_record(set_id, uri, flags, priority, attributes, pytest.fail)


@pytest.mark.parametrize(
    ("uri", "host", "port", "transport"),
    [
        ("sip:10.0.0.1", "10.0.0.1", 0, "udp"),
        ("sip:gw@10.0.0.1:5080", "10.0.0.1", 5080, "udp"),
        ("SIP:gw.example.com;transport=TCP", "gw.example.com", 0, "tcp"),
        ("sip:[2001:db8::1]:5062;transport=tls", "2001:db8::1", 5062, "tls"),
        ("sips:gw.example.com", "gw.example.com", 0, "tls"),
        ("sips:gw.example.com:5061;transport=tcp", "gw.example.com", 5061, "tls"),
    ],
)
def test_the_address_of_a_uri(uri: str, host: str, port: int, transport: str) -> None:
    record = made(uri)
    assert (record.uri, record.host, record.port, record.transport) == (uri, host, port, transport)


@pytest.mark.parametrize(
    ("uri", "host"),
    [
        ("sip:[2001:DB8:0::1]", "2001:db8::1"),
        ("sip:GW.Example.com", "gw.example.com"),
    ],
)
def test_a_host_has_one_form(uri: str, host: str) -> None:
    assert made(uri).host == host


@pytest.mark.parametrize("host", ["10.0.0.256", "10.0.0", "10.0.0.01", "1.2.3.4.5", "[::g]"])
def test_what_looks_like_an_address_is_one(host: str) -> None:
    with pytest.raises(FieldError, match=r"neither a name nor an IP address|is allowed") as caught:
        made(f"sip:{host}")
    assert caught.value.field == "uri"


@pytest.mark.parametrize("text", ["10.0.0.1:5080", "gw.example.com:5080", "gw.example.com", "[::1]:5080"])
def test_a_destination_without_a_scheme_gets_sip_and_a_warning(text: str) -> None:
    warnings: list[str] = []
    record = make_record(1, text, 0, 0, "", warnings.append)
    assert record.uri == f"sip:{text}"
    assert warnings == [f"destination {text} has no scheme: sip:{text} is taken"]


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("tel:+123", "destination 'tel:+123': sip:host"),
        ("http://gw", "destination 'http://gw': sip:host"),
        ("sip:", "destination 'sip:': sip:host"),
        ("sip:gw:99999", "destination 'sip:gw:99999': sip:host"),
        ("sip:gw.é", "only ASCII"),
        ("sip:300.1.1.1", "host '300.1.1.1': neither a name nor an IP address"),
        ("sip:[::1::2]", "host '::1::2': neither"),
        ("sip:gw;transport=sctp", "transport 'sctp': udp, tcp, tls is allowed"),
        ("sips:gw;transport=udp", "transport 'udp' of a sips URI"),
    ],
)
def test_a_destination_that_is_none(uri: str, reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        made(uri)


@pytest.mark.parametrize("flags", [-1, 64, 127])
def test_flags_that_are_none(flags: int) -> None:
    with pytest.raises(ValueError, match=rf"flags {flags}: a sum of 1 \(inactive\)"):
        made("sip:gw", flags)


def test_every_flag_is_allowed() -> None:
    assert made("sip:gw", 63).flags == 63


@pytest.mark.parametrize("number", [-1, LARGEST + 1])
def test_numbers_out_of_range(number: int) -> None:
    with pytest.raises(ValueError, match=f"set id {number}: 0 to {LARGEST}"):
        made("sip:gw", set_id=number)
    with pytest.raises(ValueError, match=f"priority {number}: 0 to {LARGEST}"):
        made("sip:gw", priority=number)


def test_attributes_keep_their_order_and_lose_their_quotes() -> None:
    record = made("sip:gw", attributes="b=1;a;c='x;y';d=\"\";e=f=g;h=;")
    assert list(record.attributes.items()) == [
        ("b", "1"),
        ("a", None),
        ("c", "x;y"),
        ("d", ""),
        ("e", "f=g"),
        ("h", ""),
    ]
    assert record.attributes_text == "b=1;a;c='x;y';d=\"\";e=f=g;h="


@pytest.mark.parametrize("text", ["=x", "a=1;=2", "a='x", "a='x'y", 'a="x'])
def test_attributes_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="name=value is allowed"):
        parse_attributes(text)


@pytest.mark.parametrize("weight", ["0", "101", "x", "-5", "5x", ""])
def test_a_weight_out_of_range_is_none_and_said_so(weight: str) -> None:
    warnings: list[str] = []
    make_record(1, "sip:gw", 0, 0, f"Weight={weight}", warnings.append)
    assert warnings == [f"weight {weight!r} of sip:gw is not a number from 1 to 100: it has no weight"]


_NAMES = st.text("abcXYZ_019", min_size=1, max_size=4)
_VALUES = st.text(st.characters(codec="ascii", exclude_characters=";'\"", categories=("L", "N", "P", "S")), max_size=5)


@given(st.dictionaries(_NAMES, st.none() | _VALUES))
def test_attributes_are_read_as_they_are_written(attributes: dict[str, str | None]) -> None:
    text = ";".join(name if value is None else f"{name}={value}" for name, value in attributes.items())
    assert parse_attributes(text) == attributes


@given(st.text())
def test_nothing_but_value_error_leaves_the_attributes(text: str) -> None:
    try:
        named = parse_attributes(text)
    except ValueError:
        return
    assert "" not in named
