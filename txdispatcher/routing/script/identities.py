"""From and To with other URIs (Kamailio's module uac): put into a request, taken back for its responses and inside its dialog.

What both sides must see is kept in our Record-Route, as Kamailio keeps it: a parameter that is one URI XOR the other, so that
either side's makes the other's of it.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error
from itertools import zip_longest

from txdispatcher.errors import ParseError, ScriptFault
from txdispatcher.routing.message_variables import from_tag
from txdispatcher.routing.script.edits import edited, header_lines
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.variables import note, noted
from txdispatcher.sip.address import address_uri
from txdispatcher.sip.edit import Edit
from txdispatcher.sip.message import Message, Response, parse
from txdispatcher.sip.uri import parse_uri, uri_params

FROM, TO = b"From", b"To"
#: What a request is noted under whose From or To is another: the values that came, by their names.
CHANGED = "uac"
#: The parameters of Record-Route that go with that.
PARAMS = "uac_params"
#: Base64 in letters that a URI's parameter may have.
_LETTERS = bytes.maketrans(b"+/=", b"+.-")
_BACK = bytes.maketrans(b"+.-", b"+/=")


def replace(run: Run, name: bytes, display: bytes | None, uri: bytes) -> bytes:
    """Give From or To another display name, None for the one that it has, and another URI, empty for the one that it has.

    The URI that it had; empty where it is changed already. Raises ScriptFault for what is no URI or no display name, and
    ParseError.
    """
    changed = noted(run.context, CHANGED)
    values: dict[bytes, bytes] = changed if isinstance(changed, dict) else {}
    if name in values:
        return b""
    request = run.request
    data = request.data
    start, end = (request.from_start, request.from_end) if name == FROM else (request.to_start, request.to_end)
    first, last, behind = address_uri(data, start, end)
    before = data[start:first].rpartition(b"<")[0] if display is None else display + b" " if display else b""
    if any(letter in b"\r\n<\0" for letter in before):
        raise ScriptFault(f"found {before.decode('utf-8', 'replace')!r}; allowed: a display name, in quotes where it needs them")
    if uri:
        try:
            parse_uri(uri)
        except ParseError as error:
            raise ScriptFault(f"found {uri.decode('utf-8', 'replace')!r}, which is no URI: {error}") from None
    run.edit(start, end, b"%b<%b>%b" % (before, uri or data[first:last], data[behind:end]))
    values[name] = data[start:end]
    note(run.context, CHANGED, values)
    run.shared.modules.settings.uac.used = 1
    return data[first:last]


def remember(run: Run, param: str, old: bytes, new: bytes) -> None:
    """Keep both URIs in our Record-Route, whether that is there already or comes yet."""
    made = b";%b=%b" % (param.encode(), b64encode(_xor(old, new)).translate(_LETTERS))
    if run.record_route is not None:
        run.record_route += made
    else:
        before = noted(run.context, PARAMS)
        note(run.context, PARAMS, (before if isinstance(before, bytes) else b"") + made)


def restore(run: Run, name: bytes) -> bool:
    """Inside a dialog: what the other side knows, in From or To. False where our Route says nothing of it. Raises ParseError."""
    own = run.context.own_params
    if own is None:
        return False
    settings = run.shared.modules.settings.uac
    params = uri_params(own)
    kept = params.get((settings.rr_from_store_param if name == FROM else settings.rr_to_store_param).encode())
    if not kept:
        return False
    try:
        mask = b64decode(kept.translate(_BACK), validate=True)
    except Error:
        return False
    tag = params.get(b"ftag")
    upstream = tag is not None and tag != from_tag(run.context)
    # Against the dialog's direction From and To have changed places.
    here = name if not upstream else TO if name == FROM else FROM
    request = run.request
    start, end = (request.from_start, request.from_end) if here == FROM else (request.to_start, request.to_end)
    first, last, _ = address_uri(request.data, start, end)
    uri = _xor(request.data[first:last], mask).rstrip(b"\0")
    try:
        parse_uri(uri)
    except ParseError:
        return False
    return bool(replace(run, here, None, uri))


def as_it_came(response: Response, values: dict[bytes, bytes]) -> Response:
    """The response with the values of From and To that its request came with, and its own tag of To. Raises ParseError."""
    edits: list[Edit] = []
    for name, value in values.items():
        for start, end in header_lines(response, name.lower())[:1]:
            at = response.data.index(b":", start) + 1
            tag = b"" if name == FROM else _tag(response, at, end - 2)
            behind = address_uri(value, 0, len(value))[2]
            kept = value if not tag or b";tag=" in value[behind:].lower() else value + b";tag=" + tag
            edits.append((start, end, b"%b: %b\r\n" % (name, kept)))
    made = parse(edited(response, edits))
    if not isinstance(made, Response):
        raise ParseError("the response is none any more")
    return made


def _tag(message: Message, start: int, end: int) -> bytes:
    behind = address_uri(message.data, start, end)[2]
    return uri_params(message.data[behind:end].strip()).get(b"tag", b"")


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(first ^ second for first, second in zip_longest(one, other, fillvalue=0))
