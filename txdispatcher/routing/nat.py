"""Whether a caller can be reached where its Contact says."""

from __future__ import annotations

from ipaddress import ip_address

from txdispatcher.errors import ParseError
from txdispatcher.proxy.context import Context
from txdispatcher.sip.address import address_uri
from txdispatcher.sip.headers import CONTACT
from txdispatcher.sip.uri import Uri, parse_uri


def is_behind_nat(context: Context) -> bool:
    """Whether the Contact of a request is hidden (see below) from us."""
    request = context.request
    data = request.data
    for start, end in request.values(CONTACT):
        try:
            first, last, _ = address_uri(data, start, end)
            return is_hidden(parse_uri(data[first:last]), context.source[0])
        except ParseError:
            # "*", or what the callee may make of it: it is passed on as it came.
            return False
    return False


def is_hidden(contact: Uri, source: str) -> bool:
    """Whether the Contact URI of who sends from the IP address `source` leads nowhere from here, or asks for a flow.

    It does so where its host is an address of no public network (RFC 1918, 4193, 6598) other than `source`, or a name that is
    none (``.invalid``); with ``;ob`` its sender asks for it (RFC 5626 4.3).
    """
    if contact.param(b"ob") is not None:
        return True
    host = contact.host.strip(b"[]").decode("ascii", "replace").lower()
    try:
        named = ip_address(host)
    except ValueError:
        return host.endswith(".invalid")
    return not named.is_global and named != ip_address(source.partition("%")[0])
