"""kamcmd-compat without a command: commands from a terminal, with history and completion; and what a shell completes."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Sequence
from typing import TextIO

from txdispatcher.control.kamcmd import ALIASES, Call
from txdispatcher.control.kamcmd_calls import BadReplyError, FaultReply
from txdispatcher.control.kamcmd_output import NULL

PROMPT = "kamcmd> "
#: Where the commands of earlier times are kept, but for what $KAMCMD_HISTORY says; "" keeps none.
HISTORY = "~/.kamcmd_history"
HISTORY_VARIABLE = "KAMCMD_HISTORY"
#: Commands that are kept.
HISTORY_LENGTH = 1000

_ENDS = ("quit", "exit", "q")

_SHOWN = ("set", "destination")
#: What the arguments of a method are.
_ARGUMENTS: dict[str, tuple[str, ...]] = {
    "dispatcher.list": ("mode",),
    "dispatcher.set_state": ("state", *_SHOWN),
    "dispatcher.set_duid_state": ("state", "set", "duid"),
    "dispatcher.drain": _SHOWN,
    "dispatcher.undrain": _SHOWN,
    "dispatcher.remove": ("set", "uri"),
    "dispatcher.why": ("set", "uri"),
    "dispatcher.add": ("set",),
    "dispatcher.oclist": ("set",),
    "system.methodHelp": ("method",),
    "help": ("method",),
    "?": ("method",),
}
_WORDS = {
    "mode": ("full", "short"),
    "state": ("a", "ap", "d", "i", "ip", "t", "tp"),
}


def candidates(call: Call, words: Sequence[str], begun: str) -> list[str]:
    """What `begun`, the word behind `words`, may become. Nothing where the server cannot say."""
    try:
        return sorted({each for each in _possible(call, words) if each.startswith(begun)})
    except (OSError, BadReplyError, FaultReply):
        return []


def interact(call: Call, run: Callable[[list[str]], int], commands: TextIO) -> int:
    """Run each line of `commands` up to quit or the end. The status of the last one that failed, 0 if none did."""
    terminal = commands.isatty()
    history = _begin(call) if terminal else None
    status = 0
    try:
        while True:
            try:
                line = input(PROMPT) if terminal else commands.readline()
            except (EOFError, KeyboardInterrupt):
                break
            if not line and not terminal:
                break
            words = line.split()
            if words and words[0] in _ENDS:
                return status
            if words:
                status = run(words) or status
        if terminal:
            print()  # noqa: T201  # The shell's prompt has a line of its own.
        return status
    finally:
        if history is not None:
            history()


def _possible(call: Call, words: Sequence[str]) -> Iterable[str]:
    if not words:
        return [*_strings(call("system.listMethods", [])), *ALIASES, "help", "quit"]
    names = _ARGUMENTS.get(words[0], ())
    kind = names[len(words) - 1] if len(words) <= len(names) else ""
    if kind == "method":
        return _strings(call("system.listMethods", []))
    if kind in _WORDS:
        return _WORDS[kind]
    if not kind:
        return ()
    found = list(_destinations(call("dispatcher.list", [])))
    if kind == "set":
        return {set_id for set_id, _, _ in found}
    column = 2 if kind == "duid" else 1
    there = {each[column] for each in found if each[0] == words[-1]} - {"", NULL}
    return there if kind == "uri" else there | {"all"}


def _strings(result: object) -> list[str]:
    return [each for each in result if isinstance(each, str)] if isinstance(result, list) else []


def _destinations(result: object) -> Iterable[tuple[str, str, str]]:
    """Set, URI and duid of the destinations in what dispatcher.list gave, by JSON-RPC or binrpc. Without a duid first: ""."""
    set_id = uri = ""
    for name, value in _leaves(result):
        if name == "ID":
            set_id = str(value)
        elif name == "URI":
            uri = str(value)
            yield set_id, uri, ""
        elif name == "DUID" and value:
            yield set_id, uri, str(value)


def _leaves(value: object, name: str = "") -> Iterable[tuple[str, object]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _leaves(each, key)
    elif isinstance(value, list):
        for each in value:
            pair = isinstance(each, tuple)
            yield from _leaves(each[1] if pair else each, each[0] if pair else name)
    else:
        yield name, value


def _begin(call: Call) -> Callable[[], None] | None:
    """Set history and completion up. Gives what keeps the history; None where there is no readline."""
    try:
        import readline
    except ImportError:
        return None

    def complete(begun: str, number: int) -> str | None:
        if number == 0:
            words = readline.get_line_buffer()[: readline.get_begidx()].split()
            found[:] = candidates(call, words, begun)
        return found[number] + " " if number < len(found) else None

    found: list[str] = []
    readline.set_completer(complete)
    # A URI is one word.
    readline.set_completer_delims(" \t\n")
    readline.parse_and_bind("tab: complete")
    file = os.path.expanduser(os.environ.get(HISTORY_VARIABLE, HISTORY))
    if not file:
        return None
    with contextlib.suppress(OSError):  # There is none yet.
        readline.read_history_file(file)
    readline.set_history_length(HISTORY_LENGTH)

    def keep() -> None:
        # A folder that cannot be written to is no reason to complain at the end.
        with contextlib.suppress(OSError):
            # Made before it is written: nobody else is to read it.
            os.close(os.open(file, os.O_CREAT | os.O_WRONLY, 0o600))
            readline.write_history_file(file)

    return keep
