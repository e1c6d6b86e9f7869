"""What can be said of a configuration and its sets before anything runs: the errors, and what cannot work as it was meant.

`--check` prints both. The errors keep the server from starting; the warnings are logged at its start and at each reload.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from txdispatcher.balancing.attributes import attribute_warnings
from txdispatcher.balancing.destination import Record
from txdispatcher.config import Config, Rule, read_config, read_key
from txdispatcher.config.dispatcher import Dispatcher
from txdispatcher.errors import ConfigError, DispatcherError
from txdispatcher.net.tls import Expected, Tls, TlsError
from txdispatcher.operators import credentials
from txdispatcher.sources import source_of
from txdispatcher.transports import expected_at, tls_settings

#: Destinations with the same fault that are named, each; of the others the number says enough.
_NAMED = 3

_IPV4 = re.compile(r"[0-9.]+")

#: The settings that say where the sets are: with an error in one of them, somebody else's might be read.
_WHERE = {"dispatcher", *(f"dispatcher.{key}" for key in ("list_file", "db_url", "table_name", "ds_db_extra_attrs"))} | {
    f"dispatcher.{key}_col" for key in ("setid", "destination", "flags", "priority", "attrs")
}


@dataclass(frozen=True, slots=True)
class Findings:
    """What `examine` found. `config` is None where the file could not be read as TOML; with errors, it is not to be used."""

    config: Config | None
    records: Sequence[Record]
    errors: Sequence[DispatcherError]
    warnings: Sequence[str]


def examine(file: str, kamailio_cfg: str = "") -> Findings:
    """Every error in the configuration `file`, in its list or table and in its key file, and the warnings. Raises nothing.

    With `ds_load_mode` 0, a bad line or row is a warning.
    """
    config, found = read_config(file, kamailio_cfg)
    errors: list[DispatcherError] = list(found)
    warned: list[str] = list(config.kamailio.ignored) if config is not None and config.kamailio is not None else []
    records: list[Record] = []
    keys = {error.key for error in found}
    if config is not None and not keys & _WHERE:
        try:
            reading = source_of(config).read()
        except DispatcherError as error:
            errors.append(error)
        else:
            records = reading.records
            warned += reading.warnings
            if config.dispatcher.ds_load_mode:
                errors += reading.errors
            else:
                warned += [f"{error}: skipped" for error in reading.errors]
    if config is not None and not keys & {"access", "access.key_file"}:
        try:
            read_key(config)
        except ConfigError as error:
            errors.append(error)
    if config is not None and not any(key.partition(".")[0] in ("tls", "sip") for key in keys):
        unusable, unreachable = _certificates(config, records)
        errors += unusable
        warned += unreachable
    if config is not None and not keys & {"control", "control.credentials"}:
        try:
            credentials(config)
        except ConfigError as error:
            errors.append(error)
    if config is not None and not errors:
        warned += warnings(config, records)
    return Findings(config, records, errors, warned)


def _certificates(config: Config, records: Sequence[Record]) -> tuple[list[DispatcherError], list[str]]:
    """What of [tls] cannot be used, and what of the destinations' attributes."""
    errors: list[DispatcherError] = []
    opening: Tls | None = None
    for socket, settings in tls_settings(config).items():
        try:
            opening = Tls(settings, lambda peer: Expected(peer[0]))
        except TlsError as error:
            errors.append(ConfigError(config.file, "tls", f"{error} (for {socket})"))
    warned = []
    for record in records:
        if (
            opening is not None
            and record.transport == "tls"
            and (record.attribute("tls_ca") or record.attribute("tls_certificate"))
        ):
            try:
                opening.opening(expected_at(record, config.tls.verify))
            except TlsError as error:
                warned.append(f"{source_of(config).name}: {record.uri} of set {record.set_id} cannot be reached: {error}")
    return errors, warned


def warnings(config: Config, records: Sequence[Record]) -> list[str]:
    """What is correct and yet cannot work, a line each: sets that are not in the list, rules that nothing reaches, …"""
    name = source_of(config).name
    if config.kamailio is not None:
        return [*_about_source(config), *_about_destinations(config, records, name)]
    return [
        *_about_source(config),
        *_about_rules(config),
        *_about_sets(config, records, name),
        *_about_destinations(config, records, name),
        *_about_attributes(config, records, name),
    ]


def _about_source(config: Config) -> Iterator[str]:
    """The settings of a list file beside a database."""
    if config.dispatcher.db_url:
        if config.dispatcher.list_file != Dispatcher().list_file:
            yield f"{config.file}: dispatcher.list_file: not read, for there is a db_url"
        if config.dispatcher.watch_list:
            yield f"{config.file}: dispatcher.watch_list: a database is not watched"


def _about_rules(config: Config) -> Iterator[str]:
    """The rules behind one that matches everything."""
    replies = everything = 0
    for number, rule in enumerate(config.route.rule, 1):
        # A rule that dispatches without naming the source does not count for what comes from a destination.
        for_destinations = bool(rule.reply or _names_source(rule))
        by = replies or (0 if for_destinations else everything)
        if by:
            yield f"{config.file}: route.rule[{number}]: never reached: route.rule[{by}] has no conditions, so it decides before"
        if not _has_conditions(rule):
            everything = everything or number
            replies = replies or (number if rule.reply else 0)


def _about_sets(config: Config, records: Sequence[Record], name: str) -> Iterator[str]:
    """The sets that are meant and not there."""
    if not records:
        yield f"{name}: there is no destination in it"
        return
    there = {record.set_id for record in records}
    wanted = [
        (f"route.rule[{number}].{key}", set_id, what)
        for number, rule in enumerate(config.route.rule, 1)
        for key, set_id, what in [
            *(("from", set_id, "nothing comes from it") for set_id in rule.from_sets),
            *([] if rule.reply else [("set", rule.set, "what is sent there is answered with 503")]),
        ]
    ]
    if all(map(_has_conditions, config.route.rule)):
        wanted.append(("route.set", config.route.set, "what is sent there is answered with 503"))
    for key, set_id, what in wanted:
        if set_id not in there:
            yield f"{config.file}: {key}: there is no set {set_id} in {name}: {what}"


def _about_destinations(config: Config, records: Sequence[Record], name: str) -> Iterator[str]:
    """The destinations that no listener can send to."""
    listeners = {(one.transport, ip_address(one.host).version) for one in config.sip.listen}
    found: dict[str, list[Record]] = {}
    for record in records:
        version = _version(record.host)
        if all(transport != record.transport for transport, _ in listeners):
            found.setdefault(f"none of sip.listen is for {record.transport}", []).append(record)
        elif version and (record.transport, version) not in listeners:
            found.setdefault(f"none of sip.listen is for {record.transport} over IPv{version}", []).append(record)
    for reason, unreachable in found.items():
        named = ", ".join(f"{record.uri} of set {record.set_id}" for record in unreachable[:_NAMED])
        more = f" and {len(unreachable) - _NAMED} more" if len(unreachable) > _NAMED else ""
        yield f"{name}: {named}{more} cannot be reached: {reason}"


def _about_attributes(config: Config, records: Sequence[Record], name: str) -> Iterator[str]:
    """The attributes that are not taken as they are written."""
    for text in attribute_warnings(records):
        yield f"{name}: {text}"


def _names_source(rule: Rule) -> bool:
    return bool(rule.from_networks or rule.from_sets)


def _has_conditions(rule: Rule) -> bool:
    return bool(_names_source(rule) or rule.method or rule.prefix or rule.domain)


def _version(host: str) -> int:
    """4 or 6; 0 for a name."""
    return 6 if ":" in host else 4 if _IPV4.fullmatch(host) else 0
