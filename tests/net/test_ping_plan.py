"""net.ping_plan: what a destination's attributes make of the settings, and what is refused of them."""

from __future__ import annotations

import pytest

from txdispatcher.balancing.destination import Destination
from txdispatcher.net.ping_plan import PingPlan, PingSettings, plan
from txdispatcher.proxy.listener import Listener, Listeners
from txdispatcher.routing.sockets import Sockets
from txdispatcher.stores.list_file import parse_list

HERE, THERE, ELSEWHERE = (Listener("udp", "127.0.0.1", port) for port in (5060, 5062, 5064))
LISTENERS = Listeners([HERE, THERE, ELSEWHERE])
SOCKETS = Sockets(LISTENERS, {"outside": ELSEWHERE}, THERE)
SETTINGS = PingSettings(interval=10.0, sockets=SOCKETS)


def planned(attributes: str = "", settings: PingSettings = SETTINGS) -> tuple[PingPlan, list[str]]:
    [record] = parse_list(f"1 sip:127.0.0.9 0 0 {attributes}", "test.list")
    warned: list[str] = []
    return plan(Destination(record), settings, LISTENERS, warned.append), warned


def test_without_attributes_it_is_what_the_settings_say() -> None:
    found, warned = planned()
    assert (found.method, found.from_uri, found.interval, found.timeout) == (b"OPTIONS", b"sip:dispatcher@localhost", 10.0, 2.0)
    assert (found.near, found.codes, found.latency, warned) == (THERE, None, 0.0, [])


@pytest.mark.parametrize(
    ("attributes", "socket", "listener"),
    [
        ("ping_socket=127.0.0.1:5060;socket=127.0.0.1:5062", ELSEWHERE, HERE),
        ("socket=udp:127.0.0.1:5060", ELSEWHERE, ELSEWHERE),
        ("socket=udp:127.0.0.1:5060;sockname=outside", None, ELSEWHERE),
        ("socket=udp:127.0.0.1:5060", None, HERE),
        ("sockname=outside", None, ELSEWHERE),
        ("", None, THERE),
    ],
)
def test_what_is_for_pings_alone_goes_before_what_is_for_everything(
    attributes: str, socket: Listener | None, listener: Listener
) -> None:
    settings = PingSettings(interval=10.0, socket=socket, sockets=SOCKETS)
    found, warned = planned(attributes, settings)
    assert (found.near, warned) == (listener, [])


@pytest.mark.parametrize(
    "attribute",
    [
        "ping_interval=soon",
        "ping_interval=86401",
        "ping_timeout=0",
        "ping_method=INVITE",
        "ping_method=options",
        "ping_codes=class=9",
        "ping_from=nobody",
        'ping_from="sip:a@b>"',
        "obproxy=tel:1",
        "ping_socket=udp:127.0.0.1:9",
        "sockname=inside",
    ],
)
def test_an_attribute_that_cannot_be_is_named_and_the_settings_hold(attribute: str) -> None:
    found, [warning] = planned(attribute)
    name = attribute.partition("=")[0]
    assert f"set 1: sip:127.0.0.9: {name} " in warning
    assert "allowed" in warning
    usual, _ = planned()
    assert (found.interval, found.timeout, found.method, found.codes, found.from_uri, found.near, found.latency) == (
        *(usual.interval, usual.timeout, usual.method, usual.codes, usual.from_uri, usual.near, usual.latency),
    )
    assert repr(found.hop) == repr(usual.hop)


def test_codes_may_have_commas_where_semicolons_end_attributes() -> None:
    found, warned = planned("ping_codes=class=3,code=486;weight=5")
    assert found.codes is not None
    assert [status for status in (200, 302, 404, 486) if status in found.codes] == [200, 302, 486]
    assert warned == []
