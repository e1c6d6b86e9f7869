"""The pseudo-variables of the clock: ``$Ts``, ``$Tf``, ``$time(hour)``, ``$timef(%H:%M)``, ``$TV(sn)`` and their like."""

from __future__ import annotations

import time
from collections.abc import Callable

from txdispatcher.errors import FormatError
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.variables import Value

Reader = Callable[[Run], Value | None]

_STARTED = int(time.time())

_PARTS: dict[str, Callable[[time.struct_time], int]] = {
    "sec": lambda now: now.tm_sec,
    "min": lambda now: now.tm_min,
    "hour": lambda now: now.tm_hour,
    "mday": lambda now: now.tm_mday,
    "mon": lambda now: now.tm_mon,
    "year": lambda now: now.tm_year,
    "wday": lambda now: (now.tm_wday + 1) % 7 + 1,
    "yday": lambda now: now.tm_yday,
    "isdst": lambda now: now.tm_isdst,
}
#: Seconds, microseconds, and both as text. Those with an "n" ask the clock anew in Kamailio, as all do here.
_EXACT: dict[str, Callable[[int], Value]] = {
    "s": lambda microseconds: microseconds // 1_000_000,
    "sn": lambda microseconds: microseconds // 1_000_000,
    "u": lambda microseconds: microseconds % 1_000_000,
    "un": lambda microseconds: microseconds % 1_000_000,
    "Sn": lambda microseconds: b"%d.%06d" % divmod(microseconds, 1_000_000),
}


def _part(clock: Callable[[], time.struct_time]) -> Callable[[str], Reader]:
    def made(part: str) -> Reader:
        read = _PARTS.get(part)
        if read is None:
            raise FormatError(f"$time({part})", 7, f"{part} is unknown; allowed: {', '.join(_PARTS)}")
        return lambda run: read(clock())

    return made


def _formatted(clock: Callable[[], time.struct_time]) -> Callable[[str], Reader]:
    return lambda form: lambda run: time.strftime(form, clock()).encode()


def _exact(part: str) -> Reader:
    read = _EXACT.get(part)
    if read is None:
        raise FormatError(f"$TV({part})", 5, f"{part} is unknown; allowed: {', '.join(_EXACT)}")
    return lambda run: read(time.time_ns() // 1000)


def _in_words(run: Run) -> bytes:
    return time.ctime().encode()


def _seconds(run: Run) -> int:
    return int(time.time())


READERS: dict[str, Reader] = {
    "Ts": _seconds,
    "TS": _seconds,
    "Tf": _in_words,
    "TF": _in_words,
    "Tb": lambda run: _STARTED,
}

#: Those with a name in parentheses: what reads one of that name. Raise FormatError.
NAMED: dict[str, Callable[[str], Reader]] = {
    "time": _part(time.localtime),
    "utime": _part(time.gmtime),
    "timef": _formatted(time.localtime),
    "utimef": _formatted(time.gmtime),
    "TV": _exact,
}
