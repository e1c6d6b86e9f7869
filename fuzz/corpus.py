"""Well-formed messages and URIs that are unlike one another: what mutations start from, and what tests must see accepted.

The unusual ones take their ideas from RFC 4475 (SIP torture test messages) and RFC 5118 (the same for IPv6).
"""

from __future__ import annotations


def message(*lines: bytes, body: bytes = b"") -> bytes:
    """The lines of a header, each with its CRLF, the blank line and a body."""
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


PLAIN = message(
    b"INVITE sip:bob@192.0.2.10:5070;transport=udp SIP/2.0",
    b"Via: SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bK-524287-1---ab12",
    b"Max-Forwards: 70",
    b'From: "Alice" <sip:alice@example.com>;tag=9fxced76sl',
    b"To: <sip:bob@example.com>",
    b"Call-ID: 3848276298220188511@192.0.2.1",
    b"CSeq: 1 INVITE",
    b"Contact: <sip:alice@192.0.2.1:5060>",
    b"Allow: INVITE, ACK, CANCEL, BYE",
    b"Content-Type: application/sdp",
    b"Content-Length: 14",
    body=b"v=0\r\no=- 1 1\r\n",
)

#: Folds everywhere, blanks before colons, odd case, compact names, quoted quotes, an empty value, several values in a line.
TORTUOUS = message(
    b"INVITE sip:vic@proxy.example.com;odd SIP/2.0",
    b"TO :\r\n sip:vic@proxy.example.com ;   tag    = 1918",
    b'from   : "J, \\"Quoted\\" <R>"       <sip:jr@example.com>\r\n  ;\r\n  tag = 98asjd8',
    b"MaX-fOrWaRdS: 0068",
    b"i: odd.one@192.0.2.1",
    b"l   : 10",
    b"cseq: 0009\r\n  INVITE",
    b"Via  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw",
    b"s :",
    b"NewField:   a value\r\n that goes on\r\n\t and on",
    b"UnknownValue: ;;,,;;,;",
    b"Route:\r\n <sip:services.example.com;lr;with=value;without>",
    b"v:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n"
    b" SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239",
    b'm:"Quoted \\"\\"" <sip:jr@example.com> ; newparam =\r\n      newvalue ;\r\n  secondparam ; q = 0.33',
    body=b" starts \t\n",
)

#: Every kind of byte that a token, a quoted string, a Call-ID and a user part may hold.
WIDE = message(
    b"!odd-Method0123456789_*+`.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1@example.com SIP/2.0",
    b"Via: SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~",
    b'To: "BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f" <sip:1_unusual.URI~(to-be!sure)@example.com>',
    b"From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>\r\n"
    b" ;param'~+*_!.-%=\"\xd1\x80\xd0\xb0;\xd1\x82\";tag=_token~1'+`*%!-.",
    b"Call-ID: word%ZK-!.*_+'@word`~)(><:\\/\"][?}{",
    b"CSeq: 139122385 !odd-Method0123456789_*+`.%indeed'~",
    b"Max-Forwards: 255",
    b"header-!.%*+_`'~:\xef\xbb\xbf\xe5\xa4\xa7\xe5\x81\x9c\xe9\x9b\xbb",
)

ROUTED = message(
    b"BYE sip:[2001:db8::9]:5070 SIP/2.0",
    b"Route: <sip:[2001:db8::1];lr>, <sip:p2.example.com;lr> ,\r\n sip:strict.example.com",
    b"Route: <sip:p4.example.com;lr>",
    b"Via: SIP/2.0/UDP [2001:db8::9]:5070 ;rport=5070;received=[2001:db8::9];branch=z9hG4bKas3-111",
    b"Via: SIP/2.0/TLS a.example.com, SIP/2.0/SCTP b.example.com:9",
    b"Record-Route: <sip:rr.example.com;lr>",
    b"Max-Forwards: 0",
    b"f: sip:alice@[2001:db8::7];tag=1",
    b"t: <tel:+1-212-555-0101>;tag=2",
    b"Call-ID: routed@example.com",
    b"CSeq: 2147483647 BYE",
    b"Proxy-Require: one, two",
    b"Content-Length: 0",
)

RESPONSE = message(
    b"SIP/2.0 200 = 2**3 * 5**2 \xd0\xbd\xd0\xbe",
    b"Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKours, SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKtheirs;received=192.0.2.7",
    b"From: <sip:alice@example.com>;tag=1",
    b"To: <sip:bob@example.com>;tag=2",
    b"Call-ID: response@example.com",
    b"CSeq: 1 INVITE",
    b"Contact: <sip:bob@192.0.2.10>",
    b"Content-Length: 0",
)

NO_REASON = message(
    b"SIP/2.0 100 ",
    b"v: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKx",
    b"f: <sip:a@example.com>;tag=1",
    b"t: <sip:b@example.com>",
    b"i: x",
    b"CSeq: 0 OPTIONS",
)

#: RFC 2543 still: no cookie, no tag, no Max-Forwards; and no Content-Length either.
OLD = message(
    b"\r\n\r\nOPTIONS sip:b.example.com SIP/2.0",
    b"Via: SIP/2.0/UDP gw.example.com",
    b"From: sip:+13035551111@gw.example.com;user=phone",
    b"To: sip:b.example.com",
    b"Call-ID: old@gw.example.com",
    b"CSeq: 1 OPTIONS",
    b"Timestamp: 54",
    body=bytes(range(256)),
)

MESSAGES = [PLAIN, TORTUOUS, WIDE, ROUTED, RESPONSE, NO_REASON, OLD]

URIS = [
    b"sip:alice@example.com",
    b"SIPS:alice:secret@Example.COM:5061;transport=tcp;lr?subject=a&priority=urgent",
    b"sip:user;par=u%40example.net@example.com",
    b"sip:[2001:db8::10]:5070;lr",
    b"sip:192.0.2.1",
    b"sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1@example.com",
    b"tel:+1-212-555-0101;phone-context=example.com",
    b"urn:service:sos",
    b"soap.beep://192.0.2.103:3002",
]
