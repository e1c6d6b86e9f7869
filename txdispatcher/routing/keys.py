"""The keys that the hashing algorithms take from a request (guide, "ds_select_dst")."""

from __future__ import annotations

import re

from txdispatcher.balancing import algorithms
from txdispatcher.balancing.hashing import uri_keys
from txdispatcher.errors import ParseError
from txdispatcher.proxy.context import Context
from txdispatcher.sip.address import address_uri
from txdispatcher.sip.headers import AUTHORIZATION, PROXY_AUTHORIZATION
from txdispatcher.sip.message import Request
from txdispatcher.sip.uri import SIPS, Uri, parse_uri

# username = "username" EQUAL username-value, among the parameters of Digest credentials   (RFC 3261 25.1)
_USERNAME = re.compile(rb'[\s,]username\s*=\s*"((?:[^"\\]|\\.)*)"', re.IGNORECASE | re.DOTALL)

_NO_KEYS = (b"", b"")


def algorithm_keys(context: Context, algorithm: int, user_only: bool) -> tuple[bytes, bytes]:
    """What `Sets.select` wants as x and y for `algorithm`. A URI that cannot be read hashes as an empty one.

    `user_only` is bit 1 of the parameter `flags`.
    """
    request = context.request
    if algorithm == algorithms.HASH_CALL_ID:
        return request.call_id, b""
    if algorithm == algorithms.HASH_FROM_URI:
        return _address_keys(request.data, request.from_start, request.from_end, user_only)
    if algorithm == algorithms.HASH_TO_URI:
        return _address_keys(request.data, request.to_start, request.to_end, user_only)
    if algorithm == algorithms.HASH_REQUEST_URI:
        return _uri_keys(context.uri, user_only)
    if algorithm == algorithms.HASH_AUTH_USERNAME:
        return auth_username(request), b""
    return _NO_KEYS


def auth_username(request: Request) -> bytes:
    """The user of the credentials' username, up to an "@": of Proxy-Authorization, else of Authorization; empty without one."""
    for field in (PROXY_AUTHORIZATION, AUTHORIZATION):
        if request.present & 1 << field:
            for _, start, end in request.lines(field):
                found = _USERNAME.search(request.data, start, end)
                if found is not None:
                    return found[1].partition(b"@")[0]
    return b""


def _address_keys(data: bytes, start: int, end: int, user_only: bool) -> tuple[bytes, bytes]:
    try:
        first, last, _ = address_uri(data, start, end)
        return _uri_keys(parse_uri(data[first:last]), user_only)
    except ParseError:
        return _NO_KEYS


def _uri_keys(uri: Uri, user_only: bool) -> tuple[bytes, bytes]:
    return uri_keys(uri.username, uri.host, uri.port, uri.scheme == SIPS, user_only)
