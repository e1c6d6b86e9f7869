"""The router that the settings name as a script, with the dispatcher's functions it calls."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from twisted.logger import Logger

from txdispatcher.accounting import accounting_of, level_of, write_events
from txdispatcher.balancing.transitions import Transitions
from txdispatcher.config import Config
from txdispatcher.config.dispatcher import FAILOVER
from txdispatcher.config.load import readers_of
from txdispatcher.control.methods import ScriptModules
from txdispatcher.errors import DispatcherError
from txdispatcher.net.events import Event, Subscriber
from txdispatcher.net.rounds import Rounds
from txdispatcher.net.watchdog import Watchdog
from txdispatcher.proxy.hop import Address
from txdispatcher.proxy.listener import Listener, Listeners
from txdispatcher.routing.access import Access
from txdispatcher.routing.choosing import Choosing
from txdispatcher.routing.dispatching import Dispatching, Names
from txdispatcher.routing.pseudovariables import avp_name, compile_target
from txdispatcher.routing.python.kemi_core import log_early
from txdispatcher.routing.python.script import STRETCH
from txdispatcher.routing.script import accounting
from txdispatcher.routing.script.route import ScriptRoute
from txdispatcher.routing.script.run import Script
from txdispatcher.routing.variables import AvpName, Value
from txdispatcher.script_tables import load_tables, script_modules

_log = Logger(namespace="txdispatcher.script")


def script_route(
    config: Config,
    choosing: Choosing,
    transitions: Transitions,
    listeners: Listeners,
    reload: Callable[[], None],
    now: float,
    record: Callable[[accounting.Event], None] | None = None,
    access: Access | None = None,
    log_event: Callable[[accounting.Event], None] | None = None,
) -> ScriptRoute:
    """The router of the script that the settings name, which there must be. For the rest see `assembly.router_of`."""
    dispatching = Dispatching(
        choosing,
        transitions,
        failover=bool(config.dispatcher.flags & FAILOVER),
        force_dst=config.dispatcher.force_dst,
        names=_names(config),
        reload=reload,
    )
    patience = config.route.script_timeout / 1000

    def log_now(event: accounting.Event) -> None:
        write_events([event], config.acc.log_level)

    if config.python is not None:
        log_early(print_line)
        level = config.route.script_debug
        return ScriptRoute(
            config.python,
            listeners,
            dispatching,
            print_line,
            debug=level,
            accounting=accounting_of(config.acc),
            log_event=log_event or log_now,
            record=record,
            access=access,
            patience=patience,
        )
    script = config.kamailio
    assert script is not None
    if script.python is not None:
        log_early(print_line)
    route = ScriptRoute(
        script.program,
        listeners,
        dispatching,
        print_line,
        debug=script.debug,
        route_params=b";lr=on" if script.full_lr else b";lr",
        from_tags=script.from_tags,
        forgets=script.forgets,
        max_branches=script.max_branches,
        accounting=accounting_of(config.acc),
        log_event=log_event or log_now,
        record=record,
        modules=script.modules,
        access=access,
        patience=patience,
    )
    load_tables(script.modules, now)
    route.event("htable:mod-init", listeners.all[0].uri.decode(), now, {})
    return route


def reload_script(config: Config, router: object) -> str:
    """Read the script's file again; requests under way stay with what they began with. The file.

    Raises DispatcherError where there is no script, or one that cannot be loaded; then nothing changes. Of a Kamailio
    configuration file only the routes are taken: its settings are the server's, which has them from its start.
    """
    if not isinstance(router, ScriptRoute):
        raise DispatcherError("there is no script: [route] decides")
    try:
        router.script = _read(config)
    except DispatcherError as error:
        _log.error("the script stays as it is: {error}", error=error)
        raise
    _log.info("script reloaded from {file}", file=config.script)
    return config.script


def shared_variables(router: object) -> dict[str, Value]:
    """The variables ``$shv(name)`` of the router's script."""
    assert isinstance(router, ScriptRoute)
    return router.modules.shared


def watchdog_of(config: Config) -> Watchdog | None:
    """What stops a Python script that does not end; a Kamailio script's loops have a bound of their own."""
    python = config.kamailio.python if config.kamailio is not None else config.python
    return Watchdog(STRETCH, config.route.script_limit / 1000) if python is not None else None


def _read(config: Config) -> Script:
    if config.python is not None:
        from txdispatcher.routing.python.loading import load_script

        return load_script(config.python.file)
    from txdispatcher.config.kamailio import read_kamailio

    found, errors = read_kamailio(config.script, readers_of(os.path.dirname(config.script)))
    if errors or found is None:
        raise errors[0]
    return found.program


def event_routes(router: object, clock: Callable[[], float]) -> Subscriber:
    """What enters the event routes of `router`, a ScriptRoute."""
    assert isinstance(router, ScriptRoute)

    def enter(event: Event) -> None:
        told: dict[str, Value] = {
            "code": event.code,
            "flags": int(event.phrase is not None),
            "reason": (event.phrase or "").encode(),
            "setid": event.set_id,
            "uri": event.uri.encode(),
        }
        router.event(f"dispatcher:{event.name}", event.uri, clock(), told)

    return enter


def local_requests(router: object) -> Callable[[bytes, Listener, Address, float], bytes]:
    """What makes of our own requests what the script of `router`, a ScriptRoute, says."""
    assert isinstance(router, ScriptRoute)
    return router.local_request


def kept_by(router: object, clock: Callable[[], float]) -> ScriptModules:
    """What the script of `router`, a ScriptRoute, keeps, for operators."""
    assert isinstance(router, ScriptRoute)
    return script_modules(router.modules, clock)


def rounds_of(router: object, reactor: Any, clock: Callable[[], float]) -> Rounds:
    """What enters the routes of the timers that the script of `router`, a ScriptRoute, has."""
    assert isinstance(router, ScriptRoute)
    return Rounds([(each.route, each.interval) for each in router.modules.timers], router.timed, reactor, clock)


def _names(config: Config) -> Names:
    settings = config.dispatcher
    return Names(
        dst_avp=_avp(settings.dst_avp),
        grp_avp=_avp(settings.grp_avp),
        cnt_avp=_avp(settings.cnt_avp),
        dstid_avp=_avp(settings.dstid_avp),
        attrs_avp=_avp(settings.attrs_avp),
        xavp_dst=settings.xavp_dst,
        xavp_dst_mode=settings.xavp_dst_mode,
        xavp_ctx=settings.xavp_ctx,
        xavp_ctx_mode=settings.xavp_ctx_mode,
        setid_pvname=compile_target(settings.setid_pvname) if settings.setid_pvname else None,
        attrs_pvname=compile_target(settings.attrs_pvname) if settings.attrs_pvname else None,
    )


def _avp(text: str) -> AvpName | None:
    return avp_name(text) if text else None


def print_line(level: int, text: str) -> None:
    """A line of a script's, at one of Kamailio's levels."""
    _log.emit(level_of(level), "{text}", text=text)
