from __future__ import annotations

import pytest

from txdispatcher.sip import headers
from txdispatcher.sip.headers import OTHER, header_id


@pytest.mark.parametrize(
    ("names", "number"),
    [
        (["Via", "v", "V", "VIA", "vIa"], headers.VIA),
        (["From", "f", "F", "FROM"], headers.FROM),
        (["To", "t", "T", "tO"], headers.TO),
        (["Call-ID", "i", "I", "Call-Id", "call-id"], headers.CALL_ID),
        (["CSeq", "CSEQ", "cseq"], headers.CSEQ),
        (["Max-Forwards", "MaX-fOrWaRdS"], headers.MAX_FORWARDS),
        (["Route", "ROUTE"], headers.ROUTE),
        (["Record-Route", "record-route"], headers.RECORD_ROUTE),
        (["Content-Length", "l", "L", "content-length"], headers.CONTENT_LENGTH),
        (["Contact", "m", "M"], headers.CONTACT),
        (["Proxy-Require"], headers.PROXY_REQUIRE),
        (["Proxy-Authorization"], headers.PROXY_AUTHORIZATION),
        (["Authorization"], headers.AUTHORIZATION),
        (["WWW-Authenticate", "www-authenticate"], headers.WWW_AUTHENTICATE),
        (["Proxy-Authenticate"], headers.PROXY_AUTHENTICATE),
        (["Timestamp"], headers.TIMESTAMP),
        (["Expires"], headers.EXPIRES),
        (["Subject", "s", "User-Agent", "Content-Type", "c", "X-Via", "Vi", "Via ", "r", ""], OTHER),
    ],
)
def test_names_whatever_their_case(names: list[str], number: int) -> None:
    for name in names:
        data = b"xx" + name.encode() + b": Via"
        assert header_id(data, 2, 2 + len(name)) == number
