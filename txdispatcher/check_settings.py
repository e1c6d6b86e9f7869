"""What can be said of the settings alone: what has no effect beside others, and what is not there on this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import fields

from txdispatcher.config import Config, Rule
from txdispatcher.config.dispatcher import Dispatcher
from txdispatcher.config.settings import Route, Tm
from txdispatcher.open_files import missing, needed


def setting_warnings(config: Config) -> Iterator[str]:
    """A line for each setting that does not do what it says."""
    for key, reason in (*_source(config), *_rules(config), *_script(config), *_stateless(config), *_machine(config)):
        yield f"{config.file}: {key}: {reason}"


#: Keys of [route] that are about scripts begin with one of these.
_OF_SCRIPTS = ("kamailio_cfg", "script")

#: A key, and what is wrong with it.
_Found = Iterator[tuple[str, str]]


def _source(config: Config) -> _Found:
    """The settings of a list file beside a database."""
    if config.dispatcher.db_url:
        if config.dispatcher.list_file != Dispatcher().list_file:
            yield "dispatcher.list_file", "not read, for there is a db_url"
        if config.dispatcher.watch_list:
            yield "dispatcher.watch_list", "a database is not watched"


def _rules(config: Config) -> _Found:
    """The rules behind one that matches everything."""
    if config.script:
        return
    replies = everything = 0
    for number, rule in enumerate(config.route.rule, 1):
        # A rule that dispatches without naming the source does not count for what comes from a destination.
        for_destinations = bool(rule.reply or names_source(rule))
        by = replies or (0 if for_destinations else everything)
        if by:
            yield f"route.rule[{number}]", f"never reached: route.rule[{by}] has no conditions, so it decides before"
        if not has_conditions(rule):
            everything = everything or number
            replies = replies or (number if rule.reply else 0)


def _script(config: Config) -> _Found:
    """The settings of the default route beside a script. (What `failover` is, other settings say too.)"""
    if config.script:
        usual = Route()
        for each in fields(Route):
            if (
                not each.name.startswith(_OF_SCRIPTS)
                and each.name != "failover"
                and getattr(config.route, each.name) != getattr(usual, each.name)
            ):
                yield f"route.{each.name}", f"without effect: {config.script} routes requests"


def _stateless(config: Config) -> _Found:
    """The settings for what a stateless proxy does not know: how a call ends."""
    if config.sip.mode != "stateless":
        return
    if config.route.mark_failed:
        yield "route.mark_failed", "without effect in stateless mode, where nobody knows which call failed"
    if config.dispatcher.ds_hash_size:
        yield "dispatcher.ds_hash_size", "without effect in stateless mode: no calls are counted"
    if config.dispatcher.slow_start:
        yield "dispatcher.slow_start", "without effect in stateless mode, whose algorithms give no shares"
    for key in ("fr_inv_timer", "wt_timer"):
        if getattr(config.tm, key) != getattr(Tm(), key):
            yield f"tm.{key}", "without effect in stateless mode: there are no transactions but those of pings"


def _machine(config: Config) -> _Found:
    """What the settings name and this machine does not have. Who asks may be another user than the server's."""
    if missing(config):
        allowed = needed(config) - missing(config)
        yield (
            "stream.connections",
            f"{config.stream.connections}, and as many of ours, need {needed(config)} open files, "
            f"and the system allows {allowed} (ulimit -Hn)",
        )
    file = config.dispatcher.saved_states
    if file:
        folder = os.path.dirname(file)
        if os.path.isdir(file):
            yield "dispatcher.saved_states", f"{file} is a folder; a file is allowed"
        elif not os.path.isdir(folder):
            yield "dispatcher.saved_states", f"cannot be written: there is no folder {folder}"
        elif not os.access(folder, os.W_OK | os.X_OK):
            yield "dispatcher.saved_states", f"cannot be written: no files may be made in {folder}"
    command = config.dispatcher.event_command
    if command and shutil.which(command[0]) is None:
        found = "is not executable" if os.path.exists(command[0]) else "is not there"
        yield "dispatcher.event_command", f"{command[0]} {found}: no event gets through"


def names_source(rule: Rule) -> bool:
    """Whether the rule asks where a request comes from."""
    return bool(rule.from_networks or rule.from_sets)


def has_conditions(rule: Rule) -> bool:
    """Whether there is a request that the rule does not hold for."""
    return bool(names_source(rule) or rule.method or rule.prefix or rule.domain)
