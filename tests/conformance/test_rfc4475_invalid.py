"""RFC 4475 3.1.2: messages that are wrong. Each is refused, or, where a proxy need not care, sent on as it came."""

from __future__ import annotations

import pytest

from tests.conformance.torture import INVITE, answered, discarded, message, refused, relayed
from tests.proxy.bench import Bench, words


def wrong(start_line: str = "INVITE sip:user@example.com SIP/2.0", **fields: str) -> bytes:
    """A message whose `fields` (names with _ for -) replace those of a plain one."""
    plain = {
        "Via": "SIP/2.0/UDP 192.0.2.15;branch=z9hG4bKwrong",
        "Max-Forwards": "70",
        "From": "<sip:caller@example.net>;tag=33242",
        "To": "sip:user@example.com",
        "Call-ID": "wrong@192.0.2.15",
        "CSeq": "8 " + start_line.split()[0],
        "Content-Length": "0",
    }
    plain |= {name.replace("_", "-"): value for name, value in fields.items()}
    return message("\n".join([start_line, *(f"{name}: {value}" for name, value in plain.items())]))


def test_3_1_2_1_badinv01_separators_with_nothing_between() -> None:
    data = wrong(Via="SIP/2.0/UDP 192.0.2.15;;,;,,", Contact='"Joe" <sip:joe@example.org>;;;;')
    answer = refused(data, b"400")
    assert answer.values(b"Via") == [b"SIP/2.0/UDP 192.0.2.15;;;received=192.0.2.1,;,,"]


def test_3_1_2_2_clerr_content_length_larger_than_the_message() -> None:
    refused(wrong(Content_Type="application/sdp", Content_Length="9999") + b"v=0\r\n", b"400")


def test_3_1_2_3_ncl_a_negative_content_length() -> None:
    refused(wrong(Content_Length="-999"), b"400")


@pytest.mark.parametrize(
    "fields",
    [
        {"CSeq": "36893488147419103232 REGISTER"},
        {"Max_Forwards": "300"},
        {"Expires": "10" * 50, "Contact": "<sip:user@host129.example.com>;expires=" + "280297596632815"},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_3_1_2_4_scalar02_numbers_that_are_too_large_in_a_request(fields: dict[str, str]) -> None:
    data = wrong("REGISTER sip:example.com SIP/2.0", **fields)
    if "Expires" in fields:
        relayed(data)  # A registrar's to judge.
    else:
        answer = refused(data, b"400")
        assert answer.values(b"CSeq") == [fields.get("CSeq", "8 REGISTER").encode()]


def test_3_1_2_5_scalarlg_numbers_that_are_too_large_in_a_response() -> None:
    text = """
        SIP/2.0 503 Service Unavailable
        {vias}
        Call-ID: answered@phone.example.com
        CSeq: %s INVITE
        From: <sip:alice@example.com>;tag=alice
        To: <sip:bob@example.com>;tag=2229
        Retry-After: 949302838503028349304023988
        Warning: 1812 overture "In Progress"
        Content-Length: 0
        """
    assert answered(text % "9292394834772304023312") == []
    # Retry-After and Warning are for the caller.
    assert words(answered(text % "1")) == [b"ACK", b"500"]


def test_3_1_2_6_quotbal_a_quote_without_an_end() -> None:
    answer = refused(wrong(To='"Mr. J. User <sip:j.user@example.com>'), b"400")
    assert answer.values(b"To") == [b'"Mr. J. User <sip:j.user@example.com>']


def test_3_1_2_7_ltgtruri_a_request_uri_in_angle_brackets() -> None:
    refused(wrong("INVITE <sip:user@example.com> SIP/2.0"), b"400")


def test_3_1_2_8_lwsruri_a_request_uri_with_a_blank() -> None:
    refused(wrong("INVITE sip:user@example.com; lr SIP/2.0"), b"400")


def test_3_1_2_9_lwsstart_two_blanks_in_the_request_line() -> None:
    refused(wrong("INVITE  sip:user@example.com  SIP/2.0"), b"400")


def test_3_1_2_10_trws_blanks_behind_the_version() -> None:
    refused(wrong("OPTIONS sip:remote-target@example.com SIP/2.0  ", CSeq="8 OPTIONS"), b"400")


def test_3_1_2_11_escruri_headers_in_the_request_uri() -> None:
    # They must not become headers of what is sent on, nor stay; we do not guess, and refuse.
    refused(wrong("INVITE sip:user@example.com?Route=%3Csip:example.com%3E SIP/2.0"), b"400")


def test_3_1_2_12_baddate_a_zone_that_is_not_gmt() -> None:
    assert relayed(wrong(Date="Fri, 01 Jan 2010 16:00:00 EST")).values(b"Date") == [b"Fri, 01 Jan 2010 16:00:00 EST"]


def test_3_1_2_13_regbadct_a_contact_that_needs_angle_brackets() -> None:
    # The registrar's to refuse.
    relayed(wrong("REGISTER sip:example.com SIP/2.0", Contact="sip:user@example.com?Route=%3Csip:sip.example.com%3E"))


def test_3_1_2_14_badaspec_blanks_within_angle_brackets() -> None:
    # It may be refused; that it can be understood is enough for us.
    relayed(wrong("OPTIONS sip:user@example.org SIP/2.0", To='"Watson, Thomas" < sip:t.watson@example.org >'))


def test_3_1_2_15_baddn_a_comma_in_a_name_without_quotes() -> None:
    relayed(wrong("OPTIONS sip:t.watson@example.org SIP/2.0", From="Bell, Alexander <sip:a.g.bell@example.com>;tag=43"))


def test_3_1_2_16_badvers_another_version() -> None:
    refused(wrong("OPTIONS sip:t.watson@example.org SIP/7.0"), b"505")


def test_3_1_2_17_mismatch01_cseq_names_another_method() -> None:
    refused(wrong("OPTIONS sip:user@example.com SIP/2.0", CSeq="8 INVITE"), b"400")


def test_3_1_2_18_mismatch02_cseq_names_another_method_than_an_unknown_one() -> None:
    refused(wrong("NEWMETHOD sip:user@example.com SIP/2.0", CSeq="8 INVITE"), b"400")


def test_3_1_2_19_bigcode_a_status_of_ten_digits() -> None:
    text = """
        SIP/2.0 4294967301 better not break the receiver
        Via: SIP/2.0/UDP 192.0.2.100:5060;branch=z9hG4bKinst1
        From: <sip:user@example.com>;tag=233242
        To: <sip:user@example.edu>;tag=2229
        Call-ID: bigcode
        CSeq: 35 INVITE
        Content-Length: 0
        """
    discarded(message(text))
    assert answered(text.replace("Via: SIP/2.0/UDP 192.0.2.100:5060;branch=z9hG4bKinst1", "{vias}")) == []


def test_the_call_of_the_answers_above_is_one_that_is_answered() -> None:
    assert words(Bench().receive(message(INVITE))) == [b"100", b"INVITE"]
