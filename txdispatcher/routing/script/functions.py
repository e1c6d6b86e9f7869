"""All functions that a script may call, each module of them in the table."""

from __future__ import annotations

from txdispatcher.routing.script import (
    functions_acc,
    functions_access,
    functions_cfgutils,
    functions_core,
    functions_counters,
    functions_dialog,
    functions_dispatcher,
    functions_htable,
    functions_ipops,
    functions_kex,
    functions_limits,
    functions_message,
    functions_nathelper,
    functions_path,
    functions_rr,
    functions_sanity,
    functions_sdpops,
    functions_siputils,
    functions_text,
    functions_transaction,
    functions_xhttp,
)
from txdispatcher.routing.script.table import FUNCTIONS, nearest

__all__ = [
    "FUNCTIONS",
    "functions_acc",
    "functions_access",
    "functions_cfgutils",
    "functions_core",
    "functions_counters",
    "functions_dialog",
    "functions_dispatcher",
    "functions_htable",
    "functions_ipops",
    "functions_kex",
    "functions_limits",
    "functions_message",
    "functions_nathelper",
    "functions_path",
    "functions_rr",
    "functions_sanity",
    "functions_sdpops",
    "functions_siputils",
    "functions_text",
    "functions_transaction",
    "functions_xhttp",
    "nearest",
]
