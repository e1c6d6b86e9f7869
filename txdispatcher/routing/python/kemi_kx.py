"""KEMI's module kx (Kamailio's kemix): parts of the message by names of their own, most of them a pseudo-variable's value."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from txdispatcher.errors import ParseError
from txdispatcher.routing.message_variables import header_values
from txdispatcher.routing.python.calling import decoded, reader
from txdispatcher.routing.python.kemi_variables import KemiValue, get
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.values import as_bytes, as_number
from txdispatcher.sip.address import address_uri

FUNCTIONS: dict[str, Callable[..., Any]] = {}

#: What there is, and the variable with its value.
_VARIABLES = {
    "ruri": "$ru",
    "ruser": "$rU",
    "rhost": "$rd",
    "ouri": "$ou",
    "furi": "$fu",
    "fuser": "$fU",
    "fhost": "$fd",
    "turi": "$tu",
    "tuser": "$tU",
    "thost": "$td",
    "duri": "$du",
    "srcuri": "$su",
    "ua": "$ua",
    "srcip": "$si",
    "srcport": "$sp",
    "rcvip": "$Ri",
    "rcvport": "$Rp",
    "rcvadvip": "$Ri",
    "rcvadvport": "$Rp",
    "proto": "$proto",
    "method": "$rm",
    "callid": "$ci",
    "msgbuf": "$mb",
    "msglen": "$ml",
    "msgtype": "$mt",
    "timestamp": "$Ts",
}
#: Numbers of transports in Kamailio.
_PROTOCOLS = {"udp": 1, "tcp": 2, "tls": 3, "sctp": 4, "ws": 5, "wss": 6}


def _of_variable(name: str) -> Callable[[Run], KemiValue]:
    read = reader(name)
    return lambda run: decoded(read(run))


def _or(read: Callable[[Run], KemiValue], default: str) -> Callable[[Run], KemiValue]:
    return lambda run: default if (found := read(run)) is None else found


def _contact(run: Run) -> KemiValue:
    values = header_values(run.context, b"contact")
    if not values:
        return None
    try:
        start, end, _ = address_uri(values[0], 0, len(values[0]))
    except ParseError:
        return None
    return decoded(values[0][start:end])


def _next_hop(run: Run) -> KemiValue:
    found = get(run, "$du")
    return get(run, "$ru") if found is None else found


def _socket(run: Run, host: str, port: int) -> str:
    return f"{run.context.listener.transport}:{f'[{host}]' if ':' in host else host}:{port}"


def _body(run: Run) -> KemiValue:
    """None where it is empty."""
    return get(run, "$rb") or None


def _user(run: Run) -> KemiValue:
    """The user name of the credentials that came."""
    for name in (b"proxy-authorization", b"authorization"):
        for value in header_values(run.context, name):
            found = value.partition(b'username="')[2].partition(b'"')[0]
            if found:
                return decoded(found)
    return None


for _name, _variable in _VARIABLES.items():
    FUNCTIONS[f"kx.get_{_name}"] = _of_variable(_variable)
FUNCTIONS["kx.get_cturi"] = _contact
FUNCTIONS["kx.get_nhuri"] = _next_hop
FUNCTIONS["kx.get_au"] = _user
FUNCTIONS["kx.get_body"] = _body
for _name in ("ruser", "rhost", "fuser", "fhost", "tuser", "thost", "duri", "cturi", "ua", "au", "body"):
    FUNCTIONS[f"kx.gete_{_name}"] = _or(FUNCTIONS[f"kx.get_{_name}"], "")
    FUNCTIONS[f"kx.getw_{_name}"] = _or(FUNCTIONS[f"kx.get_{_name}"], "<null>")
FUNCTIONS["kx.get_srcaddr_sock"] = lambda run: _socket(run, *run.context.source)
FUNCTIONS["kx.get_rcvaddr_sock"] = lambda run: _socket(run, run.context.listener.host, run.context.listener.port)
FUNCTIONS["kx.get_protoid"] = lambda run: _PROTOCOLS.get(run.context.listener.transport, 0)
FUNCTIONS["kx.get_status"] = lambda run: run.status or -1
FUNCTIONS["kx.gets_status"] = lambda run: str(run.status) if run.status else None
FUNCTIONS["kx.get_bodylen"] = lambda run: len(as_bytes(reader("$rb")(run)))
FUNCTIONS["kx.get_env"] = lambda run, name: os.environ.get(name)
FUNCTIONS["kx.get_envn"] = lambda run, name: as_number(os.environ.get(name, "").encode())
