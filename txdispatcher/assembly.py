"""The proxy, and who decides about requests (a script, or the default route), made by the settings."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from txdispatcher.balancing.sets import USER_ONLY, Sets
from txdispatcher.balancing.states import parse_mark
from txdispatcher.balancing.transitions import Transitions
from txdispatcher.config import Config, read_key
from txdispatcher.proxy.decision import Router
from txdispatcher.proxy.intake import Common
from txdispatcher.proxy.listener import Listeners
from txdispatcher.proxy.stateful import StatefulProxy
from txdispatcher.proxy.stateless import StatelessProxy
from txdispatcher.proxy.timers import Timers
from txdispatcher.routing.access import Access
from txdispatcher.routing.choosing import Choosing
from txdispatcher.routing.default import DefaultRoute, Policy
from txdispatcher.routing.marking import CallMarks
from txdispatcher.routing.pseudovariables import compile_format
from txdispatcher.routing.rules import Action, Rule
from txdispatcher.routing.script.accounting import Event
from txdispatcher.routing.sockets import Sockets


def proxy_of(config: Config, route: Router, listeners: Listeners, now: float) -> StatefulProxy | StatelessProxy:
    """The proxy, with the values that it needs."""
    instance = secrets.token_hex(4).encode("ascii")
    common = Common(instance, config.sip.server.encode(), config.sip.max_forwards, config.sip.stun)
    if config.sip.mode == "stateless":
        return StatelessProxy(listeners, route, common, read_key(config))
    timers = Timers(
        t1=config.tm.timer_t1 / 1000,
        t2=config.tm.timer_t2 / 1000,
        t4=config.tm.timer_t4 / 1000,
        fr=config.tm.fr_timer / 1000,
        fr_inv=config.tm.fr_inv_timer / 1000,
        wt=config.tm.wt_timer / 1000,
    )
    proxy = StatefulProxy(listeners, route, common, timers, now, udp_mtu=config.sip.udp_mtu)
    proxy.layer.hides_503 = config.tm.remap_503_500
    return proxy


def router_of(
    config: Config,
    sets: Sets,
    transitions: Transitions,
    listeners: Listeners,
    sockets: Sockets | None,
    reload: Callable[[], None],
    now: float,
    log_event: Callable[[Event], None] | None = None,
    record: Callable[[Event], None] | None = None,
) -> Router:
    """The router. `reload` starts a reload of the sets' source, and returns at once. `log_event` and `record` keep what is
    accounted: in the log (None: at once), and where records go.
    """
    settings = config.dispatcher
    hash_pvar = compile_format(settings.hash_pvar) if settings.hash_pvar else None
    choosing = Choosing(sets, bool(settings.flags & USER_ONLY), hash_pvar, sockets)
    access = Access(config.access.callers, sets, read_key(config))
    if config.script:
        from txdispatcher.scripting import script_route

        return script_route(config, choosing, transitions, listeners, reload, now, record, access, log_event)
    return DefaultRoute(choosing, listeners, access, _policy(config), _marks(config, transitions))


def _policy(config: Config) -> Policy:
    route = config.route
    return Policy(
        default=Action(route.set, route.algorithm),
        rules=tuple(
            Rule(
                Action(rule.set, rule.algorithm, rule.reply, rule.reason.encode()),
                from_networks=rule.from_networks,
                from_sets=rule.from_sets,
                methods=rule.method,
                prefixes=rule.prefix,
                domains=rule.domain,
            )
            for rule in route.rule
        ),
        failover=route.failover.statuses,
        failover_timeout=route.failover.timeout,
        rewrite_domain=route.rewrite == "domain",
        record_route=config.sip.record_route,
        retry_after=route.retry_after,
        force_dst=config.dispatcher.force_dst,
        udp_flows=route.udp_flows,
        reject_outsiders=config.access.outsiders == "reject",
        stateless=config.sip.mode == "stateless",
    )


def _marks(config: Config, transitions: Transitions) -> CallMarks | None:
    """Who marks a destination that a call could not be completed at; None where that is not set."""
    word = config.route.mark_failed
    return CallMarks(transitions, parse_mark(word)) if word else None
