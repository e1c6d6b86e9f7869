"""What runs beside the calls to know which destinations are there: probing, history, events and saved states, by the settings."""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger

from txdispatcher.balancing.history import History
from txdispatcher.balancing.probing import Probing
from txdispatcher.balancing.sets import Sets
from txdispatcher.balancing.transitions import Transitions
from txdispatcher.config import Config
from txdispatcher.errors import ConfigError, LoadError
from txdispatcher.listening import listener_at
from txdispatcher.net.destination_names import DestinationNames, DnsSettings
from txdispatcher.net.engine import Engine
from txdispatcher.net.event_delivery import Delivery, command_delivery, post_delivery
from txdispatcher.net.events import Events, Subscriber
from txdispatcher.net.hosts import Hosts
from txdispatcher.net.names import Names
from txdispatcher.net.ping_plan import PingSettings
from txdispatcher.net.probes import Probes
from txdispatcher.net.records import Records
from txdispatcher.net.resolver import Resolver
from txdispatcher.proxy.intake import Intake
from txdispatcher.proxy.listener import Listeners
from txdispatcher.proxy.pings import Pings
from txdispatcher.proxy.timers import Timers
from txdispatcher.routing.sockets import Sockets
from txdispatcher.sip.reply_codes import parse_reply_codes
from txdispatcher.stores.saved_states import StateKeeper, read_states, restore

log = Logger()


class Liveness:
    """Over `sets`, with the proxy's hands: its `engine` gives time, its socket sends the pings, its responses come back.

    `probing` holds what may be set while it runs; `transitions` is for whoever finds something out (ds_mark_dst); `events` is for
    subscribers. `sockets` says from where which destination is pinged.
    """

    def __init__(
        self,
        config: Config,
        transitions: Transitions,
        listeners: Listeners,
        proxy: Intake,
        engine: Engine,
        names: Names,
        reactor: Any,
        sockets: Sockets,
        *,
        seconds: Callable[[], float] = time.monotonic,
        clock: Callable[[], float] = time.time,
    ) -> None:
        settings = config.dispatcher
        self._sets = sets = transitions.sets
        self._seconds = seconds
        self.events = Events(clock)
        proxy.pings = Pings(proxy.actions, _timers(config), seconds())
        self._probes = Probes(
            sets,
            transitions,
            transitions.probing,
            proxy.pings,
            listeners,
            names,
            ping_settings_of(config, listeners, sockets),
            alpha=settings.ds_latency_estimator_alpha / 1000 if settings.ds_ping_latency_stats else None,
            retain=settings.ds_retain_latency_stats,
            warn=lambda text: log.warn("{text}", text=text),
        )
        engine.beside.append(self._probes)
        if settings.history:
            sets.observers.add(History(settings.history, clock))
        self._file = settings.saved_states
        self._keeper = StateKeeper(self._file, sets, reactor) if self._file else None
        self._begun = False
        self._deliveries: list[Delivery] = []
        if settings.event_command:
            self._deliveries.append(command_delivery(settings.event_command, reactor))
        if settings.event_url:
            self._deliveries.append(post_delivery(settings.event_url, reactor))
        for delivery in self._deliveries:
            self.events.subscribe(delivery)
        if settings.event_callback:
            self.events.subscribe(by_mode(config, _callback(config)))

    def loaded(self) -> None:
        """The sets were loaded, for the first time or anew."""
        if not self._begun and len(self._sets):
            self._begun = True
            self._begin()
        self._probes.load()
        if self._begun and self._keeper is not None:
            self._keeper.changed()

    def stop(self) -> Deferred[None]:
        """Fires when the states are saved."""
        for delivery in self._deliveries:
            delivery.stop()
        return self._keeper.stop() if self._keeper is not None else succeed(None)

    def _begin(self) -> None:
        """There are destinations. States that come back from a file are no events: they were that before the restart."""
        if self._keeper is not None:
            try:
                restored = restore(self._sets, read_states(self._file), "saved before the restart", self._seconds())
                if restored:
                    log.info("saved_states: {number} states are back from {file}", file=self._file, number=restored)
            except LoadError as error:
                log.error("saved_states: {error}; the states of the list hold", error=error)
            self._sets.observers.add(self._keeper)
        self._sets.observers.add(self.events)
        self._sets.on_drained = self.events.drained


def by_mode(config: Config, subscriber: Subscriber) -> Subscriber:
    """`subscriber` of what event_callback_mode says: 0 everything, 1 what pings led to."""
    if not config.dispatcher.event_callback_mode:
        return subscriber
    return lambda event: subscriber(event) if event.code else None


def _callback(config: Config) -> Subscriber:
    """The function that `event_callback` names: it is given the event's name as a script has it, and the event.

    Raises ConfigError.
    """
    module, colon, name = config.dispatcher.event_callback.partition(":")
    try:
        function = getattr(import_module(module), name) if colon else None
    except (ImportError, AttributeError) as error:
        raise ConfigError(config.file, "dispatcher.event_callback", str(error)) from None
    if not callable(function):
        raise ConfigError(config.file, "dispatcher.event_callback", f'found {module!r}; allowed: "module:function"')
    return lambda event: function(f"dispatcher:{event.name}", event)


def probing_of(config: Config) -> Probing:
    """What of the settings may be changed while the server runs."""
    settings = config.dispatcher
    return Probing(
        mode=settings.ds_probing_mode,
        probing_threshold=settings.ds_probing_threshold,
        inactive_threshold=settings.ds_inactive_threshold,
        reply_codes=parse_reply_codes(settings.ds_ping_reply_codes),
    )


def names_of(config: Config, listeners: Listeners, reactor: Any) -> Names:
    """Names by the resolvers of the settings or the system's; where they are the system's, by what else it asks too."""
    servers = [(each.host, each.port) for each in config.sip.resolvers]
    records = Records(Resolver(reactor, servers), time.monotonic)
    return Names(records, listeners.transports, Hosts(), None if servers else reactor.nameResolver)


def destination_names_of(config: Config, sets: Sets, names: Names, reactor: Any) -> DestinationNames:
    """Who keeps `sets` told of the addresses of their destinations."""
    settings = config.dispatcher
    return DestinationNames(
        sets,
        names,
        DnsSettings(settings.ds_dns_mode, settings.ds_dns_interval, settings.ds_dns_ttl, settings.ds_dns_match_all),
        reactor,
        lambda text: log.warn("{text}", text=text),
    )


def _timers(config: Config) -> Timers:
    tm = config.tm
    return Timers(t1=tm.timer_t1 / 1000, t2=tm.timer_t2 / 1000, t4=tm.timer_t4 / 1000)


def ping_settings_of(config: Config, listeners: Listeners, sockets: Sockets) -> PingSettings:
    """How destinations are pinged that do not say it themselves."""
    settings = config.dispatcher
    return PingSettings(
        method=settings.ds_ping_method,
        from_uri=settings.ds_ping_from,
        interval=settings.ds_ping_interval,
        timeout=(settings.ds_ping_fr_timer or config.tm.fr_timer) / 1000,
        outbound_proxy=settings.outbound_proxy,
        socket=listener_at(settings.ds_ping_socket, listeners),
        sockets=sockets,
    )
