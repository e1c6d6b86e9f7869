"""Whether a caller can be reached where its Contact says."""

from __future__ import annotations

from ipaddress import ip_address

from txdispatcher.errors import ParseError
from txdispatcher.proxy.context import Context
from txdispatcher.sip.address import address_uri
from txdispatcher.sip.headers import CONTACT
from txdispatcher.sip.uri import parse_uri


def is_behind_nat(context: Context) -> bool:
    """Whether the Contact of a request leads nowhere from here, or asks for a flow.

    It does so where its host is an address of no public network (RFC 1918, 4193, 6598) other than the one that the request came
    from, or a name that is none (``.invalid``); with ``;ob`` its sender asks for it (RFC 5626 4.3).
    """
    request = context.request
    data = request.data
    for start, end in request.values(CONTACT):
        try:
            first, last, _ = address_uri(data, start, end)
            uri = parse_uri(data[first:last])
        except ParseError:
            # "*", or what the callee may make of it: it is passed on as it came.
            return False
        if uri.param(b"ob") is not None:
            return True
        host = uri.host.strip(b"[]").decode("ascii", "replace").lower()
        try:
            named = ip_address(host)
        except ValueError:
            return host.endswith(".invalid")
        return not named.is_global and named != ip_address(context.source[0].partition("%")[0])
    return False
