"""Functions of the modules textops and textopsx about header fields: what a message has, and what is put in or taken out."""

from __future__ import annotations

import re
from email.utils import formatdate
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TypeVar

from txdispatcher.routing.message_variables import header_values
from txdispatcher.routing.regexes import Regex, Substitution
from txdispatcher.routing.script.edits import all_lines, as_lines, header_lines
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.table import ANY, FORWARDING, MESSAGES, REPLY, REQUEST, function

TRUE, FALSE = 1, -1

_T = TypeVar("_T")


@function("textops", MESSAGES)
def is_method(run: Run, methods: bytes) -> int:
    """Whether the method is one of ``INVITE|BYE``; of a response, that of its CSeq."""
    return TRUE if run.request.method in _methods(methods) else FALSE


@function("textops", MESSAGES, "is_present_hf_pv")
def is_present_hf(run: Run, name: bytes) -> int:
    """Whether there is such a header field."""
    return TRUE if header_values(run.context, name.lower()) else FALSE


@function("textops", MESSAGES, "is_present_hf_re_pv")
def is_present_hf_re(run: Run, names: Regex) -> int:
    """Whether there is a header field whose name matches."""
    return TRUE if any(names.search(name) for _, _, name in all_lines(run.request)) else FALSE


@function("textops", MESSAGES)
def search_hf(run: Run, name: bytes, pattern: Regex, which: bytes = b"a") -> int:
    """Whether the header field's value matches: of any line, or with ``f`` the first, with ``l`` the last."""
    values = _chosen(header_values(run.context, name.lower()), which)
    return TRUE if any(pattern.search(each) for each in values) else FALSE


@function("textops", MESSAGES, "remove_hf_pv")
def remove_hf(run: Run, name: bytes) -> int:
    """Take out every line of the header field. False where there is none."""
    return _remove(run, header_lines(run.request, name))


@function("textops", ANY, "remove_hf_re_pv")
def remove_hf_re(run: Run, names: Regex) -> int:
    """Take out every header field whose name matches. False where there is none."""
    return _remove(run, [(start, end) for start, end, name in all_lines(run.request) if names.search(name)])


@function("textops", ANY, "remove_hf_exp_pv")
def remove_hf_exp(run: Run, names: Regex, kept: Regex) -> int:
    """Take out every header field whose name matches `names` and does not match `kept`."""
    return _remove(
        run, [(start, end) for start, end, name in all_lines(run.request) if names.search(name) and not kept.search(name)]
    )


@function("textops")
def remove_hf_idx(run: Run, name: bytes, index: int) -> int:
    """Take out one line of the header field: the first is 0, the last -1. False where there is none."""
    lines = header_lines(run.request, name)
    return _remove(run, lines[index:][:1] if -len(lines) <= index < len(lines) else [])


@function("textopsx")
def keep_hf(run: Run, names: Regex) -> int:
    """Take out the header fields whose names do not match; those that a message needs stay (Via, From, To, Call-ID, CSeq, …)."""
    _remove(run, [(start, end) for start, end, name in all_lines(run.request) if name not in _NEEDED and not names.search(name)])
    return TRUE


@function("textops", MESSAGES)
def append_hf(run: Run, line: bytes, behind: bytes = b"") -> int:
    """Add header lines behind the others, or behind the last line of the header field `behind`."""
    lines = header_lines(run.request, behind) if behind else []
    at = lines[-1][1] if lines else run.request.body - 2
    run.edit(at, at, as_lines(line))
    return TRUE


@function("textops", MESSAGES)
def insert_hf(run: Run, line: bytes, before: bytes = b"") -> int:
    """Add header lines in front of the others, or of the first line of the header field `before`."""
    lines = header_lines(run.request, before) if before else []
    at = lines[0][0] if lines else run.request.headers
    run.edit(at, at, as_lines(line))
    return TRUE


@function("textops", FORWARDING)
def append_urihf(run: Run, prefix: bytes, suffix: bytes) -> int:
    """Add a header line of `prefix`, the Request-URI that came, and `suffix`."""
    return append_hf(run, prefix + run.request.uri + suffix)


@function("textops", FORWARDING)
def append_to_reply(run: Run, line: bytes) -> int:
    """Add header lines to the answer that is to be given."""
    run.reply_headers += as_lines(line)
    return TRUE


@function("textops", FORWARDING)
def append_time(run: Run) -> int:
    """Add Date to the answer that is to be given."""
    return append_to_reply(run, b"Date: " + formatdate(usegmt=True).encode())


@function("textops", MESSAGES)
def append_time_to_request(run: Run) -> int:
    """Add Date to the message."""
    return append_hf(run, b"Date: " + formatdate(usegmt=True).encode())


@function("textops", MESSAGES)
def subst_hf(run: Run, name: bytes, change: Substitution, which: bytes = b"a") -> int:
    """Replace in the header field's values, or with ``f`` in the first, with ``l`` in the last. False where none matches."""
    data = run.request.data
    found = False
    for start, end in _chosen(header_lines(run.request, name), which):
        value = data.index(b":", start) + 1
        while data[value : value + 1] in (b" ", b"\t"):
            value += 1
        for first, last, text in change.spans(data, value, end - 2, run):
            run.edit(first, last, text)
            found = True
    return TRUE if found else FALSE


@function("textops", MESSAGES)
def is_privacy(run: Run, kind: bytes) -> int:
    """Whether Privacy asks for `kind`: ``id``, ``user``, ``header``, ``session``, ``critical`` or ``none``."""
    asked = [each.strip().lower() for value in header_values(run.context, b"privacy") for each in re.split(rb"[;,]", value)]
    return TRUE if kind.strip().lower() in asked else FALSE


@function("textopsx", (REQUEST, REPLY))
def msg_apply_changes(run: Run) -> int:
    """Make the edits now: what follows reads the message that they leave."""
    if run.apply() and run.kind == REPLY:
        # A response without edits goes on as it came: this one is another now.
        run.edit(run.request.headers, run.request.headers, b"")
    return TRUE


@function("textopsx", (REPLY,))
def change_reply_status(run: Run, code: int, reason: bytes) -> int:
    """Give the response another status and reason. False where a success or a provisional one would become something else."""
    if not 100 <= code <= 699 or (code // 100 != run.status // 100 and not (run.status >= 300 <= code)):
        return FALSE
    # A text from the message may have line ends in it, which would begin a header field.
    run.new_status, run.new_reason = code, reason.replace(b"\r", b" ").replace(b"\n", b" ")
    return TRUE


@function("textopsx", (REPLY,))
def change_reply_status_code(run: Run, code: int) -> int:
    """Give the response another status, with the reason that it has."""
    return change_reply_status(run, code, run.reason)


@function("textops")
def in_list(run: Run, subject: bytes, items: bytes, separator: bytes) -> int:
    """Whether `subject` is one of `items`, which `separator` divides."""
    return TRUE if subject in _items(items, separator) else FALSE


@function("textops")
def in_list_prefix(run: Run, subject: bytes, items: bytes, separator: bytes) -> int:
    """Whether `subject` begins with one of `items`."""
    return TRUE if any(subject.startswith(each) for each in _items(items, separator) if each) else FALSE


@function("textops", MESSAGES)
def cmp_str(run: Run, one: bytes, other: bytes) -> int:
    """Whether both are the same."""
    return TRUE if one == other else FALSE


@function("textops", MESSAGES)
def cmp_istr(run: Run, one: bytes, other: bytes) -> int:
    """Whether both are the same but for case."""
    return TRUE if one.lower() == other.lower() else FALSE


@function("textops", MESSAGES)
def starts_with(run: Run, text: bytes, beginning: bytes) -> int:
    """Whether `text` begins with `beginning`."""
    return TRUE if text.startswith(beginning) else FALSE


@function("textops", MESSAGES)
def ends_with(run: Run, text: bytes, end: bytes) -> int:
    """Whether `text` ends with `end`."""
    return TRUE if text.endswith(end) else FALSE


@function("textops")
def str_find(run: Run, text: bytes, wanted: bytes) -> int:
    """Whether `wanted` stands in `text`."""
    return TRUE if wanted in text else FALSE


@function("textops")
def str_ifind(run: Run, text: bytes, wanted: bytes) -> int:
    """Whether `wanted` stands in `text`, whatever its case."""
    return TRUE if wanted.lower() in text.lower() else FALSE


@function("textops")
def search_str(run: Run, text: bytes, pattern: Regex) -> int:
    """Whether `text` matches."""
    return TRUE if pattern.search(text) else FALSE


@function("textopsx")
def fnmatch(run: Run, text: bytes, pattern: bytes, flags: bytes = b"") -> int:
    """Whether `text` matches the shell's pattern (``*``, ``?``, ``[…]``); flag ``i``: whatever its case."""
    if b"i" in flags:
        text, pattern = text.lower(), pattern.lower()
    return TRUE if fnmatchcase(text.decode("latin-1"), pattern.decode("latin-1")) else FALSE


#: What keep_hf() does not take out.
_NEEDED = frozenset(
    b"via v from f to t call-id i cseq max-forwards route record-route content-length l content-type c contact m".split()
)


def _chosen(found: list[_T], which: bytes) -> list[_T]:
    return found[:1] if which == b"f" else found[-1:] if which == b"l" else found


def _items(items: bytes, separator: bytes) -> list[bytes]:
    return [each.strip() for each in items.split(separator or b",")]


def _remove(run: Run, lines: list[tuple[int, int]]) -> int:
    for start, end in lines:
        run.edit(start, end, b"")
    return TRUE if lines else FALSE


@lru_cache(100)
def _methods(text: bytes) -> frozenset[bytes]:
    return frozenset(text.upper().split(b"|"))
