"""What can be said of a configuration and its sets before anything runs: the errors, and what cannot work as it was meant.

`--check` prints both. The errors keep the server from starting; the warnings are logged at its start and at each reload.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from txdispatcher.balancing.destination import Record
from txdispatcher.check_destinations import destination_warnings, never_back, ping_warnings
from txdispatcher.check_settings import has_conditions, setting_warnings
from txdispatcher.config import Config, read_config, read_key
from txdispatcher.config.dispatcher import Dispatcher
from txdispatcher.errors import ConfigError, DispatcherError
from txdispatcher.listening import listeners_of
from txdispatcher.net.tls import Expected, Tls, TlsError
from txdispatcher.operators import credentials
from txdispatcher.sources import source_of
from txdispatcher.transports import expected_at, tls_settings

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
    # What a Kamailio file that cannot be read would have said of the list is not known.
    unread = config is not None and config.kamailio is None and bool(kamailio_cfg or config.route.kamailio_cfg)
    if config is not None and not unread and not keys & _WHERE:
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
        try:
            listeners_of(config)
        except ConfigError as error:
            errors.append(error)
        else:
            warned += warnings(config, records)
            warned += ping_warnings(config, records, source_of(config).name)
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
    return [
        *setting_warnings(config),
        *_about_sets(config, records, name),
        *destination_warnings(config, records, name),
        *never_back(config, records, name),
        *_about_pings(config, records),
    ]


def _about_sets(config: Config, records: Sequence[Record], name: str) -> Iterator[str]:
    """The sets that are meant and not there. Which of them a script means, only its run shows."""
    if not records:
        yield f"{name}: there is no destination in it"
        return
    if config.script:
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
    if all(map(has_conditions, config.route.rule)):
        wanted.append(("route.set", config.route.set, "what is sent there is answered with 503"))
    for key, set_id, what in wanted:
        if set_id not in there:
            yield f"{config.file}: {key}: there is no set {set_id} in {name}: {what}"


def _about_pings(config: Config, records: Sequence[Record]) -> Iterator[str]:
    """What is set about pings where there are none."""
    settings = config.dispatcher
    usual = Dispatcher()
    if settings.ds_ping_interval or any(record.attribute("ping_interval") is not None for record in records):
        return
    for key in ("ds_probing_mode", "ds_ping_reply_codes", "ds_ping_latency_stats", "outbound_proxy", "ds_ping_fr_timer"):
        if getattr(settings, key) != getattr(usual, key):
            yield f"{config.file}: dispatcher.{key}: without effect: nothing is pinged, as ds_ping_interval is 0"
