"""The dispatcher in a program of one's own: sets, states, probing and events, without the proxy (docs/embedding.md).

What Kamailio's module offers other modules (`api.h`): select, next, mark, is-from-list; and besides what keeps it true, a load
of the sets, pings, and word of what they find.
"""

from __future__ import annotations

import secrets
import time
from typing import Any

from twisted.internet.defer import Deferred, ensureDeferred, gatherResults, maybeDeferred

from txdispatcher.balancing.destination import Destination
from txdispatcher.balancing.selection import Selection
from txdispatcher.balancing.states import parse_mark
from txdispatcher.balancing.transitions import Transitions
from txdispatcher.check_destinations import destination_warnings
from txdispatcher.config import Config
from txdispatcher.listening import sockets_of
from txdispatcher.liveness import Liveness, destination_names_of, names_of, probing_of
from txdispatcher.net.engine import Engine
from txdispatcher.net.interfaces import expand
from txdispatcher.net.port import DatagramPort
from txdispatcher.net.sweep import Sweep
from txdispatcher.net.udp import SipDatagrams
from txdispatcher.proxy.context import Context
from txdispatcher.proxy.decision import Decision, Discard, Relay
from txdispatcher.proxy.hop import Address, Hop
from txdispatcher.proxy.intake import Common
from txdispatcher.proxy.listener import Listener, Listeners
from txdispatcher.proxy.stateless import StatelessProxy
from txdispatcher.sip.message import Response
from txdispatcher.sources import sets_of, source_of
from txdispatcher.stores.loading import Loader

_NOBODY = Discard("outsiders")


class Dispatcher:
    """What `[dispatcher]` of `config` says, on `reactor`; pings leave from `sip.listen`. Other sections do not matter.

    `sets` and `events` are there for what is not offered here: see `balancing` and `net.events.Events.subscribe`. Use it in the
    reactor's thread.
    """

    def __init__(self, config: Config, reactor: Any) -> None:
        """Loads the sets, which blocks. Raises LoadError."""
        self.sets = sets_of(config)
        self._reactor = reactor
        self._listeners = Listeners(
            [Listener("udp", host, each.port) for each in config.sip.listen for host in expand(each.host)]
        )
        self._transitions = Transitions(self.sets, probing_of(config))
        proxy = StatelessProxy(
            self._listeners, _Refusing(), Common(secrets.token_hex(4).encode("ascii")), secrets.token_bytes(16)
        )
        names = names_of(config, self._listeners, reactor)
        self._destination_names = destination_names_of(config, self.sets, names, reactor)
        self._engine = Engine(proxy, reactor, names, time.monotonic)
        sockets = sockets_of(config, self._listeners)
        self._liveness = Liveness(config, self._transitions, self._listeners, proxy, self._engine, names, reactor, sockets)
        self.events = self._liveness.events
        self._sweep = Sweep(self.sets.calls, config.dispatcher.ds_hash_check_interval, reactor, time.monotonic)
        source = source_of(config)
        self._loader = Loader(
            source,
            self.sets,
            reactor,
            strict=bool(config.dispatcher.ds_load_mode),
            retry=config.dispatcher.db_retry,
            judge=lambda records: list(destination_warnings(config, records, source.name)),
            loaded=self._loaded,
        )
        self._loader.begin()
        self._ports: list[DatagramPort] = []

    def start(self) -> None:
        """Open the sockets, ping, and end calls that are too old, until `stop` or the reactor's end. Raises CannotListenError."""
        for listener in self._listeners.all:
            port = DatagramPort(listener.port, SipDatagrams(self._engine, listener), listener.host, self._reactor)
            port.startListening()
            self._ports.append(port)
        self._loaded()
        self._engine.start()
        self._sweep.start()
        self._reactor.addSystemEventTrigger("before", "shutdown", self.stop)

    def stop(self) -> Deferred[Any]:
        """Fires when all is closed, and the states are saved where the settings say so. A second one does nothing more."""
        ports, self._ports = self._ports, []
        if not ports:
            return gatherResults([])
        self._loader.stop()
        self._destination_names.stop()
        self._engine.stop()
        self._sweep.stop()
        return gatherResults([*(maybeDeferred(port.stopListening) for port in ports), self._liveness.stop()])

    def select(self, set_id: int, algorithm: int, key: bytes = b"", second: bytes = b"", limit: int = 0) -> Selection | None:
        """Select from a set; `key` and `second` are what an algorithm hashes (see `Sets.select`). None: nothing is selectable."""
        return self.sets.select(set_id, algorithm, key, second, time.monotonic(), limit)

    def next(self, selection: Selection) -> Destination | None:
        """What to try when that failed (bit 2 of `flags`); None when there is nothing left."""
        return selection.next(time.monotonic())

    def mark(self, destination: Destination, state: str, reason: str = "") -> None:
        """What was found out, in a word of ds_mark_dst(): ``"tp"``, ``"ip"``, ``"a"``. Raises UnknownState."""
        self._transitions.mark(destination, parse_mark(state), reason or f"mark {state}", time.monotonic())

    def is_from_list(self, host: str, port: int, transport: str | None = None, set_id: int | None = None) -> Destination | None:
        """The first destination at that address; a `transport` or `set_id` of None is any."""
        return self.sets.find(host, port, transport, set_id)

    def reload(self) -> Deferred[None]:
        """Load the sets anew: all of them, or, where it fails with LoadError, nothing."""
        return ensureDeferred(self._loader.reload())

    def _loaded(self) -> None:
        """The sets are others than before."""
        self._liveness.loaded()
        self._destination_names.loaded()


class _Refusing:
    """A Router for who has no calls to route: what comes to the socket of the pings and is no answer is dropped."""

    def request(self, context: Context, now: float) -> Decision:
        return _NOBODY

    def failure(self, relay: Relay, hop: Hop, status: int, answered: bool, now: float) -> tuple[Hop, bytes | None] | None:
        return None

    def finished(self, relay: Relay, status: int, now: float) -> None:
        """Nothing is relayed."""

    def heard(self, relay: Relay, response: Response, source: Address, listener: Listener, now: float) -> Response | None:
        return response

    def stranger(self, source: Address) -> Decision | None:
        return _NOBODY

    def checks_hops(self) -> bool:
        return False

    def source_matters(self) -> bool:
        return False
