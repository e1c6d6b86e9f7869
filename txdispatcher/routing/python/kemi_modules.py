"""Functions of Kamailio's modules that KEMI has in another form than a Kamailio script, or alone: htable, hdr, tm, rr, …

Each takes the `Run` first; what it gives is what Kamailio 5.6 gives.
"""

from __future__ import annotations

from collections.abc import Callable

from txdispatcher.errors import FormatError, ParseError, ScriptFault
from txdispatcher.routing.message_variables import header_values
from txdispatcher.routing.python.calling import call, decoded, encoded, reader, text, value_of, writer
from txdispatcher.routing.python.kemi_core import FUNCTIONS as FUNCTIONS
from txdispatcher.routing.python.kemi_core import hdr_get_idx, is_myself, kemi
from txdispatcher.routing.python.kemi_variables import KemiValue
from txdispatcher.routing.script.functions import FUNCTIONS as TABLE
from txdispatcher.routing.script.hash_tables import HashTable
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.variables import Value, variables_of
from txdispatcher.sip.uri import parse_uri

TRUE, FALSE = 1, -1
#: What sht_inc() and sht_dec() give where there is no number.
_NO_NUMBER = -255


# htable: what a Kamailio script reads and writes as $sht(table=>key).


def _table(run: Run, name: str) -> HashTable:
    return run.shared.modules.table(name)


@kemi("htable.sht_get")
def sht_get(run: Run, htable: str, key: str) -> KemiValue:
    return decoded(_table(run, htable).get(encoded(key), run.now))


@kemi("htable.sht_gete")
def sht_gete(run: Run, htable: str, key: str) -> KemiValue:
    found = sht_get(run, htable, key)
    return "" if found is None else found


@kemi("htable.sht_getw")
def sht_getw(run: Run, htable: str, key: str) -> KemiValue:
    found = sht_get(run, htable, key)
    return "<null>" if found is None else found


@kemi("htable.sht_is_null")
def sht_is_null(run: Run, htable: str, key: str) -> int:
    return TRUE if sht_get(run, htable, key) is None else FALSE


def _set(run: Run, htable: str, key: str, value: str | int) -> int:
    _table(run, htable).set(encoded(key), value_of(value), run.now)
    return TRUE


kemi("htable.sht_sets")(_set)
kemi("htable.sht_seti")(_set)


@kemi("htable.sht_setex")
def sht_setex(run: Run, htable: str, key: str, seconds: int) -> int:
    _table(run, htable).set_end(encoded(key), seconds, run.now)
    return TRUE


def _add(number: int) -> Callable[[Run, str, str], int]:
    def added(run: Run, htable: str, key: str) -> int:
        table = _table(run, htable)
        # A text is no number, and stays.
        if isinstance(table.get(encoded(key), run.now), bytes):
            return _NO_NUMBER
        made = table.add(encoded(key), number, run.now)
        return _NO_NUMBER if made is None else made

    return added


kemi("htable.sht_inc")(_add(1))
kemi("htable.sht_dec")(_add(-1))


def _of_item(name: str) -> Callable[[Run, str, str], int]:
    """A function that a Kamailio script gives ``table=>text``."""
    return lambda run, htable, rest: call(TABLE[name], run, f"{htable}=>{rest}")


for _name in ("sht_rm_name_re", "sht_rm_value_re", "sht_lock", "sht_unlock"):
    kemi(f"htable.{_name}")(_of_item(_name))


# Header fields.


@kemi("hdr.gete_idx")
def hdr_gete_idx(run: Run, name: str, index: int) -> KemiValue:
    found = hdr_get_idx(run, name, index)
    return "" if found is None else found


@kemi("hdr.getw_idx")
def hdr_getw_idx(run: Run, name: str, index: int) -> KemiValue:
    found = hdr_get_idx(run, name, index)
    return "<null>" if found is None else found


_OPERATORS: dict[str, Callable[[bytes, bytes], bool]] = {
    "eq": bytes.__eq__,
    "ne": bytes.__ne__,
    "sw": bytes.startswith,
    "in": bytes.__contains__,
}
#: Which lines must match.
_WHICH: dict[str, Callable[[list[bool]], bool]] = {
    "f": lambda found: found[0],
    "l": lambda found: found[-1],
    "a": all,
    "o": any,
}


@kemi("hdr.match_content")
def hdr_match_content(run: Run, name: str, operator: str, value: str, which: str) -> bool:
    """Whether lines of the header field are (``eq``), are not (``ne``), begin with (``sw``) or hold (``in``) a text: the first
    one (``f``), the last (``l``), all of them (``a``) or one of them (``o``). False where there is none.
    """
    test, wanted = _OPERATORS.get(operator), _WHICH.get(which)
    if test is None or wanted is None:
        raise ScriptFault(
            f"match_content(…, {operator!r}, …, {which!r}); allowed: {', '.join(_OPERATORS)}, and {', '.join(_WHICH)}"
        )
    values = header_values(run.context, encoded(name).lower())
    return bool(values) and wanted([test(each, encoded(value)) for each in values])


# tm: where to, as an argument.


def _to(run: Run, transport: str, host: str = "", port: int = 0) -> int:
    """Relay by the transport, to the place or else where it would go."""
    if host:
        place = f"[{host}]" if ":" in host and not host.startswith("[") else host
        uri = f"sip:{place}:{port}" if port else f"sip:{place}"
    else:
        found = reader("$du")(run) or reader("$ru")(run)
        try:
            to = parse_uri(found if isinstance(found, bytes) else b"")
        except ParseError:
            return FALSE
        uri = f"sip:{to.host.decode()}" + (f":{to.port}" if to.port else "")
    variables_of(run.context).dst_uri = encoded(f"{uri};transport={transport.lower()}" if transport.lower() != "udp" else uri)
    return call(TABLE["t_relay"], run)


@kemi("tm.t_relay_to_proto")
def t_relay_to_proto(run: Run, protocol: str) -> int:
    """Relay by ``udp``, ``tcp`` or ``tls``."""
    return _to(run, protocol)


@kemi("tm.t_relay_to_proto_addr")
def t_relay_to_proto_addr(run: Run, protocol: str, host: str, port: int) -> int:
    return _to(run, protocol, host, port)


@kemi("tm.t_relay_to_proxy")
def t_relay_to_proxy(run: Run, proxy: str) -> int:
    """Relay to ``udp:192.0.2.1:5060``."""
    protocol, _, place = proxy.partition(":")
    if protocol.lower() not in ("udp", "tcp", "tls"):
        protocol, place = "udp", proxy
    try:
        to = parse_uri(encoded(f"sip:{place}"))
    except ParseError as error:
        raise ScriptFault(f"t_relay_to_proxy({proxy!r}): {error}; allowed: udp:192.0.2.1:5060") from None
    return _to(run, protocol, to.host.decode(), to.port)


@kemi("tm.t_relay_to_flags")
def t_relay_to_flags(run: Run, flags: int) -> int:
    """The flags say which transaction answers what by itself; here an INVITE has its 100, whatever they are."""
    return call(TABLE["t_relay"], run)


@kemi("tm.t_relay_to_proxy_flags")
def t_relay_to_proxy_flags(run: Run, proxy: str, flags: int) -> int:
    return t_relay_to_proxy(run, proxy)


@kemi("tm.t_get_branch_index")
def t_get_branch_index(run: Run) -> int:
    return run.branch


# sl, siputils, nathelper: what a further argument says in a Kamailio script has a name of its own.


@kemi("sl.send_reply_mode")
def send_reply_mode(run: Run, code: int, reason: str, mode: int) -> int:
    return call(TABLE["send_reply"], run, code, reason)


@kemi("siputils.is_first_hop_mode")
def is_first_hop_mode(run: Run, mode: int) -> int:
    return call(TABLE["is_first_hop"], run, mode)


@kemi("siputils.uri_param_value")
def uri_param_value(run: Run, name: str, value: str) -> int:
    return call(TABLE["uri_param"], run, name, value)


@kemi("nathelper.handle_ruri_alias_mode")
def handle_ruri_alias_mode(run: Run, mode: int) -> int:
    return call(TABLE["handle_ruri_alias"], run, mode)


@kemi("nathelper.set_contact_alias_trim")
def set_contact_alias_trim(run: Run) -> int:
    return call(TABLE["set_contact_alias"], run, 1)


@kemi("nathelper.add_contact_alias_addr")
def add_contact_alias_addr(run: Run, host: str, port: str, protocol: str) -> int:
    return call(TABLE["add_contact_alias"], run, host, port, protocol)


@kemi("textopsx.keep_hf")
def keep_hf(run: Run) -> int:
    """Take out the header fields that a message does not need. (Kamailio 5.6 gives -1, whatever it did.)"""
    return call(TABLE["keep_hf"], run, "^$")


@kemi("acc.acc_request")
def acc_request(run: Run, comment: str, table: str) -> int:
    """Account the request in the log and as a record for the table."""
    call(TABLE["acc_log_request"], run, comment)
    call(TABLE["acc_db_request"], run, comment, table)
    return TRUE


# Variables.


@kemi("pvx.evalx")
def evalx(run: Run, target: str, source: str) -> int:
    """Give a variable the value of a text with variables in it."""
    try:
        writer(target)(run, text(encoded(source))(run))
    except FormatError as error:
        raise ScriptFault(str(error)) from None
    return TRUE


@kemi("pvx.xavp_rm")
def xavp_rm(run: Run, name: str) -> int:
    """Take away the newest XAVP of that name."""
    variables_of(run.context).pop_xavp(name)
    return TRUE


@kemi("pvx.xavp_is_null")
def xavp_is_null(run: Run, name: str) -> int:
    return TRUE if variables_of(run.context).xavp(name) is None else FALSE


@kemi("pvx.xavp_params_explode")
def xavp_params_explode(run: Run, params: str, name: str) -> int:
    """``a=b;c=d`` becomes an XAVP with these fields."""
    return call(TABLE["xavp_params_explode"], run, params, name)


# The core.

_PROTOCOL_LETTERS = {"u": "udp", "t": "tcp", "e": "tls", "v": "ws", "w": "wss", "s": "sctp"}


@kemi("is_proto")
def is_proto(run: Run, letters: str) -> bool:
    """Whether it came by one of the transports, a letter for each: U (UDP), T (TCP), E (TLS), V (WS), W (WSS)."""
    return any(_PROTOCOL_LETTERS.get(each) == run.context.listener.transport for each in letters.lower())


@kemi("is_myself_suri")
def is_myself_suri(run: Run) -> bool:
    """Whether the request came from one of our own sockets."""
    return is_myself(run, _text(reader("$su")(run)))


@kemi("is_myself_nhuri")
def is_myself_nhuri(run: Run) -> bool:
    """Whether it would go to us: $du, or else the Request-URI."""
    return is_myself(run, _text(reader("$du")(run) or reader("$ru")(run)))


def _text(value: Value | None) -> str:
    return str(decoded(value) or "")
