"""What is refused before anybody is asked (16.3), and what becomes of malformed datagrams."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.proxy.bench import CALLER, Bench, Sent, relay, request, words
from txdispatcher.proxy.decision import Discard, Reply
from txdispatcher.proxy.listener import Listener
from txdispatcher.sip.message import Response, parse

IPV6 = Listener("udp", "2001:db8::100", 5060)


def refused(data: bytes) -> Sent:
    """The one answer to `data`, of which the router hears nothing."""
    bench = Bench()
    (reply,) = bench.receive(data)
    assert bench.router.contexts == []
    assert bench.is_empty()
    assert bench.counters["replied"] == 1
    assert reply.address == CALLER
    message = parse(reply.data)
    assert isinstance(message, Response)
    # A To that cannot be read is echoed as it is.
    assert b";tag=inst." in reply.values(b"To")[0] or data.count(b'"') == 1
    return reply


class TestValidation:
    @pytest.mark.parametrize("uri", [b"mailto:bob@example.org", b"urn:service:sos"])
    def test_a_scheme_that_is_not_known_is_a_416(self, uri: bytes) -> None:
        assert refused(request(uri=uri)).first == b"SIP/2.0 416 Unsupported URI Scheme"

    def test_also_where_a_strict_router_brought_it_in_route(self) -> None:
        data = request(uri=b"sip:192.0.2.100;lr", headers=b"Route: <mailto:bob@example.org>\r\n")
        assert refused(data).word == b"416"

    @pytest.mark.parametrize("method", [b"INVITE", b"OPTIONS", b"BYE"])
    def test_no_hops_left_is_a_483(self, method: bytes) -> None:
        assert refused(request(method, headers=b"Max-Forwards: 0\r\n")).first == b"SIP/2.0 483 Too Many Hops"

    @pytest.mark.parametrize("uri", [b"sip:192.0.2.100", b"sip:192.0.2.100:5060"])
    def test_but_an_options_for_us_has_arrived(self, uri: bytes) -> None:
        bench = Bench()
        bench.receive(request(b"OPTIONS", uri, headers=b"Max-Forwards: 0\r\n"))
        assert len(bench.router.contexts) == 1
        assert words(bench.receive(request(b"MESSAGE", uri, headers=b"Max-Forwards: 0\r\n"))) == [b"483"]
        assert words(bench.receive(request(b"OPTIONS", b"sip:x@192.0.2.100", headers=b"Max-Forwards: 0\r\n"))) == []

    def test_every_tag_of_proxy_require_is_named_in_a_420(self) -> None:
        reply = refused(request(headers=b"Proxy-Require: foo, bar\r\nX: y\r\nproxy-require: third\r\n"))
        assert reply.first == b"SIP/2.0 420 Bad Extension"
        assert reply.values(b"Unsupported") == [b"foo, bar, third"]

    def test_an_empty_proxy_require_asks_for_nothing(self) -> None:
        assert words(Bench().receive(request(headers=b"Proxy-Require: \r\n"))) == [b"100", b"INVITE"]

    def test_another_version_is_a_505(self) -> None:
        assert refused(request().replace(b"SIP/2.0\r\n", b"SIP/3.0\r\n", 1)).first == b"SIP/2.0 505 Version Not Supported"

    @pytest.mark.parametrize(
        "data",
        [
            pytest.param(request(uri=b"sip:bob@"), id="Request-URI"),
            pytest.param(request(to=b'"Bob <sip:bob@example.org>'), id="To"),
            pytest.param(request(headers=b"Max-Forwards: many\r\n"), id="Max-Forwards"),
            pytest.param(request(headers=b"Route: <sip:a@>\r\n"), id="Route"),
            pytest.param(request().replace(b"CSeq: 1 INVITE", b"CSeq: 1 OPTIONS"), id="CSeq"),
            pytest.param(request()[:-2], id="no end"),
            pytest.param(request().replace(b"Content-Length: 0", b"Content-Length: 9"), id="short"),
            pytest.param(request(headers=b"no colon\r\n"), id="no colon"),
        ],
    )
    def test_what_cannot_be_read_is_a_400_that_says_why(self, data: bytes) -> None:
        reply = refused(data)
        assert reply.first.startswith(b"SIP/2.0 400 Bad Request - ")
        assert len(reply.first) > 30

    @pytest.mark.parametrize(
        "data",
        [
            pytest.param(request(headers=b"X: y\r\n" * 245), id="lines"),
            pytest.param(request(headers=b"Route: <sip:other;lr>" + b"," * 245 + b"\r\n"), id="routes"),
            pytest.param(request(headers=b"X: " + b"y" * 7_500 + b"\r\n"), id="line"),
            pytest.param(request(headers=b"X: " + b"y\r\n " * 2_000 + b"y\r\n"), id="folded line"),
            pytest.param(request(body=b"x" * 65_000), id="body"),
        ],
    )
    def test_what_leaves_no_room_for_our_own_fields_is_a_513(self, data: bytes) -> None:
        assert refused(data).first == b"SIP/2.0 513 Message Too Large"

    def test_what_does_is_relayed_and_can_be_read_again(self) -> None:
        headers = (
            b"Route: " + b",".join([b"<sip:198.51.100.1>"] * 100) + b"\r\n" + b"X: y\r\n" * 130 + b"Y: %b\r\n" % (b"z" * 7_000)
        )
        bench = Bench(relay())
        bench.router.decision = relay(record_route=b";lr")
        invite = bench.receive(request(headers=headers))[-1]
        bench.answer(invite, 180)
        assert words(bench.receive(request(b"CANCEL"))) == [b"200", b"CANCEL"]
        assert words(bench.answer(invite, 487)) == [b"ACK", b"487"]


class TestLoops:
    """16.3 step 4: a request that was here and comes back unchanged is a loop; changed, it is a spiral."""

    def back(self, bench: Bench, *, change: tuple[bytes, bytes] = (b"", b""), **fields: bytes) -> list[Sent]:
        """What is sent when a request that we relayed comes back from a proxy that put its Via on top."""
        sent = bench.receive(request(**fields))[-1]  # type: ignore[arg-type]
        at = sent.data.index(b"Via:")
        back = sent.data[:at] + b"Via: SIP/2.0/UDP 198.51.100.1;branch=z9hG4bKnext\r\n" + sent.data[at:]
        return bench.receive(back.replace(*change), ("198.51.100.1", 5060))

    def test_a_loop_is_a_482(self) -> None:
        (reply,) = self.back(Bench())
        assert reply.first == b"SIP/2.0 482 Loop Detected"
        assert len(reply.values(b"Via")) == 3

    @pytest.mark.parametrize(
        "change",
        [
            (b"INVITE sip:bob@", b"INVITE sip:carol@"),
            (b"Max-Forwards:", b"Route: <sip:elsewhere.example.org;lr>\r\nMax-Forwards:"),
            (b"From: <sip:alice@", b"From: <sip:carol@"),
            (b"Call-ID: ", b"Call-ID: other"),
            (b"CSeq: 1 ", b"CSeq: 2 "),
            (b"Via: SIP/2.0/UDP 192.0.2.100:5060", b"Via: SIP/2.0/UDP 192.0.2.101:5060"),  # the mark of another proxy
        ],
    )
    def test_a_spiral_is_relayed(self, change: tuple[bytes, bytes]) -> None:
        assert words(self.back(Bench(), change=change)) == [b"100", b"INVITE"]

    def test_a_route_that_differs_in_a_further_line_is_a_spiral(self) -> None:
        routes = b"Route: <sip:192.0.2.100;lr>\r\nRoute: <sip:198.51.100.1;lr>\r\n"
        back = (b"Route: <sip:198.51.100.1;lr>", b"Route: <sip:192.0.2.100;lr>\r\nRoute: <sip:198.51.100.2;lr>")
        assert words(self.back(Bench(relay()), headers=routes, change=back)) == [b"100", b"INVITE"]

    def test_where_the_source_decides_one_from_elsewhere_is_no_loop(self) -> None:
        bench = Bench()
        bench.router.by_source = True
        once = self.back(bench)
        assert words(once) == [b"100", b"INVITE"]
        at = once[-1].data.index(b"Via:")
        again = once[-1].data[:at] + b"Via: SIP/2.0/UDP 198.51.100.1;branch=z9hG4bKagain\r\n" + once[-1].data[at:]
        assert words(bench.receive(again, ("198.51.100.1", 5060))) == [b"482"]


class TestDatagrams:
    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"\r\n\r\n\r\n",
            b"hello",
            b"\0" * 50,
            b"SIP/2.0 200 OK\r\n\r\n",
            b"SIP/2.0 999 What\r\nVia: SIP/2.0/UDP 192.0.2.1\r\n\r\n",
            request(b"ACK", uri=b"sip:@@"),
            request().replace(b"Via:", b"X:"),
        ],
    )
    def test_what_cannot_be_answered_is_counted(self, data: bytes) -> None:
        bench = Bench()
        assert bench.receive(data) == []
        counted = {name: count for name, count in bench.counters.items() if count}
        assert counted == {"received_malformed": 1}

    def test_a_malformed_request_counts_as_that_alone(self) -> None:
        bench = Bench()
        bench.receive(request(to=b'"'))
        counted = {name: count for name, count in bench.counters.items() if count}
        assert counted == {"received_malformed": 1, "replied": 1}

    def test_requests_and_responses_are_counted(self) -> None:
        bench = Bench()
        bench.answer(bench.receive(request())[-1], 200)
        assert (bench.counters["received_requests"], bench.counters["received_responses"]) == (1, 1)

    def test_an_answer_over_ipv6_says_where_the_request_came_from(self) -> None:
        bench = Bench(listeners=(IPV6,))
        (reply,) = bench.receive(request(uri=b"mailto:x@y", branch=b";branch=z9hG4bK1;rport"), ("2001:db8::5", 6000))
        assert reply.address == ("2001:db8::5", 6000)
        assert reply.values(b"Via") == [b"SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bK1;rport=6000;received=2001:db8::5"]

    @given(st.data())
    def test_nothing_in_a_datagram_raises(self, data: st.DataObject) -> None:
        source = data.draw(
            st.sampled_from([request(), request(headers=b"Route: <sip:192.0.2.100;lr>,<sip:a>\r\n"), request(b"ACK")])
        )
        start = data.draw(st.integers(0, len(source)))
        end = data.draw(st.integers(start, min(start + 20, len(source))))
        middle = data.draw(st.binary(max_size=8) | st.sampled_from([b"\r\n", b"<", b'"', b",", b";", b"\r\n ", b"SIP/2.0"]))
        bench = Bench(relay())
        for sent in bench.receive(source[:start] + middle + source[end:]):
            if sent.word != b"400":  # That one lacks what its request lacks.
                parse(sent.data)
        bench.wait(0.02)


class TestStrangers:
    """Who may not call learns nothing, if the router says so."""

    @pytest.mark.parametrize(
        "data",
        [
            request(),
            request(uri=b"mailto:bob@example.org"),
            request(headers=b"Max-Forwards: 0\r\n"),
            request(headers=b"Proxy-Require: foo\r\n"),
            request(b"CANCEL"),
            request().replace(b"SIP/2.0\r\n", b"SIP/3.0\r\n", 1),
            request(headers=b"Content-Length: 99\r\n"),
        ],
    )
    @pytest.mark.parametrize("key", [b"", b"k"])
    def test_nothing_is_answered(self, data: bytes, key: bytes) -> None:
        bench = Bench(key=key) if key else Bench()
        bench.router.refusal = Discard("outsiders")
        assert bench.receive(data) == []
        assert bench.counters["outsiders"] + bench.counters["received_malformed"] == 1
        assert bench.router.contexts == []

    def test_or_what_the_router_answers(self) -> None:
        bench = Bench()
        bench.router.refusal = Reply(403)
        assert words(bench.receive(request(headers=b"Max-Forwards: 0\r\n"))) == [b"403"]
        assert words(bench.receive(request(b"CANCEL"))) == [b"403"]

    def test_inside_a_dialog_the_router_decides_by_more_than_the_source(self) -> None:
        bench = Bench()
        bench.router.refusal = Discard("outsiders")
        assert words(bench.receive(request(b"BYE", to=b"<sip:bob@example.org>;tag=b"))) == [b"BYE"]


class TestStun:
    """Phones keep their NAT's mapping by it (RFC 5626 8)."""

    REQUEST = bytes.fromhex("000100002112a442") + b"transaction!"

    @pytest.mark.parametrize("key", [None, b"k"])
    def test_a_callers_keep_alive_is_answered_and_no_message(self, key: bytes | None) -> None:
        bench = Bench(key=key)
        [answer] = bench.receive(self.REQUEST)
        assert (answer.address, answer.data[:2], answer.data[8:20]) == (CALLER, b"\x01\x01", b"transaction!")
        assert (bench.counters["received_keepalives"], bench.counters["received_malformed"]) == (1, 0)

    def test_strangers_get_none(self) -> None:
        bench = Bench()
        for refusal in (Discard("outsiders"), Reply(403)):
            bench.router.refusal = refusal
            assert bench.receive(self.REQUEST) == []
        assert (bench.counters["received_keepalives"], bench.counters["received_malformed"]) == (0, 2)

    def test_nor_does_anybody_where_it_is_off_nor_by_a_connection(self) -> None:
        assert Bench(stun=False).receive(self.REQUEST) == []
        tcp = Listener("tcp", "192.0.2.100", 5060)
        assert Bench(listeners=(tcp,)).receive(self.REQUEST) == []

    def test_what_only_begins_like_it_is_malformed(self) -> None:
        bench = Bench()
        assert bench.receive(self.REQUEST[:-1]) == []
        assert bench.counters["received_malformed"] == 1


class TestOverload:
    @pytest.mark.parametrize("key", [None, b"k" * 32])
    def test_the_share_of_new_calls_is_refused_each_with_one_fate(self, key: bytes | None) -> None:
        bench = Bench(key=key)
        bench.proxy.shed = 0.25
        refusals = 0
        for number in range(400):
            data = request(branch=b";branch=z9hG4bK%d" % number, call_id=b"call-%d" % number)
            sent = bench.receive(data)
            refused = words(sent) == [b"503"]
            refusals += refused
            if refused:
                assert sent[0].values(b"Retry-After") == [b"10"]
                assert words(bench.receive(data)) == [b"503"]
        assert 60 < refusals < 140
        assert bench.counters["overloaded"] == 2 * refusals

    def test_what_belongs_to_a_call_gets_through(self) -> None:
        bench = Bench()
        bench.proxy.shed = 1.0
        assert words(bench.receive(request(to=b"<sip:bob@example.org>;tag=b"))) == [b"100", b"INVITE"]
        assert words(bench.receive(request(b"BYE", branch=b";branch=z9hG4bKbye", to=b"<sip:bob@example.org>;tag=b"))) == [b"BYE"]
        assert words(bench.receive(request(b"OPTIONS", branch=b";branch=z9hG4bKo"))) == [b"OPTIONS"]

    def test_a_call_under_way_is_not_refused_when_it_comes_again(self) -> None:
        bench = Bench()
        bench.receive(request())
        bench.proxy.shed = 1.0
        assert words(bench.receive(request())) == [b"100"]

    def test_strangers_learn_nothing_from_it(self) -> None:
        bench = Bench(Discard("outsiders"))
        bench.router.refusal = Discard("outsiders")
        bench.proxy.shed = 1.0
        assert bench.receive(request()) == []
