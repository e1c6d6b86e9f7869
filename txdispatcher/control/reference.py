"""docs/control-api.md, from the table: what each method takes and does, with a call of it as each listener takes it."""

from __future__ import annotations

import json
from collections.abc import Iterator

from txdispatcher.control.kamcmd import command
from txdispatcher.control.mi import COMMAND_OF
from txdispatcher.control.table import Kind, Method, Methods, Parameter

_HEAD = """\
# Control API

Every listener offers these methods; `system.listMethods` names them, `system.methodHelp` says what one does. This file is made
by `scripts/control-api` from the table of methods.

- **JSON-RPC** (`json` below) over HTTP is posted to `/RPC`, as `application/json`; parameters stand by position or by name:

      curl http://127.0.0.1:8060/RPC -H 'Content-Type: application/json' -d '{"jsonrpc":"2.0","method":"core.version","id":1}'

  By datagram (`jsonrpc_datagram`) the same request is one datagram, and so is its answer. By FIFO (`jsonrpc_fifo`) it names the
  FIFO for its answer, in `fifo_reply_dir`: `"reply_name": "mine"`. `kamctl rpc METHOD PARAMETER…` writes it there, and
  `kamcli jsonrpc METHOD PARAMETER…` sends it as a datagram.
- **kamcmd** by binrpc, and `kamcmd-compat` by every address, take the words as they stand here (`sh`); `s:` makes a number a
  string.
- **MI** (`mi`) by FIFO and datagram has the few commands that are shown: a line each for name and parameters, then an empty one
  or a full stop. Behind the second colon stands the FIFO for the answer, nothing by datagram.

A fault has a code and a text, Kamailio's where it has the method too. Methods marked **changes** are refused to credentials that
may only read.
"""

_KINDS = {Kind.INTEGER: "integer", Kind.STRING: "string", Kind.WORD: "string or number", Kind.ANY: "anything"}


def reference(methods: Methods) -> str:
    """The text of the file."""
    return "\n".join([_HEAD, *(line for method in methods for line in _section(method))])


def words(method: Method) -> list[str]:
    """The words of the method's example for kamcmd."""
    return [method.name, *map(_word, method.example)]


def _section(method: Method) -> Iterator[str]:
    yield f"## {method.name}\n"
    yield f"{method.doc}.{' **changes**' if method.changes else ''}\n"
    if method.parameters:
        yield "| parameter | type | |\n|---|---|---|"
        yield from map(_row, method.parameters)
        yield ""
    request: dict[str, object] = {"jsonrpc": "2.0", "method": method.name}
    if method.example:
        request["params"] = list(method.example)
    yield f"```json\n{json.dumps({**request, 'id': 1}, ensure_ascii=False)}\n```\n"
    yield f"```sh\nkamcmd {' '.join(map(_quoted, words(method)))}\n```\n"
    if method.name in COMMAND_OF:
        lines = [f":{COMMAND_OF[method.name]}:reply_fifo", *map(str, method.example)]
        yield "\n".join(["```mi", *lines, "", "```\n"])


def _row(parameter: Parameter) -> str:
    notes = [parameter.doc, "" if parameter.required else "may be left out", "may be repeated" if parameter.repeated else ""]
    return f"| `{parameter.name}` | {_KINDS[parameter.kind]} | {'; '.join(note for note in notes if note)} |"


def _word(value: object) -> str:
    """The word that kamcmd makes `value` of."""
    text = str(value)
    return f"s:{text}" if isinstance(value, str) and command(["x", text])[1] != [value] else text


def _quoted(word: str) -> str:
    return f"'{word}'" if ";" in word else word
