"""Accounting (Kamailio's module acc): an event for each transaction that a script has flagged, for the log and for records.

    ACC: transaction answered: timestamp=…;method=INVITE;from_tag=…;to_tag=…;call_id=…;code=200;reason=OK;…
    ACC: call missed: …

A final response below 300 is accounted with the flag `flag`, another one if `failed_transaction_flag` is set too; an INVITE that
fails with `missed_flag` is a missed call, once, from the first gateway that refuses it. Answers without a transaction are not
accounted, nor are they by Kamailio.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from txdispatcher.errors import FormatError, ParseError
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.table import as_bytes
from txdispatcher.routing.script.texts import compile_value
from txdispatcher.routing.variables import Value
from txdispatcher.sip.address import tag_span
from txdispatcher.sip.reasons import reason_phrase

#: Kamailio's level of these lines, L_NOTICE.
LEVEL = 1

#: Names and texts that are added to each event; a text is made of the run.
Extra = tuple[tuple[str, Callable[[Run], bytes]], ...]

ANSWERED, MISSED, REQUEST = "transaction answered", "call missed", "request accounted"

_FROM_TAG = compile_value("$ft")
#: The value of To in a response, which may go on in further lines.
_TO = re.compile(rb"\r\nt(?:o)?[ \t]*:[ \t]*((?:[^\r\n]|\r\n[ \t])*)", re.IGNORECASE)

#: The value of Reason.
_REASON = re.compile(rb"\r\nreason[ \t]*:[ \t]*((?:[^\r\n]|\r\n[ \t])*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Event:
    """What is accounted: `kind` is one of the above, `timestamp` in seconds of the epoch, `extra` names and values.

    `table` is where a record of it goes, "" for where its kind goes.
    """

    kind: str
    timestamp: float
    method: str
    from_tag: str
    to_tag: str
    call_id: str
    code: str
    reason: str
    extra: tuple[tuple[str, str], ...] = ()
    table: str = ""

    @property
    def line(self) -> str:
        """Kamailio's line of it."""
        fields = (
            ("timestamp", int(self.timestamp)),
            ("method", self.method),
            ("from_tag", self.from_tag),
            ("to_tag", self.to_tag),
            ("call_id", self.call_id),
            ("code", self.code),
            ("reason", self.reason),
            *self.extra,
        )
        return f"ACC: {self.kind}: " + ";".join(f"{name}={value}" for name, value in fields)


@dataclass(frozen=True, slots=True)
class Book:
    """Which flags ask for an event (0: none does), and what is added to it."""

    flag: int = 0
    missed_flag: int = 0
    extra: Extra = ()

    def __bool__(self) -> bool:
        return bool(self.flag or self.missed_flag)


@dataclass(frozen=True, slots=True)
class Accounting:
    """`log` is what goes to the log, `records` what goes to a table or a file. Each gets an `Event`."""

    log: Book = Book()
    records: Book = Book()
    failed_transaction_flag: int = 0
    #: Statuses of failed transactions that are not accounted all the same.
    failed_filter: frozenset[int] = frozenset()
    #: Whether the reason is that of the response's Reason, where it has one (RFC 3326).
    reason_from_hf: bool = False

    def events(self, book: Book, run: Run, status: int, response: bytes, timestamp: float, final: bool = True) -> list[Event]:
        """The events of a book for the transaction of `run`, whose caller got `response`: 0, 1 or 2.

        Not `final`: a gateway has failed with `response`, and another may be tried yet.
        """
        kinds = []
        if status >= 300 and run.request.method == b"INVITE" and _is_set(run, book.missed_flag):
            kinds.append(MISSED)
        if final and _is_set(run, book.flag) and (status < 300 or self._is_failure(run, status)):
            kinds.append(ANSWERED)
        if not kinds:
            return []
        to_tag, reason = _of_response(response)
        if self.reason_from_hf:
            reason = _reason_header(response) or reason
        reason = reason or reason_phrase(status)
        return [_event(kind, run, to_tag, b"%d" % status, reason, book.extra, timestamp) for kind in kinds]

    def _is_failure(self, run: Run, status: int) -> bool:
        return _is_set(run, self.failed_transaction_flag) and status not in self.failed_filter

    def noted(self, run: Run) -> None:
        """A call that was missed is not missed once more."""
        for book in (self.log, self.records):
            if book.missed_flag > 0:
                run.flags &= ~(1 << book.missed_flag)


def request_event(run: Run, comment: bytes, extra: Extra, timestamp: float, table: str = "") -> Event:
    """What acc_log_request() and acc_db_request() account: `comment` is ``404 Not found``, or a reason without a code."""
    code, _, reason = comment.partition(b" ")
    if not (len(code) == 3 and code.isdigit()):
        code, reason = b"0", comment
    return _event(REQUEST, run, run.context.to_tag, code, reason, extra, timestamp, table)


def compile_extra(text: str) -> Extra:
    """``src_user=$fU;src_ip=$si``: what has no value is empty, as in Kamailio. Raises FormatError."""
    found = []
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if not part.strip():
            continue
        if not equals or not name.strip().replace("_", "").isalnum():
            raise FormatError(text, text.index(part) + 1, f"found {part!r}; allowed: NAME=$variable, separated by ;")
        found.append((name.strip(), _empty_without(compile_value(value.strip()))))
    return tuple(found)


def _empty_without(reader: Callable[[Run], Value | None]) -> Callable[[Run], bytes]:
    return lambda run: as_bytes(reader(run))


def _event(
    kind: str, run: Run, to_tag: bytes, code: bytes, reason: bytes, extra: Extra, timestamp: float, table: str = ""
) -> Event:
    return Event(
        kind,
        timestamp,
        _shown(run.request.method),
        _shown(_FROM_TAG(run) or b""),
        _shown(to_tag),
        _shown(run.request.call_id),
        _shown(code),
        _shown(reason),
        tuple((name, _shown(text(run))) for name, text in extra),
        table,
    )


def _shown(value: bytes | int) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _is_set(run: Run, flag: int) -> bool:
    # Kamailio's parameters are numbers of flags, of which 0 cannot be used here.
    return flag > 0 and bool(run.flags & 1 << flag)


def _reason_header(response: bytes) -> bytes:
    found = _REASON.search(response)
    return b" ".join(found[1].split()) if found is not None else b""


def _of_response(response: bytes) -> tuple[bytes, bytes]:
    """The To tag and the reason phrase; empty where nothing was sent. It has been parsed before it came here, or is ours."""
    if not response:
        return b"", b""
    reason = response[12 : response.index(b"\r\n")].strip()
    found = _TO.search(response)
    if found is None:
        return b"", reason
    try:
        start, end = tag_span(response, found.start(1), found.end(1))
    except ParseError:
        return b"", reason
    return response[start:end], reason
