"""kamcmd-compat: Kamailio's kamcmd, its arguments and its output byte for byte, for a server that speaks JSON-RPC or binrpc.

It is run once per command, so it imports little: nothing but the standard library, and of that nothing slow to load.
Where this differs from kamcmd: the exit status is 1 when the server answered with a fault, the default address is a URL, and
-R is not needed. `kamcmd_calls` says which addresses there are.
"""

from __future__ import annotations

import getopt
import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from functools import partial

from txdispatcher.control import kamcmd_calls
from txdispatcher.control.kamcmd_calls import BadReplyError, FaultReply, parse_address
from txdispatcher.control.kamcmd_output import render, render_format

DEFAULT_ADDRESS = "http://127.0.0.1:8060/RPC"
ADDRESS_VARIABLE = "KDISPATCHER_RPC"

EXIT_FAULT = 1
EXIT_UNREACHABLE = 1
EXIT_USAGE = 2

#: A method and its parameters to its result.
Call = Callable[[str, list[object]], object]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line (without the program's name; None: that of the process). Returns the exit status."""
    if arguments is None:
        arguments = sys.argv[1:]
    completing = arguments[:1] == ["--complete"]
    try:
        # As kamcmd's own getopt(): options may stand behind the method, and everything behind "--" is no option.
        given = arguments[1:-1] if completing else arguments
        options, words = getopt.gnu_getopt(list(given), "s:f:D:R:vVh", ["json", "help"])
        chosen = dict(options)
        if completing:
            from txdispatcher.control.kamcmd_shell import candidates

            call = _caller(chosen)
            _print("".join(f"{each}\n" for each in candidates(call, words, (arguments[1:] or [""])[-1])))
            return 0
        if "-h" in chosen or "--help" in chosen:
            _print(_USAGE)
            return 0
        if "-V" in chosen:
            from txdispatcher import __version__

            _print(f"version: kamcmd-compat {__version__}\n")
            return 0
        call = _caller(chosen)
    except (getopt.GetoptError, ValueError) as error:
        if completing:
            return EXIT_USAGE
        negative = isinstance(error, getopt.GetoptError) and error.opt.isdigit()
        _complain(f"{error}; behind -- nothing is an option" if negative else str(error))
        return EXIT_USAGE
    run = partial(_run, call, _address(chosen), _printer(chosen), "-v" in chosen)
    if words:
        return run(words)
    from txdispatcher.control.kamcmd_shell import interact

    return interact(call, run, sys.stdin)


def command(words: Sequence[str]) -> tuple[str, list[object]]:
    """Method and parameters that the words of a command line (one at least) mean."""
    name, *rest = words
    if name in ("?", "help"):
        name = "system.methodHelp" if rest else "system.listMethods"
    return ALIASES.get(name, name), [_parameter(word) for word in rest]


#: kamcmd's own short names.
ALIASES = {
    "ps": "core.ps",
    "psx": "core.psx",
    "list": "system.listMethods",
    "ls": "system.listMethods",
    "ver": "core.version",
    "version": "core.version",
    "who": "ctl.who",
    "listen": "ctl.listen",
}

#: How kamcmd prints what these give.
_FORMATS = {
    "ps": "%v\\t%v\\n",
    "who": "[%v] %v: %v %v -> %v %v\\n",
    "listen": "[%v] %v: %v %v\\n",
}

_USAGE = f"""\
Usage: kamcmd-compat [options] [command [argument ...]]
    -s address  where the server listens (default: ${ADDRESS_VARIABLE}, else {DEFAULT_ADDRESS}):
                {kamcmd_calls.ALLOWED}
    -f format   print each value of the reply in place of a %v of the format
    --json      print the reply as JSON
    -D folder   for the socket of replies, with a unixd: address
    -v          say where the reply ends
    -V          the version
    -h, --help  this text
An argument that is a number is sent as one; s: before it makes it a string (s:1). Behind -- nothing is an option (-- -1).
Without a command, commands are read from the terminal, with history and completion; quit ends that.
Commands: dispatcher.list, dispatcher.set_state STATE SET URI|all, dispatcher.reload,
dispatcher.why SET URI, dispatcher.ping_active [0|1];
system.listMethods shows all, help METHOD what one does.
A server that asks for a token gets that of ${kamcmd_calls.TOKEN_VARIABLE}.
Exit status: 0; 1 if the server answered with an error or is not there; 2 for wrong usage.
"""

#: What strtol() takes whole. The empty string counts, as in kamcmd.
_NUMBER = re.compile(r"\s*([+-]?)0*([0-9]+)|", re.ASCII)


def _address(chosen: dict[str, str]) -> str:
    return chosen.get("-s") or os.environ.get(ADDRESS_VARIABLE) or DEFAULT_ADDRESS


def _caller(chosen: dict[str, str]) -> Call:
    """Raises ValueError for an address that is none."""
    address = parse_address(_address(chosen))
    replies = chosen.get("-D", "")

    def call(method: str, parameters: list[object]) -> object:
        return kamcmd_calls.call(address, method, parameters, replies)

    return call


def _printer(chosen: dict[str, str]) -> Callable[[str, object], str]:
    """What prints the result of a word."""

    def show(word: str, result: object) -> str:
        if "--json" in chosen:
            return json.dumps(_plain(result), indent=2, ensure_ascii=False) + "\n"
        format = chosen.get("-f", _FORMATS.get(word))
        return render_format(result, format) if format is not None else render(result)

    return show


def _plain(result: object) -> object:
    """What came by binrpc as JSON: a structure with a name twice is a list of its fields."""
    if isinstance(result, list):
        if type(result) is list:
            return [_plain(each) for each in result]
        names = [name for name, _ in result]
        if len(set(names)) == len(names):
            return {name: _plain(each) for name, each in result}
        return [{name: _plain(each)} if name else _plain(each) for name, each in result]
    return result


def _run(call: Call, address: str, show: Callable[[str, object], str], verbose: bool, words: Sequence[str]) -> int:
    """One command; the exit status."""
    try:
        text, status = show(words[0], call(*command(words))), 0
    except FaultReply as fault:
        text, status = f"error: {fault}\n", EXIT_FAULT
    except (OSError, BadReplyError) as error:
        # A name that cannot be resolved has its reason in strerror as well.
        _complain(f"{_public(address)}: {getattr(error, 'strerror', None) or error}")
        return EXIT_UNREACHABLE
    _print(text + (".\n" if verbose else ""))
    return status


def _public(address: str) -> str:
    """The address without a password."""
    return re.sub(r"(?<=//)[^@/]*@", "", address)


def _parameter(word: str) -> object:
    match = _NUMBER.fullmatch(word)
    if match is None:
        return word.removeprefix("s:")
    # kamcmd takes a long, at its bounds if there are too many digits, and sends the low 32 bits of it. 20 digits are too many,
    # and Python refuses to convert thousands of them.
    number = int((match[1] or "") + (match[2] or "0")[:20])
    number = max(-(2**63), min(2**63 - 1, number))
    return (number + 2**31) % 2**32 - 2**31


def _print(text: str) -> None:
    try:
        # What was no UTF-8 comes out as the bytes that it was.
        sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Nobody reads on (`| head`): no reason to complain, neither now nor when Python flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(text: str) -> None:
    sys.stderr.write(f"kamcmd-compat: {text}\n")
