"""Requests of every kind that makes a difference to what is read from them."""

from __future__ import annotations

import random

from tests.routing.requests import HERE
from txdispatcher.proxy.context import Context
from txdispatcher.sip.message import Request, parse
from txdispatcher.sip.via import parse_via


def context_of(data: bytes, source: tuple[str, int] = ("127.0.0.1", 5070)) -> Context:
    request = parse(data)
    assert isinstance(request, Request)
    return Context(request, parse_via(data, request.via_start, request.via_end), source, HERE)


def invite(
    *more: bytes,
    uri: bytes = b"sip:a@example.com",
    caller: bytes = b"From: <sip:b@example.com>;tag=1",
    callee: bytes = b"To: <sip:c@example.com>",
    call_id: bytes = b"Call-ID: 1@example.com",
    branch: bytes = b"z9hG4bK1",
    method: bytes = b"INVITE",
) -> bytes:
    via = b"Via: SIP/2.0/UDP 127.0.0.1:9;rport;branch=" + branch
    lines = [b"%b %b SIP/2.0" % (method, uri), via, caller, callee, call_id, b"CSeq: 1 " + method, b"Max-Forwards: 70", *more]
    return b"\r\n".join([*lines, b"Content-Length: 0", b"", b""])


_HOSTS = (b"example.com", b"Example.COM", b"10.0.0.1", b"[2001:db8::1]", b"[2001:DB8::A]", b"a.b")
_USERS = (
    b"alice",
    b"Alice",
    b"+1-201-555-0123",
    b"a%40b",
    b"%61lice",
    b"x;cpc=y",
    b"a&=+$,?/b",
    b"*67",
    b"1000",
    b"a.b!c~d'e(f)",
)
_PORTS = (b"", b":5060", b":5061", b":5070", b":65535", b":05060")
_PARAMS = (b"", b";user=phone", b";transport=tcp", b";lr;x=y", b";TRANSPORT=UDP;method=INVITE")
_HEADERS = (b"", b"", b"?Subject=x&y=z")


def any_uri(rng: random.Random, *, whole: bool = True) -> bytes:
    """A sip, sips or tel URI; without parameters and headers unless `whole`, since outside brackets they are the header's."""
    if rng.randrange(8) == 0:
        return b"tel:" + rng.choice((b"+12015550123", b"+1-201-555-0123", b"7042;phone-context=example.com")[: 3 if whole else 2])
    scheme = rng.choice((b"sip", b"sip", b"sip", b"sips", b"SIP"))
    user = rng.choice(_USERS) if rng.randrange(5) else b""
    if not whole:
        user = user.partition(b";")[0].partition(b"?")[0]
    password = b":pass" if user and rng.randrange(5) == 0 else b""
    uri = scheme + b":" + user + password + (b"@" if user else b"") + rng.choice(_HOSTS) + rng.choice(_PORTS)
    return uri + (rng.choice(_PARAMS) + rng.choice(_HEADERS) if whole else b"")


def any_address(rng: random.Random, name: bytes, compact: bytes, tag: bytes) -> bytes:
    """A From or To line."""
    kind = rng.randrange(5)
    if kind == 0:
        value = any_uri(rng, whole=False)
    else:
        display = (b"", b"Alice ", b'"Alice" ', b'"a <sip:x@y>, \\"b\\"; c"')[kind - 1]
        value = display + b"<" + any_uri(rng) + b">"
    head = rng.choice((name + b": ", name.upper() + b":", compact + b" : ", name + b":\r\n\t"))
    return head + value + tag


def any_credentials(rng: random.Random) -> list[bytes]:
    name = rng.choice((b"Authorization", b"Proxy-Authorization"))
    username = rng.choice((b"alice", b"alice@example.com", b"Al ice", b"+1201", b"a:b", b'a\\"b'))
    tail = b'nonce="n", uri="sip:r", response="0123456789abcdef0123456789abcdef"'
    return rng.choice(
        (
            [],
            [b'%b: Digest username="%b", realm="r", %b' % (name, username, tail)],
            [b'%b: digest realm="r",%b,USERNAME="%b"' % (name, tail, username)],
            [
                b'Authorization: Digest username="one", realm="r", %b' % tail,
                b'Proxy-Authorization: Digest username="two", realm="r", %b' % tail,
            ],
        )
    )


def any_call_id(rng: random.Random, number: int) -> bytes:
    name = rng.choice((b"Call-ID: ", b"i:", b"CALL-ID :\t", b"Call-ID:\r\n "))
    return name + b"%d%b" % (number, rng.choice((b"@Example.com", b"-a.b~c", b"", b"@[2001:db8::1]")))
