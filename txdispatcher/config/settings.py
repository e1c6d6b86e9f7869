"""What the settings are: plain frozen values, with their defaults.

A key of the file is a field of the dataclass of its section; `from` of a rule alone has two fields, with names of their own.
[dispatcher] has a module of its own, `dispatcher`.
Durations are int, in milliseconds unless the field says otherwise.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from txdispatcher.config.address import Address, ControlAddress
from txdispatcher.config.dispatcher import Dispatcher

if TYPE_CHECKING:
    from txdispatcher.config.kamailio import KamailioFile
    from txdispatcher.routing.python.script import PythonScript

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

#: The names that `algorithm` takes beside Kamailio's numbers.
ALGORITHMS: Mapping[str, int] = {
    "hash-callid": 0,
    "hash-from": 1,
    "hash-to": 2,
    "hash-ruri": 3,
    "round-robin": 4,
    "hash-auth": 5,
    "random": 6,
    "hash-pvar": 7,
    "first": 8,
    "serial": 8,
    "weight": 9,
    "call-load": 10,
    "relative-weight": 11,
    "parallel": 12,
    "latency": 13,
    "round-robin-or-serial": 14,
    "srv": 15,
    "overload": 64,
    "rendezvous": 100,
}


@dataclass(frozen=True, slots=True)
class Sip:
    """[sip]: where requests come in, and what kind of proxy meets them. `server` is "" for no Server header.

    `batch_wait` is in microseconds, `shed_after` in milliseconds, `udp_mtu` in bytes.
    """

    listen: tuple[Address, ...] = (Address("127.0.0.1", 5060),)
    mode: str = "stateful"
    record_route: bool = True
    max_forwards: int = 70
    server: str = ""
    stun: bool = True
    batch_wait: int = 1000
    shed_after: int = 100
    udp_mtu: int = 0
    #: DNS servers, asked in turn; none: those of /etc/resolv.conf.
    resolvers: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class Stream:
    """[stream]: what connections may cost. Times in milliseconds, `write_buffer` in bytes."""

    connections: int = 4096
    connections_per_address: int = 1024
    connect_timeout: int = 2000
    message_timeout: int = 10_000
    idle_timeout: int = 600_000
    write_timeout: int = 20_000
    write_buffer: int = 1024 * 1024


@dataclass(frozen=True, slots=True)
class TlsListener:
    """One [[tls.listener]]: what that one of sip.listen has otherwise than [tls] says; `key` as there. None: as [tls] says."""

    listen: Address
    certificate: tuple[str, ...] | None = None
    key: tuple[str, ...] = ()
    ca: str | None = None
    client_certificates: str | None = None


@dataclass(frozen=True, slots=True)
class Tls:
    """[tls]: absolute paths of PEM files. `key` is empty where each certificate's file holds its key; `ca` "" is the system's."""

    certificate: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    ca: str = ""
    verify: bool = True
    client_certificates: str = "none"
    listener: tuple[TlsListener, ...] = ()


@dataclass(frozen=True, slots=True)
class Websocket:
    """[websocket]: `origins` are as browsers write them, or "*". `ping_interval` is in milliseconds, 0 for no pings."""

    origins: tuple[str, ...] = ()
    ping_interval: int = 30_000


@dataclass(frozen=True, slots=True)
class Tm:
    """[tm]: the timers, all in milliseconds. `wt_timer` 0 means 64 times `timer_t1`.

    `remap_503_500`: the 503 of a gateway is a 500 to the caller (RFC 3261 16.7 step 6).
    """

    fr_timer: int = 2000
    fr_inv_timer: int = 40_000
    wt_timer: int = 5000
    timer_t1: int = 500
    timer_t2: int = 4000
    timer_t4: int = 5000
    remap_503_500: bool = True


@dataclass(frozen=True, slots=True)
class Failover:
    """What makes the next destination of a set be tried: no answer at all, or one of these status codes."""

    timeout: bool = False
    statuses: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return self.timeout or bool(self.statuses)


@dataclass(frozen=True, slots=True)
class Rule:
    """One [[route.rule]]: conditions, of which an empty one holds for every request, and one decision.

    A source matches if it is in one of `from_networks` or is a destination of one of `from_sets`; either counts. `domain` is in
    lower case, without the brackets of an IPv6 reference. `reply` 0 means: dispatch to `set` by `algorithm`, which are those of
    [route] where the rule names none. With a reply, `reason` is its reason phrase ("" for the usual one).
    """

    set: int
    algorithm: int
    from_networks: tuple[Network, ...] = ()
    from_sets: tuple[int, ...] = ()
    method: tuple[str, ...] = ()
    prefix: tuple[str, ...] = ()
    domain: tuple[str, ...] = ()
    reply: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """[route]: what holds for a request that no rule matches. `retry_after` is in seconds, 0 for no such header.

    `kamailio_cfg` and `script` are absolute paths, "" for none: what stands there holds instead of the rest. `script_timeout` and
    `script_limit` are in milliseconds, the latter 0 for none; `script_threads` is how many `in_thread` has; `script_debug` is one
    of Kamailio's levels.

    `mark_failed` is a word of ds_mark_dst(), or "" for no mark.
    """

    set: int = 1
    algorithm: int = 4
    failover: Failover = Failover(True, frozenset({500, 503}))
    rewrite: str = "none"
    retry_after: int = 10
    udp_flows: str = "never"
    mark_failed: str = ""
    kamailio_cfg: str = ""
    script: str = ""
    script_timeout: int = 5000
    script_threads: int = 20
    script_limit: int = 500
    script_debug: int = 2
    rule: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Access:
    """[access]: who may send initial requests. `key_file` is an absolute path, or "" for a key per process start."""

    callers: tuple[Network, ...] = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1"))
    outsiders: str = "drop"
    key_file: str = ""


@dataclass(frozen=True, slots=True)
class Control:
    """[control]: Twisted endpoint strings, each known to Twisted. `credentials` and `client_ca` are absolute paths, or "".

    `compat` is the version of Kamailio whose fields and texts are shown, `unknown_method` the code of the fault for such a one.
    FIFOs are absolute paths; `fifo_reply_dir` is the folder of those that answers go to, `store_dir` that of files, "" for none.
    """

    compat: str = "5.6"
    jsonrpc: tuple[str, ...] = ("tcp:8060:interface=127.0.0.1",)
    credentials: str = ""
    client_ca: str = ""
    unknown_method: int = 500
    jsonrpc_fifo: tuple[str, ...] = ()
    jsonrpc_datagram: tuple[ControlAddress, ...] = ()
    binrpc: tuple[ControlAddress, ...] = ()
    mi_fifo: tuple[str, ...] = ()
    mi_datagram: tuple[ControlAddress, ...] = ()
    fifo_reply_dir: str = "/tmp"
    store_dir: str = ""


@dataclass(frozen=True, slots=True)
class Test:
    """[test]: the loopback addresses of the built-in test gateways."""

    gateways: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class Acc:
    """[acc]: accounting, by the names of Kamailio's module acc. The flags are numbers of flags that setflag() sets, 0 for none.

    Records go to `csv_file`, an absolute path, or to the tables at `db_url`; without `db_flag` and `db_missed_flag` what goes
    there is what goes to the log. Of those that cannot be written, `kept` wait at most.
    """

    log_flag: int = 0
    log_missed_flag: int = 0
    failed_transaction_flag: int = 0
    failed_filter: tuple[int, ...] = ()
    log_level: int = 1
    reason_from_hf: bool = False
    log_extra: str = ""
    csv_file: str = ""
    db_url: str = ""
    db_flag: int = 0
    db_missed_flag: int = 0
    db_extra: str = ""
    db_table_acc: str = "acc"
    db_table_missed_calls: str = "missed_calls"
    acc_method_column: str = "method"
    acc_from_tag_column: str = "from_tag"
    acc_to_tag_column: str = "to_tag"
    acc_callid_column: str = "callid"
    acc_sip_code_column: str = "sip_code"
    acc_sip_reason_column: str = "sip_reason"
    acc_time_column: str = "time"
    kept: int = 10_000


@dataclass(frozen=True, slots=True)
class Config:
    """All settings. `file` is the path as it was given."""

    file: str
    sip: Sip
    stream: Stream
    tls: Tls
    websocket: Websocket
    tm: Tm
    dispatcher: Dispatcher
    route: Route
    access: Access
    control: Control
    acc: Acc
    test: Test
    #: The Kamailio configuration file whose script routes requests, if there is one.
    kamailio: KamailioFile | None = None
    #: The same for a Python script.
    python: PythonScript | None = None

    @property
    def script(self) -> str:
        """The file of the script that routes requests, "" where [route] and its rules do."""
        return self.kamailio.file if self.kamailio is not None else self.python.file if self.python is not None else ""

    def algorithms(self) -> dict[int, set[int]] | None:
        """The sets that requests may be sent to, each with the algorithms for that; None where a script decides."""
        if self.script:
            return None
        found = {self.route.set: {self.route.algorithm}}
        for rule in self.route.rule:
            if not rule.reply:
                found.setdefault(rule.set, set()).add(rule.algorithm)
        return found
