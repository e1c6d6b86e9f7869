"""Functions of the modules textops, siputils and nathelper: the message's lines."""

from __future__ import annotations

from txdispatcher.routing.message_variables import header_values
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.table import ANY, FORWARDING, REQUESTS, function
from txdispatcher.sip.headers import header_id

import txdispatcher.sip.octets as octets  # isort: skip  # C functions in the compiled build: see octets.pxd

TRUE, FALSE = 1, -1


@function("textops")
def is_method(run: Run, methods: bytes) -> int:
    """Whether the method is one of ``INVITE|BYE``."""
    return TRUE if run.request.method in methods.upper().split(b"|") else FALSE


@function("siputils")
def has_totag(run: Run) -> int:
    """Whether To has a tag: the request is inside a dialog."""
    return TRUE if run.context.to_tag else FALSE


@function("textops")
def is_present_hf(run: Run, name: bytes) -> int:
    """Whether there is such a header field."""
    return TRUE if header_values(run.context, name.lower()) else FALSE


@function("textops")
def has_body(run: Run, content_type: bytes = b"") -> int:
    """Whether there is a body, of that type."""
    request = run.request
    if len(request.data) <= request.body:
        return FALSE
    if not content_type:
        return TRUE
    values = header_values(run.context, b"content-type")
    return TRUE if values and values[0].partition(b";")[0].strip().lower() == content_type.lower() else FALSE


@function("textops")
def search(run: Run, pattern: bytes) -> int:
    """Whether the message matches the regular expression."""
    return TRUE if run.matches(pattern, run.request.data) else FALSE


@function("textops", FORWARDING)
def remove_hf(run: Run, name: bytes) -> int:
    """Take out every line of the header field. False where there was none."""
    request = run.request
    data = request.data
    wanted = name.strip().lower()
    known = header_id(wanted, 0, len(wanted))
    removed = False
    at = request.headers
    while at < request.body - 2:
        end = octets.line_end(data, at, request.body)
        colon = data.index(b":", at)
        stop = octets.trim_blanks(data, at, colon)
        if data[at:stop].lower() == wanted or (known and header_id(data, at, stop) == known):
            run.edit(at, end + 2, b"")
            removed = True
        at = end + 2
    return TRUE if removed else FALSE


@function("textops", FORWARDING)
def append_hf(run: Run, line: bytes) -> int:
    """Add header lines, each with its CRLF, behind the others."""
    end = run.request.body - 2
    run.edit(end, end, _lines(line))
    return TRUE


@function("textops", FORWARDING)
def insert_hf(run: Run, line: bytes) -> int:
    """Add header lines before the others."""
    at = run.request.headers
    run.edit(at, at, _lines(line))
    return TRUE


@function("textops", REQUESTS)
def append_to_reply(run: Run, line: bytes) -> int:
    """Add header lines to the answer that is to be given."""
    run.reply_headers += _lines(line)
    return TRUE


@function("nathelper", ANY, "add_rport")
def force_rport(run: Run) -> int:
    """Answers always go to where the request came from if its Via has rport: true."""
    return TRUE


def _lines(text: bytes) -> bytes:
    return b"".join(line.rstrip(b"\r") + b"\r\n" for line in text.split(b"\n") if line.strip())
