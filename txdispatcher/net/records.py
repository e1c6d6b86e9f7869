"""DNS records by name and type, remembered for their TTL; who asks for what was known before waits for no slow resolver."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.names import dns, error
from twisted.python.failure import Failure

# A log line for each port that a question is asked from would be all that the log holds.
dns.DNSDatagramProtocol.noisy = False

#: Seconds for an answer, of each attempt.
TIMEOUT = (1, 2)
#: Bounds of a TTL, in seconds: 0 would ask for every call, and an answer for weeks could not be taken back.
LEAST_TTL = 1
MOST_TTL = 86_400
#: Seconds for which "there is none" holds where the zone does not say (RFC 2308 5), and at the most.
NEGATIVE_TTL = 60
MOST_NEGATIVE_TTL = 900
#: Seconds for which a failure of the resolver holds: a dead one is not asked for every call.
FAILED_TTL = 5
#: Seconds behind its TTL for which an answer is still given at once, while it is asked for anew (RFC 8767); and for which it is
#: given at all, where the resolver does not answer.
STALE = 3_600
KEPT = 86_400
#: Answers remembered, and questions open at once. Strangers choose names (Contact, Route), so both are bounded.
MOST_KNOWN = 10_000
MOST_AT_ONCE = 200

#: A name, as labels with dots, and a type, such as `dns.SRV`.
Key = tuple[str, int]


class Records:
    """`resolver` is a `twisted.names` resolver; `clock` gives seconds."""

    def __init__(self, resolver: Any, clock: Callable[[], float]) -> None:
        self._resolver = resolver
        self._clock = clock
        self._known: dict[Key, _Answer] = {}
        self._asked: dict[Key, list[Deferred[list[Any] | None]]] = {}

    def ask(self, name: str, kind: int, ttl: int = 0) -> Deferred[list[Any] | None]:
        """Fires with the records of `name` of type `kind` (`twisted.names.dns.Record_…`): none where there are none.

        With None where that cannot be known now. `ttl` goes before the records' own (seconds; 0: theirs holds).
        """
        key = (name.lower().rstrip("."), kind)
        now = self._clock()
        known = self._known.get(key)
        if known is not None:
            if now < (known.since + ttl if ttl else known.expires):
                return succeed(known.found)
            if _outlasts(key, known) and now < known.expires + STALE:
                self._query(key)
                return succeed(known.found)
        if key not in self._asked and len(self._asked) >= MOST_AT_ONCE:
            return succeed(known.found if known is not None else None)
        answer: Deferred[list[Any] | None] = Deferred()
        self._query(key, answer)
        return answer

    def _query(self, key: Key, answer: Deferred[list[Any] | None] | None = None) -> None:
        under_way = self._asked.get(key)
        waiting = self._asked.setdefault(key, [])
        if answer is not None:
            waiting.append(answer)
        if under_way is None:
            query = dns.Query(key[0].encode("idna"), key[1], dns.IN)
            asked = maybeDeferred(self._resolver.query, query, TIMEOUT)
            asked.addCallback(self._answered, key).addErrback(self._failed, key)

    def _answered(self, sections: tuple[list[Any], list[Any], list[Any]], key: Key) -> None:
        answers, authority, _ = sections
        records = [each for each in answers if each.type == key[1]]
        if records:
            # A CNAME on the way may go sooner than what it leads to.
            ttl = min(max(min(each.ttl for each in answers), LEAST_TTL), MOST_TTL)
            self._remember(key, [each.payload for each in records], ttl)
        else:
            self._remember(key, [], _negative_ttl(authority))

    def _failed(self, failure: Failure, key: Key) -> None:
        if failure.check(error.DNSNameError):  # type: ignore[no-untyped-call]
            message = getattr(failure.value, "args", (None,))[0]
            self._remember(key, [], _negative_ttl(getattr(message, "authority", [])))
            return
        now = self._clock()
        known = self._known.get(key)
        if known is not None and _outlasts(key, known) and now < known.since + KEPT:
            known.expires = max(known.expires, now + FAILED_TTL)
            self._tell(key, known.found)
        else:
            self._remember(key, None, FAILED_TTL)

    def _remember(self, key: Key, found: list[Any] | None, ttl: int) -> None:
        known = self._known
        known.pop(key, None)
        if len(known) >= MOST_KNOWN:
            del known[next(iter(known))]  # The one that was answered longest ago.
        now = self._clock()
        known[key] = _Answer(found, now, now + ttl)
        self._tell(key, found)

    def _tell(self, key: Key, found: list[Any] | None) -> None:
        for waiting in self._asked.pop(key):
            waiting.callback(found)


class _Answer:
    """What was `found` (None: nobody answered), when, and until when that holds."""

    __slots__ = ("expires", "found", "since")

    def __init__(self, found: list[Any] | None, since: float, expires: float) -> None:
        self.found = found
        self.since = since
        self.expires = expires


def _outlasts(key: Key, known: _Answer) -> bool:
    """Whether an answer is given behind its TTL.

    That there are no services, or is no IPv6, is one that most gateways have beside their address: calls would wait for it again.
    That there is no address may have been mended, so it is asked for first.
    """
    return bool(known.found) or (known.found is not None and key[1] != dns.A)


def _negative_ttl(authority: list[Any]) -> int:
    """RFC 2308 5: the smaller of the SOA record's own TTL and the "minimum" that it holds."""
    for each in authority:
        if each.type == dns.SOA:
            return int(min(max(min(each.ttl, each.payload.minimum), LEAST_TTL), MOST_NEGATIVE_TTL))
    return NEGATIVE_TTL
