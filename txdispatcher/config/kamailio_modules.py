"""What the modparams of Kamailio's modules mean here: a setting, a part of the script's surroundings, nothing, or an error.

A parameter that has no effect here is told as ignored where nothing depends on it. Where something does, the values that
say what this server does anyway are taken, and any other is an error.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from txdispatcher.config import values as value
from txdispatcher.errors import FormatError, LoadError
from txdispatcher.routing.kamailio import nodes
from txdispatcher.routing.pseudovariables import avp_name
from txdispatcher.routing.script.addresses import Addresses, read_addresses
from txdispatcher.routing.script.flooding import Flooding
from txdispatcher.routing.script.hash_tables import HashTable
from txdispatcher.routing.script.modules import Modules
from txdispatcher.routing.variables import AvpName

#: Parameters that are settings of ours, by section and key.
_SETTINGS: dict[tuple[str, str], tuple[str, str]] = {
    ("tm", "fr_timer"): ("tm", "fr_timer"),
    ("tm", "fr_inv_timer"): ("tm", "fr_inv_timer"),
    ("tm", "wt_timer"): ("tm", "wt_timer"),
    ("tm", "retr_timer1"): ("tm", "timer_t1"),
    ("tm", "retr_timer2"): ("tm", "timer_t2"),
    ("tls", "ca_list"): ("tls", "ca"),
}
#: The same, for those that may be given more than once.
_LISTS: dict[tuple[str, str], tuple[str, str]] = {
    ("ctl", "binrpc"): ("control", "binrpc"),
    ("mi_fifo", "fifo_name"): ("control", "mi_fifo"),
    ("mi_datagram", "socket_name"): ("control", "mi_datagram"),
    ("tls", "certificate"): ("tls", "certificate"),
    ("tls", "private_key"): ("tls", "key"),
}
#: Of jsonrpcs, by the bit of `transport` that opens it. A path that is not absolute is one in `run_dir`.
_JSONRPCS = {"fifo_name": (2, "jsonrpc_fifo"), "dgram_socket": (4, "jsonrpc_datagram")}
#: Every transport of jsonrpcs.
_ALL = 0

#: What this server does anyway, and where to go for the rest. Any other value is an error.
_FIXED: dict[tuple[str, str], tuple[frozenset[object], str]] = {
    ("tm", "auto_inv_100"): (frozenset((1,)), "1: an INVITE gets a 100 at once"),
    ("tm", "aggregate_challenges"): (frozenset((1,)), "1 (RFC 3261 16.7)"),
    ("tm", "remap_503_500"): (frozenset((1,)), "1 (RFC 3261 16.7)"),
    ("tm", "disable_6xx_block"): (frozenset((0,)), "0: a 6xx ends the search (RFC 3261 16.7)"),
    ("tm", "relay_100"): (frozenset((0, "0")), "0: a 100 is its hop's own"),
    ("tm", "local_ack_mode"): (frozenset((0,)), "0"),
    ("tm", "on_sl_reply"): (
        frozenset(),
        "none: what answers no request of ours ends here; the nearest is onreply_route",
    ),
    ("tm", "event_callback"): (frozenset(("",)), "none"),
    ("rr", "add_username"): (frozenset((0,)), "0; a parameter by add_rr_param() is the nearest"),
    ("rr", "custom_user_avp"): (frozenset(), "none; a parameter by add_rr_param() is the nearest"),
    ("rr", "enable_double_rr"): (frozenset((1,)), "1: with two addresses both are recorded (RFC 5658)"),
    ("rr", "ignore_sips"): (frozenset((0,)), "0"),
    ("sl", "bind_tm"): (frozenset((1,)), "1"),
    ("acc", "early_media"): (frozenset((0,)), "0: final responses are accounted"),
    ("acc", "report_ack"): (frozenset((0,)), "0: transactions are accounted, and an ACK is none"),
    ("acc", "report_cancels"): (frozenset((0,)), "0: a cancelled call is accounted by its 487"),
    ("acc", "detect_direction"): (frozenset((0,)), "0"),
    ("acc", "failed_filter"): (frozenset(("",)), "none; the script can take the flag back in its failure_route"),
    ("acc", "multi_leg_info"): (frozenset(("",)), "none"),
    ("acc", "cdr_enable"): (frozenset((0,)), "0: transactions are accounted, not dialogs"),
    ("acc", "time_mode"): (frozenset((0,)), "0: the time in whole seconds"),
    ("nathelper", "natping_interval"): (frozenset((0,)), "0: nobody is registered here whom to ping"),
    ("htable", "db_url"): (frozenset(("",)), "none: tables are in memory alone, filled by event_route[htable:mod-init]"),
    ("htable", "enable_dmq"): (frozenset((0,)), "0: tables are this server's own"),
    ("permissions", "db_url"): (frozenset(("",)), "none; the nearest is address_file"),
    ("sanity", "default_checks"): (frozenset((3047,)), "3047; an argument of sanity_check() is the nearest"),
    ("sanity", "uri_checks"): (frozenset((7,)), "7; an argument of sanity_check() is the nearest"),
    ("sanity", "proxy_require"): (frozenset(("",)), "none: no extension is supported (RFC 3261 16.3)"),
    ("sanity", "noreply"): (frozenset((0,)), "0: what fails is answered"),
    ("siputils", "options_accept"): (frozenset(("*/*",)), '"*/*"'),
    ("tls", "config"): (
        frozenset(),
        "certificate, private_key, ca_list and verify_certificate, as parameters",
    ),
    ("tls", "verify_certificate"): (frozenset((0, 1)), "0 or 1"),
    ("tls", "require_certificate"): (frozenset((0, 1)), "0 or 1"),
}

Document = dict[str, dict[str, Any]]
Sections = Mapping[str, Mapping[str, value.Reader[Any]]]
#: Told (place of the parameter, its name, why).
Told = Callable[[nodes.Modparam, str, str], None]


class ModuleParameters:
    """The parameters read so far: into `document`, the settings of the TOML file, and into `modules`.

    `base` is the folder that a relative path of permissions is in, `sections` are the readers of the TOML file's keys. What is
    wrong goes to `refuse`.
    """

    def __init__(self, document: Document, base: str, sections: Sections, refuse: Told) -> None:
        self._document = document
        self._sections = sections
        self._base = base
        self._refuse = refuse
        self.run_dir = "/run/kamailio"
        self.full_lr = False
        self.from_tags = True
        self.forgets = True
        self._tables: dict[str, HashTable] = {}
        self._pike = {"sampling_time_unit": 2, "reqs_density_per_unit": 30, "remove_latency": 120}
        self._addresses: Addresses | None = None
        self._tag_avp: AvpName | None = None
        self._jsonrpcs: list[tuple[int, str, str]] = []
        self._transports = 6
        self._tls = {"verify_certificate": 0, "require_certificate": 0}

    @property
    def tables(self) -> frozenset[str]:
        """The names of htable's tables."""
        return frozenset(self._tables)

    def take(self, each: nodes.Modparam, module: str) -> bool:
        """Take the parameter in. False where it has no effect here."""
        key = module, each.name
        if key in _FIXED:
            return self._fixed(each, module)
        if key in _SETTINGS:
            section, name = _SETTINGS[key]
            if self._allowed(each, module, section, name, each.value):
                self._document.setdefault(section, {})[name] = each.value
        elif key in _LISTS:
            section, name = _LISTS[key]
            if self._allowed(each, module, section, name, [each.value]):
                self._document.setdefault(section, {}).setdefault(name, []).append(each.value)
        elif module == "acc" and each.name in self._sections["acc"]:
            if self._allowed(each, module, "acc", each.name, each.value):
                self._document.setdefault("acc", {})[each.name] = each.value
        elif module == "jsonrpcs" and each.name in _JSONRPCS:
            bit, name = _JSONRPCS[each.name]
            self._jsonrpcs.append((bit, name, str(each.value)))
        elif key == ("jsonrpcs", "transport"):
            self._transports = self._number(each, module)
        elif key == ("jsonrpcs", "fifo_reply_dir"):
            self._document.setdefault("control", {})["fifo_reply_dir"] = each.value
        elif key == ("rr", "enable_full_lr"):
            self.full_lr = bool(each.value)
        elif key == ("rr", "append_fromtag"):
            self.from_tags = bool(each.value)
        elif key == ("tm", "failure_reply_mode"):
            self.forgets = each.value != 0
            if each.value not in (0, 1, 3):
                self._refuse(each, f"{module}.{each.name}", f"found {each.value}; allowed: 0, or 1 or 3, which are the same")
        elif key == ("htable", "htable"):
            self._table(each, module)
        elif module == "pike" and each.name in self._pike:
            self._pike[each.name] = max(self._number(each, module), 1)
        elif key == ("permissions", "address_file"):
            self._read_addresses(each, module)
        elif key == ("permissions", "peer_tag_avp"):
            self._read_tag_avp(each, module)
        else:
            return False
        return True

    def finish(self) -> Modules:
        """What the parameters make together: after the last of them."""
        control = self._document.setdefault("control", {})
        for bit, name, place in self._jsonrpcs:
            if self._transports == _ALL or self._transports & bit:
                control.setdefault(name, []).append(self._placed(place))
        if self._document.get("tls"):
            wanted = self._tls
            tls = self._document["tls"]
            tls.setdefault("verify", bool(wanted["verify_certificate"]))
            client = "required" if wanted["require_certificate"] else "optional" if wanted["verify_certificate"] else "none"
            tls.setdefault("client_certificates", client)
        pike = self._pike
        flooding = Flooding(pike["sampling_time_unit"], pike["reqs_density_per_unit"], pike["remove_latency"])
        return Modules(self._tables, flooding, self._addresses, self._tag_avp)

    def _allowed(self, each: nodes.Modparam, module: str, section: str, name: str, given: object) -> bool:
        try:
            self._sections[section][name](given)
        except value.RefusedError as error:
            self._refuse(each, f"{module}.{each.name}", str(error))
            return False
        return True

    def _placed(self, place: str) -> str:
        protocol, _, rest = place.partition(":") if place.startswith(("unix:", "unixd:", "udp:")) else ("", "", place)
        if protocol == "udp" or rest.startswith("/"):
            return place if protocol != "unixd" else f"unix:{rest}"
        path = os.path.join(self.run_dir, rest)
        return f"unix:{path}" if protocol else path

    def _fixed(self, each: nodes.Modparam, module: str) -> bool:
        values, allowed = _FIXED[module, each.name]
        if each.value not in values:
            self._refuse(each, f"{module}.{each.name}", f"found {each.value}; allowed: {allowed}")
        elif module == "tls":
            self._tls[each.name] = int(each.value)
        return True

    def _table(self, each: nodes.Modparam, module: str) -> None:
        shown = f"{module}.{each.name}"
        name, arrow, attributes = str(each.value).partition("=>")
        name = name.strip()
        if not arrow or not name.replace("_", "").replace("-", "").isalnum():
            self._refuse(each, shown, f"found {each.value}; allowed: NAME=>size=8;autoexpire=SECONDS;initval=NUMBER")
            return
        given: dict[str, int] = {}
        for part in attributes.split(";"):
            key, _, number = (word.strip() for word in part.partition("="))
            if not key:
                continue
            if key in ("dbtable", "cols", "dbmode") or (key == "dmqreplicate" and number != "0"):
                self._refuse(
                    each,
                    shown,
                    f"{name}: {key} is not there; allowed: a table in memory, filled by event_route[htable:mod-init]",
                )
            elif key not in ("size", "autoexpire", "initval", "updateexpire", "dmqreplicate"):
                self._refuse(each, shown, f"{name}: {key} is unknown; allowed: size, autoexpire, initval, updateexpire")
            elif not number.lstrip("-").isdigit():
                self._refuse(each, shown, f"{name}: {key} is {number!r}; allowed: a number")
            else:
                given[key] = int(number)
        self._tables[name] = HashTable(
            name, expire=given.get("autoexpire", 0), initial=given.get("initval"), renew=bool(given.get("updateexpire", 1))
        )

    def _read_addresses(self, each: nodes.Modparam, module: str) -> None:
        try:
            self._addresses = read_addresses(os.path.join(self._base, str(each.value)))
        except LoadError as error:
            self._refuse(each, f"{module}.{each.name}", str(error))

    def _read_tag_avp(self, each: nodes.Modparam, module: str) -> None:
        try:
            self._tag_avp = avp_name(str(each.value))
        except FormatError as error:
            self._refuse(each, f"{module}.{each.name}", str(error))

    def _number(self, each: nodes.Modparam, module: str) -> int:
        if isinstance(each.value, int):
            return each.value
        self._refuse(each, f"{module}.{each.name}", f'found "{each.value}"; allowed: a number')
        return 0
