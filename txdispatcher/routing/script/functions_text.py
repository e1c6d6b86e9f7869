"""Functions of textops and textopsx about a message's text: search and replace, and its body."""

from __future__ import annotations

import re

from txdispatcher.routing.message_variables import header_values
from txdispatcher.routing.regexes import Regex, Substitution
from txdispatcher.routing.script.edits import header_lines
from txdispatcher.routing.script.functions_core import rewrite, uri_with
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.table import MESSAGES, function

TRUE, FALSE = 1, -1

_MEDIA = re.compile(rb"^m=", re.MULTILINE)
_NOWHERE = re.compile(rb"^c=IN IP4 0\.0\.0\.0|^c=IN IP6 ::\s*$", re.MULTILINE)
_HELD = re.compile(rb"^a=(?:sendonly|inactive)\s*$", re.MULTILINE)


@function("textops", MESSAGES)
def search(run: Run, pattern: Regex) -> int:
    """Whether the message matches, its first line included."""
    return TRUE if pattern.search(run.data) else FALSE


@function("textops", MESSAGES)
def search_body(run: Run, pattern: Regex) -> int:
    """Whether the body matches."""
    return TRUE if pattern.search(run.request.data, run.request.body) else FALSE


@function("textops", MESSAGES)
def search_append(run: Run, pattern: Regex, text: bytes) -> int:
    """Put `text` behind the first match behind the first line. False where there is none."""
    return _append(run, pattern, text, run.request.headers)


@function("textops", MESSAGES)
def search_append_body(run: Run, pattern: Regex, text: bytes) -> int:
    """Put `text` behind the first match in the body. False where there is none."""
    return _append(run, pattern, text, run.request.body)


@function("textops", MESSAGES)
def replace(run: Run, pattern: Regex, text: bytes) -> int:
    """Replace the first match behind the first line. False where there is none."""
    return _replace(run, pattern, text, run.request.headers, len(run.request.data), once=True)


@function("textops", MESSAGES)
def replace_all(run: Run, pattern: Regex, text: bytes) -> int:
    """Replace every match behind the first line. False where there is none."""
    return _replace(run, pattern, text, run.request.headers, len(run.request.data))


@function("textops")
def replace_hdrs(run: Run, pattern: Regex, text: bytes) -> int:
    """Replace every match in the header fields. False where there is none."""
    return _replace(run, pattern, text, run.request.headers, run.request.body - 2)


@function("textops", MESSAGES)
def replace_body(run: Run, pattern: Regex, text: bytes) -> int:
    """Replace the first match in the body. False where there is none."""
    return _replace(run, pattern, text, run.request.body, len(run.request.data), once=True)


@function("textops", MESSAGES, "replace_body_atonce")
def replace_body_all(run: Run, pattern: Regex, text: bytes) -> int:
    """Replace every match in the body. False where there is none."""
    return _replace(run, pattern, text, run.request.body, len(run.request.data))


@function("textops")
def replace_str(run: Run, match: bytes, text: bytes, mode: bytes = b"a") -> int:
    """Replace every ``match`` behind the first line, with mode ``f`` the first; ``i``: whatever its case. False where none is."""
    return _replace_str(run, match, text, mode, run.request.headers, len(run.request.data))


@function("textops")
def replace_hdrs_str(run: Run, match: bytes, text: bytes, mode: bytes = b"a") -> int:
    """The same in the header fields."""
    return _replace_str(run, match, text, mode, run.request.headers, run.request.body - 2)


@function("textops")
def replace_body_str(run: Run, match: bytes, text: bytes, mode: bytes = b"a") -> int:
    """The same in the body."""
    return _replace_str(run, match, text, mode, run.request.body, len(run.request.data))


@function("textops", MESSAGES)
def subst(run: Run, change: Substitution) -> int:
    """Replace in the message behind its first line. False where nothing matches."""
    return _substitute(run, change, run.request.headers)


@function("textops", MESSAGES)
def subst_body(run: Run, change: Substitution) -> int:
    """Replace in the body. False where nothing matches."""
    return _substitute(run, change, run.request.body)


@function("textops", MESSAGES)
def subst_uri(run: Run, change: Substitution) -> int:
    """Replace in the Request-URI. False where nothing matches, or where no URI comes of it."""
    made, count = change.replace(run.context.uri_bytes, run)
    return rewrite(run, lambda _: made) if count else FALSE


@function("textops", MESSAGES)
def subst_user(run: Run, change: Substitution) -> int:
    """Replace in the user of the Request-URI. False where nothing matches."""
    made, count = change.replace(run.context.uri.user or b"", run)
    return rewrite(run, lambda uri: uri_with(uri, user=made)) if count else FALSE


@function("textops", MESSAGES)
def has_body(run: Run, content_type: bytes = b"") -> int:
    """Whether there is a body, of that type."""
    request = run.request
    if len(request.data) <= request.body:
        return FALSE
    if not content_type:
        return TRUE
    values = header_values(run.context, b"content-type")
    return TRUE if values and values[0].partition(b";")[0].strip().lower() == content_type.lower() else FALSE


@function("textops", MESSAGES)
def set_body(run: Run, text: bytes, content_type: bytes) -> int:
    """Give the message this body, with its Content-Type."""
    request = run.request
    for start, end in header_lines(request, b"Content-Type"):
        run.edit(start, end, b"")
    at = request.body - 2
    run.edit(at, at, b"Content-Type: %b\r\n" % content_type)
    run.edit(request.body, len(request.data), text)
    return TRUE


@function("textopsx")
def remove_body(run: Run) -> int:
    """Take the body out, with its Content-Type. False where there is none."""
    request = run.request
    if len(request.data) <= request.body:
        return FALSE
    for start, end in header_lines(request, b"Content-Type"):
        run.edit(start, end, b"")
    run.edit(request.body, len(request.data), b"")
    return TRUE


@function("textops", MESSAGES)
def is_audio_on_hold(run: Run) -> int:
    """Whether the session description puts its audio on hold: an address of zeros, or sendonly or inactive."""
    body = run.request.data[run.request.body :]
    head, *media = _MEDIA.split(body)
    for each in media:
        if each.startswith(b"audio"):
            address = each if b"\nc=" in each else head
            if _NOWHERE.search(address) or _HELD.search(each) or (_HELD.search(head) and b"a=sendrecv" not in each):
                return TRUE
    return FALSE


def _append(run: Run, pattern: Regex, text: bytes, start: int) -> int:
    found = pattern.search(run.request.data, start)
    if found is None:
        return FALSE
    run.edit(found.end(), found.end(), text)
    return TRUE


def _replace(run: Run, pattern: Regex, text: bytes, start: int, end: int, *, once: bool = False) -> int:
    changed = False
    for found in pattern.finditer(run.request.data, start, end):
        run.edit(found.start(), found.end(), text)
        changed = True
        if once:
            break
    return TRUE if changed else FALSE


def _replace_str(run: Run, match: bytes, text: bytes, mode: bytes, start: int, end: int) -> int:
    pattern = re.compile(re.escape(match), re.IGNORECASE if b"i" in mode else 0)
    return _replace(run, pattern, text, start, end, once=b"f" in mode) if match else FALSE


def _substitute(run: Run, change: Substitution, start: int) -> int:
    spans = change.spans(run.request.data, start, len(run.request.data), run)
    for first, last, text in spans:
        run.edit(first, last, text)
    return TRUE if spans else FALSE
