"""Who may call, and the tokens of dialogs."""

from __future__ import annotations

import re
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.routing.requests import context, request
from txdispatcher.balancing.sets import Sets
from txdispatcher.proxy.context import Context
from txdispatcher.proxy.listener import Listeners
from txdispatcher.routing import access
from txdispatcher.routing.access import TOKEN_PARAM, Access, Networks
from txdispatcher.sip.uri import parse_uri
from txdispatcher.stores.list_file import parse_list


def networks(*texts: str) -> Networks:
    return Networks([ip_network(text) for text in texts])


def an_access(*callers: str, lines: str = "", key: bytes = b"k" * 16) -> Access:
    sets = Sets()
    sets.load(parse_list(lines, "dispatcher.list"))
    return Access([ip_network(text) for text in callers], sets, key)


@pytest.mark.parametrize(
    ("host", "inside"),
    [
        ("10.1.2.3", True),
        ("10.2.0.0", False),
        ("192.0.2.7", True),
        ("192.0.2.8", False),
        ("2001:db8::5", True),
        ("2001:db9::5", False),
        ("::ffff:10.1.2.3", True),  # what an IPv6 socket shows of an IPv4 peer
        ("fe80::1%eth0", True),
    ],
)
def test_an_address_is_in_a_network(host: str, inside: bool) -> None:
    some = networks("10.1.0.0/16", "192.0.2.7", "2001:db8::/32", "fe80::/10")
    assert [host in some, host in some] == [inside, inside]


def test_no_more_addresses_are_remembered_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "_REMEMBERED", 3)
    some = networks("10.0.0.0/30")
    for _ in range(3):
        assert [f"10.0.0.{last}" in some for last in range(6)] == [True] * 4 + [False] * 2
    assert len(some._known) <= 3


def test_callers_are_known_by_their_address_whatever_their_port() -> None:
    found = an_access("10.0.0.0/8")
    assert found.is_caller(("10.0.0.1", 5060))
    assert found.is_caller(("10.0.0.1", 40_000))
    assert not found.is_caller(("11.0.0.1", 5060))


def test_destinations_are_known_by_address_and_port_in_any_state() -> None:
    found = an_access(lines="1 sip:10.0.0.1:5070\n2 sip:10.0.0.2 4\n1 sip:[2001:DB8:0::1]:5060\n")
    destination = found.destination(("10.0.0.1", 5070))
    assert destination is not None
    assert destination.uri == "sip:10.0.0.1:5070"
    assert found.destination(("10.0.0.1", 5060)) is None
    assert found.destination(("10.0.0.2", 1234)) is not None
    assert found.destination(("2001:db8::1", 5060)) is not None


def in_dialog(route: str, call_id: str = "1@x", **more: str) -> Context:
    """A BYE whose topmost Route is `route`, own Routes taken off as the proxy does it."""
    found = context(request("BYE", call_id=call_id, to="<sip:a@b>;tag=1", headers=(f"Route: {route}",), **more))
    found.take_own_routes(Listeners([found.listener]))
    return found


def token_of(found: Access, call_id: bytes) -> str:
    params = found.record_route(call_id)
    token = parse_uri(b"sip:127.0.0.1:5060" + params).param(TOKEN_PARAM)
    assert token is not None
    return token.decode()


def test_the_record_route_is_loose_and_carries_a_token() -> None:
    assert re.fullmatch(rb";lr;kd=[0-9a-f]{16}", an_access().record_route(b"1@x"))


def test_a_token_holds_for_its_call_id_and_its_key() -> None:
    ours = an_access()
    token = token_of(ours, b"1@x")
    good = f"<sip:127.0.0.1:5060;lr;kd={token}>"
    assert ours.is_of_dialog(in_dialog(good))
    assert ours.is_of_dialog(in_dialog(f"{good}, <sip:192.0.2.1;lr>"))
    assert an_access().is_of_dialog(in_dialog(good))  # the same key after another start
    assert not an_access(key=b"l" * 16).is_of_dialog(in_dialog(good))
    assert not ours.is_of_dialog(in_dialog(good, call_id="2@x"))


@pytest.mark.parametrize(
    "route",
    [
        "<sip:127.0.0.1:5060;lr>",
        "<sip:127.0.0.1:5060;lr;kd>",
        "<sip:127.0.0.1:5060;lr;kd=>",
        "<sip:127.0.0.1:5060;lr;kd={wrong}>",
        "<sip:127.0.0.1:5060;lr;kd={token}0>",
        "<sip:127.0.0.1:5060;lr;kd=\xe9>",
        "<sip:192.0.2.1:5060;lr;kd={token}>",  # not ours
        "<sip:192.0.2.1;lr>, <sip:127.0.0.1:5060;lr;kd={token}>",  # not on top
        "<sip:127.0.0.1:5060;lr?kd={token}>",
    ],
)
def test_a_route_without_the_right_token_proves_nothing(route: str) -> None:
    ours = an_access()
    token = token_of(ours, b"1@x")
    wrong = ("0" if token[0] != "0" else "1") + token[1:]
    assert not ours.is_of_dialog(in_dialog(route.format(token=token, wrong=wrong)))


@given(st.text("0123456789abcdef", max_size=20))
def test_no_guess_is_right(guess: str) -> None:
    ours = an_access(key=b"another key of ours")
    assert ours.is_of_dialog(in_dialog(f"<sip:127.0.0.1:5060;lr;kd={guess}>")) == (guess == token_of(ours, b"1@x"))
