"""What must fit together among settings that are each right by themselves; for [tls] see `tls`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec

from txdispatcher.config import values as value
from txdispatcher.config.address import Address
from txdispatcher.config.settings import ALGORITHMS, Config
from txdispatcher.config.tls import tls_faults
from txdispatcher.routing.message_variables import OF_ONE_REQUEST
from txdispatcher.routing.pseudovariables import compile_format

#: A key that cannot be as it is, and why.
Fault = tuple[str, str]


def early_faults(config: Config) -> Iterator[Fault]:
    """What is said beside whatever else is wrong."""
    if config.tm.timer_t1 > config.tm.timer_t2:
        yield "tm.timer_t2", f"found {config.tm.timer_t2}; allowed: timer_t1 ({config.tm.timer_t1}) or more"
    if config.acc.csv_file and config.acc.db_url:
        yield "acc.csv_file", "found beside acc.db_url; allowed: one of the two"
    yield from _addresses(config)
    yield from _operators(config)


def faults(config: Config) -> Iterator[Fault]:
    """What is worth saying only where nothing else is wrong."""
    for check in (_sockets, _mtu, tls_faults, _websocket, _chosen, _stateless):
        yield from check(config)


def _addresses(config: Config) -> Iterator[Fault]:
    """No address is listened on twice, as itself or as one of those that a wildcard stands for."""
    before: list[tuple[str, Address]] = []
    for key, addresses in (("sip.listen", config.sip.listen), ("test.gateways", config.test.gateways)):
        for address in addresses:
            for other_key, other in before:
                if address.overlaps(other):
                    same = "twice" if address == other else f"beside {other}, which covers it or is covered by it"
                    where = f" ({other_key})" if other_key != key else ""
                    yield key, f"found {address} {same}{where}; allowed: each address once"
                    break
            before.append((key, address))
    for number, endpoint in enumerate(config.control.jsonrpc):
        if endpoint in config.control.jsonrpc[:number]:
            yield "control.jsonrpc", f"found {endpoint} twice; allowed: each endpoint once"
    places: set[object] = set()
    for key in ("jsonrpc_fifo", "jsonrpc_datagram", "binrpc", "mi_fifo", "mi_datagram"):
        for place in getattr(config.control, key):
            # A path is one file, whatever is made of it.
            same = getattr(place, "path", "") or place
            if same in places:
                yield f"control.{key}", f"found {place} twice; allowed: each address and path once"
            places.add(same)


def _operators(config: Config) -> Iterator[Fault]:
    """Who can reach an endpoint from elsewhere shows a credential, or a certificate."""
    control = config.control
    certified = "ssl:" if control.client_ca else None
    for endpoint in control.jsonrpc:
        if control.credentials or value.is_local(endpoint) or (certified and endpoint.startswith(certified)):
            continue
        yield (
            "control.jsonrpc",
            f"found {endpoint}, which other machines can reach; allowed: an interface of loopback, a unix socket, or with"
            " control.credentials, or as ssl: with control.client_ca",
        )
    if certified and not any(endpoint.startswith(certified) for endpoint in control.jsonrpc):
        yield "control.client_ca", "certificates are asked for by ssl: endpoints, and control.jsonrpc has none"
    if control.store_dir and not os.path.isdir(control.store_dir):
        yield "control.store_dir", f'found {control.store_dir}; allowed: a folder that is there, or "" for none'


def _sockets(config: Config) -> Iterator[Fault]:
    """What is sent from a socket is sent from one that is listened on."""
    listen = config.sip.listen
    for key in ("ds_default_socket", "ds_ping_socket"):
        socket: Address | None = getattr(config.dispatcher, key)
        if socket is not None and not any(socket.overlaps(each) for each in listen):
            yield f"dispatcher.{key}", f"found {socket}; allowed: one of sip.listen, {', '.join(map(str, listen))}"
    names = [each.name for each in listen if each.name]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield "sip.listen", f"found the name {name} twice; allowed: each name once"
    name = config.dispatcher.ds_default_sockname
    if name and name not in names:
        allowed = ", ".join(names) or 'none has one ("udp:127.0.0.1:5060 name sock1" gives it one)'
        yield "dispatcher.ds_default_sockname", f"found {name}; allowed: a name in sip.listen: {allowed}"


def _mtu(config: Config) -> Iterator[Fault]:
    """What is too large for a datagram has another way."""
    if config.sip.udp_mtu and config.sip.mode == "stateful" and all(each.transport != "tcp" for each in config.sip.listen):
        yield "sip.udp_mtu", f"found {config.sip.udp_mtu}: larger requests go by TCP, and none of sip.listen is for tcp"


def _websocket(config: Config) -> Iterator[Fault]:
    """What WebSocket needs is installed, and it was decided which pages may use it."""
    for each in config.sip.listen:
        if each.transport not in ("ws", "wss"):
            continue
        if find_spec("autobahn") is None:
            needed = 'the package autobahn, which is not installed; pip install "txdispatcher[websocket]" does that'
            yield "sip.listen", f"found {each}, which needs {needed}"
        if not config.websocket.origins:
            pages = 'the pages whose scripts may connect ("https://phone.example.com"; "*" for those of everybody)'
            yield "websocket.origins", f"is not set, and sip.listen has {each}; allowed: {pages}"
        return


def _chosen(config: Config) -> Iterator[Fault]:
    """Algorithm 7 hashes what hash_pvar says."""
    if config.dispatcher.hash_pvar:
        return
    for key, algorithm in _algorithms(config):
        if algorithm == ALGORITHMS["hash-pvar"]:
            yield key, f"found {algorithm} (hash-pvar), which hashes dispatcher.hash_pvar, and that is not set"


def _algorithms(config: Config) -> Iterator[tuple[str, int]]:
    """The algorithm of [route], and those of the rules that have another one, each with its key."""
    yield "route.algorithm", config.route.algorithm
    for number, rule in enumerate(config.route.rule, 1):
        if not rule.reply and rule.algorithm != config.route.algorithm:
            yield f"route.rule[{number}].algorithm", rule.algorithm


def _stateless(config: Config) -> Iterator[Fault]:
    """RFC 3261 16.11: a stateless proxy forwards a retransmission as it forwarded the request."""
    if config.sip.mode != "stateless":
        return
    for each in config.sip.listen:
        if each.transport != "udp":
            yield "sip.listen", f'found {each}; allowed with sip.mode = "stateless": udp, as answers need their connection'
    if config.sip.udp_mtu:
        yield "sip.udp_mtu", f'found {config.sip.udp_mtu}; allowed with sip.mode = "stateless": 0, as that has UDP alone'
    for key, algorithm in _algorithms(config):
        if algorithm in value.CHANGING:
            yield (
                key,
                f"found {algorithm} ({value.CHANGING[algorithm]}), which may send a retransmission to another gateway than the"
                ' request (RFC 3261 16.11); allowed with sip.mode = "stateless": 0, 1, 2, 3, 7, 8, 100',
            )
    others = sorted(compile_format(config.dispatcher.hash_pvar).names & OF_ONE_REQUEST)
    if others and any(algorithm == ALGORITHMS["hash-pvar"] for _, algorithm in _algorithms(config)):
        yield (
            "dispatcher.hash_pvar",
            f"found ${', $'.join(others)}, which an ACK or CANCEL may have otherwise than its INVITE, and then goes to another"
            ' gateway (RFC 3261 16.11); allowed with sip.mode = "stateless": what all three have alike, such as $ci or $fU',
        )
    if config.script:
        kind = "Kamailio configuration file" if config.kamailio is not None else "Python script"
        yield "sip.mode", f'found "stateless" with a {kind}; allowed with one: "stateful"'
