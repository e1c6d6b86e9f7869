"""Functions of the module siputils: what a URI or a number is, and the parameters of the Request-URI."""

from __future__ import annotations

import re
import time
from email.utils import mktime_tz, parsedate_tz

from txdispatcher.errors import ParseError
from txdispatcher.proxy.decision import Reply
from txdispatcher.routing.keys import auth_username
from txdispatcher.routing.message_variables import header_values
from txdispatcher.routing.script.functions_core import rewrite, uri_with
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.table import MESSAGES, REPLY, REQUEST, REQUESTS, Variable, function
from txdispatcher.routing.values import as_bytes
from txdispatcher.sip.headers import VIA, header_id
from txdispatcher.sip.message import split_values
from txdispatcher.sip.uri import TEL, Uri, parse_uri

TRUE, FALSE = 1, -1

_E164 = re.compile(rb"\+[0-9]{2,15}")
_NUMBER = re.compile(rb"\+?[0-9]+")
_SEPARATORS = re.compile(rb"[-.()]")


@function("siputils")
def has_totag(run: Run) -> int:
    """Whether To has a tag: the request is inside a dialog."""
    return TRUE if run.context.to_tag else FALSE


@function("siputils")
def is_request(run: Run) -> int:
    """Whether the message is a request."""
    return FALSE if run.kind == REPLY else TRUE


@function("siputils")
def is_reply(run: Run) -> int:
    """Whether the message is a response."""
    return TRUE if run.kind == REPLY else FALSE


@function("siputils", (REQUEST,))
def options_reply(run: Run) -> int:
    """Answer an OPTIONS for this server itself with 200. False for any other request."""
    if run.request.method != b"OPTIONS" or run.context.uri.user:
        return FALSE
    if run.hop is None and run.reply is None:
        said = run.shared.modules.settings.siputils
        lines = (
            f"Accept: {said.options_accept}\r\nAccept-Encoding: {said.options_accept_encoding}\r\n"
            f"Accept-Language: {said.options_accept_language}\r\nSupported: {said.options_support}\r\n"
        )
        run.reply = Reply(200, b"OK", lines.encode() + run.reply_headers)
    return TRUE


@function("siputils", (REQUEST,))
def is_user(run: Run, username: bytes) -> int:
    """Whether the credentials are of that user. They are not checked."""
    return TRUE if username and auth_username(run.request) == username else FALSE


@function("siputils")
def is_uri(run: Run, text: bytes) -> int:
    """Whether `text` is a SIP or tel URI."""
    uri = _uri(text)
    return TRUE if uri is not None and (uri.host or uri.scheme == TEL) else FALSE


@function("siputils", REQUESTS)
def is_e164(run: Run, text: bytes) -> int:
    """Whether `text` is an E.164 number: + and 2 to 15 digits."""
    return TRUE if _E164.fullmatch(text) else FALSE


@function("siputils")
def is_uri_user_e164(run: Run, text: bytes) -> int:
    """Whether the URI's user is an E.164 number."""
    uri = _uri(text)
    return TRUE if uri is not None and _E164.fullmatch(uri.username) else FALSE


@function("siputils")
def is_tel_number(run: Run, text: bytes) -> int:
    """Whether `text` is digits, with a + before them or without."""
    return TRUE if _NUMBER.fullmatch(text) else FALSE


@function("siputils")
def is_numeric(run: Run, text: bytes) -> int:
    """Whether `text` is digits."""
    return TRUE if text.isdigit() else FALSE


@function("siputils")
def is_alphanum(run: Run, text: bytes) -> int:
    """Whether `text` is digits and letters of ASCII."""
    return TRUE if text.isalnum() else FALSE


@function("siputils")
def is_alphanumex(run: Run, text: bytes, others: bytes) -> int:
    """Whether `text` is digits, letters of ASCII and the characters of `others`."""
    return TRUE if text and not text.translate(None, others).strip(_ALPHANUM) else FALSE


@function("siputils")
def cmp_uri(run: Run, one: bytes, other: bytes) -> int:
    """Whether both are the same SIP URI: user, host, port and the parameters that both have."""
    left, right = _uri(one), _uri(other)
    if left is None or right is None or left.scheme != right.scheme or left.user != right.user or left.place != right.place:
        return FALSE
    names = {each.partition(b"=")[0].strip().lower() for each in (left.params + right.params).split(b";")} - {b""}
    for name in names:
        values = left.param(name), right.param(name)
        if (None not in values or name in _TELLING) and (values[0] or b"").lower() != (values[1] or b"").lower():
            return FALSE
    return TRUE


@function("siputils")
def cmp_aor(run: Run, one: bytes, other: bytes) -> int:
    """Whether both URIs have the same user and host."""
    left, right = _uri(one), _uri(other)
    if left is None or right is None:
        return FALSE
    return TRUE if left.username == right.username and left.place == right.place else FALSE


@function("siputils")
def cmp_hdr_name(run: Run, one: bytes, other: bytes) -> int:
    """Whether both name the same header field; compact forms count."""
    one, other = one.strip().lower(), other.strip().lower()
    known = header_id(one, 0, len(one))
    return TRUE if one == other or (known and known == header_id(other, 0, len(other))) else FALSE


@function("siputils", (REQUEST,))
def uri_param(run: Run, name: bytes, value: bytes = b"") -> int:
    """Whether the Request-URI has the parameter: with that value, or without one."""
    found = run.context.uri.param(name.lower())
    return TRUE if found is not None and found.lower() == value.lower() else FALSE


@function("siputils", (REQUEST,))
def uri_param_any(run: Run, name: bytes) -> int:
    """Whether the Request-URI has the parameter, whatever its value."""
    return TRUE if run.context.uri.param(name.lower()) is not None else FALSE


@function("siputils", (REQUEST,))
def get_uri_param(run: Run, name: bytes, value: Variable) -> int:
    """Write the value of the Request-URI's parameter. False where it is not there."""
    found = run.context.uri.param(name.lower())
    if found is None:
        return FALSE
    value.write(found)
    return TRUE


@function("siputils", (REQUEST,))
def add_uri_param(run: Run, parameter: bytes) -> int:
    """Add ``name=value`` to the Request-URI."""
    return rewrite(run, lambda uri: _with_params(uri, uri.params + b";" + parameter))


@function("siputils", (REQUEST,))
def uri_param_rm(run: Run, name: bytes) -> int:
    """Take the parameter out of the Request-URI. False where it is not there."""
    uri = run.context.uri
    if uri.param(name.lower()) is None:
        return FALSE
    kept = b"".join(b";" + each for each in uri.params.split(b";")[1:] if each.partition(b"=")[0].strip().lower() != name.lower())
    return rewrite(run, lambda uri: _with_params(uri, kept))


@function("siputils")
def set_uri_user(run: Run, uri: Variable, user: bytes) -> int:
    """Give the URI in the variable another user. False where none is there."""
    found = _uri(as_bytes(uri.read()))
    if found is None:
        return FALSE
    uri.write(uri_with(found, user=user))
    return TRUE


@function("siputils")
def set_uri_host(run: Run, uri: Variable, host: bytes) -> int:
    """Give the URI in the variable another host; its port stays. False where none is there."""
    found = _uri(as_bytes(uri.read()))
    if found is None:
        return FALSE
    uri.write(uri_with(found, place=b"%b:%d" % (host, found.port) if found.port else host))
    return TRUE


@function("siputils", MESSAGES)
def tel2sip(run: Run, uri: bytes, host: bytes, result: Variable) -> int:
    """Write the tel URI as a SIP URI at `host` (RFC 3261 19.1.6). 2 where it is no tel URI, false where it is none at all."""
    found = _uri(uri)
    if found is None:
        return FALSE
    if found.scheme != TEL:
        return 2
    number = _SEPARATORS.sub(b"", found.user or b"") + found.params.lower()
    result.write(b"sip:%b@%b;user=phone" % (number, host))
    return TRUE


@function("siputils")
def is_supported(run: Run, option: bytes) -> int:
    """Whether Supported lists the option."""
    listed = {each.strip().lower() for value in header_values(run.context, b"supported") for each in value.split(b",")}
    return TRUE if option.strip().lower() in listed else FALSE


@function("siputils")
def is_first_hop(run: Run, mode: int = 0) -> int:
    """Whether the message comes from where it began: a request with one Via, a response whose topmost Record-Route is ours."""
    request = run.request
    if run.kind != REPLY:
        vias = sum(len(split_values(request.data, start, end)) for _, start, end in request.lines(VIA))
        return TRUE if vias == 1 else FALSE
    values = header_values(run.context, b"record-route")
    ours = bool(values) and run.is_ours(values[0].partition(b"<")[2].partition(b">")[0])
    looped = mode == 0 and any(each.host == run.context.source[0] for each in run.shared.listeners.all)
    return TRUE if ours and not looped else FALSE


@function("siputils")
def hdr_date_check(run: Run, seconds: int) -> int:
    """Whether Date is there, and older than `seconds`."""
    values = header_values(run.context, b"date")
    parsed = parsedate_tz(values[0].decode("ascii", "replace")) if values else None
    return TRUE if parsed is not None and mktime_tz(parsed) < time.time() - seconds else FALSE


_ALPHANUM = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#: Parameters that tell two URIs apart even where one of them has none (RFC 3261 19.1.4).
_TELLING = frozenset((b"user", b"ttl", b"method", b"maddr", b"transport"))


def _uri(text: bytes) -> Uri | None:
    try:
        return parse_uri(text)
    except ParseError:
        return None


def _with_params(uri: Uri, params: bytes) -> bytes:
    user = uri.user + b"@" if uri.user is not None else b""
    place = b"%b:%d" % (uri.host, uri.port) if uri.port else uri.host
    return b"%b:%b%b%b%b" % (uri.scheme, user, place, params, uri.headers)
