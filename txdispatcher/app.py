"""`twistd kdispatcher`: the only module that knows everything. It takes the settings apart and hands each part its values."""

from __future__ import annotations

import gc
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import Any

from twisted.application import service
from twisted.internet import reactor
from twisted.internet.defer import Deferred, ensureDeferred, gatherResults, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import DatagramProtocol
from twisted.logger import Logger
from twisted.python import usage

from txdispatcher.accounting import EventLog, accounts_of
from txdispatcher.assembly import proxy_of, router_of
from txdispatcher.balancing.destination import Record
from txdispatcher.balancing.transitions import Transitions
from txdispatcher.build import running_build
from txdispatcher.check import examine, warnings
from txdispatcher.config import Config, load_config
from txdispatcher.control.counting import Counting
from txdispatcher.control.ctl import Register
from txdispatcher.control.methods import ScriptModules, build_methods
from txdispatcher.errors import DispatcherError
from txdispatcher.listening import listeners_of, sockets_of
from txdispatcher.liveness import Liveness, by_mode, destination_names_of, names_of, probing_of
from txdispatcher.net.engine import Engine
from txdispatcher.net.port import DatagramPort
from txdispatcher.net.rounds import Rounds
from txdispatcher.net.shedding import Shedding
from txdispatcher.net.sweep import Sweep
from txdispatcher.net.test_gateway import Gateway
from txdispatcher.net.udp import SipDatagrams
from txdispatcher.net.watchdog import Watchdog
from txdispatcher.operators import Operators, reason_of
from txdispatcher.proxy.listener import Listener, bracketed
from txdispatcher.proxy.stateful import StatefulProxy
from txdispatcher.sources import sets_of, source_of
from txdispatcher.stores.loading import Loader, count, was_logged
from txdispatcher.stores.watch import Watch
from txdispatcher.transports import Transports

#: Where --config looks when it is not given.
DEFAULT_CONFIG = "/etc/kdispatcher/kdispatcher.toml"

#: The collector's thresholds. Transactions and messages are no cycles and go by themselves: it has little to find.
COLLECTOR = (50_000, 50, 100)

log = Logger()


class Options(usage.Options):
    """The command line of `twistd kdispatcher`."""

    optParameters = [
        ["config", "c", None, f"The configuration file (TOML); {DEFAULT_CONFIG} where there is no --kamailio-cfg either."],
        ["kamailio-cfg", "k", "", "A Kamailio configuration file: its settings and its script. With --config, that goes before."],
    ]
    optFlags = [["check", None, "Read configuration and list, say what would run or what is wrong, and exit 0 or 1."]]

    def postOptions(self) -> None:
        if self["config"] is None:
            self["config"] = "" if self["kamailio-cfg"] else DEFAULT_CONFIG
        if self["check"]:
            sys.exit(check(self["config"], self["kamailio-cfg"]))


def check(file: str, kamailio_cfg: str = "") -> int:
    """Print what `file` would run, or each error in it, in its list and in its key file; before that, what cannot work as meant.

    The exit status: 0, or 1 where there is an error.
    """
    found = examine(file, kamailio_cfg)
    for text in found.warnings:
        print(f"warning: {text}")
    for each in found.errors:
        print(each)
    if found.errors or found.config is None:
        return 1
    print(_summary(found.config, found.records))
    return 0


def makeService(options: Options) -> service.Service:
    """The server that `options` ask for. Ends the process with one line where that cannot be."""
    try:
        config = load_config(options["config"], options["kamailio-cfg"])
        return Server(config)
    except DispatcherError as error:
        raise SystemExit(f"kdispatcher: {error}") from None


class Server(service.Service):
    """Everything that runs, from its start to its stop."""

    def __init__(self, config: Config) -> None:
        """Raises ConfigError, and LoadError where the sets cannot be loaded."""
        self._config = config
        self._reactor: Any = _reactor()
        self._sets = sets_of(config)
        self._sweep = Sweep(self._sets.calls, config.dispatcher.ds_hash_check_interval, self._reactor, time.monotonic)
        source = source_of(config)
        self._loader = Loader(
            source,
            self._sets,
            self._reactor,
            strict=bool(config.dispatcher.ds_load_mode),
            retry=config.dispatcher.db_retry,
            judge=partial(warnings, config),
            loaded=self._took,
            attrs_none=config.dispatcher.ds_attrs_none,
        )
        self._loader.begin()
        self._watch = Watch(source, self._loader, self._reactor) if config.dispatcher.watch_list else None
        self._listeners = listeners_of(config)
        self._names = names_of(config, self._listeners, self._reactor)
        self._destination_names = destination_names_of(config, self._sets, self._names, self._reactor)
        self._probing = probing_of(config)
        self._transitions = Transitions(self._sets, self._probing)
        sockets = sockets_of(config, self._listeners)
        self._event_log = EventLog(self._reactor, config.acc.log_level)
        self._accounts = accounts_of(config, self._reactor)
        self._router = router_of(
            config,
            self._sets,
            self._transitions,
            self._listeners,
            sockets,
            self._reload,
            time.monotonic(),
            self._event_log.add,
            self._accounts.add if self._accounts is not None else None,
        )
        proxy = proxy_of(config, self._router, self._listeners, time.monotonic())
        shedding = Shedding(config.sip.shed_after / 1000)
        self._engine = Engine(proxy, self._reactor, self._names, time.monotonic, shedding, config.route.script_threads)
        self._liveness = Liveness(
            config, self._transitions, self._listeners, proxy, self._engine, self._names, self._reactor, sockets
        )
        self._transports = Transports(config, self._sets, self._engine, self._reactor)
        register = Register()
        modules: ScriptModules | None = None
        self._watchdog: Watchdog | None = None
        self._rounds: Rounds | None = None
        shared: dict[str, bytes | int] = {}
        if config.script:
            from txdispatcher.scripting import (
                event_routes,
                kept_by,
                local_requests,
                rounds_of,
                shared_variables,
                watchdog_of,
            )

            shared = shared_variables(self._router)

            self._liveness.events.subscribe(by_mode(config, event_routes(self._router, time.monotonic)))
            self._watchdog = watchdog_of(config)
            modules = kept_by(self._router, time.monotonic)
            self._rounds = rounds_of(self._router, self._reactor, time.monotonic)
            if proxy.pings is not None:
                proxy.pings.edit = local_requests(self._router)
        self._methods = build_methods(
            self._sets,
            self._probing,
            self._loader,
            reload_delta=config.dispatcher.reload_delta,
            started=time.time(),
            version=running_build(),
            register=register,
            counters=proxy.counters,
            connections=self._transports.statistics,
            statistics=lambda: self._statistics(modules),
            transactions=lambda: proxy.transactions if isinstance(proxy, StatefulProxy) else 0,
            reload_certificates=self._reload_certificates,
            reload_script=self._reload_script,
            modules=modules,
            shared=shared,
            reply_codes=config.dispatcher.ds_ping_reply_codes,
            six=config.control.compat == "6",
            counting=Counting(config.dispatcher.ds_hash_size > 0, config.sip.mode == "stateless", config.algorithms() or {}),
        )
        if config.kamailio is not None:
            from txdispatcher.web import web_of

            self._transports.answer_http(web_of(self._router, self._methods, self._reactor))
        self._operators = Operators(config, self._methods, register, self._reactor)
        self._ports: list[Any] = []
        self._hangup_before: Any = signal.SIG_DFL

    def privilegedStartService(self) -> None:
        """Open every port, so that low ones can be had before twistd gives up its privileges."""
        super().privilegedStartService()  # type: ignore[no-untyped-call]
        config = self._config
        for listener in self._listeners.all:
            if listener.reliable:
                self._listen_stream(listener)
            else:
                self._listen_udp("sip.listen", listener.host, listener.port, SipDatagrams(self._engine, listener))
        for address in config.test.gateways:
            gateway = Gateway(f"{bracketed(address.host).decode()}:{address.port}", self._reactor)
            self._listen_udp("test.gateways", address.host, address.port, gateway)
        self._operators.open(self._ports.append, lambda: self.running)

    def startService(self) -> None:
        super().startService()  # type: ignore[no-untyped-call]
        self._operators.open_local(self._ports.append)
        # What has been loaded stays: the collector need not look at it again and again, nor often at what comes and goes.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECTOR)
        self._liveness.loaded()
        for ignored in self._config.kamailio.ignored if self._config.kamailio is not None else ():
            log.info("{ignored}", ignored=ignored)
        self._engine.start()
        self._sweep.start()
        if self._watchdog is not None:
            self._watchdog.start()
        if self._rounds is not None:
            self._rounds.start()
        self._hangup_before = signal.signal(signal.SIGHUP, self._hangup)
        self._destination_names.loaded()
        if self._watch is not None:
            self._watch.start()
        log.info(
            "{build}: {mode} on {listeners}; {loaded}",
            build=running_build(),
            mode=self._config.sip.mode,
            listeners=", ".join(map(repr, self._listeners.all)),
            loaded=self._loader.summary(),
        )

    def stopService(self) -> Deferred[Any]:
        super().stopService()  # type: ignore[no-untyped-call]
        self._loader.stop()
        if self._watch is not None:
            self._watch.stop()
        self._engine.stop()
        self._sweep.stop()
        if self._watchdog is not None:
            self._watchdog.stop()
        if self._rounds is not None:
            self._rounds.stop()
        self._destination_names.stop()
        counted = {**self._engine.proxy.counters.as_dict(), "faults": self._engine.faults, "unsent": self._engine.unsent}
        shown = ", ".join(f"{name} {number}" for name, number in counted.items() if number)
        log.info("stopped; counted since the start: {shown}", shown=shown or "nothing")
        signal.signal(signal.SIGHUP, self._hangup_before)
        ports, self._ports = self._ports, []
        ends = [maybeDeferred(port.stopListening) for port in ports]
        self._event_log.write()
        if self._accounts is not None:
            ends.append(self._accounts.stop())
        return gatherResults([*ends, self._transports.stop(), self._liveness.stop()], consumeErrors=True)

    def _statistics(self, kept: ScriptModules | None) -> dict[str, dict[str, int]]:
        """The counters of accounting, where records are kept, and those of a script."""
        groups = kept.modules.counters.groups() if kept is not None else {}
        if kept is not None and kept.modules.settings.dialog.wanted:
            groups["dialog"] = kept.modules.dialogs.statistics()
        return {**groups, "acc": self._accounts.statistics()} if self._accounts is not None else groups

    def _reload_script(self) -> str:
        from txdispatcher.scripting import reload_script

        return reload_script(self._config, self._router)

    def _reload(self) -> None:
        ensureDeferred(self._loader.reload()).addErrback(was_logged)

    def _reload_certificates(self) -> None:
        """Certificates and credentials, each on its own; where one cannot be read, which the log has, DispatcherError."""
        try:
            self._transports.reload_certificates()
        finally:
            self._operators.reload()

    def _took(self) -> None:
        """A reload has changed the sets."""
        self._liveness.loaded()
        self._destination_names.loaded()

    def _listen_udp(self, key: str, host: str, port: int, protocol: DatagramProtocol) -> None:
        try:
            opened = DatagramPort(port, protocol, host, self._reactor, wait=self._config.sip.batch_wait / 1_000_000)
            opened.startListening()
            self._ports.append(opened)
        except CannotListenError as error:
            place = f"udp:{bracketed(host).decode()}:{port}"
            raise SystemExit(f"kdispatcher: {key}: cannot listen on {place}: {reason_of(error)}") from None

    def _listen_stream(self, listener: Listener) -> None:
        try:
            self._transports.listen(listener)
        except CannotListenError as error:
            raise SystemExit(f"kdispatcher: sip.listen: cannot listen on {listener}: {reason_of(error)}") from None

    def _hangup(self, number: int, frame: FrameType | None) -> None:
        """SIGHUP: what the files say now."""

        def again() -> None:
            with suppress(DispatcherError):  # The log has it.
                self._reload_certificates()
            if self._config.script:
                with suppress(DispatcherError):
                    self._reload_script()
            self._reload()

        self._reactor.callFromThread(again)


def _reactor() -> Any:
    """The reactor that twistd has installed; its many interfaces have no one type."""
    return reactor


def _summary(config: Config, records: Sequence[Record]) -> str:
    """What would run, for --check."""
    sets = len({record.set_id for record in records})
    rules = len(config.route.rule)
    routed = f"set {config.route.set} by algorithm {config.route.algorithm}, {rules} rule{'s' if rules != 1 else ''} before it"
    if config.script:
        routed = f"routed by the script in {config.script}"
    return "\n".join(
        (
            f"{config.file}: correct",
            f"{config.sip.mode} on {', '.join(map(str, config.sip.listen))}",
            count(len(records), sets, source_of(config).name),
            routed,
            f"JSON-RPC on {', '.join(config.control.jsonrpc) or 'nothing'}",
        )
    )
