"""Functions of the core, and of the modules xlog, pv and corex: flags, the log, the Request-URI."""

from __future__ import annotations

from collections.abc import Callable

from txdispatcher.errors import ParseError
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.run_variables import set_socket
from txdispatcher.routing.script.table import ANY, FORWARDING, Variable, as_number, function
from txdispatcher.routing.variables import variables_of
from txdispatcher.sip.uri import Uri

TRUE, FALSE = 1, -1

#: Kamailio's levels by their names in xlog().
LEVELS = {
    b"L_ALERT": -5,
    b"L_BUG": -4,
    b"L_CRIT2": -3,
    b"L_CRIT": -2,
    b"L_ERR": -1,
    b"L_WARN": 0,
    b"L_NOTICE": 1,
    b"L_INFO": 2,
    b"L_DBG": 3,
}


@function("")
def setflag(run: Run, flag: int) -> int:
    """Set a flag of the transaction, 0 to 31."""
    run.flags |= 1 << flag
    return TRUE


@function("")
def resetflag(run: Run, flag: int) -> int:
    """Take it back."""
    run.flags &= ~(1 << flag)
    return TRUE


@function("")
def isflagset(run: Run, flag: int) -> int:
    """Whether it is set."""
    return TRUE if run.flags & 1 << flag else FALSE


@function("", ANY, "setbflag")
def setbranchflag(run: Run, flag: int) -> int:
    """Set a flag of the branch."""
    run.branch_flags |= 1 << flag
    return TRUE


@function("", ANY, "isbflagset")
def isbranchflagset(run: Run, flag: int) -> int:
    """Whether it is set."""
    return TRUE if run.branch_flags & 1 << flag else FALSE


@function("xlog", ANY, "xlogl")
def xlog(run: Run, level: bytes, text: bytes = b"", last: bytes = b"") -> int:
    """Print `text`, at a level from L_ALERT to L_DBG; with one argument that one is the text, at L_ERR.

    Of three arguments the first is a facility of syslog's, which has no meaning here.
    """
    if last:
        level, text = text, last
    if text or level in LEVELS:
        return _print(run, LEVELS.get(level, -1), text)
    return _print(run, -1, level)


@function("xlog")
def xalert(run: Run, text: bytes) -> int:
    """Print at L_ALERT."""
    return _print(run, -5, text)


@function("xlog")
def xbug(run: Run, text: bytes) -> int:
    """Print at L_BUG."""
    return _print(run, -4, text)


@function("xlog")
def xcrit(run: Run, text: bytes) -> int:
    """Print at L_CRIT."""
    return _print(run, -2, text)


@function("xlog", ANY, "xdbgl")
def xdbg(run: Run, text: bytes) -> int:
    """Print at L_DBG."""
    return _print(run, 3, text)


@function("xlog")
def xinfo(run: Run, text: bytes) -> int:
    """Print at L_INFO."""
    return _print(run, 2, text)


@function("xlog")
def xnotice(run: Run, text: bytes) -> int:
    """Print at L_NOTICE."""
    return _print(run, 1, text)


@function("xlog")
def xwarn(run: Run, text: bytes) -> int:
    """Print at L_WARN."""
    return _print(run, 0, text)


@function("xlog")
def xerr(run: Run, text: bytes) -> int:
    """Print at L_ERR."""
    return _print(run, -1, text)


@function("")
def log(run: Run, level: bytes, text: bytes = b"") -> int:
    """Print `text` at a level from -5 (alert) to 3 (debug); with one argument that one is the text, at the level 4."""
    return _print(run, as_number(level), text) if text else _print(run, 4, level)


@function("", FORWARDING, "rewriteuri")
def seturi(run: Run, uri: bytes) -> int:
    """The Request-URI."""
    return rewrite(run, lambda _: uri)


@function("", FORWARDING, "rewriteuser")
def setuser(run: Run, user: bytes) -> int:
    """The user of the Request-URI."""
    return rewrite(run, lambda uri: uri_with(uri, user=user))


@function("", FORWARDING, "rewritehost")
def sethost(run: Run, host: bytes) -> int:
    """The host of the Request-URI, without a port then."""
    return rewrite(run, lambda uri: uri_with(uri, place=host))


@function("", FORWARDING, "rewritehostport")
def sethostport(run: Run, place: bytes) -> int:
    """Host and port of the Request-URI."""
    return rewrite(run, lambda uri: uri_with(uri, place=place))


@function("", FORWARDING)
def prefix(run: Run, text: bytes) -> int:
    """Put `text` before the user of the Request-URI."""
    return rewrite(run, lambda uri: uri_with(uri, user=text + (uri.user or b"")))


@function("", FORWARDING)
def strip(run: Run, count: int) -> int:
    """Take `count` characters off the beginning of the Request-URI's user."""
    return rewrite(run, lambda uri: uri_with(uri, user=(uri.user or b"")[count:]))


@function("", FORWARDING)
def strip_tail(run: Run, count: int) -> int:
    """Take `count` characters off its end."""
    return rewrite(run, lambda uri: uri_with(uri, user=(uri.user or b"")[: -count or None]))


@function("", FORWARDING)
def resetdsturi(run: Run) -> int:
    """$du has no value."""
    variables_of(run.context).dst_uri = None
    return TRUE


@function("", FORWARDING)
def setdsturi(run: Run, uri: bytes) -> int:
    """$du."""
    variables_of(run.context).dst_uri = uri
    return TRUE


@function("", FORWARDING)
def force_send_socket(run: Run, socket: bytes) -> int:
    """Send from this socket of ours, ``udp:192.0.2.1:5060``: what an assignment to $fs does."""
    set_socket(run, socket)
    return TRUE


@function("")
def set_reply_no_connect(run: Run) -> int:
    """Answers go by the connection that the request came by, and never make one: true."""
    return TRUE


@function("corex")
def is_myself(run: Run, uri: bytes) -> int:
    """Whether the URI names this server."""
    return TRUE if run.is_ours(uri) else FALSE


@function("pv")
def pv_isset(run: Run, variable: Variable) -> int:
    """Whether the variable has a value."""
    return TRUE if variable.read() is not None else FALSE


@function("pv")
def not_empty(run: Run, variable: Variable) -> int:
    """Whether it has one that is no empty text."""
    return TRUE if variable.read() not in (None, b"") else FALSE


@function("pv")
def is_int(run: Run, variable: Variable) -> int:
    """Whether it has a number."""
    return TRUE if isinstance(variable.read(), int) else FALSE


@function("pv")
def pv_unset(run: Run, variable: Variable) -> int:
    """Take its value away."""
    variable.write(None)
    return TRUE


def rewrite(run: Run, change: Callable[[Uri], bytes]) -> int:
    """Another Request-URI; false where `change` makes none that can be read."""
    try:
        run.context.rewrite(change(run.context.uri))
    except ParseError:
        return FALSE
    return TRUE


def uri_with(uri: Uri, *, user: bytes | None = None, place: bytes | None = None) -> bytes:
    """`uri` with another user, or another host and port."""
    if user is None:
        user = uri.user
    if place is None:
        place = b"%b:%d" % (uri.host, uri.port) if uri.port else uri.host
    return b"%b:%b%b%b%b" % (uri.scheme, user + b"@" if user else b"", place, uri.params, uri.headers)


def _print(run: Run, level: int, text: bytes) -> int:
    if level <= run.shared.debug:
        prefix = run.shared.modules.settings.xlog.prefix
        run.shared.log(level, prefix + text.decode("utf-8", "replace").rstrip("\n"))
    return TRUE
