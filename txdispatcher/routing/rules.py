"""[[route.rule]]: an initial request meets the rules in order; the first that matches decides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from txdispatcher.balancing.sets import Sets
from txdispatcher.proxy.context import Context
from txdispatcher.routing.access import Networks


@dataclass(frozen=True, slots=True)
class Action:
    """What a rule decides: a reply (`reply` is its status), or, with `reply` 0, dispatching to `set_id` by `algorithm`."""

    set_id: int = 0
    algorithm: int = 0
    reply: int = 0
    reason: bytes = b""


class Rule:
    """Conditions, all of which must hold, and an action. An empty condition always holds.

    A source matches if it is in one of the networks or is a destination of one of the sets. `prefixes` are of the
    Request-URI's user, `domains` (lower case) its host.
    """

    __slots__ = ("_domains", "_methods", "_networks", "_prefixes", "_sets", "action", "names_source")

    def __init__(
        self,
        action: Action,
        *,
        from_networks: Iterable[IPv4Network | IPv6Network] = (),
        from_sets: Iterable[int] = (),
        methods: Iterable[str] = (),
        prefixes: Iterable[str] = (),
        domains: Iterable[str] = (),
    ) -> None:
        self.action = action
        networks = tuple(from_networks)
        self._networks = Networks(networks)
        self._sets = tuple(from_sets)
        self._methods = frozenset(method.encode("ascii") for method in methods)
        self._prefixes = tuple(prefix.encode() for prefix in prefixes)
        self._domains = frozenset(domain.encode() for domain in domains)
        #: Whether it asks where a request comes from.
        self.names_source = bool(networks or self._sets)

    def matches(self, context: Context, sets: Sets) -> bool:
        if self._methods and context.request.method not in self._methods:
            return False
        if self._prefixes and not context.uri.username.startswith(self._prefixes):
            return False
        if self._domains and context.uri.place[0].strip(b"[]") not in self._domains:
            return False
        return not self.names_source or self._is_from(context, sets)

    def _is_from(self, context: Context, sets: Sets) -> bool:
        host, port = context.source
        return host in self._networks or any(sets.find(host, port, set_id=set_id) is not None for set_id in self._sets)
