"""Scripts as Kamailio's Python interface (KEMI) has them: the module ``KSR``, and an object whose methods are routes.

KSR's functions are those of the table under their module's name (``KSR.tm.t_relay``), further spellings of them, and those that
KEMI alone has (`kemi_core`, `kemi_modules`, `kemi_variables`, `kemi_kx`). They are for the request whose route is under way.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from txdispatcher.errors import ScriptFault
from txdispatcher.routing.python import kemi_core, kemi_kx, kemi_modules, kemi_variables
from txdispatcher.routing.python.calling import prepared
from txdispatcher.routing.python.kemi_message import Message
from txdispatcher.routing.python.script import Entry
from txdispatcher.routing.script.functions import FUNCTIONS
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.table import BRANCH, EVENT, FAILURE, REPLY, REQUEST, Function

#: KEMI's further spellings of functions; those that the table has are there.
_SPELLINGS = {
    "dispatcher.ds_select_dst_limit": "ds_select_dst",
    "dispatcher.ds_select_domain_limit": "ds_select_domain",
    "dispatcher.ds_select_limit": "ds_select",
    "dispatcher.ds_select_routes_limit": "ds_select_routes",
    "dispatcher.ds_mark_dst_state": "ds_mark_dst",
    "dispatcher.ds_is_from_lists": "ds_is_from_list",
    "dispatcher.ds_is_from_list_mode": "ds_is_from_list",
    "dispatcher.ds_is_from_list_uri": "ds_is_from_list",
    "dispatcher.ds_is_active_uri": "ds_is_active",
    "hdr.append": "append_hf",
    "hdr.insert": "insert_hf",
    "hdr.append_to_reply": "append_to_reply",
    "maxfwd.process_maxfwd": "mf_process_maxfwd_header",
    "rr.record_route_params": "record_route",
    "sanity.sanity_check_defaults": "sanity_check",
    "sl.send_reply": "send_reply",
    "sl.sl_send_reply": "sl_send_reply",
    "sl.sl_reply_error": "sl_reply_error",
    "textops.has_body_type": "has_body",
    "textopsx.keep_hf_re": "keep_hf",
    "tm.t_send_reply": "t_reply",
    "tmx.t_precheck_trans": "t_precheck_trans",
    "counters.add": "cnt_add",
    "counters.inc": "cnt_inc",
    "counters.reset": "cnt_reset",
    "ipops.ip_is_in_subnet": "is_in_subnet",
    "ipops.is_ip4": "is_ipv4",
    "ipops.is_ip6": "is_ipv6",
    "ipops.is_ip6_reference": "is_ipv6_reference",
    "issflagset": "issflagset",
    "jsonrpcs.dispatch": "jsonrpc_dispatch",
    "resetsflag": "resetsflag",
    "rr.next_hop_route": "rr_next_hop_route",
    "rr.record_route_preset_one": "record_route_preset",
    "setsflag": "setsflag",
    "force_rport": "force_rport",
    "add_local_rport": "force_rport",
    "corex.append_branch": "append_branch",
    "corex.append_branch_uri": "append_branch",
    "corex.append_branch_uri_q": "append_branch",
    "permissions.allow_source_address_group": "allow_source_address_group",
    "app_python3.exec": "python_exec",
    "app_python3.execx": "python_exec",
    "app_python3.exec_p1": "python_exec",
}

#: The run whose route is under way.
_current: Run | None = None

_Called = Callable[..., Any]


def enter(run: Run | None) -> None:
    """The route of `run` is under way from now on; None: none is."""
    global _current
    _current = run


def install() -> None:
    """Let ``import KSR`` find it."""
    sys.modules.setdefault("KSR", _MODULE)


def routes_of(made: object, event: str = "", bare: bool = False) -> Iterator[tuple[str, str, Entry]]:
    """The routes of what ``mod_init()`` returned, or of a module whose `bare` functions are not given the message: kind, name and
    what enters it.

    Each method may be named by t_on_failure() and its like; ``ksr_request_route``, ``ksr_reply_route`` and
    ``ksr_dispatcher_event``, or the one named `event`, are entered without.
    """
    for name, method in inspect.getmembers(made, callable):
        if name.startswith("__") or isinstance(method, type):
            continue
        entry = _bare_entry(method) if bare else _entry(method)
        for kind in (FAILURE, REPLY, BRANCH):
            yield kind, name, entry
        if name == "ksr_request_route":
            yield REQUEST, "", entry
        elif name == "ksr_reply_route":
            yield REPLY, "", entry
        elif name == (event or "ksr_dispatcher_event"):
            for each in ("dispatcher:dst-down", "dispatcher:dst-up"):
                yield EVENT, each, _bare_entry(method, each) if bare else _event_entry(method, each)


def _entry(method: Callable[..., object]) -> Entry:
    return lambda run: method(Message(run))


def _bare_entry(function: Callable[..., object], *arguments: str) -> Entry:
    return lambda run: function(*arguments)


def _event_entry(method: Callable[..., object], event: str) -> Entry:
    return lambda run: method(Message(run), event)


def _of_table(function: Function, as_bool: bool) -> _Called:
    invoke = prepared(function)

    def called(*arguments: Any) -> int:
        if _current is None:
            raise _nowhere(function.name)
        code = invoke(_current, arguments, {})
        return code > 0 if as_bool else code

    return called


def _of_kemi(name: str, function: _Called) -> _Called:
    without = name in kemi_core.WITHOUT_REQUEST

    def called(*arguments: Any) -> Any:
        if _current is None and not without:
            raise _nowhere(name)
        return function(_current, *arguments)

    return called


def _nowhere(name: str) -> ScriptFault:
    return ScriptFault(f"KSR's {name}() is called where there is no request; allowed: in a route, not in another thread")


def _functions() -> dict[str, Function | _Called]:
    """What is called, by its name with dots."""
    found: dict[str, Function | _Called] = {}
    for function in FUNCTIONS.values():
        found[f"{function.module}.{function.name}" if function.module else function.name] = function
    for name, of in _SPELLINGS.items():
        if of in FUNCTIONS:
            found[name] = FUNCTIONS[of]
    return {**found, **kemi_modules.FUNCTIONS, **kemi_variables.FUNCTIONS, **kemi_kx.FUNCTIONS}


def _module() -> tuple[ModuleType, dict[str, Function | _Called | None]]:
    ksr = ModuleType("KSR", "Kamailio's functions, for the request whose route is under way.")
    names: dict[str, Function | _Called | None] = {}
    for name, function in _functions().items():
        before, _, last = name.rpartition(".")
        place = ksr
        if before:
            if before not in names:
                setattr(ksr, before, ModuleType(f"KSR.{before}"))
            names[before] = None
            place = getattr(ksr, before)
        # Kamailio's core gives True or False, its modules numbers.
        called = _of_table(function, not before) if isinstance(function, Function) else _of_kemi(name, function)
        called.__name__ = called.__qualname__ = last
        setattr(place, last, called)
        names[name] = function
    return ksr, names


#: The module KSR; and the names in it, with dots, each with what it calls: a function of the table, or one that takes the run
#: first; None for a module.
_MODULE, NAMES = _module()
