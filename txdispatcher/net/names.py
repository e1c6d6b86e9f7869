"""Host names -> IP addresses, by the system's resolver, off the reactor's thread; remembered for a while."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IHostResolution, IResolutionReceiver
from zope.interface import implementer

#: Seconds for which an answer holds. The system's resolver tells no TTL, and gateways move rarely.
TTL = 60.0
#: Seconds for which a failure holds: a dead resolver is not asked for every call.
FAILED_TTL = 5.0
#: Names remembered, and names asked for at once. Strangers choose them (Contact, Route), so both are bounded.
MOST_NAMES = 10_000
MOST_AT_ONCE = 200


class Names:
    """`resolver` is a reactor's `nameResolver` (IHostnameResolver), `clock` gives seconds."""

    def __init__(self, resolver: Any, clock: Callable[[], float]) -> None:
        self._resolver = resolver
        self._clock = clock
        self._known: dict[str, tuple[float, list[str]]] = {}
        self._asked: dict[str, list[Deferred[list[str]]]] = {}

    def lookup(self, host: str) -> Deferred[list[str]]:
        """Fires with the IP addresses of `host`, IPv4 first; with none where there are none or it could not be asked."""
        answer: Deferred[list[str]] = Deferred()
        known = self._known.get(host)
        if known is not None and known[0] > self._clock():
            answer.callback(known[1])
        elif not _is_name(host):
            answer.callback([])
        elif host in self._asked:
            self._asked[host].append(answer)
        elif len(self._asked) >= MOST_AT_ONCE:
            answer.callback([])
        else:
            self._asked[host] = [answer]
            self._resolver.resolveHostName(_Receiver(lambda found: self._answered(host, found)), host)
        return answer

    def _answered(self, host: str, found: list[str]) -> None:
        if len(self._known) >= MOST_NAMES:
            self._known.clear()
        found.sort(key=lambda address: ip_address(address).version)
        self._known[host] = (self._clock() + (TTL if found else FAILED_TTL), found)
        for waiting in self._asked.pop(host):
            waiting.callback(found)


def _is_name(host: str) -> bool:
    """Whether the system's resolver can be asked for it: labels of 1 to 63 bytes. Asked for any other, Twisted never answers."""
    try:
        host.encode("idna")
    except UnicodeError:
        return False
    return bool(host)


@implementer(IResolutionReceiver)
class _Receiver:
    def __init__(self, done: Callable[[list[str]], None]) -> None:
        self._done = done
        self._found: list[str] = []

    def resolutionBegan(self, resolutionInProgress: IHostResolution) -> None:
        """Nothing to do: what counts is the end."""

    def addressResolved(self, address: IAddress) -> None:
        host = getattr(address, "host", None)
        if host is not None and host not in self._found:
            self._found.append(host)

    def resolutionComplete(self) -> None:
        self._done(self._found)
