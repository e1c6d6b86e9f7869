"""The bytes that leave: 16.6 steps 1 to 8, 16.7 step 3."""

from __future__ import annotations

import pytest

from tests.proxy.bench import CALLER, OURS, Bench, Sent, relay, request
from txdispatcher.proxy.decision import Relay
from txdispatcher.proxy.hop import Hop
from txdispatcher.proxy.listener import Listener

INSIDE = Listener("udp", "10.0.0.100", 5080)


def forwarded(data: bytes, decision: Relay | None = None) -> Sent:
    """`data` as it leaves; `decision` None: where Route and Request-URI point."""
    return Bench(decision or Relay()).receive(data)[-1]


def lines(data: bytes) -> list[bytes]:
    return data.partition(b"\r\n\r\n")[0].split(b"\r\n")


class TestVia:
    def test_ours_is_on_top_and_theirs_says_where_it_came_from(self) -> None:
        sent = forwarded(request(branch=b";branch=z9hG4bKa;rport"), relay(1))
        ours, theirs = sent.values(b"Via")
        assert ours.startswith(b"SIP/2.0/UDP 192.0.2.100:5060;branch=z9hG4bKinst")
        assert theirs == b"SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKa;rport=5070;received=192.0.2.1"

    def test_a_source_that_the_via_names_already_is_not_added(self) -> None:
        assert forwarded(request(), relay(1)).values(b"Via")[1] == b"SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKcall"

    def test_received_is_ours_to_say(self) -> None:
        bench = Bench()
        sent = bench.receive(request(branch=b";branch=z9hG4bKa;received=10.9.9.9"), ("203.0.113.5", 6000))
        assert sent[-1].values(b"Via")[1].endswith(b";received=203.0.113.5")
        # Without rport the response goes to the port of the Via (18.2.2).
        assert sent[0].address == ("203.0.113.5", 5070)

    def test_with_rport_the_response_goes_where_the_request_came_from(self) -> None:
        bench = Bench()
        sent = bench.receive(request(branch=b";branch=z9hG4bKa;rport"), ("203.0.113.5", 6000))
        assert sent[0].address == ("203.0.113.5", 6000)

    def test_further_vias_stay_below_in_their_order(self) -> None:
        vias = b"Via: SIP/2.0/UDP one;branch=z9hG4bK1\r\nVia: SIP/2.0/UDP two;branch=z9hG4bK2, SIP/2.0/TCP three\r\n"
        assert forwarded(request(vias=vias), relay(1)).values(b"Via")[2:] == [
            b"SIP/2.0/UDP one;branch=z9hG4bK1",
            b"SIP/2.0/UDP two;branch=z9hG4bK2, SIP/2.0/TCP three",
        ]

    def test_nothing_else_is_touched(self) -> None:
        odd = b"X-Odd :  a ,b\r\n\tfolded\r\ns:\r\nMax-Forwards:  70\r\nX: \xff\xfe\r\n"
        came = request(headers=odd, body=b"v=0\r\n\r\nVia: not one\r\n")
        sent = forwarded(came, relay(1))
        expected = came.replace(b"Via: ", b"Via: " + sent.values(b"Via")[0] + b"\r\nVia: ", 1)
        assert sent.data == expected.replace(b"Max-Forwards:  70", b"Max-Forwards:  69")


class TestMaxForwards:
    @pytest.mark.parametrize(("came", "leaves"), [(b"70", b"69"), (b"1", b"0"), (b"255", b"254"), (b"010", b"9")])
    def test_it_is_one_less(self, came: bytes, leaves: bytes) -> None:
        assert forwarded(request(headers=b"Max-Forwards: " + came + b"\r\n"), relay(1)).values(b"Max-Forwards") == [leaves]

    def test_one_that_is_missing_is_added(self) -> None:
        assert forwarded(request(headers=b""), relay(1)).values(b"Max-Forwards") == [b"70"]


class TestRecordRoute:
    def test_it_names_us_on_top_of_the_others(self) -> None:
        headers = b"Max-Forwards: 70\r\nRecord-Route: <sip:other;lr>\r\n"
        sent = forwarded(request(headers=headers), relay(1, record_route=b";lr;kd=token"))
        assert sent.values(b"Record-Route") == [b"<sip:192.0.2.100:5060;lr;kd=token>", b"<sip:other;lr>"]

    def test_even_where_the_others_stand_above_the_via(self) -> None:
        came = request().replace(b"Via:", b"Record-Route: <sip:other;lr>\r\nVia:", 1)
        sent = forwarded(came, relay(1, record_route=b";lr"))
        assert sent.values(b"Record-Route") == [b"<sip:192.0.2.100:5060;lr>", b"<sip:other;lr>"]
        assert len(sent.values(b"Via")) == 2

    def test_none_where_the_router_wants_none(self) -> None:
        assert forwarded(request(), relay(1)).values(b"Record-Route") == []

    def test_between_two_listeners_both_are_named_the_leaving_side_on_top(self) -> None:
        # RFC 5658
        bench = Bench(Relay((Hop("2001:db8::1", 5060, "udp"),), (None,), b";lr"), listeners=(OURS, SIX))
        sent = bench.receive(request())[-1]
        assert sent.values(b"Record-Route") == [b"<sip:[2001:db8::100]:5080;lr>", b"<sip:192.0.2.100:5060;lr>"]

    @pytest.mark.parametrize(
        ("source", "came_by", "routes", "leaves_by"),
        [
            (CALLER, OURS, b"<sip:192.0.2.100:5060;lr>,<sip:10.0.0.100:5080;lr>", INSIDE),
            (("10.0.0.7", 5060), INSIDE, b"<sip:10.0.0.100:5080;lr>,<sip:192.0.2.100:5060;lr>", OURS),
        ],
    )
    def test_a_request_in_that_dialog_leaves_by_the_other_side(
        self, source: tuple[str, int], came_by: Listener, routes: bytes, leaves_by: Listener
    ) -> None:
        bench = Bench(Relay(), listeners=(OURS, INSIDE))
        data = request(b"BYE", b"sip:peer@198.51.100.7", headers=b"Route: " + routes + b"\r\n")
        (sent,) = bench.receive(data, source, came_by)
        assert sent.listener is leaves_by
        assert sent.values(b"Route") == []
        assert sent.values(b"Via")[0].startswith(b"SIP/2.0/UDP " + leaves_by.sent_by)


SIX = Listener("udp", "2001:db8::100", 5080)


class TestRoutes:
    """16.4 and 16.6 step 6."""

    OURS = b"<sip:192.0.2.100:5060;lr>"

    def routed(self, *routes: bytes, uri: bytes = b"sip:bob@198.51.100.7", decision: Relay | None = None) -> Sent:
        headers = b"".join(b"Route: %b\r\n" % route for route in routes)
        return forwarded(request(b"BYE", uri, headers=headers), decision)

    def test_ours_is_taken_off_and_the_request_uri_says_where_to(self) -> None:
        sent = self.routed(self.OURS)
        assert (sent.values(b"Route"), sent.uri, sent.address) == ([], b"sip:bob@198.51.100.7", ("198.51.100.7", 5060))

    @pytest.mark.parametrize("together", [False, True])
    def test_the_next_loose_router_is_sent_to_and_stays(self, together: bool) -> None:
        rest = (b"<sip:198.51.100.8:5062;lr>", b'"Two, or" <sip:two;lr>;x=","')
        routes = (b", ".join((self.OURS, *rest)),) if together else (self.OURS, *rest)
        sent = self.routed(*routes)
        assert b", ".join(sent.values(b"Route")) == b", ".join(rest)
        assert (sent.uri, sent.address) == (b"sip:bob@198.51.100.7", ("198.51.100.8", 5062))

    def test_a_route_that_is_not_ours_stays_as_it_came(self) -> None:
        sent = self.routed(b"<sip:198.51.100.8;lr>,  <sip:two;lr>")
        assert sent.values(b"Route") == [b"<sip:198.51.100.8;lr>,  <sip:two;lr>"]
        assert sent.address == ("198.51.100.8", 5060)

    def test_two_of_ours_are_both_taken_off(self) -> None:
        sent = self.routed(self.OURS + b"," + self.OURS, b"<sip:198.51.100.8;lr>")
        assert sent.values(b"Route") == [b"<sip:198.51.100.8;lr>"]

    def test_ours_further_down_is_left_alone(self) -> None:
        sent = self.routed(b"<sip:198.51.100.8;lr>", self.OURS)
        assert sent.values(b"Route") == [b"<sip:198.51.100.8;lr>", self.OURS]

    def test_the_next_strict_router_finds_itself_in_the_request_uri(self) -> None:
        sent = self.routed(self.OURS, b"<sip:strict@198.51.100.8:5062;x=1>", b"<sip:two;lr>")
        assert (sent.uri, sent.address) == (b"sip:strict@198.51.100.8:5062;x=1", ("198.51.100.8", 5062))
        assert sent.values(b"Route") == [b"<sip:two;lr>", b"<sip:bob@198.51.100.7>"]

    def test_also_where_no_route_was_ours(self) -> None:
        sent = self.routed(b"<sip:198.51.100.8>")
        assert (sent.uri, sent.values(b"Route")) == (b"sip:198.51.100.8", [b"<sip:bob@198.51.100.7>"])

    def test_a_strict_router_before_us_has_put_the_target_last(self) -> None:
        sent = self.routed(b"<sip:198.51.100.8;lr>", b"<sip:bob@198.51.100.7>", uri=b"sip:192.0.2.100:5060;lr")
        assert (sent.uri, sent.address) == (b"sip:bob@198.51.100.7", ("198.51.100.8", 5060))
        assert sent.values(b"Route") == [b"<sip:198.51.100.8;lr>"]

    def test_strict_routers_on_both_sides(self) -> None:
        sent = self.routed(b"<sip:198.51.100.8>", b"<sip:bob@198.51.100.7>", uri=b"sip:192.0.2.100:5060;lr")
        assert (sent.uri, sent.values(b"Route")) == (b"sip:198.51.100.8", [b"<sip:bob@198.51.100.7>"])

    def test_a_strict_router_and_nothing_but_us_and_the_target(self) -> None:
        sent = self.routed(self.OURS, b"<sip:bob@198.51.100.7>", uri=b"sip:192.0.2.100:5060;lr")
        assert (sent.uri, sent.values(b"Route"), sent.address) == (b"sip:bob@198.51.100.7", [], ("198.51.100.7", 5060))

    def test_a_strict_router_and_nothing_but_the_target(self) -> None:
        sent = self.routed(b"<sip:bob@198.51.100.7>", uri=b"sip:192.0.2.100:5060;lr")
        assert (sent.uri, sent.values(b"Route"), sent.address) == (b"sip:bob@198.51.100.7", [], ("198.51.100.7", 5060))

    def test_our_uri_without_lr_is_no_strict_routers_work(self) -> None:
        sent = self.routed(b"<sip:198.51.100.8;lr>", uri=b"sip:192.0.2.100:5060")
        assert (sent.uri, sent.values(b"Route")) == (b"sip:192.0.2.100:5060", [b"<sip:198.51.100.8;lr>"])

    def test_a_selected_destination_drops_every_route(self) -> None:
        sent = self.routed(self.OURS, b"<sip:198.51.100.8;lr>\r\n ", decision=relay(1))
        assert sent.address == ("198.51.100.1", 5060)
        assert lines(sent.data)[0] == b"BYE sip:bob@198.51.100.7 SIP/2.0"
        assert b"Route" not in sent.data
        assert b"\r\n \r\n" not in sent.data

    def test_a_selected_destination_behind_a_strict_router_gets_the_target(self) -> None:
        sent = self.routed(b"<sip:bob@198.51.100.7>", uri=b"sip:192.0.2.100:5060;lr", decision=relay(1))
        assert (sent.uri, sent.values(b"Route")) == (b"sip:bob@198.51.100.7", [])

    def test_a_maddr_that_is_us_is_taken_out_of_the_request_uri(self) -> None:
        uri = b"sip:bob@198.51.100.7:5060;maddr=192.0.2.100;transport=udp;user=phone"
        sent = self.routed(uri=uri)
        assert sent.uri == b"sip:bob@198.51.100.7;user=phone"
        assert sent.address == ("198.51.100.7", 5060)

    @pytest.mark.parametrize("params", [b";maddr=198.51.100.9", b";maddr=192.0.2.100;transport=tcp", b";user=phone"])
    def test_any_other_stays(self, params: bytes) -> None:
        uri = b"sip:bob@198.51.100.7" + params
        assert self.routed(uri=uri, decision=relay(1)).uri == uri
