"""Functions of the module rr: the routes that requests inside a dialog take."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from txdispatcher.routing.message_variables import from_tag
from txdispatcher.routing.regexes import Regex
from txdispatcher.routing.script.identities import FROM, PARAMS, TO, restore
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.table import BRANCH, FAILURE, REQUEST, function
from txdispatcher.routing.variables import note, noted, variables_of
from txdispatcher.sip.uri import uri_params

TRUE, FALSE = 1, -1

#: Kamailio's numbers of transports, as in nathelper's ``;alias=``.
TRANSPORTS = {b"1": b"udp", b"2": b"tcp", b"3": b"tls", b"5": b"ws", b"6": b"wss"}
#: What a request is noted under that has a Record-Route of another place than our own.
_PRESET = "record_route_preset"


@function("rr", (REQUEST, BRANCH, FAILURE))
def record_route(run: Run, params: bytes = b"") -> int:
    """Add our Record-Route, with further parameters of its URI."""
    if run.record_route is not None or noted(run.context, _PRESET):
        return FALSE
    extra = params if not params or params.startswith(b";") else b";" + params
    run.record_route = own_route_params(run) + extra
    return TRUE


@function("rr", (REQUEST, BRANCH, FAILURE))
def add_rr_param(run: Run, params: bytes) -> int:
    """Add parameters to the URI of our Record-Route."""
    run.record_route = (run.record_route if run.record_route is not None else own_route_params(run)) + params
    return TRUE


@function("rr", (REQUEST, BRANCH, FAILURE))
def remove_record_route(run: Run) -> int:
    """Take back what record_route() has added."""
    run.record_route = None
    return TRUE


@function("rr", (REQUEST, BRANCH, FAILURE))
def record_route_preset(run: Run, address: bytes, other: bytes = b"") -> int:
    """Add a Record-Route of ``host:port``, with parameters or without, instead of our own; `other` for the other side of us.

    The address must be known as ours by `alias` or `advertise`, for loose_route().
    """
    if run.record_route is not None or noted(run.context, _PRESET):
        return FALSE
    note(run.context, _PRESET, 1)
    tag = b";ftag=" + from_tag(run.context) if run.shared.from_tags else b""
    return _insert(run, b"".join(b"Record-Route: <sip:%b%b;lr>\r\n" % (each, tag) for each in (address, other) if each))


@function("rr", (REQUEST, BRANCH, FAILURE))
def record_route_advertised_address(run: Run, address: bytes) -> int:
    """Add our Record-Route with ``host:port`` for its place. The address must be known as ours, see record_route_preset()."""
    if run.record_route is not None or noted(run.context, _PRESET):
        return FALSE
    note(run.context, _PRESET, 1)
    listener = run.socket or run.context.near
    transport = b";transport=" + listener.param if listener.reliable else b""
    return _insert(run, b"Record-Route: <sip:%b%b%b>\r\n" % (address, transport, own_route_params(run)))


@function("rr", (REQUEST,), "loose_route_mode")
def loose_route(run: Run, mode: int = 0) -> int:
    """Whether its Route, or a strict router's Request-URI, leads through us: that value is taken off.

    With path's `use_received` its `received` is $du then. `mode` makes no difference.
    """
    own = run.context.own_params
    if own is None:
        return FALSE
    uac = run.shared.modules.settings.uac
    if uac.wanted and uac.restore_mode == "auto":
        restore(run, FROM)
        restore(run, TO)
    path = run.shared.modules.settings.path
    if path.use_received:
        received = uri_params(own).get(path.received_name.encode())
        if received:
            variables_of(run.context).dst_uri = _received_uri(received)
    return TRUE


@function("rr", (REQUEST,))
def rr_next_hop_route(run: Run) -> int:
    """Whether a Route is left behind those that led through us."""
    return TRUE if run.context.routes else FALSE


@function("rr", (REQUEST,))
def check_route_param(run: Run, pattern: Regex) -> int:
    """Whether the parameters of our Route value match."""
    own = run.context.own_params
    return TRUE if own is not None and pattern.search(own) else FALSE


@function("rr", (REQUEST,))
def is_direction(run: Run, direction: bytes) -> int:
    """Whether a request inside a dialog goes ``downstream`` (caller to callee) or ``upstream``.

    record_route() notes the caller's From tag in our Record-Route (`ftag`): upstream is where the tag is another.
    """
    own = run.context.own_params
    tag = uri_params(own).get(b"ftag") if own is not None else None
    upstream = tag is not None and tag != from_tag(run.context)
    return TRUE if upstream == (direction.strip().lower() == b"upstream") else FALSE


def own_route_params(run: Run) -> bytes:
    """The parameters of our Record-Route before a script adds to them."""
    params = run.shared.route_params + (b";ftag=" + from_tag(run.context) if run.shared.from_tags else b"")
    more = noted(run.context, PARAMS)
    return params + more if isinstance(more, bytes) else params


def _insert(run: Run, lines: bytes) -> int:
    at = run.request.headers
    run.edit(at, at, lines)
    return TRUE


def _received_uri(received: bytes) -> bytes:
    """A URI of what add_path_received() has written: an escaped URI, or ``address~port~transport``."""
    host, tilde, rest = received.partition(b"~")
    if not tilde:
        return unquote_to_bytes(received)
    port, _, number = rest.partition(b"~")
    return b"sip:%b:%b;transport=%b" % (host, port, TRANSPORTS.get(number, b"udp"))
