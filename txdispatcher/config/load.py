"""A TOML file becomes settings, or errors that name file, key and reason."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from txdispatcher.config import acc, control
from txdispatcher.config import values as value
from txdispatcher.config.dispatcher import ALIASES, FAILOVER, Dispatcher
from txdispatcher.config.fitting import early_faults, faults
from txdispatcher.config.parameters import parameters
from txdispatcher.config.settings import (
    Acc,
    Access,
    Config,
    Control,
    Failover,
    Route,
    Rule,
    Sip,
    Stream,
    Test,
    Tls,
    TlsListener,
    Tm,
    Websocket,
)
from txdispatcher.errors import ConfigError, ScriptError

if TYPE_CHECKING:
    from txdispatcher.config.kamailio import KamailioFile
    from txdispatcher.routing.python.script import PythonScript


def load_config(path: str, kamailio_cfg: str = "") -> Config:
    """The settings in the TOML file at `path`. Raises ConfigError, the first one if there are several.

    `kamailio_cfg` is a Kamailio configuration file; with "" for `path` it is all there is.
    """
    config, errors = read_config(path, kamailio_cfg)
    if config is None or errors:
        raise errors[0]
    return config


def config_of(document: dict[str, Any], file: str) -> Config:
    """The settings in a document that was read elsewhere; `file` is what errors name. Raises ConfigError."""
    errors = _Errors(file)
    config = _read(document, "", errors)
    if config is None or errors:
        raise errors[0]
    return config


def check_config(path: str) -> tuple[ConfigError, ...]:
    """Every error in the TOML file at `path`, in the order of the sections below; () if `load_config` takes it."""
    return read_config(path)[1]


def read_config(path: str, kamailio_cfg: str = "") -> tuple[Config | None, tuple[ConfigError, ...]]:
    """The settings in the TOML file at `path`, and every error in it. `kamailio_cfg` as for `load_config`.

    What an error hides has its default; None for settings if there is nothing to be read.
    """
    errors = _Errors(path or kamailio_cfg)
    document = _document(path, errors) if path else {}
    config = _read(document, os.path.abspath(kamailio_cfg) if kamailio_cfg else "", errors) if document is not None else None
    return config, tuple(errors)


def readers_of(base: str) -> dict[str, dict[str, value.Reader[Any]]]:
    """Every section and key, with its reader. `base` is the folder that paths are relative to."""
    return {
        "sip": {
            "listen": value.list_of(value.listen, least=1),
            "mode": value.choice("stateful", "stateless"),
            "record_route": value.boolean,
            "max_forwards": value.integer(1, 255),
            "server": value.text,
            "stun": value.boolean,
            "batch_wait": value.integer(0, 1000, "a number of microseconds up to 1000, or 0 for no waiting"),
            "shed_after": value.integer(0, 10_000, "a number of milliseconds up to 10000, or 0 for never"),
            "udp_mtu": value.integer(0, 65_535, "a number of bytes up to 65535, such as 1300, or 0 for any size"),
            "resolvers": value.list_of(value.resolver),
        },
        "stream": {
            "connections": value.integer(1, value.LONGEST),
            "connections_per_address": value.integer(1, value.LONGEST),
            "connect_timeout": value.milliseconds,
            "message_timeout": value.milliseconds,
            "idle_timeout": value.milliseconds,
            "write_timeout": value.milliseconds,
            "write_buffer": value.integer(65_536, value.LONGEST, "a number of bytes, 65536 or more"),
        },
        "tls": {
            "certificate": value.list_of(value.file(base)),
            "key": value.list_of(value.file(base)),
            "ca": value.optional(value.file(base)),
            "verify": value.boolean,
            "client_certificates": value.choice("none", "optional", "required"),
        },
        "websocket": {
            "origins": value.list_of(value.origin),
            "ping_interval": value.integer(0, value.LONGEST, "a number of milliseconds, or 0 for no pings"),
        },
        "tm": {
            "fr_timer": value.milliseconds,
            "fr_inv_timer": value.milliseconds,
            "wt_timer": value.integer(0, value.LONGEST, "a number of milliseconds, or 0 for 64 times timer_t1"),
            "timer_t1": value.milliseconds,
            "timer_t2": value.milliseconds,
            "timer_t4": value.milliseconds,
            "remap_503_500": value.switch,
        },
        "dispatcher": parameters(base),
        "route": {
            "set": value.set_number,
            "algorithm": value.algorithm,
            "failover": value.failover,
            "rewrite": value.choice("none", "domain"),
            "retry_after": value.integer(0, value.LONGEST, "a number of seconds, or 0 for no Retry-After"),
            "kamailio_cfg": value.optional(value.file(base)),
            "udp_flows": value.choice("never", "private", "always"),
            "script": value.optional(value.file(base)),
            "script_timeout": value.milliseconds,
            "script_threads": value.integer(1, 1000, "a number of threads, 1 to 1000"),
            "script_limit": value.integer(0, 60_000, "a number of milliseconds up to 60000, or 0 for no limit"),
            "script_debug": value.integer(-5, 3, "one of Kamailio's levels, -5 (alert) to 3 (debug)"),
            "mark_failed": value.choice("", "t", "tp", "i", "ip", "d"),
        },
        "access": {
            "callers": value.list_of(value.network),
            "outsiders": value.choice("drop", "reject"),
            "key_file": value.file(base),
        },
        "control": {
            "compat": value.choice("5.6", "6"),
            "jsonrpc": value.list_of(value.endpoint),
            "credentials": value.file(base),
            "client_ca": value.file(base),
            "unknown_method": value.unknown_method,
            "jsonrpc_fifo": value.list_of(value.file(base)),
            "jsonrpc_datagram": value.list_of(control.datagram(base)),
            "binrpc": value.list_of(control.binrpc(base)),
            "mi_fifo": value.list_of(value.file(base)),
            "mi_datagram": value.list_of(control.datagram(base)),
            "fifo_reply_dir": value.file(base),
            "store_dir": value.optional(value.file(base)),
        },
        "acc": acc.readers(base),
        "test": {"gateways": value.list_of(value.gateway)},
    }


_RULE: dict[str, value.Reader[Any]] = {
    "from": value.list_of(value.source, least=1),
    "method": value.list_of(value.method, least=1),
    "prefix": value.list_of(value.prefix, least=1),
    "domain": value.list_of(value.domain, least=1),
    "set": value.set_number,
    "algorithm": value.algorithm,
    "reply": value.integer(400, 699, "a status code from 400 to 699"),
    "reason": value.text,
}


#: The tables that stand in a section, each under [[section.name]].
_WITHIN = {"route": ["rule"], "tls": ["listener"]}


class _Errors(list[ConfigError]):
    """What was found wrong in one file."""

    def __init__(self, file: str) -> None:
        super().__init__()
        self.file = file

    def add(self, key: str, reason: str) -> None:
        self.append(ConfigError(self.file, key, reason))


def _document(path: str, errors: _Errors) -> dict[str, Any] | None:
    try:
        with open(path, "rb") as file:
            return tomllib.load(file)
    except OSError as error:
        errors.add("", f"cannot be read: {error.strerror}")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        errors.add("", f"is not TOML: {error}")
    except RecursionError:
        errors.add("", "is nested too deeply")
    return None


def _read(document: dict[str, Any], kamailio_cfg: str, errors: _Errors) -> Config | None:
    base = os.path.dirname(os.path.abspath(errors.file))
    sections = readers_of(base)
    script, document = _with_kamailio(document, kamailio_cfg, base, sections, errors)
    _reject_unknown(document, sections, "", errors)
    values = {name: _table(document.get(name, {}), readers, name, errors) for name, readers in sections.items()}
    values["route"]["rule"] = _rules(document.get("route", {}), values["route"], errors)
    values["tls"]["listener"] = _tls_listeners(document.get("tls", {}), base, errors)
    config = Config(
        file=errors.file,
        sip=Sip(**values["sip"]),
        stream=Stream(**values["stream"]),
        tls=Tls(**values["tls"]),
        websocket=Websocket(**values["websocket"]),
        tm=Tm(**values["tm"]),
        dispatcher=Dispatcher(**values["dispatcher"]),
        route=_route(values, errors),
        access=Access(**values["access"]),
        control=Control(**values["control"]),
        acc=Acc(**values["acc"]),
        test=Test(**values["test"]),
        kamailio=script,
        python=_python(values["route"], script, errors),
    )
    for fault in early_faults(config):
        errors.add(*fault)
    if not errors:
        for fault in faults(config):
            errors.add(*fault)
    return config


def _python(route: Mapping[str, Any], kamailio: KamailioFile | None, errors: _Errors) -> PythonScript | None:
    """The Python script, loaded."""
    file = route.get("script")
    if not file:
        return None
    if kamailio is not None:
        errors.add("route.script", f"found beside the Kamailio configuration file {kamailio.file}; allowed: one of the two")
        return None
    from txdispatcher.routing.python.loading import load_script

    try:
        return load_script(file)
    except ScriptError as error:
        if error.line:
            errors.append(ConfigError(f"{error.file}:{error.line}", "", error.reason))
        else:
            errors.add("route.script", str(error))
        return None


def _with_kamailio(
    document: dict[str, Any], file: str, base: str, sections: Mapping[str, Mapping[str, value.Reader[Any]]], errors: _Errors
) -> tuple[KamailioFile | None, dict[str, Any]]:
    """The Kamailio configuration file, and its settings where `document` has none."""
    route = document.get("route")
    named = route.get("kamailio_cfg") if isinstance(route, dict) else None
    if not file and isinstance(named, str) and named:
        file = os.path.join(base, named)
    if not file:
        return None, document
    if not os.path.isfile(file):
        errors.add("route.kamailio_cfg", f"{file}: there is no such file")
        return None, document
    # Only who has such a file needs the parser's library.
    from txdispatcher.config.kamailio import merged, read_kamailio

    script, found = read_kamailio(file, sections)
    errors += found
    return script, merged(script.document, document) if script is not None else document


def _table(table: object, readers: Mapping[str, value.Reader[Any]], where: str, errors: _Errors) -> dict[str, Any]:
    """The settings that `table` gives; a key that is not taken is left out and added to `errors`."""
    if not isinstance(table, dict):
        errors.add(where, str(value.refused(table, f"a section, [{where}]")))
        return {}
    aliases = ALIASES if where == "dispatcher" else {}
    _reject_unknown(table, [*readers, *aliases, *_WITHIN.get(where, ())], where + ".", errors)
    values = {}
    for key, found in table.items():
        name = aliases.get(key, key)
        if name not in readers:
            continue
        if name != key and name in table:
            errors.add(f"{where}.{key}", f"is the older spelling of {name}, which is given too; allowed: one of the two")
            continue
        try:
            values[name] = readers[name](found)
        except value.RefusedError as error:
            errors.add(f"{where}.{key}", str(error))
    return values


def _reject_unknown(table: Mapping[str, object], known: Mapping[str, object] | list[str], where: str, errors: _Errors) -> None:
    for key in table:
        if key not in known:
            kind = "key" if where else "section"
            near = difflib.get_close_matches(key, list(known), n=1)
            hint = f"did you mean {near[0]}?" if near else "known: " + ", ".join(known)
            errors.add(where + key, f"unknown {kind}; {hint}")


def _route(values: Mapping[str, dict[str, Any]], errors: _Errors) -> Route:
    """[route], with the failover that the mode and the flags leave."""
    route = values["route"]
    flags = values["dispatcher"].get("flags", FAILOVER)
    without = ""
    if values["sip"].get("mode") == "stateless":
        without = 'a stateless proxy cannot try another gateway (sip.mode = "stateful" can)'
    elif not flags & FAILOVER:
        without = f"dispatcher.flags = {flags} lacks 2, which allows failover"
    if without and route.get("failover"):
        errors.add("route.failover", without)
    return Route(**{**route, "failover": Failover()} if without else route)


def _rules(route: object, values: Mapping[str, Any], errors: _Errors) -> tuple[Rule, ...]:
    return tuple(_rule(table, where, values, errors) for where, table in _tables(route, "route.rule", errors))


def _tables(section: object, key: str, errors: _Errors) -> Iterator[tuple[str, object]]:
    """Those under [[key]] in `section`, each with what it is called in errors."""
    tables = section.get(key.partition(".")[2], []) if isinstance(section, dict) else []
    if not isinstance(tables, list):
        errors.add(key, str(value.refused(tables, f"tables, each under [[{key}]]")))
        return
    for number, table in enumerate(tables, 1):
        yield f"{key}[{number}]", table


def _tls_listeners(tls: object, base: str, errors: _Errors) -> tuple[TlsListener, ...]:
    readers = {**readers_of(base)["tls"], "listen": value.tls_socket}
    del readers["verify"]
    found = []
    for where, table in _tables(tls, "tls.listener", errors):
        before = len(errors)
        values = _table(table, readers, where, errors)
        if "listen" in values:
            found.append(TlsListener(**values))
        elif len(errors) == before:
            errors.add(where, 'is for no listener; give it listen = "tls:ADDRESS:PORT", one of sip.listen')
    return tuple(found)


def _rule(table: object, where: str, route: Mapping[str, Any], errors: _Errors) -> Rule:
    before = len(errors)
    values = _table(table, _RULE, where, errors)
    if len(errors) == before:
        dispatches = [key for key in ("set", "algorithm") if key in values]
        if "reply" in values and dispatches:
            errors.add(where, f"found reply and {' and '.join(dispatches)}; allowed: either a reply, or set and algorithm")
        elif "reply" not in values and not dispatches:
            errors.add(where, "decides nothing; give it set or algorithm, or reply")
        elif "reason" in values and "reply" not in values:
            errors.add(f"{where}.reason", "is the reason phrase of a reply, and there is no reply")
    sources = values.pop("from", ())
    return Rule(
        **{"set": route.get("set", Route().set), "algorithm": route.get("algorithm", Route().algorithm), **values},
        from_networks=tuple(source for source in sources if not isinstance(source, int)),
        from_sets=tuple(source for source in sources if isinstance(source, int)),
    )
