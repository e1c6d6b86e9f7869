"""A small DNS server of the tests' own: a zone that counts its questions, asked directly or over UDP on loopback."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.names import dns, error


class Zone:
    """Records by name; what it does not have does not exist (NXDOMAIN, with an SOA whose "minimum" is `negative`).

    `query` is that of a `twisted.names` resolver. A `silent` one never answers, a `broken` one answers SERVFAIL.
    """

    def __init__(self, negative: int = 30) -> None:
        self.records: dict[str, list[Any]] = {}
        self.asked: Counter[tuple[str, int]] = Counter()
        self.negative = negative
        self.silent = False
        self.broken = False

    def add(self, name: str, record: Any, ttl: int = 60) -> None:
        self.records.setdefault(name.lower(), []).append(dns.RRHeader(name.encode(), record.TYPE, dns.IN, ttl, record))

    def host(self, name: str, address: str, ttl: int = 60) -> None:
        self.add(name, dns.Record_AAAA(address) if ":" in address else dns.Record_A(address), ttl)

    def srv(self, name: str, target: str, port: int, priority: int = 0, weight: int = 0, ttl: int = 60) -> None:
        self.add(name, dns.Record_SRV(priority, weight, port, target.encode()), ttl)

    def naptr(self, name: str, order: int, preference: int, service: str, replacement: str, flags: str = "s") -> None:
        self.add(name, dns.Record_NAPTR(order, preference, flags.encode(), service.encode(), b"", replacement.encode()))

    def alias(self, name: str, target: str, ttl: int) -> None:
        self.add(name, dns.Record_CNAME(target.encode()), ttl)

    def answer(self, query: dns.Query) -> tuple[int, list[Any], list[Any]]:
        """(rCode, answers, authority); an alias is followed, as a resolver does."""
        name = query.name.name.decode().lower()
        self.asked[name, query.type] += 1
        if self.broken:
            return dns.ESERVER, [], []
        found = self.records.get(name, [])
        answers = [each for each in found if each.type in (query.type, dns.CNAME)]
        for alias in [each for each in answers if each.type == dns.CNAME]:
            answers += [each for each in self.records[alias.payload.name.name.decode()] if each.type == query.type]
        soa = dns.RRHeader(b"", dns.SOA, dns.IN, 3600, dns.Record_SOA(b"ns", b"root", minimum=self.negative))
        return dns.OK if found else dns.ENAME, answers, [] if answers else [soa]

    def query(self, query: dns.Query, timeout: Any) -> Deferred[Any]:
        code, answers, authority = self.answer(query)
        if self.silent:
            return Deferred()
        if code != dns.OK:
            message = dns.Message(rCode=code)
            message.authority = authority
            return fail(error.DNSNameError(message) if code == dns.ENAME else error.DNSServerError(message))
        return succeed((answers, authority, []))


class NameServer:
    """`zone`, served at `address` until the block ends."""

    def __init__(self, zone: Zone) -> None:
        self.zone = zone
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._socket.getsockname()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> NameServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.sendto(b"", self.address)
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            data, source = self._socket.recvfrom(4096)
            if not data:
                return
            message = dns.Message()
            message.fromStr(data)
            code, answers, authority = self.zone.answer(message.queries[0])
            if self.zone.silent:
                continue
            reply = dns.Message(message.id, answer=1, recDes=1, recAv=1, rCode=code)
            reply.queries, reply.answers, reply.authority = message.queries, answers, authority
            self._socket.sendto(reply.toStr(), source)
