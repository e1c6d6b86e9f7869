"""Accounting (Kamailio's module acc): a line in the log for each transaction that a script has flagged.

    ACC: transaction answered: timestamp=…;method=INVITE;from_tag=…;to_tag=…;call_id=…;code=200;reason=OK;…
    ACC: call missed: …

A final response below 300 is accounted with `log_flag`, another one if `failed_transaction_flag` is set too; an INVITE that fails
with `log_missed_flag` is a missed call. Answers without a transaction are not accounted, nor are they by Kamailio.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from txdispatcher.errors import FormatError, ParseError
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.texts import compile_text, compile_value
from txdispatcher.sip.address import tag_span
from txdispatcher.sip.message import parse

#: Kamailio's level of these lines, L_NOTICE.
LEVEL = 1

_FROM_TAG = compile_value("$ft")


@dataclass(frozen=True, slots=True)
class Accounting:
    """Which flags ask for it (0: none does), and what is added to each line: names and texts."""

    log_flag: int = 0
    failed_transaction_flag: int = 0
    log_missed_flag: int = 0
    extra: tuple[tuple[str, Callable[[Run], bytes]], ...] = ()

    def lines(self, run: Run, status: int, response: bytes, timestamp: float) -> list[str]:
        """The lines for the transaction of `run`, whose caller got `response`: 0, 1 or 2."""
        found = []
        if status >= 300 and run.request.method == b"INVITE" and self._is_set(run, self.log_missed_flag):
            found.append("ACC: call missed: ")
        if self._is_set(run, self.log_flag) and (status < 300 or self._is_set(run, self.failed_transaction_flag)):
            found.append("ACC: transaction answered: ")
        if not found:
            return []
        text = self._fields(run, status, response, timestamp)
        return [prefix + text for prefix in found]

    def _fields(self, run: Run, status: int, response: bytes, timestamp: float) -> str:
        to_tag, reason = _of_response(response)
        from_tag = _FROM_TAG(run)
        fields: list[tuple[str, object]] = [
            ("timestamp", int(timestamp)),
            ("method", run.request.method),
            ("from_tag", from_tag or b""),
            ("to_tag", to_tag),
            ("call_id", run.request.call_id),
            ("code", status),
            ("reason", reason),
            *((name, text(run)) for name, text in self.extra),
        ]
        return ";".join(
            f"{name}={value.decode('utf-8', 'replace') if isinstance(value, bytes) else value}" for name, value in fields
        )

    def _is_set(self, run: Run, flag: int) -> bool:
        # Kamailio's parameters are numbers of flags, of which 0 cannot be used here.
        return flag > 0 and bool(run.flags & 1 << flag)


def compile_extra(text: str) -> tuple[tuple[str, Callable[[Run], bytes]], ...]:
    """``src_user=$fU;src_ip=$si``. Raises FormatError."""
    found = []
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if not part.strip():
            continue
        if not equals or not name.strip().replace("_", "").isalnum():
            raise FormatError(text, text.index(part) + 1, f"found {part!r}; allowed: NAME=$variable, separated by ;")
        found.append((name.strip(), compile_text(value.strip())))
    return tuple(found)


def _of_response(response: bytes) -> tuple[bytes, bytes]:
    """The To tag and the reason phrase; empty where nothing was sent."""
    if not response:
        return b"", b""
    reason = response[12 : response.index(b"\r\n")].strip()
    try:
        message = parse(response)
        start, end = tag_span(message.data, message.to_start, message.to_end)
    except ParseError:
        return b"", reason
    return message.data[start:end], reason
