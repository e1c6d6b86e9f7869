"""All functions that a script may call, each module of them in the table."""

from __future__ import annotations

from txdispatcher.routing.script import (
    functions_acc,
    functions_access,
    functions_app_python,
    functions_core,
    functions_dispatcher,
    functions_htable,
    functions_message,
    functions_nathelper,
    functions_sanity,
    functions_siputils,
    functions_text,
    functions_transaction,
)
from txdispatcher.routing.script.table import FUNCTIONS, nearest

__all__ = [
    "FUNCTIONS",
    "functions_acc",
    "functions_access",
    "functions_app_python",
    "functions_core",
    "functions_dispatcher",
    "functions_htable",
    "functions_message",
    "functions_nathelper",
    "functions_sanity",
    "functions_siputils",
    "functions_text",
    "functions_transaction",
    "nearest",
]
