"""Functions of the module path (RFC 3327): a REGISTER on its way says that it has passed us."""

from __future__ import annotations

from txdispatcher.errors import ScriptFault
from txdispatcher.proxy.listener import bracketed
from txdispatcher.routing.script.edits import header_lines
from txdispatcher.routing.script.functions_rr import TRANSPORTS
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.table import REQUEST, function
from txdispatcher.sip.uri import SIP_PORT

TRUE = 1


@function("path", (REQUEST,))
def add_path(run: Run, user: bytes = b"", parameters: bytes = b"") -> int:
    """Add a Path with the address that the request came to, or that of $fs, and the user and further parameters."""
    return _add(run, user, b"", parameters)


@function("path", (REQUEST,))
def add_path_received(run: Run, user: bytes = b"", parameters: bytes = b"") -> int:
    """The same with the source of the request as `received`: loose_route() makes $du of it, with `use_received`."""
    settings = run.shared.modules.settings.path
    host, port = run.context.source
    shown = bracketed(host.partition("%")[0])
    transport = run.context.listener.transport.encode()
    if settings.received_format == 1:
        number = next((number for number, name in TRANSPORTS.items() if name == transport), b"1")
        received = b"%b~%d~%b" % (shown, port, number)
    else:
        received = b"sip:%b:%d%b" % (shown, port, b"%3Btransport%3D" + transport if transport != b"udp" else b"")
    return _add(run, user, b";%b=%b" % (settings.received_name.encode(), received), parameters)


def _add(run: Run, user: bytes, received: bytes, parameters: bytes) -> int:
    listener = run.socket or run.context.near
    host, _, port = listener.sent_by.rpartition(b":")
    place = host if port == b"%d" % SIP_PORT else listener.sent_by
    transport = b";transport=" + listener.param if listener.reliable else b""
    more = b";" + parameters.removeprefix(b";") if parameters else b""
    twice = run.shared.modules.settings.path.enable_r2
    lines = b"Path: <sip:%b%b%b;lr%b%b%b>\r\n" % (
        user + b"@" if user else b"",
        place,
        transport,
        b";r2=on" if twice else b"",
        received,
        more,
    )
    if any(letter in b"<>\r\n\x00" for letter in lines[7:-3]):
        raise ScriptFault(f"{lines.decode('utf-8', 'replace').strip()!r} is no Path: user and parameters are to be escaped")
    there = header_lines(run.request, b"path")
    at = there[0][0] if there else run.request.body - 2
    run.edit(at, at, lines * 2 if twice else lines)
    return TRUE
