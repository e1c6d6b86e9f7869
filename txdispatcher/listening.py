"""The listeners, as the settings name them: all of them, and by which of them destinations are reached."""

from __future__ import annotations

from txdispatcher.config import Address, Config
from txdispatcher.errors import ConfigError
from txdispatcher.net.interfaces import expand
from txdispatcher.proxy.listener import Listener, Listeners
from txdispatcher.routing.sockets import Sockets
from txdispatcher.sip.uri import SIP_PORT


def listeners_of(config: Config) -> Listeners:
    """A listener for each address of `sip.listen`. Raises ConfigError."""
    found = []
    for each in config.sip.listen:
        hosts = expand(each.host)
        if not hosts:
            raise ConfigError(config.file, "sip.listen", f"{each} stands for no address: this machine has none of that family")
        found += [Listener(each.transport, host, each.port, each.advertise) for host in hosts]
    aliases = config.kamailio.aliases if config.kamailio is not None else ()
    return Listeners(found, [(host.encode(), port or SIP_PORT) for host, port in aliases])


def sockets_of(config: Config, listeners: Listeners) -> Sockets:
    """What the settings say about the listeners that destinations are reached from."""
    settings = config.dispatcher
    names = {each.name: found for each in config.sip.listen if each.name and (found := listener_at(each, listeners)) is not None}
    default = names.get(settings.ds_default_sockname) or listener_at(settings.ds_default_socket, listeners)
    return Sockets(listeners, names, default)


def listener_at(address: Address | None, listeners: Listeners) -> Listener | None:
    """The listener at `address`, which config has held against sip.listen; of a wildcard the first."""
    if address is None:
        return None
    for listener in listeners.all:
        if address.overlaps(Address(listener.host, listener.port, listener.transport)):
            return listener
    return None
