"""What the modparams of Kamailio's modules mean here: a setting, a part of the script's surroundings, nothing, or an error.

A parameter that has no effect here is told as ignored where nothing depends on it. Where something does, the values that
say what this server does anyway are taken, and any other is an error.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields
from typing import Any

from txdispatcher.config import values as value
from txdispatcher.config.kamailio_known import FIXED
from txdispatcher.config.kamailio_tls import read_tls
from txdispatcher.config.parameters import db_url
from txdispatcher.errors import FormatError, LoadError
from txdispatcher.routing.kamailio import nodes
from txdispatcher.routing.pseudovariables import avp_name
from txdispatcher.routing.script.addresses import Addresses, read_addresses
from txdispatcher.routing.script.counters import ScriptCounters
from txdispatcher.routing.script.dialogs import Dialogs
from txdispatcher.routing.script.flooding import Flooding
from txdispatcher.routing.script.hash_tables import HashTable
from txdispatcher.routing.script.module_settings import Settings
from txdispatcher.routing.script.modules import Modules, Timer
from txdispatcher.routing.script.pipes import ALGORITHMS, Pipes
from txdispatcher.routing.variables import AvpName, Value

#: Parameters that are settings of ours, by section and key.
_SETTINGS: dict[tuple[str, str], tuple[str, str]] = {
    ("tm", "fr_timer"): ("tm", "fr_timer"),
    ("tm", "fr_inv_timer"): ("tm", "fr_inv_timer"),
    ("tm", "wt_timer"): ("tm", "wt_timer"),
    ("tm", "remap_503_500"): ("tm", "remap_503_500"),
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
_SHARED = re.compile(r"(\w+)\s*=\s*(?:[iI]:(-?[0-9]+)|[sS]:(.*))", re.DOTALL)
#: Every transport of jsonrpcs.
_ALL = 0

#: The shortest interval of a timer, in seconds.
SHORTEST = 0.1

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
        #: A line for each setting without effect in files that parameters name.
        self.ignored: list[str] = []
        self.forgets = True
        self._tables: dict[str, HashTable] = {}
        self._pike = {"sampling_time_unit": 2, "reqs_density_per_unit": 30, "remove_latency": 120}
        self._addresses: Addresses | None = None
        self._tag_avp: AvpName | None = None
        self._shared: dict[str, Value] = {}
        self._jsonrpcs: list[tuple[int, str, str]] = []
        self._transports = 6
        self._tls = {"verify_certificate": 0, "require_certificate": 0}
        self._counters = ScriptCounters()
        self._dialogs = Dialogs()
        self._pipes = {"ratelimit": Pipes(by_second=True), "pipelimit": Pipes()}
        self._default = 120.0
        self._intervals: dict[str, float] = {}
        self._timers: list[Timer] = []
        self._timed: list[nodes.Modparam] = []
        self._settings = Settings()
        # Kamailio's default; scripts in Python, which say nothing of it, go on.
        self._settings.sanity.autodrop = 1
        self._takers: dict[tuple[str, str], Callable[[nodes.Modparam, str], None]] = {
            ("jsonrpcs", "transport"): self._transport,
            ("tm", "failure_reply_mode"): self._reply_mode,
            ("rr", "enable_full_lr"): self._full_lr,
            ("rr", "append_fromtag"): self._from_tags,
            ("htable", "htable"): self._table,
            ("permissions", "address_file"): self._read_addresses,
            ("permissions", "peer_tag_avp"): self._read_tag_avp,
            ("tls", "config"): self._read_tls,
            ("pv", "shvset"): self._read_shared,
            ("counters", "script_counter"): self._counter,
            ("ratelimit", "timer_interval"): self._interval,
            ("ratelimit", "pipe"): self._pipe,
            ("ratelimit", "queue"): self._queue,
            ("pipelimit", "timer_interval"): self._interval,
            ("uac", "restore_mode"): self._restore_mode,
            ("dialog", "default_timeout"): self._dialog_timeout,
            ("dialog", "profiles_with_value"): self._profiles,
            ("dialog", "profiles_no_value"): self._profiles,
            ("rtimer", "default_interval"): self._default_interval,
            ("rtimer", "timer"): self._timer,
            ("rtimer", "exec"): self._exec,
            ("statistics", "variable"): self._counter,
        }

    @property
    def tables(self) -> frozenset[str]:
        """The names of htable's tables."""
        return frozenset(self._tables)

    def take(self, each: nodes.Modparam, module: str) -> bool:
        """Take the parameter in. False where it has no effect here."""
        key = module, each.name
        if key in FIXED:
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
        elif key == ("jsonrpcs", "fifo_reply_dir"):
            self._document.setdefault("control", {})["fifo_reply_dir"] = each.value
        elif module == "pike" and each.name in self._pike:
            self._pike[each.name] = max(self._number(each, module), 1)
        elif key in self._takers:
            self._takers[key](each, module)
        elif each.name in self._of_functions(module):
            self._set(each, module)
        else:
            return False
        return True

    def names(self, module: str) -> frozenset[str]:
        """The parameters of the module that have an effect here, or a value that they must have."""
        tables: tuple[Mapping[tuple[str, str], object], ...] = (FIXED, _SETTINGS, _LISTS, self._takers)
        found = {name for table in tables for of, name in table if of == module}
        more = {"acc": self._sections["acc"], "jsonrpcs": (*_JSONRPCS, "fifo_reply_dir"), "pike": self._pike}
        return frozenset(found.union(more.get(module, ()), self._of_functions(module)))

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
        return Modules(
            self._tables,
            flooding,
            self._addresses,
            self._tag_avp,
            shared=self._shared,
            timers=self._timers,
            gflags=self._settings.cfgutils.initial_gflags,
            probability=self._settings.cfgutils.initial_probability,
            ratelimit=self._pipes["ratelimit"],
            pipelimit=self._pipes["pipelimit"],
            dialogs=self._dialogs,
            counters=self._counters,
            settings=self._settings,
        )

    def _of_functions(self, module: str) -> tuple[str, ...]:
        found = getattr(self._settings, module, None)
        return tuple(each.name for each in fields(found)) if found is not None else ()

    def _set(self, each: nodes.Modparam, module: str) -> None:
        if each.name == "db_url":
            try:
                db_url(each.value)
            except value.RefusedError as error:
                self._refuse(each, f"{module}.{each.name}", str(error))
                return
        settings = getattr(self._settings, module)
        if isinstance(getattr(settings, each.name), int):
            setattr(settings, each.name, self._number(each, module))
        else:
            setattr(settings, each.name, str(each.value))

    def _counter(self, each: nodes.Modparam, module: str) -> None:
        # Behind the name stands what it counts, or whether it may be reset.
        words = str(each.value).replace("/", " ").replace(":", " ").split()
        if not words:
            self._refuse(each, f"{module}.{each.name}", 'found ""; allowed: a name, or group.name')
            return
        self._counters.declare(words[0])

    def loaded(self, module: str) -> None:
        """The script loads the module."""
        if module == "dialog":
            self._settings.dialog.wanted = 1
        elif module == "uac":
            self._settings.uac.wanted = 1

    def _interval(self, each: nodes.Modparam, module: str) -> None:
        self._pipes[module].interval = float(max(self._number(each, module), 1))

    def _pipe(self, each: nodes.Modparam, module: str) -> None:
        number, _, rest = str(each.value).partition(":")
        algorithm, _, limit = rest.partition(":")
        if not number.isdigit() or not limit.isdigit() or algorithm.upper() not in ALGORITHMS:
            allowed = f"NUMBER:ALGORITHM:LIMIT, the algorithm being {' or '.join(ALGORITHMS)}"
            self._refuse(each, f"{module}.{each.name}", f"found {each.value}; allowed: {allowed}")
            return
        self._pipes[module].set(str(int(number)), algorithm.upper(), int(limit))

    def _queue(self, each: nodes.Modparam, module: str) -> None:
        number, _, method = str(each.value).partition(":")
        if not number.isdigit() or not method:
            self._refuse(each, f"{module}.{each.name}", f"found {each.value}; allowed: PIPE:METHOD, or PIPE:* for the others")
            return
        self._pipes[module].queues.append((method.encode(), str(int(number))))

    def _restore_mode(self, each: nodes.Modparam, module: str) -> None:
        if each.value not in ("none", "manual", "auto"):
            self._refuse(each, f"{module}.{each.name}", f"found {each.value}; allowed: none, manual, auto")
        self._settings.uac.restore_mode = str(each.value)

    def _dialog_timeout(self, each: nodes.Modparam, module: str) -> None:
        self._dialogs.timeout = float(max(self._number(each, module), 1))

    def _profiles(self, each: nodes.Modparam, module: str) -> None:
        # Behind a slash stands where Kamailio keeps a profile besides its memory.
        for name in str(each.value).split(";"):
            plain = name.partition("/")[0].strip()
            if plain:
                self._dialogs.profiles[plain] = each.name == "profiles_with_value"

    def _default_interval(self, each: nodes.Modparam, module: str) -> None:
        self._default = float(max(self._number(each, module), 1))

    def _timer(self, each: nodes.Modparam, module: str) -> None:
        given = _attributes(str(each.value))
        interval = given.get("interval", "")
        micro = interval.endswith("u")
        number = interval.removesuffix("u") or "0"
        if not given.get("name") or not number.isdigit() or set(given) - {"name", "interval", "mode"}:
            self._refuse(each, f"{module}.{each.name}", f"found {each.value}; allowed: name=NAME;interval=SECONDS;mode=NUMBER")
            return
        seconds = int(number) / 1_000_000 if micro else float(number)
        # More often than that nothing useful is done, and no call is to wait for it.
        self._intervals[given["name"]] = max(seconds, SHORTEST) if seconds else self._default

    def _exec(self, each: nodes.Modparam, module: str) -> None:
        given = _attributes(str(each.value))
        interval, route = self._intervals.get(given.get("timer", "")), given.get("route", "")
        if interval is None or not route:
            there = ", ".join(self._intervals) or "none"
            self._refuse(
                each, f"{module}.{each.name}", f"found {each.value}; allowed: timer=NAME;route=NAME, of timers there is: {there}"
            )
            return
        self._timers.append(Timer(route, interval))
        self._timed.append(each)

    def timed_routes(self, declared: Collection[str]) -> None:
        """Refuse the timers whose route is none of those."""
        for each in self._timed:
            route = _attributes(str(each.value)).get("route", "")
            if route not in declared:
                self._refuse(each, "rtimer.exec", f"there is no route[{route}]; there is: {', '.join(declared) or 'none'}")

    def _transport(self, each: nodes.Modparam, module: str) -> None:
        self._transports = self._number(each, module)

    def _full_lr(self, each: nodes.Modparam, module: str) -> None:
        self.full_lr = bool(each.value)

    def _reply_mode(self, each: nodes.Modparam, module: str) -> None:
        self.forgets = each.value != 0
        if each.value not in (0, 1, 3):
            self._refuse(each, f"{module}.{each.name}", f"found {each.value}; allowed: 0, or 1 or 3, which are the same")

    def _from_tags(self, each: nodes.Modparam, module: str) -> None:
        self.from_tags = bool(each.value)

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
        values, allowed = FIXED[module, each.name]
        if each.value not in values:
            self._refuse(each, f"{module}.{each.name}", f"found {each.value}; allowed: {allowed}")
        elif module == "tls" and each.name in self._tls:
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
        dbtable = ""
        for part in attributes.split(";"):
            key, _, number = (word.strip() for word in part.partition("="))
            if not key:
                continue
            if key == "dbtable":
                dbtable = number
            elif key == "cols" or (key in ("dmqreplicate", "dbmode") and number != "0"):
                self._refuse(each, shown, f"{name}: {key} is not there; allowed: a table in memory, which may begin with dbtable")
            elif key not in ("size", "autoexpire", "initval", "updateexpire", "dmqreplicate", "dbmode"):
                self._refuse(each, shown, f"{name}: {key} is unknown; allowed: size, autoexpire, initval, updateexpire, dbtable")
            elif not number.lstrip("-").isdigit():
                self._refuse(each, shown, f"{name}: {key} is {number!r}; allowed: a number")
            else:
                given[key] = int(number)
        self._tables[name] = HashTable(
            name,
            expire=given.get("autoexpire", 0),
            initial=given.get("initval"),
            renew=bool(given.get("updateexpire", 1)),
            dbtable=dbtable,
        )

    def _read_addresses(self, each: nodes.Modparam, module: str) -> None:
        try:
            self._settings.permissions.address_file = os.path.join(self._base, str(each.value))
            self._addresses = read_addresses(self._settings.permissions.address_file)
        except LoadError as error:
            self._refuse(each, f"{module}.{each.name}", str(error))

    def _read_tls(self, each: nodes.Modparam, module: str) -> None:
        try:
            found, ignored = read_tls(os.path.join(self._base, str(each.value)))
        except LoadError as error:
            self._refuse(each, f"{module}.{each.name}", str(error))
            return
        self._document.setdefault("tls", {}).update(found)
        self.ignored += ignored

    def _read_shared(self, each: nodes.Modparam, module: str) -> None:
        found = _SHARED.fullmatch(str(each.value))
        if found is None:
            self._refuse(each, f"{module}.{each.name}", f"found {each.value}; allowed: NAME=i:NUMBER, NAME=s:TEXT")
            return
        name, number, text = found.groups()
        self._shared[name] = int(number) if number is not None else text.encode("utf-8", "surrogateescape")

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


def _attributes(text: str) -> dict[str, str]:
    """``name=value;…``."""
    pairs = (each.partition("=") for each in text.split(";") if each.strip())
    return {name.strip(): found.strip() for name, _, found in pairs}
