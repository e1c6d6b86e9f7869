"""RFC 4475 3.2 to 3.4: what is right or wrong above syntax, and what an RFC 2543 client sends."""

from __future__ import annotations

import pytest

from tests.conformance.test_rfc4475_invalid import wrong
from tests.conformance.torture import discarded, message, refused, relayed
from tests.proxy.bench import Bench, words

REGISTER = "REGISTER sip:example.com SIP/2.0"
OPTIONS = "OPTIONS sip:user@example.com SIP/2.0"


def test_3_2_1_badbranch_a_cookie_and_nothing_behind_it() -> None:
    # Two calls that share it are two transactions: it tells nothing.
    bench = Bench()
    first = wrong(OPTIONS, Via="SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK")
    assert words(bench.receive(first)) == [b"OPTIONS"]
    assert words(bench.receive(first.replace(b"wrong@", b"another@"))) == [b"OPTIONS"]
    assert bench.receive(first) == []
    assert bench.counters["retransmissions_absorbed"] == 1


def test_3_3_1_insuf_no_call_id_from_or_to() -> None:
    data = message(
        """
        INVITE sip:user@example.com SIP/2.0
        CSeq: 193942 INVITE
        Via: SIP/2.0/UDP 192.0.2.95;branch=z9hG4bKkdj.insuf
        Content-Type: application/sdp
        l: 0
        """
    )
    answer = refused(data, b"400")
    assert answer.values(b"CSeq") == [b"193942 INVITE"]
    assert answer.first.endswith(b"missing: From, To, Call-ID")


def test_3_3_2_unkscm_a_scheme_that_nobody_knows() -> None:
    refused(wrong("OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0"), b"416")


def test_3_3_3_novelsc_a_scheme_that_is_not_for_sip() -> None:
    refused(wrong("OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0"), b"416")


def test_3_3_4_unksm2_unknown_schemes_in_fields() -> None:
    relayed(wrong(REGISTER, To="isbn:2983792873", From="<http://www.example.com>;tag=3234233", Contact="<name:John_Smith>"))


def test_3_3_5_bext01_proxy_require_and_require() -> None:
    data = wrong(
        OPTIONS,
        Require="nothingSupportsThis, nothingSupportsThisEither",
        Proxy_Require="noProxiesSupportThis, norDoAnyProxiesSupportThis",
    )
    # Require is for the other end.
    assert refused(data, b"420").values(b"Unsupported") == [b"noProxiesSupportThis, norDoAnyProxiesSupportThis"]


def test_3_3_6_invut_a_content_type_that_nobody_knows() -> None:
    data = (
        wrong(Content_Type="application/unknownformat", Content_Length="42")
        + b"<audio>\r\n <pcmu port='443'/>\r\n</audio>\r\n\r\n"
    )
    relayed(data)


def test_3_3_7_regaut01_an_authorization_scheme_that_nobody_knows() -> None:
    relayed(wrong(REGISTER, Authorization="NoOneKnowsThisScheme opaque-data=here"))


@pytest.mark.parametrize(
    "field", ["CSeq: 8 INVITE", "Call-ID: again", "From: <sip:two@example.com>;tag=2", "To: <sip:two>", "Max-Forwards: 5"]
)
def test_3_3_8_multi01_fields_that_may_stand_once_stand_twice(field: str) -> None:
    refused(wrong().replace(b"\r\n\r\n", b"\r\n%b\r\n\r\n" % field.encode()), b"400")


def test_3_3_9_mcl01_two_content_lengths() -> None:
    data = wrong(OPTIONS, Content_Length="13").replace(
        b"\r\n\r\n", b"\r\nContent-Length: 5\r\n\r\nThere's no way to know how many octets."
    )
    refused(data, b"400")


def test_3_3_10_bcast_a_response_whose_topmost_via_is_not_ours() -> None:
    data = message(
        """
        SIP/2.0 200 OK
        Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923
        Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1saber23
        Call-ID: bcast.0384840201234ksdfak3j2erwedfsASdf
        CSeq: 35 INVITE
        From: sip:user@example.com;tag=11141343
        To: sip:user@example.edu;tag=2229
        Content-Length: 0
        """
    )
    discarded(data, counter="stray_responses")
    # Nor does a stateless proxy send anything to 255.255.255.255 because somebody wrote our address on top.
    ours = data.replace(b"192.0.2.198;", b"192.0.2.100:5060;")
    bench = Bench(key=b"k" * 32)
    assert bench.receive(ours) == []
    assert bench.counters["stray_responses"] == 1


def test_3_3_11_zeromf_no_hops_left() -> None:
    refused(wrong(OPTIONS, Max_Forwards="0"), b"483")


def test_3_3_12_cparam01_a_contact_with_an_unknown_parameter_of_its_own() -> None:
    relayed(wrong(REGISTER, Contact="sip:+19725552222@gw1.example.net;unknownparam"))


def test_3_3_13_cparam02_a_contact_with_an_unknown_parameter_of_its_uri() -> None:
    relayed(wrong(REGISTER, Contact="<sip:+19725552222@gw1.example.net;unknownparam>"))


def test_3_3_14_regescrt_a_contact_with_headers_in_its_uri() -> None:
    relayed(wrong(REGISTER, Contact="<sip:user@example.com?Route=%3Csip:sip.example.com%3E>"))


def test_3_3_15_sdp01_an_accept_without_what_is_sent() -> None:
    relayed(wrong(Content_Type="application/sdp", Accept="text/nobodyKnowsThis", Content_Length="5") + b"v=0\r\n")


def test_3_4_1_inv2543_no_tags_no_cookie_no_max_forwards() -> None:
    data = message(
        """
        INVITE sip:UserB@example.com SIP/2.0
        Via: SIP/2.0/UDP iftgw.example.com
        From: <sip:+13035551111@ift.client.example.net;user=phone>
        Record-Route: <sip:UserB@example.com;maddr=ss1.example.com>
        To: sip:+16505552222@ss1.example.net;user=phone
        Call-ID: inv2543.1717@ift.client.example.com
        CSeq: 56 INVITE
        Content-Type: application/sdp
        """,
        b"v=0\r\n",
    )
    left = relayed(data)
    assert left.values(b"Max-Forwards") == [b"70"]
    # Its retransmission is known, and so is another call's.
    bench = Bench()
    assert words(bench.receive(data)) == [b"100", b"INVITE"]
    assert words(bench.receive(data)) == [b"100"]
    assert words(bench.receive(data.replace(b"CSeq: 56", b"CSeq: 57"))) == [b"100", b"INVITE"]
