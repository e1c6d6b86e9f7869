"""The methods named core.* and system.*: about the server itself, and about the table."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable

from txdispatcher.control.table import Fault, Kind, Method, Methods, Parameter


def core_methods(started: float, clock: Callable[[], float], version: str) -> list[Method]:
    """The entries for the table. `started` and what `clock` gives are seconds since the epoch."""

    def uptime() -> dict[str, object]:
        now = clock()
        return {"now": time.ctime(now), "up_since": time.ctime(started), "uptime": int(now - started)}

    def info() -> dict[str, object]:
        return {
            "version": version.partition(" (")[0],
            "id": "unknown",
            "compiler": f"{platform.python_implementation()} {platform.python_version()}",
            "compiled": "",
            "flags": version.partition(", ")[2].rstrip(")"),
        }

    def processes() -> list[object]:
        return [os.getpid(), _PROCESS]

    def processes_with_index() -> list[object]:
        return [{"IDX": 0, "PID": os.getpid(), "DSC": _PROCESS}]

    return [
        Method("core.version", (), "Show the version of the server", lambda: version),
        Method("core.uptime", (), "Show the time, when the server was started, and the seconds since", uptime),
        Method("core.info", (), "Show the version of the server, what runs it, and how it was built", info),
        Method("core.ps", (), "List the processes: there is one", processes),
        Method("core.psx", (), "List the processes, each with its index: there is one", processes_with_index),
    ]


def system_methods(table: Callable[[], Methods]) -> list[Method]:
    """The entries for the table, which `table` gives once it is there."""

    def list_methods() -> list[str]:
        return [method.name for method in table()]

    def method_help(name: str) -> str:
        method = table().get(name)
        if method is None:
            raise Fault(400, "command not found")
        return method.doc

    return [
        Method("system.listMethods", (), "List the methods", list_methods),
        Method(
            "system.methodHelp",
            (Parameter("name", Kind.STRING),),
            "Show what a method does",
            method_help,
            misuse=(400, "Method Name Expected"),
            example=("dispatcher.list",),
        ),
    ]


_PROCESS = "main process"
