"""Assignments to the parts of From and To: ``$fd = "sbc.example.com"``.

As in Kamailio they change what is sent, and not what the variable gives; the tag stays. Answers go back as they come, with
what the callee was told.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from txdispatcher.errors import ParseError
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.values import as_bytes
from txdispatcher.routing.variables import Value
from txdispatcher.sip.address import address_uri
from txdispatcher.sip.edit import Edit
from txdispatcher.sip.message import Message

Writer = Callable[[Run, Value | None], None]
Span = tuple[int, int]
#: The edits that give a part another value: (message, span of the header's value, span of the URI, value).
_Made = Callable[[Message, Span, Span, bytes], list[Edit]]

# scheme ":" [ user [ ":" password ] "@" ] host
_PARTS = re.compile(rb"[A-Za-z]+:(?:([^@:]*)(?::[^@]*)?@)?(\[[^\]]*\]|[^:;?]*)")


def _uri(message: Message, value: Span, uri: Span, text: bytes) -> list[Edit]:
    return [(*uri, text)]


def _user(message: Message, value: Span, uri: Span, text: bytes) -> list[Edit]:
    found = _PARTS.match(message.data, *uri)
    if found is None:
        return []
    host = found.start(2)
    if found[1] is None:
        return [(host, host, text + b"@")] if text else []
    return [(*found.span(1), text)] if text else [(found.start(1), host, b"")]


def _domain(message: Message, value: Span, uri: Span, text: bytes) -> list[Edit]:
    found = _PARTS.match(message.data, *uri)
    return [(*found.span(2), text)] if found is not None else []


def _display(message: Message, value: Span, uri: Span, text: bytes) -> list[Edit]:
    start = value[0]
    bracket = message.data.rfind(b"<", start, uri[0])
    name = text + b" " if text else b""
    if bracket >= 0:
        return [(start, bracket, name)]
    return [(start, start, name + b"<"), (uri[1], uri[1], b">")] if text else []


def _writer(field: str, make: _Made) -> Writer:
    def write(run: Run, given: Value | None) -> None:
        request = run.request
        value = (request.from_start, request.from_end) if field == "from" else (request.to_start, request.to_end)
        try:
            start, end, _ = address_uri(request.data, *value)
        except ParseError:
            return
        made = make(request, value, (start, end), as_bytes(given))
        # The last assignment counts, where of two edits for one place the first one would.
        places = {(first, last) for first, last, _ in made}
        run.edits = (*(each for each in run.edits if (each[0], each[1]) not in places), *made)

    return write


#: By the names of the variables.
WRITERS: dict[str, Writer] = {
    f"{letter}{part}": _writer(field, make)
    for letter, field in (("f", "from"), ("t", "to"))
    for part, make in (("u", _uri), ("U", _user), ("d", _domain), ("n", _display))
}
