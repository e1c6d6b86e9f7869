"""Functions of the module nathelper, and force_rport(): callers and gateways behind a NAT."""

from __future__ import annotations

import ipaddress
import re

from txdispatcher.errors import ParseError
from txdispatcher.proxy.listener import bracketed
from txdispatcher.routing.pseudovariables import avp_name
from txdispatcher.routing.script.functions_core import rewrite
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.table import BRANCH, FAILURE, MESSAGES, REPLY, REQUEST, function
from txdispatcher.routing.variables import variables_of, written
from txdispatcher.sip.address import address_uri
from txdispatcher.sip.headers import CONTACT, VIA
from txdispatcher.sip.message import split_values
from txdispatcher.sip.uri import SIP_PORT, Uri, parse_uri
from txdispatcher.sip.via import parse_via

TRUE, FALSE = 1, -1

#: Bits of nat_uac_test().
_CONTACT, _RECEIVED, _VIA, _SDP, _VIA_PORT, _SOURCE, _WEBSOCKET, _CONTACT_PORT, _SDP_OTHER, _TARGETS = (1 << n for n in range(10))
#: RFC 1918, and RFC 6598's shared space of carriers.
_PRIVATE = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
_CONNECTION = re.compile(rb"^c=IN IP[46] ([^\s/]+)", re.MULTILINE)
#: Kamailio's numbers of transports, in ``;alias=``.
_PROTOCOLS = {"udp": 1, "tcp": 2, "tls": 3}


@function("", (REQUEST,), "add_rport")
def force_rport(run: Run) -> int:
    """Answer to the port that the request came from, whether its Via asks for that (RFC 3581) or not."""
    via = run.context.via
    if via.rport is None:
        # As if the Via ended with a bare ;rport.
        via.rport = b""
        via.rport_start = via.rport_end = via.end
        via.rport_glue = b";rport="
    return TRUE


@function("nathelper", MESSAGES)
def nat_uac_test(run: Run, tests: int) -> int:
    """Whether one of the tests says that the sender is behind a NAT.

    1 Contact has a private address, 2 the Via's host is not the source, 4 the Via has a private address, 8 the session
    description has one, 16 the Via's port is not the source's, 32 the source is private, 128 Contact's port is not the source's,
    256 the session description names another address than the source, 512 $du leads elsewhere than $ru. 64, WebSocket, never
    holds.
    """
    host, port = run.context.source[0].partition("%")[0], run.context.source[1]
    via = run.context.via
    uri = _contact(run)
    if tests & _CONTACT and uri is not None and _is_private(uri.bare_host):
        return TRUE
    via_host = via.host.strip(b"[]").decode("ascii", "replace")
    if run.kind != REPLY:
        if tests & _RECEIVED and not _same(via_host, host):
            return TRUE
        if tests & _VIA_PORT and (via.port or SIP_PORT) != port:
            return TRUE
    if tests & _VIA and _is_private(via_host):
        return TRUE
    addresses = _connections(run) if tests & (_SDP | _SDP_OTHER) else []
    if tests & _SDP and any(map(_is_private, addresses)):
        return TRUE
    if tests & _SOURCE and _is_private(host):
        return TRUE
    if tests & _CONTACT_PORT and uri is not None and (uri.port or SIP_PORT) != port:
        return TRUE
    if tests & _SDP_OTHER and any(not _same(each, host) for each in addresses):
        return TRUE
    return TRUE if tests & _TARGETS and _is_detour(run) else FALSE


@function("nathelper")
def is_rfc1918(run: Run, address: bytes) -> int:
    """Whether it is a private address, by RFC 1918 or RFC 6598."""
    return TRUE if _is_private(address.decode("ascii", "replace")) else FALSE


@function("nathelper", (REQUEST, REPLY, BRANCH))
def fix_nated_contact(run: Run) -> int:
    """Write the source's address and port into Contact. False where there is none."""
    span = _contact_span(run)
    uri = _contact(run)
    if span is None or uri is None:
        return FALSE
    kept = b"".join(b";" + each for each in uri.params.split(b";")[1:] if each.partition(b"=")[0].strip().lower() != b"maddr")
    user = uri.user + b"@" if uri.user is not None else b""
    run.edit(span[0], span[1], b"%b:%b%b%b%b" % (uri.scheme, user, _source(run), kept, uri.headers))
    return TRUE


@function("nathelper", (REQUEST, REPLY, BRANCH))
def add_contact_alias(run: Run, host: bytes = b"", port: bytes = b"", protocol: bytes = b"") -> int:
    """Add ``;alias=address~port~transport`` of the source, or of what is given, to Contact's URI, where that leads elsewhere.

    2 where there is no Contact or it leads there; false where the alias cannot be made.
    """
    span = _contact_span(run)
    uri = _contact(run)
    if span is None:
        return 2
    if uri is None:
        return FALSE
    source, number = run.context.source
    transport = run.context.listener.transport
    if host:
        if not (port.isdigit() and protocol.decode("ascii", "replace").lower() in _PROTOCOLS):
            return FALSE
        source, number, transport = host.strip(b"[]").decode("ascii", "replace"), int(port), protocol.decode().lower()
    elif _same(uri.bare_host, source) and (uri.port or SIP_PORT) == number and _transport(uri) == transport:
        return 2
    run.edit(*_enclosed(run, span, b";alias=%b~%d~%d" % (bracketed(source), number, _PROTOCOLS[transport])))
    return TRUE


@function("nathelper", (REQUEST, REPLY, BRANCH, FAILURE))
def set_contact_alias(run: Run, trim: int = 0) -> int:
    """Add the alias of the source to Contact's URI, wherever that leads. False where there is no Contact."""
    span = _contact_span(run)
    if span is None:
        return FALSE
    source, port = run.context.source
    number = _PROTOCOLS[run.context.listener.transport]
    run.edit(*_enclosed(run, span, b";alias=%b~%d~%d" % (bracketed(source), port, number)))
    return TRUE


@function("nathelper", (REQUEST, BRANCH))
def handle_ruri_alias(run: Run, mode: int = 0) -> int:
    """Take ``;alias=…`` off the Request-URI, and make $du of it; mode 1: not where $du is set. 2 where there is none."""
    uri = run.context.uri
    alias = uri.param(b"alias")
    if alias is None:
        return 2
    host, _, rest = alias.rpartition(b"~")[0].rpartition(b"~")
    port, number = rest, alias.rpartition(b"~")[2]
    transport = next((name for name, each in _PROTOCOLS.items() if b"%d" % each == number), "")
    if not host or not port.isdigit() or not transport:
        return FALSE
    kept = b"".join(b";" + each for each in uri.params.split(b";")[1:] if each.partition(b"=")[0].strip().lower() != b"alias")
    user = uri.user + b"@" if uri.user is not None else b""
    place = b"%b:%d" % (uri.host, uri.port) if uri.port else uri.host
    if rewrite(run, lambda uri: b"%b:%b%b%b%b" % (uri.scheme, user, place, kept, uri.headers)) == FALSE:
        return FALSE
    variables = variables_of(run.context)
    if not (mode and variables.dst_uri):
        variables.dst_uri = b"sip:%b:%b;transport=%b" % (host, port, transport.encode())
    return TRUE


@function("nathelper", (REQUEST,))
def add_rcv_param(run: Run, in_uri: int = 0) -> int:
    """Add ``;received="sip:address:port"`` of the source to Contact, or within its URI. False where there is none."""
    span = _contact_span(run)
    if span is None:
        return FALSE
    transport = run.context.listener.transport
    source = b"sip:" + _source(run) + (b";transport=" + transport.encode() if transport != "udp" else b"")
    if in_uri:
        run.edit(*_enclosed(run, span, b";received=" + source.replace(b";", b"%3b")))
        return TRUE
    data = run.request.data
    end = data.index(b">", span[1]) + 1 if data[span[1] : span[1] + 1] == b">" else span[1]
    run.edit(end, end, b';received="%b"' % source)
    return TRUE


@function("nathelper", (REQUEST,))
def fix_nated_register(run: Run) -> int:
    """Write the source's URI to the AVP of `received_avp`, if there is one."""
    name = run.shared.modules.settings.nathelper.received_avp
    if name:
        transport = run.context.listener.transport
        more = b";transport=" + transport.encode() if transport != "udp" else b""
        variables_of(run.context).push_avp(avp_name(name), b"sip:" + _source(run) + more)
    return TRUE


def _contact_span(run: Run) -> tuple[int, int] | None:
    """Where the URI of the first Contact stands; None without one, or for ``*``."""
    request = run.request
    for _, start, end in request.lines(CONTACT):
        first, last = split_values(request.data, start, end)[0]
        try:
            begin, stop, _ = address_uri(request.data, first, last)
        except ParseError:
            return None
        return None if request.data[begin:stop] == b"*" else (begin, stop)
    return None


def _contact(run: Run) -> Uri | None:
    span = _contact_span(run)
    try:
        return parse_uri(run.request.data[span[0] : span[1]]) if span else None
    except ParseError:
        return None


def _enclosed(run: Run, span: tuple[int, int], more: bytes) -> tuple[int, int, bytes]:
    """The edit that adds parameters to a URI, which gets its brackets if it had none: they would be the header's else."""
    data = run.request.data
    if data[span[0] - 1 : span[0]] == b"<":
        return span[1], span[1], more
    return span[0], span[1], b"<%b%b>" % (data[span[0] : span[1]], more)


def _source(run: Run) -> bytes:
    host, port = run.context.source
    return b"%b:%d" % (bracketed(host.partition("%")[0]), port)


def _connections(run: Run) -> list[str]:
    request = run.request
    return [each.decode("ascii", "replace") for each in _CONNECTION.findall(request.data, request.body)]


def _is_private(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in _PRIVATE)


def _same(one: str, other: str) -> bool:
    try:
        return ipaddress.ip_address(one.strip("[]")) == ipaddress.ip_address(other)
    except ValueError:
        return False


def _transport(uri: Uri) -> str:
    return "tls" if uri.scheme == b"sips" else (uri.param(b"transport") or b"udp").lower().decode("ascii", "replace")


def _is_detour(run: Run) -> bool:
    """A request's $du and $ru lead to two places; a response's second Via has another source than it says."""
    if run.kind != REPLY:
        variables = written(run.context)
        destination = variables.dst_uri if variables is not None else None
        try:
            return destination is not None and parse_uri(destination).place != run.context.uri.place
        except ParseError:
            return False
    request = run.request
    vias = [span for _, start, end in request.lines(VIA) for span in split_values(request.data, start, end)]
    if len(vias) < 2:
        return False
    via = parse_via(request.data, *vias[1])
    return bool(via.received and via.received != via.host) or bool(via.rport and via.rport != b"%d" % (via.port or SIP_PORT))
