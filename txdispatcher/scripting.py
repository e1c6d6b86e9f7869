"""The router that the settings name as a script, with the dispatcher's functions it calls."""

from __future__ import annotations

from collections.abc import Callable

from twisted.logger import Logger, LogLevel

from txdispatcher.accounting import accounting_of, log_event
from txdispatcher.balancing.transitions import Transitions
from txdispatcher.config import Config
from txdispatcher.config.dispatcher import FAILOVER
from txdispatcher.net.events import Event, Subscriber
from txdispatcher.proxy.listener import Listeners
from txdispatcher.routing.access import Access
from txdispatcher.routing.choosing import Choosing
from txdispatcher.routing.dispatching import Dispatching, Names
from txdispatcher.routing.pseudovariables import avp_name, compile_target
from txdispatcher.routing.script import accounting
from txdispatcher.routing.script.route import ScriptRoute
from txdispatcher.routing.variables import AvpName, Value

_log = Logger(namespace="txdispatcher.script")


def script_route(
    config: Config,
    choosing: Choosing,
    transitions: Transitions,
    listeners: Listeners,
    access: Access,
    reload: Callable[[], None],
    now: float,
    record: Callable[[accounting.Event], None] | None = None,
) -> ScriptRoute:
    """The router of the Kamailio configuration file, which there must be."""
    script = config.kamailio
    assert script is not None
    dispatching = Dispatching(
        choosing,
        transitions,
        failover=bool(config.dispatcher.flags & FAILOVER),
        force_dst=config.dispatcher.force_dst,
        names=_names(config),
        reload=reload,
    )
    params = b";lr=on" if script.full_lr else b";lr"
    route = ScriptRoute(
        script.program,
        listeners,
        dispatching,
        _print,
        debug=script.debug,
        route_params=params,
        from_tags=script.from_tags,
        accounting=accounting_of(config.acc),
        log_event=log_event,
        record=record,
        modules=script.modules,
        access=access,
    )
    route.event("htable:mod-init", listeners.all[0].uri.decode(), now, {})
    return route


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


def _print(level: int, text: str) -> None:
    """Kamailio's levels: below 0 an error or worse, 0 a warning, 1 and 2 information, 3 for who looks for a fault."""
    if level < 0:
        _log.error("{text}", text=text)
    elif level == 0:
        _log.warn("{text}", text=text)
    else:
        _log.emit(LogLevel.info if level < 3 else LogLevel.debug, "{text}", text=text)
