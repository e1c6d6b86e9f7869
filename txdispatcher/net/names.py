"""Where a host name leads: RFC 3263, by NAPTR, SRV, A and AAAA, and what the system knows besides."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv6Address
from random import Random
from typing import Any, TypeAlias

from twisted.internet.defer import Deferred, ensureDeferred, gatherResults
from twisted.internet.interfaces import IAddress, IHostResolution, IResolutionReceiver
from twisted.names import dns
from zope.interface import implementer

from txdispatcher.net.hosts import Hosts
from txdispatcher.net.records import Records
from txdispatcher.proxy.actions import Target
from txdispatcher.proxy.hop import ANY_TRANSPORT, SETTLED, Hop

#: Addresses that one name leads to at the most: each is one more attempt.
MOST_TARGETS = 16
#: Servers of one SRV name whose addresses are looked up.
MOST_SERVERS = 32

#: The transports in our order of preference, with their SRV prefix and their NAPTR service (RFC 3263 4.1, 4.2).
_SERVICES = {"udp": ("_sip._udp.", b"sip+d2u"), "tcp": ("_sip._tcp.", b"sip+d2t"), "tls": ("_sips._tcp.", b"sips+d2t")}

#: What a host name is: (priority, weight, name, port) of a server.
_Server: TypeAlias = tuple[int, int, str, int]


class Names:
    """`offered` are the transports that we have listeners for. `system` is a reactor's `nameResolver` (IHostnameResolver).

    It is asked for addresses that DNS has none for: names of other databases, and short names with a search list.
    """

    def __init__(self, records: Records, offered: Collection[str], hosts: Hosts, system: Any = None) -> None:
        self._records = records
        self._offered = offered
        self._hosts = hosts
        self._system = system

    def lookup(self, host: str, ttl: int = 0) -> Deferred[list[str]]:
        """Fires with the IP addresses of `host`, IPv4 first; with none where there are none or it could not be asked.

        `ttl` goes before that of the records (seconds; 0: theirs holds).
        """
        return ensureDeferred(self._addresses(host, ttl))

    def locate(self, hop: Hop, key: int, ttl: int = 0) -> Deferred[list[Target]]:
        """Fires with where `hop` can be reached, in the order to try; with nothing where it cannot.

        Among SRV records of one priority chance decides, by their weights; the same `key` has the same luck.
        """
        return ensureDeferred(self._located(hop, key, ttl))

    async def _located(self, hop: Hop, key: int, ttl: int) -> list[Target]:
        if not _is_name(hop.host) or (hop.open != ANY_TRANSPORT and hop.transport not in self._offered):
            return []
        found: list[Target] | None = None
        if hop.open != SETTLED:
            found = await self._by_services(hop, key, ttl)
        if found is None:
            # No service record: the host itself, at the transport's own port (4.2).
            found = [(hop.transport, address, hop.port) for address in await self._addresses(hop.host, ttl)]
        return found[:MOST_TARGETS]

    async def _by_services(self, hop: Hop, key: int, ttl: int) -> list[Target] | None:
        """What SRV says, and NAPTR where the transport is open; None where neither is there."""
        if hop.open != ANY_TRANSPORT:
            return await self._served(hop.transport, _SERVICES[hop.transport][0] + hop.host, key, ttl)
        # A sips URI may go by TLS alone.
        wanted = [each for each in _SERVICES if each in self._offered and (hop.transport != "tls" or each == "tls")]
        services = await self._naptr(hop.host, wanted, ttl)
        if not services:
            services = [(each, _SERVICES[each][0] + hop.host) for each in wanted]
        found: list[Target] | None = None
        for transport, name in services:
            served = await self._served(transport, name, key, ttl)
            if served is not None:
                found = [*(found or []), *served]
        return found

    async def _naptr(self, host: str, wanted: list[str], ttl: int) -> list[tuple[str, str]]:
        """(transport, SRV name) of each NAPTR record for one of `wanted` (4.1), in their order."""
        by_service = {_SERVICES[each][1]: each for each in wanted}
        records = await self._records.ask(host, dns.NAPTR, ttl) or []
        records = sorted(records, key=lambda each: (each.order, each.preference))
        return [
            (by_service[each.service.string.lower()], each.replacement.name.decode("ascii", "replace"))
            for each in records
            if each.flags.string.lower() == b"s" and each.service.string.lower() in by_service
        ]

    async def _served(self, transport: str, name: str, key: int, ttl: int) -> list[Target] | None:
        """Where the servers of the SRV record `name` are; None without one."""
        records = await self._records.ask(name, dns.SRV, ttl) if _is_name(name) else None
        if not records:
            return None
        servers = [(each.priority, each.weight, each.target.name.decode("ascii", "replace"), each.port) for each in records]
        # RFC 2782: the root as the only target says that the service is not there.
        chosen = [each for each in in_order(servers, key) if each[2] and each[3]][:MOST_SERVERS]
        addresses = await gatherResults([self.lookup(each[2], ttl) for each in chosen])
        return [(transport, address, each[3]) for each, several in zip(chosen, addresses, strict=True) for address in several]

    async def _addresses(self, host: str, ttl: int) -> list[str]:
        if not _is_name(host):
            return []
        listed = self._hosts.find(host)
        if listed:
            return sorted(listed, key=lambda address: ":" in address)
        four, six = await gatherResults([self._records.ask(host, dns.A, ttl), self._records.ask(host, dns.AAAA, ttl)])
        found = [each.dottedQuad() for each in four or []]
        found += [_ipv6(each) for each in six or []]
        if not found and self._system is not None and four is not None and six is not None:
            return await self._by_system(host)
        return list(dict.fromkeys(found))

    def _by_system(self, host: str) -> Deferred[list[str]]:
        answer: Deferred[list[str]] = Deferred()
        self._system.resolveHostName(_Receiver(answer), host)
        return answer


def in_order(servers: list[_Server], key: int) -> list[_Server]:
    """SRV records (priority, weight, name, port) in the order to try (RFC 2782): by priority, then by chance and weight.

    The chance is that of `key`, so that the requests of a call, and a retransmission, meet the same server.
    """
    chance = Random(key)
    left = sorted(servers)
    ordered: list[_Server] = []
    while left:
        # Those of weight 0 come first in `left`, and so have a small chance.
        same = [each for each in left if each[0] == left[0][0]]
        point = chance.randint(0, sum(each[1] for each in same))
        for each in same:
            point -= each[1]
            if point <= 0:
                break
        ordered.append(each)
        left.remove(each)
    return ordered


def _ipv6(record: Any) -> str:
    return str(IPv6Address(record.address))


def _is_name(host: str) -> bool:
    """Whether a resolver can be asked for it: labels of 1 to 63 bytes. Asked for any other, Twisted never answers."""
    try:
        host.encode("idna")
    except UnicodeError:
        return False
    return bool(host) and len(host) < 254


@implementer(IResolutionReceiver)
class _Receiver:
    def __init__(self, answer: Deferred[list[str]]) -> None:
        self._answer = answer
        self._found: list[str] = []

    def resolutionBegan(self, resolutionInProgress: IHostResolution) -> None:
        """Nothing to do: what counts is the end."""

    def addressResolved(self, address: IAddress) -> None:
        host = getattr(address, "host", None)
        if host is not None and host not in self._found:
            self._found.append(host)

    def resolutionComplete(self) -> None:
        self._answer.callback(sorted(self._found, key=lambda address: ":" in address))
