"""Settings that stand in a Kamailio configuration file: globals and modparams -> what the TOML file would say.

What has no use here is accepted and told as ignored; what would change behaviour and is not supported is an error.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from txdispatcher.config import values as value
from txdispatcher.config.app_python import NATIVE, PYTHON, PythonParameters
from txdispatcher.config.dispatcher import ALIASES
from txdispatcher.config.kamailio_globals import IGNORED, REFUSED
from txdispatcher.config.kamailio_known import ELSEWHERE, KNOWN
from txdispatcher.config.kamailio_listen import sockets
from txdispatcher.config.kamailio_modules import Document, ModuleParameters, Sections
from txdispatcher.errors import ConfigError, MisplacedError, ScriptError
from txdispatcher.routing.kamailio import nodes
from txdispatcher.routing.kamailio.compiler import compile_script
from txdispatcher.routing.kamailio.own_parameters import own_value
from txdispatcher.routing.kamailio.parser import parse_script
from txdispatcher.routing.kamailio.preprocessor import Place
from txdispatcher.routing.kamailio.program import Program
from txdispatcher.routing.kamailio.reach import entered
from txdispatcher.routing.python.script import PythonScript
from txdispatcher.routing.script.elsewhere import SILENT
from txdispatcher.routing.script.modules import Modules
from txdispatcher.routing.script.table import most_like

#: Kamailio's defaults where ours are others.
_DEFAULTS: Document = {"dispatcher": {"flags": 0, "ds_load_mode": 0}, "tm": {"fr_timer": 30_000, "fr_inv_timer": 120_000}}
#: Modules that act on what passes as soon as they are loaded, without a word in a route, each with what it would do.
_ACTING = {
    "topoh": "hides addresses in every message",
    "topos": "hides addresses in every message",
    "topos_redis": "hides addresses in every message",
    "topos_htable": "hides addresses in every message",
    "dmq": "shares tables with other nodes",
    "dmq_usrloc": "shares registrations with other nodes",
    "sipcapture": "takes in what others captured",
}
#: How near to a module of ours a name is that is a slip of it, and not another module.
_SLIP = 0.88
_ALIAS = re.compile(r"(?:\w+:)?(\[[^\]]+\]|[^:\s]+)(?::(\d+))?")
_TAKEN = (
    "port",
    "listen",
    "debug",
    "alias",
    "cfgengine",
    "udp_mtu",
    "advertised_address",
    "advertised_port",
    "max_while_loops",
    "max_branches",
    "run_dir",
)
_YES = {"yes": 1, "on": 1, "true": 1, "no": 0, "off": 0, "false": 0}


@dataclass(frozen=True, slots=True)
class KamailioFile:
    """A Kamailio configuration file, ready to run. `ignored` has a line for each setting without effect.

    `python` is the script of app_python3: it decides where `program` is the same, else the program's python_exec() calls it.
    """

    file: str
    program: Program | PythonScript
    python: PythonScript | None = None
    debug: int = 0
    full_lr: bool = False
    from_tags: bool = True
    forgets: bool = True
    max_branches: int = 12
    modules: Modules = field(default_factory=Modules)
    aliases: tuple[tuple[str, int], ...] = ()
    ignored: tuple[str, ...] = ()
    document: Document = field(default_factory=dict)


def read_kamailio(path: str, sections: Sections) -> tuple[KamailioFile | None, list[ConfigError]]:
    """The file at `path`, and what is wrong with it. `sections` are the readers of the TOML file's keys."""
    try:
        script = parse_script(path)
        reading = _Reading(script, sections)
        reading.settings()
        reading.modparams()
        reading.modules()
        modules = reading.parameters.finish()
        python = reading.python.load(reading.engine)
        program: Program | PythonScript
        if python is not None and reading.engine is not None:
            program = python
            reading.without_routes()
            reading.parameters.timed_routes([])
        else:
            reading.parameters.timed_routes([route.name for route in script.routes if route.kind == nodes.ROUTE])
            program, wrong = reading.routes()
            program.python = python.python if python is not None else None
            reading.errors += map(_of_script, wrong)
    except ScriptError as error:
        return None, [_of_script(error)]
    made = KamailioFile(
        path,
        program,
        python,
        reading.debug,
        reading.parameters.full_lr,
        reading.parameters.from_tags,
        reading.parameters.forgets,
        reading.max_branches,
        modules,
        tuple(reading.aliases),
        (*reading.ignored, *reading.parameters.ignored),
        reading.document,
    )
    return made, reading.errors


def _of_script(error: ScriptError) -> ConfigError:
    return ConfigError(f"{error.file}:{error.line}", "", error.reason)


def merged(under: Document, over: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of `over`, and where it has none those of `under`."""
    made: dict[str, Any] = dict(over)
    for section, table in under.items():
        there = made.get(section, {})
        made[section] = {**table, **there} if isinstance(there, dict) else there
    return made


class _Reading:
    def __init__(self, script: nodes.Script, sections: Sections) -> None:
        self.script = script
        self.readers = sections["dispatcher"]
        self.errors: list[ConfigError] = []
        self.ignored: list[str] = []
        self.document: Document = {section: dict(table) for section, table in _DEFAULTS.items()}
        folder = os.path.dirname(os.path.abspath(script.file))
        self.parameters = ModuleParameters(self.document, folder, sections, self.refuse)
        self.debug = 0
        self.aliases: list[tuple[str, int]] = []
        self.turns = 100
        self.max_branches = 12
        self.mtu: dict[str, nodes.Setting] = {}
        self.python = PythonParameters(folder, self.refuse)
        #: The setting by which the Python script decides about requests.
        self.engine: nodes.Setting | None = None

    def settings(self) -> None:
        """The globals."""
        port, tcp, signed = 5060, True, True
        listens: list[nodes.Setting] = []
        advertised = "", 0
        for each in self.script.settings:
            if each.name == "port":
                port = self.number(each, each.value)
            elif each.name == "listen":
                listens.append(each)
            elif each.name == "disable_tcp":
                tcp = not self.number(each, each.value)
            elif each.name == "advertised_address":
                advertised = each.value.strip("\"'"), advertised[1]
            elif each.name == "advertised_port":
                advertised = advertised[0], self.number(each, each.value)
            elif each.name == "server_signature":
                signed = bool(self.number(each, each.value))
            elif each.name == "debug":
                self.debug = self.number(each, each.value)
            elif each.name == "alias":
                self.alias(each)
            elif each.name == "cfgengine":
                self.cfgengine(each)
            elif each.name == "max_branches":
                self.max_branches = self.number(each, each.value)
            elif each.name == "max_while_loops":
                self.turns = self.number(each, each.value)
            elif each.name == "server_header":
                self.document.setdefault("sip", {})["server"] = each.value.removeprefix("Server:").strip()
            elif each.name in ("udp_mtu", "udp_mtu_try_proto"):
                self.mtu[each.name] = each
            elif each.name in ("run_dir", "rundir"):
                self.parameters.run_dir = each.value.strip('"')
            elif each.name in IGNORED:
                self.ignore(each.place, f"{each.name} = {each.value}")
            elif each.name in REFUSED:
                self.refused(each, *REFUSED[each.name])
            elif "." not in each.name:
                self.unknown(each.place, each.name, each.name, [*IGNORED, *_TAKEN])
            elif own_value(each) is None and not each.name.startswith("kemi."):
                self.error(each.place, each.name, f'found {each.value}; allowed: a number or a string, and desc "TEXT" behind it')
        self.too_large()
        if not signed:
            self.document.setdefault("sip", {})["server"] = ""
        # Without a socket, all addresses.
        addresses = [found for each in listens for found in self.listen(each, each.value, port, tcp, advertised)]
        self.document.setdefault("sip", {})["listen"] = addresses or [
            f"{transport}:0.0.0.0:{port}" for transport in (("udp", "tcp") if tcp else ("udp",))
        ]

    def modules(self) -> None:
        """The modules: one that is not there is told. What of it the script uses is an error where it stands."""
        for each in self.script.modules:
            self.parameters.loaded(each.name)
            shown = f"loadmodule {each.name}"
            if each.name in _ACTING:
                self.error(
                    each.place, shown, f"is not there, and {_ACTING[each.name]}: nothing here does; leave it out to do without"
                )
            elif each.name in ELSEWHERE:
                self.ignore(each.place, f"{shown}: is not there; {ELSEWHERE[each.name]}; it, and its parameters")
            elif each.name not in KNOWN and (
                most_like(each.name, KNOWN, _SLIP) or any(sorted(each.name) == sorted(known) for known in KNOWN)
            ):
                self.unknown(each.place, shown, each.name, KNOWN)
            elif each.name not in KNOWN:
                self.ignore(each.place, f"{shown}: is not there; it, and its parameters")

    def cfgengine(self, each: nodes.Setting) -> None:
        """Who decides about requests: the routes of the file, or the script of app_python3."""
        if each.value == PYTHON:
            self.engine = each
        elif each.value not in NATIVE:
            self.error(each.place, "cfgengine", f"found {each.value}; allowed: {', '.join((*NATIVE, PYTHON))}")

    def without_routes(self) -> None:
        """The Python script decides: nothing enters the routes of the file."""
        for each in self.script.routes:
            shown = f"{each.kind}[{each.name}]" if each.name else each.kind
            self.ignore(each.place, f'{shown}, as cfgengine is "python"')

    def too_large(self) -> None:
        """Kamailio's `udp_mtu` does nothing unless `udp_mtu_try_proto` names another transport than UDP."""
        tried, size = self.mtu.get("udp_mtu_try_proto"), self.mtu.get("udp_mtu")
        if tried is not None and tried.value.upper() not in ("TCP", "UDP"):
            self.error(tried.place, tried.name, f"found {tried.value}; allowed: TCP, UDP")
        elif tried is not None and size is not None and tried.value.upper() == "TCP":
            self.document.setdefault("sip", {})["udp_mtu"] = self.number(size, size.value)
        else:
            for each in self.mtu.values():
                self.ignore(each.place, f"{each.name} = {each.value}")

    def routes(self) -> tuple[Program, list[ScriptError]]:
        """The routes, compiled, and what is wrong in them. What is wrong in a route that is never entered is only told, but for a
        function that may not stand in it.
        """
        silent = [each for each in self.script.routes if each.kind == nodes.EVENT and each.name.partition(":")[0] in SILENT]
        for route in silent:
            self.ignore(route.place, f"event_route[{route.name}]: never happens here")
        self.script = dataclasses.replace(
            self.script, routes=tuple(each for each in self.script.routes if all(each is not route for route in silent))
        )
        program, wrong = compile_script(self.script, self.turns, self.parameters.tables)
        if not wrong:
            return program, wrong
        live = dataclasses.replace(self.script, routes=entered(self.script))
        program, stopping = compile_script(live, self.turns, self.parameters.tables)
        # What names a route is told by all the routes that there are: `wrong` says it.
        places = {(each.file, each.line) for each in stopping}
        told = {(each.file, each.line) for each in wrong}
        for each in wrong:
            if isinstance(each, MisplacedError):
                places.add((each.file, each.line))
            elif (each.file, each.line) not in places:
                self.ignored.append(f"{each.file}:{each.line}: {each.reason}; no route leads there: ignored")
        stops = [each for each in wrong if (each.file, each.line) in places]
        return program, stops + [each for each in stopping if (each.file, each.line) not in told]

    def modparams(self) -> None:
        for each in self.script.modparams:
            # Of several modules it is for those that are there, as in Kamailio.
            there = [module for module in each.modules if module in KNOWN]
            for module in there or each.modules:
                self.modparam(each, module)

    def modparam(self, each: nodes.Modparam, module: str) -> None:
        shown = f"{module}.{each.name}"
        if self.python.take(each, module):
            return
        if module == "dispatcher":
            name = ALIASES.get(each.name, each.name)
            reader = self.readers.get(name)
            if reader is None:
                self.unknown(each.place, shown, each.name, self.readers)
                return
            try:
                reader(each.value)
            except value.RefusedError as error:
                self.error(each.place, shown, str(error))
            else:
                self.document["dispatcher"][name] = each.value
        elif self.parameters.take(each, module):
            pass
        elif each.name in KNOWN.get(module, ()):
            self.ignore(each.place, f"{shown} = {each.value}")
        elif module in KNOWN:
            self.unknown(each.place, shown, each.name, KNOWN[module] | self.parameters.names(module))
        elif all(module != loaded.name for loaded in self.script.modules):
            self.unknown(each.place, shown, module, KNOWN)

    def listen(self, each: nodes.Setting, text: str, port: int, tcp: bool, advertised: tuple[str, int]) -> list[str]:
        try:
            return list(sockets(text.replace('"', ""), port, tcp, advertised))
        except value.RefusedError as error:
            self.error(each.place, "listen", str(error))
            return []

    def refused(self, each: nodes.Setting, values: frozenset[str], allowed: str) -> None:
        if each.value.lower() not in values:
            self.error(each.place, each.name, f"found {each.value}; allowed: {allowed}")

    def alias(self, each: nodes.Setting) -> None:
        for word in each.value.replace('"', " ").split():
            found = _ALIAS.fullmatch(word)
            if found is None:
                self.error(each.place, "alias", f"found {word}; allowed: HOST or HOST:PORT")
            else:
                self.aliases.append((found[1].lower(), int(found[2] or 0)))

    def number(self, each: nodes.Setting, text: str) -> int:
        if text in _YES:
            return _YES[text]
        try:
            return int(text, 0)
        except ValueError:
            self.error(each.place, each.name, f"found {text}; allowed: a number")
            return 0

    def ignore(self, place: Place, shown: str) -> None:
        self.ignored.append(f"{place}: {shown}: ignored")

    def error(self, place: Place, key: str, reason: str) -> None:
        self.errors.append(ConfigError(f"{place}", key, reason))

    def refuse(self, each: nodes.Modparam, key: str, reason: str) -> None:
        self.error(each.place, key, reason)

    def unknown(self, place: Place, key: str, name: str, known: Any) -> None:
        if name in ELSEWHERE and known is KNOWN:
            self.error(place, key, f"is not there; {ELSEWHERE[name]}")
            return
        near = most_like(name, known)
        self.error(
            place, key, f"is not there; did you mean {near}?" if near else f"is not there; known: {', '.join(sorted(known))}"
        )
