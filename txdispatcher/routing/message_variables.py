# cython: annotation_typing=True, boundscheck=True, wraparound=True
"""The pseudo-variables that a request itself has, with the values that Kamailio 5.6 gives them.

Each is a function of the `Context`; None is ``$null``. A header that cannot be read has no parts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType

from txdispatcher.errors import ParseError
from txdispatcher.proxy.context import Context
from txdispatcher.routing.variables import Value, written
from txdispatcher.sip.address import address_uri, tag_span
from txdispatcher.sip.headers import CSEQ, OTHER, header_id
from txdispatcher.sip.uri import Uri, parse_uri

Reader = Callable[[Context], Value | None]

#: Those that depend on where a request comes from, not on what it says.
OF_SOURCE = frozenset(("si", "sp"))
#: Those that an ACK or CANCEL may have otherwise than its INVITE (RFC 3261 9.1, 17.1.1.3).
OF_ONE_REQUEST = frozenset(("rm", "tt", "ua", "hdr"))

#: Compact forms of fields that the server does not look at itself (RFC 3261 7.3.3, RFC 3265, 3515, 3841, 3892, 4028, 4474).
_PAIRS = (
    (b"subject", b"s"),
    (b"supported", b"k"),
    (b"content-type", b"c"),
    (b"content-encoding", b"e"),
    (b"event", b"o"),
    (b"refer-to", b"r"),
    (b"referred-by", b"b"),
    (b"session-expires", b"x"),
    (b"accept-contact", b"a"),
    (b"allow-events", b"u"),
    (b"identity", b"y"),
)
_COMPACT = {**dict(_PAIRS), **{short: long for long, short in _PAIRS}}


def uri_user(uri: Uri) -> bytes:
    """The user part as Kamailio takes it: with ``user=phone`` it is a number, and what follows a semicolon is no part of it."""
    user = uri.username
    return user.partition(b";")[0] if is_phone(uri.params) else user


def is_phone(params: bytes) -> bool:
    """Whether the URI parameters say ``user=phone``; of several the last counts."""
    # Not `in`: that asks first whether the bytes are a number.
    if params.find(b"phone") < 0:
        return False
    value = b""
    for each in params.split(b";"):
        name, _, text = each.partition(b"=")
        if name.lower() == b"user":
            value = text
    return value == b"phone"


def uri_port(text: bytes, uri: Uri) -> bytes:
    """The port as it is written in `text`, where 05070 is not 5070; empty without one."""
    if not uri.port:
        return b""
    return text[: len(text) - len(uri.params) - len(uri.headers)].rpartition(b":")[2]


def header_values(context: Context, name: bytes) -> list[bytes]:
    """The value of every line of the header field `name` (lower case; its compact form counts), lists whole."""
    request = context.request
    known = header_id(name, 0, len(name))
    if known != OTHER:
        return [_whole(request.data, start) for _, start, _ in request.lines(known)]
    other = _COMPACT.get(name)
    spellings = (name, other) if other else (name,)
    found = sorted(span for each in spellings for span in request.named(each))
    return [_whole(request.data, start) for start, _ in found]


def from_tag(context: Context) -> bytes:
    """The From tag; empty where there is none."""
    return _from_tag(context) or b""


def _whole(data: bytes, start: int) -> bytes:
    """A header line's value to its very end: Kamailio keeps the blanks there."""
    end = data.index(b"\r\n", start)
    while data[end + 2 : end + 3] in (b" ", b"\t"):
        end = data.index(b"\r\n", end + 2)
    return data[start:end]


def _call_id(context: Context) -> bytes:
    return _whole(context.request.data, context.request.call_id_start)


def _cseq(context: Context) -> bytes | None:
    for _, start, end in context.request.lines(CSEQ):
        return context.request.data[start:end].split(None, 1)[0]
    return None


def _user_agent(context: Context) -> bytes | None:
    values = header_values(context, b"user-agent")
    return values[0] if values else None


def _from(context: Context) -> tuple[bytes, Uri] | None:
    """From's URI. Kamailio reads nothing of a From whose URI it cannot read."""
    try:
        text, uri = _address(context.request.from_value)
    except ParseError:
        return None
    return (text, uri) if uri is not None and (uri.host or uri.user) else None


def _to(context: Context) -> tuple[bytes, Uri | None]:
    """To's URI; it need not be one that can be taken apart. A request whose To has none gets no `Context`."""
    return _address(context.request.to_value)


@lru_cache(256)
def _address(value: bytes) -> tuple[bytes, Uri | None]:
    """The URI of From or To. A call has few of them, and a script asks for their parts again and again. Raises ParseError."""
    start, end, _ = address_uri(value, 0, len(value))
    text = value[start:end]
    try:
        return text, parse_uri(text)
    except ParseError:
        return text, None


def _user(uri: Uri | None) -> bytes | None:
    return (uri_user(uri) or None) if uri is not None else None


def _domain(uri: Uri | None) -> bytes | None:
    # An "@" with nothing before it makes the URI one that Kamailio cannot read.
    return (uri.host or None) if uri is not None and uri.user != b"" else None


def _from_uri(context: Context) -> bytes | None:
    found = _from(context)
    return found[0] if found else None


def _from_user(context: Context) -> bytes | None:
    found = _from(context)
    return _user(found[1]) if found else None


def _from_domain(context: Context) -> bytes | None:
    found = _from(context)
    return _domain(found[1]) if found else None


def _from_tag(context: Context) -> bytes | None:
    return _tag(context.request.from_value) if _from(context) else None


def _to_tag(context: Context) -> bytes | None:
    return _tag(context.request.to_value)


@lru_cache(256)
def _tag(value: bytes) -> bytes | None:
    first, last = tag_span(value, 0, len(value))
    tag = value[first:last]
    if len(tag) > 1 and tag.startswith(b'"') and tag.endswith(b'"'):
        tag = tag[1:-1]
    return tag or None


def _to_uri(context: Context) -> bytes | None:
    return _to(context)[0]


def _to_user(context: Context) -> bytes | None:
    return _user(_to(context)[1])


def _to_domain(context: Context) -> bytes | None:
    return _domain(_to(context)[1])


def _request_uri(context: Context) -> bytes | None:
    return context.uri_bytes


def _request_user(context: Context) -> bytes | None:
    return _user(context.uri)


def _request_domain(context: Context) -> bytes | None:
    return _domain(context.uri)


def _method(context: Context) -> bytes | None:
    return context.request.method


def _source_address(context: Context) -> bytes | None:
    return context.source[0].partition("%")[0].encode("ascii")


def _source_port(context: Context) -> Value | None:
    return context.source[1]


def _transport(context: Context) -> bytes | None:
    return context.listener.transport.encode("ascii")


def _request_port(context: Context) -> bytes:
    uri = context.uri
    written_port = uri_port(context.uri_bytes, uri)
    if written_port:
        return written_port
    # Kamailio goes by the transport alone: 5060 for sips too.
    return b"5061" if (uri.param(b"transport") or b"").lower() == b"tls" else b"5060"


def _destination(context: Context) -> bytes | None:
    variables = written(context)
    return variables.dst_uri if variables is not None else None


def _destination_set(context: Context) -> bytes | None:
    """The branches as a Contact header: the Request-URI alone, and only if it is another than the one that came."""
    return b"Contact: " + context.uri_bytes if context.restored else None


def _nothing(context: Context) -> None:
    """``$null``, and what only a response has."""


#: Every variable that takes no name in parentheses.
READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "ci": _call_id,
        "fu": _from_uri,
        "fU": _from_user,
        "fd": _from_domain,
        "ft": _from_tag,
        "tu": _to_uri,
        "tU": _to_user,
        "td": _to_domain,
        "tt": _to_tag,
        "ru": _request_uri,
        "rU": _request_user,
        "rd": _request_domain,
        "rp": _request_port,
        "rm": _method,
        "rs": _nothing,
        "rr": _nothing,
        "si": _source_address,
        "sp": _source_port,
        "pr": _transport,
        "ua": _user_agent,
        "cs": _cseq,
        "du": _destination,
        "ds": _destination_set,
        "null": _nothing,
    }
)
