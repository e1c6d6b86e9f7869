"""The listener by which a destination is reached."""

from __future__ import annotations

import pytest

from txdispatcher.balancing.sets import Sets
from txdispatcher.proxy.listener import Listener, Listeners
from txdispatcher.routing.choosing import hop_to
from txdispatcher.routing.sockets import Sockets
from txdispatcher.stores.list_file import parse_list

FIRST, SECOND, THIRD = (
    Listener("udp", "127.0.0.1", 5060),
    Listener("tcp", "127.0.0.1", 5060),
    Listener("udp", "2001:db8::1", 5062),
)
SOCKETS = Sockets(Listeners([FIRST, SECOND, THIRD]), {"outside": THIRD}, SECOND)


@pytest.mark.parametrize(
    ("attributes", "listener"),
    [
        ("socket=udp:127.0.0.1:5060", FIRST),
        ("socket=127.0.0.1:5060", FIRST),
        ("socket=TCP:127.0.0.1:5060", SECOND),
        ("socket=udp:[2001:DB8::1]:5062", THIRD),
        ("sockname=outside;socket=udp:127.0.0.1:5060", THIRD),
        ("sockname=inside;socket=udp:127.0.0.1:5060", FIRST),
        ("socket=udp:127.0.0.1:9", SECOND),
        ("", SECOND),
    ],
)
def test_sockname_goes_before_socket_and_both_before_the_default(attributes: str, listener: Listener) -> None:
    sets = Sets()
    sets.load(parse_list(f"1 sip:192.0.2.1 0 0 {attributes}", "test.list"))
    assert hop_to(sets.destination(1, "sip:192.0.2.1"), SOCKETS).near is listener


def test_without_anything_said_the_request_decides() -> None:
    [record] = parse_list("1 sip:192.0.2.1", "test.list")
    assert Sockets(Listeners([FIRST])).sending(record) is None
