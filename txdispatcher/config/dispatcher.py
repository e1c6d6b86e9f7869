"""[dispatcher]: the parameters of Kamailio's module by the guide's names, and a few of our own.

A default is the guide's, unless the parameter's comment says otherwise. Seconds, unless the comment says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from txdispatcher.config.address import Address

#: Bits of `Dispatcher.flags`, as the guide's "flags" parameter has them.
HASH_USER_ONLY = 1
FAILOVER = 2

#: Older spellings of the parameters, each with that of today.
ALIASES: Mapping[str, str] = {
    "ds_probing_threshhold": "ds_probing_threshold",
    "setid_pvar": "setid_pvname",
    "ds_ping_fr_timeout": "ds_ping_fr_timer",
}


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """The parameters. Empty text stands for "not set".

    Paths are absolute. A pseudo-variable is its text (``$avp(dst)``), to be compiled by `routing.pseudovariables`.
    """

    # Where the sets come from; `db_url` goes before `list_file`.
    list_file: str = "/etc/kamailio/dispatcher.list"
    db_url: str = ""
    table_name: str = "dispatcher"
    setid_col: str = "setid"
    destination_col: str = "destination"
    flags_col: str = "flags"
    priority_col: str = "priority"
    attrs_col: str = "attrs"
    #: Pairs of an attribute's name and its column.
    ds_db_extra_attrs: tuple[tuple[str, str], ...] = ()
    ds_attrs_none: bool = False
    #: 1: a bad line or row stops the load; 0 (the guide's): it is skipped and reported.
    ds_load_mode: int = 1
    #: 0: no wait between two reloads by RPC (the guide: 5).
    reload_delta: int = 0

    # Selection. `flags` is 2 where the guide has 0: failover without a script.
    flags: int = FAILOVER
    force_dst: bool = True
    use_default: bool = False
    hash_pvar: str = ""

    # What selection and ds_is_from_list() write.
    dst_avp: str = ""
    grp_avp: str = ""
    cnt_avp: str = ""
    dstid_avp: str = ""
    attrs_avp: str = ""
    xavp_dst: str = "_dsdst_"
    #: Bits: 1 no attrs, 2 socket, 4 sockname.
    xavp_dst_mode: int = 0
    xavp_ctx: str = "_dsctx_"
    #: Bit 1: no cnt.
    xavp_ctx_mode: int = 0
    setid_pvname: str = ""
    attrs_pvname: str = ""

    # Probing.
    ds_ping_method: str = "OPTIONS"
    ds_ping_from: str = "sip:dispatcher@localhost"
    ds_ping_interval: int = 0
    #: Milliseconds, as tm.fr_timer, which holds where this is 0.
    ds_ping_fr_timer: int = 0
    #: Text for `sip.reply_codes.parse_reply_codes`, which takes it.
    ds_ping_reply_codes: str = ""
    ds_probing_mode: int = 0
    ds_probing_threshold: int = 1
    ds_inactive_threshold: int = 1
    ds_ping_latency_stats: bool = False
    ds_retain_latency_stats: bool = False
    #: Thousandths.
    ds_latency_estimator_alpha: int = 900
    outbound_proxy: str = ""

    # Where pings and requests leave: a listener of sip.listen.
    ds_default_socket: Address | None = None
    ds_default_sockname: str = ""
    ds_ping_socket: Address | None = None

    # Call load.
    #: Two to this power is the size of Kamailio's table; here any number above 0 says that algorithm 10 may be used.
    ds_hash_size: int = 0
    ds_hash_expire: int = 7200
    ds_hash_initexpire: int = 7200
    ds_hash_check_interval: int = 30

    # Names of destinations.
    #: Bits: 1 at start and reload, 2 at each ds_is_from_list(), 4 every `ds_dns_interval` too, 8 SRV and NAPTR.
    ds_dns_mode: int = 1
    ds_dns_interval: int = 600
    ds_dns_ttl: int = 0
    #: Ours is True: a name stands for all its addresses.
    ds_dns_match_all: bool = True

    # Events.
    event_callback: str = ""
    event_callback_mode: int = 0
    #: Taken and without effect: there is one reactor.
    ds_timer_mode: int = 0

    # Ours.
    reload_state: str = "keep"
    reload_load: str = "keep"
    watch_list: bool = False
    saved_states: str = ""
    slow_start: int = 0
    #: State changes that each destination remembers.
    history: int = 50
    #: The program and its arguments.
    event_command: tuple[str, ...] = ()
    event_url: str = ""
    #: 0: a database that is away is not tried again.
    db_retry: int = 0
