# cython: boundscheck=True, wraparound=True
"""Accounting (Kamailio's module acc): an event for each transaction that a script has flagged, for the log and for records.

    ACC: transaction answered: timestamp=…;method=INVITE;from_tag=…;to_tag=…;call_id=…;code=200;reason=OK;…
    ACC: call missed: …

A final response below 300 is accounted with the flag `flag`, another one if `failed_transaction_flag` is set too; an INVITE that
fails with `missed_flag` is a missed call, once, from the first gateway that refuses it. Answers without a transaction are not
accounted, nor are they by Kamailio.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from txdispatcher.errors import FormatError, ParseError
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.texts import compile_value
from txdispatcher.routing.values import as_bytes
from txdispatcher.routing.variables import Value
from txdispatcher.sip.address import tag_span
from txdispatcher.sip.reasons import reason_phrase

#: Kamailio's level of these lines, L_NOTICE.
LEVEL = 1

ANSWERED, MISSED, REQUEST = "transaction answered", "call missed", "request accounted"

_FROM_TAG = compile_value("$ft")
#: The value of To in a response, which may go on in further lines.
_TO = re.compile(rb"\r\nt(?:o)?[ \t]*:[ \t]*((?:[^\r\n]|\r\n[ \t])*)", re.IGNORECASE)
_USUAL_TO = b"\r\nTo: "

#: The value of Reason.
_REASON = re.compile(rb"\r\nreason[ \t]*:[ \t]*((?:[^\r\n]|\r\n[ \t])*)", re.IGNORECASE)


class Event:
    """What is accounted: `kind` is one of the above, `timestamp` in seconds of the epoch.

    `values` are the method, the From tag, the To tag, the Call-ID, the code and the reason, then those of `names`, which are the
    book's own. They are as they were in the messages: as text they are wanted later, and not by the call. `table` is where a
    record of it goes, "" for where its kind goes.
    """

    __slots__ = ("kind", "names", "table", "timestamp", "values")

    def __init__(
        self, kind: str, timestamp: float, values: tuple[bytes, ...], names: tuple[str, ...] = (), table: str = ""
    ) -> None:
        self.kind = kind
        self.timestamp = timestamp
        self.values = values
        self.names = names
        self.table = table

    @property
    def fields(self) -> dict[str, str]:
        """What every event has, by the names that Kamailio gives it in the log."""
        return {name: _shown(value) for name, value in zip(_FIELDS, self.values, strict=False)}

    @property
    def extra(self) -> dict[str, str]:
        return {name: _shown(value) for name, value in zip(self.names, self.values[len(_FIELDS) :], strict=True)}

    @property
    def line(self) -> str:
        """Kamailio's line of it."""
        return event_line(self, self.fields, self.extra)


_FIELDS = ("method", "from_tag", "to_tag", "call_id", "code", "reason")


@dataclass(frozen=True, slots=True)
class Extra:
    """What is added to each event: the names, and what reads the value of each."""

    names: tuple[str, ...] = ()
    readers: tuple[Callable[[Run], Value | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Book:
    """Which flags ask for an event (0: none does), and what is added to it."""

    flag: int = 0
    missed_flag: int = 0
    extra: Extra = Extra()

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
        if status >= 300 and _is_set(run, book.missed_flag) and run.request.method == b"INVITE":
            kinds.append(MISSED)
        if final and _is_set(run, book.flag) and (status < 300 or self._is_failure(run, status)):
            kinds.append(ANSWERED)
        if not kinds:
            return []
        to_tag, reason = _of_response(response)
        if self.reason_from_hf:
            reason = _reason_header(response) or reason
        values = _values(run, to_tag, b"%d" % status, reason or reason_phrase(status), book.extra)
        return [Event(kind, timestamp, values, book.extra.names) for kind in kinds]

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
    values = _values(run, run.context.to_tag, code, reason, extra)
    return Event(REQUEST, timestamp, values, extra.names, table)


def compile_extra(text: str) -> Extra:
    """``src_user=$fU;src_ip=$si``: what has no value is empty, as in Kamailio. Raises FormatError."""
    names, readers = [], []
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if not part.strip():
            continue
        if not equals or not name.strip().replace("_", "").isalnum():
            raise FormatError(text, text.index(part) + 1, f"found {part!r}; allowed: NAME=$variable, separated by ;")
        names.append(name.strip())
        readers.append(compile_value(value.strip()))
    return Extra(tuple(names), tuple(readers))


def _values(run: Run, to_tag: bytes, code: bytes, reason: bytes, extra: Extra) -> tuple[bytes, ...]:
    request = run.request
    values = [request.method, as_bytes(_FROM_TAG(run)), to_tag, request.call_id, code, reason]
    for read in extra.readers:
        values.append(as_bytes(read(run)))
    return tuple(values)


def event_line(event: Event, fields: Mapping[str, str], extra: Mapping[str, str]) -> str:
    """Kamailio's line of an event, whose `fields` and `extra` are there already."""
    told = ";".join([f"{name}={value}" for each in (fields, extra) for name, value in each.items()])
    return f"ACC: {event.kind}: timestamp={int(event.timestamp)};{told}"


def _shown(value: bytes) -> str:
    return value.decode("utf-8", "replace")


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
    start = response.find(_USUAL_TO) + len(_USUAL_TO)
    end = response.find(b"\r\n", start)
    if start < len(_USUAL_TO) or response[end + 2 : end + 3] in (b" ", b"\t"):
        found = _TO.search(response)
        if found is None:
            return b"", reason
        start, end = found.span(1)
    try:
        start, end = tag_span(response, start, end)
    except ParseError:
        return b"", reason
    return response[start:end], reason
