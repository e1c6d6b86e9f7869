"""The keys that the hashing algorithms take from a request (guide, "ds_select_dst")."""

from __future__ import annotations

import re

from txdispatcher.balancing import algorithms
from txdispatcher.balancing.hashing import uri_keys
from txdispatcher.errors import ParseError
from txdispatcher.proxy.context import Context
from txdispatcher.routing.message_variables import is_phone, uri_port, uri_user
from txdispatcher.routing.pseudovariables import Format
from txdispatcher.sip.address import address_uri
from txdispatcher.sip.headers import AUTHORIZATION, PROXY_AUTHORIZATION
from txdispatcher.sip.message import Request
from txdispatcher.sip.uri import SIPS, Uri, parse_uri

_DIGEST = re.compile(rb"Digest[ \t\r\n]", re.IGNORECASE)
# auth-param = token EQUAL ( token / quoted-string ), without the escapes of a quoted string: Kamailio knows none
_AUTH_PARAM = re.compile(
    rb"""[ \t\r\n]*+ ([A-Za-z0-9_-]++) [ \t\r\n]*+ = [ \t\r\n]*+ (?: "([^"]*+)" | ([^ \t\r\n,"]*+) )""", re.VERBOSE
)
_COMMA = re.compile(rb"[ \t\r\n]*+,")

_NO_KEYS = (b"", b"")


def algorithm_keys(context: Context, algorithm: int, user_only: bool, hash_pvar: Format | None = None) -> tuple[bytes, bytes]:
    """What `Sets.select` wants as x and y for `algorithm`. A URI that cannot be read hashes as an empty one.

    `user_only` is bit 1 of the parameter `flags`; `hash_pvar` is what algorithm 7 hashes.
    """
    request = context.request
    if algorithm in (algorithms.HASH_CALL_ID, algorithms.RENDEZVOUS):
        return request.call_id, b""
    if algorithm == algorithms.HASH_FROM_URI:
        return _address_keys(request.data, request.from_start, request.from_end, user_only)
    if algorithm == algorithms.HASH_TO_URI:
        return _address_keys(request.data, request.to_start, request.to_end, user_only)
    if algorithm == algorithms.HASH_REQUEST_URI:
        return _uri_keys(context.uri_bytes, context.uri, user_only)
    if algorithm == algorithms.HASH_AUTH_USERNAME:
        return auth_username(request), b""
    if algorithm == algorithms.HASH_PVAR and hash_pvar is not None:
        return hash_pvar.text(context).strip(b" \t\r\n"), b""
    return _NO_KEYS


def auth_username(request: Request) -> bytes:
    """The user of the username in the request's Digest credentials; empty without one.

    Of the first Proxy-Authorization, or, where that has no Digest credentials, of the first Authorization. A username may be
    ``user@domain`` or have a scheme in front; the last of several in one header counts.
    """
    for field in (PROXY_AUTHORIZATION, AUTHORIZATION):
        if request.present & 1 << field:
            _, start, end = next(request.lines(field))
            if _DIGEST.match(request.data, start, end):
                return _username(request.data, start + len(b"Digest"), end)
    return b""


def _username(data: bytes, at: int, end: int) -> bytes:
    username = b""
    while (found := _AUTH_PARAM.match(data, at, end)) is not None:
        if found[1].lower() == b"username":
            username = found[3] if found[2] is None else found[2]
        comma = _COMMA.match(data, found.end(), end)
        if comma is None:
            break
        at = comma.end()
    return username.partition(b"@")[0].rpartition(b":")[2].strip(b" \t\r\n")


def _address_keys(data: bytes, start: int, end: int, user_only: bool) -> tuple[bytes, bytes]:
    try:
        first, last, _ = address_uri(data, start, end)
        text = data[first:last]
        return _uri_keys(text, parse_uri(text), user_only)
    except ParseError:
        return _NO_KEYS


def _uri_keys(text: bytes, uri: Uri, user_only: bool) -> tuple[bytes, bytes]:
    # With user=phone Kamailio takes it for a tel URI: 5060 is the usual port.
    secure = uri.scheme == SIPS and not is_phone(uri.params)
    x, y = uri_keys(uri_user(uri), uri.host, uri.port, secure, user_only)
    if y != uri.host and y:
        y = uri.host + b":" + uri_port(text, uri)
    return x, y
