"""Selects, what SER had before there were variables: ``@from.uri.user`` -> the variable that gives the same."""

from __future__ import annotations

import difflib
import re

from txdispatcher.errors import FormatError

#: What a select begins with, and the variable that gives that. Those of a URI may have one of its parts behind them.
URIS = {
    "ruri": "ru",
    "dst_uri": "du",
    "from.uri": "fu",
    "f.uri": "fu",
    "to.uri": "tu",
    "t.uri": "tu",
    "contact.uri": "ct{nameaddr.uri}",
    "m.uri": "ct{nameaddr.uri}",
    "refer_to.uri": "rt",
    "rpid.uri": "re",
}
_PARTS = ("user", "pwd", "host", "port", "params", "transport", "lr", "r2", "method", "maddr", "ttl", "headers")
OTHERS = {
    "method": "rm",
    "from": "hdr(From)",
    "from.tag": "ft",
    "from.name": "fn",
    "to": "hdr(To)",
    "to.tag": "tt",
    "to.name": "tn",
    "call_id": "ci",
    "callid": "ci",
    "cseq": "csb",
    "cseq.num": "cs",
    "cseq.method": "rm",
    "contact": "ct",
    "contact.expires": "ct{tobody.params}{param.value,expires}",
    "contact.q": "ct{tobody.params}{param.value,q}",
    "content_type": "cT",
    "content_length": "cl",
    "user_agent": "ua",
    "via": "(hfl(Via)[0])",
    "via[1].host": "via0(host)",
    "via[1].port": "via0(port)",
    "via[1].branch": "via0(branch)",
    "via[1].received": "via0(received)",
    "via[2].host": "via1(host)",
    "via[2].port": "via1(port)",
    "via[2].branch": "via1(branch)",
    "src.ip": "si",
    "src.port": "sp",
    "src.ip_port": "_s($si:$sp)",
    "dst.ip": "Ri",
    "dst.port": "Rp",
    "received.ip": "Ri",
    "received.port": "Rp",
    "received.proto": "pr",
    "next_hop": "nh(u)",
    "msg.body": "rb",
    "msg.len": "ml",
}
_HEADER = re.compile(r"hf_value(?:\.(\w+)|\[[\"']?([^\]\"']+)[\"']?\])|msg\.(?:header\.)?(\w+)")
_PARAMETER = re.compile(r"param(?:\.(\w+)|\[[\"']([^\"']+)[\"']\])")


def variable_of(select: str) -> str:
    """The variable that gives what the select, without "@", does. Raises FormatError."""
    known = OTHERS.get(select)
    if known is not None:
        return _written(known)
    for start, variable in URIS.items():
        if select == start:
            return _written(variable)
        if select.startswith(start + "."):
            part = select[len(start) + 1 :]
            if part == "hostport":
                return f"$_s($({variable}{{uri.host}}):$({variable}{{uri.port}}))"
            named = _PARAMETER.fullmatch(part)
            if named is not None:
                return f"$({variable}{{uri.param,{named[1] or named[2]}}})"
            if part in _PARTS:
                return f"$({variable}{{uri.{'passwd' if part == 'pwd' else part}}})"
    header = _HEADER.fullmatch(select)
    if header is not None:
        name = header[2] or (header[1] or header[3]).replace("_", "-")
        return f"$hdr({name})"
    near = difflib.get_close_matches(select, [*OTHERS, *URIS], n=1)
    hint = f"did you mean @{near[0]}?" if near else f"allowed: {', '.join(f'@{each}' for each in sorted((*OTHERS, *URIS)))}"
    raise FormatError(f"@{select}", 1, f"@{select} is unknown; {hint}")


def _written(variable: str) -> str:
    return f"$({variable})" if "{" in variable else f"${variable}"
