"""What a request is, and 16.4, as the router sees it. The bytes that come of it: test_forward."""

from __future__ import annotations

import pytest

from tests.proxy.bench import CALLER, OURS, request
from txdispatcher.errors import ParseError
from txdispatcher.proxy.context import Context, loop_mark, unsupported
from txdispatcher.proxy.listener import Listener, Listeners
from txdispatcher.sip.message import Request, parse
from txdispatcher.sip.via import parse_via

INSIDE = Listener("udp", "10.0.0.100", 5080)
BOTH = Listeners((OURS, INSIDE))


def context(data: bytes) -> Context:
    message = parse(data)
    assert isinstance(message, Request)
    via = parse_via(message.data, message.via_start, message.via_end)
    return Context(message, via, CALLER, OURS)


def routed(*routes: bytes, uri: bytes = b"sip:bob@example.org") -> Context:
    found = context(request(uri=uri, headers=b"".join(b"Route: %b\r\n" % route for route in routes)))
    found.take_own_routes(BOTH)
    return found


def test_an_initial_request_has_no_to_tag() -> None:
    assert context(request()).to_tag == b""
    assert context(request(to=b"<sip:bob@example.org>;x=y;TAG=abc")).to_tag == b"abc"


def test_without_a_route_of_ours_near_is_where_it_came_in() -> None:
    found = routed(b"<sip:198.51.100.1;lr>")
    assert (found.near, found.own_params, found.taken, len(found.routes)) == (OURS, None, 0, 1)


def test_the_last_route_of_ours_is_kept_with_the_listener_that_it_names() -> None:
    found = routed(b"<sip:192.0.2.100;lr;kd=a>", b"<sip:10.0.0.100:5080;lr;kd=b>", b"<sip:198.51.100.1;lr>")
    assert (found.own_params, found.near, found.taken, found.restored) == (b";lr;kd=b", INSIDE, 2, False)
    assert [found.request.data[start:end] for start, end in found.routes] == [b"<sip:198.51.100.1;lr>"]


def test_behind_a_strict_router_the_request_uri_was_our_route() -> None:
    found = routed(b"<sip:bob@198.51.100.7:5070>", uri=b"sip:10.0.0.100:5080;lr;kd=c")
    assert (found.own_params, found.near, found.restored) == (b";lr;kd=c", INSIDE, True)
    assert (found.uri_bytes, found.uri.port, found.routes) == (b"sip:bob@198.51.100.7:5070", 5070, [])


@pytest.mark.parametrize("route", [b"", b"<sip:a@>", b"<sip:192.0.2.100;lr>,", b'"x'])
def test_a_route_that_is_no_address_is_an_error(route: bytes) -> None:
    with pytest.raises(ParseError):
        routed(route)


def test_proxy_require_lists_all_its_tags() -> None:
    assert unsupported(context(request(headers=b"Proxy-Require: a,b ,\r\nProxy-Require:c\r\n")).request) == [b"a", b"b", b"c"]


def test_ack_and_cancel_have_the_mark_of_their_invite() -> None:
    headers = b"Route: <sip:198.51.100.1;lr>\r\n"
    marks = {
        loop_mark(context(request(method, headers=headers, to=to)), b"")
        for method, to in ((b"INVITE", b"<sip:b>"), (b"CANCEL", b"<sip:b>"), (b"ACK", b"<sip:b>;tag=1"))
    }
    assert len(marks) == 1


def test_the_salt_is_part_of_the_mark() -> None:
    assert loop_mark(context(request()), b"a") != loop_mark(context(request()), b"b")
