"""Open files: how many the connections of the settings need, and what the system lets this process have."""

from __future__ import annotations

import resource

from txdispatcher.config import Config

#: Those besides: sockets, logs, databases, who asks by [control].
_OTHERS = 256


def needed(config: Config) -> int:
    """How many may be open at once: connections that others open, and as many of ours. 0 without a listener for connections."""
    if all(each.transport == "udp" for each in config.sip.listen):
        return 0
    return 2 * config.stream.connections + _OTHERS


def missing(config: Config) -> int:
    """How many fewer the system allows, whatever this process does."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 0 if hard == resource.RLIM_INFINITY else max(0, needed(config) - hard)


def allow(config: Config) -> None:
    """Have as many as are needed, or as the system gives: the limit that a process starts with is often 1,024.

    Strangers who used them all up would leave none for connections to gateways.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = needed(config) - missing(config)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
