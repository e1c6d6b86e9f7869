"""Functions of the module sanity."""

from __future__ import annotations

import re

from txdispatcher.errors import ParseError
from txdispatcher.proxy.context import SCHEMES, unsupported
from txdispatcher.routing.script.functions_transaction import FALSE, TRUE, t_reply
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.table import REPLY, REQUEST, function
from txdispatcher.routing.variables import note, noted
from txdispatcher.sip.address import address_uri, param_span
from txdispatcher.sip.headers import AUTHORIZATION, CONTACT, EXPIRES, PROXY_AUTHORIZATION
from txdispatcher.sip.message import Request
from txdispatcher.sip.uri import parse_uri

#: Bits of the first argument: what we check. The others hold for whatever `sip.message` takes.
_RURI_SCHEME, _EXPIRES, _PROXY_REQUIRE, _URIS, _DIGEST, _TAGS, _AUTHORIZATION = 2, 256, 512, 1024, 2048, 4096, 8192
#: Bits of the second.
_FROM, _TO, _CONTACT = 2, 4, 8
#: What a request is noted under that has failed without an answer.
_INSANE = "sanity"

_DIGEST_PARAM = re.compile(rb'\s*(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))\s*(?:,|$)')
#: What credentials have (RFC 3261 25.1, RFC 7616 3.4).
_DIGEST_NEEDS = (b"username", b"realm", b"nonce", b"uri", b"response")


@function("sanity", (REQUEST, REPLY))
def sanity_check(run: Run, checks: int = -1, uris: int = -1) -> int:
    """Check what `checks` has bits for, and answer what fails (unless `noreply`); it ends the script too, with `autodrop`.

    2 the Request-URI's scheme, 256 Expires, 512 Proxy-Require, 1024 the `uris` (1 Request-URI, 2 From, 4 To, 8 Contact), 2048
    credentials, which must be Digest, 4096 a second tag in From or To, 8192 credentials, if they are Digest. What the other bits
    ask for holds for whatever comes to a script: the rest gets a 400 or 505, and what is over Content-Length is cut off. Without
    them `default_checks` and `uri_checks` are checked.
    """
    settings = run.shared.modules.settings.sanity
    checks = settings.default_checks if checks < 0 else checks
    uris = settings.uri_checks if uris < 0 else uris
    request = run.request
    if checks & _RURI_SCHEME and run.context.uri.scheme not in SCHEMES:
        return _insane(run, 416, b"Unsupported URI Scheme in Request URI")
    if checks & _EXPIRES and not _expires(request):
        return _insane(run, 400, b"Expires value is illegal")
    if checks & _PROXY_REQUIRE:
        tags = unsupported(request)
        if tags:
            run.reply_headers += b"Unsupported: %b\r\n" % b", ".join(tags)
            return _insane(run, 420, b"Bad Proxy Require Extension")
    wrong = _bad_uri(run, uris) if checks & _URIS else b""
    if not wrong and checks & (_DIGEST | _AUTHORIZATION):
        wrong = _bad_credentials(request, others=not checks & _DIGEST)
    if not wrong and checks & _TAGS:
        wrong = _second_tag(request)
    return _insane(run, 400, wrong) if wrong else TRUE


@function("sanity", (REQUEST, REPLY))
def sanity_reply(run: Run) -> int:
    """Answer what sanity_check() has found, where `noreply` has kept it from answering."""
    found = noted(run.context, _INSANE)
    if isinstance(found, tuple):
        _answer(run, *found)
    return TRUE


def _insane(run: Run, status: int, reason: bytes) -> int:
    settings = run.shared.modules.settings.sanity
    if settings.noreply:
        note(run.context, _INSANE, (status, reason, run.reply_headers))
    else:
        _answer(run, status, reason, run.reply_headers)
    return 0 if settings.autodrop else FALSE


def _answer(run: Run, status: int, reason: bytes, headers: bytes) -> None:
    if run.request.method != b"ACK":
        run.reply_headers = headers
        t_reply(run, status, reason)


def _expires(request: Request) -> bool:
    """Whether Expires, if it is there, is a number of seconds (20.19)."""
    for _, start, end in request.lines(EXPIRES):
        value = request.data[start:end]
        if not value.isdigit() or int(value) >= 2**32:
            return False
    return True


def _bad_uri(run: Run, uris: int) -> bytes:
    """Which URI is none, as a reason phrase."""
    request = run.request
    data = request.data
    # The Request-URI has been taken apart before the request came to a script.
    if uris & _FROM and not _is_address(data, request.from_start, request.from_end):
        return b"Bad From URI"
    if uris & _TO and not _is_address(data, request.to_start, request.to_end):
        return b"Bad To URI"
    if uris & _CONTACT:
        for start, end in request.values(CONTACT):
            if data[start:end] != b"*" and not _is_address(data, start, end):
                return b"Bad Contact URI"
    return b""


def _is_address(data: bytes, start: int, end: int) -> bool:
    try:
        first, last, _ = address_uri(data, start, end)
    except ParseError:
        return False
    return _is_uri(data[first:last])


def _is_uri(text: bytes) -> bool:
    try:
        parse_uri(text)
    except ParseError:
        return False
    return True


def _bad_credentials(request: Request, *, others: bool) -> bytes:
    """What is wrong with Authorization and Proxy-Authorization. `others`: schemes other than Digest may be there."""
    if not request.present & (1 << AUTHORIZATION | 1 << PROXY_AUTHORIZATION):
        return b""
    for field in (AUTHORIZATION, PROXY_AUTHORIZATION):
        for _, start, end in request.lines(field):
            scheme, _, text = request.data[start:end].partition(b" ")
            if scheme.lower() != b"digest":
                if others:
                    continue
                return b"Bad Auth Header"
            params: dict[bytes, bytes] = {}
            at = 0
            while at < len(text):
                found = _DIGEST_PARAM.match(text, at)
                if found is None:
                    return b"Bad Auth Header"
                params[found[1].lower()] = found[2] or found[3] or b""
                at = found.end()
            if not all(params.get(name) for name in _DIGEST_NEEDS):
                return b"Bad Auth Credentials"
    return b""


def _second_tag(request: Request) -> bytes:
    data = request.data
    for start, end, name in ((request.from_start, request.from_end, b"From"), (request.to_start, request.to_end, b"To")):
        try:
            tag = param_span(data, address_uri(data, start, end)[2], end, b"tag")[1]
        except ParseError:
            return b"Bad %b URI" % name
        if tag and param_span(data, tag, end, b"tag")[1]:
            return b"Many %b Tag Params" % name
    return b""
